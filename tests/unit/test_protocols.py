"""The kinds of protocols beyond dealt folds: lists, official splits, random draws, one dataset out, as published."""

import logging
import subprocess
import sys
from collections import Counter
from pathlib import Path

import jobs_of
import numpy as np
import pytest
from completed import protocol_of
from sklearn.model_selection import StratifiedShuffleSplit

import make_folds
from ferstudy.errors import StudyError
from ferstudy.protocols import duplicates, kinds, saved_deal
from ferstudy.protocols.audit import check
from ferstudy.protocols.roles import assign_blocks, assignments, complete, kept_settings
from ferstudy.tables import clips as clips_table
from ferstudy.tables import folds as folds_table
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import read as read_lineup
from ferstudy.tables.write import write_rows

CLASSES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
THESIS = {
    "kind": "blocks",
    "test": ["F001-F010", "M001-M010"],
    "blocks": [
        ["F011-F015", "F017-F027"], ["F028-F043"], ["F044-F058", "M011"], ["M012-M027"], ["M028-M043"],
    ],
}  # fmt: skip


def clips_of(subjects: list[str], takes: int = 1, classes: tuple[str, ...] = CLASSES) -> list[Clip]:
    return [
        Clip(f"{name}_{label}_{take}", f"{name}_{label}_{take}.avi", name, label, digest=f"{name}{label}{take}")
        for name in subjects
        for label in classes
        for take in range(takes)
    ]


def people(number: int) -> list[str]:
    return [f"s{i:02}" for i in range(number)]


def savee() -> list[Clip]:
    """Four speakers, 15 clips of each emotion, 30 neutral ones: 480 clips."""
    clips = clips_of(["DC", "JE", "JK", "KL"], 15)
    return clips + clips_of(["DC", "JE", "JK", "KL"], 30, ("neutral",))


def union() -> list[Clip]:
    """Three datasets of 10, 4 and 7 people, not in the order of their names."""
    return [
        clip._replace(clip=f"{leaf}/{clip.clip}", subject=f"{leaf}/{clip.subject}", digest=f"{leaf}{clip.digest}")
        for leaf, number in (("zoo", 10), ("ant", 4), ("bee", 7))
        for clip in clips_of(people(number))
    ]


def official(*values: str, number: int = 12) -> list[Clip]:
    """Clips whose subjects take turns in the values of the dataset's own split."""
    return [c._replace(official=values[int(c.subject[1:]) % len(values)]) for c in clips_of(people(number))]


def table(clips: list[Clip], protocol: dict, before: dict | None = None) -> dict[str, dict[str, set[str]]]:
    """Clips by fold and role."""
    settings = complete(protocol_of(protocol))
    found: dict = {}
    for row in assignments(clips, settings, assign_blocks(clips, settings, before or {})):
        found.setdefault(row.fold, {role: set() for role in folds_table.ROLES})[row.role].add(row.clip)
    return found


def audit_of(folder: Path, clips: list[Clip], protocol: dict) -> dict[str, str]:
    """The status of each check of the audit."""
    settings = complete(protocol_of(protocol))
    rows = assignments(clips, settings, assign_blocks(clips, settings, {}))
    write_rows(folder / "folds.csv", folds_table.COLUMNS, rows)
    line = read_lineup(folder / "folds.csv", clips)
    return {found.check: found.status for found in check(line, {}, duplicates.measured(line, []))}


def script(folder: Path, clips: list[Clip], protocol: dict) -> dict[str, dict[str, list[str]]]:
    """The fold table that the script makes; `folder` keeps its state."""
    write_rows(folder / "clips.csv", clips_table.COLUMNS, clips)
    make_folds.main(jobs_of.make_folds(folder, protocol, sorted({clip.label for clip in clips})))
    return folds_table.read(folder / "folds.csv", clips, protocol.get("accept_leak", ()))


def subjects_of(names: set[str], clips: list[Clip]) -> set[str]:
    return {clip.subject for clip in clips if clip.clip in names}


# ---- the thesis's blocks (figure 3.6 of the thesis)
def bu4dfe() -> list[Clip]:
    women = [f"F{i:03}" for i in range(1, 59) if i != 16]
    return clips_of(women + [f"M{i:03}" for i in range(1, 44)])


