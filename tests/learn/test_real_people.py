"""On real people: who is one person is found under two names, also in copies and on stills, and nobody else.

The clips are those of test_real_faces.
"""

import csv
import time

import cv2
import numpy as np
import pytest
from completed import sections
from films import film
from test_real_faces import FACES

import describe_people
import describe_stills
import extract_faces
from ferstudy.jobs.describe_people import DescribePeople
from ferstudy.jobs.describe_stills import DescribeStills
from ferstudy.jobs.extract_faces import ExtractFaces
from ferstudy.protocols.on_stills import on_stills, read
from ferstudy.protocols.who_is_who import ALIKE, who_is_who
from ferstudy.protocols.who_said import Said
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.tables import shards
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import Lineup
from ferstudy.tables.stills import COLUMNS
from ferstudy.tables.write import write_rows
from ferstudy.video.crop import cut, square
from ferstudy.video.decode import Film

pytestmark = pytest.mark.learn

LABELS = ("neutral", "smile", "onset", "offset")


def jpeg(frame: np.ndarray) -> np.ndarray:
    """A frame as a JPEG of quality 20 shows it."""
    return cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 20])[1], cv2.IMREAD_COLOR)


COPIES = {
    "the same file": None,
    "cut by a tenth on each side": lambda frame: frame[26:-26, 26:-26],
    "mirrored": lambda frame: frame[:, ::-1],
    "JPEG of quality 20": jpeg,
    "grey": lambda frame: cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR),
    "half the size": lambda frame: cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
}


def rows() -> list[dict[str, str]]:
    """The clips' rows."""
    if not (FACES / "manifest.csv").exists():
        pytest.skip(f"no clips in {FACES}: set FERSTUDY_REAL_FACES to a folder with manifest.csv")
    with open(FACES / "manifest.csv", newline="") as file:
        return list(csv.DictReader(file))


def described(folder, paths: dict[str, str]) -> str:
    """The store of descriptors of films by clip, and what a clip costs."""
    folder.mkdir(exist_ok=True)
    table, faces, out = (str(folder / name) for name in ("0.csv", "faces.h5", "people.h5"))
    write_rows(table, shards.COLUMNS, [(name, str(path), None, None, "") for name, path in paths.items()])
    recipe = sections({"crop": {"size": 64}})
    told = {"leaf": "real", "clips": table}
    extract_faces.main(ExtractFaces(**told, recipe=recipe, shortest=1, store=faces, rejected=str(folder / "r.csv")))
    begun = time.process_time()
    describe_people.main(DescribePeople(**told, faces=faces, out=out))
    print(f"\n{(time.process_time() - begun) / len(paths) * 1000:.0f} CPU-ms a clip of {len(paths)}")
    return out


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> str:
    """The descriptors of all clips."""
    return described(tmp_path_factory.mktemp("plain"), {row["clip"]: FACES / row["path"] for row in rows()})


def vectors(store: str, label: str) -> dict[str, np.ndarray]:
    """The mean descriptor of each person's clip of a class."""
    with Store(store) as there:
        return {row["subject"]: there.values(row["clip"]).mean(0) for row in rows() if row["label"] == label}


def copied(folder, change) -> dict[str, str]:
    """The smiles, changed frame by frame and encoded again."""
    paths = {}
    for row in rows():
        if row["label"] == "smile":
            frames = [np.ascontiguousarray(change(frame)) for frame in Film(str(FACES / row["path"]))]
            paths[row["clip"]] = film(folder / f"{row['clip']}.mp4", frames)
    return paths


@pytest.mark.parametrize("copy", COPIES)
def test_30_of_30_people_are_found_between_expressions_and_none_of_870_others(plain, tmp_path, copy):
    smiles = plain if COPIES[copy] is None else described(tmp_path / "copy", copied(tmp_path, COPIES[copy]))
    one, other = vectors(plain, "neutral"), vectors(smiles, "smile")
    apart = np.array([[np.linalg.norm(one[a] - other[b]) for b in sorted(other)] for a in sorted(one)])
    own, others = np.diag(apart), apart[~np.eye(len(one), dtype=bool)]
    print(
        f"\n{copy}: {(own < ALIKE).sum()} of {len(own)}, false {(others < ALIKE).sum()} of {len(others)}, "
        f"below dlib's 0.6 {(others < 0.6).sum()}; own {np.median(own):.2f}, at most {own.max():.2f}; "
        f"others {np.median(others):.2f}, at least {others.min():.2f}"
    )
    assert ((own < ALIKE).sum(), (others < ALIKE).sum(), len(others)) == (30, 0, 870)


