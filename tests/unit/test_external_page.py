"""A page with models of others and controls: what stands beside their scores, and where a dash has its reason."""

import csv
from importlib import import_module

import pytest
from fake_study import SCHEMA, build

from ferstudy import paths
from ferstudy.report import html, long_tables, ranking, view
from ferstudy.report.blocks import PageTable, walk
from ferstudy.report.read import read
from ferstudy.study import externals
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.tables import clips
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.write import write_rows

GIVEN = {
    "sound": {"trained_on": ["audioset"], "cost": {"parameters": 95_000_000, "seconds": 3600}},
    "asked": {"trained_on": "unknown"},
    "named": {},
}
FUSIONS = {
    "vote": {"method": "majority", "members": ["asked", "named", "sound"]},
    "joined": {"method": "average", "members": ["asked", "named"]},
}
ACTED = {"dataset": "acted", "protocol": "kfold3"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The made-up study with three models of others and both controls on one of its settings."""
    root = tmp_path_factory.mktemp("external")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        config = build(root)["config"]
        external = {name: {**ACTED, "predictions": f"{name}.csv", **entry} for name, entry in GIVEN.items()}
        fusions = {**config["fusions"], **FUSIONS}
        config = {**config, "external": external, "controls": ["oracle", "permuted"], "fusions": fusions}
        own = Study(complete(config, SCHEMA, "config.yaml"))
        answer(own)
        run(own)
    return own, root


def answer(study: Study) -> None:
    """sound: right in most, for every scored clip; asked: without folds; named: a label."""
    everyone = {clip.clip: clip.label for clip in clips.read(paths.clips("acted"))}
    classes = study.classes("acted")
    right = {clip: label if i % 7 > 1 else classes[0] for i, (clip, label) in enumerate(everyone.items())}
    folds = read_folds(paths.folds("acted", "kfold3"))
    scored = [(clip, fold) for fold, own in folds.items() for role in ("validation", "test") for clip in own[role]]
    soft = {clip: [0.5 if name == label else 0.1 for name in classes] for clip, label in right.items()}
    write_rows("sound.csv", ["clip", "fold", *classes], [[clip, fold, *soft[clip]] for clip, fold in scored])
    write_rows("asked.csv", ["clip", *classes], [[clip, *soft[clip]] for clip in everyone])
    write_rows("named.csv", ["clip", "predicted"], list(right.items()))


def run(study: Study) -> None:
    """The jobs of what was added, in their order."""
    new = {*GIVEN, *FUSIONS, *study.controls}
    for rule, job in every_job(study):
        of = getattr(job, "model", getattr(job, "control", getattr(job, "fusion", "")))
        if of in new or (rule == "compare" and job.dataset == "acted"):
            import_module(rule).main(job)


@pytest.fixture(scope="module")
def results(study):
    return read(study[0], study[1] / "results")


@pytest.fixture(scope="module")
def page(results):
    return view.page(results)


def tables(page) -> dict[str, dict[str, list]]:
    """The rows of every table by its id and their first cell."""
    found = (block for block in walk(page) if isinstance(block, PageTable))
    return {one.id: {row.cells[0].text: row.cells for row in one.rows} for one in found}


def test_a_model_of_others_has_a_row_with_its_badge_among_all(page, results):
    row = tables(page)["scores-acted-kfold3"]
    assert (row["`sound`"][0].origin, row["`sound`"][0].note) == ("external", "external, trained on audioset")
    assert float(row["`sound`"][1].text) == pytest.approx(0.76, abs=0.05)
    assert row["`sound`"][3].text.count("to") == 1  # an interval
    assert (row["`asked`"][1].text, row["`named`"][1].text) == ("–", "–")
    assert float(row["`asked`"][2].text) > 0.7
    grid = tables(page)["grid"]["`sound`"]
    assert [cell.text for cell in grid] == ["`sound`", "scored", "not planned"]


def test_only_who_has_validation_rows_may_be_best(page, results):
    panel = next(panel for panel in ranking.panels(results) if panel.protocol.dataset == "acted")
    kinds = {model["model"]: model["kind"] for model in panel.compare["models"]}
    assert {name: kinds[name] for name in GIVEN} == dict.fromkeys(GIVEN, "external")
    assert panel.best.name not in ("asked", "named", "vote")
    may = {name: cells[5].text for name, cells in tables(page)["external"].items()}
    assert may["`sound`"] == "may be chosen, weighs a fusion: it has validation rows of every fold"
    assert may["`asked`"].startswith("compared only: it has test rows alone")
    assert "labels alone: it has no probabilities to show" in may["`named`"]
    assert {item["model"] for item in panel.compare["against_references"]["differences"]} >= {"sound", "asked", "named"}


def test_a_fusion_of_members_that_cannot_be_joined_says_why(page):
    row = tables(page)["scores-acted-kfold3"]["`joined`"]
    why = "named answers with labels, which are no probabilities to join: only majority takes them"
    assert (row[0].note, row[2].text) == (why, "not fused")
    assert tables(page)["fusions-acted-kfold3"]["`joined`"][0].note == why
    assert (tables(page)["grid"]["`joined`"][1].text, tables(page)["grid"]["`joined`"][1].note) == ("not fused", why)
    vote = tables(page)["scores-acted-kfold3"]["`vote`"]
    assert (vote[1].text, float(vote[2].text) > 0.7) == ("–", True)
    why = "cannot be chosen: test rows alone of `asked` and `named`"
    assert tables(page)["fusions-acted-kfold3"]["`vote`"][0].note == why


def test_a_fusion_is_skipped_where_its_member_of_others_has_no_predictions(study):
    gone = {(skip.dataset, skip.model): skip.because for skip in study[0].skips}
    assert gone["field", "vote"] == "its member asked does not run here: no predictions of it are given here"


@pytest.mark.usefixtures("undrawn")
def test_what_was_not_trained_here_has_dashes_with_their_reason(page):
    text = html.render(page)
    assert "since others have trained them" in text
    assert [cell.text for cell in tables(page)["cost-external"]["`sound`"]] == [
        "`sound`",
        "95\u2009000\u2009000",
        "60\u2009min",
    ]
    assert [cell.text for cell in tables(page)["cost-external"]["`named`"]] == ["`named`", "–", "–"]
    assert [cell.text for cell in tables(page)["trainings"]["`sound`"]][2:] == ["–"] * 8
    assert '<span class="badge">external</span>' in text


def test_controls_stand_apart_and_reach_what_they_must(page, results):
    rows = [
        [cell.text for cell in row.cells]
        for block in walk(page) if isinstance(block, PageTable) and block.id == "controls"
        for row in block.rows
    ]  # fmt: skip
    here = {row[0]: row for row in rows if "acted" in row[1]}
    assert here["`oracle`"][2:] == ["1.000", "1.00", "reached 1.00 as it must"]
    assert here["`permuted`"][4] == "at chance as it must be"
    assert here["`permuted`"][3].startswith("0.17 ± 0.1")
    others = {name for id, table in tables(page).items() if id != "controls" for name in table}
    assert not others & {"`oracle`", "`permuted`"}
    assert not {"oracle", "permuted"} & set(long_tables.scores(results)["model"])
    assert "CONTROL FAILED" not in page.banner


@pytest.mark.parametrize(
    ("control", "swap"), [("oracle", "permuted"), pytest.param("permuted", "oracle", marks=pytest.mark.slow)]
)
def test_a_control_that_fails_is_said_loudly(study, control, swap):
    own, root = study
    kept = {}
    for path in (
        root / paths.scores("acted", "kfold3", control),
        root / paths.imported("acted", "kfold3", control, "csv"),
    ):
        kept[path] = path.read_text()
        path.write_text((path.parent / f"{swap}.csv").read_text().replace(swap, control))
    page = view.page(read(own, root / "results"))
    for path, text in kept.items():
        path.write_text(text)
    assert f"A CONTROL FAILED: `{control}` on `acted`, `kfold3`" in page.banner
    assert "AND MUST" in html.render(page)


def test_all_predictions_of_others_are_in_the_long_table(results, tmp_path):
    long_tables.write(results, tmp_path)
    with open(tmp_path / "predictions.csv", newline="", encoding="utf-8") as file:
        models = {row["model"] for row in csv.DictReader(file)}
    assert models >= {*GIVEN, "vote"}


def test_what_models_of_others_learned_from_is_told_to_the_audit(study):
    config = study[0].config
    assert externals.trained_on(config, "acted", "kfold3") == {"sound": ["audioset"], "asked": [], "named": []}
    assert externals.trained_on(config, "field", "turns") == {}