def test_blocks_are_those_of_the_thesis():
    clips = bu4dfe()
    found = table(clips, THESIS)
    assert list(found) == ["0", "1", "2", "3", "4", "final"]
    assert [len(found[str(k)]["validation"]) for k in range(5)] == [96] * 5
    assert (len(found["final"]["train"]), len(found["final"]["test"])) == (480, 120)
    tested = [f"{sex}{i:03}" for sex in "FM" for i in range(1, 11)]
    assert subjects_of(found["final"]["test"], clips) == set(tested)
    third = subjects_of(found["2"]["validation"], clips)
    assert third == {"M011", *(f"F{i:03}" for i in range(44, 59))}
    assert not found["2"]["train"] & found["final"]["test"]


def test_a_subject_in_no_block_is_named_and_a_listed_one_that_is_missing_is_told(caplog):
    with pytest.raises(StudyError, match=r"1 subject is in no block: F016\. Name them in `blocks`"):
        table([*bu4dfe(), *clips_of(["F016"])], THESIS)
    with caplog.at_level(logging.WARNING):
        table(bu4dfe(), {**THESIS, "blocks": [["F011-F027"], *THESIS["blocks"][1:]]})
    assert "block 0: 1 subjects are not in the data: F016" in caplog.text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"test": ["F001-F011"]}, "F011 is in block 0 and in test; a subject belongs to one"),
        ({"test": ["F010-F001"]}, "the lower number first"),
        ({"test": ["X001-X004"]}, r"block test: none of its subjects \(X001-X004\) is in the data"),
        ({"blocks": [["F011"]]}, "folds: found 1, expected 2 or more"),
        ({"blocks": [["F011"], []]}, "expected a list of names for each fold"),
        ({"test": 20}, "expected names of subjects in a list"),
        ({"folds": 5}, "folds: no key of a protocol of kind blocks"),
    ],
)
def test_blocks_that_are_refused(change, sentence):
    with pytest.raises(StudyError, match=sentence):
        table(bu4dfe(), {**THESIS, **change})


def test_a_name_with_a_dash_is_a_name():
    clips = clips_of(["anna-1", "a-1-a-3", "b1", "b2"])
    found = table(clips, {"kind": "blocks", "blocks": [["anna-1"], ["a-1-a-3"], ["b1-2"]]})
    assert subjects_of(found["1"]["test"], clips) == {"a-1-a-3"}
    assert subjects_of(found["2"]["test"], clips) == {"b1", "b2"}


# ---- the dataset's own split
def test_official_split_in_three_parts():
    clips = official("Train", "train", "Val", "test")
    found = table(clips, {"kind": "official"})
    role = {clip.clip: clip.official.lower() for clip in clips}
    assert list(found) == ["0", "final"]
    assert found["0"]["train"] == {name for name in role if role[name] == "train"}
    assert found["0"]["validation"] == {name for name in role if role[name] == "val"}
    assert not found["0"]["test"]
    assert found["final"]["test"] == {name for name in role if role[name] == "test"}
    assert found["final"]["train"] == found["0"]["train"] | found["0"]["validation"]


@pytest.mark.parametrize("second", ["validation", "test"])
def test_official_split_in_two_parts_deals_the_training_part(second):
    clips = official("train", "train", "train", second)
    found = table(clips, {"kind": "official", "folds": 3})
    assert list(found) == ["0", "1", "2", "final"]
    assert found["final"]["test"] == {clip.clip for clip in clips if clip.official == second}
    for fold in "012":
        assert len(subjects_of(found[fold]["validation"], clips)) == 3  # 9 subjects, each with one of each class
        assert not subjects_of(found[fold]["validation"], clips) & subjects_of(found[fold]["train"], clips)
        assert not found[fold]["test"]
        assert found[fold]["train"] | found[fold]["validation"] == found["final"]["train"]


def test_official_folds_stay_when_a_clip_is_added(tmp_path):
    clips = official("train", "train", "train", "test")
    first = script(tmp_path, clips, {"kind": "official", "folds": 3})
    more = [*clips, clips[0]._replace(clip="more", path="more.avi"), *clips_of(["new"])]
    more = [clip._replace(official=clip.official or "train") for clip in more]
    again = script(tmp_path, more, {"kind": "official", "folds": 3})
    for fold, roles in first.items():
        for role, names in roles.items():
            assert set(names) <= set(again[fold][role])
    home = next(fold for fold in "012" if clips[0].clip in again[fold]["validation"])
    assert "more" in again[home]["validation"]


