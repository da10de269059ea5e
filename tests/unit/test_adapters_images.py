"""Adapters of BU-4DFE, CK+, Oulu-CASIA, MMI, DFEW and FER2013 on trees in their raw layouts, sound and damaged."""

import csv
import os
import shutil
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

import inspect_dataset
import make_stills
from ferstudy.datasets.index import index
from ferstudy.errors import StudyError
from ferstudy.jobs.make_stills import MakeStills
from ferstudy.protocols.pictures import equal_pictures
from ferstudy.store.read import Store
from ferstudy.study.files import file_or_folder
from ferstudy.synthetic import fer2013 as synthetic_fer2013
from ferstudy.synthetic.dataset import plan, render
from ferstudy.tables import rejected
from ferstudy.training.backbone import read_stills
from ferstudy.video.decode import Film

CLASSES = ["anger", "happiness"]
LABELS = {"angry": "anger", "happy": "happiness"}
LAYOUTS = ["bu4dfe", "bu4dfe_frames", "ckplus", "oulucasia", "mmi", "dfew"]
FRAMES = 5


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """The folder of the trees, each rendered once: two people, two expressions, five frames of 64 x 80 px."""
    folder = tmp_path_factory.mktemp("rendered")
    settings = {"people": 2, "clips_per_class": 1, "frames": FRAMES, "size": [64, 80]}
    for layout in LAYOUTS:
        render(plan({**settings, "layout": layout}, CLASSES), folder / layout, folder / f"{layout}.h5", 1)
    return folder


@pytest.fixture
def tree(rendered, tmp_path):
    """A function from a layout to a copy of its tree that a test may damage."""
    return lambda layout: shutil.copytree(rendered / layout, tmp_path / "data" / layout)


def read(layout: str, root: Path, **options):
    """Clips and rejected rows of a tree, as the index has them."""
    return index(layout.removesuffix("_frames"), root, CLASSES, LABELS, options)


def reasons(refused, root: Path) -> dict[str, str]:
    """Reason by path below the root."""
    return {os.path.relpath(row.path, root): row.reason for row in refused}


def names(found) -> list[str]:
    return [clip.clip for clip in found]


# ---------------------------------------------------------------------- what all have in common


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_rendered_tree_is_read_whole(rendered, layout):
    found, refused = read(layout, rendered / layout)
    with Store(rendered / f"{layout}.h5") as truth:
        assert names(found) == sorted(truth.clips)
    assert refused == []
    assert sorted(clip.label for clip in found) == ["anger"] * 2 + ["happiness"] * 2
    assert len({clip.subject for clip in found}) == (1 if layout == "dfew" else 2)
    assert len({clip.digest for clip in found}) == 4
    for clip in found:
        assert Film(clip.path).count == FRAMES


@pytest.mark.parametrize("layout", LAYOUTS)
def test_folders_above_the_tree_do_not_matter(rendered, tmp_path, layout):
    shutil.copytree(rendered / layout, tmp_path / "données/extracted" / layout)
    found, refused = read(layout, tmp_path)
    assert names(found) == names(read(layout, rendered / layout)[0])
    assert refused == []


@pytest.mark.parametrize(
    ("layout", "below"),
    [("bu4dfe_frames", "F000"), ("oulucasia", "OriginalImg/VL"), ("oulucasia", "OriginalImg/VL/Strong/P001"),
     ("mmi", "Sessions"), ("mmi", "Sessions/1001")],
)  # fmt: skip
def test_a_root_inside_the_tree_still_knows_where_it_is(rendered, layout, below):
    found, refused = read(layout, rendered / layout / below)
    assert found
    assert set(found) <= set(read(layout, rendered / layout)[0])
    assert refused == []


