"""What the audit finds: a leak of each kind where one was planted, none where the table is clean."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from completed import protocol_of
from scipy.stats import chi2_contingency, fisher_exact

import audit_protocol
import check_gate
from ferstudy.errors import StudyError
from ferstudy.jobs.audit_protocol import AuditProtocol
from ferstudy.jobs.check_gate import CheckGate
from ferstudy.protocols import duplicates, leaks, planted
from ferstudy.protocols.acceptance import OF_FOLDS
from ferstudy.protocols.confounding import association, confounding
from ferstudy.protocols.findings import finding, worst
from ferstudy.protocols.roles import assign_blocks, assignments, complete
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.tables import clips as clips_table
from ferstudy.tables import folds as folds_table
from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import Assignment
from ferstudy.tables.lineup import Lineup
from ferstudy.tables.pairs import Pair
from ferstudy.tables.rows import read_rows
from ferstudy.tables.write import write_rows

CLASSES = ("anger", "fear", "happiness")
HELD = {"kind": "kfold", "folds": 3, "test": 3}
OPEN = {"kind": "kfold", "folds": 3}


@pytest.fixture(autouse=True)
def _nothing_planted(monkeypatch):
    """What is planted takes seconds and changes the text alone: test_planted.py."""
    monkeypatch.setattr(planted, "KINDS", {})


def make_clips() -> list[Clip]:
    """12 subjects, half of them female, all in their twenties or thirties, one clip of each class."""
    return [
        Clip(
            f"s{person:02}_{label}", f"s{person:02}_{label}.avi", f"s{person:02}", label,
            sex="female" if person % 2 else "male", age=str(25 + 10 * (person % 2)), digest=f"d{person}{label}",
        )
        for person in range(12)
        for label in CLASSES
    ]  # fmt: skip


def rows_of(clips: list[Clip], protocol: dict) -> list[Assignment]:
    settings = complete(protocol_of(protocol))
    return assignments(clips, settings, assign_blocks(clips, settings, {}))


def audit_of(folder, clips, rows, protocol, stills=(), stores=("fingerprints.h5",), undeclared_union=False, exact=(),
             told=()):  # fmt: skip
    """The audit that the script writes, with the findings by id; `stores` are the files of fingerprints.

    `told`: further fields of the job.
    """
    write_rows(folder / "clips.csv", clips_table.COLUMNS, clips)
    write_rows(folder / "kfold3.csv", folds_table.COLUMNS, rows)
    tables = []
    for number, people in enumerate(stills):
        tables.append(str(folder / f"stills{number}.csv"))
        columns = ("still", "subject", "label", "role")
        write_rows(tables[-1], columns, [(f"{i}", person, "fear", "train") for i, person in enumerate(people)])
    fingerprints(folder / "fingerprints.h5", clips)
    job = AuditProtocol(
        dataset="builtin",
        name="kfold3",
        protocol=protocol,
        undeclared_union=undeclared_union,
        exact=list(exact),
        clips=str(folder / "clips.csv"),
        folds=str(folder / "kfold3.csv"),
        stills=tables,
        fingerprints=[str(folder / name) for name in stores],
        out=str(folder / "audit.json"),
        pairs=str(folder / "pairs.csv"),
        **dict(told),
    )
    audit_protocol.main(job)
    audit = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    return audit, {found["check"]: found for found in audit["findings"]}


def fingerprints(path, clips) -> None:
    """Fingerprints of the clips' frames, all of them different: noise shows nobody twice."""
    rng = np.random.default_rng(0)
    with Writer(path, (32, 32), "uint8", {"hash": ((), "u8")}, {"leaf": "builtin"}) as store:
        for clip in clips:
            store.begin(clip.clip)
            store.add(rng.integers(0, 256, (2, 32, 32)), np.arange(2), hash=rng.integers(0, 2**60, 2))
            store.end()


def check(folder, trained=True) -> str:
    check_gate.main(CheckGate(audit=str(folder / "audit.json"), trained=trained, out=str(folder / "passed")))
    return (folder / "passed").read_text(encoding="utf-8")


