"""Tables as spreadsheet programs and people leave them: headings, merged cells, encodings, names of classes."""

from pathlib import Path

import openpyxl
import pytest
from films import film
from nasty import counting

from ferstudy.datasets import labels, segments, spans
from ferstudy.datasets.headings import SPELLED
from ferstudy.datasets.index import index
from ferstudy.datasets.sheets import plain, rows
from ferstudy.protocols import public_lists
from ferstudy.tables import foreign_table
from ferstudy.tables.clips import Clip

COLUMNS = {"path": (), "subject": (), "label": (), "start_s": ()}
NEEDED = [("path",), ("subject",), ("label",)]


def read(path: Path) -> list[dict[str, str]]:
    """The cells of each row, and of rejected ones the reason."""
    return [row[1] if isinstance(row[1], dict) else row.reason for row in rows(path, path.name, COLUMNS, NEEDED)]


def workbook(path: Path, lines: list[list], merged: list[str]) -> Path:
    """A workbook of one sheet with merged cells."""
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(path)
    return path


def test_a_merged_cell_stands_for_each_of_its_rows(tmp_path):
    lines = [["subject", "path", "label"], ["ann", "1", "x"], [None, "2", "y"], ["bob", "3", "x"], [None, "4", "y"]]
    found = read(workbook(tmp_path / "m.xlsx", lines, ["A2:A3", "A4:A5"]))
    assert [row["subject"] for row in found] == ["ann", "ann", "bob", "bob"]


def test_a_header_may_go_over_two_rows_below_a_title(tmp_path):
    lines = [["Study of 2025"], ["path", "subject", "label", "time"], [None, None, None, "start_s"], ["1", "a", "x", 2]]
    found = read(workbook(tmp_path / "m.xlsx", lines, ["A1:D1", "A2:A3", "B2:B3", "C2:C3"]))
    assert found == [{"path": "1", "subject": "a", "label": "x", "start_s": "2"}]


def test_a_header_that_comes_again_is_no_row(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("path,subject,label\n1,a,x\nPath, subject,label\n2,b,y\n")
    assert [row["path"] for row in read(path)] == ["1", "2"]


def test_a_byte_order_mark_before_what_is_not_utf_8_is_none(tmp_path):
    path = tmp_path / "m.csv"
    path.write_bytes(b'\xef\xbb\xbf"path" ;subject;label\r\n1;\xc4nne;x\xa0\r\n')
    assert read(path) == [{"path": "1", "subject": "Änne", "label": "x"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_predictions_of_any_encoding_with_decimal_commas(encoding, separator, tmp_path):
    lines = [["clip", "Ärger", "joy"], ["a,1", "0,25", "7,5e-1"], ["b", "1", "0"]]
    (tmp_path / "p.csv").write_text("\r\n".join(map(separator.join, lines)), encoding=encoding, newline="")
    table = foreign_table.read([str(tmp_path / "p.csv")])
    assert {name: list(cells) for name, cells in table.columns.items()} == {
        "clip": ["a,1", "b"], "Ärger": ["0.25", "1"], "joy": ["7.5e-1", "0"],
    }  # fmt: skip


def test_a_fold_list_of_any_encoding(tmp_path):
    (tmp_path / "l.csv").write_text("clip,subject,role\na,Änne,train\nb,Bo,test\n", encoding="utf-16")
    rows, _ = public_lists.read([tmp_path / "l.csv"])
    assert [row.subject for row in rows] == ["Änne", "Bo"]


def test_headings_in_german(tmp_path):
    film(tmp_path / "a.mp4", counting(3))
    lines = [["Datei", "Proband", "Emotion", "Geschlecht", "Alter"], ["a.mp4", "P07", "Ärger", "weiblich", 23.0]]
    workbook(tmp_path / "manifest.xlsx", lines, [])
    [clip], rejected = index("manifest", tmp_path, None, {})
    assert (clip.path, clip.subject, clip.label) == (str(tmp_path / "a.mp4"), "P07", "Ärger")
    assert (clip.sex, clip.age, rejected) == ("female", "23", [])


def test_segments_with_german_headings(tmp_path):
    film(tmp_path / "a.mp4", counting(25))
    heading = ["Videodatei", "Versuchsperson", "Gefühl", "von (s)", "bis (s)", "Geschlecht"]
    workbook(tmp_path / "Segmente annotation.xlsx", [heading, ["a", "VP 7", "Ärger", 0.2, 0.6, "w"]], [])
    [clip], rejected = index("segments", tmp_path, None, {})
    assert (clip.subject, clip.label, clip.start, clip.end, clip.sex) == ("VP 7", "Ärger", 5, 15, "female")
    assert rejected == []


@pytest.mark.parametrize(
    ("start", "end", "unit"),
    [
        ("Start (s)", "Ende (s)", "_s"),
        ("von [sek]", "bis [sek]", "_s"),
        ("Anfang in Sekunden", "Ende in Sekunden", "_s"),
        ("begin_s", "stop s", "_s"),
        ("Beginn (ms)", "Ende (ms)", "_ms"),
        ("von Bild", "bis Bild", "_frame"),
        ("Beginn", "Ende", ""),
    ],
)
def test_both_edges_of_a_clip_are_read_with_their_unit(start, end, unit):
    for heading, edge in ((start, "start"), (end, "end")):
        assert [name for name, others in spans.COLUMNS.items() if plain(heading) in others] == [edge + unit]


@pytest.mark.parametrize("read_by", [{**SPELLED, **spans.COLUMNS}, segments.COLUMNS])
def test_no_heading_means_two_columns(read_by):
    names = [name for column, spelled in read_by.items() for name in {plain(column), *map(plain, spelled)}]
    assert sorted(names) == sorted(set(names))


def test_names_of_classes_are_compared_as_people_read_them(tmp_path):
    film(tmp_path / "a.mp4", counting(12))
    said = ["\u00c4rger", "A\u0308rger", "\u00e4rger", "\u00c4rger\u00a0", "\u00c4rgern"]
    lines = [f"a.mp4,p,{label},{2 * at},{2 * at + 2}" for at, label in enumerate(said)]
    text = "\n".join(["path,subject,label,start_frame,end_frame", *lines])
    (tmp_path / "manifest.csv").write_text(text, encoding="utf-8")
    clips, [refused] = index("manifest", tmp_path, ["A\u0308rger", "Freude"], {})
    assert {clip.label for clip in clips} == {"A\u0308rger"}  # as the study writes it
    assert (len(clips), refused.reason) == (4, "label is none of the classes")
    clips, rejected = index("manifest", tmp_path, ["anger"], {"\u00c4RGER": "anger", "\u00e4rgern": "anger"})
    assert ({clip.label for clip in clips}, len(clips), rejected) == ({"anger"}, 5, [])
    clips, _ = index("manifest", tmp_path, None, {})
    assert {clip.label for clip in clips} == {"\u00c4rger", "\u00c4rgern"}


@pytest.mark.parametrize(("label", "meant"), [("a", "a"), ("A", "A"), ("B", "b"), ("c", "c")])
def test_a_class_that_is_meant(label, meant):
    assert labels.meant(label, ["a", "A", "b"]) == meant


def test_the_most_frequent_spelling_stands_for_a_class():
    clips = [Clip(str(at), "", "", label) for at, label in enumerate(["Joy", "joy", "joy", "sad"])]
    assert [clip.label for clip in labels.as_one(clips)] == ["joy", "joy", "joy", "sad"]
