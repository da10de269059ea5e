"""Who is who: what the audit says of faces that look alike, and what people decide by hand."""

import json

import cv2
import dlib
import numpy as np
import pytest
from completed import haar, protocol_of
from films import film
from test_config import changed, study_of

import audit_protocol
import describe_people
import make_folds
import name_people
from ferstudy.errors import StudyError
from ferstudy.evaluation.units import units_of, with_parties
from ferstudy.jobs.audit_protocol import AuditProtocol
from ferstudy.jobs.describe_people import DescribePeople
from ferstudy.jobs.make_folds import MakeFolds
from ferstudy.jobs.name_people import NamePeople
from ferstudy.jobs.who import Who
from ferstudy.protocols import who_said
from ferstudy.protocols.linked_people import roots
from ferstudy.protocols.who_is_who import who_is_who
from ferstudy.protocols.who_said import Said
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.study.every_job import every_job
from ferstudy.synthetic.action_units import AUS
from ferstudy.synthetic.identity import person
from ferstudy.synthetic.rendering import Renderer
from ferstudy.tables import clips as clips_table
from ferstudy.tables import folds as folds_table
from ferstudy.tables import people as people_table
from ferstudy.tables import predictions, shards
from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import Assignment
from ferstudy.tables.lineup import Lineup
from ferstudy.tables.pairs import Pair
from ferstudy.tables.rows import read_as
from ferstudy.tables.write import write_rows
from ferstudy.video.descriptor import FRAMES, NETWORK, NUMBERS, POINTS
from ferstudy.video.landmarks import package_file

CLASSES = ("anger", "fear", "happiness")
NOBODY = Said(set(), set())
FACES = 0.75 * np.eye(NUMBERS) / np.sqrt(2)  # of 128 people: any two are 0.75 apart


def make_clips(people: int = 9, **more: str) -> list[Clip]:
    """One clip of each class of people called p0, p1, ..."""
    return [
        Clip(f"p{number}_{label}", f"p{number}_{label}.avi", f"p{number}", label, digest=f"d{number}{label}", **more)
        for number in range(people)
        for label in CLASSES
    ]


def lineup_of(clips: list[Clip]) -> Lineup:
    """One fold, which tests the last third of the clips."""
    names = [clip.clip for clip in clips]
    third = len(names) * 2 // 3
    roles = {"train": set(names[:third]), "validation": set(), "test": set(names[third:])}
    return Lineup({clip.clip: clip for clip in clips}, {"0": roles}, [])


def store_of(path, faces: dict[str, int | None], leaf: str = "lab"):
    """A store of two frames a clip, whose face is that number of FACES but for noise; None: no face was seen."""
    rng = np.random.default_rng(1)
    with Writer(path, (NUMBERS,), "float32", {"sharpness": ((), "f4")}, {"leaf": leaf}) as store:
        for clip, face in faces.items():
            store.begin(clip)
            if face is not None:
                noise = rng.normal(0, 0.1 / np.sqrt(NUMBERS), (2, NUMBERS))  # two frames are 0.14 apart
                store.add(FACES[face] + noise, frame=np.arange(2), sharpness=np.ones(2))
            store.end()
    return str(path)


def own_faces(clips: list[Clip]) -> dict[str, int]:
    """Everybody has the face of the own name."""
    return {clip.clip: int(clip.subject[1:]) for clip in clips}


# ---- what faces say
def test_people_who_look_like_themselves_alone_pass(tmp_path):
    clips = make_clips()
    found = who_is_who(lineup_of(clips), [store_of(tmp_path / "s.h5", own_faces(clips))], NOBODY)
    assert (found.status, found.pairs) == ("pass", ())
    assert "27 of 27 clips of 9 people were compared" in found.text


