"""Each study that stands ready runs, tiny, from a rendered tree of its layout to the page."""

import hashlib
import html
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml
from films import give_voice

from ferstudy import paths
from ferstudy.datasets.names import VIDEOS
from ferstudy.models import bundle
from ferstudy.protocols import kinds
from ferstudy.study import dry_run
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_file
from ferstudy.study.grid import Study
from ferstudy.study.patterns import is_pattern
from ferstudy.synthetic import fer2013
from ferstudy.synthetic.dataset import Plan, layout_of, plan, render, rows_of
from ferstudy.tables import clips, folds
from ferstudy.tables.rejected import read as read_rejected

ROOT = Path(__file__).parents[2]
SIX = ["anger", "disgust", "fear", "happiness", "sadness", "surprise"]
TINY = {"clips_per_class": 1, "frames": 18, "fps": 25, "size": [144, 144], "difficulty": 1.0}
LARGEST = 64  # px: what a preset has below it stays
CROP, SIDE = 48, 32  # px of larger crops, and of what larger networks see
LEAST = {"xception": 72}  # px, of a network that takes no fewer
FRAMES = 24  # of a sample; the thesis's three poolings need 22
WEIGHTS = "rcmalli_vggface_tf_notop_vgg16.h5"  # as the thesis's preset calls the file


def shrink(config: dict) -> None:
    """Make a study small where only size counts: every architecture keeps its family, its kind of input and its words.

    Smaller are: shards, runs and resamples; rendered people and frames; crops and pictures, above 64 px; frames per
    sample; epochs, to 1 in every phase; frames that teach a backbone, to 2 of a clip; trials, to 2 in one job. Weights
    of ImageNet, which would be downloaded, are random. Faces are compared in one preset alone.
    """
    config |= {"shards": 1, "evaluation": {"resamples": 1000}}
    config["training"]["runs"] = 1
    for entry in config["datasets"].values():
        entry.pop("who_is_who", None)  # a third of a second for each clip; own_videos has it back
        if "render" in entry:
            entry["render"] |= {**TINY, "people": 6, "frames": FRAMES}
    for entry in config.get("stills", {}).values():
        if "adapter" not in entry:
            entry["people"] = 8
    for recipe in config["recipes"].values():
        _cap(recipe["crop"], "size", LARGEST, CROP)
    for backbone in config["backbones"].values():
        if backbone["network"] == "file":
            continue
        _cap(backbone["settings"], "size", LARGEST, LEAST.get(backbone["network"], SIDE))
        for training in (backbone["training"], *backbone.get("phases", [])):
            training["epochs"] = 1
        if backbone.get("weights") == "imagenet":
            backbone["weights"] = "none"
        _cap(backbone.get("frames", {}), "most", 2, 2)
    for architecture in config["architectures"].values():
        _cap(architecture["settings"], "size", LARGEST, SIDE)
        for key in ("frames", "length"):
            _cap(architecture["settings"], key, FRAMES, FRAMES)
        if "training" in architecture:
            architecture["training"]["epochs"] = 1
    for search in config.get("searches", {}).values():
        search |= {"trials": 2, "workers": 1}
        if search["method"] == "grid":  # which tries all: two of its points
            for number, values in enumerate(search["space"].values()):
                del values[1 if number else 2 :]


def _cap(settings: dict, key: str, most: int, value: int) -> None:
    if settings.get(key, 0) > most:
        settings[key] = value


def leave_out(config: dict, dataset: str, protocol: str, because: str) -> None:
    """Take a cell of the grid out, and say so."""
    print(f"left out: {protocol} on {dataset}: {because}")
    config["grid"][dataset].remove(protocol)
    if not config["grid"][dataset]:
        del config["grid"][dataset]


def laid_out(root: Path, layout: str, classes: list[str], people: int, **more) -> None:
    """Render a tree of `layout` at `root`."""
    settings = {**TINY, "people": people, "first_person": 0, "seed": 3, "layout": layout, **more}
    render(plan(settings, classes), root, root.with_suffix(".truth.h5"), 2)


