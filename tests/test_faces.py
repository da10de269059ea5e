"""From videos to stores of face crops and flow, and to a row for every clip that could not be used."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest

import check_faces
import compute_flow
import extract_faces
import sum_faces
from ferstudy.errors import StudyError
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.tables import rejected, shards
from ferstudy.tables.write import write_rows
from ferstudy.video.coverage import FORGOTTEN
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import overlap
from ferstudy.video.faces import completed, crops, detector, find

WIDTH, HEIGHT = 320, 240
RECIPE = completed({"crop": {"size": 48}})


def head(smile: float) -> np.ndarray:
    """A drawn face (240, 200), centre (100, 130); `smile` (0..1) opens the mouth."""
    image = np.full((240, 200), 110, np.uint8)

    def blob(x: int, y: int, width: int, height: int, grey: int) -> None:
        cv2.ellipse(image, (x, y), (width, height), 0, 0, 360, grey, -1, cv2.LINE_AA)

    blob(100, 120, 72, 100, 200)
    for side in (-1, 1):
        blob(100 + side * 32, 92, 20, 11, 120)
        blob(100 + side * 32, 95, 13, 7, 225)
        blob(100 + side * 32, 95, 7, 7, 30)
        cv2.line(image, (100 + side * 16, 74), (100 + side * 52, 72), 60, 7, cv2.LINE_AA)
        blob(100 + side * 40, 135, 18, 14, 215)
    blob(100, 120, 7, 28, 225)
    blob(100, 150, 16, 5, 130)
    cv2.ellipse(image, (100, 178), (26, int(6 + 10 * smile)), 0, 0, 180, 70, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(image, (0, 0), 2)


def frame(*places: tuple[float, float, float], smile: float = 0.0, seed: int = 0) -> np.ndarray:
    """A frame (240, 320, 3) with a face at each of `places` (x and y of the centre in px, scale)."""
    image = np.full((HEIGHT, WIDTH), 110, np.uint8)
    for x, y, scale in places:
        matrix = np.array([[scale, 0, x - 100 * scale], [0, scale, y - 130 * scale]])
        cv2.warpAffine(
            head(smile), matrix, (WIDTH, HEIGHT), image, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
        )
    noise = np.random.default_rng(seed).normal(0, 3, image.shape)
    return cv2.cvtColor(np.clip(image + noise, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)


def centre(i: int) -> tuple[float, float]:
    """Where the head of `swaying` is in frame `i`."""
    return 160 + 40 * np.sin(i / 12), 120 + 10 * np.cos(i / 9)


def swaying(count: int) -> list[np.ndarray]:
    """A head that sways and begins to smile."""
    return [frame((*centre(i), 0.6), smile=i / count, seed=i) for i in range(count)]


def as_folder(folder: Path, frames: list[np.ndarray]) -> Path:
    """A lossless video: a folder of images."""
    folder.mkdir()
    for i, image in enumerate(frames):
        cv2.imwrite(str(folder / f"{i}.png"), image, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return folder


def as_video(path: Path, frames: list[np.ndarray]) -> Path:
    """A Motion-JPEG video."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (WIDTH, HEIGHT))
    for image in frames:
        writer.write(image)
    writer.release()
    return path


@pytest.fixture(scope="module")
def sway(tmp_path_factory) -> Path:
    return as_folder(tmp_path_factory.mktemp("video") / "sway", swaying(60))


def follow(path: Path, **bounds: int):
    film = Film(path, **bounds)
    return film, find(film, RECIPE, detector(RECIPE))


def test_the_box_follows_the_head(sway):
    _, track = follow(sway)
    middles = track.boxes[:, :2] + track.boxes[:, 2:] / 2
    truth = np.array([centre(i) for i in range(60)])
    off = middles - truth
    assert (track.first, len(track.boxes)) == (0, 60)
    assert np.abs(off - off.mean(0)).max() < 3  # px; the head is 120 px high and moves by 80
    assert track.boxes[:, 2].std() < 2
    assert track.score.min() > 0.8
    assert (track.score[[0, 20, 39, 59]] == 1).all()


