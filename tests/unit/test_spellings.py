"""Who is who in tables that people and spreadsheets have written: names, words for "not known", sexes, columns."""

import logging

import cv2
import numpy as np
import pytest

import inspect_dataset
from ferstudy.datasets.index import index
from ferstudy.errors import StudyError
from ferstudy.tables.clips import Clip
from ferstudy.tables.spellings import ASKED, alike, answered, as_one, folded, mangled


def found_in(root, table: str, options: dict | None = None) -> tuple[list[Clip], list]:
    """What the index finds of a manifest whose rows name the one video v.avi, each with frames of its own."""
    writer = cv2.VideoWriter(str(root / "v.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48))
    for value in range(3):
        writer.write(np.full((48, 64, 3), 8 * value, np.uint8))
    writer.release()
    head, *rows = table.strip().splitlines()
    lines = [f"clip,path,label,{head}", *(f"c{number},v.avi,anger,{row}" for number, row in enumerate(rows))]
    (root / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return index("manifest", root, ["anger"], {}, options)


@pytest.mark.parametrize(
    "names",
    [
        ["001", "1", "01", "1.0", "1,0", "1.00", " 1", "１", "1\u200b"],
        ["P07", "p07", "P 07", "P7", "p-7", "P_07", "Ｐ07", "P07\xa0", "P07.0"],
        ["José", "Jose\u0301", "JOSÉ", "josé "],
        ["FR/p01", "FR/P1", "fr/p1"],
    ],
)
def test_spellings_of_one_name(names):
    assert len({folded(name) for name in names}) == 1
    assert alike([*names, "someone else"]) == [sorted(names)]


@pytest.mark.parametrize(
    "names",
    [["1", "10", "100"], ["1 1", "11"], ["1-1", "11"], ["s1.1", "s1.10"], ["José", "Jose"], ["M01", "F01"], [""]],
)
def test_names_of_several_people(names):
    assert alike(names) == []


def test_a_word_before_a_number_is_the_same_as_its_first_letter():
    assert alike(["Proband 7", "P07", "S7", "subj-07"]) == [["P07", "Proband 7"], ["S7", "subj-07"]]
    assert alike(["Proband 7", "subject 7", "VP07", "Paul7", "P8"]) == []


def test_a_bare_number_is_one_of_the_names_that_have_the_same_letters():
    assert alike(["P07", "p07", "7", "P08", "9"]) == [["7", "P07", "p07"]]
    assert alike(["P07", "S07", "7"]) == []  # of whom?
    assert alike(["x07", "7"]) == []  # perhaps another group
    clips = [Clip(str(number), "", subject, "") for number, subject in enumerate(["7", "P07", "P07"])]
    assert [clip.subject for clip in as_one(clips)] == ["P07"] * 3


@pytest.mark.parametrize("name", ["2026-03-01 00:00:00", "01. Mrz", "1-Mar", "Mar-01", "März 26", "2E+05", "2,5E+7"])
def test_what_a_spreadsheet_made_of_a_name(name):
    assert mangled(name)


@pytest.mark.parametrize("name", ["Mara", "Mai", "may01", "s1-mar", "2e5", "2026-03-01", "12", "1-decker", "P07"])
def test_names_that_no_spreadsheet_made(name):
    assert not mangled(name)


def test_the_most_frequent_spelling_stands_for_the_person():
    clips = [
        Clip(str(number), "", subject, "") for number, subject in enumerate(["p07", "P07", "P07", "1", "001", "x"])
    ]
    assert [clip.subject for clip in as_one(clips)] == ["P07", "P07", "P07", "001", "001", "x"]


SIX = """subject
001
1
1.0
P07
p07
P 07
"""


def test_the_index_asks_about_spellings(tmp_path, caplog):
    clips, rejected = found_in(tmp_path, SIX)
    assert ([clip.subject for clip in clips], rejected) == (SIX.split("\n")[1:7], [])
    assert "2 people may be spelled in several ways: `001` = `1` = `1.0`; `P 07` = `P07` = `p07`. Say" in caplog.text


def test_an_explicit_answer_is_believed(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    clips, _ = found_in(tmp_path, SIX, {"subjects": "exact"})
    assert len({clip.subject for clip in clips}) == 6
    assert caplog.text == ""
    clips, _ = found_in(tmp_path, SIX, {"subjects": "folded"})
    assert [clip.subject for clip in clips] == ["001"] * 3 + ["P 07"] * 3
    assert "subjects that are one person: `001` = `1` = `1.0`; `P 07` = `P07` = `p07`" in caplog.text


def test_the_doctor_shows_spellings(tmp_path, capfd):
    found_in(tmp_path, SIX)
    inspect_dataset.main(["--adapter", "manifest", "--root", str(tmp_path), "--out", str(tmp_path / "o.csv")])
    said = capfd.readouterr().out
    assert "2 if these are spellings of one name each: `001` = `1` = `1.0`; `P 07` = `P07` = `p07`" in said
    assert ASKED in said
    exact = ["--options", '{"subjects": "exact"}']
    inspect_dataset.main(["--adapter", "manifest", "--root", str(tmp_path), "--out", str(tmp_path / "o.csv"), *exact])
    assert "spellings" not in capfd.readouterr().out


def test_an_answer_that_there_is_not(tmp_path):
    with pytest.raises(StudyError, match="options/subjects: found 'same', expected exact or folded"):
        found_in(tmp_path, SIX, {"subjects": "same"})
    with pytest.raises(StudyError, match="found exact, folded; expected exact or folded"):
        found_in(tmp_path, SIX, {"subjects": ["exact", "folded"]})


def test_an_adapter_keeps_words_of_its_own():
    assert answered({"subjects": ["shared", "folded"], "fps": 25}) == ("folded", {"subjects": "shared", "fps": 25})
    assert answered({"subjects": "shared"}) == ("", {"subjects": "shared"})
    assert answered({"subjects": "exact"}) == ("exact", {})


def test_words_for_what_is_not_known_are_no_values(tmp_path):
    words = [
        "NA",
        "n/a",
        "unknown",
        "?",
        "-",
        "none",
        "nan",
        "#N/A",
        "N.A.",
        "Null",
        "–",
        "unbekannt",
        '""',
        " ",
        "#NAME?",
        "#DIV/0!",
        "#NV",
        "k.A.",
        "N.N.",
    ]
    rows = "\n".join(f"{word},{word},{word},{word},{word}" for word in words)
    clips, _ = found_in(tmp_path, f"subject,group,sex,age,ethnicity\n{rows}")
    assert len(clips) == len(words)
    assert {(c.subject, c.group, c.sex, c.age, c.ethnicity) for c in clips} == {("", "", "", "", "")}
    clips, _ = found_in(tmp_path, "subject,group\nNA,Nantes", {"subjects": "exact"})
    assert [(clip.subject, clip.group) for clip in clips] == [("NA", "Nantes")]


@pytest.mark.parametrize(
    ("sex", "words"),
    [
        ("female", "f F Female w weiblich weibl. Frau 女 女性 woman féminin ♀ f. Ｆ"),
        ("male", "m M Male männlich MÄNNLICH männl. Mann 男 man masculin ♂ m."),
    ],
)
def test_a_sex_in_its_usual_spellings_is_one_value(tmp_path, sex, words):
    clips, _ = found_in(tmp_path, "\n".join(["subject,Gender", *(f"s{i},{w}" for i, w in enumerate(words.split()))]))
    assert {clip.sex for clip in clips} == {sex}


def test_another_sex_stays_as_it_is_written(tmp_path):
    clips, _ = found_in(tmp_path, "subject,sex\ns1,divers\ns2,2")
    assert [clip.sex for clip in clips] == ["divers", "2"]


def test_columns_that_are_not_read_are_named_with_the_nearest_that_is(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    _, rejected = found_in(tmp_path, "subject,Etnicity,sexes,weather\ns1,a,f,rain")
    assert [(row.reason, row.detail) for row in rejected] == [
        ("unknown column", "'Etnicity' is not read; is 'ethnicity' meant?"),
        ("unknown column", "'sexes' is not read; is 'sex' meant?"),
    ]
    assert "manifest.csv: columns that are not read: weather; known are path, subject" in caplog.text
    _, rejected = found_in(tmp_path, "subject,sex,sexes\ns1,f,2")  # `sex` is there: nothing is missed
    assert rejected == []
