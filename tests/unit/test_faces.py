"""From videos to stores of face crops and flow, and to a row for every clip that could not be used."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from completed import haar, recipe_of, sections

import check_gate
import compare_faces
import compute_flow
import extract_faces
import sum_faces
from ferstudy.errors import StudyError
from ferstudy.jobs.check_gate import CheckGate
from ferstudy.jobs.compare_faces import CompareFaces
from ferstudy.jobs.compute_flow import ComputeFlow
from ferstudy.jobs.extract_faces import ExtractFaces
from ferstudy.jobs.sum_faces import SumFaces
from ferstudy.report.html import show
from ferstudy.report.sections.detectors import compared
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.synthetic.action_units import AUS
from ferstudy.synthetic.identity import person
from ferstudy.synthetic.rendering import Renderer
from ferstudy.tables import rejected, shards
from ferstudy.tables.write import write_rows
from ferstudy.video import align, coverage, decode, faces, flow
from ferstudy.video.comparison import chosen
from ferstudy.video.coverage import ADVICE, FORGOTTEN, advised
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import overlap
from ferstudy.video.detectors.build import build
from ferstudy.video.detectors.confirm import Confirmed, Eyes
from ferstudy.video.faces import COLUMNS, brightening, crops, extract_all, find, prepared, tools
from ferstudy.video.recipe import Recipe
from ferstudy.video.track import Track
from ferstudy.video.video_file import VideoFile

WIDTH, HEIGHT = 320, 240
RECIPE = recipe_of({"crop": {"size": 48}})


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


@lru_cache(maxsize=128)  # 30 MB; most films are the same ones
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
        cv2.imwrite(str(folder / f"{i}.bmp"), image)
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


def follow(path: Path, **bounds: int) -> tuple[Film, Track]:
    film = Film(path, **bounds)
    return film, find(film, RECIPE, build(RECIPE.detector))


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
        np.array(list(crops(video, found, RECIPE.crop)), dtype=int)
        for video, found in ((film, track), (backward, reversed_track))
    )
    assert np.abs(images - reversed_images[::-1]).max() <= 1


def test_a_long_film_gives_the_crops_of_a_kept_one(sway):
    kept, streamed = Film(sway), Film(sway, keep=10 * WIDTH * HEIGHT * 3)
    haar = build(RECIPE.detector)
    images = [np.array(list(crops(film, find(film, RECIPE, haar), RECIPE.crop))) for film in (kept, streamed)]
    assert (images[0] == images[1]).all()


@pytest.mark.parametrize("expected", [None, 0, *(pytest.param(n, marks=pytest.mark.slow) for n in (50, 75))])
def test_a_long_video_is_decoded_twice_and_gives_the_crops_of_a_kept_one(tmp_path, monkeypatch, expected):
    """And so it does, though in more time, where the file does not tell how many frames it has, or lies about it."""
    path, steps = as_video(tmp_path / "sway.avi", swaying(60)), []

    class Noted(VideoFile):
        def _grab(self):
            steps.append(self.position)
            return super()._grab()

        def expected(self):
            return super().expected() if expected is None else expected

    monkeypatch.setattr(decode, "VideoFile", Noted)
    monkeypatch.setattr("ferstudy.video.pictures.MOST_BYTES", 10_000)
    haar, found = build(RECIPE.detector), []
    for keep in (10 * WIDTH * HEIGHT * 3, 1 << 30):
        film = Film(path, keep=keep)
        found.append(np.array(list(crops(film, find(film, RECIPE, haar), RECIPE.crop))))
        if keep < 1 << 30 and expected is None:
            assert len(steps) <= 2 * 61
    assert (found[0] == found[1]).all()
    assert len(found[0]) == 60


def test_the_crop_stays_on_the_face_at_the_edge_of_the_frame(tmp_path):
    film, track = follow(as_folder(tmp_path / "edge", [frame((60 + i, 72, 0.5), seed=i) for i in range(20)]))
    images = np.array(list(crops(film, track, replace(RECIPE.crop, margin=0.3))), dtype=int)
    assert (track.boxes[:, 1] < 0.3 * track.boxes[:, 3]).all()  # the square leaves the frame
    assert np.abs(images[0] - images[-1]).mean() < 5


@pytest.mark.slow
def test_a_face_that_leaves_for_good_is_not_followed(tmp_path):
    gone = 70
    frames = [frame((160, 120, 0.6), seed=i) if i < gone else frame(seed=i) for i in range(120)]
    _, track = follow(as_folder(tmp_path / "leaves", frames))
    assert track.first == 0
    assert gone - 6 <= len(track.boxes) <= gone


@pytest.mark.slow
def test_a_face_hidden_for_a_moment_is_kept(tmp_path):
    frames = [frame(seed=i) if 22 <= i < 28 else frame((150 + i / 2, 120, 0.6), seed=i) for i in range(76)]
    _, track = follow(as_folder(tmp_path / "hidden", frames))
    assert (track.first, len(track.boxes)) == (0, 76)


@pytest.mark.slow
def test_a_face_seen_too_briefly_is_lost(tmp_path):
    frames = [frame((160, 120, 0.6), seed=i) if i > 70 else frame(seed=i) for i in range(120)]
    with pytest.raises(
        Unusable, match=r"face lost: the face was found in 4\d of 120 frames, covered_frames asks for 0.5"
    ):
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


def flow_of(**settings: object) -> dict:
    """Settings of flow, the others as the schema has them."""
    return sections({"flow": settings})["flow"]


def extract(folder: Path, recipe: dict, name: str) -> None:
    out, table = folder / f"{name}.h5", folder / f"{name}.rejected.csv"
    files = {"clips": str(folder / "clips.csv"), "store": str(out), "rejected": str(table)}
    extract_faces.main(ExtractFaces(leaf="lab", recipe=sections(recipe), shortest=1, **files))


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


@pytest.mark.slow
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
    ("section", "entries", "words"),
    [
        ("detector", {"evry": 5}, "recipe/detector: unknown key 'evry', expected name, choose"),
        ("detector", {"name": "mtcnn"}, "no detector 'mtcnn', expected haar, hog, ssd, yunet"),
        ("aligner", {}, "recipe: unknown key 'aligner', expected detector, tracker, crop, align"),
        ("align", {"to": "eyes"}, "recipe/align: smooth is missing"),
        (
            "align",
            {"to": "eyes", "smooth": 3, "model": "gone.dat"},
            r"there is no file 'gone\.dat'.*shape_predictor_68",
        ),
    ],
)
def test_a_wrong_recipe_is_named(section, entries, words):
    """Only what no config can hold comes so far: a command that was edited by hand."""
    whole = sections({})
    with pytest.raises(StudyError, match=words):
        tools(Recipe.of({**whole, section: {**whole.get(section, {}), **entries}}))


@pytest.mark.parametrize("section", ["detector", "tracker", "crop"])
def test_a_recipe_is_complete_or_none(section):
    whole = sections({})
    for key in whole[section]:
        rest = {name: value for name, value in whole[section].items() if name != key}
        with pytest.raises(StudyError, match=f"recipe/{section}: {key} is missing"):
            Recipe.of({**whole, section: rest})


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
        compute_flow.main(ComputeFlow(flow=flow_of(), faces=str(path), out=str(tmp_path / "flow.h5")))
    assert not (tmp_path / "flow.h5").exists()


def test_flow_of_a_shard(shard, tmp_path):
    out = tmp_path / "flow.h5"
    compute_flow.main(ComputeFlow(flow=flow_of(), faces=str(shard / "faces.h5"), out=str(out)))
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
    compute_flow.main(ComputeFlow(flow=flow_of(segment=2, step=1), faces=str(shard / "faces.h5"), out=str(out)))
    with Store(out) as store:
        assert np.abs(np.median(store.values("whole").astype(float), (1, 2))).mean() < 0.2


def check(shard: Path, tmp_path: Path, limit: float, faces: str = "faces.h5") -> tuple[dict, Callable[[], None]]:
    """The summary of `shard` under `limit`, and the gate to call."""
    summary, passed = tmp_path / "faces.json", tmp_path / "faces.passed"
    index = tmp_path / "index.rejected.csv"
    write_rows(index, rejected.COLUMNS, [])
    job = SumFaces(
        leaf="lab",
        limit=limit,
        clips=[str(shard / "clips.csv")],
        index=str(index),
        faces=[str(shard / faces)],
        rejected=[str(shard / "faces.rejected.csv")],
        out=str(summary),
    )
    sum_faces.main(job)
    gate = CheckGate(faces=str(summary), out=str(passed))
    return json.loads(summary.read_text()), lambda: check_gate.main(gate)


def test_too_many_clips_without_a_face_stop_the_dataset(shard, tmp_path):
    found, gate = check(shard, tmp_path, 0.5)
    assert (found["clips"], found["covered"], found["frames"], found["passed"]) == (7, 3, 62, False)
    assert sum(frames for frames, _ in found["kept"].values()) == 62
    assert found["reasons"]["not a video"] == 1
    assert [row["clip"] for row in found["rejected"]] == ["text", "empty", "room", "too long"]
    with pytest.raises(
        StudyError, match=r"lab: 4 of 7 clips \(57%\) have no face crops, accepted are 50%: 1 x "
    ) as said:
        gate()
    for advice in (
        "empty file: repair the files, or take them out; each row's detail says why; no face found: look at the",
        "contact sheets of `make data`. Small faces: lower detector/smallest of the recipe, or raise detector/scale",
        "Or raise datasets/lab/reject_limit: then these clips count as errors",
    ):
        assert advice in str(said.value)
    assert not (tmp_path / "faces.passed").exists()


@pytest.mark.parametrize("reason", sorted(ADVICE))
def test_advice_is_about_a_reason_that_there_is(reason):
    source = "".join(
        path.read_text() for path in (Path(coverage.__file__).parents[2]).rglob("*.py") if path.name != "coverage.py"
    )
    assert f'"{reason}"' in source
    assert advised(reason) == f"{reason}: {ADVICE[reason]}"


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


@pytest.mark.slow
def test_the_box_agrees_with_a_detection_in_every_frame(sway):
    """A quarter of the size and one frame in twenty, against every frame at full size."""
    film, track = follow(sway)
    full = haar(scale=1.0)
    detected = np.array([full.largest(image) for image in film])
    assert overlap(track.boxes, detected).mean() > 0.9
    assert np.abs(np.diff(track.boxes, 2, axis=0)).mean() < 0.3 * np.abs(np.diff(detected, 2, axis=0)).mean()


# ---------------------------------------------------------------------- alignment

ALIGNED = recipe_of({"crop": {"size": 64}, "align": {}})


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(person(3), 260, 320)


@pytest.fixture(scope="module")
def still(renderer) -> list[np.ndarray]:
    """A built-in person who keeps still: only the sensor's noise changes."""
    return [renderer.frame(np.zeros(len(AUS)), np.zeros(6), np.zeros(2), i) for i in range(24)]


