"""The table of edits: how many jobs of each rule an edit concerns, told from what the jobs are told."""

import shutil

import conftest
import edits
import planned_jobs
import pytest

pytestmark = pytest.mark.slow

STUDIES = {"tiny": edits.TINY, "files": edits.FILES}
ROWS = [(study, name) for study, rows in STUDIES.items() for name in rows]


def code(root) -> None:
    """A copy of the code below `root`."""
    for name in conftest.CODE:
        shutil.copytree(
            conftest.ROOT / name, root / "code" / name, ignore=shutil.ignore_patterns("__pycache__", "*.sif")
        )


def laid_out(root, study: str) -> conftest.Project:
    """The config of a study of the tests, with a folder for its videos; nothing of it was ever run."""
    shutil.copytree(conftest.ROOT / "tests" / study / "config", root / "study/config")
    (root / "study/videos").mkdir()
    return conftest.Project(root)


@pytest.fixture(scope="module")
def as_it_is(tmp_path_factory):
    """A copy of the code that no edit changes."""
    root = tmp_path_factory.mktemp("code")
    code(root)
    return root / "code"


@pytest.fixture(scope="module")
def before(as_it_is, tmp_path_factory):
    """The jobs of both studies as they stand, by study."""
    found = {}
    for study in STUDIES:
        project = laid_out(tmp_path_factory.mktemp(study), study)
        project.code.symlink_to(as_it_is)
        with pytest.MonkeyPatch.context() as patch:
            found[study] = planned_jobs.jobs_of(project, patch)
    return found


@pytest.mark.parametrize(("study", "name"), ROWS, ids=[f"{study}: {name}" for study, name in ROWS])
def test_an_edit_concerns_exactly_these_jobs(study, name, before, as_it_is, tmp_path, monkeypatch):
    change, expected = STUDIES[study][name]
    project = laid_out(tmp_path, study)
    if name in edits.OF_CODE:
        code(tmp_path)
    else:
        project.code.symlink_to(as_it_is)
    change(project)
    assert planned_jobs.planned(before[study], planned_jobs.jobs_of(project, monkeypatch)) == expected


@pytest.mark.parametrize("package", ["evaluation", "report"])
def test_no_edit_of_evaluation_or_report_concerns_a_training(package, before, tmp_path, monkeypatch):
    project = laid_out(tmp_path, "tiny")
    code(tmp_path)
    for path in (project.code / "scripts/ferstudy" / package).rglob("*.py"):
        path.write_text(path.read_text() + "\nCHANGED = 1\n")
    concerned = planned_jobs.planned(before["tiny"], planned_jobs.jobs_of(project, monkeypatch))
    assert "make_report" in concerned
    assert "train_fold" not in concerned
