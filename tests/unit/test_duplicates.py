"""Copies of clips are found whatever was done to them, and people who look alike are not taken for copies."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import tiny

import fingerprint_clips
from ferstudy.jobs.fingerprint_clips import FingerprintClips
from ferstudy.protocols import duplicates, full_frames, lookalikes, runs
from ferstudy.protocols.findings import Finding
from ferstudy.protocols.registration import register
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.tables import shards
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import Lineup
from ferstudy.tables.rows import read_rows
from ferstudy.tables.write import write_rows
from ferstudy.video.fingerprint import COLUMNS, SIZE, checksum, thumbnail

ROOT = Path(__file__).parents[2]
FACES = Path(os.environ.get("FERSTUDY_REAL_FACES", ROOT.parent / "shared/real-faces"))
ROLES = ("train", "validation", "test")


def frames_of(path: Path) -> list[np.ndarray]:
    capture = cv2.VideoCapture(str(path))
    frames = []
    while (read := capture.read())[0]:
        frames.append(read[1])
    return frames


def write_video(path: Path, frames: list[np.ndarray], codec: str = "XVID") -> Path:
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 25, (width, height))
    for frame in frames:
        writer.write(np.ascontiguousarray(frame))
    writer.release()
    return path


def fingerprints(folder: Path, paths: dict[str, Path], leaf: str = "faces") -> Path:
    """The store that the script writes for the videos `paths` by clip."""
    table, out = folder / f"{leaf}.csv", folder / f"{leaf}.h5"
    write_rows(table, shards.COLUMNS, [(name, str(path), "", "", "") for name, path in paths.items()])
    fingerprint_clips.main(FingerprintClips(leaf=leaf, clips=str(table), out=str(out)))
    return out


def make_store(path: Path, clips: dict[str, np.ndarray], hashes: dict[str, list[int]] | None = None) -> Path:
    """A store of given thumbnails; checksums differ everywhere but where `hashes` gives them."""
    count = 1
    with Writer(path, (SIZE, SIZE), "uint8", COLUMNS, {"leaf": "faces"}) as store:
        for name, pictures in clips.items():
            own = np.arange(count, count + len(pictures))
            store.begin(name)
            store.add(pictures, np.arange(len(pictures)), hash=np.array((hashes or {}).get(name, own), "u8"))
            store.end()
            count += len(pictures)
    return path


def searched(line: Lineup, stores: list[Path]) -> Finding:
    return duplicates.duplicates(line, full_frames.read(line, stores))


def line_of(subjects: dict[str, str], roles: dict[str, str]) -> Lineup:
    """One fold; clips are in train unless `roles` says otherwise."""
    clips = {name: Clip(name, f"{name}.avi", subject, "fear") for name, subject in subjects.items()}
    fold = {role: {name for name in clips if roles.get(name, "train") == role} for role in ROLES}
    return Lineup(clips, {"0": fold}, [])


def each_in_turn(subjects: dict[str, str]) -> Lineup:
    """A fold for every subject, who is tested there: any two subjects have different roles somewhere."""
    clips = {name: Clip(name, f"{name}.avi", subject, "fear") for name, subject in subjects.items()}
    folds = {}
    for number, person in enumerate(sorted(set(subjects.values()))):
        tested = {name for name in clips if subjects[name] == person}
        folds[str(number)] = {"train": set(clips) - tested, "validation": set(), "test": tested}
    return Lineup(clips, folds, [])


def people(count: int, seed: int = 0, frames: int = 8, contrast: float = 40) -> dict[str, np.ndarray]:
    """Smooth random pictures that move a little: a clip for each of `count` people."""
    rng = np.random.default_rng(seed)
    found = {}
    for person in range(count):
        base = cv2.GaussianBlur(rng.normal(size=(80, 80)), (0, 0), 4)
        base = 120 + contrast * base / base.std()
        at = rng.integers(10, 30, 2)
        shifts = at[None] + np.cumsum(rng.integers(0, 2, (frames, 2)), 0)
        found[f"p{person}"] = np.stack(
            [np.clip(base[y : y + SIZE, x : x + SIZE], 0, 255).round().astype("u1") for y, x in shifts]
        )
    return found


# ---------------------------------------------------------------- fingerprints of real videos


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> dict[str, tuple[str, Path]]:
    """(person, video) by clip: six people of the built-in faces with two clips each."""
    folder = tmp_path_factory.mktemp("films")
    tiny.film(folder / "raw")
    rows = read_rows(folder / "raw" / "manifest.csv", ("clip", "path", "subject"), more="")
    return {row["clip"]: (row["subject"], folder / "raw" / row["path"]) for row in rows}


def test_a_fingerprint_holds_every_full_frame(films, tmp_path):
    name, (_, path) = next(iter(films.items()))
    frames = frames_of(path)
    with Store(fingerprints(tmp_path, {name: path})) as store:
        pictures, numbers = store.values(name), store.column(name, "hash")
        assert store.column(name, "frame").tolist() == list(range(len(frames)))
    height, width = frames[0].shape[:2]
    means = np.stack(frames).reshape(len(frames), SIZE, height // SIZE, SIZE, width // SIZE, 3).mean((2, 4))
    assert np.abs(pictures - (means.max(3) + means.min(3)) / 2).max() <= 1
    assert len(set(numbers.tolist())) == len({frame.tobytes() for frame in frames})


def test_a_checksum_changes_with_any_pixel_and_with_the_shape():
    frame = np.random.default_rng(0).integers(0, 256, (6, 8), dtype=np.uint8)
    seen = {checksum(frame), checksum(frame.reshape(8, 6)), checksum(np.zeros((0, 4), "u1"))}
    for index in np.ndindex(frame.shape):
        changed = frame.copy()
        changed[index] ^= 1
        seen.add(checksum(changed))
    assert len(seen) == frame.size + 3
    assert checksum(frame.copy()) == checksum(frame) < 2**64


def test_a_stretch_keeps_its_source_frames_and_a_broken_video_gets_none(films, tmp_path):
    path = next(iter(films.values()))[1]
    (tmp_path / "broken.mp4").write_bytes(path.read_bytes()[:200])
    rows = [("stretch", str(path), 3, 9, ""), ("broken", str(tmp_path / "broken.mp4"), "", "", "")]
    write_rows(tmp_path / "s.csv", shards.COLUMNS, rows)
    fingerprint_clips.main(FingerprintClips(leaf="a", clips=str(tmp_path / "s.csv"), out=str(tmp_path / "s.h5")))
    with Store(tmp_path / "s.h5") as store:
        assert store.clips == ["stretch", "broken"]
        assert store.column("stretch", "frame").tolist() == [3, 4, 5, 6, 7, 8]
        assert store.lengths.tolist() == [6, 0]
        assert store.attributes["leaf"] == "a"


# ---------------------------------------------------------------- copies


def crop(frames, pixels):
    return [frame[pixels:-pixels, pixels:-pixels] for frame in frames]


COPIES = {
    "encoded again": lambda frames: frames,
    "half the size": lambda frames: [cv2.resize(f, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for f in frames],
    "twice the size": lambda frames: [cv2.resize(f, None, fx=2, fy=2) for f in frames],
    "cut by 4 px": lambda frames: crop(frames, 4),
    "trimmed": lambda frames: frames[4:-3],
    "every second frame": lambda frames: frames[::2],
    "mirrored": lambda frames: [frame[:, ::-1] for frame in frames],
    "grey": lambda frames: [cv2.merge([cv2.cvtColor(f, cv2.COLOR_BGR2GRAY)] * 3) for f in frames],
    "brighter": lambda frames: [cv2.add(f, (12, 12, 12, 0)) for f in frames],
    "coarse": lambda frames: [
        cv2.imdecode(cv2.imencode(".jpg", f, [cv2.IMWRITE_JPEG_QUALITY, 15])[1], 1) for f in frames
    ],
}


LATER = ("half the size", "twice the size", "grey", "brighter", "trimmed")


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.slow) if kind in LATER else kind for kind in COPIES]
)
def test_a_copy_in_another_role_is_a_leak_with_both_names(films, tmp_path, kind):
    source = sorted(films)[5]
    copy = write_video(tmp_path / "copy.avi", COPIES[kind](frames_of(films[source][1])), "MJPG")
    store = fingerprints(tmp_path, {**{name: path for name, (_, path) in films.items()}, "copy": copy})
    subjects = {**{name: person for name, (person, _) in films.items()}, "copy": "a stranger"}
    found = searched(each_in_turn(subjects), [store])
    assert found.status == "leak"
    # The other take of the same person may look the same as well, and is then the same leak.
    assert {source, "copy"} <= set(found.clips)
    assert {subjects[name] for name in found.clips} == {subjects[source], "a stranger"}
    assert "in a row" in found.text
    assert ("mirrored" in found.text) == (kind == "mirrored")


def test_built_in_people_are_no_copies_of_one_another(films, tmp_path):
    store = fingerprints(tmp_path, {name: path for name, (_, path) in films.items()})
    found = searched(each_in_turn({name: person for name, (person, _) in films.items()}), [store])
    assert (found.status, found.clips) == ("pass", [])
    assert f"the {len(films)} clips" in found.text


@pytest.mark.slow
def test_small_faces_before_one_backdrop_are_no_copies(films, tmp_path):
    """Most of every frame is the same here: the mean difference of two people is far below two grey levels."""
    rng = np.random.default_rng(5)
    backdrop = cv2.resize(rng.integers(40, 160, (9, 16, 3), dtype=np.uint8), (320, 180), interpolation=cv2.INTER_CUBIC)

    def seated(frames):
        scenes = [backdrop.copy() for _ in frames]
        for scene, frame in zip(scenes, frames, strict=True):
            scene[60:124, 130:178] = cv2.resize(frame, (48, 64), interpolation=cv2.INTER_AREA)
        return scenes

    paths = {name: write_video(tmp_path / f"{name}.avi", seated(frames_of(path))) for name, (_, path) in films.items()}
    subjects = {name: person for name, (person, _) in films.items()}
    store = fingerprints(tmp_path, paths)
    found = searched(each_in_turn(subjects), [store])
    assert (found.status, found.clips) == ("pass", [])
    with Store(store) as opened:
        one, other = (opened.values(name) for name in (sorted(films)[0], sorted(films)[-1]))
    assert register(one[:1], other[:1]).mean[0] < runs.SAME
    source = sorted(films)[0]
    paths["copy"] = write_video(tmp_path / "copy.avi", frames_of(paths[source]), "MJPG")
    found = searched(each_in_turn({**subjects, "copy": "a stranger"}), [fingerprints(tmp_path, paths, "with_copy")])
    assert found.status == "leak"
    assert {source, "copy"} <= set(found.clips)


@pytest.mark.slow
def test_a_room_that_a_few_people_share_hides_no_person_as_a_logo_would(tmp_path):
    """Three of nine people before one backdrop: all but a spot of their frames agrees, and the spot moves."""
    room = people(1, frames=1, seed=8)["p0"][0]
    rng = np.random.default_rng(1)
    clips = {f"elsewhere {name}": clip for name, clip in people(6, frames=12).items()}
    for person in range(3):
        face = rng.integers(30, 220, (7, 7)).astype("u1")
        clips[f"room {person}"] = np.repeat(room[None], 12, axis=0)
        for frame in range(12):
            at = 12 + frame % 4
            clips[f"room {person}"][frame, 11:18, at : at + 7] = face
    subjects = {name: name for name in clips}
    assert searched(each_in_turn(subjects), [make_store(tmp_path / "f.h5", clips)]).status == "pass"
    clips["copy"] = clips["elsewhere p2"].copy()
    clips["copy"][:, 1:7, 25:31] = rng.integers(0, 255, (6, 6))
    found = searched(each_in_turn({**subjects, "copy": "a stranger"}), [make_store(tmp_path / "g.h5", clips)])
    assert (found.status, found.clips) == ("leak", ["copy", "elsewhere p2"])


@pytest.mark.slow
@pytest.mark.skipif(not (FACES / "manifest.csv").exists(), reason="no real faces: set FERSTUDY_REAL_FACES")
def test_real_people_are_no_copies_of_one_another(tmp_path):
    rows = read_rows(FACES / "manifest.csv", ("clip", "path", "subject"), more="")
    store = fingerprints(tmp_path, {row["clip"]: FACES / row["path"] for row in rows})
    found = searched(each_in_turn({row["clip"]: row["subject"] for row in rows}), [store])
    assert (found.status, found.clips) == ("pass", [])


# ---------------------------------------------------------------- equal frames, roles, unknowns


def test_one_equal_frame_is_a_leak_and_counted(tmp_path):
    clips = people(4)
    clips["p1"][5] = clips["p0"][2]
    store = make_store(
        tmp_path / "f.h5", clips, {"p0": [*range(2), 999, *range(3, 8)], "p1": [*range(50, 55), 999, 56, 57]}
    )
    found = searched(line_of({name: name for name in clips}, {"p0": "test"}), [store])
    assert (found.status, found.clips) == ("leak", ["p0", "p1"])
    assert "`p0` and `p1` (1 equal)" in found.text


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_black_and_uniform_frames_are_nobodys(tmp_path, grey):
    clips = people(4)
    for name in ("p0", "p1"):
        clips[name][2:6] = grey
    equal = {name: [100 * i, 100 * i + 1, 7, 7, 7, 7, 100 * i + 6, 100 * i + 8] for i, name in enumerate(clips, 1)}
    store = make_store(tmp_path / "f.h5", clips, {name: equal[name] for name in ("p0", "p1")})
    assert searched(each_in_turn({name: name for name in clips}), [store]).status == "pass"


@pytest.mark.parametrize("noise", [0, 2])
def test_a_title_card_of_everybody_is_no_copy(tmp_path, noise):
    """Equal or encoded anew for every video."""
    rng = np.random.default_rng(1)
    card = people(1, seed=9)["p0"][0]
    clips = people(8)
    equal = {}
    for i, (name, pictures) in enumerate(clips.items(), 1):
        pictures[:4] = np.clip(card + rng.normal(0, noise, (4, SIZE, SIZE)), 0, 255)
        equal[name] = [*(range(4) if not noise else range(9000 * i, 9000 * i + 4)), *range(100 * i, 100 * i + 4)]
    found = searched(each_in_turn({name: name for name in clips}), [make_store(tmp_path / "f.h5", clips, equal)])
    assert found.status == "pass"
    assert ("4 frames were left out that many clips share" in found.text) == (not noise)


def test_two_frames_in_a_row_are_not_enough_and_three_are(tmp_path):
    """Frames in disorder, so that no neighbour of a copied frame looks like it."""
    for length, status in ((2, "pass"), (3, "leak")):
        clips = people(6, frames=3) | {"mixed": np.stack([pictures[0] for pictures in people(9, seed=4).values()])}
        clips["p0"] = np.stack([pictures[0] for pictures in people(9, seed=5).values()])
        clips["p0"][3 : 3 + length] = clips["mixed"][4 : 4 + length]
        store = make_store(tmp_path / "f.h5", clips)
        assert searched(each_in_turn({name: name for name in clips}), [store]).status == status


def test_copies_in_one_role_are_a_warning(tmp_path):
    clips = people(6)
    clips["copy"] = clips["p0"].copy()
    store = make_store(tmp_path / "f.h5", clips)
    found = searched(line_of({name: name for name in clips}, {"p3": "test"}), [store])
    assert (found.status, found.clips) == ("warning", ["copy", "p0"])
    assert "count twice" in found.text


def test_takes_of_one_person_may_look_alike_but_not_be_equal(tmp_path):
    clips = people(6)
    clips["again"] = clips["p0"].copy()
    subjects = {**{name: name for name in clips}, "again": "p0"}
    assert searched(each_in_turn(subjects), [make_store(tmp_path / "f.h5", clips)]).status == "pass"
    equal = make_store(tmp_path / "e.h5", clips, {name: list(range(8)) for name in ("p0", "again")})
    found = searched(each_in_turn(subjects), [equal])
    assert (found.status, found.clips) == ("warning", ["again", "p0"])
    assert "8 equal" in found.text


def test_a_copy_of_a_held_out_clip_in_the_folds_that_choose_is_a_leak(tmp_path):
    clips = people(6)
    clips["copy"] = clips["p0"].copy()
    line = line_of({name: name for name in clips}, {"p3": "validation"})
    dev = {role: names - {"p0"} for role, names in line.folds["0"].items()}
    final = {"train": {"p1", "p2"}, "validation": set(), "test": {"p0"}}
    found = searched(Lineup(line.clips, {"0": dev, "final": final}, []), [make_store(tmp_path / "f.h5", clips)])
    assert (found.status, found.clips) == ("leak", ["copy", "p0"])


def test_clips_without_fingerprints_are_unknown_and_unreadable_ones_are_not(tmp_path):
    clips = people(3) | {"broken": np.zeros((0, SIZE, SIZE), "u1")}
    subjects = {name: name for name in (*clips, "forgotten")}
    store = make_store(tmp_path / "f.h5", clips)
    found = searched(each_in_turn(subjects), [store])
    assert (found.status, found.clips) == ("unknown", ["forgotten"])
    assert "1 of 5 clips without fingerprints" in found.text
    del subjects["forgotten"]
    found = searched(each_in_turn(subjects), [store])
    assert found.status == "pass"
    assert "the 3 clips" in found.text
    assert searched(each_in_turn(subjects), []).status == "unknown"


def test_a_union_finds_its_leaves_clips(tmp_path):
    clips = people(4)
    stores = []
    for leaf, names in (("one", ("p0", "p1")), ("two", ("p2", "p3"))):
        with Writer(tmp_path / f"{leaf}.h5", (SIZE, SIZE), "uint8", COLUMNS, {"leaf": leaf}) as store:
            for name in names:
                store.begin(name)
                pictures = clips["p0" if name == "p3" else name]
                store.add(pictures, np.arange(8), hash=np.arange(8) + 100 * int(name[1]))
                store.end()
        stores.append(tmp_path / f"{leaf}.h5")
    found = searched(each_in_turn({n: n for n in ("one/p0", "one/p1", "two/p2", "two/p3")}), stores)
    assert (found.status, found.clips) == ("leak", ["one/p0", "two/p3"])


# ---------------------------------------------------------------- parts


@pytest.mark.parametrize(("scale", "shift", "gain", "bias"), [(1, 0, 1, 0), (1.08, 1.5, 1, 0), (0.95, -1, 0.8, 30)])
def test_registration_finds_shift_scale_and_light(scale, shift, gain, bias):
    """Against OpenCV's own resampling of a large picture."""
    rng = np.random.default_rng(2)
    large = cv2.GaussianBlur(rng.normal(size=(512, 512)).astype("f4"), (0, 0), 30)
    large = 120 + 45 * large / large.std()
    centre = 255.5
    matrix = np.array([[scale, 0, centre - scale * centre + 8 * shift], [0, scale, centre - scale * centre]])
    moved = cv2.warpAffine(large, matrix, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    pictures = [
        np.clip(gain * cv2.resize(p[128:-128, 128:-128], (SIZE, SIZE), interpolation=cv2.INTER_AREA) + bias, 0, 255)
        for p, gain, bias in ((large, 1, 0), (moved, gain, bias))
    ]
    one, other = (picture.round().astype("u1")[None] for picture in pictures)
    fit = register(one, other)
    assert fit.mean[0] < 0.6
    assert fit.spot[0] < 1.5
    half = (SIZE - 1) / 2
    assert fit.warp[0] == pytest.approx(np.array([[scale, 0, shift / half], [0, scale, 0]]), abs=0.02)


@pytest.mark.parametrize("degrees", [-10, 6, 10])
@pytest.mark.parametrize("covered", [False, True])
def test_registration_finds_turns_and_leaves_out_what_is_covered(degrees, covered):
    """Against OpenCV's own turn of a large picture; a caption covers a sixth of the one."""
    rng = np.random.default_rng(2)
    large = cv2.GaussianBlur(rng.normal(size=(512, 512)).astype("f4"), (0, 0), 30)
    large = 120 + 45 * large / large.std()
    matrix = cv2.getRotationMatrix2D((255.5, 255.5), degrees, 1)
    moved = cv2.warpAffine(large, matrix, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    one, other = (
        np.clip(cv2.resize(p[128:-128, 128:-128], (SIZE, SIZE), interpolation=cv2.INTER_AREA), 0, 255)
        .round().astype("u1")[None]
        for p in (large, moved)
    )  # fmt: skip
    if covered:
        one[:, -5:] = np.where(rng.random((5, SIZE)) < 0.5, 20, 235)
    fit = register(one, other)
    assert fit.open_mean[0] < 0.6
    assert fit.open_spot[0] < 1
    assert (fit.spot[0] > 20) == covered
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    assert fit.warp[0] == pytest.approx(np.array([[cos, sin, 0], [-sin, cos, 0]]), abs=0.02)


def test_registration_does_not_lay_one_person_onto_another():
    one, other = (people(40, seed=seed) for seed in (1, 2))
    fit = register(np.stack([p[0] for p in one.values()]), np.stack([p[0] for p in other.values()]))
    assert fit.mean.min() > 2 * runs.SAME
    assert fit.spot.min() > 2 * runs.SPOT


def test_stand_ins_are_near_every_frame_and_few():
    clip = lookalikes.describe(np.concatenate([people(1, frames=16, seed=seed)["p0"] for seed in range(4)]))
    chosen = lookalikes.stand_ins(clip)
    assert 1 < len(chosen) <= lookalikes.FEW
    still = np.repeat(clip[:1], 50, axis=0)
    assert lookalikes.stand_ins(still).tolist() == [0]
    assert lookalikes.stand_ins(np.zeros((5, 64), "f4")).tolist() == []


def test_thumbnails_of_any_shape_are_square():
    for shape in ((20, 30), (480, 640), (1, 1)):
        assert thumbnail(np.full((*shape, 3), 77, "u1")).tolist() == np.full((SIZE, SIZE), 77).tolist()


# ---------------------------------------------------------------- who is in them


@pytest.mark.parametrize(
    ("named", "equal", "status"),
    [(True, False, "leak"), (False, False, "unknown"), (False, True, "leak"), ("one", False, "unknown")],
)
def test_clips_of_nobody_knows_whom_that_look_alike_may_be_takes_of_one_person(tmp_path, named, equal, status):
    """Equal frames are copies whoever is in them; frames that only look alike may be two takes of one person."""
    (first,) = people(1, seed=3).values()
    second = np.clip(first.astype(int) + 3, 0, 255).astype("u1")
    own = list(range(1000, 1000 + len(first)))
    store = make_store(tmp_path / "s.h5", {"a": first, "b": second}, {"a": own, "b": own} if equal else None)
    subjects = {True: {"a": "P1", "b": "P2"}, False: {"a": "", "b": ""}, "one": {"a": "P1", "b": ""}}[named]
    found = searched(line_of(subjects, {"b": "test"}), [store])
    assert found.status == status
    assert {found.pairs[0].one, found.pairs[0].other} == {"a", "b"}
    assert ("who is in them is not known" in found.text) == (status == "unknown")
