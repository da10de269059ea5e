"""Fold lists as others publish them: read by form, judged by names, imported into a study."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ferstudy.errors import StudyError
from ferstudy.protocols import list_check, public_lists
from ferstudy.protocols.imported import blocks
from ferstudy.protocols.kinds import complete
from ferstudy.protocols.public_lists import Listed
from ferstudy.tables.clips import Clip

ROOT = Path(__file__).parents[2]
ACTORS = ("1001", "1002", "1003")
PEOPLE_IN_BOTH = {"train": [(actor, "IEO") for actor in ACTORS], "test": [(actor, "TIE") for actor in ACTORS]}
CODES = {"ANG": "anger", "HAP": "happiness"}


def cremad(roles: dict[str, list[tuple[str, str]]]) -> dict[str, list[tuple[str, str]]]:
    """(name, label) of both classes of each actor's sentences, by role."""
    return {
        role: [(f"{actor}_{sentence}_{code}_XX", code) for actor, sentence in rows for code in CODES]
        for role, rows in roles.items()
    }


def emobox(folder: Path, lists: dict) -> Path:
    (folder / "fold_1").mkdir(parents=True)
    for role, rows in lists.items():
        objects = [{"key": f"cremad-{name}", "wav": f"AudioWAV/{name}.wav", "emo": label} for name, label in rows]
        path = folder / f"fold_1/cremad_{role}_fold_1.jsonl"
        path.write_text("\n".join(map(json.dumps, objects)))
        whole = {one["key"]: {"wav": one["wav"], "emo": one["emo"]} for one in objects}
        path.with_suffix(".json").write_text(json.dumps(whole, indent=4))
    return folder


def ogm_ge(folder: Path, lists: dict) -> Path:
    folder.mkdir(parents=True)
    for role, rows in lists.items():
        (folder / f"{role}.csv").write_text("".join(f"{name},{label}\n" for name, label in rows))
    return folder


def mae_dfer(folder: Path, lists: dict, number: int = 1) -> Path:
    (folder / f"split{number:02}").mkdir(parents=True)
    for role, rows in lists.items():
        lines = "".join(f"/data of one/CREMA-D/faces/{name} {'AH'.index(label[0])}\n" for name, label in rows)
        (folder / f"split{number:02}/{role}.csv").write_text(lines)
    return folder


def judged(path: Path) -> tuple[list_check.Judged, dict[str, str]]:
    found = list_check.judge(list_check.shortened(public_lists.read([path])[0]))
    return found, {finding.check: finding.status for finding in found.findings}


@pytest.mark.parametrize("publish", [emobox, ogm_ge, mae_dfer])
def test_people_in_two_roles_are_found_by_the_names_alone(publish, tmp_path):
    found, statuses = judged(publish(tmp_path / "lists", cremad(PEOPLE_IN_BOTH)))
    assert found.told_by == "names as in CREMA-D"
    assert statuses["subjects"] == "leak"
    assert statuses["once"] == statuses["selection"] == "pass"
    assert re.search(r"test +6 +3 +3 of 3", list_check.table(found))


@pytest.mark.parametrize("publish", [emobox, ogm_ge, mae_dfer])
def test_a_list_without_a_person_in_two_roles_passes(publish, tmp_path):
    apart = {"train": [("1001", "IEO"), ("1002", "IEO")], "test": [("1003", "IEO")]}
    found, statuses = judged(publish(tmp_path / "lists", cremad(apart)))
    assert set(statuses.values()) == {"pass"}
    assert re.search(r"test +2 +1 +0 of 1", list_check.table(found))


def test_json_of_roles_and_of_folds_of_roles(tmp_path):
    names = {role: [f"{actor}_{said}_ANG_XX.mp4" for actor, said in rows] for role, rows in PEOPLE_IN_BOTH.items()}
    (tmp_path / "split.json").write_text(json.dumps(names))
    found, status = judged(tmp_path / "split.json")
    assert status["subjects"] == "leak"
    assert set(found.lineup.folds) == {"0"}
    (tmp_path / "folds.json").write_text(json.dumps({f"fold_{number}": names for number in (1, 2)}, indent=1))
    rows, form = public_lists.read([tmp_path / "folds.json"])
    assert (form, {(row.fold, row.role) for row in rows}) == (
        "roles", {(fold, role) for fold in "12" for role in ("train", "test")},
    )  # fmt: skip
    (tmp_path / "bare.json").write_text(json.dumps({"0": names, "1": names}))
    assert {row.fold for row in public_lists.read([tmp_path / "bare.json"])[0]} == {"0", "1"}