@pytest.fixture(scope="module")
def ready():
    return tools(ALIGNED)


def tilted(frames: list[np.ndarray], most: float = 0.2) -> list[np.ndarray]:
    """`frames` turned to and fro, by up to `most` radians."""
    angles = most * np.sin(np.arange(len(frames)) / 6)
    middle = (frames[0].shape[1] / 2, frames[0].shape[0] / 2)
    turns = [cv2.getRotationMatrix2D(middle, -np.degrees(angle), 1) for angle in angles]
    size = frames[0].shape[1::-1]
    return [
        cv2.warpAffine(image, turn, size, borderMode=cv2.BORDER_REPLICATE)
        for image, turn in zip(frames, turns, strict=True)
    ]


def aligned(path: Path, ready, **settings) -> tuple[np.ndarray, np.ndarray]:
    """(crops, landmarks) of a film."""
    film, recipe = Film(path), replace(ALIGNED, align=replace(ALIGNED.align, **settings))
    face = prepared(film, recipe, ready)
    return np.array(list(crops(film, face, recipe.crop)), dtype=int), face.points


def motion(images: np.ndarray) -> float:
    """Mean length of the optical flow between neighbours, in px of the crop."""
    greys = [flow.grey(image.astype(np.uint8)) for image in images]
    return float(np.mean([np.hypot(*flow.between(*pair).T).mean() for pair in pairwise(greys)]))


