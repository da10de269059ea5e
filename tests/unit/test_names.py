"""A public page, and all that is written beside it, names no person, group, clip or file."""

import json
from pathlib import Path

import pytest
from fake_study import build, few

import make_report
from ferstudy import paths
from ferstudy.report.names import Names, without_private
from ferstudy.study.grid import Study
from ferstudy.tables import rejected
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Note, Rejected
from ferstudy.tables.rows import read_as
from ferstudy.tables.write import write_rows

WORDS = ("lstm", "anger", "acted")
NAMES = Names(
    ["Anna_Schmidt", "12", "3", "Meier, Ute", "lstm", "part/Zoe"], ["film Alien"], ["anna-happy_1", "part/x9", "7"],
    ["videos/anna/happy 1.avi", "/data/lab/x9.mp4"], WORDS,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Anna_Schmidt and Anna_Schmidt's brother", "person 1 and person 1's brother"),
        ("12 clips of 3 subjects, 0.12", "12 clips of 3 subjects, 0.12"),  # numbers are no names in any sentence
        ("of Meier, Ute.", "of person 4."),
        ("the model lstm", "the model lstm"),
        ("Zoe and part/Zoe", "person 6 and person 6"),
        ("clips anna-happy_1, x9", "clips clip 1, clip 2"),
        ("/home/me/videos/anna/happy 1.avi: no frame", "/home/me/file 1: no frame"),
        ("(/mnt/lab/x9.mp4)", "(file 2)"),
        ("crops/Anna_Schmidt_02.png", "crops/person 1_02.png"),
        ("film Alien", "group 1"),
    ],
)
def test_names_in_any_text_are_numbers(text, shown):
    assert NAMES.anywhere(text) == shown


def test_a_sentence_that_marks_names_loses_numbers_too():
    told = NAMES.marked("12 have two roles: `12`, `Meier, Ute` and 3 more; rows as `3,12,yes`; fold `9`")
    assert told == "12 have two roles: `person 2`, `person 4` and 3 more; rows as `person 3,person 2,yes`; fold `9`"
    assert [NAMES.one(name) for name in ("12", "7", "nobody")] == ["person 2", "clip 3", "not shown"]


def test_findings_about_people_who_are_numbers_name_nobody():
    found = {"check": "subjects", "status": "leak", "text": "3 subjects: `12`, `3`.", "clips": ["7", "part/x9"]}
    told = NAMES.audit({"findings": [found], "accepted": {"subjects": "Anna_Schmidt said so"}, "status": "leak"})
    assert told == {
        "findings": [{**found, "text": "3 subjects: `person 2`, `person 3`.", "clips": ["clip 3", "clip 2"]}],
        "accepted": {"subjects": "person 1 said so"}, "status": "leak",
    }  # fmt: skip


def test_of_a_config_only_what_names_somebody_or_a_file_is_left_out():
    told = {
        "datasets": {"lab": {"root": "/data/lab", "people": "who.csv", "faces_in_report": ["12"],
                             "render": {"people": 8}, "options": {"csv": "who.csv"}, "licence": "CC0"}},
        "backbones": {"a": {"weights": "imagenet"}, "b": {"weights": "w.h5", "file": {"path": "n.onnx"}}},
        "protocols": {"p": {"kind": "blocks", "blocks": [["12"], ["3"]], "test": ["9"]}, "q": {"test": 4, "folds": 3}},
        "stills": {"people": {"people": 200}},
    }  # fmt: skip
    hidden = "not shown"
    assert without_private(told) == {
        "datasets": {"lab": {"root": hidden, "people": hidden, "faces_in_report": hidden, "render": {"people": 8},
                             "options": hidden, "licence": "CC0"}},
        "backbones": {"a": {"weights": "imagenet"}, "b": {"weights": hidden, "file": {"path": hidden}}},
        "protocols": {"p": {"kind": "blocks", "blocks": hidden, "test": hidden}, "q": {"test": 4, "folds": 3}},
        "stills": {"people": {"people": 200}},
    }  # fmt: skip