@pytest.mark.parametrize(
    ("layout", "below"), [("ckplus", "cohn-kanade-images"), ("ckplus", "Emotion"), ("dfew", "Clip/jpg_256")]
)
def test_a_root_that_leaves_the_labels_out_is_told_what_was_expected(rendered, layout, below):
    found, refused = read(layout, rendered / layout / below)
    assert found == []
    assert refused[-1].reason == "no clip found"
    assert {"ckplus": "Emotion/S005/001", "dfew": "EmoLabel_DataSplit"}[layout] in refused[-1].detail


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_empty_or_strange_folder_says_what_was_expected(tmp_path, layout):
    (tmp_path / "notes.txt").write_text("nothing here")
    (tmp_path / "film.avi").write_text("nothing here")
    found, refused = read(layout, tmp_path)
    assert found == []
    assert "expected" in next(row.detail for row in refused if row.reason == "no clip found")
    assert reasons(refused, tmp_path)["film.avi"] == "not in the dataset's naming or list"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_capital_endings_and_linked_folders_are_read_and_junk_is_not(tree, rendered, tmp_path, layout):
    original = tree(layout)
    for path in sorted(original.rglob("*.*")):
        if path.suffix in (".jpg", ".jpeg", ".png", ".avi"):
            (path.parent / f"._{path.name}").write_bytes(b"\0\5\x16\7")  # what macOS leaves beside files
            path.rename(path.with_suffix(path.suffix.upper()))
    shutil.copytree(original, original / "__MACOSX" / layout)
    linked = tmp_path / "linked"
    linked.mkdir()
    for path in original.iterdir():
        if path.is_dir():
            (linked / path.name).symlink_to(path)
        else:
            os.link(path, linked / path.name)
    (original / "__MACOSX" / layout / "round").symlink_to(original)
    found, refused = read(layout, linked)
    assert names(found) == names(read(layout, rendered / layout)[0])
    assert [row for row in refused if "__MACOSX" not in row.path] == []


@pytest.mark.parametrize("layout", ["bu4dfe_frames", "ckplus", "oulucasia", "dfew"])
def test_damaged_images_are_rejected_with_their_reason(tree, layout):
    root = tree(layout)
    whole = read(layout, root)[0]
    first, second, third, last = (Path(clip.path) for clip in whole)
    min(first.iterdir()).write_text("no image")
    for path in second.iterdir():
        path.unlink()
    sorted(third.iterdir())[2].unlink()
    found, refused = read(layout, root)
    assert [clip.path for clip in found] == [str(last)]
    told = {row.clip: row.reason for row in refused}
    assert told[whole[0].clip] == "damaged"
    assert told[whole[1].clip] == ("file missing" if layout in ("ckplus", "dfew") else "no frames")
    assert told[whole[2].clip] == "gap in the frames"


def test_circles_of_links_end(tree):
    root = tree("bu4dfe_frames")
    (root / "F000/again").symlink_to(root)
    found, _ = read("bu4dfe_frames", root)
    assert len(found) == 4


# ---------------------------------------------------------------------- BU-4DFE


def test_bu4dfe_what_has_another_name_is_told_and_the_releases_other_files_are_not(tree):
    root = tree("bu4dfe_frames")
    for beside in ("BU_WrlViewer_V2/F000/Angry", "BU4DFE_BND_V1.1/F000/Angry"):
        (root / beside).mkdir(parents=True)
        (root / beside / "000.bnd").write_text("1 0 0 0")
    (root / "F000/Angry/000.wrl").write_text("#VRML V2.0 utf8")
    shutil.copytree(root / "F000/Angry", root / "F000/Smile")
    shutil.copytree(root / "F000/Angry", root / "X000/Angry")
    (root / "M001/Fear").mkdir()
    (root / "M001/Fear/000.wrl").write_text("#VRML V2.0 utf8")
    (root / "M001/happy").mkdir()
    found, refused = read("bu4dfe_frames", root)
    assert names(found) == ["F000_angry", "F000_happy", "M001_angry", "M001_happy"]
    assert {clip.subject: clip.sex for clip in found} == {"F000": "female", "M001": "male"}
    assert reasons(refused, root) == {
        "F000/Smile": "label is none of the classes",
        "X000/Angry/000.jpg": "not in the dataset's naming or list",
        "M001/Fear": "no frames",
        "M001/happy": "no frames",
    }


def test_bu4dfe_both_forms_of_a_clip_are_one_clip(tree, rendered):
    root = tree("bu4dfe_frames")
    shutil.copy(rendered / "bu4dfe/F000_angry_tex.avi", root)
    shutil.copy(rendered / "bu4dfe/M001_angry_tex.avi", root / "m009_HAPPY.avi")
    shutil.copy(rendered / "bu4dfe/M001_angry_tex.avi", root / "M001_angry_tex (1).avi")
    found, refused = read("bu4dfe", root)
    assert names(found) == ["F000_angry", "F000_happy", "M001_angry", "M001_happy", "M009_happy"]
    assert reasons(refused, root) == {
        "F000/Angry": "clip named twice",
        "M001_angry_tex (1).avi": "not in the dataset's naming or list",
    }


def test_bu4dfe_folders_in_small_letters(tree):
    root = tree("bu4dfe_frames")
    (root / "F000/Angry").rename(root / "F000/angry")
    (root / "M001").rename(root / "m001")
    found, refused = read("bu4dfe_frames", root)
    assert names(found) == ["F000_angry", "F000_happy", "M001_angry", "M001_happy"]
    assert refused == []