def test_a_tilted_head_is_upright_in_the_aligned_crop(still, tmp_path, ready):
    upright, _ = aligned(as_folder(tmp_path / "still", still), ready, smooth=1.0)
    path = as_folder(tmp_path / "tilted", tilted(still))
    turned, points = aligned(path, ready, smooth=1.0)
    film, track = follow(path)
    plain = np.array(list(crops(film, track, ALIGNED.crop)), dtype=int)
    middle = np.s_[:, 12:52, 12:52]
    off, off_plain = (np.abs(images - upright)[middle].mean((1, 2, 3)) for images in (turned, plain))
    assert off.max() < 0.45 * off_plain.max()
    assert off.mean() < 5  # grey levels
    left, right = points[:, 36:42].mean(1), points[:, 42:48].mean(1)
    angles = np.arctan2(*(right - left).T[::-1])
    np.testing.assert_allclose(angles, 0.2 * np.sin(np.arange(24) / 6), atol=0.05)


def test_eyes_lie_where_they_should_in_the_crop(still, tmp_path, ready):
    """Found again in the crop itself, enlarged."""
    recipe = replace(ALIGNED, crop=replace(ALIGNED.crop, size=200, extend=0.0))
    film = Film(as_folder(tmp_path / "tilted", tilted(still)))
    face = prepared(film, recipe, ready)
    for image in list(crops(film, face, recipe.crop))[::6]:
        points = ready.landmarks.points(np.ascontiguousarray(image[..., ::-1]), np.array([0.0, 0, 200, 200]))
        expected = 200 * np.array(
            [[0.5 - align.EYES_APART / 2, align.EYES_DOWN], [0.5 + align.EYES_APART / 2, align.EYES_DOWN]]
        )
        np.testing.assert_allclose(align.eyes(points), expected, atol=5)