@pytest.fixture(scope="module")
def telling(tmp_path_factory) -> Path:
    """The made-up study with people whom everybody knows, who are named wherever a page may name somebody."""
    root = tmp_path_factory.mktemp("telling")
    plan = build(root, ("anger", "fear", "joy"), called="Mustermann_{}")
    everyone = read_as(root / "results/clips/field.csv", Clip)
    one, two = everyone[0], everyone[-1]
    for dataset, protocol in (("field", "turns"), ("acted", "kfold3")):
        path = root / f"results/audit/{dataset}/{protocol}.json"
        audit = json.loads(path.read_text())
        text = f"1 subject has two roles in one fold: `{one.subject}`; `{one.clip}` and `{two.clip}` (2 equal)."
        for check in ("subjects", "who_is_who"):
            told = {"check": check, "title": check, "status": "leak", "text": text, "clips": [one.clip, two.clip]}
            audit["findings"].append(told)
        reasons = {"subjects": f"{one.subject} agreed", "who_is_who": f"see {two.path}"}
        path.write_text(json.dumps(audit | {"status": "leak", "accepted": reasons}))
    lost = [Rejected("home/Mueller/secret.avi", "", "index", "no label", f"as {one.clip} in /home/Mueller/secret.avi")]
    write_rows(root / "results/clips/field.rejected.csv", rejected.COLUMNS, lost)
    write_rows(root / "results/clips/field.notes.csv", Note._fields, [Note(one.path, one.clip, f"{one.clip} is grey")])
    (root / "results/scores/acted/kfold3/lstm.csv").write_text(f"{one.subject},{one.path}\n")  # refused with a sentence
    config = plan["config"] = few(plan["config"])
    config["datasets"]["field"] |= {"root": "home/Mueller", "faces_in_report": [one.subject], "trims": "Mueller.csv"}
    config["protocols"]["turns"] |= {"kind": "blocks", "blocks": [[two.subject], [one.subject]]}
    config["report"]["question"] = f"Does {one.subject} smile?"
    (root / "plan.json").write_text(json.dumps(plan))
    return root


def named(root: Path) -> set[str]:
    """Every name of the tables."""
    clips = [clip for name in ("acted", "field") for clip in read_as(root / f"results/clips/{name}.csv", Clip)]
    names = {name for clip in clips for name in (clip.clip, clip.subject, clip.path, Path(clip.path).name)}
    return names | {"Mustermann", "Mueller", "secret"}


@pytest.mark.usefixtures("undrawn")  # the files of figures are all that a figure could show
@pytest.mark.parametrize("stage", ["", "data"])
def test_nothing_that_a_public_report_writes_names_anybody(telling, tmp_path, stage):
    plan = json.loads((telling / "plan.json").read_text())
    study, folders = Study(plan["config"]), {name: tmp_path / name for name in paths.REPORT_FOLDERS}
    (tmp_path / "data").mkdir()
    (tmp_path / "data/predictions.csv").write_text("of a page that was not public: Mustermann")
    folders = {} if stage else folders
    beside = [tmp_path / Path(path).name for path in (paths.ANSWER, *paths.REPORT_TEXTS)] if not stage else []
    texts = {"answer": beside[0], "texts": beside[1:]} if beside else {}
    told = {}
    for public in (False, True):
        make_report.make(
            study, telling / "results", tmp_path / "page.html", public=public, stage=stage, **folders, **texts
        )
        files = [tmp_path / "page.html", *beside, *(path for folder in folders.values() for path in folder.iterdir())]
        written = [path.read_bytes().decode("utf-8", "ignore") + path.name for path in files]
        told[public] = {name for name in named(telling) if any(name in text for text in written)}
    assert told[True] == set()
    assert {"Mustermann", "Mueller", "secret"} <= told[False]  # they are there to be found
    page = (tmp_path / "page.html").read_text()
    for shown in ("person 25", "clip 145", "file 145", "not shown") if not stage else ("person 25", "clip 145"):
        assert shown in page