def test_a_reversed_video_gives_the_same_crops_reversed(sway, tmp_path):
    film, track = follow(sway)
    backward, reversed_track = follow(as_folder(tmp_path / "reversed", swaying(60)[::-1]))
    np.testing.assert_allclose(reversed_track.boxes[::-1], track.boxes, atol=1e-6)
    images, reversed_images = (
        np.array(list(crops(video, found, RECIPE["crop"])), dtype=int)
        for video, found in ((film, track), (backward, reversed_track))
    )
    assert np.abs(images - reversed_images[::-1]).max() <= 1


def test_a_long_film_gives_the_crops_of_a_kept_one(sway):
    kept, streamed = Film(sway), Film(sway, keep=10 * WIDTH * HEIGHT * 3)
    haar = detector(RECIPE)
    images = [np.array(list(crops(film, find(film, RECIPE, haar), RECIPE["crop"]))) for film in (kept, streamed)]
    assert (images[0] == images[1]).all()


def test_the_crop_stays_on_the_face_at_the_edge_of_the_frame(tmp_path):
    film, track = follow(as_folder(tmp_path / "edge", [frame((60 + i, 72, 0.5), seed=i) for i in range(20)]))
    images = np.array(list(crops(film, track, {**RECIPE["crop"], "margin": 0.3})), dtype=int)
    assert (track.boxes[:, 1] < 0.3 * track.boxes[:, 3]).all()  # the square leaves the frame
    assert np.abs(images[0] - images[-1]).mean() < 5


def test_a_face_that_leaves_for_good_is_not_followed(tmp_path):
    gone = 70
    frames = [frame((160, 120, 0.6), seed=i) if i < gone else frame(seed=i) for i in range(120)]
    _, track = follow(as_folder(tmp_path / "leaves", frames))
    assert track.first == 0
    assert gone - 6 <= len(track.boxes) <= gone


def test_a_face_hidden_for_a_moment_is_kept(tmp_path):
    frames = [frame(seed=i) if 22 <= i < 28 else frame((150 + i / 2, 120, 0.6), seed=i) for i in range(76)]
    _, track = follow(as_folder(tmp_path / "hidden", frames))
    assert (track.first, len(track.boxes)) == (0, 76)


def test_a_face_seen_too_briefly_is_lost(tmp_path):
    frames = [frame((160, 120, 0.6), seed=i) if i > 70 else frame(seed=i) for i in range(120)]
    with pytest.raises(Unusable, match=r"face lost: seen in 4\d of 120 frames"):
        follow(as_folder(tmp_path / "brief", frames))


def test_of_two_faces_the_larger_is_cut_and_both_are_counted(tmp_path):
    frames = [frame((90, 120, 0.6), (245, 120, 0.35), seed=i) for i in range(10)]
    _, track = follow(as_folder(tmp_path / "two", frames))
    assert (np.abs(track.boxes[:, 0] + track.boxes[:, 2] / 2 - 90) < 10).all()
    assert (track.faces == 2).all()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_shortest_clips(tmp_path, count):
    _, track = follow(as_folder(tmp_path / "short", swaying(count)))
    assert len(track.boxes) == count


