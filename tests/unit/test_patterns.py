"""Patterns: one job and one table for every combination of members, of which one is chosen and tested."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from fake_study import build
from test_config import changed, study_of
from test_scoring_scripts import CELL, SKILL, SimulatedStudy

import compare
import fuse_pattern
import score
from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.jobs.compare import Compare
from ferstudy.jobs.fuse_pattern import FusePattern
from ferstudy.jobs.score import Score
from ferstudy.report import view
from ferstudy.report.html import render
from ferstudy.report.read import read
from ferstudy.study import patterns
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.tables import predictions, scores
from ferstudy.tables.rows import read_header, read_rows
from ferstudy.tables.write import write_rows

PAIRS = {f"pairs.{'+'.join(pair)}": list(pair) for pair in combinations(sorted(SKILL), 2)}


# ---------------------------------------------------------------- the grid
def jobs_of(config: dict) -> dict[str, list]:
    found: dict[str, list] = {}
    for rule, job in every_job(study_of(config)):
        found.setdefault(rule, []).append(job)
    return found


def test_all_pairs_are_one_job_and_one_table_and_each_is_compared():
    config = changed("fusions/average", {"members": "all pairs", "method": "median"})
    models = sorted(config["architectures"])
    jobs = jobs_of(config)
    (job,) = jobs["fuse_pattern"]
    expected = {f"average.{one}+{other}": [one, other] for one, other in combinations(models, 2)}
    assert job.combinations == expected
    assert len([one for one in jobs["score"] if one.model == "average"]) == 1
    assert expected.keys() < jobs["compare"][0].fusions.keys()
    assert "average" not in {one.fusion for one in jobs["fuse"]}
    assert Study(study_of(config).config).config == study_of(config).config  # the page reads what was settled


def test_all_of_three_leave_out_what_does_not_run_here():
    config = changed("fusions/average", {"members": {"of": ["lstm", "cnn1d", "two_stream", "c3d"], "k": 3},
                                         "method": "average"})  # fmt: skip
    config["skip"] = [{"dataset": "builtin", "architecture": "c3d", "because": "too short"}]
    (job,) = jobs_of(config)["fuse_pattern"]
    assert job.combinations == {"average.cnn1d+lstm+two_stream": ["cnn1d", "lstm", "two_stream"]}
    config["skip"].append({"dataset": "builtin", "architecture": "lstm", "because": "too long"})
    lost = {skip.model: skip.because for skip in study_of(config).skips}
    assert lost["average"] == "its member c3d does not run here: too short"
    assert "fuse_pattern" not in jobs_of(config)


def test_a_pattern_is_settled_once_and_too_many_combinations_are_refused():
    config = {"architectures": dict.fromkeys(f"m{i:02}" for i in range(20)), "external": {}}
    many = {"members": {"of": "all", "k": 5}, "method": "average"}
    once = patterns.settled_fusion(many, config)
    assert (once["k"], len(once["members"])) == (5, 20)
    assert patterns.settled_fusion(once, config) == once
    (said,) = patterns.findings({**config, "fusions": {"many": many}})
    assert said.startswith("fusions/many/members: 15,504 combinations of 20 members, more than 500")


# ---------------------------------------------------------------- the jobs
def pattern_job(study: SimulatedStudy, **more) -> FusePattern:
    return FusePattern(
        **CELL, fusion="pairs", combinations=PAIRS, folds=str(study.root / "folds.csv"),
        **study.validation(sorted(SKILL)), predictions=study.tables(sorted(SKILL)),
        fit=str(study.root / "pairs.json"), out=str(study.root / "pairs.csv"), **{"method": "weighted", **more},
    )  # fmt: skip


def score_job(study: SimulatedStudy) -> Score:
    evaluation = {"resamples": 300, "seed": 1}
    return Score(
        **CELL, model="pairs", evaluation=evaluation, **study.dealt(), predictions=[str(study.root / "pairs.csv")],
        pattern=str(study.root / "pairs.json"), out=str(study.root / "scores" / "pairs.csv"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> SimulatedStudy:
    made = SimulatedStudy(tmp_path_factory.mktemp("pattern"), subjects=12)
    fuse_pattern.main(pattern_job(made))
    score.main(score_job(made))
    return made


def test_each_combination_is_what_a_fusion_of_its_members_would_be(study):
    fits = json.loads((study.root / "pairs.json").read_text())
    together = predictions.read(study.root / "pairs.csv")
    assert set(together.model) == PAIRS.keys()
    assert len(fits["diversity"]["pairs"]) == 3
    for name, members in PAIRS.items():
        alone = predictions.read(study.fuse("alone", "weighted", members))
        own = together.where(together.model == name)
        np.testing.assert_array_equal(own.probabilities, alone.probabilities)
        assert own.clip.tolist() == alone.clip.tolist()
        fitted = json.loads((study.root / "alone.json").read_text())
        assert fits["combinations"][name]["parameters"] == fitted["parameters"]


def test_one_combination_is_chosen_in_development_and_its_gain_counts_all_that_were_tried(study):
    scored = [*(study.score(model) for model in SKILL), study.root / "scores" / "pairs.csv"]
    out = study.root / "compare.json"
    compare.main(Compare(
        **CELL, evaluation={"resamples": 300, "flips": 1000, "seed": 1}, baselines=["guess"],
        fusions={name: {"members": members} for name, members in PAIRS.items()}, **study.dealt(),
        predictions=[*study.tables(sorted(SKILL)), str(study.root / "pairs.csv")], scores=list(map(str, scored)),
        out=str(out),
    ))  # fmt: skip
    found = json.loads(out.read_text())
    development = {row.model: row.value for row in scores.read(study.root / "scores" / "pairs.csv")
                   if (row.run, row.rows, row.metric, row.fold) == ("mean", "development", "uar", "")}  # fmt: skip
    assert development.keys() == PAIRS.keys()
    assert found["fusions"]["chosen"] == max(development, key=development.get)
    assert found["fusions"]["tried"] == 3
    assert [one["model"] for one in found["models"] if one["tested"] and one["kind"] == "fusion"] == [
        found["fusions"]["chosen"]
    ]
    assert all(one["p_max_t"] >= one["p"] for one in found["fusions"]["gains"])
    references = {one["model"]: one["reference"] for one in found["fusions"]["gains"]}
    assert references["pairs.better+good"] == "better"


def test_a_lost_combination_stops_the_score(study, tmp_path):
    header = read_header(study.root / "pairs.csv")
    rows = read_rows(study.root / "pairs.csv", predictions.COLUMNS, more="p:")
    kept = [[row[name] for name in header] for row in rows if row["model"] != "pairs.better+good"]
    write_rows(tmp_path / "pairs.csv", header, kept)
    told = {**vars(score_job(study)), "predictions": [str(tmp_path / "pairs.csv")]}
    with pytest.raises(StudyError, match=r"rows of pairs.better\+good are missing"):
        score.main(Score(**told))


def test_a_combination_that_cannot_be_fused_says_why_and_has_no_rows(study, tmp_path):
    (tmp_path / "good.json").write_text(json.dumps({"kind": "labels"}))
    job = pattern_job(study, imported=[["good", str(tmp_path / "good.json")]], method="average")
    told = {**vars(job), "fit": str(tmp_path / "pairs.json"), "out": str(tmp_path / "pairs.csv")}
    fuse_pattern.main(FusePattern(**told))
    fits = json.loads((tmp_path / "pairs.json").read_text())["combinations"]
    assert {name for name, fit in fits.items() if fit.get("refused")} == {"pairs.better+good", "pairs.good+guess"}
    assert set(predictions.read(tmp_path / "pairs.csv").model) == {"pairs.better+guess"}


# ---------------------------------------------------------------- the page
def test_the_page_lists_all_combinations_and_ranks_the_chosen_one(tmp_path):
    plan = build(tmp_path)
    names = [f"pairs.{one}+{other}" for one, other in combinations(["cnn_tcn", "frame_mean", "lstm"], 2)]
    at = ("acted", "kfold3")
    _as_combinations(
        tmp_path / paths.fused(*at, "late_average", "csv"), tmp_path / paths.fused(*at, "pairs", "csv"), names
    )
    _as_combinations(tmp_path / paths.scores(*at, "late_average"), tmp_path / paths.scores(*at, "pairs"), names)
    one = json.loads((tmp_path / paths.fused(*at, "late_average", "json")).read_text())
    fits = {"diversity": one["diversity"], "combinations": dict.fromkeys(names, one)}
    (tmp_path / paths.fused(*at, "pairs", "json")).write_text(json.dumps(fits))
    compared = json.loads((tmp_path / paths.compare(*at)).read_text())
    gain = compared["fusions"]["gains"][0]
    gains = [{**gain, "model": name, "chosen": name == names[1]} for name in names]
    compared["fusions"] = {"chosen": names[1], "tried": 3, "method": "x", "gains": gains}
    (tmp_path / paths.compare(*at)).write_text(json.dumps(compared))
    config = plan["config"]
    config["fusions"]["pairs"] = {"members": {"of": ["cnn_tcn", "frame_mean", "lstm"], "k": 2}, "method": "average"}
    results = read(Study(config), tmp_path / "results", code=plan["code"])
    text = render(view.page(results))
    ranking = _table(text, "scores-acted-kfold3")
    assert [name for name in names if name in ranking] == names[1:2]
    assert all(name in _table(text, "fusions-acted-kfold3") for name in names)
    assert "3 combinations were tried" in text
    assert "pairs" in _table(text, "grid")
    assert not any(name in _table(text, "grid") for name in names)
    assert "How differently the members of fusions answer" in text


def _as_combinations(path: Path, out: Path, names: list[str]) -> None:
    """The rows of a table as those of each combination."""
    header = read_header(path)
    rows = read_rows(path, header[:3], more="")
    write_rows(
        out, header, [[name if key == "model" else row[key] for key in header] for name in names for row in rows]
    )


def _table(text: str, name: str) -> str:
    start = text.index(f'<table id="t-{name}"')
    return text[start : text.index("</table>", start)]