# ---------------------------------------------------------------------- CK+


def emotion(root: Path, sequence: str = "S005_002") -> Path:
    """The emotion file of a sequence."""
    return next((root / "Emotion" / sequence.replace("_", "/")).iterdir())


@pytest.mark.parametrize(
    ("text", "reason", "found"),
    [
        (None, "no label", "no emotion file"),
        ("8.0000000e+00", "unreadable label", "'8.0000000e+00'"),
        ("-1", "unreadable label", "'-1'"),
        ("2.5", "unreadable label", "'2.5'"),
        ("nan", "unreadable label", "'nan'"),
        ("anger", "unreadable label", "'anger'"),
        ("", "unreadable label", "''"),
        ("1.0 3.0", "unreadable label", "'1.0 3.0'"),
        ("2.0000000e+00", "label is none of the classes", "'contempt'"),
        ("0", "label is none of the classes", "'neutral'"),
    ],
)
def test_ckplus_labels_that_are_none(tree, text, reason, found):
    root = tree("ckplus")
    path = emotion(root)
    path.unlink() if text is None else path.write_text(text)
    clips, refused = read("ckplus", root)
    assert names(clips) == ["S005_006", "S006_002", "S006_006"]
    assert [(row.clip, row.reason) for row in refused] == [("S005_002", reason)]
    assert found in refused[0].detail


@pytest.mark.parametrize("text", ["   5.0000000e+00\n", "5", "\ufeff5.0\r\n"])
def test_ckplus_ways_to_write_a_code(tree, text):
    root = tree("ckplus")
    emotion(root).write_text(text)
    assert {clip.clip: clip.label for clip in read("ckplus", root)[0]}["S005_002"] == "happiness"


def test_ckplus_contempt_is_a_class_where_the_study_has_it(tmp_path):
    root, classes = tmp_path / "CK+", [*CLASSES, "contempt"]
    settings = {"people": 1, "clips_per_class": 1, "frames": FRAMES, "size": [64, 80], "layout": "ckplus"}
    render(plan(settings, classes), root, tmp_path / "truth.h5", 1)
    assert (root / "Emotion/S005/003/S005_003_00000005_emotion.txt").read_text().split() == ["2.0000000e+00"]
    found, refused = index("ckplus", root, classes, LABELS)
    assert {clip.clip: clip.label for clip in found}["S005_003"] == "contempt"
    assert (len(found), refused) == (3, [])
    assert [row.reason for row in index("ckplus", root, CLASSES, LABELS)[1]] == ["label is none of the classes"]


def test_ckplus_files_that_belong_elsewhere(tree):
    root = tree("ckplus")
    path = emotion(root)
    shutil.copy(path, path.with_name("S005_002_00000002_emotion.txt"))  # says the same
    other = emotion(root, "S005_006")
    other.with_name("S005_006_00000009_emotion.txt").write_text("3.0")
    (path.parent / "S005_2_emotion.txt").write_text("3.0")
    moved = emotion(root, "S006_002")
    moved.rename(moved.with_name("S010_002_00000003_emotion.txt"))
    (root / "Emotion/S099/001").mkdir(parents=True)
    (root / "Emotion/S099/001/S099_001_00000011_emotion.txt").write_text("1.0")
    images = root / "cohn-kanade-images/S006/006"
    first = min(images.iterdir())
    first.rename(images / first.name.replace("S006", "S007"))
    shutil.copytree(root / "cohn-kanade-images/S005/002", root / "cohn-kanade-images/S005/extra")
    found, refused = read("ckplus", root)
    assert names(found) == ["S005_002"]
    assert reasons(refused, root) == {
        "cohn-kanade-images/S005/006": "conflicting labels",
        "cohn-kanade-images/S006/002": "no label",
        "Emotion/S006/002/S010_002_00000003_emotion.txt": "label of another sequence",
        "Emotion/S005/002/S005_2_emotion.txt": "not in the dataset's naming or list",
        "Emotion/S099/001/S099_001_00000011_emotion.txt": "file missing",
        "cohn-kanade-images/S006/006": "frames of another sequence",
        "cohn-kanade-images/S005/extra/S005_002_00000001.png": "not in the dataset's naming or list",
    }


def test_ckplus_the_folder_of_the_labels_may_have_another_name_or_none(tree):
    root = tree("ckplus")
    (root / "Emotion_labels").mkdir()
    (root / "Emotion").rename(root / "Emotion_labels/Emotion")
    for path in list((root / "Emotion_labels").rglob("S006_*.txt")):
        path.rename(root / "Emotion_labels" / path.name)
    found, refused = read("ckplus", root)
    assert len(found) == 4
    assert refused == []