def test_official_numbers_rotate():
    clips = official("1", "2", "3", "10", number=8)
    found = table(clips, {"kind": "official", "split": "numbers", "folds": 4})
    assert list(found) == ["0", "1", "2", "3"]
    assert {clip.official for clip in clips if clip.clip in found["3"]["test"]} == {"10"}
    assert {clip.official for clip in clips if clip.clip in found["3"]["validation"]} == {"1"}
    assert {clip.official for clip in clips if clip.clip in found["3"]["train"]} == {"2", "3"}


@pytest.mark.parametrize(
    ("clips", "protocol", "sentence"),
    [
        (official("train", "validation", "test"), {"folds": 3}, "expected 1: the official split has a validation part"),
        (official("train", "test"), {"folds": 1}, "expected 2 or more: the official split has only test, train"),
        (official("train"), {}, "has only train; a study needs"),
        (official("1", "2", "3"), {"folds": 3}, "holds 1, 2, 3, expected train, validation and test.*split: numbers"),
        (official("train", "test"), {"folds": 3, "split": "numbers"}, "holds test, train, expected.*split: roles"),
        (official("1", "2", "3", "4"), {"folds": 5, "split": "numbers"}, "holds 4 numbers.*the config says 5"),
        (official("train", "", "test"), {"folds": 2}, r"24 of 72 clips have no value in the column .*s01_anger_0"),
        (official(""), {"missing": "leave_out"}, "not one of the 72 clips has a value"),
        (official("train", "test", number=4), {"folds": 3}, "the data has 2 subjects, the config asks for 3 folds"),
    ],
)
def test_official_splits_that_are_refused(clips, protocol, sentence):
    with pytest.raises(StudyError, match=sentence):
        table(clips, {"kind": "official", **protocol})


def test_clips_without_an_official_role_can_be_left_out(caplog):
    with caplog.at_level(logging.WARNING):
        found = table(official("train", "", "test", "train"), {"kind": "official", "folds": 2, "missing": "leave_out"})
    named = {name for roles in found.values() for names in roles.values() for name in names}
    assert len(named) == 54
    assert "18 of 72 clips have no value in the column `official` and are left out" in caplog.text


# ---- imported lists
def write_list(folder: Path, text: str) -> str:
    (folder / "list.csv").write_text(text, encoding="utf-8")
    return str(folder / "list.csv")


def test_imported_folds_of_subjects_with_a_test_block(tmp_path):
    clips = clips_of(people(7))
    text = "Subject;Fold\n" + "".join(f"s{i:02};{'test' if i == 6 else i % 3 + 1}\n" for i in range(7)) + "s99;1\n\n"
    settings = {"kind": "imported", "file": write_list(tmp_path, text), "folds": 3, "held_out": True}
    found = table(clips, settings)
    assert list(found) == ["0", "1", "2", "final"]
    assert subjects_of(found["1"]["validation"], clips) == {"s01", "s04"}
    assert subjects_of(found["final"]["test"], clips) == {"s06"}
    assert not found["1"]["test"]


def test_imported_folds_of_clips_rotate_in_the_order_of_their_numbers(tmp_path):
    clips = clips_of(people(10))
    text = "clip,fold,note\n" + "".join(f"{clip.clip},{int(clip.subject[1:]) + 1},x\n" for clip in clips)
    found = table(clips, {"kind": "imported", "file": write_list(tmp_path, text), "folds": 10})
    assert subjects_of(found["9"]["test"], clips) == {"s09"}
    assert subjects_of(found["9"]["validation"], clips) == {"s00"}


@pytest.mark.parametrize("protocol", [{"kind": "kfold", "folds": 3, "test": 3}, {"kind": "kfold", "folds": 4}])
def test_our_own_fold_table_comes_back_the_same(tmp_path, protocol):
    clips = clips_of(people(12))
    settings = complete(protocol_of(protocol))
    rows = assignments(clips, settings, assign_blocks(clips, settings, {}))
    write_rows(tmp_path / "own.csv", folds_table.COLUMNS, rows)
    more = {"file": str(tmp_path / "own.csv"), "folds": protocol["folds"], "held_out": "test" in protocol}
    imported = complete(protocol_of({"kind": "imported", **more}))
    assert assignments(clips, imported, assign_blocks(clips, imported, {})) == rows


