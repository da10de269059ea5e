"""A config that fits videos of which nobody has written anything down."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from films import film

import suggest_study
from ferstudy.datasets.index import index
from ferstudy.errors import StudyError
from ferstudy.study.check import check
from ferstudy.study.config import complete
from ferstudy.suggest import names, study
from ferstudy.suggest.facts import Sizes

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
CLASSES = ("happy", "sad")
GREY = [np.full((48, 64, 3), 90 + 20 * i, np.uint8) for i in range(4)]


def facts(**more) -> Sizes:
    """Of 30 people with 4 clips each, unless told otherwise."""
    known = {
        "clips": 120, "people": 30, "nameless": 0, "classes": (("happy", 60), ("sad", 60)), "frames": (50, 60, 90),
        "seconds": 2.4, "size": (640, 480), "face": 120, "cores": 2, "memory_mb": 24000, "gpus": 0,
    }  # fmt: skip
    return Sizes(**{**known, **more})


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("path", "level", "people"),
    [
        ("{label}/{who:03}_{label}_{take}", 1, 4),
        ("{label}/P{who:02}/{take}", 1, 4),
        ("P{who:02}/{label}/{take}", 2, 4),
        ("{label}/s{who}-take{take}", 1, 4),
        ("{label}/ann{who}_{take}", 1, 4),
        ("data/{label}/F{who:03}_{take}", 2, 4),
        ("{label}/clip{who}{take}", 1, 0),
    ],
)
def test_class_folders_say_classes_and_people(path, level, people):
    paths = [path.format(label=label, who=who, take=take) for label in CLASSES for who in range(1, 5) for take in "ab"]
    found = names.guess(paths)
    assert (found.level, found.classes, found.people) == (level, CLASSES, people)


def test_what_one_file_does_not_say_the_others_do():
    paths = [f"{label}/P{who:02} {label} (1)" for label in CLASSES for who in range(1, 11)]
    found = names.guess([*paths, "camera test", "happy/birthday"])
    assert (found.level, found.classes, found.people) == (1, CLASSES, 10)


def test_a_name_that_each_class_has_for_itself_is_nobody():
    assert names.guess([f"{label}/{label[0]}{i}_x" for label in CLASSES for i in range(4)]).person == ""


def test_videos_in_one_folder_say_no_class():
    assert names.guess(["a", "b"]) is None
    assert names.guess(["all/a", "all/b"]) is None


# ---------------------------------------------------------------- the config


def test_it_says_what_the_default_study_costs_of_one_like_it():
    # `make demo` took 750 CPU-s (docs/benchmarks.md), of which rendering 102, which videos of one's own do not need.
    like = study.Dataset("mine", {}, facts(clips=288, people=48, frames=(60, 60, 60)))
    said = study.cost([like], dict.fromkeys("abcdefg"), {"mine": ("rotating", {"folds": 4})})
    minutes = int(said.removeprefix("About ").split()[0])
    assert minutes == pytest.approx((750 - 102) / 60, rel=0.2)


@pytest.mark.parametrize(
    ("people", "kind", "folds"), [(30, "kfold", 5), (8, "kfold", 5), (7, "loso", 7), (3, "loso", 3), (2, "kfold", 5)]
)
def test_few_people_are_folds_of_their_own(people, kind, folds):
    _, entry = study.protocol(facts(people=people))
    assert (entry["kind"], entry["folds"]) == (kind, folds)


def test_the_expected_interval_is_that_of_so_many_people():
    # 30 people with 4 clips of correlation 0.2 are worth 120 / 1.6 = 75 clips: 1.96 sqrt(0.7 * 0.3 / 75) = 0.104.
    assert "will reach about 0.10 to each side" in study.expected(study.Dataset("mine", {}, facts()))


def test_where_nobody_names_people_it_is_said_what_the_folds_are_made_of():
    nobody = facts(people=0)
    assert "a model may know the people" in study.expected(study.Dataset("mine", {}, nobody))
    by_face = study.expected(study.Dataset("mine", {"subjects_by_face": True}, nobody))
    assert "clips of people who look alike have one role" in by_face
    assert "folds are made of clips" not in by_face


def suggested(gpus: int = 0, **more) -> dict:
    """The config that is suggested for such facts."""
    entry = {"adapter": "folders", "root": ".", "classes": list(CLASSES), "licence": "x", "consent": "x"}
    preset, demo = (
        yaml.safe_load((ROOT / path).read_text()) for path in ("config/studies/own_videos.yaml", "config/config.yaml")
    )
    of_pictures = {"two_stream": demo["architectures"]["two_stream"]}
    return yaml.safe_load(study.suggest([study.Dataset("mine", entry, facts(**more))], preset, of_pictures, gpus))


@pytest.mark.parametrize("more", [{}, {"clips": 30, "people": 6}, {"clips": 4000, "people": 100, "gpus": 2}])
def test_what_is_suggested_is_a_study(more, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = complete(suggested(**more), SCHEMA, "config.yaml")
    check(config, "config.yaml")


def test_more_clips_and_a_gpu_allow_more():
    few, some, many = suggested(clips=30), suggested(), suggested(gpus=1, clips=4000, people=100)
    assert {entry["family"] for entry in few["architectures"].values()} == {"frame_aggregation", "linear"}
    assert "fusions" not in few
    assert "lstm" in some["architectures"]
    assert "two_stream" not in some["architectures"]
    assert many["architectures"]["two_stream"]["needs"]["gpu"] == 1


def test_networks_over_time_see_long_clips_at_larger_steps():
    settings = suggested(frames=(200, 300, 600))["architectures"]["lstm"]["settings"]
    assert (settings["every"], settings["frames"]) == (10, 60)


# ---------------------------------------------------------------- a folder


@pytest.fixture
def videos(tmp_path) -> Path:
    """Two classes of three people."""
    for label in CLASSES:
        for who in range(3):
            film(tmp_path / f"videos/{label}/P0{who}_1.mp4", GREY)
    return tmp_path / "videos"


def test_a_folder_of_class_folders_becomes_a_study(videos, tmp_path, capsys):
    suggest_study.main(["--directory", str(tmp_path / "study"), "--videos", str(videos)])
    config = yaml.safe_load((tmp_path / "study/config/config.yaml").read_text())
    entry = config["datasets"]["mine"]
    assert (entry["adapter"], entry["classes"], config["grid"]) == ("folders", list(CLASSES), {"mine": ["each_person"]})
    found, refused = index("folders", videos, entry["classes"], {}, entry["options"])
    assert {(clip.clip, clip.subject, clip.label) for clip in found} >= {("happy/P00_1", "P00", "happy")}
    assert (len(found), refused) == (6, [])
    assert "6 clips of 3 people" in capsys.readouterr().out


def test_all_that_is_odd_about_a_folder_is_told(videos, tmp_path, capsys):
    (videos / "sad/P01_empty.mp4").write_bytes(b"")
    (videos / "rest.zip").write_bytes(b"x")
    (videos / "Liste.csv").write_text("Datei;Emotion\n")
    (videos / "sad/P00_1.mp4").rename(videos / "sad/p0_1.mp4")
    shutil.copy(videos / "sad/p0_1.mp4", videos / "happy/P02_copy.mp4")
    suggest_study.main(["--directory", str(tmp_path / "study"), "--videos", str(videos)])
    said = capsys.readouterr().out
    told = ("1 x empty file (sad/P01_empty.mp4)", "1 x an archive that was not unpacked (rest.zip)", "read (Liste.csv)")
    assert [text for text in told if text not in said] == []
    assert "7 clips show 1 video" in said
    assert "with different labels: take the wrong one away." in said
    assert "1 person may be spelled in several ways: `P00` = `p0`. Say" in said
    assert "by labels: {Freude: happy}" in (tmp_path / "study/config/config.yaml").read_text()


def test_a_study_that_there_is_keeps_its_config(videos, tmp_path):
    (tmp_path / "config").mkdir()
    mine = {"datasets": {"mine": {"adapter": "folders", "root": "videos", "classes": ["sad", "happy"]}}}
    (tmp_path / "config/config.yaml").write_text(yaml.safe_dump(mine))
    suggest_study.main(["--directory", str(tmp_path)])
    assert yaml.safe_load((tmp_path / "config/config.yaml").read_text()) == mine
    found = yaml.safe_load((tmp_path / "config/suggested.yaml").read_text())
    assert found["datasets"]["mine"]["classes"] == ["sad", "happy"]


def test_a_published_dataset_is_known_by_its_names(tmp_path):
    for number in range(1, 4):
        film(tmp_path / f"Actor_0{number}/01-01-03-01-01-01-0{number}.mp4", GREY)
    adapter, options, said = suggest_study.adapter_of(tmp_path)
    assert (adapter, options, said) == ("ravdess", {}, ("The names are those of ravdess.",))


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([], "no video and no folder of images"),
        (["a.mp4", "b.mp4"], "whose names are those of no published dataset"),
    ],
)
def test_a_folder_of_which_nothing_can_be_told_is_a_sentence(files, sentence, tmp_path):
    (tmp_path / "videos").mkdir()
    for name in files:
        film(tmp_path / "videos" / name, GREY)
    with pytest.raises(StudyError, match=sentence):
        suggest_study.main(["--directory", str(tmp_path), "--videos", str(tmp_path / "videos")])


# ---------------------------------------------------------------- the adapter


def test_a_clip_outside_of_every_class_and_a_name_without_a_person_are_rejected(videos):
    film(videos / "loose.mp4", GREY)
    film(videos / "sad/nobody.mp4", GREY)
    found, refused = index("folders", videos, None, {}, {"person": r"/(P\d+)_"})
    assert {(row.reason, Path(row.path).name) for row in refused} == {
        ("in no class folder", "loose.mp4"),
        ("no person in the name", "nobody.mp4"),
    }
    assert len(found) == 6


@pytest.mark.parametrize(("options", "sentence"), [({"person": "("}, "no regular expression"), ({"level": 0}, "level")])
def test_an_option_that_cannot_be_is_refused(options, sentence, videos):
    with pytest.raises(StudyError, match=sentence):
        index("folders", videos, None, {}, options)
