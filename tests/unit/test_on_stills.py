"""Who is who on the stills that train a backbone: who is described, what the audit says, what people decide by hand."""

import cv2
import dlib
import numpy as np
import pytest
from test_config import changed, study_of
from test_who_is_who import (
    CLASSES,
    FACES,
    NOBODY,
    audit_of,
    folds_of,
    jobs_of,
    lineup_of,
    make_clips,
    own_faces,
    store_of,
    table,
)

import describe_stills
import make_stills
from ferstudy.errors import StudyError
from ferstudy.jobs.describe_stills import DescribeStills
from ferstudy.jobs.who import Who
from ferstudy.protocols import who_said
from ferstudy.protocols.on_stills import on_stills, read
from ferstudy.protocols.who_is_who import NAMED
from ferstudy.protocols.who_said import Said
from ferstudy.report.names import Names
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.study import people_jobs
from ferstudy.study.jobs import job as job_of
from ferstudy.synthetic import fer2013
from ferstudy.synthetic.action_units import AUS
from ferstudy.synthetic.identity import person
from ferstudy.synthetic.rendering import Renderer
from ferstudy.tables.pairs import Pair
from ferstudy.tables.rows import read_as
from ferstudy.tables.stills import COLUMNS
from ferstudy.tables.write import write_rows
from ferstudy.video.described_stills import drawn
from ferstudy.video.descriptor import NETWORK, POINTS
from ferstudy.video.landmarks import package_file


# ---- which stills are described
def rows_of(subjects: list[str]) -> list[dict[str, str]]:
    return [{"still": f"{number}.png", "subject": subject} for number, subject in enumerate(subjects)]


def test_a_draw_of_stills_takes_turns_over_the_people_and_is_the_same_every_time():
    rows = rows_of(["many"] * 50 + ["few"] * 3 + ["one"])
    whose = {row["still"]: row["subject"] for row in rows}
    found = drawn(rows, 8)
    assert sorted(whose[still] for still in found) == ["few"] * 3 + ["many"] * 4 + ["one"]
    assert found == drawn(rows, 8) == drawn(rows, 20)[:8]
    assert sorted(drawn(rows, 100)) == sorted(whose)


def test_stills_that_name_nobody_are_drawn_one_by_one_from_all_over_the_set():
    found = drawn(rows_of([""] * 1000), 100)
    numbers = sorted(int(still.removesuffix(".png")) for still in found)
    assert len(set(numbers)) == 100
    assert all(any(low <= number < low + 250 for number in numbers) for low in range(0, 1000, 250))


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """A folder with stills of two drawn people and one of noise, and their descriptors; and the pictures by name."""
    folder = tmp_path_factory.mktemp("stills")
    pictures = {"noise": np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)}
    for number in (3, 4):
        frame = Renderer(person(number), 240, 320).frame(np.zeros(len(AUS)), np.zeros(6), np.zeros(2), 0)
        face = max(dlib.get_frontal_face_detector()(np.ascontiguousarray(frame[..., ::-1])), key=lambda box: box.area())
        for name, around in (("tight", 0.1), ("wide", 0.9)):
            rim = round(around * face.width())
            top, left = max(face.top() - rim, 0), max(face.left() - rim, 0)
            cut = frame[top : face.bottom() + rim, left : face.right() + rim]
            side = min(cut.shape[:2])
            pictures[f"{name}{number}"] = np.ascontiguousarray(cut[:side, :side])
    with Writer(folder / "p.h5", (96, 96, 3), "uint8", {"intensity": ((), "f4")}, {"leaf": "mine"}) as store:
        for name, picture in pictures.items():
            pictures[name] = cv2.resize(picture, (96, 96), interpolation=cv2.INTER_AREA)
            store.begin(name)
            store.add(pictures[name][None], np.zeros(1, int), intensity=np.full(1, np.nan))
            store.end()
    roles = {name: "test" if name == "tight4" else "train" for name in pictures}
    write_rows(folder / "mine.csv", COLUMNS, [(name, "", "fear", role) for name, role in roles.items()])
    files = {"table": str(folder / "mine.csv"), "pictures": str(folder / "p.h5"), "out": str(folder / "mine.h5")}
    describe_stills.main(DescribeStills(name="mine", **files))
    return folder, pictures