def advice(folder) -> str:
    """What the gate says of a leak; every time with the table of pairs and the way to accept it."""
    with pytest.raises(StudyError) as refused:
        check(folder)
    said = str(refused.value)
    assert (
        "Every pair is in results/audit/builtin/kfold3/pairs.csv. Or accept it: set protocols/kfold3/accept_leak"
        in said
    )
    return said


def roled(rows, fold, role):
    return [row for row in rows if (row.fold, row.role) == (fold, role)]


@pytest.mark.parametrize("protocol", [HELD, OPEN, {"kind": "loso", "folds": 12}])
def test_clean_tables_have_no_leak(tmp_path, protocol):
    rows = rows_of(make_clips(), protocol)
    audit, found = audit_of(tmp_path, make_clips(), rows, protocol, [["p100", "p101"]])
    assert audit["status"] == "pass", [each for each in found.values() if each["status"] != "pass"]
    assert (audit["dataset"], audit["protocol"], audit["accepted"]) == ("builtin", "kfold3", {})
    assert audit["folds_sha256"] == folds_table.digest(tmp_path / "kfold3.csv")
    assert "builtin, kfold3: pass" in check(tmp_path)


def test_subject_in_two_roles(tmp_path):
    clips, rows = make_clips(), rows_of(make_clips(), HELD)
    moved = roled(rows, "1", "validation")[0]
    rows = [row._replace(role="train") if row == moved else row for row in rows]
    write_rows(tmp_path / "f.csv", folds_table.COLUMNS, rows)
    with pytest.raises(StudyError, match="a person must have one role"):
        folds_table.read(tmp_path / "f.csv", clips)
    audit, found = audit_of(tmp_path, clips, rows, HELD)
    assert audit["status"] == found["subjects"]["status"] == "leak"
    assert found["subjects"]["clips"] == [f"{moved.clip[:3]}_{label}" for label in CLASSES]
    said = advice(tmp_path)
    assert f"1 subject has two roles in one fold: `{moved.clip[:3]}`" in said
    assert "Give all clips of a person one role in the fold table, or deal by subject." in said
    assert not (tmp_path / "passed").exists()


def test_accepted_leak_stays_a_leak(tmp_path):
    rows = rows_of(make_clips(), HELD)
    rows = [row._replace(role="train") if row == roled(rows, "1", "validation")[0] else row for row in rows]
    reasons = {"subjects": "as published in 2019"}
    audit, _ = audit_of(tmp_path, make_clips(), rows, {**HELD, "accept_leak": reasons})
    assert (audit["status"], audit["accepted"]) == ("leak", reasons)
    assert "The leak was accepted (subjects): as published in 2019" in check(tmp_path)
    audit_of(tmp_path, make_clips(), rows, {**HELD, "accept_leak": {"subjects": "  "}})
    assert "{subjects: <reason>}" in advice(tmp_path)


def test_a_reason_for_one_check_lets_no_other_leak_through(tmp_path):
    rows = rows_of(make_clips(), HELD)
    rows = [row._replace(role="train") if row == roled(rows, "1", "validation")[0] else row for row in rows]
    one, other = roled(rows, "0", "train")[0].clip, roled(rows, "0", "validation")[0].clip
    clips = [clip._replace(digest="same") if clip.clip in (one, other) else clip for clip in make_clips()]
    audit, found = audit_of(tmp_path, clips, rows, {**HELD, "accept_leak": {"subjects": "as published", "groups": "x"}})
    assert (found["subjects"]["status"], found["files"]["status"]) == ("leak", "leak")
    assert audit["accepted"] == {"subjects": "as published"}  # no group leaks, so that nothing of groups is accepted
    said = advice(tmp_path)
    assert "Each video once: 1 video file occurs" in said
    assert "Subjects in one role" not in said
    assert "accept_leak to {files: <reason>}" in said
    audit_of(tmp_path, clips, rows, {**HELD, "accept_leak": {"subjects": "as published", "files": "one take"}})
    assert "The leak was accepted (files): one take" in check(tmp_path)