def vggface_file(path: Path) -> None:
    """A file of weights with VGGFace's own names, as Keras 2 wrote them; the numbers are random."""
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        names, channels = [], 3
        for block, filters in enumerate((64, 128, 256, 512, 512), 1):
            for i in range(1, 3 if block < 3 else 4):
                names.append(f"conv{block}_{i}")
                kernel = rng.normal(0, math.sqrt(2 / 9 / channels), (3, 3, channels, filters)).astype("float32")
                group, channels = file.create_group(names[-1]), filters
                group.attrs["weight_names"] = [b"kernel:0", b"bias:0"]
                group["kernel:0"], group["bias:0"] = kernel, np.zeros(filters, "float32")
        file.attrs["layer_names"] = [name.encode() for name in names]


def thesis(config: dict, study: Path) -> None:
    """Eight people, of whom two are held out; the trimming needs clips of some length. VGGFace has its file."""
    laid_out(study / "videos", "bu4dfe", SIX, 9, frames=40)
    names = [path.name[:4] for path in sorted((study / "videos").glob("*_angry_tex.avi"))]
    (study / "videos" / f"{names[-1]}_sad_tex.avi").unlink()  # this person lacks a class and is left out
    config["protocols"]["thesis"] |= {"test": names[:2], "blocks": [names[2:5], names[5:]]}
    config["protocols"]["balanced"] |= {"folds": 2, "test": 2}
    leave_out(config, "bu4dfe", "balanced", "dealt as open_crema_d's, and its networks are those of the other protocol")
    fer2013.render(study)
    vggface_file(study / WEIGHTS)
    read = {"kind": "features", "recipe": "crop160", "backbone": "vggface", "layer": "dense2"}
    config["architectures"]["vggface_svm"] = {"family": "linear", "input": read, "settings": {"C": 0.01}}


def baum(config: dict, study: Path) -> None:
    """The same eight people in both parts."""
    for part in ("baum1a", "baum1s"):
        laid_out(study / part, part, SIX, 8, seed=len(part))
        leave_out(config, part, "unseen", "the union has its clips")
    config["protocols"]["unseen"] |= {"folds": 2, "test": 2}


def emmpathic(config: dict, study: Path) -> None:
    """No model file of the SSD detector is at hand: Haar stands in."""
    laid_out(study / "videos", "segments", ["neutral", "happiness", "sadness"], 9)
    config["recipes"]["aligned224"]["detector"] = {"name": "haar", "scale": 1.0, "choose": "central"}
    config["protocols"]["people"] |= {"folds": 2}


def convlstm(config: dict, study: Path) -> None:
    """SAVEE has its four people."""
    laid_out(study / "ckplus", "ckplus", config["datasets"]["ckplus"]["classes"], 6)
    seven = [*SIX[:4], "neutral", *SIX[4:]]
    laid_out(study / "savee", "savee", seven, 4)
    laid_out(study / "afew", "afew", seven, 6)
    config["protocols"]["tenfold"] |= {"folds": 3}
    for name in ("official", "random_split"):
        config["protocols"][name] |= {"folds": 2}
    leave_out(config, "afew", "random_split", "drawn as SAVEE's")
    for recipe in config["recipes"].values():
        recipe["detector"]["scale"] = 1.0


def crema_d(config: dict, study: Path) -> None:
    """Actors of both sexes."""
    laid_out(study / "crema-d", "cremad", ["anger", "disgust", "fear", "happiness", "neutral", "sadness"], 9)
    config["protocols"]["actors"] |= {"folds": 2, "test": 2}


def face_and_voice(config: dict, study: Path) -> None:
    """Actors who hum: each film has a tone."""
    laid_out(study / "crema-d", "cremad", ["anger", "disgust", "fear", "happiness", "neutral", "sadness"], 6)
    laid_out(study / "ravdess", "ravdess", ["anger", "disgust", "fear", "happiness", "neutral", "sadness"], 6)
    films = [path for name in ("crema-d", "ravdess") for path in (study / name).rglob("*") if path.suffix in VIDEOS]
    for number, path in enumerate(sorted(films)):
        give_voice(path, 300 + 50 * (number % 20))
    config["protocols"]["actors"] |= {"folds": 3}