def test_a_still_is_described_as_dlib_describes_it_and_one_without_a_face_is_not(described):
    folder, pictures = described
    with Store(folder / "mine.h5") as store:
        assert sorted(store.clips) == ["noise", "tight3", "wide3", "wide4"]  # what trains, and no other still
        assert len(store.values("noise")) == 0
        for name in ("tight3", "wide3", "wide4"):
            large = np.ascontiguousarray(np.kron(pictures[name], np.ones((4, 4, 1), np.uint8))[..., ::-1])
            rim = np.pad(large, ((100, 100), (100, 100), (0, 0)), mode="edge")
            face = max(dlib.get_frontal_face_detector()(rim), key=lambda box: box.area())
            points = dlib.shape_predictor(str(package_file(POINTS)))(rim, face)
            network = dlib.face_recognition_model_v1(str(package_file(NETWORK)))
            expected = np.array(network.compute_face_descriptor(rim, points))
            assert np.linalg.norm(store.values(name)[0] - expected) < 0.2
    assert read(folder / "mine.csv", folder / "mine.h5").told == "3 of 4 stills of mine"


def test_grey_pictures_of_fer2013_are_described(tmp_path):
    fer2013.render(tmp_path / "fer", people=1)
    told = {"adapter": "fer2013", "classes": list(fer2013.EMOTIONS), "labels": LABELS}
    study = study_of(with_stills(tmp_path, "fer", told))
    (tmp_path / "results/stills").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        make_stills.main(job_of(study, "make_stills", stills="fer"))
        describe_stills.main(job_of(study, "describe_stills", stills="fer"))
        with Store("results/people/fer.h5") as store:
            seen = [len(store.values(still)) for still in store.clips]
    assert len(seen) >= 6
    assert sum(seen) >= len(seen) - 1


# ---- what the audit says
def stills_of(folder, faces: dict[str, int | None], subjects: dict[str, str] | None = None, name: str = "mine"):
    """The table and the store of descriptors of stills, each of a number of FACES; one more that is not described."""
    rows = [(still, (subjects or {}).get(still, ""), "fear", "train") for still in faces]
    (folder / "people").mkdir(exist_ok=True)
    write_rows(folder / f"{name}.csv", COLUMNS, [*rows, ("not drawn", "", "fear", "train")])
    return str(folder / f"{name}.csv"), store_of(folder / f"people/{name}.h5", faces, name)


def found_in(folder, faces, subjects=None, clips=None, said=NOBODY):
    clips = clips or make_clips()
    people = [store_of(folder / "s.h5", own_faces(make_clips()))]
    return on_stills(lineup_of(clips), people, [read(*stills_of(folder, faces, subjects))], said)


def test_nobody_on_the_stills_passes_and_it_is_said_how_many_were_looked_at(tmp_path):
    found = found_in(tmp_path, {"a": 50, "b": 51, "wall": None})
    assert (found.status, found.pairs, found.clips) == ("pass", (), [])
    assert "3 tested people were compared with 2 of 3 stills of mine, drawn from 4" in found.text


def test_who_is_tested_and_on_a_still_is_unknown_and_no_leak_with_the_nearest_still(tmp_path):
    found = found_in(tmp_path, {"a": 50, "x": 7, "y": 7, "z": 8, "of training": 0})
    assert found.status == "unknown"
    assert {(pair.one, pair.other) for pair in found.pairs} == {
        ("p7", "stills:mine/x"),
        ("p7", "stills:mine/y"),
        ("p8", "stills:mine/z"),
    }
    assert "2 tested subjects look like somebody on the stills that train a backbone: " in found.text
    first = found.pairs[0]
    assert first.what.endswith("apart, 3 clips and 1 still")
    assert f"`{first.one}` and `{first.other}` (0." in found.text
    assert f"`{first.one},{first.other},yes` (one person, a leak)" in found.text
    assert found.text.count("`p7` and") == found.text.count("`p8` and") == 1
    assert found.clips == sorted(f"p{number}_{label}" for number in (7, 8) for label in CLASSES)


def test_of_many_five_are_named_the_likeliest_first_and_all_stand_in_the_table(tmp_path):
    clips, order = make_clips(24), [20, 17, 23, 16, 22, 18, 21, 19]
    away = 0.5 * np.linspace(0.1, 0.8, len(order)) / np.linalg.norm(FACES[100])
    (tmp_path / "s").mkdir()
    table_path, _ = stills_of(tmp_path, dict.fromkeys(map(str, order), 0))
    with Writer(tmp_path / "far.h5", (128,), "float32", {}, {"leaf": "mine"}) as store:
        for number, far in zip(order, away, strict=True):
            store.begin(str(number))
            store.add((FACES[number] + far * FACES[100])[None], frame=np.zeros(1, int))
            store.end()
    people = [store_of(tmp_path / "s.h5", own_faces(clips))]
    found = on_stills(lineup_of(clips), people, [read(table_path, tmp_path / "far.h5")], NOBODY)
    assert [pair.one for pair in found.pairs] == [f"p{number}" for number in order]
    named = [f"`p{number}` and `stills:mine/{number}`" for number in order]
    assert [name in found.text for name in named] == [True] * NAMED + [False] * (len(order) - NAMED)
    assert found.text.index(named[0]) < found.text.index(named[NAMED - 1])
    assert "and 3 more" in found.text