def test_one_person_under_two_names_is_named_with_distance_and_roles(tmp_path):
    clips = make_clips()
    faces = {name: 2 if face == 8 else face for name, face in own_faces(clips).items()}
    found = who_is_who(lineup_of(clips), [store_of(tmp_path / "s.h5", faces)], NOBODY)
    assert found.status == "unknown"
    assert "1 pair of subjects looks like one person: `p2` and `p8` (0.1" in found.text
    assert "train and test of fold 0" in found.text
    assert "`p2,p8,yes`" in found.text
    assert found.clips == sorted(f"p{number}_{label}" for number in (2, 8) for label in CLASSES)
    assert [(pair.check, pair.one, pair.other) for pair in found.pairs] == [("who_is_who", "p2", "p8")]


def test_one_clip_under_a_wrong_name_is_found_on_both_ends(tmp_path):
    clips = make_clips()
    faces = {**own_faces(clips), "p2_fear": 8}
    found = who_is_who(lineup_of(clips), [store_of(tmp_path / "s.h5", faces)], NOBODY)
    assert {(pair.one, pair.other) for pair in found.pairs} == {("p2", "p8"), ("p2", "p2")}
    assert found.clips == ["p2_fear"]
    assert all(pair.what.endswith(": p2_fear") for pair in found.pairs)
    assert "p2_fear" not in found.text


def test_two_who_look_alike_in_clips_of_both_are_one_candidate(tmp_path):
    clips = [clip for clip in make_clips() if clip.subject != "p8" or clip.label == "fear"]
    faces = {**own_faces(clips), "p2_fear": 8}
    found = who_is_who(lineup_of(clips), [store_of(tmp_path / "s.h5", faces)], NOBODY)
    [pair] = [pair for pair in found.pairs if pair.one != pair.other]
    assert (pair.one, pair.other) == ("p2", "p8")
    assert "1 pair of subjects looks like one person" in found.text
    assert {"p2_fear", "p8_fear"} <= set(found.clips)


def test_two_people_under_one_name_are_found_also_where_the_second_has_more_names(tmp_path):
    clips = [clip._replace(subject="p2" if clip.subject == "p3" else clip.subject) for clip in make_clips()]
    faces = own_faces(make_clips())
    found = who_is_who(lineup_of(clips), [store_of(tmp_path / "s.h5", faces)], NOBODY)
    assert [(pair.one, pair.other) for pair in found.pairs] == [("p2", "p2")]
    assert "`p2` (0.7" in found.text
    assert "3 of 6 clips against the others" in found.text
    # A clip of the third person, called p8, is known as p2's although that is a mixture.
    faces = {**faces, "p8_fear": 3}
    found = who_is_who(lineup_of(clips), [store_of(tmp_path / "s.h5", faces)], NOBODY)
    assert ("p2", "p8") in {(pair.one, pair.other) for pair in found.pairs}


def test_a_mixture_of_many_people_is_like_nobody(tmp_path):
    clips = [clip._replace(subject="p0" if int(clip.subject[1:]) < 20 else clip.subject) for clip in make_clips(40)]
    found = who_is_who(lineup_of(clips), [store_of(tmp_path / "s.h5", own_faces(make_clips(40)))], NOBODY)
    assert [(pair.one, pair.other) for pair in found.pairs] == [("p0", "p0")]