def own_videos(config: dict, study: Path) -> None:
    """Six people in a folder with a manifest, which calls happiness a smile."""
    laid_out(study / "videos", "manifest", ["neutral", "happiness"], 6, clips_per_class=2)
    config["datasets"]["mine"]["who_is_who"] = True
    manifest = study / "videos/manifest.csv"
    manifest.write_text(manifest.read_text().replace(",happiness,", ",smile,"))
    config["protocols"]["rotating"] |= {"folds": 3}


def every_family(config: dict, study: Path) -> None:
    """Its people are rendered by the study itself."""
    config["protocols"]["kfold3"] |= {"folds": 2, "test": 2}


def small_models(config: dict, study: Path) -> None:
    """Its people are rendered by the study itself; a teacher needs three folds."""
    config["protocols"]["held"] |= {"folds": 3, "test": 2}


def leak_ladder(config: dict, study: Path) -> None:
    """Its people are rendered by the study itself, six of each dataset; frames of 144 px hold small faces."""
    for name in ("random_frame", "random_video", "by_person"):
        config["protocols"][name] |= {"folds": 3}


PRESETS: dict[str, Callable[[dict, Path], None]] = {
    "own_videos": own_videos,
    "open_crema_d": crema_d,
    "face_and_voice": face_and_voice,
    "sequences_emmpathic": emmpathic,
    "fusion_baum1": baum,
    "convlstm_ckplus_savee_afew": convlstm,
    "thesis_bu4dfe": thesis,
    "every_family": every_family,
    "leak_ladder": leak_ladder,
    "small_models": small_models,
}
# Drills, since they take minutes; each is planned below, and the data of one are prepared.
LONG = tuple(name for name in PRESETS if name != "own_videos")
PARTS = ("clips", "folds", "audit", "faces", "trimmed", "flow", "stills", "tables")
DATA = tuple(f"results/{part}/" for part in PARTS)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.drill if name in LONG else pytest.mark.slow) for name in PRESETS]
)
def test_a_preset_runs_to_its_page(name, make_project, tmp_path, monkeypatch):
    project = make_project(tmp_path)
    config = lay_out(name, project.study)
    project.run("--quiet", "rules")
    monkeypatch.chdir(project.study)
    check(name, config)


FILMED = [name for name in LONG if name not in ("every_family", "leak_ladder")]
PREPARED = "face_and_voice"  # two layouts, their union and sound: the others are prepared by drills, and planned here


def name_only(wanted: Plan, root: Path, truth: Path, processes: int) -> None:
    """Lay out the files of a rendered tree without a picture in them: a plan that has no index opens none."""
    rows = [row for number in wanted.numbers for row in rows_of(number, wanted)]
    for row in rows:
        path = root / row.path
        (path if row.path.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not row.path.endswith("/"):
            path.touch()
    layout = layout_of(wanted.layout)
    if hasattr(layout, "finish"):
        layout.finish(root, rows)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in FILMED if name != PREPARED])
def test_a_long_preset_is_planned_to_its_page(name, make_project, tmp_path, monkeypatch):
    """Snakemake finds a job for every training and every score of the preset, on files called as its own videos are."""
    monkeypatch.setattr(sys.modules[__name__], "render", name_only)
    project = make_project(tmp_path)
    config = lay_out(name, project.study)
    study = Study(complete(config, ROOT / "workflow/schemas/config.schema.yaml", "config.yaml"))
    wanted = [path for path in every_file(study) if path.startswith(("results/models/", "results/scores/"))]
    planned = Counter(job.rule for job in dry_run.read(project.run("--dry-run", "--quiet", "reason", "--", *wanted)))
    models = [path for path in wanted if path.endswith("/model.zip")]
    assert planned["train_fold"] == len(models)
    beside = [path for path in models if path.split("/")[4] in study.beside]  # those who teach students
    assert len(models) - len(beside) == len(list(trained(study))) > 0
    assert planned["score"] == len([path for path in wanted if path.startswith("results/scores/")]) > 0


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name == PREPARED else pytest.mark.drill) for name in FILMED]
)
def test_the_data_of_a_long_preset_are_prepared(name, make_project, tmp_path, monkeypatch):
    """What its drill begins with, under all protocols of the preset."""
    project = make_project(tmp_path)
    config = lay_out(name, project.study)
    config["grid"] = yaml.safe_load((ROOT / f"config/studies/{name}.yaml").read_text())["grid"]
    (project.study / "config/config.yaml").write_text(yaml.safe_dump(config))
    monkeypatch.chdir(project.study)
    study = Study(complete(config, ROOT / "workflow/schemas/config.schema.yaml", "config.yaml"))
    wanted = [path for path in every_file(study) if path.startswith(DATA) and not path.endswith("/run.json")]
    project.run("--quiet", "rules", "--", *wanted)
    for dataset, protocol in study.pairs:
        check_folds(study, dataset, protocol)
        audited_as_expected(study, dataset, protocol)
    check_data(name, study)


