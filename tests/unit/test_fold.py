"""A fold's name: what it says, that it survives being read, and that no other module takes one apart."""

import re
from pathlib import Path

import pytest

from ferstudy.errors import StudyError
from ferstudy.fold import Fold, is_name
from ferstudy.protocols import kinds
from ferstudy.tables import lineup
from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import COLUMNS, Assignment
from ferstudy.tables.write import write_rows

SCRIPTS = Path(__file__).parents[2] / "scripts"
NAMES = ["0", "3", "12", "final", "deploy", "0.0", "2.3", "10.11", "2.final"]
# How names were taken apart before there was one reader.
IDIOMS = {
    "its end": r"""(endswith|removesuffix|removeprefix)\(\(?["']\.?(final|deploy)""",
    "its parts": r"""\b(fold|one)\b\)?\.r?(split|partition)\(["']\.["']""",
    "a word": r"""[!=]= ["'](final|deploy)["']|["'](final|deploy)["'] (not )?in\b(?! protocol)""",
    "words": r"""["']final["'], ["']deploy["']""",
    "its point": r"""["']\.["'] (not )?in \w*(fold|name)""",
}


def idioms(text: str) -> list[str]:
    """What of `text` takes a fold's name apart."""
    return [found.group() for pattern in IDIOMS.values() for found in re.finditer(pattern, text)]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_survives_being_read(name):
    assert str(Fold.parse(name)) == name
    assert Fold.parse(str(Fold.parse(name))) == Fold.parse(name)
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "final.0",
        "2.deploy",
        "a",
        "1.2.3",
        ".final",
        "1.",
        "-1",
        "3 ",
        "Final",
        "2.final.1",
        "\u0663",
        "1\n",
        "run1",
    ],
)
def test_what_is_no_name_is_refused_with_a_sentence(name):
    assert not is_name(name)
    with pytest.raises(
        StudyError, match=r"is no name of a fold; expected a number as 3, final or deploy, or in a nested"
    ):
        Fold.parse(name)


@pytest.mark.parametrize(
    ("name", "outer", "number", "is_final", "is_deploy"),
    [
        ("3", "", 3, False, False),
        ("final", "", None, True, False),
        ("deploy", "", None, False, True),
        ("2.3", "2", 3, False, False),
        ("2.final", "2", None, True, False),
    ],
)
def test_what_a_name_says(name, outer, number, is_final, is_deploy):
    fold = Fold.parse(name)
    assert (fold.outer, fold.number, fold.is_final, fold.is_deploy) == (outer, number, is_final, is_deploy)


def test_the_folds_that_choose_for_another():
    names = ["0", "1", "10", "final"]
    assert Fold.parse("final").siblings(names) == ["0", "1", "10"]
    assert Fold.parse("deploy").siblings(names) == ["0", "1", "10"]
    assert Fold.parse("1").siblings(names) == []
    nested = ["1.0", "1.1", "1.final", "11.0", "11.final"]
    assert Fold.parse("1.final").siblings(nested) == ["1.0", "1.1"]
    assert Fold.parse("11.final").siblings(nested) == ["11.0"]
    assert Fold.parse("deploy").siblings(nested) == ["1.0", "1.1", "11.0"]
    assert Fold.parse("final").siblings(nested) == []


@pytest.mark.parametrize(
    "protocol",
    [
        {"kind": "kfold", "folds": 3, "test": 4},
        {"kind": "kfold", "folds": 3},
        {"kind": "nested", "folds": 2, "inner": 3},
    ],
)
def test_every_fold_of_a_protocol_has_a_name(protocol):
    names = kinds.names(protocol)
    assert names
    assert [str(Fold.parse(name)) for name in names] == names


@pytest.mark.parametrize(
    "line",
    [
        'finals = [fold for fold in cell.folds if fold.endswith("final")]',
        'numbered = [fold for fold in folds if not fold.endswith(("final", "deploy"))]',
        'outer, _, name = fold.rpartition(".")',
        'outer, _, inner = fold.partition(".")',
        'return str(self.cell["fold"]).split(".")[-1] in ("final", "deploy")',
        'return f"{search}/{fold.split(".")[0]}"',
        'stem = fold.removesuffix("final")',
        'outer = [fold for fold in folds if "." not in fold]',
        'if fold == "deploy":',
        'return bool(self.folds) and "final" not in self.folds',
    ],
)
def test_each_way_of_taking_a_name_apart_is_noticed(line):
    assert idioms(line)


def test_no_other_module_takes_a_name_apart():
    elsewhere = {
        path.relative_to(SCRIPTS): found
        for path in sorted(SCRIPTS.rglob("*.py"))
        if path.name != "fold.py"
        if (found := idioms(path.read_text(encoding="utf-8")))
    }
    assert elsewhere == {}


def test_a_row_of_a_fold_without_a_name_is_strange_to_the_audit_and_refused_in_scores(tmp_path):
    rows = [Assignment("0", "c0", "train"), Assignment("spam", "c1", "test")]
    write_rows(tmp_path / "folds.csv", COLUMNS, rows)
    clips = [Clip(name, "", name, "joy") for name in ("c0", "c1")]
    assert lineup.read(tmp_path / "folds.csv", clips).strange == rows[1:]
    with pytest.raises(StudyError, match="'c1' is in 'spam', which is no fold; run make_folds again"):
        lineup.read_folds(tmp_path / "folds.csv")