def test_names_without_labels_and_paths_with_a_number_of_frames(tmp_path):
    for role, rows in PEOPLE_IN_BOTH.items():
        clips = [f"frames/{actor}_{said}_ANG_XX" for actor, said in rows]
        for folder, line in (("bare", "{}"), ("counted", "{} 72 3")):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / f"{role}.txt").write_text("\n".join(map(line.format, clips)))
    rows, form = public_lists.read([tmp_path / "bare"])
    assert (form, rows[0].clip, rows[0].label) == ("names", "frames/1001_TIE_ANG_XX", "")
    rows, form = public_lists.read([tmp_path / "counted"])
    assert (form, rows[0].clip, rows[0].label) == ("mae_dfer", "frames/1001_TIE_ANG_XX", "3")
    assert judged(tmp_path / "counted")[1]["subjects"] == judged(tmp_path / "bare")[1]["subjects"] == "leak"


def test_a_validation_list_that_is_the_test_list_is_a_leak(tmp_path):
    lists = cremad({"train": [("1001", "IEO")], "val": [("1003", "IEO")], "test": [("1003", "IEO")]})
    assert judged(mae_dfer(tmp_path / "lists", lists))[1]["selection"] == "leak"


def test_blocks_of_folds_test_their_own_clips(tmp_path):
    path = tmp_path / "CK+_10-fold.txt"
    path.write_text("1-fold 2 Angry 1 Happy 1\nS005/001 Angry\nS010/006 Happy\n2-fold 1\nS005/006 Happy\n")
    found, statuses = judged(path)
    assert found.told_by == "names as in CK+"
    assert found.lineup.folds["1"] == {"train": {"S005/006"}, "validation": set(), "test": {"S005/001", "S010/006"}}
    assert statuses["subjects"] == "leak"  # S005 is in both blocks
    assert statuses["classes"] == "warning"


def test_a_published_split_without_people_is_unknown(tmp_path):
    for part, name in (("train(single-labeled)", "1"), ("test(single-labeled)", "2")):
        (tmp_path / part).mkdir()
        (tmp_path / part / "set_1.csv").write_text(f"video_name,label\n{name},1\n{name}0,2\n")
    found, statuses = judged(tmp_path)
    assert (statuses["subjects"], found.names) == ("unknown", {"1": "1"})


def test_a_table_says_its_people_in_the_column_that_is_named(tmp_path):
    path = tmp_path / "split.csv"
    path.write_text("video;Set;emotion;who\na.mp4;training;joy;Ann\nb.mp4;dev;joy;Ben\nc.mp4;testing;joy;Ann\n")
    rows, form = public_lists.read([path], subjects="Who")
    assert (form, rows[0]) == ("table", Listed("", "train", "a", "joy", "Ann"))
    assert [row.role for row in rows] == ["train", "validation", "test"]
    assert {finding.check: finding.status for finding in list_check.judge(rows).findings}["subjects"] == "leak"
    with pytest.raises(StudyError, match="no column 'age'; it has video, set, emotion, who"):
        public_lists.read([path], subjects="age")


def test_a_pattern_finds_people_in_names():
    rows = [Listed("", "train", "clips/ann_1", "joy"), Listed("", "test", "clips/ann_2", "joy")]
    assert list_check.people(rows, r"/([a-z]+)_")[0] == {"clips/ann_1": "ann", "clips/ann_2": "ann"}
    with pytest.raises(StudyError, match="fits none of the names, such as 'clips/ann_1'"):
        list_check.judge(rows, "bob")
    with pytest.raises(StudyError, match="no regular expression"):
        list_check.judge(rows, "(")