def lay_out(name: str, study: Path) -> dict:
    """Write the config of a preset, shrunk, and its videos into a study folder; the config."""
    text = (ROOT / f"config/studies/{name}.yaml").read_text()
    config = yaml.safe_load(text.replace("  # vggface:", "  vggface:"))
    shrink(config)
    PRESETS[name](config, study)
    (study / "config/config.yaml").write_text(yaml.safe_dump(config))
    return config


def check(name: str, config: dict) -> None:
    """Every file of the finished study is there, with every model as configured and on the page."""
    study = Study(complete(config, ROOT / "workflow/schemas/config.schema.yaml", "config.yaml"))
    assert [path for path in every_file(study) if not Path(path).exists()] == []
    page = Path("results/report/study.html").read_text()
    for dataset, protocol in study.pairs:
        validates = check_folds(study, dataset, protocol)
        leaks = audited_as_expected(study, dataset, protocol)
        assert ("leak accepted" in heading(page, dataset, protocol)) == leaks
        rows = score_rows(page, dataset, protocol)
        models = [cell.model for cell in study.cells if cell[:2] == (dataset, protocol)]
        # Of a pattern the ranking has the combination that was chosen, if any.
        models = [name for name in models if not is_pattern(study.fusions.get(name, {}))]
        assert set(models) == rows.keys() & {*study.architectures, *study.fusions}
        for model in models:
            development, test = rows[model][1:3]
            assert bool(re.match(r"[01]\.\d{3}", development)) == validates, rows[model]
            if kinds.scored(study.protocols[protocol]) == "apart":
                assert test == "below, each for itself"
                continue
            assert re.match(r"[01]\.\d{3}", test), rows[model]
            assert ("leak" in test) == leaks
    check_models(study)
    check_data(name, study)
    if name == "thesis_bu4dfe":
        check_thesis()
    if name == "sequences_emmpathic":
        check_emmpathic(study)


def check_folds(study: Study, dataset: str, protocol: str) -> bool:
    """All classes have clips, and all folds roles; whether there are validation clips."""
    table = clips.read(paths.clips(dataset))
    assert {clip.label for clip in table} == set(study.classes(dataset))
    accepted = study.protocols[protocol]["accept_leak"] or ()
    found = folds.read(paths.folds(dataset, protocol), table, accepted)
    assert list(found) == study.scored(protocol)
    return any(roles["validation"] for roles in found.values())


def audited_as_expected(study: Study, dataset: str, protocol: str) -> bool:
    """Whether the audit found a leak, which only an accepted one may be."""
    audit = json.loads(Path(paths.audit(dataset, protocol, "json")).read_text())
    leaks = [found["check"] for found in audit["findings"] if found["status"] == "leak"]
    if not study.protocols[protocol]["accept_leak"]:
        assert leaks == [], audit
    elif any(clip.subject for clip in clips.read(paths.clips(dataset))):
        assert "subjects" in leaks
    return bool(leaks)


def heading(page: str, dataset: str, protocol: str) -> str:
    """The heading over the results of a dataset under a protocol, with its badge."""
    return re.search(rf'<h3 id="results-{dataset}-{protocol}"[^>]*>.*?</h3>', page, re.DOTALL)[0]