def test_every_check_that_finds_a_leak_can_be_accepted():
    code = "".join(path.read_text() for path in Path(leaks.__file__).parent.glob("*.py"))
    found = set(re.findall(r'finding\(\s*"?(\w+)"?, (?:title|TITLE), "leak"', code)) | {"elsewhere"}
    assert found == set(OF_FOLDS)


def test_choosing_on_the_test_clips_is_a_leak_of_selection_alone(tmp_path):
    protocol = {"kind": "as_published", "folds": 3, "accept_leak": {"selection": "as published"}}
    rows = rows_of(make_clips(), protocol)
    audit, found = audit_of(tmp_path, make_clips(), rows, protocol)
    assert {name for name, each in found.items() if each["status"] == "leak"} == {"selection"}
    assert "one role in every fold, but that test clips choose as well, see the selection." in found["subjects"]["text"]
    assert "The leak was accepted (selection): as published" in check(tmp_path)
    folds_table.read(tmp_path / "kfold3.csv", make_clips(), audit["accepted"])
    # Only a person who chooses with other clips than are tested, or who trains too, is in two roles beside.
    moved = roled(rows, "0", "test")[0]
    for role in ("train", "validation"):
        rest = [*(row for row in rows if (row.fold, row.clip) != ("0", moved.clip)), moved._replace(role=role)]
        _, found = audit_of(tmp_path, make_clips(), rest, protocol)
        assert found["subjects"]["status"] == "leak"


def test_nothing_is_accepted_where_nothing_leaks(tmp_path):
    audit, _ = audit_of(
        tmp_path, make_clips(), rows_of(make_clips(), HELD), {**HELD, "accept_leak": {"subjects": "why not"}}
    )
    assert (audit["status"], audit["accepted"]) == ("pass", {})


def test_twins_in_two_roles(tmp_path):
    rows = rows_of(make_clips(), OPEN)
    one, other = roled(rows, "0", "test")[0].clip, roled(rows, "0", "train")[0].clip
    clips = [clip._replace(group="film") if clip.clip in (one, other) else clip for clip in make_clips()]
    _, found = audit_of(tmp_path, clips, rows, OPEN)
    assert found["groups"]["status"] == "leak"
    assert "Give all clips of a group one role in the fold table, or correct the column group." in advice(tmp_path)
    assert found["groups"]["clips"] == sorted([one, other])
    assert found["subjects"]["status"] == "pass"
    _, found = audit_of(tmp_path, clips, rows_of(clips, OPEN), OPEN)  # dealt with knowledge of the group
    assert found["groups"]["status"] == "pass"


def test_one_file_under_two_names(tmp_path):
    rows = rows_of(make_clips(), OPEN)
    one, other = roled(rows, "0", "test")[0].clip, roled(rows, "0", "train")[0].clip
    clips = [clip._replace(digest="same") if clip.clip in (one, other) else clip for clip in make_clips()]
    _, found = audit_of(tmp_path, clips, rows, OPEN)
    assert found["files"]["status"] == "leak"
    told = "1 video file occurs in two roles of one fold: `{}` and `{}`. Remove the copies, or give them one group."
    assert told.format(*sorted([one, other])) in advice(tmp_path)
    assert found["files"]["clips"] == sorted([one, other])
    inside = [clip._replace(digest="same") if clip.clip in ("s00_fear", "s00_anger") else clip for clip in make_clips()]
    audit, found = audit_of(tmp_path, inside, rows, OPEN)
    assert audit["status"] == found["files"]["status"] == "warning"
    assert found["files"]["clips"] == ["s00_anger", "s00_fear"]
    stretches = [clip._replace(start=50, end=90) if clip.clip == "s00_fear" else clip for clip in inside]
    assert audit_of(tmp_path, stretches, rows, OPEN)[1]["files"]["status"] == "pass"


def test_files_without_digest_are_unknown(tmp_path):
    clips = [make_clips()[0]._replace(digest=""), *make_clips()[1:]]
    audit, found = audit_of(tmp_path, clips, rows_of(clips, OPEN), OPEN)
    assert audit["status"] == found["files"]["status"] == "unknown"
    assert found["files"]["clips"] == ["s00_anger"]