def test_ck48_is_refused_with_the_reason(tmp_path, rendered):
    frames = sorted((rendered / "ckplus/cohn-kanade-images").rglob("*.png"))
    for folder in ("anger", "happy"):
        (tmp_path / "CK+48" / folder).mkdir(parents=True)
        for frame in frames:
            shutil.copy(frame, tmp_path / "CK+48" / folder)
    found, refused = read("ckplus", tmp_path)
    assert found == []
    assert [row.reason for row in refused] == ["CK+48, not CK+"] * 2 + ["no clip found"]
    assert "no neutral onset" in refused[0].detail


# ---------------------------------------------------------------------- Oulu-CASIA


def test_oulucasia_conditions_are_chosen_and_tied_by_the_performance(tree):
    root = tree("oulucasia")
    strong = root / "OriginalImg/VL/Strong"
    shutil.copytree(strong, root / "OriginalImg/NI/Dark")
    shutil.copytree(root / "OriginalImg", root / "PreProcess Img")
    found, refused = read("oulucasia", root)
    assert names(found) == ["P001_anger", "P001_happiness", "P002_anger", "P002_happiness"]
    assert all("OriginalImg/VL/Strong" in clip.path and not clip.group for clip in found)
    assert reasons(refused, root) == {
        "OriginalImg/NI/Dark": "not chosen",
        "PreProcess Img/NI/Dark": "not chosen",
        "PreProcess Img/VL/Strong": "not chosen",
    }
    found, _ = read("oulucasia", root, light="all", strength="all")
    assert names(found)[:2] == ["P001_anger_NI_Dark", "P001_anger_VL_Strong"]
    assert {clip.group for clip in found} == {"P001_anger", "P001_happiness", "P002_anger", "P002_happiness"}
    assert names(read("oulucasia", root, light="ni", strength="dark")[0])[0] == "P001_anger"
    shutil.rmtree(root / "OriginalImg")
    assert len(read("oulucasia", root)[0]) == 4


def test_oulucasia_wrong_options_and_places(tree):
    root = tree("oulucasia")
    with pytest.raises(StudyError, match="options/light: found 'IR', expected VL, NI or all"):
        read("oulucasia", root, light="IR")
    (root / "OriginalImg/VL/Bright").mkdir()
    (root / "OriginalImg/VL/Strong/P002").rename(root / "OriginalImg/VL/Bright/P002")
    (root / "OriginalImg/VL/Strong/P001/Happiness").rename(root / "OriginalImg/VL/Strong/P001/Boredom")
    found, refused = read("oulucasia", root)
    assert names(found) == ["P001_anger"]
    assert reasons(refused, root) == {
        "OriginalImg/VL/Bright/P002/Anger/000.jpeg": "not in the dataset's naming or list",
        "OriginalImg/VL/Bright/P002/Happiness/000.jpeg": "not in the dataset's naming or list",
        "OriginalImg/VL/Strong/P001/Boredom": "label is none of the classes",
    }
    found, refused = read("oulucasia", root, strength="Weak")
    assert found == []
    assert "strength Weak" in refused[-1].detail


# ---------------------------------------------------------------------- MMI


def session(root: Path, text: str, number: int = 1001) -> None:
    """Replace what a session says."""
    (root / f"Sessions/{number}/session.xml").write_text(text)


@pytest.mark.parametrize(
    "text",
    [
        '<session subject="7" emotion="Happiness"/>',
        '<Session><Subject SubjectId="S007"/><Emotion Name="happiness" Code="4"/></Session>',
        '<session><subject><id>7</id></subject><label type="emotion">HAPPINESS</label></session>',
        '<s:session xmlns:s="urn:mmi"><s:subject>007</s:subject><s:emotion>happiness</s:emotion></s:session>',
        '<session subjectId="7"><!-- posed --><Metadata Name="Emotion" Value="Happiness"/></session>',
    ],
)
def test_mmi_subject_and_emotion_however_spelled(tree, text):
    root = tree("mmi")
    session(root, text)
    found, refused = read("mmi", root)
    assert (found[0].clip, found[0].subject, found[0].label) == ("S001-001", "S007", "happiness")
    assert refused == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('<session subject="7"/>', "no label"),
        ('<session subject="7" emotion=" "/>', "no label"),
        ('<session subject="7" emotion="4"/>', "label is none of the classes"),
        ('<session subject="7"', "unreadable annotation"),
        ("", "unreadable annotation"),
        ('<?xml version="1.0" encoding="klingon"?><session/>', "unreadable annotation"),
        ("<session><emotion>anger</emotion><emotion>fear</emotion></session>", "conflicting labels"),
        ('<session emotion="anger"><subject id="1"/><subject id="2"/></session>', "several subjects"),
        (None, "no session.xml"),
    ],
)
def test_mmi_sessions_without_a_usable_annotation(tree, text, reason):
    root = tree("mmi")
    (root / "Sessions/1001/session.xml").unlink() if text is None else session(root, text)
    found, refused = read("mmi", root)
    assert names(found) == ["S001-004", "S002-001", "S002-004"]
    assert [(row.clip, row.reason) for row in refused] == [("S001-001", reason)]