@pytest.mark.parametrize(
    ("text", "change", "sentence"),
    [
        ("clip,block\na,1\n", {}, "the header is 'clip,block', expected fold,clip,role or clip,fold or subject,fold"),
        ("subject,fold\n", {}, "lists nothing"),
        ("subject,fold\ns00,\n", {}, "row 2: no fold"),
        (
            "subject,fold\nS000,0\nS001,1\nS002,2\n",
            {},
            "none of its 3 subjects is in the data: it says S000, S001, S002",
        ),
        ("subject,fold\ns00,0\ns01,1\ns02,2\n", {}, "6 of 24 clips have no fold in .*: s03_anger_0, s03_disgust_0"),
        ("subject,fold\ns00,0\ns01,1\ns02,2\ns03,3\n", {}, r"has 4 folds \(0, 1, 2, 3\), the config says 3"),
        ("subject,fold\ns00,0\ns01,1\ns00,1\n", {"folds": 2}, "'s00' is in fold 0 and in fold 1"),
        ("subject,fold\ns00,0\ns01,1\ns02,0\ns03,1\n", {"folds": 2}, "has 2 folds, expected 3 or more"),
        ("subject,fold\ns00,0\ns01,1\ns02,2\ns03,test\n", {}, "has a block `test`, the config says held_out: false"),
        ("subject,fold\ns00,0\ns01,1\ns02,2\ns03,2\n", {"held_out": True}, "has no block `test`.*say false"),
        ("fold,clip,role\n0,s00_anger_0,exam\n", {"folds": 1}, "has the role 'exam', expected one of train"),
        ("fold,clip,role\n0,s00_anger_0,train\n0,s00_anger_0,test\n", {"folds": 1}, "listed twice in fold 0"),
        ("fold,clip,role\n0,s00_anger_0,train\n", {"folds": 1}, "fold 0 has only train clips, expected train and"),
    ],
)
def test_imported_lists_that_are_refused(tmp_path, text, change, sentence):
    protocol = {"kind": "imported", "file": write_list(tmp_path, text), "folds": 3, **change}
    with pytest.raises(StudyError, match=sentence):
        table(clips_of(people(4)), protocol)


def test_imported_list_that_is_no_text(tmp_path):
    with pytest.raises(StudyError, match=r"there is no 'gone\.csv'; relative paths"):
        table(clips_of(people(4)), {"kind": "imported", "file": "gone.csv", "folds": 3})
    (tmp_path / "list.csv").write_bytes("subject,fold\nJosé,1\n".encode("latin-1"))
    with pytest.raises(StudyError, match="not a text in UTF-8"):
        table(clips_of(people(4)), {"kind": "imported", "file": str(tmp_path / "list.csv"), "folds": 3})


# ---- repeated hold-out
def test_repeated_hold_out_of_people():
    clips = clips_of(people(20), 2)
    found = table(clips, {"kind": "holdout", "folds": 6, "test": 0.3, "validation": 0.286})
    assert list(found) == list("012345")
    for roles in found.values():
        parts = {role: subjects_of(names, clips) for role, names in roles.items()}
        assert {role: len(names) for role, names in parts.items()} == {"test": 6, "validation": 4, "train": 10}
        assert len(set.union(*parts.values())) == 20
    assert len({frozenset(roles["test"]) for roles in found.values()}) == 6
    other = table(clips, {"kind": "holdout", "folds": 6, "test": 0.3, "validation": 0.286, "seed": 2})
    assert other != found
    assert table(clips[::-1], {"kind": "holdout", "folds": 6, "test": 0.3, "validation": 0.286}) == found


def test_every_person_is_tested_about_as_often():
    """Chance decides who is tested: 400 draws of 5 out of 20 test everybody in about a quarter of them."""
    clips = clips_of(people(20), classes=("fear",))
    found = table(clips, {"kind": "holdout", "folds": 400, "test": 0.25})
    times = Counter(name for roles in found.values() for name in roles["test"])
    assert len(times) == 20
    assert max(abs(count - 100) for count in times.values()) < 4 * np.sqrt(400 * 0.25 * 0.75)


