"""Joining datasets: names, people, classes; what is left out is counted."""

import logging
from collections import Counter

import pytest

import join_clips
from ferstudy.errors import StudyError
from ferstudy.jobs.join_clips import JoinClips
from ferstudy.tables import clips as clips_table
from ferstudy.tables import rejected as rejected_table
from ferstudy.tables.clips import Clip
from ferstudy.tables.write import write_rows

CLASSES = ["anger", "happiness"]
FIRST = [
    Clip("S001_001", "a/S001_001.mp4", "S001", "anger", group="film", sex="female", votes="anger:7;happy:2"),
    Clip("S001_002", "a/S001_002.mp4", "S001", "happiness", official="train", bytes=12, digest="d"),
    Clip("S002_001", "a/S002_001.mp4", "", "anger"),
]
SECOND = [
    Clip("S001_001", "b/S001_001.mp4", "S001", "happy", start=3, end=9, group="film"),
    Clip("S001_003", "b/S001_003.mp4", "S001", "boredom"),
    Clip("S003_001", "b/S003_001.mp4", "S003", "unsure"),
]


def join(folder, tables=(FIRST, SECOND), classes=None, **more):
    """The union's clips and rejected rows, by the script."""
    paths = [folder / f"{number}.csv" for number in range(len(tables))]
    for path, rows in zip(paths, tables, strict=True):
        write_rows(path, clips_table.COLUMNS, rows)
    job = JoinClips(
        leaves=["one", "two"],
        classes=classes or sorted({clip.label for rows in tables for clip in rows}),
        tables=list(map(str, paths)),
        clips=str(folder / "union.csv"),
        rejected=str(folder / "rejected.csv"),
        **more,
    )
    join_clips.main(job)
    return clips_table.read(job.clips), rejected_table.read(job.rejected)


def test_names_are_apart_and_everything_else_comes_along(tmp_path):
    found, refused = join(tmp_path)
    assert [clip.clip for clip in found] == [f"one/{c.clip}" for c in FIRST] + [f"two/{c.clip}" for c in SECOND]
    assert [clip.subject for clip in found] == ["one/S001", "one/S001", "", "two/S001", "two/S001", "two/S003"]
    assert [clip.group for clip in found] == ["one/film", "", "", "two/film", "", ""]
    assert found[3]._replace(clip="S001_001", subject="S001", group="film") == SECOND[0]
    assert found[1]._replace(clip="S001_002", subject="S001") == FIRST[1]
    assert refused == []


def test_shared_names_are_the_same_people_and_films(tmp_path):
    found, _ = join(tmp_path, shared=True)
    assert {clip.subject for clip in found} == {"S001", "", "S003"}
    assert {clip.group for clip in found} == {"film", ""}


def test_shared_names_of_folded_datasets_are_one_person_however_they_are_spelled(tmp_path):
    second = [clip._replace(subject="s 1.0") for clip in SECOND]
    found, _ = join(tmp_path, (FIRST, second), shared=True)
    assert {clip.subject for clip in found} == {"S001", "s 1.0", ""}
    found, _ = join(tmp_path, (FIRST, second), shared=True, folded=True)
    assert {clip.subject for clip in found} == {"s 1.0", ""}


def test_classes_are_mapped_and_what_has_none_is_rejected(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        found, refused = join(tmp_path, classes=CLASSES, labels={"happy": "happiness", "boredom": ""})
    assert Counter(clip.label for clip in found) == {"anger": 2, "happiness": 2}
    assert found[0].votes == "anger:7;happiness:2"
    assert [(row.clip, row.path, row.stage, row.reason) for row in refused] == [
        ("two/S001_003", "b/S001_003.mp4", "union", "class left out of the union"),
        ("two/S003_001", "b/S003_001.mp4", "union", "label is none of the classes of the union"),
    ]
    assert "'unsure'; classes: anger, happiness" in refused[1].detail
    assert len(found) + len(refused) == len(FIRST) + len(SECOND)
    assert "one: 3 clips of 1 subjects, 0 left out" in caplog.text
    assert "two: 1 clips of 1 subjects, 2 left out" in caplog.text


def test_votes_for_merged_classes_add_up(tmp_path):
    clip = FIRST[0]._replace(votes="anger:3; rage:4;joy:1", label="rage")
    labels = {"rage": "anger", "joy": ""}
    found, _ = join(tmp_path, tables=([clip], SECOND), classes=CLASSES, labels=labels)
    assert (found[0].label, found[0].votes) == ("anger", "anger:7;joy:1")


def test_a_class_that_the_union_does_not_have_is_refused(tmp_path):
    with pytest.raises(StudyError, match="'happyness' is no class of the union; it has anger, happiness"):
        join(tmp_path, classes=CLASSES, labels={"happy": "happyness"})


def test_a_mapped_class_that_no_clip_has_is_told(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        join(tmp_path, classes=CLASSES, labels={"hapy": "happiness"})
    assert "no clip of the datasets has the class hapy" in caplog.text


def test_one_dataset_twice_is_refused(tmp_path):
    write_rows(tmp_path / "a.csv", clips_table.COLUMNS, FIRST)
    path, out = str(tmp_path / "a.csv"), {"clips": "union.csv", "rejected": "rejected.csv"}
    with pytest.raises(StudyError, match="one is named twice"):
        join_clips.main(JoinClips(leaves=["one", "one"], classes=CLASSES, tables=[path, path], **out))