def test_mmi_an_unknown_subject_is_never_guessed(tree):
    root = tree("mmi")
    session(root, '<session emotion="anger"/>')
    assert read("mmi", root)[0][0].subject == ""


def test_mmi_the_emotion_may_stand_in_the_annotation_beside(tree):
    root = tree("mmi")
    session(root, '<session subject="1"/>')
    path = root / "Sessions/1001/S001-001-oao_aucs.xml"
    path.write_text('<ActionUnits><Metadata Name="Emotion" Value="Anger"/></ActionUnits>')
    assert read("mmi", root)[0][0].label == "anger"
    path.write_text("<ActionUnits>")
    assert [row.reason for row in read("mmi", root)[1]] == ["unreadable annotation"]


def test_mmi_videos_that_are_missing_or_more(tree):
    root = tree("mmi")
    (root / "Sessions/1001/S001-001.avi").rename(root / "Sessions/1001/S001-009.avi")
    (root / "Sessions/1004/S001-004.avi").unlink()
    session(root, '<session subject="1" emotion="anger"/>', 1004)
    session(root, '<session subject="2" emotion="anger"/>', 2001)
    shutil.copy(root / "Sessions/2001/S002-001.avi", root / "Sessions/2001/S002-002.avi")
    found, refused = read("mmi", root)
    assert [(clip.clip, clip.group) for clip in found] == [("S002-001", "2001"), ("S002-002", "2001"), ("S002-004", "")]
    assert reasons(refused, root) == {
        "Sessions/1001/S001-001.avi": "file missing",
        "Sessions/1001/S001-009.avi": "not in the dataset's naming or list",
        "Sessions/1004/session.xml": "file missing",
    }


# ---------------------------------------------------------------------- DFEW


def lists(root: Path, part: str, number: int) -> Path:
    return root / f"EmoLabel_DataSplit/{part}(single-labeled)/set_{number}.csv"


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_dfew_every_clip_is_tested_by_one_set_and_nobody_is_known(rendered):
    found, _ = read("dfew", rendered / "dfew")
    assert [(clip.clip, clip.official, clip.subject) for clip in found] == [
        ("00001", "2", ""), ("00004", "1", ""), ("00071", "4", ""), ("00074", "3", ""),
    ]  # fmt: skip


def test_dfew_lists_that_contradict_each_other_or_the_folders(tree):
    root = tree("dfew")
    edit(lists(root, "train", 5), "74,4", "00074.mp4,1")
    edit(lists(root, "train", 3), "\n1,1", "\n00001,1")
    edit(lists(root, "test", 1), "4,4", "4,4\n71,1\n9999,3\n12,9\nx,1")
    (root / "Clip/jpg_256/00001").rename(root / "Clip/jpg_256/1")
    shutil.copytree(root / "Clip/jpg_256/1", root / "Clip/jpg_256/555")
    shutil.copytree(root / "Clip/jpg_256/1", root / "Clip/jpg_256/faces")
    found, refused = read("dfew", root)
    assert names(found) == ["00001", "00004"]
    assert {(row.clip, row.reason) for row in refused} == {
        ("00071", "conflicting lists"),
        ("00074", "conflicting labels"),
        ("09999", "file missing"),
        ("00012", "unreadable label"),
        ("", "unreadable label"),
        ("00555", "no label"),
        ("", "not in the dataset's naming or list"),
    }
    conflict = next(row.detail for row in refused if row.reason == "conflicting labels")
    assert "train set 5" in conflict