def test_groups_are_drawn_whole_and_a_rare_class_is_trained():
    clips = [clip._replace(group=f"g{int(clip.subject[1:]) // 2}") for clip in clips_of(people(12))]
    clips = [clip for clip in clips if clip.label != "fear" or clip.group in ("g0", "g1", "g2")]
    found = table(clips, {"kind": "holdout", "folds": 20, "test": 0.4, "validation": 0.3})
    group = {clip.clip: clip.group for clip in clips}
    label = {clip.clip: clip.label for clip in clips}
    for roles in found.values():
        parts = [{group[name] for name in names} for names in roles.values()]
        assert sum(map(len, parts)) == 6
        assert all("fear" in {label[name] for name in names} for names in roles.values())


def test_drawing_clips_is_stratified_as_in_scikit_learn():
    clips = savee()
    found = table(clips, {"kind": "holdout", "folds": 5, "test": 0.2, "by": "clip"})
    label = {clip.clip: clip.label for clip in clips}
    oracle = StratifiedShuffleSplit(1, test_size=0.2, random_state=0)
    _, theirs = next(oracle.split(clips, [clip.label for clip in clips]))
    for roles in found.values():
        assert Counter(label[name] for name in roles["test"]) == Counter(clips[i].label for i in theirs)
        assert (len(roles["train"]), len(roles["validation"]), len(roles["test"])) == (384, 0, 96)
    assert len({frozenset(roles["test"]) for roles in found.values()}) == 5


def test_a_class_of_one_clip_is_trained():
    clips = [*clips_of(people(4), 5, ("fear", "joy")), Clip("only", "", "s00", "rage")]
    found = table(clips, {"kind": "holdout", "folds": 3, "test": 0.4, "validation": 0.4, "by": "clip"})
    assert all("only" in roles["train"] for roles in found.values())


@pytest.mark.parametrize("by", ["subject", "clip"])
def test_repeats_are_kept_when_data_are_added(tmp_path, by):
    protocol = {
        "kind": "holdout",
        "folds": 4,
        "test": 0.25,
        "validation": 0.2,
        "by": by,
        "accept_leak": {"subjects": "x"},
    }
    clips = clips_of(people(8), 3)
    first = script(tmp_path, clips, protocol)
    again = script(tmp_path, [*clips, *clips_of(["new1", "new2", "new3", "new4"], 3)], protocol)
    for fold, roles in first.items():
        for role, names in roles.items():
            assert set(names) <= set(again[fold][role])
        assert len(again[fold]["test"]) == pytest.approx(12 * 6 * 3 / 4, abs=1)


@pytest.mark.parametrize(
    ("clips", "change", "sentence"),
    [
        (clips_of(people(2)), {"test": 0.5, "validation": 0.5}, "the data has 2 subjects; with 1 that test and 1 that"),
        (clips_of(people(9)), {"test": 0.89, "validation": 0.9, "by": "clip"}, "nothing is left for validation"),
        ([c._replace(group="g") for c in clips_of(people(9))], {"test": 0.2}, "9 subjects .1 after groups that share"),
    ],
)
def test_draws_that_leave_nobody_are_refused(clips, change, sentence):
    with pytest.raises(StudyError, match=sentence):
        table(clips, {"kind": "holdout", "folds": 2, **change})


# ---- one dataset out
def test_every_dataset_is_tested_once_in_the_order_of_the_union():
    clips = union()
    found = table(clips, {"kind": "lodo", "folds": 3})
    assert [{name.split("/")[0] for name in found[fold]["test"]} for fold in "012"] == [{"zoo"}, {"ant"}, {"bee"}]
    validating = [subjects_of(found[fold]["validation"], clips) for fold in "012"]
    for fold, judged in zip("012", validating, strict=True):
        trained = subjects_of(found[fold]["train"], clips)
        assert not judged & trained
        assert len(judged | trained) == 21 - len(subjects_of(found[fold]["test"], clips))
    assert sum(map(len, validating)) == len(set.union(*validating))  # nobody validates twice
    for judged, others in zip(validating, (11, 17, 14), strict=True):
        assert abs(len(judged) - others / 5) < 2  # each of two datasets gives its fifth, in whole people
    assert all(len({name.split("/")[0] for name in judged}) == 2 for judged in validating[1:])