@pytest.mark.slow
def test_without_smoothing_landmarks_make_flow_of_their_own(still, tmp_path, ready):
    """The reason for the filter: a still face, and two to three times its flow from trembling landmarks alone."""
    path = as_folder(tmp_path / "still", still)
    film, track = follow(path)
    plain = motion(np.array(list(crops(film, track, ALIGNED.crop))))
    trembling, calm = (motion(aligned(path, ready, smooth=sigma)[0]) for sigma in (0.0, 3.0))
    assert trembling > 2 * calm
    assert calm < 1.5 * plain


@pytest.mark.slow
def test_a_reversed_video_gives_the_same_aligned_crops_reversed(still, tmp_path, ready):
    frames = tilted(still)
    images, points = aligned(as_folder(tmp_path / "forward", frames), ready)
    backward, points_backward = aligned(as_folder(tmp_path / "backward", frames[::-1]), ready)
    np.testing.assert_allclose(points_backward[::-1], points, atol=1e-3)
    assert np.abs(backward[::-1] - images).max() <= 1


def test_landmarks_of_a_hidden_face_lie_between_those_before_and_after(still, tmp_path, ready):
    frames = tilted(still)
    for i in range(9, 14):
        frames[i] = np.full_like(frames[i], 110)
    _, points = aligned(as_folder(tmp_path / "hidden", frames), ready, smooth=0.0)
    line = points[8] + np.arange(7)[:, None, None] / 6 * (points[14] - points[8])
    np.testing.assert_allclose(points[8:15], line, atol=1e-2)
    assert np.abs(points[14] - points[8]).max() > 2  # px


def test_landmarks_that_are_no_face_are_not_believed(still, ready):
    box = np.array(follow_box(still))
    points = np.stack([ready.landmarks.points(image, box) for image in still[:9]])
    boxes = np.tile(box, (9, 1))
    assert not align.doubtful(points, boxes).any()
    points[4, 36:42] += 20  # one eye slips
    points[6] = points[6].mean(0) + 0.3 * (points[6] - points[6].mean(0))  # shrunken
    assert np.flatnonzero(align.doubtful(points, boxes)).tolist() == [4, 6]


def follow_box(frames: list[np.ndarray]) -> np.ndarray:
    return build(RECIPE.detector).largest(frames[0])