def test_dfew_one_form_of_each_clip(tree, rendered):
    root = tree("dfew")
    shutil.copytree(root / "Clip/jpg_256", root / "DFEW_Frame_Face")
    (root / "Clip/original").mkdir()
    video = next((rendered / "bu4dfe").glob("*.avi"))
    shutil.copy(video, root / "Clip/original/1.avi")
    found, refused = read("dfew", root)
    assert [os.path.relpath(clip.path, root) for clip in found[:2]] == ["Clip/original/1.avi", "Clip/jpg_256/00004"]
    assert reasons(refused, root) == {"DFEW_Frame_Face": "not chosen", "Clip/jpg_256": "not chosen"}
    found, refused = read("dfew", root, source="dfew_frame_face")
    assert reasons(refused, root) == {"Clip/original": "not chosen", "Clip/jpg_256": "not chosen"}
    assert [os.path.relpath(clip.path, root) for clip in found[:1]] == ["DFEW_Frame_Face/00001"]
    shutil.copytree(root / "DFEW_Frame_Face/00001", root / "DFEW_Frame_Face/1")
    _, refused = read("dfew", root, source="dfew_frame_face")
    assert "clip named twice" in [row.reason for row in refused]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("order,label\n1,1\n", "column missing"),
        ("", "column missing"),
        ("video_name,label\n1,0\n4,3\n", "unreadable label"),
    ],
    ids=["header", "empty", "from 0"],
)
def test_dfew_a_list_of_another_form_is_refused_whole(tree, text, reason):
    root = tree("dfew")
    for number in range(1, 6):
        lists(root, "train", number).write_text(text)
    found, refused = read("dfew", root)
    assert [row.reason for row in refused] == [reason] * 5
    assert [clip.label for clip in found] == ["happiness", "anger", "happiness", "anger"]


# ---------------------------------------------------------------------- FER2013