def test_people_of_the_tested_dataset_are_left_out_elsewhere(caplog):
    clips = [c._replace(subject="s01") if c.subject in ("zoo/s01", "bee/s01") else c for c in union()]
    clips = [c._replace(group="twins") if c.subject in ("ant/s00", "zoo/s02") else c for c in clips]
    with caplog.at_level(logging.INFO):
        found = table(clips, {"kind": "lodo", "folds": 3})
    assert "fold 0: 12 clips of people of zoo are left out" in caplog.text
    used = subjects_of(found["0"]["train"] | found["0"]["validation"], clips)
    assert not used & {"s01", "ant/s00"}
    assert "s01" in subjects_of(found["2"]["test"], clips)


def test_one_dataset_out_without_validation():
    found = table(union(), {"kind": "lodo", "folds": 3, "validation": 0})
    assert not any(roles["validation"] for roles in found.values())


@pytest.mark.parametrize(
    ("clips", "folds", "sentence"),
    [
        (union(), 2, r"the data has 3 datasets \(ant, bee, zoo\), the config says 2"),
        (clips_of(people(4)), 3, "needs a union of datasets"),
        ([c._replace(subject="one") for c in union()], 3, "fold 0 tests zoo, and nobody is left to train"),
    ],
)
def test_one_dataset_out_that_is_refused(clips, folds, sentence):
    with pytest.raises(StudyError, match=sentence):
        table(clips, {"kind": "lodo", "folds": folds, "validation": 0})


# ---- the custom of CK+
def test_people_in_the_order_of_their_ids():
    clips = clips_of([f"S{i:03}" for i in (*range(5, 138, 7), 999)])
    found = table(clips[::-1], {"kind": "kfold", "folds": 10, "deal": "id_order"})
    ascending = sorted({clip.subject for clip in clips})
    assert [subjects_of(found[str(k)]["test"], clips) for k in range(10)] == [set(ascending[k::10]) for k in range(10)]
    numbers = clips_of([f"s{i}" for i in range(1, 13)])
    assert subjects_of(table(numbers, {"kind": "kfold", "folds": 4, "deal": "id_order"})["1"]["test"], numbers) == {
        "s2", "s6", "s10",
    }  # fmt: skip
    with pytest.raises(StudyError, match="the data has 12 subjects, the config asks for 13 folds"):
        table(numbers, {"kind": "kfold", "folds": 13, "deal": "id_order"})


def test_newcomers_fill_the_smallest_fold_in_the_order_of_ids():
    clips = clips_of([f"S{i:03}" for i in range(1, 12)])
    settings = complete(protocol_of({"kind": "kfold", "folds": 3, "deal": "id_order"}))
    before = assign_blocks(clips, settings, {})
    assert assign_blocks([*clips, *clips_of(["S000"])], settings, before) == {**before, "S000": "2"}


# ---- as published
def test_as_published_validates_on_what_it_tests(tmp_path):
    clips = clips_of(people(10))
    protocol = {"kind": "as_published", "folds": 5, "accept_leak": {"selection": "as in the study"}}
    found = table(clips, protocol)
    for roles in found.values():
        assert roles["validation"] == roles["test"]
        assert not roles["train"] & roles["test"]
        assert roles["train"] | roles["test"] == {clip.clip for clip in clips}
    assert Counter(n for roles in found.values() for n in roles["test"]) == Counter(clip.clip for clip in clips)
    assert {name: set(names) for name, names in script(tmp_path, clips, protocol)["0"].items()} == found["0"]
    with pytest.raises(StudyError, match="listed twice in fold 0"):
        folds_table.read(tmp_path / "folds.csv", clips)


def test_as_published_draws_clips():
    clips = savee()
    by_clip = table(clips, {"kind": "as_published", "folds": 5, "by": "clip"})
    label = {clip.clip: clip.label for clip in clips}
    for roles in by_clip.values():
        assert roles["validation"] == roles["test"]
        assert Counter(label[name] for name in roles["test"]) == {**dict.fromkeys(CLASSES, 12), "neutral": 24}
    repeats = table(clips, {"kind": "as_published", "folds": 5, "by": "clip", "test": 0.2})
    assert all(len(roles["test"]) == 96 and roles["test"] == roles["validation"] for roles in repeats.values())
    with pytest.raises(StudyError, match="the data has 4 clips, too few for 5 folds"):
        table(clips[:4], {"kind": "as_published", "folds": 5, "by": "clip", "test": 0.0})
    once = table(clips_of(people(10)), {"kind": "as_published", "folds": 1, "test": 0.2})
    assert len(subjects_of(once["0"]["test"], clips_of(people(10)))) == 2