def test_a_person_who_changes_within_what_dlib_calls_one_person_is_one(tmp_path):
    clips = make_clips()
    with Writer(tmp_path / "s.h5", (NUMBERS,), "float32", {"sharpness": ((), "f4")}, {"leaf": "lab"}) as store:
        for number, clip in enumerate(clips):
            store.begin(clip.clip)
            beard = 0.55 * np.eye(NUMBERS)[100] * (clip.label == "fear")
            store.add((FACES[number // 3] + beard)[None], frame=np.zeros(1), sharpness=np.ones(1))
            store.end()
    assert who_is_who(lineup_of(clips), [str(tmp_path / "s.h5")], NOBODY).status == "pass"


def test_clips_without_a_face_or_a_name_are_not_compared_and_it_is_said(tmp_path):
    clips = make_clips()
    clips[0] = clips[0]._replace(subject="")
    faces = {**own_faces(make_clips()), "p1_fear": None}
    del faces["p2_fear"]
    store = store_of(tmp_path / "s.h5", faces)
    assert "24 of 27 clips of 9 people" in who_is_who(lineup_of(clips), [store], NOBODY).text
    nobody = store_of(tmp_path / "n.h5", dict.fromkeys(faces))
    found = who_is_who(lineup_of(clips), [nobody], NOBODY)
    assert (found.status, found.text.split(":")[0]) == (
        "unknown",
        "No clip that names its subject shows a frontal face",
    )


def test_in_a_union_people_are_compared_over_its_datasets(tmp_path):
    clips = [
        clip._replace(clip=f"{leaf}/{clip.clip}", subject=f"{leaf}/{clip.subject}")
        for leaf in ("a", "b")
        for clip in make_clips(3)
    ]
    faces = {leaf: {c.clip: int(c.subject[1:]) + 50 * (leaf == "b") for c in make_clips(3)} for leaf in ("a", "b")}
    faces["b"] |= {f"p1_{label}": 0 for label in CLASSES}
    stores = [store_of(tmp_path / f"{leaf}.h5", faces[leaf], leaf) for leaf in faces]
    found = who_is_who(lineup_of(clips), stores, NOBODY)
    assert [(pair.one, pair.other) for pair in found.pairs] == [("a/p0", "b/p1")]


def test_who_is_tied_already_is_no_candidate(tmp_path):
    clips = [clip._replace(group="twins" if clip.subject in ("p2", "p8") else "") for clip in make_clips()]
    faces = {name: 2 if face == 8 else face for name, face in own_faces(clips).items()}
    assert who_is_who(lineup_of(clips), [store_of(tmp_path / "s.h5", faces)], NOBODY).status == "pass"


# ---- what people say
def table(path, *rows: str):
    """A table of who is who."""
    path.write_text("\n".join(["one,another,same", *rows]) + "\n", encoding="utf-8")
    return str(path)


def folds_of(folder, clips, protocol, people="", faces=()) -> list[Assignment]:
    """The fold table that the script deals."""
    write_rows(folder / "clips.csv", clips_table.COLUMNS, clips)
    job = MakeFolds(
        dataset="lab", protocol=protocol_of(protocol), classes=list(CLASSES), people=people,
        faces=list(faces),
        clips=str(folder / "clips.csv"), state=str(folder / "state"), folds=str(folder / "folds.csv"),
    )  # fmt: skip
    make_folds.main(job)
    return read_as(folder / "folds.csv", Assignment)


def audit_of(folder, clips, rows, people="", descriptors=(), faces=(), **more) -> dict:
    """The findings of the script by check."""
    write_rows(folder / "clips.csv", clips_table.COLUMNS, clips)
    write_rows(folder / "folds.csv", folds_table.COLUMNS, rows)
    with Writer(folder / "prints.h5", (32, 32), "uint8", {"hash": ((), "u8")}, {"leaf": "lab"}):
        pass
    job = AuditProtocol(
        dataset="lab", name="cv", protocol={"kind": "kfold", "folds": 4},
        clips=str(folder / "clips.csv"), folds=str(folder / "folds.csv"),
        fingerprints=[str(folder / "prints.h5")], descriptors=list(descriptors), people=people, faces=list(faces),
        out=str(folder / "audit.json"), pairs=str(folder / "pairs.csv"), **more,
    )  # fmt: skip
    audit_protocol.main(job)
    return {each["check"]: each for each in json.loads((folder / "audit.json").read_text())["findings"]}


def roles_of(rows: list[Assignment], subject: str) -> set[tuple[str, str]]:
    return {(row.fold, row.role) for row in rows if row.clip.startswith(f"{subject}_")}


PROTOCOLS = [
    {"kind": "kfold", "folds": 4},
    {"kind": "kfold", "folds": 3, "test": 3},
    {"kind": "nested", "folds": 3, "inner": 2},
    {"kind": "loso", "folds": 8},
    {"kind": "holdout", "folds": 4, "test": 0.3, "validation": 0.2},
    {"kind": "as_published", "folds": 4, "accept_leak": {"selection": "x"}},
]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol["kind"])
def test_who_is_one_person_by_hand_is_dealt_as_one(tmp_path, protocol):
    apart = folds_of(tmp_path, make_clips(), {**protocol, **({"folds": 9} if protocol["kind"] == "loso" else {})})
    strangers = [f"p{n}" for n in range(1, 9) if roles_of(apart, f"p{n}") != roles_of(apart, "p0")]
    one = strangers[0]
    (tmp_path / "state/blocks.json").unlink()
    people = table(tmp_path / "people.csv", f"{one},p0,yes")
    rows = folds_of(tmp_path, make_clips(), protocol, people)
    assert roles_of(rows, one) == roles_of(rows, "p0")
    assert {row.clip for row in rows} == {clip.clip for clip in make_clips()}
    if protocol["kind"] != "as_published":  # which leaks by its rule
        assert audit_of(tmp_path, make_clips(), rows, people)["groups"]["status"] == "pass"


def test_a_kept_fold_table_brings_them_together_and_moves_nobody_else(tmp_path):
    protocol = {"kind": "kfold", "folds": 4}
    before = folds_of(tmp_path, make_clips(), protocol)
    one = next(f"p{n}" for n in range(1, 9) if roles_of(before, f"p{n}") != roles_of(before, "p0"))
    after = folds_of(tmp_path, make_clips(), protocol, table(tmp_path / "people.csv", f"p0,{one},yes"))
    moved = {f"p{n}" for n in range(9) if roles_of(before, f"p{n}") != roles_of(after, f"p{n}")}
    assert len(moved) == 1
    assert moved < {"p0", one}


def test_one_person_in_two_roles_of_a_list_is_a_leak(tmp_path):
    rows = folds_of(tmp_path, make_clips(), {"kind": "kfold", "folds": 4})
    one = next(f"p{n}" for n in range(1, 9) if roles_of(rows, f"p{n}") != roles_of(rows, "p0"))
    found = audit_of(tmp_path, make_clips(), rows, table(tmp_path / "people.csv", f"p0,{one},yes"))
    assert found["groups"]["status"] == "leak"
    assert f"one person: p0 = {one}" in found["groups"]["text"]


def test_a_no_dismisses_the_candidate_and_is_named(tmp_path):
    clips = make_clips()
    store = store_of(tmp_path / "s.h5", {name: 2 if face == 8 else face for name, face in own_faces(clips).items()})
    rows = folds_of(tmp_path, clips, {"kind": "kfold", "folds": 4})
    assert audit_of(tmp_path, clips, rows, descriptors=[store])["who_is_who"]["status"] == "unknown"
    assert [pair.one for pair in read_as(tmp_path / "pairs.csv", Pair) if pair.check == "who_is_who"] == ["p2"]
    found = audit_of(tmp_path, clips, rows, table(tmp_path / "people.csv", "p8,p2,no"), [store])["who_is_who"]
    assert found["status"] == "pass"
    assert "dismissed by hand: `p2` and `p8` (0.1" in found["text"]
    yes = audit_of(tmp_path, clips, rows, table(tmp_path / "people.csv", "p8,p2,yes"), [store])["who_is_who"]
    assert yes["status"] == "pass"
    assert "one person by hand: `p2` = `p8`" in yes["text"]


def test_a_person_with_two_faces_can_be_said_to_be_one(tmp_path):
    clips = make_clips()
    store = store_of(tmp_path / "s.h5", {**own_faces(clips), "p2_fear": 60})
    said = Said({("p2", "p2")}, set())
    assert who_is_who(lineup_of(clips), [store], NOBODY).status == "unknown"
    assert who_is_who(lineup_of(clips), [store], said).status == "pass"


def test_without_a_word_about_faces_the_audit_is_as_before(tmp_path):
    rows = folds_of(tmp_path, make_clips(), {"kind": "kfold", "folds": 4})
    assert "who_is_who" not in audit_of(tmp_path, make_clips(), rows)


def test_one_person_is_one_unit_of_the_statistics():
    clips = make_clips()
    columns = dict.fromkeys(predictions.COLUMNS, "") | {"run": 0, "covered": True, "samples": 1}
    columns |= {"clip": [clip.clip for clip in clips], "subject": [clip.subject for clip in clips]}
    rows = predictions.Predictions.of(["anger"], np.ones((len(clips), 1)), **columns)
    for said, units in ((NOBODY, 9), (Said({("p0", "p4")}, set()), 8)):
        counted = with_parties(rows, who_said.tied(clips, said))
        assert units_of(counted.subject, counted.clip).noun == f"{units} subjects"


def test_ties_by_hand_and_by_group_add_up_and_part_nobody():
    clips = [clip._replace(group="film" if clip.clip in ("p4_fear", "p5_fear") else "") for clip in make_clips()]
    tied = who_said.tied(clips, Said({("p0", "p4"), ("p6", "p7")}, set()))
    party = roots(tied)
    assert party["p0"] == party["p4"] == party["p5"]
    assert party["p6"] == party["p7"]
    assert len(set(party.values())) == 6
    assert who_said.tied(clips, NOBODY) == clips


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["p0,p77,yes"], r"line 2: no clip has the subject p77; there are p0, p1, p2, p3, p4 and 4 more"),
        (["p0,p1,maybe"], r"line 2: found 'p0,p1,maybe', expected two names and yes or no"),
        (["p0,p1"], r"line 2: found 'p0,p1', expected two names"),
        (["p0,p1,yes", "p1,p0,no"], r"p0 and p1 are two people \(no\), and one person \(yes\) by p0 = p1"),
        (["p0,p1,yes", "p1,p2,yes", "p2,p0,no"], r"p0 and p2 are two people \(no\).*by p0 = p1 = p2"),
        (["p3,p3,no"], r"p3 is said to be two people; give each a subject of its own"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused_with_a_sentence(tmp_path, rows, sentence):
    with pytest.raises(StudyError, match=sentence):
        who_said.read(Who(people=table(tmp_path / "people.csv", *rows)), make_clips())


def test_a_table_of_another_form_is_refused(tmp_path):
    (tmp_path / "people.csv").write_text("a,b\n")
    with pytest.raises(StudyError, match="the header is 'a,b', expected 'one,another,same'"):
        who_said.read(Who(people=str(tmp_path / "people.csv")), make_clips())
    with pytest.raises(StudyError, match="there is no file"):
        who_said.read(Who(people=str(tmp_path / "none.csv")), make_clips())


def test_a_union_takes_the_tables_of_its_datasets(tmp_path):
    clips = [
        clip._replace(clip=f"{leaf}/{clip.clip}", subject=f"{leaf}/{clip.subject}")
        for leaf in ("a", "b")
        for clip in make_clips(3)
    ]
    of_leaf = table(tmp_path / "a.csv", "p0,p1,yes", "p0,left_out_of_the_union,yes")
    own = table(tmp_path / "own.csv", "a/p2,b/p2,YES", "a/p0,b/p0,no")
    said = who_said.read(Who(people=own, joined_people=[of_leaf], joined_names=["a/"]), clips)
    assert said == Said({("a/p0", "a/p1"), ("a/p2", "b/p2")}, {("a/p0", "b/p0")})


# ---- people by face
def nameless(people: int = 9) -> list[Clip]:
    """The same clips, but nobody is named."""
    return [clip._replace(subject="") for clip in make_clips(people)]


def named(folder, clips, faces) -> str:
    """The table of people by face that the script makes."""
    write_rows(folder / "clips.csv", clips_table.COLUMNS, clips)
    store = store_of(folder / "s.h5", faces)
    name_people.main(NamePeople(clips=str(folder / "clips.csv"), descriptors=[store], out=str(folder / "lab.csv")))
    return str(folder / "lab.csv")


def test_clips_of_one_face_are_one_person_and_named_ones_are_let_be(tmp_path):
    clips = nameless()
    clips[0] = clips[0]._replace(subject="somebody")
    table = named(tmp_path, clips, {**own_faces(make_clips()), "p5_fear": None})
    faces = people_table.read([table], clips)
    assert set(faces) == {clip.clip for clip in clips} - {"p0_anger", "p5_fear"}
    together = {}
    for clip, face in faces.items():
        together.setdefault(face, set()).add(clip)
    assert together["face of p3_anger"] == {"p3_anger", "p3_fear", "p3_happiness"}
    assert len(together) == 9
    in_union = [clip._replace(clip=f"lab/{clip.clip}") for clip in clips]
    assert people_table.read([table], in_union)["lab/p3_fear"] == "lab/face of p3_anger"


@pytest.mark.parametrize("number", [0, 1])
def test_a_dataset_of_few_faces_has_as_many(tmp_path, number):
    clips = nameless(1)
    faces = {clip.clip: 0 if place < number else None for place, clip in enumerate(clips)}
    assert len(people_table.read([named(tmp_path, clips, faces)], clips)) == number


def test_people_by_face_are_dealt_as_one_and_counted_as_one(tmp_path):
    clips = nameless()
    clips[4] = clips[4]._replace(group="film")  # of p1, with a clip of p2
    clips[7] = clips[7]._replace(group="film")
    table = named(tmp_path, clips, own_faces(make_clips()))
    rows = folds_of(tmp_path, clips, {"kind": "kfold", "folds": 4}, faces=[table])
    assert all(len(roles_of(rows, f"p{n}")) == 4 for n in range(9))  # one role in each fold
    assert roles_of(rows, "p1") == roles_of(rows, "p2")
    apart = folds_of(tmp_path, [c._replace(group="") for c in clips], {"kind": "kfold", "folds": 4, "refold": 1})
    assert any(len(roles_of(apart, f"p{n}")) > 4 for n in range(9))
    counted = who_said.linked(Who(faces=[table]), clips)
    assert len(set(roots(counted).values())) == 8
    found = audit_of(tmp_path, clips, rows, faces=[table])
    assert found["people_by_face"]["status"] == "pass"
    assert "27 clips that name no subject show 9 people by face" in found["people_by_face"]["text"]
    assert found["subjects"]["status"] == "unknown"
    everyone = make_clips()
    nobody = named(tmp_path, everyone, {})
    assert (
        audit_of(tmp_path, everyone, rows, faces=[nobody])["people_by_face"]["text"] == "Every clip names its subject."
    )
    table = named(tmp_path, clips, own_faces(make_clips()))
    torn = audit_of(tmp_path, clips, apart, faces=[table])["people_by_face"]
    assert torn["status"] == "unknown"
    assert "have two roles in one fold" in torn["text"]


# ---- which jobs there are
FIELDS = {"people", "faces", "joined_people", "joined_names", "descriptors"}
COUNTING = {"make_folds", "audit_protocol", "score", "compare"}


def jobs_of(config: dict) -> dict[str, list[dict]]:
    """What the jobs of a study are told, by rule."""
    told: dict[str, list[dict]] = {}
    for rule, job in every_job(study_of(config)):
        told.setdefault(rule, []).append(json.loads(job.to_json()))
    return told


def test_a_study_that_does_not_ask_who_is_who_has_no_new_job_and_tells_none_more():
    told = jobs_of(changed("report/title", "as ever"))
    assert not {"describe_people", "name_people"} & set(told)
    assert not any(FIELDS & set(job) for rule in COUNTING for job in told[rule])


def test_who_asks_who_is_who_has_people_described_and_no_other_training(tmp_path):
    before = jobs_of(changed("report/title", "as ever"))
    config = changed("datasets/builtin/who_is_who", True)
    config["datasets"]["builtin"] |= {"subjects_by_face": True, "people": table(tmp_path / "people.csv")}
    told = jobs_of(config)
    assert set(told) == set(before) | {"describe_people", "name_people"}
    assert {rule for rule in before if told[rule] != before[rule]} == {*COUNTING, "check_gate"}
    stores = [job["out"] for job in told["describe_people"]]
    assert told["audit_protocol"][0]["descriptors"] == told["name_people"][0]["descriptors"] == stores
    assert all(job["people"] and job["faces"] == ["results/people/builtin.csv"] for job in told["score"])


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"subjects_by_face": True}, "datasets/builtin/subjects_by_face: needs faces that are described"),
        ({"people": "none.csv"}, "datasets/builtin/people: there is no file 'none.csv'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(entry, sentence):
    config = changed("report/title", "as ever")
    config["datasets"]["builtin"] |= entry
    with pytest.raises(StudyError, match=sentence):
        study_of(config)


# ---- descriptors
@pytest.fixture(scope="module")
def filmed(tmp_path_factory):
    """A folder with films of two drawn people, one blurred at its ends, and of noise; and the shard's table."""
    folder = tmp_path_factory.mktemp("filmed")
    still = {}
    for number in (3, 4):
        still[number] = Renderer(person(number), 240, 320).frame(np.zeros(len(AUS)), np.zeros(6), np.zeros(2), 0)
    blurred = cv2.GaussianBlur(still[3], (0, 0), 4)
    noise = np.random.default_rng(0).integers(0, 256, (12, 240, 320, 3), dtype=np.uint8)
    film(folder / "one.mp4", [blurred] * 4 + [still[3]] * 4 + [blurred] * 4)
    film(folder / "other.mp4", [still[4]] * 12)
    film(folder / "noise.mp4", list(noise))
    names = ["noise", "one", "other"]
    parts = [(name, str(folder / f"{name}.mp4"), None, None, "") for name in names]
    write_rows(folder / "0.csv", shards.COLUMNS, [*parts, ("no_face_found", "there_is_none.mp4", None, None, "")])
    columns = {"box": ((4,), "f4")}
    with Writer(folder / "faces.h5", (1, 1, 1), "uint8", columns, {"leaf": "lab"}) as store:
        for name in names:
            box = haar().largest(still[4 if name == "other" else 3])[:4]
            store.begin(name)
            store.add(np.zeros((12, 1, 1, 1)), frame=np.arange(12), box=np.repeat(box[None], 12, 0))
            store.end()
    job = DescribePeople(
        leaf="lab", clips=str(folder / "0.csv"), faces=str(folder / "faces.h5"), out=str(folder / "people.h5")
    )
    describe_people.main(job)
    return folder, still


def test_a_clip_is_described_by_its_sharp_frames_as_dlib_describes_them(filmed):
    folder, still = filmed
    with Store(folder / "people.h5") as store:
        assert store.clips == ["noise", "one", "other"]
        assert store.column("one", "frame").tolist() == [4, 6, 7]  # of the nine that are looked at
        assert len(store.column("other", "frame")) == FRAMES
        assert len(store.column("noise", "frame")) == 0  # dlib sees no face there, so it is not described
        detector, shape = dlib.get_frontal_face_detector(), dlib.shape_predictor(str(package_file(POINTS)))
        network = dlib.face_recognition_model_v1(str(package_file(NETWORK)))
        for name, number in (("one", 3), ("other", 4)):
            picture = np.ascontiguousarray(still[number][..., ::-1])
            points = shape(picture, max(detector(picture), key=lambda box: box.area()))
            expected = np.array(network.compute_face_descriptor(picture, points))
            assert np.linalg.norm(store.values(name).mean(0) - expected) < 0.15