def line(subject_of) -> Lineup:
    """All clips in one fold; `subject_of` names the person in a row of the manifest."""
    clips = {row["clip"]: Clip(row["clip"], row["path"], subject_of(row), row["label"]) for row in rows()}
    names = sorted(clips)
    return Lineup(clips, {"0": {"train": set(names[:60]), "validation": set(), "test": set(names[60:])}}, [])


def test_the_audit_finds_every_person_under_two_names_and_nobody_under_one(plain):
    clean = who_is_who(line(lambda row: row["subject"]), [plain], Said(set(), set()))
    assert (clean.status, clean.pairs) == ("pass", ())
    found = who_is_who(line(lambda row: row["subject"] + "b" * (row["label"] == "smile")), [plain], Said(set(), set()))
    people = sorted({row["subject"] for row in rows()})
    assert sorted((pair.one, pair.other) for pair in found.pairs) == [(name, f"{name}b") for name in people]


def test_the_audit_finds_two_people_under_one_name_and_one_clip_under_a_wrong_one(plain):
    people = sorted({row["subject"] for row in rows()})
    first, second, third, wrong = people[:4]
    names = {second: first}

    def subject(row: dict[str, str]) -> str:
        return (
            wrong if (row["subject"], row["label"]) == (third, "smile") else names.get(row["subject"], row["subject"])
        )

    found = who_is_who(line(subject), [plain], Said(set(), set()))
    assert sorted((pair.one, pair.other) for pair in found.pairs) == [(first, first), (third, wrong), (wrong, wrong)]


def stills_of(folder, faces: str, people: list[str], size: int, margin: float, named: bool) -> tuple[str, str]:
    """The table and the descriptors of three stills of each of `people`, cut from clips that do not smile."""
    stills = [row for row in rows() if row["subject"] in people and row["label"] != "smile"]
    assert len(stills) == 3 * len(people)
    with Store(faces) as boxes, Writer(folder / "p.h5", (size, size, 3), "uint8", {}, {"leaf": "mine"}) as store:
        for row in stills:
            frame = next(iter(Film(str(FACES / row["path"]))))
            picture = cut(frame, square(boxes.column(row["clip"], "box")[0], margin, 0.1), size)[..., ::-1]
            if size == 48:  # as FER2013
                picture = np.repeat(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_BGR2GRAY)[..., None], 3, 2)
            store.begin(row["clip"])
            store.add(picture[None], np.zeros(1, int))
            store.end()
    told = [(row["clip"], f"somebody {row['subject']}" if named else "", row["label"], "train") for row in stills]
    write_rows(folder / "mine.csv", COLUMNS, told)
    files = {"table": str(folder / "mine.csv"), "pictures": str(folder / "p.h5"), "out": str(folder / "mine.h5")}
    begun = time.process_time()
    describe_stills.main(DescribeStills(name="mine", **files))
    print(f"\n{(time.process_time() - begun) / len(stills) * 1000:.0f} CPU-ms a still of {len(stills)}")
    return files["table"], files["out"]


# Of faces 30 px small (48 px, a margin of 0.25) one still looks like somebody else, who is on other stills.
@pytest.mark.parametrize("named", [True, False], ids=["named", "nameless"])
@pytest.mark.parametrize(("size", "margin"), [(48, 0.0), (48, 0.25), (96, 0.0), (96, 0.25), (96, 0.6)])
def test_10_people_on_stills_are_found_among_30_who_are_tested_and_none_of_the_20(plain, tmp_path, size, margin, named):
    people = sorted({row["subject"] for row in rows()})[::3]
    clips = {
        row["clip"]: Clip(row["clip"], row["path"], row["subject"], "smile")
        for row in rows()
        if row["label"] == "smile"
    }
    everybody = Lineup(clips, {"0": {"train": set(), "validation": set(), "test": set(clips)}}, [])
    stills = read(*stills_of(tmp_path, plain.replace("people.h5", "faces.h5"), people, size, margin, named))
    found = on_stills(everybody, [plain], [stills], Said(set(), set()))
    of = {row["clip"]: row["subject"] for row in rows()} | {f"somebody {name}": name for name in people}
    wrong = [pair for pair in found.pairs if of[pair.other.removeprefix("stills:mine/")] != pair.one]
    others = len(stills.people.names) * (len(clips) - 1)
    own = len(found.pairs) - len(wrong)
    print(f"{size} px, margin {margin}: {stills.told}; {own} own, false {len(wrong)} of {others}")
    assert {pair.one for pair in found.pairs} == set(people)
    assert len(wrong) <= ((size, margin, named) == (48, 0.25, False))