def test_a_person_whom_the_stills_name_is_one_candidate_as_far_away_as_most_stills(tmp_path):
    subjects = {"x1": "anna", "x2": "anna", "x3": "anna", "y1": "berta", "y2": "berta", "y3": "berta"}
    faces = {"x1": 7, "x2": 7, "x3": 60, "y1": 8, "y2": 61, "y3": 61}  # one still of berta shows somebody else
    found = found_in(tmp_path, faces, subjects)
    [pair] = found.pairs
    assert (pair.one, pair.other) == ("p7", "stills:mine/anna")
    assert "3 clips and 3 stills" in pair.what


def test_clips_that_name_nobody_are_not_compared_and_it_is_said(tmp_path):
    clips = [clip._replace(subject="") if clip.subject == "p8" else clip for clip in make_clips()]
    found = found_in(tmp_path, {"z": 8}, clips=clips)
    assert found.status == "pass"
    assert "2 tested people were compared with 1 of 1 still of mine, drawn from 2; 3 test clips name no subject" in (
        found.text
    )
    everyone = [clip._replace(subject="") for clip in make_clips()]
    nobody = found_in(tmp_path, {"z": 8}, clips=everyone)
    assert (nobody.status, nobody.text.split(",")[0]) == ("unknown", "Nobody was compared")
    assert found_in(tmp_path, {"wall": None}).status == "unknown"


def test_a_public_page_says_who_is_on_a_still_without_a_name(tmp_path):
    text = found_in(tmp_path, {"Mustermann, Max/1.png": 8}).text
    assert "Mustermann" in text
    told = Names(["p8"], [], [], [], []).marked(text)
    assert "Mustermann" not in told
    assert "Max" not in told
    assert "`person 1` and `a still` (0." in told
    assert "`person 1,a still,yes`" in told


# ---- what people say
def audited(folder, *rows: str) -> dict:
    """The findings of the audit of folds in which everybody is tested; the stills show p7 and p3."""
    clips = make_clips()
    dealt = folds_of(folder, clips, {"kind": "kfold", "folds": 4})
    stills, store = stills_of(folder, {"x": 7, "y": 3, "z": 50})
    with Writer(folder / "mine.h5", (2, 2, 3), "uint8", {}, {"leaf": "mine"}):
        pass
    people = table(folder / "people.csv", *rows)
    told = {"stills": [stills], "pictures": [str(folder / "mine.h5")], "described_stills": [store]}
    faces = store_of(folder / "s.h5", own_faces(make_clips()))
    return audit_of(folder, clips, dealt, people, descriptors=[faces], **told)


def test_a_no_dismisses_a_still_and_a_yes_is_a_leak_of_the_person(tmp_path):
    asked = audited(tmp_path)
    assert asked["who_is_who_stills"]["status"] == "unknown"
    assert asked["stills"]["status"] == "unknown"  # nobody is named
    found = audited(tmp_path, "stills:mine/x,p7,no", "p3,stills:mine/y,YES")
    seen = found["who_is_who_stills"]
    assert seen["status"] == "pass"
    assert "dismissed by hand: `p7` and `stills:mine/x` (0." in seen["text"]
    assert found["stills"]["status"] == "leak"
    assert "1 person is in the stills (mine) that train a backbone, and tested: `p3`" in found["stills"]["text"]
    assert found["stills"]["clips"] == [f"p3_{label}" for label in CLASSES]
    assert [pair for pair in read_as(tmp_path / "pairs.csv", Pair) if pair.check == "stills"] == [
        Pair("stills", "p3", "mine", "the person's stills")
    ]


def test_what_is_said_of_a_person_holds_under_all_names(tmp_path):
    said = ("p3,p4,yes", "p4,stills:mine/y,yes", "p7,p8,yes", "p8,stills:mine/x,no")
    found = audited(tmp_path, *said)
    assert found["who_is_who_stills"]["status"] == "pass"
    assert "tested: `p3`, `p4`." in found["stills"]["text"]