HEADER = "emotion,pixels,Usage"
FER_LABELS = ["anger", "disgust", "fear", "happiness", "sad", "surprise", "neutral"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """(root, rows) of a rendered FER2013: three people, one in each usage, with a picture of each emotion."""
    root = tmp_path_factory.mktemp("FER") / "archive"
    return root, synthetic_fer2013.render(root, people=3)


@pytest.fixture
def fer2013(pictures, tmp_path):
    """A function from a damage to a copy of that tree: what it makes of the table's lines, the header first."""

    def damaged(damage=list) -> Path:
        root = shutil.copytree(pictures[0], tmp_path / "FER")
        lines = (root / "fer2013.csv").read_text().splitlines()
        (root / "fer2013.csv").write_text("\n".join(damage(lines)) + "\n")
        return root

    return damaged


def stills(root: Path, out: Path, **settings):
    """What make_stills.py makes of a table: its store, the table's rows and the rejected rows."""
    chosen = {"adapter": "fer2013", "classes": FER_LABELS, "labels": LABELS, **settings}
    paths = [out / "stills.h5", out / "stills.csv", out / "stills.rejected.csv"]
    files = dict(zip(("store", "table", "rejected"), map(str, paths), strict=True))
    make_stills.main(MakeStills(stills=chosen, **file_or_folder(str(root)), **files))
    with open(paths[1], newline="") as file:
        return paths[0], list(csv.DictReader(file)), rejected.read(paths[2])


def cells(line: str) -> list[str]:
    return line.split(",")


@pytest.mark.slow
def test_a_rendered_fer2013_is_the_table_that_is_distributed(pictures):
    """Read by nothing of ours: https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression."""
    root, rows = pictures
    lines = (root / "fer2013.csv").read_text().splitlines()
    assert lines[0] == HEADER
    assert len(lines) - 1 == len(rows) == 21
    for line, row in zip(lines[1:], rows, strict=True):
        emotion, pixels, usage = cells(line)
        assert (int(emotion), usage) == (row.emotion, row.usage)
        np.testing.assert_array_equal(np.array(pixels.split(" "), int).reshape(48, 48), row.image)
        assert row.image.std() > 20
    assert {row.usage for row in rows} == {"Training", "PublicTest", "PrivateTest"}
    assert {row.emotion for row in rows if row.usage == "Training"} == set(range(7))


def test_fer2013_usages_are_roles_and_pictures_are_what_backbones_read(pictures, tmp_path):
    root, truth = pictures
    store, rows, refused = stills(root.parent, tmp_path)
    roles = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
    assert [tuple(row.values()) for row in rows] == [
        (f"fer{i:07d}", "", FER_LABELS[row.emotion], roles[row.usage]) for i, row in enumerate(truth)
    ]
    assert refused == []
    with Store(store) as stored:
        assert stored.attributes["colour"] == "bgr"
        for i, row in enumerate(truth):
            found = stored.values(f"fer{i:07d}")
            assert found.shape == (1, 48, 48, 3)
            np.testing.assert_array_equal(found[0], np.dstack([row.image] * 3))
    images = read_stills(store, [row["still"] for row in rows], {"crop": {"size": 64, "colour": "grey"}})
    assert images["fer0000002"].faces.shape == (1, 48, 48, 1)  # small stills keep their size; networks enlarge them


DAMAGES = {
    "label of no class": (lambda e, p, u: f"7,{p},{u}", "unreadable label", "line 3: emotion is '7'"),
    "no label": (lambda e, p, u: f",{p},{u}", "unreadable label", "emotion is ''"),
    "other usage": (lambda e, p, u: f"{e},{p},Test", "unknown usage", "Usage is 'Test'"),
    "no usage": (lambda e, p, u: f"{e},{p},", "unknown usage", "Usage is ''"),
    "a pixel more": (lambda e, p, u: f"{e},{p} 1,{u}", "unreadable picture", "2305 pixels"),
    "a pixel less": (lambda e, p, u: f"{e},{p.rpartition(' ')[0]},{u}", "unreadable picture", "2303 pixels"),
    "too bright": (lambda e, p, u: f"{e},{p.rpartition(' ')[0]} 256,{u}", "unreadable picture", "up to 256"),
    "far too bright": (
        lambda e, p, u: f"{e},{p.rpartition(' ')[0]} 99999999999999999999,{u}", "unreadable picture", "up to",
    ),
    "a word": (lambda e, p, u: f"{e},{p.rpartition(' ')[0]} abc,{u}", "unreadable picture", "not numbers"),
    "below 0": (lambda e, p, u: f"{e},{p.rpartition(' ')[0]} -12,{u}", "unreadable picture", "not numbers"),
    "no pixels": (lambda e, p, u: f"{e},,{u}", "unreadable picture", "not numbers"),
    "cut off": (lambda e, p, u: e, "unknown usage", "Usage is ''"),
    "open quote": (lambda e, p, u: f'{e},"{p},{u}', "unknown usage", "line 3"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_fer2013_a_wrong_row_is_rejected_with_its_line(fer2013, tmp_path, damage):
    wrong, reason, detail = DAMAGES[damage]
    root = fer2013(lambda lines: [*lines[:2], wrong(*cells(lines[2])), *lines[3:]])
    _, rows, refused = stills(root, tmp_path)
    assert [row["still"] for row in rows] == [f"fer{i:07d}" for i in range(21) if i != 1]
    assert [(row.clip, row.reason) for row in refused] == [("fer0000001", reason)]
    assert detail in refused[0].detail


def test_fer2013_emotions_that_are_no_class_of_the_study_are_rejected(pictures, tmp_path):
    _, rows, refused = stills(pictures[0], tmp_path, classes=["anger", "happiness"])
    assert [row["label"] for row in rows] == ["anger", "happiness"] * 3
    assert {row.reason for row in refused} == {"label is none of the classes"}
    assert len(refused) == 15
    assert "'disgust'" in refused[0].detail


def swapped(line: str) -> str:
    """As Kaggle's later edition, icml_face_data.csv, has its columns."""
    emotion, pixels, usage = cells(line)
    return f"{emotion}, {usage}, {pixels}"


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [swapped(line) for line in lines],
        lambda lines: [f"{line},{'note' if line == HEADER else 'blurred'}" for line in lines],
        lambda lines: [f"{i or ''},{line}" for i, line in enumerate(lines)],
        lambda lines: [f'"{each[0]}","{each[1]}","{each[2]}"' for each in map(cells, lines)],
        lambda lines: [f"{line}\r" for line in lines],
    ],
    ids=["other order", "stray column", "stray first column", "quotes", "carriage returns"],
)
def test_fer2013_in_other_forms_is_the_same(fer2013, pictures, tmp_path, damage):
    _, rows, refused = stills(fer2013(damage), tmp_path)
    assert [row["label"] for row in rows] == [FER_LABELS[row.emotion] for row in pictures[1]]
    assert refused == []


def test_fer2013_empty_lines_count(fer2013, tmp_path):
    _, rows, refused = stills(fer2013(lambda lines: [*lines[:2], "", *lines[2:4]]), tmp_path)
    assert [row["still"] for row in rows] == ["fer0000000", "fer0000002", "fer0000003"]
    assert refused == []


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda lines: [line.rpartition(",")[0] for line in lines], "usage; found"),
        (lambda lines: ["label,pixels,Usage", *lines[1:]], "emotion; found"),
        (lambda lines: lines[1:], "column missing"),
        (lambda lines: lines[:1], "no row was rejected"),
        (lambda lines: [line.replace("Training", "PrivateTest") for line in lines],
         "none of 21 pictures has the role train"),
    ],
    ids=["no usage", "other name", "no header", "no rows", "no training"],
)  # fmt: skip
def test_fer2013_a_table_without_training_pictures_is_refused(fer2013, tmp_path, damage, sentence):
    with pytest.raises(StudyError, match=sentence):
        stills(fer2013(damage), tmp_path)
    assert not (tmp_path / "stills.h5").exists()