def score_rows(page: str, dataset: str, protocol: str) -> dict[str, list[str]]:
    """The cells of each model's row in the page's table of scores, as text; the first begins with its name."""
    table = re.search(rf'<table id="t-scores-{dataset}-{protocol}".*?</table>', page, re.DOTALL)[0]
    rows = {}
    for row in re.findall(r"<tr.*?</tr>", table.partition("<tbody>")[2], re.DOTALL):
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        name = re.search(r'<b class="name">(.*?)</b>', cells[0])
        rows[name[1] if name else cells[0]] = [html.unescape(re.sub(r"<[^>]+>", " ", cell)).strip() for cell in cells]
    return rows


def trained(study: Study) -> Iterator[tuple[str, Path]]:
    """Every training: its architecture and the folder of its files."""
    for cell in study.cells:
        if cell.kind == "architecture":
            for fold in study.trainings(cell.protocol):
                yield cell.model, Path(paths.model(*cell[:3], fold, 0, "model.zip")).parent


def check_models(study: Study) -> None:
    """What was trained is what the config asks for, but for the keys that a search has set."""
    for name, folder in trained(study):
        entry, record = study.architectures[name], json.loads((folder / "run.json").read_text())
        assert bundle.describe(folder / "model.zip")["family"] == entry["family"] == record["settings"]["family"]
        wanted = entry["input"]
        of_table = {"kind": "features", "table": wanted.get("name")}  # a training reads a table as features
        assert record["settings"]["input"] == (of_table if wanted["kind"] == "table" else wanted)
        if name not in [search.get("architecture") for search in study.searches.values()]:
            assert record["settings"]["training"] == entry["training"]
            # A training may add what it read: the backbone that it applies itself.
            assert entry["settings"].items() <= record["settings"]["settings"].items()
    for name, recipe, source in study.trained_backbones:
        entry = study.backbones[name]
        described = bundle.describe(paths.backbone(name, recipe, source, "model.zip"))
        assert described["family"] == entry["network"]
        assert len(described["phases"]) == len(entry.get("phases", [0]))


def check_data(name: str, study: Study) -> None:
    """Nearly every clip has a face, and what is special in a layout has been read."""
    for leaf in study.all_leaves:
        for recipe in study.recipes_on(leaf):
            found = json.loads(Path(paths.coverage(leaf, recipe, "json")).read_text())
            assert found["covered"] >= 0.9 * found["clips"] > 0, found["reasons"]
    if name == "thesis_bu4dfe":
        lost = read_rejected(paths.rejected_clips("bu4dfe"))
        assert {row.reason for row in lost} == {"subject lacks a class"}
        assert len(lost) == 5
    if name == "fusion_baum1":
        assert len({clip.subject for clip in clips.read(paths.clips("baum1"))}) == 8
    if name == "open_crema_d":
        found = clips.read(paths.clips("crema_d"))
        assert all(clip.votes and clip.age and clip.sex for clip in found)
        assert {clip.ethnicity for clip in found} != {""}


def check_thesis() -> None:
    """VGGFace began with the user's file; offline copies taught the networks that ask for them."""
    described = bundle.describe(paths.backbone("vggface", "crop160", "stills", "model.zip"))
    assert described["weights"] == hashlib.sha256(Path(WEIGHTS).read_bytes()).hexdigest()
    for name, copies in (("lstm", 9), ("bilstm", 3), ("cnn1d", 0)):
        record = json.loads(Path(paths.model("bu4dfe", "thesis", name, "0", 0, "run.json")).read_text())
        assert record["train_copies"] == copies * record["train_clips"]


def check_emmpathic(study: Study) -> None:
    """Every fold has a backbone of its own, and is searched for itself."""
    assert {source for _, _, source in study.trained_backbones} == {"emmpathic.people.0", "emmpathic.people.1"}
    for fold in ("0", "1"):
        best = json.loads(Path(paths.best(f"lstm_grid/{fold}")).read_text())
        record = json.loads(Path(paths.model("emmpathic", "people", "lstm", fold, 0, "run.json")).read_text())
        rate = best["overrides"]["training.optimizer.learning_rate"]
        assert record["settings"]["training"]["optimizer"]["learning_rate"] == rate