def test_a_drawing_without_landmarks_is_rejected(tmp_path, ready, monkeypatch):
    """Whatever the regression says of it."""
    monkeypatch.setattr(align, "LIKELY", (0.9, 1.0))
    with pytest.raises(Unusable, match="no landmarks found: looked at 5 frames"):
        aligned(as_folder(tmp_path / "drawn", swaying(5)), ready)


def test_landmarks_are_stored_in_px_of_the_frame(still, tmp_path):
    video = as_folder(
        tmp_path / "still", [cv2.copyMakeBorder(image, 40, 0, 60, 0, cv2.BORDER_REPLICATE) for image in still[:6]]
    )
    write_rows(tmp_path / "clips.csv", shards.COLUMNS, [shards.Part("a", str(video), 2, None, "")])
    extract(tmp_path, {"crop": {"size": 48, "colour": "grey"}, "align": {}}, "faces")
    with Store(tmp_path / "faces.h5") as store:
        points, boxes = store.column("a", "landmarks"), store.column("a", "box")
        assert points.shape == (4, 68, 2)
        assert store.column("a", "frame").tolist() == [2, 3, 4, 5]
        assert store.values("a").shape == (4, 48, 48, 1)
        assert json.loads(store.attributes["recipe"])["align"]["smooth"] == 3.0
    apart = np.linalg.norm(points[:, 36:42].mean(1) - points[:, 42:48].mean(1), axis=-1) / boxes[:, 2]
    np.testing.assert_allclose(apart, align.EYES_APART, atol=0.06)
    inside = (points > boxes[:, None, :2]) & (points < boxes[:, None, :2] + 1.15 * boxes[:, None, 2:])
    assert inside.mean() > 0.9


def test_a_file_that_is_no_landmark_model_is_named(tmp_path):
    path = tmp_path / "model.dat"
    path.write_text("no model")
    with pytest.raises(StudyError, match=r"align/model: .*model\.dat is no landmark model of dlib"):
        tools(recipe_of({"align": {"model": str(path)}}))


# ---------------------------------------------------------------------- sizes and brightness


@pytest.mark.parametrize("size", [16, 160, 224])
def test_crops_of_any_size(tmp_path, size):
    film, track = follow(as_folder(tmp_path / "sway", swaying(3)))
    recipe = recipe_of({"crop": {"size": size, "colour": "grey"}})
    images = list(crops(film, track, recipe.crop))
    assert {image.shape for image in images} == {recipe.frame_shape} == {(size, size, 1)}


def brightened(path: Path, **crop) -> tuple[np.ndarray, np.ndarray]:
    """(crops, crops without correction) of a film."""
    film, recipe = Film(path), recipe_of({"crop": {"size": 48, **crop}})
    face = prepared(film, recipe, tools(recipe))
    return (np.array(list(crops(film, own, recipe.crop)), dtype=int) for own in (face, face.track))


