"""Who is dealt to which fold: evenness against oracles, independence, kept tables, refusals."""

import itertools
import logging
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path

import jobs_of
import numpy as np
import pytest
from completed import protocol_of
from sklearn.model_selection import StratifiedGroupKFold

import make_folds
from ferstudy.errors import StudyError
from ferstudy.protocols import parts
from ferstudy.protocols.deal import GAP, Blocks, deal, tabulate
from ferstudy.protocols.exchange import cost
from ferstudy.protocols.linked_people import Party, parties
from ferstudy.protocols.roles import TEST, assign_blocks, assignments, complete, kept_settings
from ferstudy.tables import clips as clips_table
from ferstudy.tables import folds as folds_table
from ferstudy.tables.clips import Clip
from ferstudy.tables.write import write_rows

CLASSES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
THREE = {"kind": "kfold", "folds": 3}
HELD = {"kind": "kfold", "folds": 3, "test": 8}


def make_clips(subjects: int, seed: int = 0, mean: float | None = None) -> list[Clip]:
    """Two clips of each class per subject, half of the subjects female; with `mean`, Poisson numbers instead of 2."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(subjects):
        for label in CLASSES:
            for take in range(2 if mean is None else rng.poisson(mean)):
                name = f"s{person:03}_{label}_{take}"
                sex = "female" if person % 2 else "male"
                rows.append(Clip(name, f"{name}.avi", f"s{person:03}", label, sex=sex))
    return rows


def table_of(clips: list[Clip], protocol: dict, kept: dict | None = None) -> tuple[dict, list]:
    settings = complete(protocol_of(protocol))
    blocks = assign_blocks(clips, settings, kept or {})
    return blocks, assignments(clips, settings, blocks)


def roles_of(rows: list, clips: list[Clip]) -> dict:
    """Subjects by fold and role."""
    subject = {clip.clip: clip.subject for clip in clips}
    found: dict = {}
    for row in rows:
        found.setdefault(row.fold, {}).setdefault(row.role, set()).add(subject[row.clip])
    return found


def folds_only(number: int) -> Blocks:
    return Blocks(tuple(map(str, range(number))), (Fraction(1, number),) * number)


def test_default_study_is_dealt_evenly():
    clips = make_clips(24)
    blocks, rows = table_of(clips, HELD)
    sexes = {clip.subject: clip.sex for clip in clips}
    sizes = Counter(blocks.values())
    assert sizes[TEST] == 8
    assert sorted(sizes[str(fold)] for fold in range(3)) == [5, 5, 6]
    assert Counter(sexes[unit] for unit, block in blocks.items() if block == TEST) == {"female": 4, "male": 4}
    for fold in "012":
        women = sum(sexes[unit] == "female" for unit, block in blocks.items() if block == fold)
        assert women in (2, 3)
    found = roles_of(rows, clips)
    assert list(found) == ["0", "1", "2", "final"]
    held = found["final"]["test"]
    for fold in "012":
        assert set(found[fold]) == {"train", "validation"}
        assert not held & (found[fold]["train"] | found[fold]["validation"])
        assert found[fold]["train"] | found[fold]["validation"] == found["final"]["train"]
    assert set.union(*(found[fold]["validation"] for fold in "012")) == found["final"]["train"]


def test_without_held_out_subjects_every_subject_is_tested_once():
    clips = make_clips(10, mean=2)
    found = roles_of(table_of(clips, {"kind": "kfold", "folds": 5})[1], clips)
    assert list(found) == list("01234")
    for fold in range(5):
        assert found[str(fold)]["validation"] == found[str((fold + 1) % 5)]["test"]
        assert not found[str(fold)]["train"] & (found[str(fold)]["validation"] | found[str(fold)]["test"])
    assert Counter(s for fold in found.values() for s in fold["test"]) == Counter({c.subject for c in clips})


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 8))])
@pytest.mark.parametrize("held", [None, 2])
def test_no_dealing_is_more_even_than_ours(seed, held):
    """Brute force over all dealings of seven subjects."""
    whole = parties(make_clips(7, seed, mean=1.2), ["label", "sex"])
    count = len(whole)
    blocks = folds_only(2)
    if held:
        share = Fraction(count - held, 2 * count)
        blocks = Blocks(("0", "1", TEST), (share, share, Fraction(held, count)), held)
    table = tabulate(whole, blocks)
    every = (np.array(where) for where in itertools.product(range(len(blocks.names)), repeat=count))
    best = min(cost(table, w) for w in every if held is None or (w == 2).sum() == held)
    dealing = deal(whole, blocks, seed)
    assert dealing.optimal
    assert best - 1e-9 <= dealing.cost <= best + GAP


def test_cost_of_a_dealing_by_hand():
    whole = [
        Party((name,), {("clips", ""): number, ("subjects", ""): 1}) for name, number in (("a", 4), ("b", 2), ("c", 1))
    ]
    table = tabulate(whole, folds_only(2))
    assert cost(table, np.array([0, 1, 1])) == 0  # 4 and 3 clips, 1 and 2 subjects: fair shares, rounded
    assert cost(table, np.array([0, 0, 1])) == pytest.approx((2 + 2) / 7 / 2)  # 6 and 1 where 3 or 4 are fair


@pytest.mark.parametrize(
    ("subjects", "folds", "mean"),
    [(12, 3, 1.5), pytest.param(24, 4, 2.0, marks=pytest.mark.slow), (60, 5, 1.0), (120, 10, 0.5)],
)
def test_at_least_as_even_as_stratified_group_kfold(subjects, folds, mean):
    clips = make_clips(subjects, subjects, mean)
    whole = parties(clips, ["label"])
    table = tabulate(whole, folds_only(folds))
    ours = deal(whole, folds_only(folds), 1).cost
    position = {party.name: i for i, party in enumerate(whole)}
    for state in range(5):
        theirs = np.zeros(len(whole), dtype=int)
        split = StratifiedGroupKFold(folds, shuffle=True, random_state=state)
        labels, people = [clip.label for clip in clips], [clip.subject for clip in clips]
        for fold, (_, tested) in enumerate(split.split(clips, labels, people)):
            theirs[[position[people[i]] for i in tested]] = fold
        assert ours <= cost(table, theirs) + 1e-12


def test_same_seed_same_table_other_seed_other_table():
    clips = make_clips(24)
    first = table_of(clips, HELD)
    assert table_of(clips, HELD) == first
    assert table_of(clips[::-1], HELD) == first  # the order of the clips table does not matter
    other = table_of(clips, {**HELD, "seed": 2})
    assert other[0] != first[0]
    assert Counter(other[0].values())[TEST] == 8


def test_subjects_that_share_a_group_stay_together():
    clips = [clip._replace(group={"s001": "twins", "s004": "twins"}.get(clip.subject, "")) for clip in make_clips(9)]
    clips.append(Clip("extra", "extra.avi", "", "fear", group="twins"))  # a subject that nobody knows, in the same film
    for seed in range(5):
        blocks, _ = table_of(clips, {**THREE, "seed": seed})
        assert blocks["s001"] == blocks["s004"] == blocks["twins"]


def test_ties_pass_on_from_group_to_group():
    chain = [Clip(f"c{i}", "", f"s{i // 2}", "fear", group=f"g{(i + 1) // 2}") for i in range(6)]
    assert [party.units for party in parties(chain, [])] == [("s0", "s1", "s2")]


def test_ages_are_balanced_in_bands():
    clips = [clip._replace(age=str(20 + 10 * (int(clip.subject[1:]) < 6))) for clip in make_clips(12)]
    blocks, _ = table_of(clips, {**THREE, "balance": ["age"]})
    for fold in "012":
        assert sum(block == fold and int(unit[1:]) < 6 for unit, block in blocks.items()) == 2


def test_leave_one_subject_out():
    clips = make_clips(5)
    found = roles_of(table_of(clips, {"kind": "loso", "folds": 5})[1], clips)
    assert [found[str(k)]["test"] for k in range(5)] == [{f"s{k:03}"} for k in range(5)]
    assert found["4"]["validation"] == {"s000"}


def test_leave_one_subject_out_keeps_its_numbers():
    blocks, _ = table_of(make_clips(5), {"kind": "loso", "folds": 5})
    more = [*make_clips(5), Clip("new", "", "a_newcomer", "fear")]
    grown, _ = table_of(more, {"kind": "loso", "folds": 6}, blocks)
    assert grown == {**blocks, "a_newcomer": "5"}
    fewer, _ = table_of([c for c in more if c.subject != "s001"], {"kind": "loso", "folds": 5}, grown)
    assert fewer["a_newcomer"] == "1"
    assert {unit: fewer[unit] for unit in ("s000", "s002", "s003", "s004")} == {
        unit: blocks[unit] for unit in ("s000", "s002", "s003", "s004")
    }


def test_leave_one_out_without_validation_trains_on_everyone_else_and_keeps_its_blocks():
    """Whether somebody validates is no matter of dealing: the same subject stays the same fold."""
    clips = make_clips(5)
    validated, _ = table_of(clips, {"kind": "loso", "folds": 5})
    blocks, rows = table_of(clips, {"kind": "loso", "folds": 5, "validation": "none"})
    assert blocks == validated
    for fold, roles in roles_of(rows, clips).items():
        assert sorted(roles) == ["test", "train"], fold
        assert (len(roles["test"]), len(roles["train"])) == (1, 4)
    kept = [kept_settings(complete(protocol_of({"kind": "loso", "folds": 5, **more})))
            for more in ({}, {"validation": "none"})]  # fmt: skip
    assert kept[0] == kept[1]


def test_added_subject_goes_where_it_balances_and_everyone_else_stays():
    clips = make_clips(23)
    blocks, _ = table_of(clips, THREE)
    smallest = min("012", key=list(blocks.values()).count)
    added = [c._replace(clip=f"x{c.clip}", subject="newcomer", sex="") for c in clips if c.subject == "s000"]
    grown, _ = table_of(clips + added, THREE, blocks)
    assert grown == {**blocks, "newcomer": smallest}


def test_missing_test_subject_is_replaced_first():
    clips = make_clips(24)
    blocks, _ = table_of(clips, HELD)
    gone = next(unit for unit, block in blocks.items() if block == TEST)
    left = [clip for clip in clips if clip.subject != gone]
    assert table_of(left, HELD, blocks)[0] == {unit: block for unit, block in blocks.items() if unit != gone}
    added = [c._replace(clip=f"x{c.clip}", subject="newcomer") for c in clips if c.subject == gone]
    assert table_of(left + added, HELD, blocks)[0]["newcomer"] == TEST


def test_kept_people_whom_a_new_group_ties_come_together():
    clips = make_clips(12)
    blocks, _ = table_of(clips, THREE)
    one, other = next((a, b) for a, b in itertools.combinations(blocks, 2) if blocks[a] != blocks[b])
    tied = [c._replace(group="g") if c.subject in (one, other) else c for c in clips]
    again, _ = table_of(tied, THREE, blocks)
    assert again[one] == again[other]
    assert sum(again[unit] != blocks[unit] for unit in blocks) == 1


@pytest.mark.parametrize(
    ("protocol", "sentence"),
    [
        ({"kind": "kfold", "folds": 2}, "fewer leave a fold without training clips"),
        ({"kind": "kfold", "folds": 1, "test": 3}, "expected 2 or more"),
        ({"kind": "kfold", "folds": 12}, "the data has 10 subjects, the config asks for 12 folds"),
        (
            {"kind": "kfold", "folds": 3, "test": 8},
            "10 subjects, the config asks for 3 folds and 8 held-out test subjects, which needs at least 11",
        ),
        ({"kind": "loso", "folds": 9}, "the data has 10 subjects, the config says 9"),
        ({"kind": "kfold", "folds": 3, "balance": ["shoe"]}, "'shoe' cannot be balanced; choose from label, sex"),
        ({"kind": "bootstrap", "folds": 3}, "'bootstrap' is no kind of protocol"),
        ({"kind": "kfold", "fold": 3}, "fold: no key of a protocol of kind kfold; it has folds, test"),
    ],
)
def test_refusals(protocol, sentence):
    with pytest.raises(StudyError, match=sentence):
        table_of(make_clips(10), protocol)


def test_refusals_of_the_data():
    with pytest.raises(StudyError, match="the clips table is empty"):
        table_of([], THREE)
    nameless = [*make_clips(4), Clip("x", "", "", "fear")]
    with pytest.raises(StudyError, match="1 of 49 clips have none"):
        table_of(nameless, {"kind": "loso", "folds": 5})
    pairs = [c._replace(group=f"pair{int(c.subject[1:]) // 2}") for c in make_clips(8)]
    with pytest.raises(StudyError, match="no set of whole groups has 3 subjects"):
        table_of(pairs, {"kind": "kfold", "folds": 2, "test": 3})
    with pytest.raises(StudyError, match=r"the data has 8 subjects \(4 after groups"):
        table_of(pairs, {"kind": "kfold", "folds": 5})


def run_script(folder, clips, protocol, name="kfold3"):
    """The script on a folder, as the rule calls it; the bytes of the fold table."""
    write_rows(folder / "clips.csv", clips_table.COLUMNS, clips)
    job = jobs_of.make_folds(folder, protocol, sorted({clip.label for clip in clips}), name)
    make_folds.main(job)
    folds_table.read(job.folds, clips_table.read(folder / "clips.csv"))
    return Path(job.folds).read_bytes()


def test_script_keeps_the_table_until_settings_or_refold_change(tmp_path):
    clips = make_clips(12)
    first = run_script(tmp_path, clips, THREE)
    corrected = [clips[0]._replace(label="fear"), *clips[1:]]
    assert run_script(tmp_path, corrected, THREE) == first
    assert run_script(tmp_path, clips, {**THREE, "balance": ["sex", "label"], "seed": 1}) == first  # the defaults
    fewer = run_script(tmp_path, [c for c in clips if c.subject != "s003"], THREE)
    assert set(fewer.splitlines()) == {line for line in first.splitlines() if b"s003" not in line}
    grown = make_clips(16)
    kept = run_script(tmp_path, grown, THREE)
    assert set(fewer.splitlines()) <= set(kept.splitlines())
    anew = run_script(tmp_path, grown, {**THREE, "refold": 1})
    assert anew != kept
    assert anew == run_script(tmp_path / "elsewhere", grown, {**THREE, "refold": 1})


def windows_of(films: int) -> list[Clip]:
    """Three windows of each film, of nobody who is known; in the last film two people have one each."""
    clips = [
        Clip(f"w{film:02}_{part}", f"{film}.avi", "", CLASSES[part], 10 * part, 10 * part + 10, digest=f"d{film}")
        for film in range(films)
        for part in range(3)
    ]
    return [*clips[:-2], clips[-2]._replace(subject="ann"), clips[-1]._replace(subject="bob")]


@pytest.mark.parametrize(
    "protocol",
    [THREE, {**THREE, "test": 2}, {"kind": "nested", "folds": 3, "inner": 2}, {"kind": "holdout", "folds": 4}],
)
def test_parts_of_one_video_stay_together_whoever_is_in_them(tmp_path, protocol):
    clips = windows_of(12)
    run_script(tmp_path, clips, protocol)
    for fold in folds_table.read(tmp_path / "kfold3.csv", clips).values():
        where = {}
        for role, names in fold.items():
            for name in names:
                where.setdefault(name[:3], set()).add(role)
        assert where
        assert {film: roles for film, roles in where.items() if len(roles) > 1} == {}


def test_a_group_stays_and_copies_are_left_to_the_audit():
    clips = windows_of(1)
    assert {clip.group for clip in parts.tied(clips)} == {"parts of w00_0"}
    grouped = [clips[0]._replace(group="film"), *clips[1:]]
    assert {clip.group for clip in parts.tied(grouped)} == {"film"}
    copies = [clip._replace(start=None, end=None) for clip in clips]
    assert parts.tied(copies) == copies
    of_one = [clip._replace(subject="ann") for clip in clips]
    assert parts.tied(of_one) == of_one


def test_script_refuses_a_broken_kept_table(tmp_path):
    (tmp_path / "state" / "kfold3").mkdir(parents=True)
    (tmp_path / "state" / "kfold3" / "blocks.json").write_text("{", encoding="utf-8")
    with pytest.raises(StudyError, match="delete it to deal all subjects anew"):
        run_script(tmp_path, make_clips(12), THREE)


def test_emptied_block_is_refused():
    blocks, _ = table_of(make_clips(12), THREE)
    left = [clip for clip in make_clips(12) if blocks[clip.subject] != "1"]
    with pytest.raises(StudyError, match=r"nobody is in block '1'.*refold"):
        table_of(left, THREE, blocks)


def test_log_says_how_even_the_folds_are(caplog):
    with caplog.at_level(logging.INFO):
        table_of(make_clips(12), THREE)
    assert "12 subjects dealt to 3 folds, 0 of them kept: as even as whole clips can be" in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize("test", [0, 200])
def test_a_thousand_subjects_take_seconds(test):
    clips = make_clips(1000, mean=1.5)
    start = time.process_time()
    table_of(clips, {"kind": "kfold", "folds": 10, "test": test})
    assert time.process_time() - start < 30
