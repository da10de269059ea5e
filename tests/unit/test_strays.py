"""A folder as people have it: what lies there is used or named, with what to do about it."""

import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import PIL.Image
import pytest

import index_clips
from ferstudy.datasets.copies import RELABELLED
from ferstudy.datasets.index import index
from ferstudy.datasets.summary import duplicates
from ferstudy.errors import StudyError
from ferstudy.jobs.index_clips import IndexClips
from ferstudy.store.write import Writer
from ferstudy.tables import clips, rejected
from ferstudy.tables.rejected import Note
from ferstudy.tables.write import write_rows
from ferstudy.video import coverage

PEOPLE = ("ann", "bob", "eve")


def video(path: Path, shade: int = 0) -> None:
    """A small real video."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48))
    for value in range(3):
        writer.write(np.full((48, 64, 3), shade + 8 * value, np.uint8))
    writer.release()


@pytest.fixture
def data(tmp_path) -> Path:
    """Three videos and their manifest."""
    for number, name in enumerate(PEOPLE):
        video(tmp_path / f"data/videos/{name}.avi", 40 * number)
    write(tmp_path / "data/manifest.csv", [(f"videos/{name}.avi", name, "anger") for name in PEOPLE])
    return tmp_path / "data"


def write(path: Path, rows: list[tuple]) -> None:
    """A table with the columns that a manifest needs."""
    path.write_text("\n".join(",".join(row) for row in [("path", "subject", "label"), *rows]) + "\n")


def found_in(root: Path) -> tuple[list[str], list[tuple[str, str]]]:
    """Names of the clips, and path and reason of the rows beside them."""
    clips, rejected = index("manifest", root, None, {})
    return [clip.clip for clip in clips], [(os.path.relpath(row.path, root), row.reason) for row in rejected]


CLIPS = [f"videos/{name}" for name in PEOPLE]


@pytest.mark.parametrize("root", [".", "./", "../data", "videos/..", "link", "absolute"])
def test_a_root_is_the_same_folder_however_it_is_written(data, root, monkeypatch):
    monkeypatch.chdir(data)
    video(data / "videos/other.avi")
    (data.parent / "link").symlink_to(data)
    here = {"link": "../link", "absolute": str(data)}.get(root, root)
    assert found_in(Path(here)) == (CLIPS, [("videos/other.avi", "not in the dataset's naming or list")])


def test_a_path_with_dots_or_through_a_link_speaks_of_its_file(data):
    (data / "here").symlink_to("videos")
    write(
        data / "manifest.csv",
        [("here/../videos/ann.avi", "a", "x"), ("./videos/bob.avi", "b", "x"), ("here/eve.avi", "e", "x")],
    )
    clips, rejected = found_in(data)
    assert (len(clips), rejected) == (3, [])


ARCHIVES = ("more.zip", "b.RAR", "c.7z", "d.tar.gz", "e.tgz", "f.part01.rar", "g.tar", "h.zip.001", "i.z01")
HALVES = ("a.mp4.part", "b.crdownload", "c.mp4.partial", "d.mov.download", "e.avi.PART")


def test_archives_and_unfinished_downloads_are_named(data):
    for name in (*ARCHIVES, *HALVES):
        (data / "videos" / name).write_bytes(b"x")
    (data / "f.mp4.download").mkdir()  # Safari's are folders
    video(data / "f.mp4.download/f.avi")
    clips, rejected = found_in(data)
    assert clips == CLIPS
    assert sorted(path for path, reason in rejected if reason == "an archive that was not unpacked") == sorted(
        f"videos/{name}" for name in ARCHIVES
    )
    assert sorted(path for path, reason in rejected if reason == "an unfinished download") == sorted(
        ["f.mp4.download", *(f"videos/{name}" for name in HALVES)]
    )
    assert len(rejected) == len(ARCHIVES) + len(HALVES) + 1


FILMS = {  # how files of these kinds begin, by names that do not say so
    "clip": b"\0\0\0\x20ftypisom", "b.mp4_": b"\0\0\0\x14ftypqt  ", "c.avi1": b"RIFF\0\0\0\0AVI LIST",
    "d.mkv.bak": b"\x1aE\xdf\xa3", "e.mod": b"\0\0\x01\xba",
    "stream": (b"G" + bytes(187)) * 3, "camera": (bytes(4) + b"G" + bytes(187)) * 3,
}  # fmt: skip
NONE = {
    "IMG_1.HEIC": b"\0\0\0\x20ftypheic", "voice": b"\0\0\0\x20ftypM4A ", "note": b"Go on, " * 90, "empty": b"",
    "memo.m4a": b"\0\0\0\x20ftypisom",
    "still.webp": b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0",
}  # fmt: skip


def test_what_stands_for_a_video_that_is_elsewhere_is_named(data):
    for name in ("P7.mp4 - Shortcut.lnk", "P8.webloc", ".P9.mp4.icloud", ".hidden"):
        (data / "videos" / name).write_bytes(b"bplist00")
    clips, rejected = found_in(data)
    assert (clips, dict(rejected)) == (
        CLIPS,
        {
            "videos/P7.mp4 - Shortcut.lnk": "a shortcut to a file",
            "videos/P8.webloc": "a shortcut to a file",
            "videos/.P9.mp4.icloud": "not on this machine",
        },
    )


def test_films_are_told_by_how_they_begin(data):
    for name, begin in (FILMS | NONE).items():
        (data / "videos" / name).write_bytes(begin + bytes(20 if name != "empty" else 0))
    (data / "videos/moving.webp").write_bytes(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x1a" + bytes(20))  # alpha, EXIF, moving
    (data / "videos/nowhere").symlink_to("gone")
    clips, rejected = found_in(data)
    assert clips == CLIPS
    assert dict(rejected) == {
        **{f"videos/{name}": "a film without a film's ending" for name in FILMS},
        "videos/moving.webp": "an animated image",
    }


def test_an_animation_is_a_film(data):
    images = [PIL.Image.new("RGB", (64, 48), (40 * i, 90, 0)) for i in range(4)]
    images[0].save(data / "videos/joy.gif", save_all=True, append_images=images[1:], duration=40)
    write(
        data / "manifest.csv", [*((f"videos/{name}.avi", name, "anger") for name in PEOPLE), ("videos/joy", "x", "y")]
    )
    assert found_in(data) == ([*CLIPS[:3], "videos/joy"], [])  # a path without its ending is understood


def test_results_of_the_study_and_hidden_files_are_no_data(data, monkeypatch):
    monkeypatch.chdir(data)
    for place in ("results/models/a", ".snakemake", "__MACOSX"):
        (data / place).mkdir(parents=True)
        (data / place / "model.zip").write_bytes(b"x")
    assert found_in(Path()) == (CLIPS, [])
    (data / "other/results").mkdir(parents=True)
    (data / "other/results/model.zip").write_bytes(b"x")
    assert found_in(Path())[1] == [("other/results/model.zip", "an archive that was not unpacked")]


@pytest.mark.parametrize("name", ["Manifest.CSV", "MANIFEST.csv", "manifest.tsv"])
def test_a_manifest_is_found_in_any_case(data, name):
    text = (data / "manifest.csv").read_text()
    (data / "manifest.csv").unlink()
    (data / name).write_text(text.replace(",", "\t") if name.endswith("tsv") else text)
    assert found_in(data) == (CLIPS, [])


def test_a_workbook_is_a_manifest(data):
    (data / "manifest.csv").unlink()
    book = openpyxl.Workbook()
    for row in [("Path", "Subject", "Label", "start", "End"), *((f"videos/{n}.avi", n, "x", 0, 2) for n in PEOPLE)]:
        book.active.append(row)
    book.save(data / "Manifest.xlsx")
    (data / "~$Manifest.xlsx").write_bytes(b"lock")
    assert found_in(data) == ([f"{name}@0-2" for name in CLIPS], [])


def test_tables_that_nobody_reads_are_named(data):
    shutil.copy(data / "manifest.csv", data / "manifest.xlsx")
    shutil.copy(data / "manifest.csv", data / "videos/labels new.csv")
    (data / "notes").mkdir()
    (data / "notes/meals.csv").write_text("a,b\n")  # no videos here: none of our business
    assert found_in(data) == (
        CLIPS,
        [("manifest.xlsx", "a table that is not read"), ("videos/labels new.csv", "a table that is not read")],
    )
    (data / "manifest.csv").unlink()
    (data / "manifest.xlsx").unlink()
    _, rejected = index("manifest", data, None, {})
    assert "there is videos/labels new.csv" in next(row.detail for row in rejected if row.reason == "no manifest.csv")


@pytest.mark.parametrize("name", ["manifest.xls", "Manifest.ods", "manifest.csv.txt", "manifest"])
def test_a_manifest_that_cannot_be_read_is_named(data, name):
    (data / "manifest.csv").rename(data / name)
    [detail] = [row.detail for row in index("manifest", data, None, {})[1] if row.reason == "no manifest.csv"]
    assert f"{name} is not read: save it as manifest.csv or manifest.xlsx" in detail


def test_class_folders_name_the_tables_beside_them(data):
    (data / "Liste.xlsx").write_bytes(b"x")
    _, rejected = index("folders", data, None, {})
    assert sorted(Path(row.path).name for row in rejected if row.reason == "a table that is not read") == [
        "Liste.xlsx", "manifest.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("machine", ["C:\\Users\\ann\\data\\", "c:/data/", "\\\\server\\share\\", "/home/ann/data/"])
def test_paths_of_another_machine_are_read_by_their_end(data, machine):
    rows = [(f"{machine}Videos{machine[-1]}{name}.AVI", name, "anger") for name in PEOPLE]
    write(data / "manifest.csv", [*rows, (f"{machine}gone.avi", "bob", "anger")])
    clips, rejected = found_in(data)
    assert (clips, [reason for _, reason in rejected]) == (CLIPS, ["file missing"])


def details(root: Path) -> dict[str, list[tuple[str, str]]]:
    """Reason and detail of the rows beside the clips, by file."""
    found: dict[str, list] = {}
    for row in index("manifest", root, None, {})[1]:
        found.setdefault(os.path.basename(row.path), []).append((row.reason, row.detail))
    return found


def test_two_labels_for_one_video_are_both_refused(data):
    path = data / "manifest.csv"
    write(
        path, [("videos/ann.avi", "ann", "anger"), ("videos/bob.avi", "bob", "fear"), ("videos/ann.avi", "ann", "fear")]
    )
    (data / "videos/eve.avi").unlink()
    said = "anger and fear: delete the wrong row, or say which frames show which"
    assert found_in(data)[0] == ["videos/bob"]
    assert details(data) == {"ann.avi": [("conflicting labels", said)] * 2}
    path.write_text("clip,path,subject,label\n1,videos/ann.avi,ann,anger\n2,videos/../videos/ann.avi,ann,fear\n")
    assert [reason for reason, _ in details(data)["ann.avi"]] == ["conflicting labels"] * 2


def test_two_files_with_one_content_and_two_labels_are_noted_and_stand_first(data):
    for name in PEOPLE[:2]:
        shutil.copy(data / f"videos/{name}.avi", data / f"videos/again {name}.avi")
    rows = [(f"videos/{name}.avi", name, "anger") for name in PEOPLE]
    rows += [(f"videos/again {name}.avi", name, label) for name, label in zip(PEOPLE, ("anger", "fear"), strict=False)]
    write(data / "manifest.csv", rows)
    notes: list[Note] = []
    clips, _ = index("manifest", data, None, {}, notes=notes)
    wrong = [f"videos/again {PEOPLE[1]}", f"videos/{PEOPLE[1]}"]
    assert sorted((note.clip, note.text) for note in notes) == [(clip, RELABELLED) for clip in wrong]
    assert duplicates(clips)[1] == f"  {', '.join(wrong)} with different labels: take the wrong one away"


def test_the_same_row_twice_and_two_files_of_one_name_say_what_to_do(data):
    shutil.copy(data / "videos/ann.avi", data / "videos/ann.mp4")
    rows = [(f"videos/{name}", "ann", "anger") for name in ("ann.avi", "ann.mp4", "bob.avi", "bob.avi", "eve.avi")]
    write(data / "manifest.csv", rows)
    clips, _ = found_in(data)
    assert clips == CLIPS
    told = details(data)
    assert told["bob.avi"] == [("clip named twice", "the same row again: delete one")]
    [(reason, detail)] = told["ann.mp4"]
    assert reason == "clip named twice"
    assert detail.endswith("ann.avi: give each a name of its own (column clip of a manifest), or take one away")


def test_images_in_capitals_are_frames(tmp_path):
    for name in ("1.JPG", "2.JPG", "3.TIF"):
        path = tmp_path / "frames" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(cv2.imencode(path.suffix.lower(), np.zeros((48, 64, 3), np.uint8))[1].tobytes())
    write(tmp_path / "manifest.csv", [("frames", "ann", "anger")])
    assert found_in(tmp_path) == (["frames"], [])


def test_frames_with_a_gap_are_refused_or_taken_as_they_are(tmp_path):
    for number in (10, 11, 12, 14, 15):
        path = tmp_path / f"frames/00002_{number:05d}.jpg"
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), np.zeros((48, 64, 3), np.uint8))
    write(tmp_path / "manifest.csv", [("frames", "ann", "anger")])
    _, [refused] = index("manifest", tmp_path, None, {})
    assert refused.reason == "gap in the frames"
    assert refused.detail == "missing: 00013; options: {gaps: skip} takes such clips as they are"
    assert index("manifest", tmp_path, None, {}, {"gaps": "refuse"})[0] == []
    notes = []
    [clip], rejected = index("manifest", tmp_path, None, {}, {"gaps": "skip"}, notes=notes)
    assert (clip.clip, rejected) == ("frames", [])
    assert [(Path(note.path).name, note.text) for note in notes] == [
        ("frames", "frames are missing, as their numbers show; taken as it is")
    ]
    with pytest.raises(StudyError, match="options/gaps: found 'keep', expected refuse or skip"):
        index("manifest", tmp_path, None, {}, {"gaps": "keep"})


def test_a_damaged_video_keeps_its_role_and_one_that_is_not_there_has_none(data, monkeypatch):
    monkeypatch.chdir(data.parent)
    (data / "videos/bob.avi").write_bytes(b"no video")
    (data / "videos/eve.avi").unlink()
    job = IndexClips(
        adapter="manifest", classes=["anger"], shortest=1, videos="data", state="state", clips="clips.csv",
        rejected="rejected.csv", notes="notes.csv", shards=["0.csv"],
    )  # fmt: skip
    index_clips.main(job)
    assert [(clip.clip, bool(clip.digest)) for clip in clips.read("clips.csv")] == [
        ("videos/ann", True),
        ("videos/bob", False),
    ]
    assert {row.clip: row.reason for row in rejected.read("rejected.csv")} == {
        "videos/bob": "not a video",
        "videos/eve": "file missing",
    }
    # As extract_faces does with the one, and as the gate counts both: once each.
    refused = rejected.Rejected("data/videos/bob.avi", "videos/bob", "faces", "not a video")
    write_rows("faces.rejected.csv", rejected.COLUMNS, [refused])
    with Writer("faces.h5", (8, 8, 3), "uint8", {"of": ((), "i4")}, {}) as store:
        store.begin("videos/ann")
        store.add(np.zeros((3, 8, 8, 3), np.uint8), np.arange(3), of=np.full(3, 3))
        store.end()
    found = coverage.summary("data", ["0.csv"], ["faces.h5"], ["faces.rejected.csv"], 0.9, "rejected.csv")
    assert (found["clips"], found["covered"]) == (3, 1)
    assert found["reasons"] == {"file missing": 1, "not a video": 1}