@pytest.fixture(scope="module")
def shard(tmp_path_factory) -> Path:
    """A shard's results: faces.h5, faces.rejected.csv and clips.csv, of videos good and bad."""
    folder = tmp_path_factory.mktemp("shard")
    video = as_video(folder / "sway.avi", swaying(40))
    (folder / "text.avi").write_text("no video\n" * 100)
    (folder / "empty.avi").touch()
    as_video(folder / "room.avi", [frame(seed=i) for i in range(10)])
    rows = [
        shards.Part("whole", str(video), None, None, ""),
        shards.Part("text", str(folder / "text.avi"), None, None, ""),
        shards.Part("part, with a comma", str(video), 5, 25, ""),
        shards.Part("empty", str(folder / "empty.avi"), None, None, ""),
        shards.Part("room", str(folder / "room.avi"), None, None, ""),
        shards.Part("too long", str(video), 30, 90, ""),
        shards.Part("last", str(video), 38, None, ""),
    ]
    write_rows(folder / "clips.csv", shards.COLUMNS, rows)
    extract(folder, {"crop": {"size": 48}}, "faces")
    return folder


def extract(folder: Path, recipe: dict, name: str) -> None:
    out, table = folder / f"{name}.h5", folder / f"{name}.rejected.csv"
    arguments = ["--clips", folder / "clips.csv", "--recipe", json.dumps(recipe), "--leaf", "lab"]
    extract_faces.main([str(word) for word in [*arguments, "--out", out, "--rejected", table]])


def test_every_clip_has_crops_or_a_reason(shard):
    reasons = {row.clip: row.reason for row in rejected.read(shard / "faces.rejected.csv")}
    with Store(shard / "faces.h5") as store:
        assert store.clips == ["whole", "part, with a comma", "last"]
        assert store.lengths.tolist() == [40, 20, 2]
        assert store.column("part, with a comma", "frame").tolist() == list(range(5, 25))
        assert store.values("whole").shape == (40, 48, 48, 3)
        assert store.column("whole", "box").shape == (40, 4)
        assert store.column("whole", "score").max() == 1
        assert store.attributes["leaf"] == "lab"
        assert json.loads(store.attributes["recipe"])["detector"]["every"] == 25
    assert reasons == {
        "text": "not a video",
        "empty": "empty file",
        "room": "no face found",
        "too long": "video shorter than its clip",
    }


def test_extracting_twice_gives_the_same_crops(shard):
    extract(shard, {"crop": {"size": 48}}, "again")
    with Store(shard / "faces.h5") as first, Store(shard / "again.h5") as second:
        assert [first.checksum(clip) for clip in first.clips] == [second.checksum(clip) for clip in second.clips]


def test_grey_crops_have_one_channel(shard):
    extract(shard, {"crop": {"size": 32, "colour": "grey"}}, "grey")
    with Store(shard / "grey.h5") as grey, Store(shard / "faces.h5") as colour:
        assert grey.values("whole").shape == (40, 32, 32, 1)
        assert (grey.column("whole", "box") == colour.column("whole", "box")).all()


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ({"detector": {"evry": 5}}, "detector has no key 'evry'"),
        ({"aligner": {}}, "unknown section 'aligner'"),
        ({"tracker": {"name": "kcf"}}, "no tracker 'kcf', expected 'medianflow'"),
    ],
)
def test_a_wrong_recipe_is_named(recipe, words):
    with pytest.raises(StudyError, match=words):
        completed(recipe)