def test_a_dark_clip_is_brightened_and_a_bright_one_is_not(tmp_path):
    dark = as_folder(tmp_path / "dark", [image // 3 for image in swaying(12)])
    corrected, plain = brightened(dark, gamma=1.5, dark=90)
    assert np.median(plain) < 90
    np.testing.assert_allclose(corrected, 255 * (plain / 255) ** (1 / 1.5), atol=0.51)
    assert (corrected >= plain).all()
    bright = as_folder(tmp_path / "bright", swaying(12))
    corrected, plain = brightened(bright, gamma=1.5, dark=90)
    assert (corrected == plain).all()
    corrected, plain = brightened(bright, gamma=1.5, dark=255, colour="grey")
    assert corrected.shape == (12, 48, 48, 1)
    assert (corrected > plain).mean() > 0.9


def test_whether_a_clip_is_dark_is_one_decision(tmp_path):
    """The light goes out and on again; a correction of single frames would flicker, which looks like motion."""
    frames = [image if i % 8 < 4 else image // 4 for i, image in enumerate(swaying(24))]
    corrected, plain = brightened(as_folder(tmp_path / "flicker", frames), gamma=1.5, dark=110)
    table = brightening(1.5).astype(int)
    assert (corrected == table[plain]).all()
    corrected, plain = brightened(tmp_path / "flicker", gamma=1.5, dark=5)
    assert (corrected == plain).all()


# ---------------------------------------------------------------------- whatever a video does


def rows_of(tmp_path: Path, parts: list[shards.Part], recipe: dict | None = None, **more) -> tuple[dict, list[str]]:
    """({clip: reason} of the rejected, clips of the store) of a shard."""
    recipe = recipe_of(recipe or {"crop": {"size": 32}})
    with Writer(tmp_path / "faces.h5", recipe.frame_shape, "uint8", COLUMNS) as store:
        found = extract_all(parts, recipe, store, **more)
    with Store(tmp_path / "faces.h5") as store:
        for clip in store.clips:
            store.values(clip)
        return {row.clip: row.reason for row in found}, store.clips


def test_clips_shorter_than_asked_for_are_rejected(tmp_path):
    video = str(as_video(tmp_path / "sway.avi", swaying(12)))
    parts = [
        shards.Part("8", video, 0, 8, ""),
        shards.Part("12", video, None, None, ""),
        shards.Part("7", video, 5, 12, ""),
    ]
    refused, kept = rows_of(tmp_path, parts, shortest=8)
    assert refused == {"7": "shorter than 8 frames"}
    assert sorted(kept) == ["12", "8"]


@pytest.mark.slow
def test_clips_of_one_film_in_any_order_have_their_own_frames(tmp_path):
    film, other = (str(as_video(tmp_path / f"{name}.avi", swaying(30))) for name in ("film", "other"))
    spans = [(20, 30), (0, 10), (5, 15), (10, None)]
    parts = [shards.Part(f"{path}{start}", path, start, end, "") for start, end in spans for path in (film, other)]
    assert rows_of(tmp_path, parts)[0] == {}
    with Store(tmp_path / "faces.h5") as store:
        for start, end in spans:
            frames = store.column(f"{film}{start}", "frame")
            assert frames.tolist() == list(range(start, end or 30))
            assert (store.values(f"{film}{start}") == store.values(f"{other}{start}")).all()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("unsupported image"), "not understood"),
        (ZeroDivisionError("division by zero"), "not understood"),
        (MemoryError(), "too large"),
        (OSError(5, "Input/output error"), "cannot be read"),
    ],
)
@pytest.mark.parametrize("where", [pytest.param("locate", marks=pytest.mark.slow), "cut"])
def test_whatever_a_video_makes_a_library_raise_is_a_row(tmp_path, monkeypatch, error, reason, where):
    """In the middle of a clip, between two that are sound."""
    video = str(as_video(tmp_path / "sway.avi", swaying(12)))
    parts = [shards.Part(name, video, None, None, "") for name in ("before", "bad", "after")]
    sound, calls = getattr(faces, where), []

    def failing(*arguments):
        calls.append(arguments)
        if len(calls) == {"locate": 2, "cut": 12 + 7}[where]:
            raise error
        return sound(*arguments)

    monkeypatch.setattr(faces, where, failing)
    monkeypatch.setattr(faces, "BATCH", 4)
    refused, kept = rows_of(tmp_path, parts)
    assert refused == {"bad": reason}
    assert kept == ["before", "after"]


