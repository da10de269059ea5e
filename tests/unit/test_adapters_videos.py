"""Adapters of datasets of videos, on trees in the raw layouts that the built-in renderer writes."""

import csv
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pytest

import inspect_dataset
from ferstudy.datasets import baum1a, baum1s
from ferstudy.datasets.baum import judged
from ferstudy.datasets.index import index
from ferstudy.errors import StudyError
from ferstudy.store.read import Store
from ferstudy.synthetic.dataset import Plan, plan, render, rows_of
from ferstudy.synthetic.encoding import encode
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

LAYOUTS = ("baum1a", "baum1s", "savee", "afew", "ravdess", "cremad", "segments")
HEADER = ("No", "Subject", "Gender", "Clip Name", "Emotion", "Emotion Code")


def planned(layout: str) -> Plan:
    """Three people, three classes of which two have several in the layout, videos of five frames."""
    classes = list(import_module(f"ferstudy.synthetic.layouts.{layout}").LABELS)[:3]
    return plan({"people": 3, "clips_per_class": 1, "frames": 5, "size": [64, 64], "layout": layout}, classes)


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Callable[[str], Path]:
    """The rendered tree of a layout; do not change it."""
    made: dict[str, Path] = {}

    def of(layout: str) -> Path:
        if layout not in made:
            folder = tmp_path_factory.mktemp(layout)
            render(planned(layout), folder / "tree", folder / "truth.h5", 1)
            made[layout] = folder / "tree"
        return made[layout]

    return of


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Callable[[Path], None]:
    """Puts a small real video at a path, in the format of its ending."""
    folder = tmp_path_factory.mktemp("videos")
    frames = [np.full((48, 64, 3), 40 * i, np.uint8) for i in range(5)]

    def put(path: Path) -> None:
        kept = folder / f"video{path.suffix.lower()}"
        if not kept.exists():
            encode(kept, frames, 25, 64, 48)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(kept, path)

    return put


def read(adapter: str, root: Path, **options) -> tuple[list[Clip], list[Rejected]]:
    """Clips and rejected rows with paths below the root."""
    found, refused = index(adapter, root, None, {}, options)
    return [_below(clip, root) for clip in found], [_below(row, root) for row in refused]


def _below(row, root: Path):
    return row._replace(path=str(Path(row.path).relative_to(root)))


def reasons(refused: list[Rejected]) -> dict[str, str]:
    """Reason by path."""
    return {row.path: row.reason for row in refused}


