"""The methods in words: every figure in them is of a file, every source they cite is in the BibTeX."""

import json
import re
import shutil

import pytest
from fake_study import build
from test_report import plan_of, read

from ferstudy.report import references, view
from ferstudy.report.blocks import Code, walk
from ferstudy.report.read import read as read_results
from ferstudy.report.sections import methods
from ferstudy.study.grid import Study
from ferstudy.tables import clips


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with the made-up study."""
    folder = tmp_path_factory.mktemp("methods")
    build(folder)
    return folder


def parts(results) -> dict[str, str]:
    return dict(methods.paragraphs(results))


def test_clips_and_people_are_those_of_the_table(root):
    text = parts(read(root))["Data"]
    for name in ("acted", "field"):
        everyone = clips.read(root / f"results/clips/{name}.csv")
        people = len({clip.subject for clip in everyone})
        assert re.search(rf"The dataset `{name}`.* has {len(everyone)} clips of {people} people in 6 classes", text)


def splits_where_subjects(root, folder, status: str) -> str:
    """The paragraph on splits where the audit of subjects found `status`."""
    shutil.copytree(root / "results", folder / "results")
    path = folder / "results/audit/acted/kfold3.json"
    audit = json.loads(path.read_text())
    found = {"check": "subjects", "title": "Subjects in one role", "status": status, "text": "told", "clips": []}
    path.write_text(json.dumps({**audit, "findings": [found], "status": status}))
    return parts(read(folder))["Splits"]


def test_a_protocol_is_called_subject_independent_only_where_the_audit_says_so(root, tmp_path):
    assert "TO STATE: whether a person has two roles; there is no audit." in parts(read(root))["Splits"]
    passed = splits_where_subjects(root, tmp_path / "pass", "pass")
    assert "`acted`, `kfold3`: subject-independent 3-fold cross-validation" in passed
    torn = splits_where_subjects(root, tmp_path / "leak", "leak")
    assert "`acted`, `kfold3`: 3-fold cross-validation" in torn
    assert "Leak, not accepted: subjects." in torn


def test_intervals_and_tests_are_named_as_the_files_name_them(root):
    found = parts(read(root))
    compare = json.loads((root / "results/compare/acted/kfold3.json").read_text())
    assert compare["against_best"]["method"] in found["Tests"]
    assert f"({compare['against_references']['family']} comparisons)" in found["Tests"]
    assert f"{compare['subjects']} subjects" in found["Scores"]


def test_what_no_file_says_is_to_state(root, tmp_path):
    shutil.copytree(root / "results", tmp_path / "results")
    (tmp_path / "results/folds/acted/kfold3.csv").unlink()
    (tmp_path / "results/clips/field.csv").unlink()
    found = parts(read(tmp_path))
    assert "TO STATE: the folds of `acted`, `kfold3`" in found["Splits"]
    assert "TO STATE: the clips of `field`" in found["Data"]
    assert "TO STATE: processor, memory and GPU." in found["Software"]


def test_versions_are_those_of_the_run_records(root):
    record = json.loads(next((root / "results/models").rglob("run.json")).read_text())
    text = parts(read(root))["Software"]
    for version in record["versions"].values():
        assert version in text


def test_every_source_that_is_cited_has_one_entry_and_no_other_has(root):
    found = read(root)
    entries = re.findall(r"^@\w+\{(.+),$", methods.bibtex(found), re.MULTILINE)
    cited = references.cited(methods.markdown(found))
    assert len(entries) == len(set(entries))
    assert set(entries) == set(cited) >= {"hesterberg2015", "holm1979", "ferstudy", "koester2012"}
    for entry in references.bibtex("[@keras; @sklearn]", {}).split("\n\n"):
        assert entry.count("{") == entry.count("}")


def test_every_reference_has_what_its_kind_needs():
    needed = {
        "article": {"author", "title", "journal", "year"}, "inproceedings": {"author", "title", "booktitle", "year"},
        "book": {"author", "title", "publisher", "year"}, "misc": {"author", "title"},
    }  # fmt: skip
    for key, reference in references.REFERENCES.items():
        assert needed[reference.kind] <= reference.fields.keys(), key
        assert all(value.count("{") == value.count("}") for value in reference.fields.values()), key


def test_data_that_say_how_to_be_cited_are_a_reference(root):
    plan = plan_of(root)
    plan["config"]["datasets"]["field"]["citation"] = "Doe (2020), {Faces} of a field"
    found = read_results(Study(plan["config"]), root / "results", code=plan["code"])
    assert "The dataset `field` [@data-field] has" in parts(found)["Data"]
    assert "@misc{data-field," in methods.bibtex(found)
    assert "note = {Doe (2020), (Faces) of a field}" in methods.bibtex(found)
    assert "TO STATE: the source of `field`" not in parts(found)["Data"]
    assert "TO STATE: the source of `field`" in parts(read(root))["Data"]


def test_the_page_has_the_same_text_with_sources_as_people_write_them(root):
    page = view.page(read(root))
    section = next(section for section in page.sections if section.anchor == "methods")
    texts = " ".join(block.text for block in walk(section) if hasattr(block, "text"))
    assert "(Hesterberg 2015)" in texts
    assert "[@" not in texts.replace(next(block for block in walk(section) if isinstance(block, Code)).text, "")


def test_a_public_study_has_methods_without_names(root):
    found = read(root, public=True)
    subjects = {clip.subject for name in ("acted", "field") for clip in clips.read(root / f"results/clips/{name}.csv")}
    words = set(re.findall(r"[\w-]+", methods.markdown(found) + methods.bibtex(found)))
    assert not {name for name in subjects if not name.isdigit()} & words
