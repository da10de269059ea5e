"""From a folder of videos to clips, rejected rows and shards: nothing disappears."""

import csv

import cv2
import numpy as np
import pytest

import index_clips
import join_clips
from ferstudy.datasets.index import index, shard_of
from ferstudy.tables import clips, rejected, shards
from ferstudy.tables.clips import Clip

CLASSES = ["anger", 'it\'s a "smile"; $HOME']


def video(path, frames: int = 3) -> None:
    """A small real video."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48))
    for value in range(frames):
        writer.write(np.full((48, 64, 3), 20 * value, np.uint8))
    writer.release()


def manifest(root, *rows: dict) -> None:
    """A manifest.csv with every column that a row uses."""
    columns = list(dict.fromkeys(["path", "subject", "label", *(key for row in rows for key in row)]))
    root.mkdir(parents=True, exist_ok=True)
    with open(root / "manifest.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def reasons(rows) -> dict[str, str]:
    """Reason by file name."""
    return {row.path.rsplit("/", 1)[-1]: row.reason for row in rows}


def test_a_manifest_becomes_clips(tmp_path):
    video(tmp_path / "s1/a.avi")
    video(tmp_path / "s2/b c.avi")
    manifest(
        tmp_path,
        {"path": "s1/a.avi", "subject": "s1", "label": "angry", "sex": "f"},
        {"path": "s2/b c.avi", "subject": "s2", "label": CLASSES[1], "start": "0", "end": "2", "clip": "second"},
    )
    found, refused = index("manifest", tmp_path, CLASSES, {"angry": "anger"})
    assert refused == []
    assert [(clip.clip, clip.label, clip.start, clip.end, clip.sex) for clip in found] == [
        ("s1/a", "anger", None, None, "f"),
        ("second", CLASSES[1], 0, 2, ""),
    ]
    assert all(len(clip.digest) == 64 and clip.bytes > 0 for clip in found)


def test_whatever_cannot_be_a_clip_is_a_rejected_row_with_its_reason(tmp_path):
    video(tmp_path / "good.avi")
    video(tmp_path / "unlisted.avi")
    (tmp_path / "text.avi").write_text("this is no video")
    (tmp_path / "empty.avi").touch()
    rows = [
        {"path": name, "subject": "s", "label": "anger"} for name in ("good.avi", "text.avi", "empty.avi", "gone.avi")
    ]
    video(tmp_path / "unlabelled.avi")
    video(tmp_path / "other.avi")
    video(tmp_path / "backwards.avi")
    rows += [
        {"path": "unlabelled.avi", "subject": "s", "label": ""},
        {"path": "other.avi", "subject": "s", "label": "boredom"},
        {"path": "backwards.avi", "subject": "s", "label": "anger", "start": 5, "end": 2},
        {"path": "good.avi", "subject": "s", "label": "anger"},
    ]
    manifest(tmp_path, *rows)
    found, refused = index("manifest", tmp_path, CLASSES, {})
    assert [clip.clip for clip in found] == ["good"]
    assert reasons(refused) == {
        "text.avi": "not a video",
        "empty.avi": "empty file",
        "gone.avi": "file missing",
        "unlabelled.avi": "no label",
        "other.avi": "label is none of the classes",
        "backwards.avi": "end before start",
        "good.avi": "clip named twice",
        "unlisted.avi": "not in the dataset's naming or list",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [(None, "no manifest.csv"), ("file,label\nx.avi,anger\n", "column missing")],
    ids=["none", "columns"],
)
def test_a_folder_without_a_proper_manifest_is_told_so(tmp_path, text, reason):
    if text:
        (tmp_path / "manifest.csv").write_text(text)
    found, refused = index("manifest", tmp_path, CLASSES, {})
    assert found == []
    assert [row.reason for row in refused] == [reason]


def test_parts_of_a_video_are_clips_of_their_own(tmp_path):
    video(tmp_path / "a.avi", frames=6)
    rows = [
        {"path": "a.avi", "subject": "s", "label": "anger", "start": start, "end": end}
        for start, end in ((0, 3), (3, ""))
    ]
    manifest(tmp_path, *rows)
    found, refused = index("manifest", tmp_path, CLASSES, {})
    assert [clip.clip for clip in found] == ["a@0-3", "a@3-"]
    assert refused == []


def test_absolute_paths_below_the_folder_are_the_same_clips(tmp_path):
    video(tmp_path / "a.avi")
    manifest(tmp_path, {"path": str(tmp_path / "a.avi"), "subject": "s", "label": "anger"})
    found, refused = index("manifest", tmp_path, CLASSES, {})
    assert [clip.clip for clip in found] == ["a"]
    assert refused == []


def test_bu4dfe_names(tmp_path):
    video(tmp_path / "M042_happy_tex.avi")
    video(tmp_path / "female/F001_Angry_tex.avi")
    video(tmp_path / "BU_WrlViewer.avi")
    found, refused = index("bu4dfe", tmp_path, ["anger", "happiness"], {"angry": "anger", "happy": "happiness"})
    assert [(clip.clip, clip.subject, clip.label, clip.sex) for clip in found] == [
        ("F001_angry", "F001", "anger", "female"),
        ("M042_happy", "M042", "happiness", "male"),
    ]
    assert reasons(refused) == {"BU_WrlViewer.avi": "not in the dataset's naming or list"}


def test_a_subject_keeps_its_shard_and_is_never_split():
    many = [Clip(f"{s}-{k}", "x", f"s{s}", "anger") for s in range(200) for k in range(3)]
    dealt = {clip.clip: shard_of(clip, 4) for clip in many}
    assert all(len({dealt[f"{s}-{k}"] for k in range(3)}) == 1 for s in range(200))
    sizes = np.bincount(list(dealt.values()), minlength=4)
    assert sizes.min() > 0.6 * sizes.mean()


def test_the_script_writes_tables_and_shards_that_add_up(tmp_path):
    for subject in "abcdef":
        video(tmp_path / f"videos/{subject}.avi")
    manifest(tmp_path / "videos", *({"path": f"{s}.avi", "subject": s, "label": "anger"} for s in "abcdef"))
    out = [tmp_path / f"{number}.csv" for number in range(3)]
    arguments = ["--adapter", "manifest", "--root", tmp_path / "videos", "--classes", '{"classes": ["anger", "joy"]}']
    arguments += ["--clips", tmp_path / "clips.csv", "--rejected", tmp_path / "rejected.csv", "--shard-tables", *out]
    index_clips.main([str(argument) for argument in arguments])
    listed = clips.read(tmp_path / "clips.csv")
    assert [clip.subject for clip in listed] == list("abcdef")
    assert rejected.read(tmp_path / "rejected.csv") == []
    assert sorted(part.clip for path in out for part in shards.read(path)) == [clip.clip for clip in listed]


def test_a_union_names_clips_and_subjects_by_their_leaf(tmp_path):
    from ferstudy.tables.write import write_rows

    for leaf in ("one", "two"):
        write_rows(tmp_path / f"{leaf}.csv", clips.COLUMNS, [Clip("c", "x", "s", "anger"), Clip("d", "y", "", "anger")])
    tables = [str(tmp_path / "one.csv"), str(tmp_path / "two.csv")]
    join_clips.main(["--leaves", "one", "two", "--clips", *tables, "--out", str(tmp_path / "both.csv")])
    assert [(clip.clip, clip.subject) for clip in clips.read(tmp_path / "both.csv")] == [
        ("one/c", "one/s"), ("one/d", ""), ("two/c", "two/s"), ("two/d", ""),
    ]  # fmt: skip
    join_clips.main(["--leaves", "one", "two", "--clips", *tables, "--shared", "--out", str(tmp_path / "both.csv")])
    assert [clip.subject for clip in clips.read(tmp_path / "both.csv")] == ["s", "", "s", ""]
