"""The pictures of the data: what they count, how they stay small, and that a public page names nobody in them."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ferstudy import paths
from ferstudy.models import augment
from ferstudy.report import charts
from ferstudy.report.records import DatasetResults, FaceResults, ProtocolResults
from ferstudy.report.sections import (
    augmentation_gallery,
    candidates,
    clip_lengths,
    coverage_groups,
    cut_marks,
    data_pictures,
    example_faces,
    fold_picture,
)
from ferstudy.report.sections.data import left_out
from ferstudy.tables import curves, pairs
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected
from ferstudy.tables.trims import Trim
from ferstudy.tables.write import write_rows

MOST = 32_000  # characters of a picture on the page


def dataset(clips: list[Clip], classes=("anger", "fear"), faces=()) -> DatasetResults:
    return DatasetResults(
        name="films", leaves=("films",), classes=tuple(classes), clips=clips, rejected=[], notes=[], unread="",
        faces=tuple(faces), licence="", citation="", consent="", rendered=False, faces_in_report="none",
    )  # fmt: skip


def clip(name: str, subject: str = "", label: str = "anger", **known) -> Clip:
    return Clip(name, f"{name}.mp4", subject, label, **known)


def protocol(folds: dict) -> ProtocolResults:
    return ProtocolResults("films", "rotating", {}, folds, None, None, None, {})


def results(data: DatasetResults, named=lambda name: name) -> SimpleNamespace:
    return SimpleNamespace(dataset=lambda _: data, named=named)


def test_clips_that_cannot_be_used_are_told_from_files_that_are_no_clips():
    films = dataset([clip("a"), clip("b")])
    assert left_out(films) == "All of them can be used."
    beside = [Rejected("all.zip", "", "index", "an archive that was not unpacked")]
    lost = [Rejected("a.mp4", "a", "faces", "no face found"), Rejected("a.mp4", "a", "tables", "no table")]
    assert left_out(replace(films, rejected=beside)) == "All of them can be used; 1 other file or row was left out."
    assert left_out(replace(films, rejected=lost + beside)) == (
        "1 of them cannot be used: there every model counts as wrong; 1 other file or row was left out."
    )


def leave_one_out(count: int) -> tuple[DatasetResults, ProtocolResults]:
    people = [f"P{i:03d}" for i in range(count)]
    clips = [clip(f"{who}-{i}", who, sex="female" if i % 2 else "male") for i, who in enumerate(people)]
    names = [each.clip for each in clips]
    folds = {
        str(i): {"train": [n for n in names if n not in (names[i], names[i - 1])], "validation": [names[i - 1]],
                 "test": [names[i]]}
        for i in range(count)
    }  # fmt: skip
    return dataset(clips), protocol(folds)


def test_clips_are_counted_per_class_by_sex_and_by_age_band():
    clips = [
        clip("a", "P1", "anger", sex="female", age="23"),
        clip("b", "P1", "anger", sex="female", age="23"),
        clip("c", "P2", "fear", sex="male", age="31"),
        clip("d", "P3", "fear"),
    ]
    people, sex, age = data_pictures.of_classes(dataset(clips))
    assert people.parts == ("no clip", "1 clip", "2 clips")
    assert people.counts == ((2, 0, 1), (1, 2, 0))  # anger: P1 has two, the others none
    assert (sex.parts, sex.counts) == (("female", "male", "not known"), ((2, 0, 0), (0, 1, 1)))
    assert (age.parts, age.counts) == (("20-29", "30-39", "not known"), ((2, 0, 0), (0, 1, 1)))
    assert "anger: 2 female; fear: 1 male, 1 not known" in sex.label


def test_nothing_is_drawn_where_all_would_be_alike():
    assert data_pictures.of_classes(dataset([clip("a", "P1"), clip("b", "P2", "fear")], ["anger"])) == ()
    alike = [clip(f"{who}{label}", who, label, sex="male") for who in ("P1", "P2") for label in ("anger", "fear")]
    assert data_pictures.of_classes(dataset(alike)) == ()


def test_of_many_age_bands_the_rarest_are_others():
    clips = [clip(f"{band}-{i}", "P1", age=str(10 * band)) for band in range(10) for i in range(1 + (band < 7))]
    (age,) = data_pictures.of_classes(dataset(clips))
    assert age.parts == (*(f"{10 * band}-{10 * band + 9}" for band in range(7)), "others")
    assert age.counts == ((2,) * 7 + (3,), (0,) * 8)


@pytest.mark.parametrize(
    ("values", "ranges"),
    [
        ([0, 1], [(0, 0), (1, 1)]),
        ([1, 2, 3, 4, 5], [(i, i) for i in range(1, 6)]),
        ([0, 1, 2, 3, 4, 5, 6, 7, 90], [(0, 0), (1, 2), (3, 4), (5, 6), (7, 90)]),
    ],
)
def test_many_numbers_of_clips_become_ranges(values, ranges):
    assert data_pictures._edges(values) == ranges


def test_people_stand_by_the_fold_that_tests_them_and_each_cell_is_their_role():
    clips = [clip(name, who) for name, who in (("a", "P1"), ("b", "P2"), ("b2", "P2"), ("c", "P3"))]
    folds = {
        "0": {"train": ["a"], "validation": [], "test": ["c"]},
        "1": {"train": ["c", "b"], "validation": ["b2"], "test": ["a"]},
    }
    picture = fold_picture.of(results(dataset(clips)), protocol(folds)).blocks[0]
    assert picture.people == ("P3", "P1", "P2")
    assert picture.roles == (("test", "train"), ("train", "test"), ("not in it", "several roles"))
    assert picture.label.endswith("fold 1: 1 test, 1 several roles, 1 train")


def test_the_folds_of_many_people_are_a_small_picture_without_names():
    data, folds = leave_one_out(300)
    (picture,) = fold_picture.of(results(data), folds).blocks
    assert len(picture.folds) == fold_picture.MOST_FOLDS
    assert f"the first {fold_picture.MOST_FOLDS} of 300 folds" in picture.note
    assert picture.people == ()
    drawn = charts.inline(picture)
    assert len(drawn) < MOST
    assert not re.search(r"P\d\d\d|http|url\(|href| id=|#[0-9a-f]{6}", drawn)


def test_pictures_of_six_classes_and_a_hundred_people_stay_small():
    classes = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
    clips = [
        clip(f"{i}-{label}-{n}", f"P{i}", label, sex="female" if i % 2 else "male", age=str(18 + i % 60))
        for i in range(100) for j, label in enumerate(classes) for n in range((i * j) % 9)
    ]  # fmt: skip
    blocks = data_pictures.of_classes(dataset(clips, classes))
    assert len(blocks) == 3
    for block in blocks:
        assert len(charts.inline(block)) < MOST, block.title


def test_where_rows_are_left_out_all_people_are_counted():
    people = [f"P{i:03d}" for i in range(90)]
    clips = [clip(who, who) for who in people]
    deals = np.random.default_rng(1).integers(0, 3, (30, len(people)))
    folds = {
        str(i): {role: [who for who, at in zip(people, deal, strict=True) if at == place]
                 for place, role in enumerate(("train", "validation", "test"))}
        for i, deal in enumerate(deals)
    }  # fmt: skip
    picture = fold_picture.of(results(dataset(clips)), protocol(folds)).blocks[0]
    assert picture.step > 1
    assert f"one row of {picture.step}" in picture.note
    assert "90 subjects. fold 0: " in picture.label
    assert f"fold 0: {(deals[0] == 2).sum()} test, {(deals[0] == 1).sum()} validation" in picture.label
    drawn = charts.inline(picture)
    assert len(drawn) < MOST
    assert ">90</text>" in drawn  # beside the last row


def test_a_public_page_names_nobody_in_the_folds():
    data, folds = leave_one_out(3)
    picture = fold_picture.of(results(data, lambda name: f"person {int(name[1:]) + 1}"), folds).blocks[0]
    assert sorted(picture.people) == ["person 1", "person 2", "person 3"]
    assert not re.search(r"P\d", charts.inline(picture) + picture.label)


def test_lengths_are_those_of_the_clip_with_a_face_and_after_trimming():
    clips = [clip("a", "P1"), clip("b", "P2"), clip("c", "P3"), clip("lost", "P3"), clip("d", "P1", "fear")]
    kept = {"a": [60, 60], "b": [50, 60], "c": [90, 100], "d": [40, 40]}
    trims = [Trim("a", 60, 10, 49, 30, "trimmed", ""), Trim("d", 40, 0, 39, None, "no curve", "")]
    face = FaceResults("films", "crop64", {"kept": kept}, trims)
    (boxes,) = clip_lengths.pictures(dataset(clips, faces=[face]))
    assert boxes.stages == ("whole clip", "with a face", "after trimming")
    assert boxes.lengths == (((60, 60, 100), (60, 50, 90), (40,)), ((40,), (40,), (40,)))
    assert boxes.five(0, 0) == (60, 60, 60, 80, 100)
    assert "anger: median 60 whole clip, 60 with a face, 40 after trimming" in boxes.label
    assert len(charts.inline(boxes)) < MOST


def test_clips_of_one_length_have_no_picture_of_lengths():
    face = FaceResults("films", "crop64", {"kept": {"a": [60, 60], "b": [60, 60]}}, None)
    assert clip_lengths.pictures(dataset([clip("a", "P1"), clip("b", "P2")], faces=[face])) == ()


def test_frames_with_a_face_are_told_by_class_and_group():
    clips = [clip("a", "P1", sex="female"), clip("b", "P2", sex="male"), clip("c", "P1", "fear", sex="female")]
    told = {"kept": {"a": [30, 60], "b": [60, 60]}, "rejected": [{"clip": "c"}]}
    data = dataset(clips, faces=[FaceResults("films", "crop64", told, None)])
    table = coverage_groups.table(data, data.faces[0], results(data))
    assert [column.title for column in table.columns] == ["Class", "all", "female", "male"]
    cells = [[cell.text.replace("\N{THIN SPACE}", "").replace("\N{NARROW NO-BREAK SPACE}", "") for cell in row.cells]
             for row in table.rows]  # fmt: skip
    assert cells[0] == ["anger", "75.0%", "50.0%", "100.0%"]
    assert cells[1] == ["fear", "0.0%", "0.0%", "–"]
    assert [cell.level for cell in table.rows[0].cells] == [-1, 5, 10, 0]
    whole = FaceResults("films", "crop64", {"kept": {"a": [60, 60], "b": [60, 60]}}, None)
    assert coverage_groups.table(data, whole, results(data)) is None


RISING = (0, 1, 2, 4, 8, 8, 4, 2, 1, 0)


def cut(tmp_path, clips, trims, named=lambda name: name, rising=RISING):
    """The charts of a study whose one shard has these curves, from frame 5 on."""
    path = tmp_path / Path(paths.trimmed("films", "crop64", 0, "curves.csv")).relative_to(paths.RESULTS)
    path.parent.mkdir(parents=True)
    write_rows(path, curves.COLUMNS, [curves.curve(trim.clip, range(5, 5 + len(rising)), rising) for trim in trims])
    study = SimpleNamespace(shards=[0], recipes={"crop64": {"trim": {"threshold": 0.5}}})
    told = SimpleNamespace(folder=tmp_path, stale=frozenset(), study=study, named=named)
    face = FaceResults("films", "crop64", None, trims)
    return cut_marks.curves(told, dataset(clips, faces=[face]), face)


def test_a_curve_shows_what_was_kept_of_a_trimmed_clip_of_each_class(tmp_path):
    trims = [
        Trim("a", 10, 5, 14, 9, "anomaly", "highest in one of the last 20 frames"),
        Trim("b", 10, 8, 11, 9, "trimmed", "below 50 % of the maximum"),
        Trim("c", 10, 6, 12, 9, "by hand", "in the trims table"),
    ]
    clips = [clip("a", "P1"), clip("b", "P2"), clip("c", "P3", "fear")]
    _, side = cut(tmp_path, clips, trims, lambda name: f"clip {'abc'.index(name) + 1}").blocks
    anger, fear = side.blocks
    assert (anger.title, anger.first, anger.last, anger.threshold) == ("anger: clip 2", 8, 11, 0.5)
    assert anger.shares == (0, 0.125, 0.25, 0.5, 1, 1, 0.5, 0.25, 0.125, 0)
    assert anger.label == "anger: clip 2: highest at frame 9; kept: frames 8 to 11 of 5 to 14"
    assert (fear.first, fear.last, fear.threshold) == (6, 12, None)
    assert len(charts.inline(anger)) < MOST


def test_a_long_curve_keeps_its_highest_and_last_frame(tmp_path):
    rising = [1] * 700
    rising[301] = 4
    _, side = cut(tmp_path, [clip("a", "P1")], [Trim("a", 700, 5, 704, 306, "trimmed", "")], rising=rising).blocks
    (chart,) = side.blocks
    assert len(chart.frames) < 302
    assert chart.label == "anger: a: highest at frame 306; kept: frames 5 to 704 of 5 to 704"
    assert set(chart.shares) == {0.25, 1}


def test_without_curves_there_are_no_cut_marks(tmp_path):
    assert cut(tmp_path, [clip("a", "P1")], []) is None


@pytest.mark.parametrize(
    ("allowed", "public", "why"),
    [("none", False, "allows none"), ([], False, "allows none"), ("all", True, "the page is public")],
)
def test_no_face_is_shown_where_none_may_be_and_the_page_says_why(allowed, public, why, monkeypatch):
    monkeypatch.setattr(example_faces, "crops", lambda *_: np.zeros((64, 320, 3), "uint8"))
    data = replace(dataset([clip("a", "P1"), clip("b", "P2", "fear")]), faces_in_report=allowed)
    (text,) = example_faces.blocks(SimpleNamespace(public=public), data)
    assert why in text.text


def test_a_draw_of_augmentation_moves_all_crops_of_a_clip_alike():
    crops = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), np.uint8)
    drawn = [augmentation_gallery.augmented(crops, {"flip": True}, 16, seed) for seed in range(1, 9)]
    kinds = {
        "as they are" if (one == crops).all() else "mirrored" if (one == crops[:, :, ::-1]).all() else "else"
        for one in drawn
    }
    assert kinds == {"as they are", "mirrored"}
    again = augmentation_gallery.augmented(crops, {"brightness": [0.5, 0.5]}, 16, 1)
    np.testing.assert_allclose(again, crops / 2, atol=1)


def test_a_shift_in_pixels_is_one_of_the_networks_picture():
    pytest.importorskip("cv2")
    crops = np.broadcast_to(np.arange(64, dtype=np.uint8)[None, None, :, None], (1, 64, 64, 1)).copy()
    by = augment.draw(np.random.default_rng(1), 1, {"shift": 2}).shift[0, 0] * 64 / 32
    drawn = augmentation_gallery.augmented(crops, {"shift": 2}, 32, 1)
    np.testing.assert_allclose(drawn[0, 32, 8:-8, 0], np.arange(64)[8:-8] - by, atol=0.6)


@pytest.mark.parametrize(("allowed", "public"), [("none", False), ("all", True)])
def test_no_gallery_where_no_face_may_be_shown(allowed, public, monkeypatch):
    monkeypatch.setattr(augmentation_gallery, "frames", lambda *_: np.zeros((9, 64, 64, 3), "uint8"))
    own = SimpleNamespace(model="c3d", dataset="films", family="c3d")
    entry = {"training": {"augmentation": {"flip": True}}, "settings": {"size": 32}}
    told = SimpleNamespace(public=public, models=[own], study=SimpleNamespace(architectures={"c3d": entry}))
    data = replace(dataset([clip("a", "P1")]), faces_in_report=allowed)
    assert augmentation_gallery.gallery(told, data) is None
    told.public, data = False, replace(data, faces_in_report="all")
    _, heading, strips = augmentation_gallery.gallery(told, data).blocks
    assert heading.text == "`c3d`: flip True"
    assert [strip.text for strip in strips.blocks] == ["as it is", *(f"draw {i}" for i in range(1, 5))]


def test_each_class_shows_another_person_of_those_that_may_be_shown(monkeypatch):
    monkeypatch.setattr(example_faces, "crops", lambda *_: np.zeros((64, 320, 3), "uint8"))
    monkeypatch.setattr(example_faces, "boxes", lambda *_: {})
    clips = [
        clip("a", "P1"), clip("c", "P3", "fear"), clip("b", "P1", "fear"), clip("d", "P2", "fear"),
    ]  # fmt: skip
    data = replace(dataset(clips), faces_in_report=["P1", "P2"])
    *_, strips = example_faces.blocks(SimpleNamespace(public=False), data)
    assert [(strip.clip, strip.text) for strip in strips.blocks] == [("a", "anger"), ("d", "fear")]


def looking_alike(folder: Path, monkeypatch, allowed, public: bool = False):
    """The block of candidates of three people, of whom P1 may be P2, and P3 two people."""
    data = replace(dataset([clip(f"{who}-{i}", who) for who in ("P1", "P2", "P3") for i in range(2)]),
                   faces_in_report=allowed)  # fmt: skip
    rows = [("who_is_who", "P1", "P2", "one face"), ("who_is_who", "P3", "P3", "two faces"), ("subjects", "a", "b", "")]
    write_rows(folder / "audit/films/rotating/pairs.csv", pairs.COLUMNS, rows)
    finding = {"check": "who_is_who", "clips": [one.clip for one in data.clips]}
    own = replace(protocol({}), audit={"findings": [finding]})
    monkeypatch.setattr(candidates, "strip", lambda results, dataset, name, who: (name, who))
    of = SimpleNamespace(dataset=lambda _: data, folder=folder, stale=frozenset(), public=public)
    found = candidates.faces(of, own)
    return found and [side.blocks for side in found.blocks[:-1]]


def test_both_faces_of_a_candidate_are_shown_only_where_both_may_be(tmp_path, monkeypatch):
    one, two = (("P1-0", "P1"), ("P2-0", "P2")), (("P3-0", "P3"), ("P3-1", "P3"))
    assert looking_alike(tmp_path, monkeypatch, "all") == [one, two]
    assert looking_alike(tmp_path, monkeypatch, ["P1", "P3"]) == [two]
    assert looking_alike(tmp_path, monkeypatch, ["P1"]) is None
    assert looking_alike(tmp_path, monkeypatch, "none") is None
    assert looking_alike(tmp_path, monkeypatch, "all", public=True) is None