def test_a_full_disk_is_not_blamed_on_the_video(tmp_path, monkeypatch):
    video = str(as_video(tmp_path / "sway.avi", swaying(4)))
    monkeypatch.setattr(Writer, "add", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        rows_of(tmp_path, [shards.Part("a", video, None, None, "")])


def test_clips_that_the_study_does_not_want_are_not_counted_as_lost(shard, tmp_path):
    table = rejected.read(shard / "faces.rejected.csv")
    write_rows(
        tmp_path / "faces.rejected.csv",
        rejected.COLUMNS,
        [row._replace(reason="shorter than 8 frames") if row.clip in ("text", "empty") else row for row in table],
    )
    for name in ("clips.csv", "faces.h5"):
        (tmp_path / name).write_bytes((shard / name).read_bytes())
    found, _ = check(tmp_path, tmp_path, 0.5)
    assert (found["clips"], found["covered"], found["passed"]) == (5, 3, True)


def test_a_refused_second_opinion_is_not_counted_as_a_face(tmp_path):
    """Two faces are seen, one of them is a drawing without eyes: the count is of the confirmed ones."""
    frames = [frame((90, 120, 0.6), (245, 120, 0.35), seed=i) for i in range(6)]
    path = as_folder(tmp_path / "two", frames)
    recipe = recipe_of({"detector": {"confirm": "eyes"}})

    class OneEyed:
        name = "haar"

        def faces(self, image):
            return np.array([[42.0, 60, 96, 96], [250, 5, 60, 60]])

    film = Film(path)
    alone, confirmed = (find(film, recipe, finder) for finder in (OneEyed(), Confirmed(OneEyed(), Eyes(), "eyes")))
    assert (alone.faces == 2).all()
    assert (confirmed.faces == 1).all()


# ---------------------------------------------------------------------- detectors and trackers compared


def test_recipes_are_compared_on_the_same_clips(tmp_path):
    sway = as_video(tmp_path / "sway.avi", swaying(12))
    room = as_video(tmp_path / "room.avi", [frame(seed=i) for i in range(6)])
    (tmp_path / "text.avi").write_text("no video")
    names = {"sway": sway, "room": room, "text": tmp_path / "text.avi"}
    write_rows(
        tmp_path / "clips.csv",
        shards.COLUMNS,
        [shards.Part(name, str(path), None, None, "") for name, path in names.items()],
    )
    alone = {"every": 5, "second": "none", "confirm": "eyes"}
    recipes = {"full": {"detector": {"scale": 1.0, "every": 1}}, "quick": {}, "shifted": {"detector": alone}}
    files = {"clips": [str(tmp_path / "clips.csv")], "out": str(tmp_path / "found.json")}
    whole = {name: sections(recipe) for name, recipe in recipes.items()}
    job = CompareFaces(leaf="lab", recipes=whole, reference="full", **files)
    compare_faces.main(job)
    found = json.loads((tmp_path / "found.json").read_text())
    assert (found["leaf"], found["clips"], found["frames"]) == ("lab", 2, 18)
    assert found["unreadable"] == {"not a video": 1}
    full, quick, _ = found["recipes"]
    assert (full["iou"], full["elsewhere"]) == (1, 0)
    assert 0.8 < quick["iou"] < 1
    assert quick["ms"] < full["ms"]
    assert [(entry["clips"], entry["frames"], entry["reasons"]) for entry in found["recipes"]] == [
        (1, 12, {"no face found": 1})
    ] * 3
    assert 0 < quick["jitter"] < 0.05
    page = shown(found)
    assert "2 clips of" in page
    assert "1 clip could not be decoded" in page
    assert "no face found" in page
    assert [entry["second"] for entry in found["recipes"]] == ["hog", "hog", "none"]
    assert page.count("then hog where the face is lost") == 2
    assert page.count("confirmed by eyes") == 1
    assert f"{quick['iou']:.3f}" in page
    with pytest.raises(StudyError, match="no recipe 'best' among those to compare, expected full, quick, shifted"):
        compare_faces.main(replace(job, reference="best"))


def shown(found: dict) -> str:
    """The section of a comparison as the page shows it, without its tags."""
    return re.sub("<[^>]*>", "", show(compared(found)))


def test_a_comparison_of_nothing_says_so():
    empty = {
        "leaf": "lab",
        "reference": "a",
        "clips": 0,
        "frames": 0,
        "unreadable": {"damaged": 3},
        "decode_ms": None,
        "recipes": [],
    }
    assert "No clip could be decoded" in shown(empty)


def test_clips_to_compare_come_from_many_subjects_and_are_the_same_every_time():
    parts = [(shards.Part(f"{who}{i}", "", None, None, ""), who) for who in "abcdef" for i in range(10)]
    picked = chosen(parts, 6)
    assert {part.clip[0] for part in picked} == set("abcdef")
    assert picked == chosen(parts[::-1], 6)
    assert chosen(parts, 12)[:6] == picked
    assert len(chosen(parts, 100)) == 60
    unknown = chosen([(part, "") for part, _ in parts], 5)
    assert len({part.clip for part in unknown}) == 5