def test_clips_that_stand_twice_or_have_two_labels_are_named():
    rows = [Listed("", "train", "a", "joy", "Ann")] * 2
    rows += [Listed("", "test", "b", label, "Ben") for label in ("joy", "fear")]
    found = {finding.check: finding for finding in list_check.judge(rows).findings}
    assert (found["once"].status, found["once"].clips) == ("warning", ["a", "b"])
    assert (found["labels"].status, found["labels"].clips) == ("warning", ["b"])


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "expected a fold list, or a folder of lists"),
        ({"train.csv": ""}, "is empty"),
        ({"notes.txt": "hello"}, "no file below it is named as the list of a part"),
        ({"train.csv": "a,joy\n", "test.jsonl": '{"key": "b"}\n'}, "lists of several forms"),
        ({"train.csv": "word\nanother one\n"}, "line 1: found 'word', expected a path and a label"),
        ({"train.jsonl": '{"key": \n'}, "not JSON"),
        ({"train.jsonl": '{"emo": "x"}\n'}, "neither wav nor key"),
        ({"fold_1.csv": "clip,role\na,practice\n"}, "the role is 'practice'"),
        ({"fold_1.csv": "clip,label\na,joy\n"}, "neither roles"),
        ({"train.json": '{"a": 3}'}, "expected objects with key, wav and emo"),
        ({"train.json": '[["a"]]'}, "expected objects with key, wav and emo"),
        ({"train.json": "[3]"}, "expected objects with key, wav and emo"),
    ],
)
def test_what_is_no_fold_list_is_a_sentence(files, sentence, tmp_path):
    folder = tmp_path / "lists"
    for name, text in files.items():
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    with pytest.raises(StudyError, match=re.escape(sentence)):
        judged(folder)


def test_the_command_prints_the_table_and_says_by_its_status_that_it_leaks(tmp_path):
    path = emobox(tmp_path / "lists", cremad(PEOPLE_IN_BOTH))
    command = [sys.executable, ROOT / "scripts/check_folds.py", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "12 clips, 3 people (told by names as in CREMA-D), form emobox" in done.stdout
    assert "3 of 3" in done.stdout


def clips_of(folder: str) -> list[Clip]:
    """The clips of three actors as a study has them."""
    return [
        Clip(f"{name}@1", f"{folder}/{name}.flv", name[:4], CODES[code])
        for name, code in cremad({"train": [(actor, "IEO") for actor in ACTORS]})["train"]
    ]


def test_a_published_list_deals_the_folds_of_a_study(tmp_path):
    lists = cremad({"train": [("1001", "IEO"), ("1002", "IEO")], "test": [("1003", "IEO")]})
    mae_dfer(tmp_path / "lists", lists)
    files = sorted(map(str, (tmp_path / "lists/split01").iterdir()))
    settings = complete({"kind": "imported", "file": files, "format": "mae_dfer", "folds": 1})
    dealt = blocks(clips_of("/videos/faces"), settings)
    assert len(dealt) == 6
    assert len({dealt[f"{actor}_IEO_{code}_XX@1"] for actor in ACTORS[:2] for code in CODES}) == 1
    assert dealt["1003_IEO_ANG_XX@1"] == dealt["1003_IEO_HAP_XX@1"] != dealt["1001_IEO_ANG_XX@1"]


def test_a_list_of_other_clips_is_refused(tmp_path):
    path = ogm_ge(tmp_path / "lists", {"train": [("a", "x")], "test": [("b", "x")]})
    files = [str(path / "train.csv"), str(path / "test.csv")]
    settings = complete({"kind": "imported", "file": files, "format": "ogm_ge", "folds": 1})
    with pytest.raises(StudyError, match="none of its 2 clips is in the data: it says a, b"):
        blocks(clips_of("/videos"), settings)


def test_a_name_is_matched_by_its_end_and_an_ambiguous_one_is_refused():
    names = {"/x/S005/001": "S005_001", "/x/S010/001": "S010_001", "/x/Clip/00012": "12"}
    assert public_lists.meant(["S005/001", "12", "unknown"], names) == {"S005/001": "S005_001", "12": "12"}
    with pytest.raises(StudyError, match="may be 'S005_001' or 'S010_001'"):
        public_lists.meant(["elsewhere/001"], names)
