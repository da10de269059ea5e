"""Tables of others choose no file of this machine, and no path of it becomes a clip's name."""

import csv
import os
from pathlib import Path

import pytest
from test_index import index, manifest, reasons, video

from ferstudy.datasets.places import is_of_a_machine, name_of
from ferstudy.errors import StudyError
from ferstudy.provenance import table_files
from ferstudy.tables import clips
from ferstudy.tables.write import write_rows

CLASSES = ["anger", "fear"]
ALLOW = {"outside": "allow"}
# Names that a shell, a table, a page or a parser of options could take for something else.
FREE = ("-rf", "a b", "it's", 'say "hi"', "$(touch pwned)", "`touch pwned`", "a;b|c&d", "ä 🙂 名", "<script>alert(1)<",
        "{clip}", "100%", "*", "#1", "a,b", "=1+1", "~", "a\tb", "@file", "..hidden", "a..b")  # fmt: skip


@pytest.fixture
def data(tmp_path) -> Path:
    """A root with a video, and others beside it: by a link to a file, one to a folder, and in a folder of its own."""
    root = tmp_path / "study/videos"
    for path in (root / "in.avi", tmp_path / "secret/out.avi", tmp_path / "study/videos2/near.avi"):
        path.parent.mkdir(parents=True, exist_ok=True)
        video(path)
    (root / "link.avi").symlink_to(tmp_path / "secret/out.avi")
    (root / "disk").symlink_to(tmp_path / "secret")
    (root / "same.avi").symlink_to("in.avi")
    return root


@pytest.mark.parametrize("how", ["up", "round", "absolute", "beside", "link", "folder"])
def test_a_path_that_leaves_the_root_is_rejected_unless_the_dataset_allows_it(data, tmp_path, how):
    path = {
        "up": "../../secret/out.avi", "round": "in/../../../secret/out.avi", "absolute": f"{tmp_path}/secret/out.avi",
        "beside": "../videos2/near.avi", "link": "link.avi", "folder": "disk/out.avi",
    }[how]  # fmt: skip
    (data / "in").mkdir()
    manifest(
        data, {"path": path, "subject": "s", "label": "anger"}, {"path": "in.avi", "subject": "t", "label": "fear"}
    )
    found, refused = index("manifest", data, CLASSES, {})
    assert [clip.clip for clip in found] == ["in"]
    (told,) = [row for row in refused if row.reason == "outside the root"]
    assert "options: {outside: allow}" in told.detail
    kept, _ = index("manifest", data, CLASSES, {}, keep_damaged=True)
    assert [clip.clip for clip in kept] == ["in"]  # not as a damaged file, which would be read again later

    found, refused = index("manifest", data, CLASSES, {}, ALLOW)
    assert sorted(clip.clip for clip in found) == sorted(
        ["in", {"link": "link", "folder": "disk/out"}.get(how, Path(path).stem)]
    )
    assert "outside the root" not in reasons(refused).values()


def test_a_root_may_be_absolute_or_a_link_and_links_within_it_are_no_way_out(data, tmp_path):
    manifest(data, {"path": "same.avi", "subject": "s", "label": "anger"},
             {"path": str(data / "in.avi"), "subject": "s", "label": "anger"})  # fmt: skip
    (tmp_path / "elsewhere").symlink_to(data)
    for root in (data, tmp_path / "elsewhere", Path(os.path.relpath(data))):
        found, refused = index("manifest", root, CLASSES, {})
        assert sorted(clip.clip for clip in found) == ["in", "same"]
        assert "outside the root" not in reasons(refused).values()


def test_links_that_lie_in_class_folders_are_the_users_own(tmp_path):
    video(tmp_path / "secret/out.avi")
    (tmp_path / "sorted/anger").mkdir(parents=True)
    (tmp_path / "sorted/anger/a.avi").symlink_to(tmp_path / "secret/out.avi")
    found, _ = index("folders", tmp_path / "sorted", CLASSES, {})
    assert [clip.clip for clip in found] == ["anger/a"]


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up", "a/../../b", "C:\\me\\x", "c:/me/x", "\\\\host\\share", "..", "a/.."]
)
def test_no_path_of_a_machine_is_a_clips_name(data, name):
    manifest(data, {"path": "in.avi", "clip": name, "subject": "s", "label": "anger"})
    for options in ({}, ALLOW):
        found, refused = index("manifest", data, CLASSES, {}, options)
        assert found == []
        (told,) = [row for row in refused if row.reason == "name is a path"]
        assert not is_of_a_machine(told.clip)


def test_a_name_from_a_path_tells_of_no_machine():
    assert name_of("s1/a.b.avi") == "s1/a.b"
    assert name_of("./s1/a.avi") == "s1/a"
    assert name_of("s1/../s2/a.avi") == "s2/a"
    assert name_of("/home/me/data/a.avi") == "a"
    assert name_of("C:\\Users\\me\\a.avi") == "a"
    assert name_of("../../a.avi") == "a"


def test_missing_videos_of_another_machine_have_names_without_it(data):
    manifest(data, {"path": "/home/me/gone.avi", "subject": "s", "label": "anger"})
    _, refused = index("manifest", data, CLASSES, {})
    (told,) = [row for row in refused if row.reason == "file missing"]
    assert told.clip == "gone"


def test_another_answer_is_an_error(data):
    manifest(data, {"path": "in.avi", "subject": "s", "label": "anger"})
    with pytest.raises(StudyError, match="options/outside: found 'yes', expected refuse or allow"):
        index("manifest", data, CLASSES, {}, {"outside": "yes"})


@pytest.mark.parametrize("place", ["clip", "subject", "stem"])
def test_a_cell_of_a_table_chooses_no_folder_of_features(tmp_path, place):
    """A pattern is the config's, and may lead anywhere; what stands in its braces is a row's."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "secret.csv").write_text("x\n1\n")
    (tmp_path / "tables/fine.csv").write_text("x\n1\n")
    rows = [clips.Clip("a", "v/fine.avi", "fine", "anger"), clips.Clip("b", "", "b", "anger")]
    rows[0], rows[1] = (
        rows[0]._replace(clip="fine"),
        rows[1]._replace(**{place if place != "stem" else "clip": "../secret"}),
    )
    write_rows(tmp_path / "clips.csv", clips.COLUMNS, rows)
    search = {"root": str(tmp_path / "tables"), "pattern": f"{{{place}}}.csv",
              "clips": str(tmp_path / "clips.csv"), "shard": str(tmp_path / "clips.csv")}  # fmt: skip
    found = table_files.of_clips(search)
    assert found["fine"].found == [str(tmp_path / "tables/fine.csv")]
    assert [files.found for name, files in found.items() if name != "fine"] == [[]]


def test_free_names_come_through_the_index_as_they_are(tmp_path):
    rows = []
    for number, name in enumerate(FREE):
        video(tmp_path / f"{number}.avi")
        rows.append({"path": f"{number}.avi", "clip": f"{name}!", "subject": f"{name}?", "label": CLASSES[number % 2]})
    manifest(tmp_path, *rows)
    found, refused = index("manifest", tmp_path, CLASSES, {})
    assert refused == []
    assert sorted(clip.clip for clip in found) == sorted(f"{name}!".strip() for name in FREE)
    write_rows(tmp_path / "out.csv", clips.COLUMNS, found)
    assert clips.read(tmp_path / "out.csv") == found
    with open(tmp_path / "out.csv", newline="", encoding="utf-8") as file:
        assert len(list(csv.reader(file))) == len(FREE) + 1
    assert not (tmp_path / "pwned").exists()