def test_fer2013_is_missing_or_misspelled_in_the_config(pictures, tmp_path):
    with pytest.raises(StudyError, match=r"no fer2013\.csv"):
        stills(tmp_path, tmp_path)
    with pytest.raises(StudyError, match="unknown key 'people'"):
        stills(pictures[0], tmp_path, people=3)


def test_fer2013_says_how_many_pictures_are_in_two_roles(fer2013, tmp_path, caplog):
    """Twice in one role is told by nobody; the dataset has such pictures."""

    def copied(lines: list[str]) -> list[str]:
        first, second = lines[1], lines[2]
        return [*lines, first.replace("Training", "PrivateTest"), second, second]

    _, rows, refused = stills(fer2013(copied), tmp_path)
    assert (len(rows), refused) == (24, [])
    assert "1 pictures occur in more than one role" in caplog.text


def test_fer2013_pictures_in_two_roles_are_named_by_the_audit(fer2013, tmp_path):
    store, *_ = stills(fer2013(lambda lines: [*lines, lines[1].replace("Training", "PrivateTest"), lines[2]]), tmp_path)
    found = equal_pictures([tmp_path / "stills.csv"], [store])
    assert found.status == "warning"
    assert found.pairs == (("pictures", "fer0000000", "fer0000021", "one picture, train and test"),)
    assert "1 pair of stills in different roles is one picture: `fer0000000` and `fer0000021`" in found.text


def in_folders(root: Path, rows, name=lambda number, usage: f"{number}.png") -> None:
    """The pictures as train/happy/1.png and test/happy/2.png, as they are passed on."""
    words = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    for number, row in enumerate(rows):
        folder = root / ("train" if row.usage == "Training" else "test") / words[row.emotion]
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name(number, row.usage)), row.image)


def test_fer2013_in_folders(pictures, tmp_path):
    root, rows = pictures
    in_folders(tmp_path / "a", rows, lambda number, usage: f"{usage}_{number}.PNG")
    _, table, refused = stills(tmp_path / "a", tmp_path)
    assert (len(table), refused) == (21, [])
    _, wanted, _ = stills(root, tmp_path)
    assert Counter((row["label"], row["role"]) for row in table) == Counter((r["label"], r["role"]) for r in wanted)
    in_folders(tmp_path / "b", rows)
    _, table, _ = stills(tmp_path / "b", tmp_path)
    assert Counter(row["role"] for row in table) == {"train": 7, "test": 14}
    cv2.imwrite(str(tmp_path / "b/test/happy/big.png"), np.zeros((96, 96), np.uint8))
    (tmp_path / "b/test/happy/broken.png").write_bytes(b"x")
    (tmp_path / "b/pictures").mkdir()
    cv2.imwrite(str(tmp_path / "b/pictures/1.png"), rows[0].image)
    _, table, refused = stills(tmp_path / "b", tmp_path)
    assert len(table) == 21
    assert [(os.path.basename(row.path), row.reason) for row in refused] == [
        ("1.png", "not in the dataset's naming or list"),
        ("big.png", "unreadable picture"),
        ("broken.png", "unreadable picture"),
    ]


def test_fer2013_of_the_competition_has_no_usage(pictures, tmp_path):
    root, _ = pictures
    (tmp_path / "data").mkdir()
    lines = [line.rpartition(",")[0] for line in (root / "fer2013.csv").read_text().splitlines()]
    (tmp_path / "data/train.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "data/test.csv").write_text("pixels\n" + lines[1].partition(",")[2] + "\n")
    _, table, refused = stills(tmp_path / "data", tmp_path)
    assert Counter(row["role"] for row in table) == {"train": 21}
    assert [(os.path.basename(row.path), row.reason) for row in refused] == [("test.csv", "no label")]


def test_the_dataset_doctor_reads_a_tree_alone(rendered, tmp_path, capsys):
    out = tmp_path / "clips.csv"
    inspect_dataset.main(["--adapter", "ckplus", "--root", str(rendered / "ckplus"), "--out", str(out)])
    assert len(out.read_text().splitlines()) == 5
    assert "happy" in capsys.readouterr().out


def test_rendered_images_are_faces_of_the_size_asked_for(rendered):
    image = cv2.imread(str(rendered / "ckplus/cohn-kanade-images/S005/002/S005_002_00000001.png"))
    assert image.shape == (80, 64, 3)
    assert image.std() > 20