def test_a_damaged_store_is_noticed(shard, tmp_path):
    path = tmp_path / "damaged.h5"
    path.write_bytes((shard / "faces.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        file["values"][45, 10, 10, 0] ^= 1
    with Store(path) as store:
        store.values("whole")
        with pytest.raises(StudyError, match="'part, with a comma' are damaged"):
            store.values("part, with a comma")
    with pytest.raises(StudyError, match="damaged"):
        compute_flow.main(["--faces", str(path), "--flow", "{}", "--out", str(tmp_path / "flow.h5")])
    assert not (tmp_path / "flow.h5").exists()


def test_flow_of_a_shard(shard, tmp_path):
    out = tmp_path / "flow.h5"
    settings = {"method": "farneback", "segment": 16, "step": 8}
    compute_flow.main(["--faces", str(shard / "faces.h5"), "--flow", json.dumps(settings), "--out", str(out)])
    with Store(out) as store:
        assert store.clips == ["whole", "part, with a comma", "last"]
        assert store.lengths.tolist() == [4, 1, 1]
        assert store.values("whole").dtype == np.float16
        assert store.values("whole").shape == (4, 48, 48, 2)
        assert store.column("part, with a comma", "first").tolist() == [2]
        assert store.column("part, with a comma", "frame").tolist() == [7]
        assert [store.column(clip, "length").tolist() for clip in store.clips] == [[15] * 4, [15], [1]]
        assert store.attributes["leaf"] == "lab"


def test_crops_that_follow_the_head_hold_little_flow(shard, tmp_path):
    """The head sways by 2 px a frame; what is left in the crop must be its mouth, not its way."""
    out = tmp_path / "flow.h5"
    compute_flow.main(["--faces", str(shard / "faces.h5"), "--flow", '{"segment": 2, "step": 1}', "--out", str(out)])
    with Store(out) as store:
        assert np.abs(np.median(store.values("whole").astype(float), (1, 2))).mean() < 0.2


def check(shard: Path, tmp_path: Path, limit: float, faces: str = "faces.h5") -> tuple[dict, Callable[[], None]]:
    """The summary of `shard` under `limit`, and the gate to call."""
    summary, passed = tmp_path / "faces.json", tmp_path / "faces.passed"
    arguments = ["--clips", shard / "clips.csv", "--faces", shard / faces, "--rejected", shard / "faces.rejected.csv"]
    arguments += ["--limit", limit, "--leaf", "lab", "--out", summary]
    sum_faces.main([str(word) for word in arguments])
    return json.loads(summary.read_text()), lambda: check_faces.main(["--summary", str(summary), "--out", str(passed)])


def test_too_many_clips_without_a_face_stop_the_dataset(shard, tmp_path):
    found, gate = check(shard, tmp_path, 0.5)
    assert (found["clips"], found["covered"], found["frames"], found["passed"]) == (7, 3, 62, False)
    assert found["reasons"]["not a video"] == 1
    assert [row["clip"] for row in found["rejected"]] == ["text", "empty", "room", "too long"]
    with pytest.raises(StudyError, match=r"lab: 4 of 7 clips \(57%\) have no face crops, accepted are 50%: 1 x empty"):
        gate()
    assert not (tmp_path / "faces.passed").exists()


def test_few_clips_without_a_face_pass(shard, tmp_path):
    found, gate = check(shard, tmp_path, 0.6)
    assert found["passed"]
    gate()
    assert (tmp_path / "faces.passed").read_text().startswith("lab: 4 of 7 clips")


def test_a_clip_without_crops_and_without_a_row_never_passes(shard, tmp_path):
    with Writer(shard / "none.h5", (48, 48, 3), "uint8"):
        pass
    found, gate = check(shard, tmp_path, 1.0, faces="none.h5")
    assert found["reasons"][FORGOTTEN] == 3
    with pytest.raises(StudyError, match=FORGOTTEN):
        gate()


def test_a_dataset_without_clips_does_not_pass(tmp_path):
    write_rows(tmp_path / "clips.csv", shards.COLUMNS, [])
    write_rows(tmp_path / "faces.rejected.csv", rejected.COLUMNS, [])
    extract(tmp_path, {}, "faces")
    _, gate = check(tmp_path, tmp_path, 1.0)
    with pytest.raises(StudyError, match="no clips"):
        gate()


def test_the_box_agrees_with_a_detection_in_every_frame(sway):
    """A quarter of the size and one frame in twenty, against every frame at full size."""
    film, track = follow(sway)
    full = detector({"detector": {**RECIPE["detector"], "scale": 1.0}})
    detected = np.array([full.largest(image) for image in film])
    assert overlap(track.boxes, detected).mean() > 0.9
    assert np.abs(np.diff(track.boxes, 2, axis=0)).mean() < 0.3 * np.abs(np.diff(detected, 2, axis=0)).mean()