def test_an_accepted_leak_does_not_let_a_clip_train_and_be_tested(tmp_path):
    clips = clips_of(people(3))
    name = clips[0].clip
    for role, sentence in (("test", "listed twice"), ("train", "listed twice")):
        write_rows(tmp_path / "folds.csv", folds_table.COLUMNS, [("0", name, "train"), ("0", name, role)])
        with pytest.raises(StudyError, match=sentence):
            folds_table.read(tmp_path / "folds.csv", clips, folds_table.ACCEPTED)


# ---- what the audit says, and what the study knows beforehand
CLEAN = [
    (bu4dfe(), THESIS),
    (official("train", "validation", "test"), {"kind": "official"}),
    (official("train", "train", "test"), {"kind": "official", "folds": 3}),
    (official("1", "2", "3"), {"kind": "official", "split": "numbers", "folds": 3}),
    (clips_of(people(12)), {"kind": "holdout", "folds": 4, "test": 0.2, "validation": 0.2}),
    (union(), {"kind": "lodo", "folds": 3}),
    (clips_of(people(12)), {"kind": "kfold", "folds": 3, "deal": "id_order"}),
    (clips_of(people(12)), {"kind": "kfold", "folds": 3, "test": 3}),
    (clips_of(people(12)), {"kind": "loso", "folds": 12}),
    (clips_of(people(12)), {"kind": "loso", "folds": 12, "validation": "none"}),
]
LEAKING = [
    (savee(), {"kind": "holdout", "folds": 5, "test": 0.2, "by": "clip"}, "subjects"),
    (savee(), {"kind": "as_published", "folds": 5, "by": "clip"}, "subjects"),
    (clips_of(people(12)), {"kind": "as_published", "folds": 5}, "selection"),
]


@pytest.mark.parametrize(("clips", "protocol"), CLEAN)
def test_clean_kinds_do_not_leak(tmp_path, clips, protocol):
    found = audit_of(tmp_path, clips, protocol)
    assert "leak" not in found.values(), found
    folds_table.read(tmp_path / "folds.csv", clips)
    assert not kinds.must_accept(protocol)


@pytest.mark.parametrize(("clips", "protocol", "leak"), LEAKING)
def test_leaking_kinds_are_called_so(tmp_path, clips, protocol, leak):
    found = audit_of(tmp_path, clips, protocol)
    assert found[leak] == "leak"
    assert kinds.must_accept(protocol).keys() == {check for check, status in found.items() if status == "leak"}


@pytest.mark.parametrize(("clips", "protocol"), CLEAN + [pair[:2] for pair in LEAKING])
def test_the_study_knows_the_folds_beforehand(clips, protocol):
    found = table(clips, protocol)
    expected = [*map(str, range(kinds.folds(protocol))), *(["final"] if kinds.has_final(protocol) else [])]
    assert list(found) == expected
    tested = [name for roles in found.values() for name in roles["test"]]
    assert (kinds.scored(protocol) == "repeats") or len(tested) == len(set(tested))


def test_kinds_need_the_standard_library_only():
    code = "import sys; from ferstudy.protocols import kinds; print({'numpy', 'pulp', 'yaml'} & set(sys.modules))"
    folder = Path(kinds.__file__).parents[2]
    assert subprocess.check_output([sys.executable, "-c", code], cwd=folder, text=True).strip() == "set()"


@pytest.mark.parametrize(
    ("protocol", "sentence"),
    [
        ({"kind": "holdout", "folds": 3, "test": 5}, "test: found 5, expected a share from 0 to below 1"),
        ({"kind": "holdout", "folds": 3, "test": 0}, "the share of the data that each fold tests"),
        ({"kind": "holdout", "test": 0.2}, "folds: found None, expected 1 or more"),
        ({"kind": "holdout", "folds": 2, "by": "frame"}, "by: found 'frame', expected one of subject, file, clip"),
        ({"kind": "kfold", "folds": 4, "test": 0.2}, "expected a number of subjects"),
        ({"kind": "kfold", "folds": 4, "test": 4, "deal": "id_order"}, "holds nobody out"),
        ({"kind": "imported", "folds": 3}, "file: missing; a protocol of kind imported needs it"),
        ({"kind": "official", "folds": 2, "split": "numbers"}, "folds: found 2, expected 3 or more"),
        ({"kind": "loso", "folds": True}, "folds: found True"),
        ({"kind": "loso", "folds": 5, "validation": 0.2}, "validation: found 0.2, expected none"),
        ({"kind": "holdout", "folds": 5, "validation": "none"}, "validation: found 'none', expected a share"),
        ({"kind": "lodo", "folds": 1}, "folds: found 1, expected 2 or more"),
    ],
)
def test_settings_that_are_refused(protocol, sentence):
    with pytest.raises(StudyError, match=sentence):
        complete(protocol_of(protocol))