def write_book(path: Path, *rows: tuple, header: tuple = HEADER, above: int = 0) -> None:
    """An annotation workbook with some lines above its header."""
    book = openpyxl.Workbook()
    for number in range(above):
        book.active.append([f"BAUM-1, line {number}"])
    book.active.append(header)
    for row in rows:
        book.active.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def write_csv(path: Path, *rows: tuple) -> None:
    """A CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)


# ---------------------------------------------------------------------- all of them


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_rendered_tree_is_read_as_it_was_written(tree, layout):
    found, refused = read(layout, tree(layout))
    wanted = [row for number in planned(layout).numbers for row in rows_of(number, planned(layout))]
    nobody = layout == "afew"
    assert sorted((clip.clip, clip.path, clip.subject, clip.label) for clip in found) == sorted(
        (row.clip, row.path, "" if nobody else row.subject, row.label.lower()) for row in wanted
    )
    assert refused == []
    assert sorted(Store(tree(layout).parent / "truth.h5").clips) == [clip.clip for clip in found]
    known = {clip.subject: clip.sex for clip in found if clip.sex and layout != "savee"}
    assert known == {row.subject: {"f": "female", "m": "male"}[row.who.sex] for row in wanted if row.subject in known}


@pytest.mark.parametrize("case", [str.upper, str.lower])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_upper_and_lower_case_are_the_same(tree, tmp_path, layout, case):
    for path in tree(layout).rglob("*"):
        if path.is_file() and path.name != ".rendered":
            there = tmp_path / case(str(path.relative_to(tree(layout))))
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, there)
    found, refused = read(layout, tmp_path)
    before, _ = read(layout, tree(layout))
    assert sorted((clip.path.lower(), clip.label) for clip in found) == sorted(
        (clip.path.lower(), clip.label) for clip in before
    )
    assert refused == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_root_without_the_dataset_is_told_what_was_expected(tmp_path, video, layout):
    (tmp_path / "empty").mkdir()
    found, refused = read(layout, tmp_path / "empty")
    assert found == []
    assert refused[-1].reason == "no clip found"
    assert "expected" in refused[-1].detail
    video(tmp_path / "holiday/IMG_1234.mp4")
    video(tmp_path / "holiday/IMG_1235.mp4")
    found, refused = read(layout, tmp_path)
    assert found == []
    assert set(reasons(refused)) >= {"holiday/IMG_1234.mp4", "holiday/IMG_1235.mp4"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_stray_video_is_a_row_and_harms_nobody(tree, tmp_path, video, layout):
    shutil.copytree(tree(layout), tmp_path / "a/b", ignore=shutil.ignore_patterns(".rendered"))
    video(tmp_path / "a/b/readme and making of.mp4")
    (tmp_path / "a/b/notes.txt").write_text("not a video")
    (tmp_path / "a/b/._hidden.avi").write_bytes(b"left by a Mac")
    found, refused = read(layout, tmp_path)  # one or two levels too high does no harm
    assert len(found) == 9
    assert list(reasons(refused)) == ["a/b/readme and making of.mp4"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_says_what_it_cannot_name(layout):
    most = {"savee": 5, "ravdess": 25, "cremad": 92}
    if layout in most:
        with pytest.raises(StudyError, match=f"layout {layout}"):
            plan({"people": most[layout], "clips_per_class": 1, "layout": layout}, ["anger"])
    takes = import_module(f"ferstudy.synthetic.layouts.{layout}").TAKES
    if takes is not None:
        with pytest.raises(StudyError, match="clips_per_class"):
            plan({"people": 1, "clips_per_class": takes + 1, "layout": layout}, ["anger"])


def test_the_doctor_prints_what_it_found(tree, tmp_path, capfd):
    inspect_dataset.main(["--adapter", "cremad", "--root", str(tree("cremad")), "--out", str(tmp_path / "out.csv")])
    told = capfd.readouterr()
    assert "clips      9" in told.out
    assert "rejected   none" in told.out
    assert "FFMPEG" not in told.out + told.err


def test_videos_of_an_unknown_ending_are_not_written(tmp_path):
    with pytest.raises(StudyError, match=r"\.mp4, \.avi, \.flv"):
        encode(tmp_path / "a.ogv", [], 25, 64, 64)


# ---------------------------------------------------------------------- BAUM-1


def baum(root: Path, video, *names: str) -> None:
    for name in names:
        video(root / f"BAUM1s_MP4 - All/{name.split('_')[0].lower()}/{name}.mp4")


@pytest.mark.parametrize(
    ("name", "code", "words", "answer"),
    [
        ("Happiness", "8", baum1s.WORDS, "happiness"),
        (" HAPPY ", "8", baum1s.WORDS, "happiness"),
        ("Con", "4", baum1s.WORDS, "concentrating"),
        ("con", "5", baum1s.WORDS, "contempt"),
        ("con", "", baum1s.WORDS, ("ambiguous label", "concentrating or contempt")),
        ("conc.", "", baum1s.WORDS, "concentrating"),
        ("Contempt", "4", baum1s.WORDS, ("code and name disagree", "concentrating")),
        ("Happiness", "9", baum1s.WORDS, ("code and name disagree", "neutral")),
        ("Unsure (confused)", "13", baum1s.WORDS, "unsure"),
        ("Unsure", "9", baum1a.WORDS, "unsure"),
        ("", "9", baum1a.WORDS, "unsure"),
        ("Interest", "", baum1a.WORDS, "interest"),
        ("Anger", "14", baum1s.WORDS, ("unreadable label", "1 to 13")),
        ("Anger", "0", baum1s.WORDS, ("unreadable label", "1 to 13")),
        ("?", "1", baum1s.WORDS, ("unreadable label", "anger")),
        ("", "", baum1s.WORDS, ("no label", "")),
    ],
)
def test_baum_name_and_code_are_checked_against_each_other(name, code, words, answer):
    label, reason, detail = judged(name, code, words)
    if isinstance(answer, str):
        assert (label, reason) == (answer, "")
    else:
        assert (label, reason) == ("", answer[0])
        assert answer[1] in detail


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        ("clip", "emotion", "emotion_code", "gender", "x", "y"),
        ("CLIP  NAME", "Emotion", "EmotionCode", "SEX", None, None),
    ],
)
@pytest.mark.parametrize("above", [0, 3])
def test_baum_books_differ_in_their_headers(tmp_path, video, header, above):
    baum(tmp_path, video, "S001_010", "S002_011")
    cells = {
        "clip": ("S001_010", "s002_011.mp4"),
        "emotion": ("Anger", "Fear"),
        "code": (1, 7.0),
        "sex": ("M", "female"),
    }
    keys = [next((key for key in cells if key in str(name).lower().replace("gender", "sex")), "") for name in header]
    keys = ["code" if "code" in str(name).lower() else key for name, key in zip(header, keys, strict=True)]
    rows = [tuple(cells[key][i] if key else None for key in keys) for i in range(2)]
    write_book(tmp_path / "Annotations_BAUM1s.xlsx", *rows, header=header, above=above)
    found, refused = read("baum1s", tmp_path)
    assert [(clip.clip, clip.subject, clip.label, clip.sex) for clip in found] == [
        ("S001_010", "S001", "anger", "male"),
        ("S002_011", "S002", "fear", "female"),
    ]
    assert refused == []


def test_baum_rows_that_cannot_be_clips_say_why(tmp_path, video):
    baum(tmp_path, video, "S001_001", "S001_002", "S001_003", "S001_004", "S015_007")
    video(tmp_path / "BAUM1s_MP4 - All/s001/S002_009.mp4")
    video(tmp_path / "copy/S001_001.mp4")
    write_book(
        tmp_path / "Annotations_BAUM1s.xlsx",
        (1, 1, "F", "S001_001", "Anger", 1),
        (2, 1, "M", "S001_002", "Fear", 7),
        (3, 1, 1, "S001_003", "Fear", 7),
        (4, 1, None, "S001_003", "Sadness", 10),
        (5, 15, None, "S015_007", "Happiness", 9),
        (6, 1, None, "S001_099", "Anger", 1),
        (7, 1, None, "clip 8", "Anger", 1),
        (None, None, None, None, None, None),
    )
    found, refused = read("baum1s", tmp_path)
    assert [(clip.clip, clip.sex) for clip in found] == [("S001_001", ""), ("S001_002", "")]  # one person, two sexes
    folder, book = "BAUM1s_MP4 - All", "Annotations_BAUM1s.xlsx"
    assert {(row.path, row.reason) for row in refused} == {
        ("copy/S001_001.mp4", "clip named twice"),
        (f"{folder}/s001/S001_003.mp4", "conflicting labels"),
        (f"{folder}/s001/S001_004.mp4", "no label"),
        (f"{folder}/s001/S001_099.mp4", "file missing"),
        (f"{folder}/s001/S002_009.mp4", "subject and folder disagree"),
        (f"{folder}/s015/S015_007.mp4", "code and name disagree"),
        (book, "sex differs between rows"),
        (book, "unreadable row"),
    }
    said = {row.reason: row.detail for row in refused}
    assert "'clip 8'" in said["unreadable row"]
    assert "9 is neutral" in said["code and name disagree"]
    assert "'Happiness'" in said["code and name disagree"]
    assert "line 6" in said["code and name disagree"]


@pytest.mark.parametrize(
    ("damage", "reason", "words"),
    [
        (lambda path: path.unlink(), "file missing", "annotations: FILE"),
        (lambda path: path.write_bytes(b"PK\3\4 and nothing more"), "unreadable annotation", "save it again"),
        (lambda path: path.write_bytes(path.read_bytes()[:3000]), "unreadable annotation", "save it again"),
        (
            lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
            "unreadable annotation",
            ".xls",
        ),
        (lambda path: write_book(path, (1, 2), header=("Clip Name", "Remark")), "column missing", "emotion"),
        (
            lambda path: write_book(path, (1, 2, 3), header=("Clip", "Emotion", "Emotion")),
            "column named twice",
            "Emotion",
        ),
        (lambda path: write_book(path, header=()), "column missing", "nothing"),
    ],
)
def test_baum_without_a_readable_book_has_no_clips_and_says_so(tree, tmp_path, damage, reason, words):
    root = tmp_path / "root"
    shutil.copytree(tree("baum1a"), root)
    damage(root / "Annotations_BAUM1a.xlsx")
    found, refused = read("baum1a", root)
    assert found == []
    told = [row for row in refused if row.reason == reason]
    assert len(told) == 1
    assert words in told[0].detail
    assert sum(row.reason == "no label" for row in refused) == 9
    assert refused[-1].reason == "no clip found"


def test_baum_a_book_elsewhere_can_be_named_and_may_be_a_csv(tree, tmp_path):
    book = openpyxl.load_workbook(tree("baum1a") / "Annotations_BAUM1a.xlsx").active
    lines = [";".join(str(cell) for cell in cells) for cells in book.iter_rows(values_only=True)]
    (tmp_path / "labels.csv").write_text("\n".join(lines), encoding="utf-16")
    root = tree("baum1a") / "BAUM1a_MP4_all"
    assert len(read("baum1a", root, annotations=str(tmp_path / "labels.csv"))[0]) == 9
    with pytest.raises(StudyError, match="no such file; expected Annotations_BAUM1a"):
        read("baum1a", root, annotations="gone.xlsx")


def test_baum_both_parts_below_one_root_are_kept_apart_and_share_their_people(tree, tmp_path):
    shutil.copytree(tree("baum1a"), tmp_path, dirs_exist_ok=True)
    shutil.copytree(tree("baum1s"), tmp_path, dirs_exist_ok=True)
    (tmp_path / "~$Annotations_BAUM1a.xlsx").write_bytes(b"Excel has it open")
    acted, refused = read("baum1a", tmp_path)
    spontaneous, others = read("baum1s", tmp_path)
    assert {clip.path.split("/")[0] for clip in acted} == {"BAUM1a_MP4_all"}
    assert {clip.path.split("/")[0] for clip in spontaneous} == {"BAUM1s_MP4 - All"}
    assert {clip.subject for clip in acted} == {clip.subject for clip in spontaneous} == {"S001", "S002", "S003"}
    assert reasons(refused) == {"BAUM1s_MP4 - All": "another part of the dataset (baum1s)"}
    assert reasons(others) == {"BAUM1a_MP4_all": "another part of the dataset (baum1a)"}


# ---------------------------------------------------------------------- SAVEE


def test_savee_letters_speakers_and_both_forms_of_names(tmp_path, video):
    good = {
        "AudioVisualClip/DC/a1.avi": "anger", "AudioVisualClip/DC/sa15.avi": "sadness",
        "AudioVisualClip/JE/su3.avi": "surprise", "AudioVisualClip/JK/n30.avi": "neutral",
        "AudioVisualClip/kl/H07.AVI": "happiness", "AudioVisualClip/KL/KL_f01.avi": "fear",
        "flat/DC_d02.avi": "disgust",
    }  # fmt: skip
    bad = {
        "AudioVisualClip/XY/a1.avi": "unknown speaker", "flat/MM_a1.avi": "unknown speaker",
        "AudioVisualClip/DC/x1.avi": "not in the dataset's naming or list",
        "AudioVisualClip/DC/s1.avi": "not in the dataset's naming or list",
        "AudioVisualClip/JK/KL_a01.avi": "subject and folder disagree", "flat/DC_a01.avi": "clip named twice",
    }  # fmt: skip
    for name in good | bad:
        video(tmp_path / name)
    found, refused = read("savee", tmp_path)
    assert {clip.path: clip.label for clip in found} == good
    assert {clip.subject for clip in found} == {"DC", "JE", "JK", "KL"}
    assert {clip.sex for clip in found} == {"male"}
    assert reasons(refused) == bad
    assert "DC, JE, JK, KL" in next(row.detail for row in refused if row.reason == "unknown speaker")


# ---------------------------------------------------------------------- AFEW


def test_afew_has_an_official_split_and_nobody(tmp_path, video):
    video(tmp_path / "Train_AFEW/Angry/000046280.avi")
    video(tmp_path / "Val_AFEW/Angry/000046280.avi")  # the same number is another clip
    video(tmp_path / "Val_AFEW/Surprise/010001000.avi")
    video(tmp_path / "Train_AFEW/Sad/000000001.avi")
    video(tmp_path / "Train_AFEW/Happy/000000001.avi")
    video(tmp_path / "Train_AFEW/Bored/000000002.avi")
    video(tmp_path / "Test_AFEW/000155887.avi")
    faces = tmp_path / "Val_AFEW/AlignedFaces_LBPTOP_Points_Val/Faces/010001000"
    faces.mkdir(parents=True)
    cv2.imwrite(str(faces / "0000.jpg"), np.zeros((64, 64, 3), np.uint8))
    found, refused = read("afew", tmp_path)
    assert [(clip.clip, clip.label, clip.official, clip.subject, clip.group) for clip in found] == [
        ("train_000046280", "angry", "train", "", ""),
        ("validation_000046280", "angry", "validation", "", ""),
        ("validation_010001000", "surprise", "validation", "", ""),
    ]
    assert reasons(refused) == {
        "Train_AFEW/Sad/000000001.avi": "conflicting labels",
        "Train_AFEW/Happy/000000001.avi": "conflicting labels",
        "Train_AFEW/Bored/000000002.avi": "not in the dataset's naming or list",
        "Test_AFEW/000155887.avi": "no label",
    }


def test_afew_the_root_may_be_one_part(tmp_path, video):
    video(tmp_path / "test/Train_AFEW/Angry/000046280.avi")  # a folder above the root says nothing
    assert [clip.official for clip in read("afew", tmp_path / "test/Train_AFEW")[0]] == ["train"]
    video(tmp_path / "test/data/Angry/000046280.avi")
    assert [clip.official for clip in read("afew", tmp_path / "test/data")[0]] == [""]


def test_afew_films_are_groups_where_a_file_says_so(tmp_path, video):
    for name in ("000046280", "000046281", "000999999"):
        video(tmp_path / f"Train_AFEW/Angry/{name}.avi")
    (tmp_path / "Train_6.xml").write_text(
        "<clips><clip><Name>000046280.avi</Name><Movie>Harry Potter</Movie></clip>"
        '<clip name="000046281" MovieName="Harry Potter"/></clips>'
    )
    (tmp_path / "Val_6.xml").write_text("<clips><clip>")
    found, refused = read("afew", tmp_path)
    assert [clip.group for clip in found] == ["Harry Potter", "Harry Potter", ""]
    assert reasons(refused) == {"Val_6.xml": "unreadable annotation"}


# ---------------------------------------------------------------------- RAVDESS

PERFORMANCES = (
    "Actor_12/01-01-06-01-02-01-12.mp4", "Actor_12/02-01-06-01-02-01-12.mp4", "Actor_12/01-02-03-02-01-01-12.mp4",
    "Video_Speech_Actor_07/Actor_07/01-01-08-02-01-02-07.mp4",
)  # fmt: skip


def test_ravdess_twins_are_one_group(tmp_path, video):
    for name in PERFORMANCES:
        video(tmp_path / name)
    found, refused = read("ravdess", tmp_path)
    assert [(clip.clip, clip.subject, clip.sex, clip.label, clip.group) for clip in found] == [
        ("01-01-06-01-02-01-12", "Actor_12", "female", "fearful", "01-06-01-02-01-12"),
        ("01-01-08-02-01-02-07", "Actor_07", "male", "surprised", "01-08-02-01-02-07"),
        ("01-02-03-02-01-01-12", "Actor_12", "female", "happy", "02-03-02-01-01-12"),
        ("02-01-06-01-02-01-12", "Actor_12", "female", "fearful", "01-06-01-02-01-12"),
    ]
    assert refused == []


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({"modality": "01"}, 3),
        ({"modality": 2}, 1),
        ({"channel": "song"}, 1),
        ({"channel": "speech", "modality": 1}, 2),
    ],
)
def test_ravdess_options_leave_out_by_name(tmp_path, video, options, count):
    for name in PERFORMANCES:
        video(tmp_path / name)
    found, refused = read("ravdess", tmp_path, **options)
    assert len(found) == count
    assert set(reasons(refused).values()) == {"left out by an option"}
    assert len(refused) == len(PERFORMANCES) - count


def test_ravdess_wrong_names_say_which_field(tmp_path, video):
    bad = {
        "Actor_01/03-01-01-01-01-01-01.mp4": ("audio only", ""),
        "Actor_01/01-01-09-01-01-01-01.mp4": ("field out of range", "emotion is 09, expected 01 to 08"),
        "Actor_01/01-01-01-03-01-01-01.mp4": ("field out of range", "intensity is 03"),
        "Actor_25/01-01-01-01-01-01-25.mp4": ("field out of range", "actor is 25"),
        "Actor_01/01-01-01-01-01-01.mp4": ("not in the dataset's naming or list", "6 fields, expected 7"),
        "Actor_01/01-01-01-01-01-01-02.mp4": ("subject and folder disagree", "actor 2 in folder Actor_01"),
        "Actor_01/holiday.mp4": ("not in the dataset's naming or list", "7 numbers"),
    }
    for name in bad:
        video(tmp_path / name)
    (tmp_path / "Actor_02").mkdir()
    (tmp_path / "Actor_02/03-01-01-01-01-01-02.wav").write_bytes(b"RIFF....WAVE")
    found, refused = read("ravdess", tmp_path)
    assert found == []
    assert reasons(refused)["Actor_02/03-01-01-01-01-01-02.wav"] == "audio only"
    for row in refused:
        if row.path in bad:
            assert row.reason == bad[row.path][0]
            assert bad[row.path][1] in row.detail
    assert set(bad) <= set(reasons(refused))


@pytest.mark.parametrize("options", [{"modality": "03"}, {"channel": "music"}])
def test_ravdess_options_are_checked(tmp_path, options):
    with pytest.raises(StudyError, match=f"options/{next(iter(options))}: found .*, expected one of"):
        read("ravdess", tmp_path, **options)


# ---------------------------------------------------------------------- CREMA-D


def test_cremad_actors_and_the_votes_on_the_face_alone_come_along(tmp_path, video):
    # The first lines of CREMA-D's own tables.
    video(tmp_path / "VideoFlash/1001_IEO_SAD_HI.flv")
    video(tmp_path / "VideoFlash/1047_IEO_NEU_XX.flv")
    video(tmp_path / "VideoFlash/1040_ITH_SAD_X.flv")
    (tmp_path / "VideoDemographics.csv").write_text(
        '"ActorID","Age","Sex","Race","Ethnicity"\n1001,51,"Male","Caucasian","Not Hispanic"\n'
        '1047,22,"Female","Unknown","Hispanic"\n1013,22,"Female","Caucasian","Hispanic"\n'
    )
    (tmp_path / "processedResults").mkdir()
    (tmp_path / "processedResults/tabulatedVotes.csv").write_text(
        '"","A","D","F","H","N","S","fileName","numResponses"\n"100007",1,0,0,1,7,0,"1001_IEO_SAD_HI",9\n'
        '"200007",3,1,3,0,2,0,"1001_IEO_SAD_HI",9\n"300007",0,0,0,0,9,0,"1001_IEO_SAD_HI",9\n'
    )
    found, refused = read("cremad", tmp_path)
    assert [clip[:4] + clip[8:11] + clip[-1:] for clip in found] == [
        ("1001_IEO_SAD_HI", "VideoFlash/1001_IEO_SAD_HI.flv", "1001", "sadness", "male", "51", "Caucasian",
         "anger:3;disgust:1;fear:3;neutral:2"),
        ("1040_ITH_SAD_XX", "VideoFlash/1040_ITH_SAD_X.flv", "1040", "sadness", "", "", "", ""),
        ("1047_IEO_NEU_XX", "VideoFlash/1047_IEO_NEU_XX.flv", "1047", "neutral", "female", "22", "Hispanic", ""),
    ]  # fmt: skip
    assert [(row.reason, row.detail[:4]) for row in refused] == [("actor without demographics", "1040")]


def test_cremad_votes_come_from_whatever_table_is_there(tmp_path, video):
    video(tmp_path / "VideoFlash/1001_IEO_SAD_HI.flv")
    write_csv(
        tmp_path / "VideoDemographics.csv",
        ("ActorID", "Age", "Sex", "Race", "Ethnicity"),
        (1001, 51, "Male", "Asian", ""),
    )
    found, refused = read("cremad", tmp_path)
    assert found[0].votes == ""
    assert [row.reason for row in refused] == ["no human votes"]
    header = ("", "FileName", "VoiceVote", "VoiceLevel", "FaceVote", "FaceLevel")
    write_csv(tmp_path / "processedResults/summaryTable.csv", header, (7, "1001_IEO_SAD_HI", "N", "60", "A:F", "30:51"))
    assert read("cremad", tmp_path)[0][0].votes == "anger:1;fear:1"
    header = ("", "localid", "queryType", "clipName", "respEmo")
    answers = [
        (i, "p", kind, "1001_IEO_SAD_HI", letter)
        for i, (kind, letter) in enumerate([(1, "N"), (2, "S"), (2, "A"), (2, "S"), (3, "H")])
    ]
    write_csv(tmp_path / "finishedResponses.csv", header, *answers)
    found, refused = read("cremad", tmp_path)
    assert found[0].votes == "anger:1;sadness:2"
    assert refused == []


def test_cremad_what_cannot_be_used(tmp_path, video):
    for name in ("1076_MTI_NEU_XX", "1076_MTI_SAD_XX", "1064_TIE_SAD_XX", "1064_IEO_DIS_MD"):
        video(tmp_path / f"VideoFlash/{name}.flv")
    for name in ("2001_DFA_ANG_XX", "1001_ABC_ANG_XX", "1001_DFA_JOY_XX", "1001_DFA_ANG_ZZ", "1001_DFA_ANG"):
        video(tmp_path / f"VideoFlash/{name}.flv")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:10dc3fd1f2bc\nsize 265922\n"
    (tmp_path / "VideoFlash/1001_DFA_ANG_XX.flv").write_text(pointer)
    video(tmp_path / "VideoFlash/1001_DFA_DIS_XX.flv")
    found, refused = read("cremad", tmp_path)
    assert [clip.clip for clip in found] == ["1001_DFA_DIS_XX"]
    told = {Path(row.path).stem: (row.reason, row.detail) for row in refused}
    for name in ("1076_MTI_NEU_XX", "1076_MTI_SAD_XX", "1064_TIE_SAD_XX", "1064_IEO_DIS_MD"):
        assert told[name][0] == "known to be broken"
    for name, field in zip(("2001_DFA_ANG_XX", "1001_ABC_ANG_XX", "1001_DFA_JOY_XX", "1001_DFA_ANG_ZZ"),
                           ("actor", "sentence", "emotion", "level"), strict=True):  # fmt: skip
        assert told[name][0] == "field out of range"
        assert told[name][1].startswith(field)
    assert told["1001_DFA_ANG"][0] == "not in the dataset's naming or list"
    assert told["1001_DFA_ANG_XX"][0] == "git-lfs pointer, not the video"
    assert "git lfs pull" in told["1001_DFA_ANG_XX"][1]
    assert told["VideoDemographics"][0] == "file missing"
    assert told["processedResults"][0] == "no human votes"


# ---------------------------------------------------------------------- segments


def test_segments_may_be_frames_seconds_or_times_of_the_clock(tmp_path, video):
    for name in ("FR/a.mp4", "NO/a.mp4", "NO/b.mp4", "ES/c d.avi"):
        video(tmp_path / name)  # 25 frames a second
    write_csv(
        tmp_path / "annotations.csv",
        ("Video", "Person", "Label", "Start", "End", "start_s", "end_s"),
        ("FR/a.mp4", "p01", "happy", 2, 4, "", ""),
        ("FR\\a", "p01", "neutral", "0.0", "2.0", "", ""),
        ("NO/a.mp4", "p01", "pensive", "0:00:00.04", "00:00.160", "", ""),
        ("b", "NO/p02", "pensive", "", "", "0.08", "0,2"),
        ("c d.avi", "", "happy", 0, 5, "", ""),
    )
    found, refused = read("segments", tmp_path)
    assert [(clip.clip, clip.subject, clip.label, clip.start, clip.end, clip.group) for clip in found] == [
        ("ES/c d@0-5", "", "happy", 0, 5, "ES/c d"),
        ("FR/a@0-2", "FR/p01", "neutral", 0, 2, "FR/a"),
        ("FR/a@2-4", "FR/p01", "happy", 2, 4, "FR/a"),
        ("NO/a@1-4", "NO/p01", "pensive", 1, 4, "NO/a"),
        ("NO/b@2-5", "NO/p02", "pensive", 2, 5, "NO/b"),
    ]
    assert refused == []
    assert {clip.subject for clip in read("segments", tmp_path, subjects="shared")[0]} == {"", "p01", "NO/p02"}
    assert (
        next(clip for clip in read("segments", tmp_path, fps=50)[0] if clip.path == "NO/b.mp4").start == 2
    )  # stamps go first


def test_segments_a_table_for_each_video(tmp_path, video):
    for country in ("FR", "NO"):
        video(tmp_path / f"{country}/talk.mp4")
        text = f"subject;label;start;end\np01;{'happy' if country == 'FR' else 'neutral'};0;3\n"
        (tmp_path / f"{country}/talk.csv").write_text(text, encoding="utf-16")
    found, refused = read("segments", tmp_path)
    assert [(clip.clip, clip.subject, clip.label) for clip in found] == [
        ("FR/talk@0-3", "FR/p01", "happy"),
        ("NO/talk@0-3", "NO/p01", "neutral"),
    ]
    assert refused == []


def test_segments_tables_that_nobody_reads_are_named(tmp_path, video):
    video(tmp_path / "FR/a.mp4")
    (tmp_path / "annotations.csv").write_text("video,subject,label,start,end\nFR/a,p01,joy,0,2\n")
    (tmp_path / "FR/labels new.csv").write_text("video,label\n")
    (tmp_path / "meals").mkdir()
    (tmp_path / "meals/lunch.csv").write_text("a,b\n")  # no videos here: none of our business
    found, refused = read("segments", tmp_path)
    assert [clip.clip for clip in found] == ["FR/a@0-2"]
    assert [(row.path, row.reason) for row in refused] == [("FR/labels new.csv", "a table that is not read")]


def test_segments_wrong_rows_say_where_and_why(tmp_path, video, caplog):
    for name in ("FR/a.mp4", "NO/a.mp4", "NO/none.mp4", "FR/two.mp4", "FR/said twice.mp4"):
        video(tmp_path / name)
    (tmp_path / "FR/text.mp4").write_text("this is no video")
    write_csv(
        tmp_path / "annotations.csv",
        ("video", "subject", "label", "start", "end"),
        ("a", "p", "happy", 0, 2),
        ("FR/a", "p", "happy", 3, 3),
        ("FR/a", "p", "happy", 4, 2),
        ("FR/a", "p", "happy", -1, 2),
        ("FR/a", "p", "happy", 0.4, 2),
        ("FR/a", "p", "happy", "", 2),
        ("FR/gone", "p", "happy", 0, 2),
        ("", "p", "happy", 0, 2),
        ("FR/text", "p", "happy", "0:01", "0:02"),
        ("FR/two", "p", "happy", 0, 3),
        ("FR/two", "q", "neutral", 2, 4),
        ("FR/said twice", "p", "happy", 0, 2),
        ("FR/said twice", "p", "neutral", 0, 2),
        ("FR/said twice", "p", "happy", 2, 4),
        ("FR/said twice", "p", "happy", 2, 4),
        ("FR/said twice", "p", "neutral", 3, 5),
        ("FR/a", "p", "", 0, 2),
    )
    found, refused = read("segments", tmp_path)
    assert [clip.clip for clip in found] == ["FR/said twice@2-4", "FR/said twice@3-5"]
    told = [(row.path, row.reason) for row in refused]
    assert sorted(told) == sorted([
        ("a", "ambiguous video"),
        ("FR/a.mp4", "end before start"),
        ("FR/a.mp4", "end before start"),
        ("FR/a.mp4", "start or end is no number"),
        ("FR/a.mp4", "start or end is no number"),
        ("FR/a.mp4", "no start or end"),
        ("FR/gone", "file missing"),
        ("annotations.csv", "no video"),
        ("FR/text.mp4", "not a video"),
        ("FR/two.mp4", "several subjects"),
        ("FR/two.mp4", "several subjects"),
        ("FR/said twice.mp4", "conflicting labels"),
        ("FR/said twice.mp4", "conflicting labels"),
        ("FR/said twice.mp4", "clip named twice"),
        ("FR/a.mp4", "no label"),
        ("NO/a.mp4", "no label"),
        ("NO/none.mp4", "no label"),
    ])  # fmt: skip
    assert "line 3: frames 3 to 3" in next(row.detail for row in refused if row.reason == "end before start")
    assert "start_s" in next(row.detail for row in refused if row.reason == "start or end is no number")
    assert "FR/said twice@2-4 (happy) and FR/said twice@3-5 (neutral)" in caplog.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("video,subject,label,start\nFR/a.mp4,p,happy,0\n", "column missing"),
        ("", "column missing"),
        ("video,label,label,start,end\nFR/a.mp4,happy,sad,0,2\n", "column named twice"),
        ("video,subject,label,start,end\nFR/a.mp4,p,happy,0,2,what\n", "unreadable row"),
    ],
)
def test_segments_a_table_that_cannot_be_read(tmp_path, video, text, reason):
    video(tmp_path / "FR/a.mp4")
    (tmp_path / "annotations.csv").write_text(text)
    found, refused = read("segments", tmp_path)
    assert found == []
    assert [row.reason for row in refused] == [reason, "no label", "no clip found"]


@pytest.mark.parametrize("options", [{"subjects": "both"}, {"fps": 0}, {"fps": "25"}])
def test_segments_options_are_checked(tmp_path, options):
    with pytest.raises(StudyError, match=f"options/{next(iter(options))}: found"):
        read("segments", tmp_path, **options)


# ---------------------------------------------------------------------- manifest


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_manifest_in_any_dialect(tmp_path, video, encoding, delimiter):
    video(tmp_path / "s1/Zoë one.mp4")
    video(tmp_path / "s2/two.mp4")
    rows = [
        ["Path", "Subject", "LABEL", " Start", "end", "votes", "remark"],
        ["s1\\Zoë one.mp4", "s1", "anger", "1.0", "3.0", '"anger:7;fear:2"', '"two\nlines, and more"'],
        ["s2/TWO.mp4", "s2", "joy", "", "", "", ""],
        [""] * 7,
        [""] * 7,
    ]
    text = "\r\n".join(delimiter.join(cells) for cells in rows)
    (tmp_path / "manifest.csv").write_bytes(text.encode(encoding))
    found, refused = read("manifest", tmp_path)
    assert [(clip.path, clip.subject, clip.label, clip.start, clip.end, clip.votes) for clip in found] == [
        ("s1/Zoë one.mp4", "s1", "anger", 1, 3, "anger:7;fear:2"),
        ("s2/two.mp4", "s2", "joy", None, None, ""),
    ]
    assert refused == []


def test_a_manifest_with_wrong_rows_loses_only_those(tmp_path, video):
    for name in ("a.mp4", "b.mp4", "c.mp4", "d.mp4", "e.mp4", "f.mp4", "g.mp4"):
        video(tmp_path / name)
    (tmp_path / "manifest.csv").write_text(
        "path,subject,label,start,votes\n"
        'a.mp4,s,anger,,"anger:7;fear:2"\n'
        'b.mp4,"s,anger,,\n'  # a quote that is never closed
        "c.mp4,s,anger,,a,b\n"
        "d.mp4,s,anger,three,\n"
        "e.mp4,s,anger,,many\n"
        'f.mp4,"s,anger,,\n'  # between this quote and the first one lie whole rows
        'g.mp4,"s,anger,,"\n'
    )
    found, refused = read("manifest", tmp_path)
    assert [(clip.clip, clip.votes) for clip in found] == [("a", "anger:7;fear:2"), ("e", "")]
    assert sorted((row.path, row.reason) for row in refused) == [
        ("b.mp4", "no label"),
        ("c.mp4", "not in the dataset's naming or list"),
        ("d.mp4", "start or end is no number"),
        ("f.mp4", "no label"),
        ("g.mp4", "no label"),
        ("manifest.csv", "unreadable row"),
        ("manifest.csv", "unreadable votes"),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("path,subject,label,label\na.mp4,s,anger,fear\n", "column named twice"),
        ("path,subject,label\n", "no clip found"),
        ("", "column missing"),
    ],
)
def test_a_manifest_that_says_nothing(tmp_path, text, reason):
    (tmp_path / "manifest.csv").write_text(text)
    found, refused = read("manifest", tmp_path)
    assert found == []
    assert [row.reason for row in refused] == [reason]
