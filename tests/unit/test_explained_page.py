"""What the page says and shows of what the models looked at; and the job that finds it out."""

import base64
import dataclasses
import io
import json
import re

import numpy as np
import pytest
from completed import SCHEMA
from fake_study import CLASSES, build
from PIL import Image

from ferstudy import paths
from ferstudy.explain import explained
from ferstudy.explain.chosen_clips import ChosenClip
from ferstudy.explain.explained import SIDE, ExplainedClip, FaceMaps
from ferstudy.report import explanations, explorer, heat_maps, html, ranking, timelines, view
from ferstudy.report.blocks import PageTable, walk
from ferstudy.report.explanations import surest
from ferstudy.report.model_figures import FeatureStrip, MapStrip
from ferstudy.report.names import Names, hidden
from ferstudy.report.read import read
from ferstudy.report.records import Results
from ferstudy.report.sections import looked_at, methods, rankings
from ferstudy.study import cost_jobs, explain_jobs, named_in_report, page_job
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_file
from ferstudy.study.grid import Study

CHECK = {"correlation": 0.1, "pairs": 8, "models": 2}
FACES = {"layer": "conv4", "maps": 64}
FACTS = {
    "cnn_tcn": {"method": "grad-cam", "layers": ["conv4"], "backbone": True, "check": CHECK, "faces": FACES},
    "c3d": {"method": "grad-cam", "layers": ["conv3"], "backbone": False, "check": {**CHECK, "correlation": 0.61}},
    "flow_svm": {"method": "occlusion", "of": "flow", "check": CHECK},
    "lstm": {"method": "none", "why": "it reads landmarks", "check": {**CHECK, "correlation": None}, "faces": FACES},
}


def explain(root, dataset: str, protocol: str, model: str, people: list[str]) -> None:
    """Made-up explanations of two clips: the first is right; the maps are bright at the top of the last frame."""
    maps = np.full((2, SIDE, SIDE), -1.0)
    maps[1, :4] = 3.0
    mapped = FACTS[model]["method"] != "none"
    clips = [
        ExplainedClip(
            ChosenClip(f"{person}-0-0", CLASSES[0], answer), np.array([0, 3]), np.array([2, 5]), shares,
            np.array([0, 5])[: 2 * mapped], maps[: 2 * mapped],
        )
        for person, answer, shares in zip(
            people, CLASSES[:2], (np.eye(6)[[0, 0]], np.full((2, 6), 0.1) + 0.4 * np.eye(6)[[1, 1]]), strict=True
        )
    ]  # fmt: skip
    (root / paths.explained(dataset, protocol, model, "json")).parent.mkdir(parents=True, exist_ok=True)
    facts = {"cell": [dataset, protocol, model, "0"], "code": "", **FACTS[model]}
    files = [root / paths.explained(dataset, protocol, model, kind) for kind in ("json", "csv", "h5")]
    active = np.linspace(1, 0, 6)[:, None, None] * np.ones((SIDE, SIDE))
    faces = [FaceMaps(f"{people[0]}-0-0", CLASSES[0], 2, np.arange(6), active)] if "faces" in facts else []
    explained.write(clips, CLASSES, facts, *files, faces)


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> dict:
    """The made-up study, of which four models on one dataset and one on the other are explained."""
    root = tmp_path_factory.mktemp("explained")
    made = build(root, lost=())
    made["config"]["report"]["explain"] = True
    for model in FACTS:
        explain(root, "acted", "kfold3", model, ["a00", "a01"])
    explain(root, "field", "turns", "cnn_tcn", ["f00", "f01"])
    return {**made, "root": root}


def found(plan: dict, **options) -> Results:
    return read(Study(plan["config"]), plan["root"] / "results", **options)


def strips(results: Results) -> dict[str, list[MapStrip]]:
    parts = {part.id: part for part in looked_at.section(results).blocks[1:]}
    return {name: [one for one in walk(part) if type(one) is MapStrip] for name, part in parts.items()}


def pixels(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))).astype(int)


# ---------------------------------------------------------------- the section


def test_of_each_model_the_surest_right_and_wrong_clip_have_a_strip(plan):
    shown = strips(found(plan))["looked-acted-kfold3"]
    assert {one.model for one in shown} == {"cnn_tcn", "c3d", "flow_svm"}
    own = [(one.clip, one.text) for one in shown if one.model == "cnn_tcn"]
    assert own == [("a00-0-0", "anger (1.00)"), ("a01-0-0", "anger, answered disgust (0.50)")]