def test_what_the_config_fills_in_for_every_kind_counts_only_where_it_is_used():
    filled = {"balance": ["label", "sex"], "seed": 1, "refold": 0, "accept_leak": {"selection": "as published"}}
    assert kinds.deciding({**THESIS, **filled}) == THESIS
    kfold = {"kind": "kfold", "folds": 3, "test": 3, "balance": ["label"], "seed": 2, "refold": 1}
    assert kinds.deciding(kfold) == kfold
    assert kinds.deciding({"kind": "loso", "folds": 4, **filled}) == {"kind": "loso", "folds": 4, "refold": 0}
    with pytest.raises(StudyError, match="by: no key"):
        complete(kinds.deciding({**THESIS, **filled, "by": "clip"}))


def test_tables_dealt_before_there_was_a_choice_are_kept(tmp_path):
    """Another key in the kept settings would deal everyone anew."""
    old = {"kind": "kfold", "folds": 3, "test": 0, "seed": 1, "balance": ["label", "sex"], "refold": 0}
    saved_deal.write(tmp_path, old, {"s00": "1"})
    assert saved_deal.read(tmp_path, kept_settings(complete(protocol_of({"kind": "kfold", "folds": 3})))) == {
        "s00": "1"
    }
    assert not saved_deal.read(
        tmp_path, kept_settings(complete(protocol_of({"kind": "kfold", "folds": 3, "deal": "id_order"})))
    )


# ---- frames and videos dealt instead of people
def stretches() -> list[Clip]:
    """Twelve people with two videos of each class, each cut into three clips."""
    whole = clips_of(people(12), 2)
    return [
        clip._replace(clip=f"{clip.clip}_{part}", start=10 * part, end=10 * part + 10)
        for clip in whole
        for part in range(3)
    ]


def together(clips: list[Clip], protocol: dict, key) -> bool:
    """Whether all clips of one value of `key` have one role in each fold."""
    return all(
        len({key(clip) for clip in clips if clip.clip in names}) * len(clips) // len({key(clip) for clip in clips})
        == len(names)
        for roles in table(clips, protocol).values()
        for names in roles.values()
    )


def test_a_kfold_of_clips_parts_videos_and_one_of_files_parts_people():
    clips, four = stretches(), {"kind": "kfold", "folds": 4}
    found = {by: [together(clips, {**four, "by": by}, key) for key in (lambda c: c.path, lambda c: c.subject)]
             for by in ("clip", "file", "subject")}  # fmt: skip
    assert found == {"clip": [False, False], "file": [True, False], "subject": [True, True]}


@pytest.mark.parametrize("by", ["clip", "file"])
def test_every_class_is_dealt_evenly_and_each_clip_is_tested_once(by):
    clips, protocol = stretches(), {"kind": "kfold", "folds": 4, "by": by}
    folds = table(clips, protocol)
    label = {clip.clip: clip.label for clip in clips}
    assert sorted(name for roles in folds.values() for name in roles["test"]) == sorted(label)
    for roles in folds.values():
        assert set(Counter(label[name] for name in roles["test"]).values()) == {18}
        assert not set(roles["test"]) & set(roles["validation"])
    assert kinds.must_accept(protocol).keys() == {"subjects"}


def test_a_kept_dealing_of_people_is_kept_by_what_is_new_in_a_kfold():
    assert "by" not in kept_settings(complete({"kind": "kfold", "folds": 3, "balance": [], "seed": 1, "refold": 0}))
    with pytest.raises(StudyError, match="by: clips are dealt by chance to folds that test them all"):
        complete(protocol_of({"kind": "kfold", "folds": 3, "test": 2, "by": "clip"}))
    with pytest.raises(StudyError, match="'file', which kfold alone has"):
        complete(protocol_of({"kind": "as_published", "folds": 3, "by": "file"}))
