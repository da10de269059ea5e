"""What `rule all` asks for: little, and all the same every file of the study is made."""

from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from ferstudy import paths
from ferstudy.study import files, jobs
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_file, every_job
from ferstudy.study.grid import Study
from ferstudy.study.wanted_files import wanted

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
PREDICTIONS = paths.predictions("builtin", "rotating", "lstm", "0", 0)
RENDERED = {paths.truth("builtin")}  # nothing but the index reads what was rendered: it may be deleted
FUSED = "results/fused/builtin/rotating/average.json"


@pytest.fixture(scope="module")
def study() -> Study:
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    return Study(complete(config, SCHEMA, "config.yaml"))


@pytest.fixture
def finished(study, tmp_path, monkeypatch) -> set[str]:
    """Every file of the study, which stands; the current folder."""
    monkeypatch.chdir(tmp_path)
    every = {*files.index(study), *every_file(study), paths.PAGE}
    for path in map(Path, every):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch() if path.suffix else path.mkdir(exist_ok=True)
    return every


def planned(study: Study, asked: Iterable[str]) -> set[str]:
    """What Snakemake sees to where these files are asked for: they, what their jobs read, what these were made of."""
    told = [job for _, job in every_job(study)] + [jobs.job(study, "make_report")]
    makers = {path: job for job in told for path in job.listed("writes")}
    waiting, seen = list(asked), set()
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += makers[path].listed("reads", "table", "gate")
    return seen


def test_every_file_of_a_study_is_planned_from_a_third_of_them(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where nothing is made yet
    asked, every = wanted(study), {*files.index(study), *every_file(study), paths.PAGE}
    assert planned(study, asked) == every | RENDERED
    assert len(asked) < len(every) / 3
    assert len(asked) == len(set(asked))


def test_of_a_finished_study_every_file_is_still_planned(study, finished):
    assert planned(study, wanted(study)) == finished | RENDERED


@pytest.mark.parametrize(
    "gone", [[PREDICTIONS], [FUSED], [PREDICTIONS, FUSED], ["results/clips/builtin/0.csv"]], ids=lambda gone: gone[-1]
)
def test_what_is_missing_below_finished_files_is_asked_for(study, finished, gone):
    """Snakemake would take it for an intermediate that is not needed any more."""
    before = set(wanted(study))
    for path in gone:
        Path(path).unlink()
    assert set(wanted(study)) == before | set(gone)


def test_what_is_missing_below_what_is_missing_comes_with_it(study, finished):
    """All that is made of it but the page, which stands: the predictions are made since the scores need them."""
    readers = [job for _, job in every_job(study) if PREDICTIONS in job.listed("reads")]
    gone = [PREDICTIONS, *(path for job in readers for path in job.listed("writes"))]
    before = set(wanted(study))
    for path in gone:
        Path(path).unlink()
    asked = set(wanted(study)) - before
    assert PREDICTIONS not in asked
    assert asked <= set(gone)
    assert PREDICTIONS in planned(study, asked)