def test_a_map_that_random_weights_have_too_is_named(plan):
    results = found(plan)
    texts = {one.model: one.text for one in strips(results)["looked-acted-kfold3"]}
    assert texts["c3d"].endswith("this map fails the sanity check")
    assert "sanity" not in texts["cnn_tcn"]
    tables = [one for one in walk(looked_at.section(results)) if isinstance(one, PageTable)]
    rows = {row.cells[0].text.strip("`"): [cell.text for cell in row.cells[1:]] for row in tables[0].rows}
    assert rows["c3d"] == ["Grad-CAM", "`conv3`", "2", "+0.61", "fails: random weights give nearly this map"]
    assert rows["cnn_tcn"] == ["Grad-CAM", "`conv4` of the backbone", "2", "+0.10", "passes"]
    assert rows["flow_svm"][:2] == ["occlusion", "a patch without movement on the flow"]
    assert rows["lstm"] == ["–", "no map: it reads landmarks", "0", "–", "–"]


def test_faces_lie_below_the_maps_where_the_config_allows_them_and_nowhere_else(plan):
    results = found(plan)
    (shown, *_), (hidden_ones, *_) = strips(results).values()
    face, alone = pixels(shown.picture), pixels(hidden_ones.picture)
    side = heat_maps.MAP_SIDE
    assert face.shape == alone.shape == (side, 2 * side, 3)
    # In the first frame nothing is bright: the grey face, or an empty frame.
    assert face[side // 2, side // 2].min() > 90
    assert alone[4:-4, 4 : side - 4].max() < 20
    # The top of the second one is bright.
    assert alone[3, side + side // 2].max() > 200
    assert alone[side - 4, side + side // 2].max() < 20


def feature_strips(results: Results) -> dict[str, list[FeatureStrip]]:
    parts = {part.id: part for part in looked_at.section(results).blocks[1:]}
    return {name: [one for one in walk(part) if isinstance(one, FeatureStrip)] for name, part in parts.items()}


@pytest.mark.usefixtures("undrawn")
def test_what_a_backbone_makes_of_a_face_is_shown_once_and_only_of_faces_that_may_be_shown(plan):
    """Two models read the same layer of one backbone; on the other dataset no face may be shown."""
    shown = feature_strips(found(plan))
    (strip,) = shown["looked-acted-kfold3"]
    assert shown["looked-field-turns"] == []
    assert (strip.model, strip.clip, strip.text) == ("compact", "a00-0-0", "anger")
    side, drawn = heat_maps.MAP_SIDE, pixels(strip.picture)
    assert drawn.shape == (side, 7 * side, 3)
    bright = [drawn[8:-8, side * i + 8 : side * (i + 1) - 8].mean() for i in range(1, 7)]
    assert bright == sorted(bright, reverse=True)
    page = html.render(view.page(found(plan)))
    assert 'What <b class="name">compact</b> makes of a face' in page
    assert 'those of the 64 maps of <b class="name">conv4</b>' in page
    assert not any(feature_strips(found(plan, public=True)).values())


@pytest.mark.usefixtures("undrawn")
def test_a_public_page_names_no_clip_and_shows_no_face(plan):
    results = found(plan, public=True)
    text = html.render(view.page(results))
    assert "What the models looked at" in text
    for one, *_ in strips(results).values():
        assert re.fullmatch(r"clip \d+", one.clip)
        assert pixels(one.picture)[4:-4, 4:60].max() < 20
    assert not re.search(r"\b[af]0[01]-0-0\b", text)
    told = json.loads(re.search(r'id="explorer-data">(.*?)</script>', text, re.DOTALL)[1])
    assert told["maps"]
    assert all(pixels(one)[4:-4, 4:44].max() < 20 for one in told["maps"])


def test_no_name_is_looked_for_in_a_picture():
    names = Names(["ab"], [], [], [], [])
    strip = MapStrip("m", "ab", "by ab", looked_at.small_picture(np.zeros((8, 8, 3), "uint8")), 8, 8)
    named = strip.picture.__class__(f"{strip.picture}/ab+x")
    shown = hidden(MapStrip("m", "ab", "by ab", named, 8, 8), names)
    assert (shown.clip, shown.text, shown.picture) == ("person 1", "by person 1", named)


def test_without_the_option_nothing_is_said(plan):
    config = json.loads(json.dumps(plan["config"]))
    config["report"]["explain"] = False
    results = read(Study(config), plan["root"] / "results")
    assert looked_at.section(results) is None
    assert not results.holes


def test_what_is_planned_and_missing_is_a_hole(plan):
    missing = {hole.path for hole in found(plan).holes}
    assert paths.explained("acted", "kfold3", "feature_svm", "json") in missing
    assert paths.explained("acted", "kfold3", "cnn_tcn", "json") not in missing


def test_the_methods_say_how_maps_were_made_and_cite_it(plan):
    results = found(plan)
    text = dict(methods.paragraphs(results))["Maps"]
    assert "Grad-CAM at the last convolutions [@selvaraju2017] and occlusion of parts" in text
    sources = methods.bibtex(results)
    assert all(f"{{{key}," in sources for key in ("selvaraju2017", "zeiler2014", "adebayo2018"))
    plain = dataclasses.replace(results, explained={})
    assert "Maps" not in dict(methods.paragraphs(plain))


# ---------------------------------------------------------------- the explorer


def drawn(results: Results) -> explorer.Explorer:
    return explorer.explorer(results, [(panel, rankings.plot(panel)) for panel in ranking.panels(results)])


def test_the_explorer_has_the_maps_of_explained_clips(plan):
    shown = drawn(found(plan))
    panel = shown.panels[0]
    models = {model.name: model for model in panel.models}
    assert {name for name, model in models.items() if model.maps} == set(FACTS) - {"lstm"}
    first, second = models["cnn_tcn"].maps
    assert [panel.clips[one.clip].clip for one in (first, second)] == ["a00-0-0", "a01-0-0"]
    assert {first.map, second.map} <= set(range(len(shown.maps)))
    assert first.map != second.map
    assert [name for name, model in models.items() if model.maps_fail] == ["c3d"]


def test_maps_keep_within_their_room(plan, monkeypatch):
    monkeypatch.setattr(timelines, "MOST_MAPS", 2)  # of two settings: one picture each
    assert len(drawn(found(plan)).maps) == 2


def test_what_models_looked_at_takes_of_the_room_of_other_pictures_where_there_are_several_settings(plan):
    results = found(plan)
    shown = drawn(results)
    reserved = sum(map(len, shown.maps)) + explanations.MOST_STRIPS
    strips = [
        strip for part in looked_at.section(results).blocks[1:] for strip in walk(part) if isinstance(strip, MapStrip)
    ]
    assert sum(len(strip.picture) for strip in strips) <= explanations.MOST_STRIPS
    assert sum(map(len, shown.strips)) + reserved <= explorer.MOST_OF_SEVERAL + len(shown.strips[0])


def test_the_surest_clip_comes_first(plan):
    results = found(plan)
    order = [clip.name for clip in surest(results.explained["acted", "kfold3", "cnn_tcn"])]
    assert order == ["a00-0-0", "a01-0-0"]


# ---------------------------------------------------------------- the jobs


def study(**report) -> Study:
    features = {"kind": "features", "recipe": "crop64", "backbone": "compact", "layer": "dense"}
    config = {
        "report": report,
        "datasets": {"lab": {"adapter": "manifest", "root": "videos", "classes": ["anger", "fear"]}},
        "protocols": {"kfold3": {"kind": "kfold"}, "loso": {"kind": "loso"}},
        "grid": {"lab": ["kfold3", "loso"]},
        "stills": {"people": {"classes": ["anger", "fear"]}},
        "recipes": {"crop64": {"crop": {"size": 64}, "flow": {}}},
        "backbones": {"compact": {"network": "compact", "stills": "people"}},
        "architectures": {
            "lstm": {"family": "cascade", "input": features},
            "points": {"family": "linear", "input": {"kind": "landmarks", "recipe": "crop64"}},
            "both": {"family": "cnn3d_convlstm", "input": {**features, "kind": "faces+features", "layer": "relu4"}},
        },
    }
    return Study(complete(config, SCHEMA, "config.yaml"))


def test_what_is_explained_is_asked_for_and_without_more_under_the_first_protocol():
    assert not [path for path in every_file(study()) if "/explained/" in path]
    listed = [path for path in every_file(study(explain=True)) if "/explained/" in path]
    assert listed == [
        paths.explained("lab", "kfold3", name, kind)
        for name in ("both", "lstm", "points")
        for kind in ("csv", "h5", "json")
    ]
    assert set(listed) <= set(page_job.reported(study(explain=True)))


def test_some_architectures_may_be_named():
    listed = [path for path in every_file(study(explain=["lstm"])) if "/explained/" in path]
    assert listed == [paths.explained("lab", "kfold3", "lstm", kind) for kind in ("csv", "h5", "json")]
    (said,) = named_in_report.findings(study(explain=["lstm", "gru"]).config)
    assert said == "report/explain: no architecture named 'gru'; there are lstm, points, both"


def test_every_protocol_may_be_explained_and_no_unknown_one():
    told = study(explain=["lstm"], explain_protocols=["loso", "kfold3"])
    assert explain_jobs.explained(told) == [("lab", "kfold3", "lstm"), ("lab", "loso", "lstm")]
    assert explain_jobs.explained(study(explain=["lstm"], explain_protocols=["loso"])) == [("lab", "loso", "lstm")]
    job = explain_jobs.explain_model(study(explain=True), "lab", "loso", "lstm")
    assert job.model.startswith("results/models/lab/loso/lstm/")
    assert job.out == paths.explained("lab", "loso", "lstm", "json")
    (said,) = named_in_report.findings(study(explain=True, explain_protocols=["lodo"]).config)
    assert said == "report/explain_protocols: no protocol named 'lodo'; there are kfold3, loso"


def test_of_a_dataset_without_the_named_protocols_the_first_is_explained():
    config = json.loads(json.dumps(study(explain=["lstm"], explain_protocols=["loso"]).config))
    config["datasets"]["wild"] = config["datasets"]["lab"]
    config["grid"]["wild"] = ["kfold3"]
    told = Study(complete(config, SCHEMA, "config.yaml"))
    assert explain_jobs.explained(told) == [("lab", "loso", "lstm"), ("wild", "kfold3", "lstm")]


def test_a_job_reads_the_model_that_it_explains_and_what_the_backbone_sees():
    job = explain_jobs.explain_model(study(explain=True), "lab", "kfold3", "lstm")
    assert job.model == paths.model("lab", "kfold3", "lstm", "0", 0, "model.zip")
    assert job.predictions == paths.predictions("lab", "kfold3", "lstm", "0", 0)
    assert job.backbone.endswith("compact/crop64/stills/model.zip")
    assert job.faces
    assert job.features
    assert job.modules() == ["ferstudy/models/cascade.py", "ferstudy/models/compact.py"]
    assert not job.without


@pytest.mark.parametrize(
    ("protocol", "fold"),
    [
        ({"kind": "kfold", "folds": 3}, "0"),
        ({"kind": "kfold", "folds": 3, "test": 4}, "final"),
        ({"kind": "nested", "folds": 3, "inner": 2}, "0.final"),
    ],
)
def test_the_fold_that_is_explained_has_test_clips(protocol, fold):
    config = json.loads(json.dumps(study(explain=True).config))
    config["protocols"]["kfold3"] = protocol
    told = Study(complete(config, SCHEMA, "config.yaml"))
    assert explain_jobs.explain_model(told, "lab", "kfold3", "lstm").fold == fold


@pytest.mark.parametrize(
    ("allowed", "public", "fields"),
    [
        ("all", False, (True, [])),
        (["p1"], False, (False, ["p1"])),
        ("none", False, (False, [])),
        ("all", True, (False, [])),
    ],
)
def test_a_backbones_maps_are_made_of_faces_that_may_be_shown(allowed, public, fields):
    config = json.loads(json.dumps(study(explain=True, public=public).config))
    config["datasets"]["lab"]["faces_in_report"] = allowed
    told = Study(complete(config, SCHEMA, "config.yaml"))
    job = explain_jobs.explain_model(told, "lab", "kfold3", "lstm")
    assert (job.everybody, job.people) == fields
    without = explain_jobs.explain_model(told, "lab", "kfold3", "points")
    assert (without.everybody, without.people) == (False, [])


def test_why_there_can_be_no_map_is_said_in_words():
    assert explain_jobs.explain_model(study(explain=True), "lab", "kfold3", "points").without == explain_jobs.LANDMARKS


def test_crops_and_features_of_one_architecture_are_both_read():
    told = study(explain=True, cost=True)
    both = cost_jobs.measure_model(told, "lab", "both"), explain_jobs.explain_model(told, "lab", "kfold3", "both")
    for job in both:
        assert job.faces
        assert job.features
        assert job.layer == "relu4"