def test_selection_on_the_test_set(tmp_path):
    rows = rows_of(make_clips(), OPEN)
    rows += [row._replace(role="validation") for row in roled(rows, "2", "test")]
    _, found = audit_of(tmp_path, make_clips(), rows, OPEN)
    assert found["selection"]["status"] == "leak"
    assert "fold 2. Give each one role in the fold table." in advice(tmp_path)
    assert found["selection"]["clips"] == sorted(row.clip for row in roled(rows, "2", "test"))
    assert "fold 2" in found["selection"]["text"]


def test_the_same_frame_under_two_names(tmp_path):
    clips, rows = make_clips(), rows_of(make_clips(), OPEN)
    audit_of(tmp_path, clips, rows, OPEN)
    one, other = roled(rows, "0", "test")[0].clip, roled(rows, "0", "train")[0].clip
    with Store(tmp_path / "fingerprints.h5") as store:
        kept = {name: (store.values(name), store.column(name, "hash")) for name in store.clips}
    kept[other] = kept[one]
    with Writer(tmp_path / "copied.h5", (32, 32), "uint8", {"hash": ((), "u8")}, {"leaf": "builtin"}) as store:
        for name, (pictures, hashes) in kept.items():
            store.begin(name)
            store.add(pictures, np.arange(2), hash=hashes)
            store.end()
    audit, found = audit_of(tmp_path, clips, rows, OPEN, stores=["copied.h5"])
    assert audit["status"] == found["duplicates"]["status"] == "leak"
    assert found["duplicates"]["clips"] == sorted([one, other])
    assert re.search(r"shows the same frames: .*\(2 equal\). Remove the copies, or give them one", advice(tmp_path))
    audit, found = audit_of(tmp_path, clips, rows, OPEN, stores=[])
    assert audit["status"] == found["duplicates"]["status"] == "unknown"
    assert "36 of 36 clips without fingerprints" in found["duplicates"]["text"]


def test_held_out_subject_in_the_folds_that_choose(tmp_path):
    rows = rows_of(make_clips(), HELD)
    held = roled(rows, "final", "test")[0]
    _, found = audit_of(tmp_path, make_clips(), [*rows, Assignment("1", held.clip, "train")], HELD)
    assert found["held_out"]["status"] == found["selection"]["status"] == "leak"
    assert found["held_out"]["clips"] == [held.clip]
    assert "Take their clips out of those folds in the fold table." in advice(tmp_path)
    other = Clip("copy", "copy.avi", held.clip[:3], "fear", sex="male", age="30", digest="else")
    _, found = audit_of(tmp_path, [*make_clips(), other], [*rows, Assignment("1", "copy", "train")], HELD)
    assert found["held_out"]["clips"] == ["copy"]  # another clip of a held-out person


def test_stills_of_a_test_subject(tmp_path):
    rows = rows_of(make_clips(), HELD)
    tested = {row.clip[:3] for row in roled(rows, "final", "test")}
    judged = {row.clip[:3] for row in roled(rows, "0", "validation")}
    _, found = audit_of(tmp_path, make_clips(), rows, HELD, [["p100"], sorted(tested)[:1]])
    assert found["stills"]["status"] == "leak"
    assert "Take them out of the stills, or take a backbone that has not seen them." in advice(tmp_path)
    assert found["stills"]["clips"] == [f"{min(tested)}_{label}" for label in CLASSES]
    assert "stills1" in found["stills"]["text"]
    assert audit_of(tmp_path, make_clips(), rows, HELD, [judged])[1]["stills"]["status"] == "warning"
    assert audit_of(tmp_path, make_clips(), rows, HELD, [["p100", ""]])[1]["stills"]["status"] == "unknown"


def test_unknown_subjects_are_not_invented(tmp_path):
    clips = [clip._replace(subject="", sex="", age="", group=clip.clip[:3]) for clip in make_clips()]
    audit, found = audit_of(tmp_path, clips, rows_of(clips, OPEN), OPEN)
    assert audit["status"] == "unknown"
    assert {name for name, each in found.items() if each["status"] == "unknown"} == {"subjects", "sex", "age"}
    assert "The sex of all 12 subjects is unknown" in found["sex"]["text"]


