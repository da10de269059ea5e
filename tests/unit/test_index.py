"""From a folder of videos to clips, rejected rows and shards: nothing disappears."""

import csv
import os
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest

import index_clips
import inspect_dataset
import join_clips
from ferstudy.datasets import digests
from ferstudy.datasets.index import index, known, shard_of
from ferstudy.errors import StudyError
from ferstudy.jobs.index_clips import IndexClips
from ferstudy.jobs.join_clips import JoinClips
from ferstudy.tables import clips, rejected, shards
from ferstudy.tables.clips import Clip

CLASSES = ["anger", 'it\'s a "smile"; $HOME']


def video(path, frames: int = 3) -> None:
    """A small real video."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48))
    for value in range(frames):
        writer.write(np.full((48, 64, 3), 8 * value, np.uint8))
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
        ("s1/a", "anger", None, None, "female"),
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


def index_job(folder, classes: list[str], out: list) -> IndexClips:
    """The job that indexes folder/videos by its manifest, and deals the clips to the shards `out`."""
    return IndexClips(
        adapter="manifest",
        classes=classes,
        shortest=1,
        videos=str(folder / "videos"),
        state=str(folder / "state"),
        clips=str(folder / "clips.csv"),
        rejected=str(folder / "rejected.csv"),
        notes=str(folder / "notes.csv"),
        shards=list(map(str, out)),
    )


def test_the_script_writes_tables_and_shards_that_add_up(tmp_path):
    for subject in "abcdef":
        video(tmp_path / f"videos/{subject}.avi")
    manifest(tmp_path / "videos", *({"path": f"{s}.avi", "subject": s, "label": "anger"} for s in "abcdef"))
    out = [tmp_path / f"{number}.csv" for number in range(3)]
    index_clips.main(index_job(tmp_path, ["anger", "joy"], out))
    listed = clips.read(tmp_path / "clips.csv")
    assert [clip.subject for clip in listed] == list("abcdef")
    assert rejected.read(tmp_path / "rejected.csv") == []
    assert sorted(part.clip for path in out for part in shards.read(path)) == [clip.clip for clip in listed]


def test_a_union_names_clips_and_subjects_by_their_leaf(tmp_path):
    from ferstudy.tables.write import write_rows

    for leaf in ("one", "two"):
        write_rows(tmp_path / f"{leaf}.csv", clips.COLUMNS, [Clip("c", "x", "s", "anger"), Clip("d", "y", "", "anger")])
    job = JoinClips(
        leaves=["one", "two"],
        classes=["anger"],
        tables=[str(tmp_path / "one.csv"), str(tmp_path / "two.csv")],
        clips=str(tmp_path / "both.csv"),
        rejected=str(tmp_path / "both.rejected.csv"),
    )
    join_clips.main(job)
    assert [(clip.clip, clip.subject) for clip in clips.read(tmp_path / "both.csv")] == [
        ("one/c", "one/s"), ("one/d", ""), ("two/c", "two/s"), ("two/d", ""),
    ]  # fmt: skip
    join_clips.main(replace(job, shared=True))
    assert [clip.subject for clip in clips.read(tmp_path / "both.csv")] == ["s", "", "s", ""]


def tree(root, **subjects: str) -> None:
    """A manifest of one video for each letter of `subjects`: a anger, j joy."""
    rows = []
    for subject, letters in subjects.items():
        for i, letter in enumerate(letters):
            video(root / f"{subject}{i}.avi", frames=3 + len(rows))
            rows.append({"path": f"{subject}{i}.avi", "subject": subject, "label": {"a": "anger", "j": "joy"}[letter]})
    manifest(root, *rows)


def frames(folder, *names: str) -> None:
    """A folder of images."""
    folder.mkdir(parents=True)
    for name in names:
        cv2.imwrite(str(folder / name), np.full((48, 64, 3), 90, np.uint8))


def test_people_who_lack_a_class_are_left_out_where_asked(tmp_path):
    tree(tmp_path, ann="aj", bob="aa", cleo="jja")
    found, refused = index("manifest", tmp_path, ["anger", "joy"], {}, require_all_classes=True)
    assert {clip.subject for clip in found} == {"ann", "cleo"}
    assert [(row.reason, row.detail) for row in refused] == [("subject lacks a class", "bob: joy")] * 2
    assert len(index("manifest", tmp_path, ["anger", "joy"], {})[0]) == 7


def test_clips_known_to_be_too_short_are_rejected(tmp_path):
    video(tmp_path / "a.avi", frames=20)
    frames(tmp_path / "few", "1.png", "2.png")
    rows = [{"path": "a.avi", "start": 0, "end": 9}, {"path": "a.avi", "start": 5, "end": 15}, {"path": "a.avi"}]
    rows = [{"subject": "s", "label": "anger", **row} for row in [*rows, {"path": "few"}, {"path": "a.avi", "end": 3}]]
    manifest(tmp_path, *rows)
    found, refused = index("manifest", tmp_path, CLASSES, {}, shortest=10)
    assert [clip.clip for clip in found] == ["a", "a@5-15"]
    assert sorted((row.reason, row.detail) for row in refused) == [
        ("shorter than 10 frames", f"{n} frames") for n in (2, 3, 9)
    ]


def test_a_digest_is_computed_again_only_for_a_changed_video(tmp_path, monkeypatch):
    tree(tmp_path / "videos", ann="aj")
    monkeypatch.setattr(digests, "SETTLED_SECONDS", 0)
    state = {"state": tmp_path / "state"}
    first, _ = index("manifest", tmp_path / "videos", None, {}, **state)
    read, really = [], digests._digest
    monkeypatch.setattr(digests, "_digest", lambda files: read.append(files) or really(files))
    assert index("manifest", tmp_path / "videos", None, {}, **state)[0] == first
    assert read == []
    kept = os.stat(tmp_path / "videos/ann1.avi")
    data = bytearray((tmp_path / "videos/ann1.avi").read_bytes())
    data[-1] ^= 1
    (tmp_path / "videos/ann1.avi").write_bytes(data)
    os.utime(tmp_path / "videos/ann1.avi", ns=(kept.st_atime_ns, kept.st_mtime_ns))  # same size, same time
    again, _ = index("manifest", tmp_path / "videos", None, {}, **state)
    assert [len(files) for files in read] == [1]
    assert [a.digest == b.digest for a, b in zip(first, again, strict=True)] == [True, False]
    for path in (tmp_path / "state").iterdir():
        path.write_text("{half a file")
    assert index("manifest", tmp_path / "videos", None, {}, **state)[0] == again


def test_a_video_of_many_clips_is_looked_at_once(tmp_path, monkeypatch):
    video(tmp_path / "film.avi", frames=20)
    row = {"path": "film.avi", "subject": "s", "label": "anger"}
    manifest(tmp_path, *({**row, "start": i, "end": i + 2} for i in range(10)))
    read, really = [], digests._digest
    monkeypatch.setattr(digests, "_digest", lambda files: read.append(files) or really(files))
    assert len(index("manifest", tmp_path, CLASSES, {})[0]) == 10
    assert len(read) == 1


def test_what_nobody_speaks_of_is_a_row(tmp_path):
    frames(tmp_path / "one", "1.png", "2.png")
    frames(tmp_path / "other", "1.png", "2.png", "._2.png")
    video(tmp_path / "one/making of.mp4".replace("mp4", "avi"))
    video(tmp_path / "deep/er/MORE.AVI")
    (tmp_path / "._one.avi").write_bytes(b"what a Mac leaves behind")
    (tmp_path / "readme.txt").write_text("no video")
    manifest(tmp_path, {"path": "one", "subject": "s", "label": "anger"})
    found, refused = index("manifest", tmp_path, CLASSES, {})
    assert [clip.clip for clip in found] == ["one"]
    assert reasons(refused) == dict.fromkeys(["other", "MORE.AVI"], "not in the dataset's naming or list")


def test_odd_things_in_a_dataset_are_rows_and_no_tracebacks(tmp_path):
    (tmp_path / "loop.avi").symlink_to(tmp_path / "loop.avi")
    (tmp_path / "gone.avi").symlink_to(tmp_path / "nowhere.avi")
    (tmp_path / "folder.avi").mkdir()
    os.mkfifo(tmp_path / "pipe.avi")
    frames(tmp_path / "gap", "000.png", "001.png", "003.png")
    cv2.imwrite(str(tmp_path / "still.png"), np.zeros((48, 64, 3), np.uint8))
    shutil.copy(tmp_path / "still.png", tmp_path / "still.avi")
    names = ["loop.avi", "gone.avi", "folder.avi", "pipe.avi", "gap", "still.avi", "x" * 300 + ".avi"]
    manifest(tmp_path, *({"path": name, "subject": "s", "label": "anger"} for name in names))
    found, refused = index("manifest", tmp_path, CLASSES, {})
    assert found == []
    assert reasons(refused) == {
        "loop.avi": "cannot be read",
        "gone.avi": "file missing",
        "folder.avi": "no frames",
        "pipe.avi": "not a file",
        "gap": "gap in the frames",
        "still.avi": "not a video",
        names[-1]: "cannot be read",
    }


def test_a_name_that_no_table_can_hold_is_a_row(tmp_path):
    video(tmp_path / "good/M001_happy_tex.avi")
    video(tmp_path / "bad/M002_happy_tex.avi")
    (tmp_path / "bad").rename(tmp_path / os.fsdecode(b"caf\xe9"))
    doctor(tmp_path, tmp_path / "out.csv", adapter="bu4dfe")
    assert [clip.subject for clip in clips.read(tmp_path / "out.csv")] == ["M001"]
    (row,) = rejected.read(tmp_path / "out.rejected.csv")
    assert (row.clip, row.reason) == ("M002_happy", "name is not UTF-8")
    assert row.path.endswith("caf\\xe9/M002_happy_tex.avi")


def test_an_annotation_that_breaks_the_adapter_is_a_row(tmp_path, monkeypatch):
    from ferstudy.datasets import manifest as adapter

    def broken(root):
        yield Clip("a", "a.avi", "s", "anger")
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")

    video(tmp_path / "a.avi")
    video(tmp_path / "b.avi")
    monkeypatch.setattr(adapter, "scan", broken)
    found, refused = index("manifest", tmp_path, CLASSES, {})
    assert [clip.clip for clip in found] == ["a"]
    assert [row.reason for row in refused] == ["annotation cannot be read", "not in the dataset's naming or list"]
    assert "invalid start byte" in refused[0].detail


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"adapter": "bu3dfe"}, r"no adapter 'bu3dfe'; known are .*bu4dfe.*manifest"),
        ({"adapter": "index"}, "no adapter 'index'"),
        ({"options": {"speed": 3}}, "adapter manifest: options .*speed"),
        ({"root": "nowhere"}, "no such folder"),
    ],
)
def test_what_the_user_got_wrong_is_said(tmp_path, arguments, words):
    settings = {"adapter": "manifest", "root": ".", "options": {}, **arguments}
    with pytest.raises(StudyError, match=words):
        index(settings["adapter"], tmp_path / settings["root"], CLASSES, {}, settings["options"])


def doctor(root, out, *more: str, adapter: str = "manifest") -> None:
    inspect_dataset.main(["--adapter", adapter, "--root", str(root), "--out", str(out), *more])


def test_the_doctor_says_what_a_dataset_is_like(tmp_path, capfd):
    video(tmp_path / "data/empty.avi")
    (tmp_path / "data/empty.avi").write_bytes(b"")
    for i in range(4):
        video(tmp_path / f"data/{i}.avi", frames=3 + i // 2)
    rows = [
        {"path": f"{i}.avi", "subject": f"s{i}", "label": label, "sex": sex, "official": role, "group": "g"}
        for i, (label, sex, role) in enumerate(
            [("joy", "female", "train"), ("anger", "male", "train"), ("joy", "male", "test"), ("joy", "male", "test")]
        )
    ]
    manifest(tmp_path / "data", *rows, {"path": "empty.avi", "subject": "s9", "label": "joy"})
    doctor(tmp_path / "data", tmp_path / "out.csv")
    said = capfd.readouterr().out.splitlines()
    told = " | ".join(" ".join(line.split()) for line in said if "OPENCV" not in line)
    for words in (
        "clips 4", "subjects 4", "anger 1", "joy 3", "female 1, male 3", "groups 1", "train 2", "test 2",
        "4 clips show 2 videos", "0, 1 with different labels", "rejected 1", "1 empty file", "empty.avi",
    ):  # fmt: skip
        assert words in told, told
    assert len(clips.read(tmp_path / "out.csv")) == 4
    assert [row.reason for row in rejected.read(tmp_path / "out.rejected.csv")] == ["empty file"]


def test_the_doctor_takes_classes_and_any_tree(tmp_path, capfd):
    tree(tmp_path / "data", ann="aj", bob="a")
    doctor(tmp_path / "data", tmp_path / "o.csv", "--classes", "anger")
    assert len(clips.read(tmp_path / "o.csv")) == 2
    assert "label is none of the classes" in capfd.readouterr().out
    for adapter in known("scan"):
        doctor(tmp_path / "data", tmp_path / f"{adapter}.csv", adapter=adapter)
        assert len(clips.read(tmp_path / f"{adapter}.csv")) + len(rejected.read(tmp_path / f"{adapter}.rejected.csv"))


def test_the_doctor_knows_single_images(tmp_path, capfd):
    pixels = " ".join(["120"] * 48 * 48)
    rows = [f"{label},{pixels},{usage}" for label, usage in ((0, "Training"), (3, "PublicTest"), (3, "PrivateTest"))]
    (tmp_path / "data").mkdir()
    (tmp_path / "data/fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *rows, "3,1 2 3,Training"]) + "\n")
    doctor(tmp_path / "data", tmp_path / "out.csv", adapter="fer2013")
    assert "stills     3" in capfd.readouterr().out
    with open(tmp_path / "out.csv", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["still", "subject", "label", "role"]
    assert len(rows) == 4
    assert len({row[3] for row in rows[1:]}) == 3
    assert len(rejected.read(tmp_path / "out.rejected.csv")) == 1


def test_the_clips_of_a_film_follow_each_other_in_their_shard(tmp_path):
    for name in ("a", "b"):
        video(tmp_path / f"videos/{name}.avi", frames=30)
    rows = [
        {"clip": f"{10 - i}{name}", "path": f"{name}.avi", "subject": "s", "label": "anger", "start": i, "end": i + 2}
        for i in range(10)
        for name in "ab"
    ]
    manifest(tmp_path / "videos", *rows)
    index_clips.main(index_job(tmp_path, ["anger"], [tmp_path / "0.csv"]))
    parts = shards.read(tmp_path / "0.csv")
    assert [(part.path[-5], part.start) for part in parts] == [(name, i) for name in "ab" for i in range(10)]