def test_stills_of_other_sets_do_not_count_and_dealing_knows_no_stills(tmp_path):
    found = audited(tmp_path, "p3,stills:of another study/y,yes")
    assert found["stills"]["status"] == "unknown"
    assert found["who_is_who_stills"]["status"] == "unknown"
    clips = make_clips()
    one = who_said.read(Who(people=table(tmp_path / "p.csv", "p3,stills:mine/y,yes")), clips)
    assert one == Said(set(), set(), {("p3", "stills:mine/y")}, set())
    assert who_said.tied(clips, one) == clips


def test_a_union_takes_what_its_datasets_say_of_stills(tmp_path):
    clips = [clip._replace(clip=f"a/{clip.clip}", subject=f"a/{clip.subject}") for clip in make_clips(3)]
    of_leaf = table(tmp_path / "a.csv", "p0,stills:mine/y,yes", "left_out_of_the_union,stills:mine/x,no")
    said = who_said.read(Who(joined_people=[of_leaf], joined_names=["a/"]), clips)
    assert said == Said(set(), set(), {("a/p0", "stills:mine/y")}, set())


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["p3,stills:mine/who,no"], r"people\.csv: stills:mine/who: .*mine\.csv has neither a still nor a subject"),
        (["stills:mine/y,stills:mine/x,no"], r"line 2: both are names of stills; one must be a subject"),
        (["p99,stills:mine/y,no"], r"line 2: no clip has the subject p99"),
        (["p3,stills:mine/y,no", "stills:mine/y,p3,yes"], r"p3 is on stills:mine/y \(yes\), and is not \(no\)"),
        (["p3,p4,yes", "p3,stills:mine/y,no", "p4,stills:mine/y,yes"], r"p3 is on stills:mine/y \(yes\), and is not"),
    ],
)
def test_what_cannot_be_said_of_stills_is_refused_with_a_sentence(tmp_path, rows, sentence):
    with pytest.raises(StudyError, match=sentence):
        audited(tmp_path, *rows)


# ---- which jobs there are
LABELS = {"angry": "anger", "happy": "happiness", "sad": "sadness"}


def with_stills(folder, name: str, entry: dict | None = None, **dataset) -> dict:
    """The default study with a backbone of the stills `name`; by default of real people."""
    (folder / name).mkdir(exist_ok=True)
    config = changed("backbones/compact/stills", name)
    classes = config["datasets"]["builtin"]["classes"]
    entry = entry or {"adapter": "fer2013", "classes": classes, "labels": LABELS}
    config["stills"] = {name: {**entry, **({"root": str(folder / name)} if "adapter" in entry else {})}}
    config["datasets"]["builtin"] |= {"who_is_who": True, **dataset}
    return config


def test_stills_of_real_people_are_described_where_people_are_compared(tmp_path):
    told = jobs_of(with_stills(tmp_path, "mine"))
    [job] = told["describe_stills"]
    assert job == {
        "name": "mine",
        "table": "results/stills/mine.csv",
        "pictures": "results/stills/mine.h5",
        "out": "results/people/mine.h5",
    }
    [audit] = told["audit_protocol"]
    assert audit["described_stills"] == [job["out"]]
    assert audit["stills"] == [job["table"]]
    before = jobs_of(with_stills(tmp_path, "mine", who_is_who=False))
    asked = {"describe_stills", "describe_people"}
    assert set(told) - set(before) == asked
    assert {rule for rule in before if told[rule] != before[rule]} == {"audit_protocol", "check_gate", "compare"}
    assert "described_stills" not in before["audit_protocol"][0]


def test_rendered_stills_show_nobody_and_are_not_described(tmp_path):
    config = with_stills(tmp_path, "people", {"classes": list(CLASSES)})
    config["stills"]["people"]["classes"] = config["datasets"]["builtin"]["classes"]
    told = jobs_of(config)
    assert "describe_people" in told
    assert "describe_stills" not in told
    assert "described_stills" not in told["audit_protocol"][0]


def test_stills_behind_no_backbone_that_is_read_are_not_described(tmp_path):
    config = with_stills(tmp_path, "mine")
    study = study_of(config)
    assert people_jobs.described_stills(study, "builtin", "kfold3") == ["mine"]
    config["backbones"]["compact"] |= {"source": "frames"}
    del config["backbones"]["compact"]["stills"]
    assert "describe_stills" not in jobs_of(config)