def test_folds_of_one_sex(tmp_path):
    """The thesis's folds: first women only, last men only."""
    clips = [clip._replace(sex="female" if clip.subject < "s06" else "male") for clip in make_clips()]
    settings = complete(protocol_of({"kind": "kfold", "folds": 4}))
    blocks = {clip.subject: str(int(clip.subject[1:]) // 3) for clip in clips}
    _, found = audit_of(tmp_path, clips, assignments(clips, settings, blocks), settings)
    assert found["sex"]["status"] == "warning"
    assert "fold 0: 3 female, 0 male" in found["sex"]["text"]
    assert "12 of 12 subjects known" in found["sex"]["text"]


def test_missing_class_and_missing_role(tmp_path):
    clips = [clip for clip in make_clips() if clip.label != "fear" or clip.subject == "s00"]
    _, found = audit_of(tmp_path, clips, rows_of(clips, OPEN), OPEN)
    assert found["classes"]["status"] == "warning"
    assert "clip of fear" in found["classes"]["text"]
    with pytest.raises(StudyError, match=r"fold \d has no training clip of fear \(1 person shows it: `s00`\)"):
        check(tmp_path)
    assert "fear" in check(tmp_path, trained=False)  # answers of others are only compared
    rows = [row for row in rows_of(make_clips(), OPEN) if row.clip != "s00_fear"]
    _, found = audit_of(tmp_path, make_clips(), [*rows, Assignment("0", "stranger", "train")], OPEN)
    assert found["table"]["clips"] == ["stranger"]
    _, found = audit_of(tmp_path, make_clips(), rows, OPEN)
    assert found["table"]["clips"] == ["s00_fear"]


def test_rows_and_folds_that_are_none_of_the_study_s_are_found(tmp_path):
    rows = rows_of(make_clips(), OPEN)
    for fold, foreign in (("7", True), ("final", True), ("0.1", True), ("deploy", True), ("2", False)):
        more = [*rows, *([Assignment(fold, "s03_fear", "test")] if foreign else [])]
        _, found = audit_of(tmp_path, make_clips(), more, OPEN)
        assert found["table"]["status"] == ("warning" if foreign else "pass")
        assert found["table"]["clips"] == ["s03_fear"] * foreign
        assert (f"folds that the protocol does not have ({fold}; it has 0, 1, 2): `s03_fear`" in
                found["table"]["text"]) == foreign  # fmt: skip
    _, found = audit_of(tmp_path, make_clips(), [row for row in rows if row.fold != "1"], OPEN)
    assert "no rows for the folds 1: they cannot be trained" in found["table"]["text"]
    strange = [
        Assignment("0", "nobody", "train"),
        Assignment("0", "s01_fear", "dev"),
        Assignment("one", "s01_fear", "test"),
    ]
    _, found = audit_of(tmp_path, make_clips(), [*rows, *strange], OPEN)
    assert found["table"]["clips"] == ["nobody", "s01_fear"]
    for what in ("3 rows name", "the clip `nobody` (1 row)", "the role 'dev' (1 row)", "the fold 'one' (1 row)"):
        assert what in found["table"]["text"]


def test_findings_name_clips_and_people_and_no_digest(tmp_path):
    held = rows_of(make_clips(), HELD)
    one, other = roled(held, "final", "test")[0].clip, roled(held, "1", "train")[0].clip
    digest = "0123456789abcdef" * 4
    clips = [clip._replace(digest=digest) if clip.clip in (one, other) else clip for clip in make_clips()]
    rows = [*held, *(row._replace(role="validation") for row in roled(held, "final", "test"))]
    audit_of(tmp_path, clips, rows, HELD)
    told = (tmp_path / "audit.json").read_text() + (tmp_path / "pairs.csv").read_text()
    found = {each["check"]: each["text"] for each in json.loads((tmp_path / "audit.json").read_text())["findings"]}
    assert digest not in told
    assert f"the file of `{other}`" in found["held_out"]
    assert f"`{one[:3]}`" in found["selection"]


def test_class_confounded_with_the_fold():
    """Half of the people show only fear, and they are all scored in one fold."""
    names = [f"s{i:02}" for i in range(12)]
    clips = {n + str(k): Clip(n + str(k), "", n, "fear" if n < "s06" else "joy") for n in names for k in range(4)}
    folds = {f: {"train": set(), "validation": set(), "test": set()} for f in "01"}
    for name, clip in clips.items():
        folds["0" if clip.subject < "s06" else "1"]["test"].add(name)
    assert confounding(Lineup(clips, folds, []), "label").status == "warning"


@pytest.mark.parametrize("seed", range(6))
def test_association_agrees_with_scipy(seed):
    rng = np.random.default_rng(seed)
    blocks, values = rng.integers(0, 4, 300), rng.integers(0, 2, 300)
    values = np.where(rng.random(300) < 0.04 * seed, blocks % 2, values)
    crossed = np.array([[np.sum((blocks == b) & (values == v)) for v in (0, 1)] for b in range(4)])
    ours = association([str(b) for b in blocks], np.eye(2)[values])
    assert ours == pytest.approx(chi2_contingency(crossed, correction=False).pvalue, abs=0.04)


def test_association_of_few_subjects_agrees_with_fisher():
    """In a symmetric two-by-two table the permutation test of chi-square is Fisher's exact test."""
    blocks, values = list("aaaaabbbbb"), np.array([0, 0, 0, 0, 1, 0, 1, 1, 1, 1])
    assert association(blocks, np.eye(2)[values]) == pytest.approx(fisher_exact([[4, 1], [1, 4]]).pvalue, abs=0.03)


def test_worst_status():
    order = ["pass", "unknown", "warning", "leak"]
    for i, status in enumerate(order):
        assert worst([type("F", (), {"status": s}) for s in order[: i + 1]]) == status
    assert worst([]) == "pass"


def test_equal_names_in_a_union_are_unknown_until_the_config_says_who_they_are(tmp_path):
    two = [
        clip._replace(clip=f"{leaf}/{clip.clip}", subject=f"{leaf}/{clip.subject}", digest=f"{leaf}{clip.digest}")
        for leaf in ("one", "two")
        for clip in make_clips()
    ]
    rows = rows_of(two, OPEN)
    _, found = audit_of(tmp_path, two, rows, OPEN, undeclared_union=True)
    assert found["subjects"]["status"] == "unknown"
    assert "12 names of subjects occur in two datasets of the union" in found["subjects"]["text"]
    assert "subjects: shared" in found["subjects"]["text"]
    _, found = audit_of(tmp_path, two, rows, OPEN)
    assert found["subjects"]["status"] == "pass"


SPELLED = {"s01": "S 1", "s02": "t ２.0", "s03": "s03"}  # what a spreadsheet makes of s01; s02 becomes another


def spelled(clips: list[Clip]) -> list[Clip]:
    """The clips of one class with another spelling of three subjects, of which s02 becomes somebody else."""
    return [
        clip._replace(subject=SPELLED.get(clip.subject, clip.subject)) if clip.label == "fear" else clip
        for clip in clips
    ]


def pairs_of(folder) -> list[tuple]:
    """The rows of the table of pairs."""
    return [tuple(row.values()) for row in read_rows(folder / "pairs.csv", Pair._fields)]


def test_spellings_of_one_person_in_two_roles_are_a_leak(tmp_path):
    clips, rows = spelled(make_clips()), rows_of(spelled(make_clips()), OPEN)
    rows = [row._replace(role="train") if row.clip == "s01_fear" else row for row in rows]
    audit, found = audit_of(tmp_path, clips, rows, OPEN)
    assert audit["status"] == found["subjects"]["status"] == "leak"
    assert "subjects: folded" in advice(tmp_path)
    assert "1 person may be spelled in several ways: `S 1` = `s01`." in found["subjects"]["text"]
    assert found["subjects"]["clips"] == ["s01_anger", "s01_fear", "s01_happiness"]
    spellings, *torn = pairs_of(tmp_path)
    assert spellings == ("subjects", "S 1", "s01", "spellings of one name")
    assert {pair[1:3] for pair in torn} == {("s01_fear", "s01_anger")}
    assert {pair[3].rpartition(" of ")[0] for pair in torn} == {
        "subject S 1: train and validation", "subject S 1: train and test"
    }  # fmt: skip
    with pytest.raises(StudyError, match=r"options: \{subjects: folded\}"):
        check(tmp_path)


def test_spellings_in_one_role_are_unknown_until_somebody_says_what_they_are(tmp_path):
    rows = rows_of(make_clips(), OPEN)  # dealt by the right names, so that no spelling is torn
    _, found = audit_of(tmp_path, spelled(make_clips()), rows, OPEN)
    assert found["subjects"]["status"] == "unknown"
    assert pairs_of(tmp_path) == [("subjects", "S 1", "s01", "spellings of one name")]
    _, found = audit_of(tmp_path, spelled(make_clips()), rows, OPEN, exact=[""])
    assert (found["subjects"]["status"], pairs_of(tmp_path)) == ("pass", [])
    _, found = audit_of(tmp_path, spelled(make_clips()), rows, OPEN, exact=["another/"])
    assert found["subjects"]["status"] == "unknown"


def test_stills_of_a_person_who_is_spelled_otherwise_leak(tmp_path):
    _, found = audit_of(tmp_path, make_clips(), rows_of(make_clips(), OPEN), OPEN, [["S 1.0", "p100"]])
    assert (found["stills"]["status"], found["stills"]["clips"][0]) == ("leak", "s01_anger")
    assert pairs_of(tmp_path) == [("stills", "s01", "stills0", "the person's stills")]


def test_every_pair_of_a_check_is_listed(tmp_path):
    clips = make_clips()
    rows = rows_of(clips, OPEN)
    copied = [clip._replace(digest=f"copy {clip.label}") for clip in clips]  # all people have the same three files
    _, found = audit_of(tmp_path, copied, rows, OPEN)
    copies = {pair[1:3] for pair in pairs_of(tmp_path) if pair[3] == "copies"}
    assert len(copies) == 3 * 12 * 11 / 2
    assert ("files", "s00_fear", "s01_fear", "copies") in pairs_of(tmp_path)
    assert found["files"]["status"] == "leak"
    assert "pairs" not in found["files"]
    rows += [row._replace(role="train") for row in roled(rows, "0", "test")]
    audit_of(tmp_path, clips, rows, OPEN)
    twice = {row.clip for row in roled(rows, "0", "test")}
    assert {pair[1] for pair in pairs_of(tmp_path) if pair[0] == "selection"} == twice
    subjects = {pair[3] for pair in pairs_of(tmp_path) if pair[0] == "subjects"}
    assert subjects == {f"subject {name[:3]}: train and test of fold 0" for name in twice}


def test_copies_are_searched_again_only_where_what_was_searched_has_changed(tmp_path, monkeypatch):
    clips, rows, searched = make_clips(), rows_of(make_clips(), OPEN), []

    def measured(line, stores):
        searched.append(len(line.clips))
        return finding("duplicates", "Copies", "warning", "Two.", {"a"}, [Pair("duplicates", "a", "b", "2 equal")])

    def again(rows=rows, **more) -> dict:
        _, found = audit_of(tmp_path, clips, rows, OPEN, told={"state": str(tmp_path), "code": "c1", **more})
        assert pairs_of(tmp_path)[0] == ("duplicates", "a", "b", "2 equal")
        return found

    monkeypatch.setattr(duplicates, "measured", measured)
    first = again()
    assert again(elsewhere={"sound": []})["elsewhere"]["status"] == "unknown"
    assert (again(), len(searched)) == (first, 1)
    again(code="c2")
    again(code="c2", rows=rows[:-1])
    (tmp_path / "copies.json").write_text("{broken")
    again(code="c2", rows=rows[:-1])
    monkeypatch.setattr("test_audit.fingerprints", lambda path, clips: path.write_bytes(b"other frames"))
    again(code="c2", rows=rows[:-1])
    assert len(searched) == 5
