"""Decoding, tracking, cropping and flow, piece by piece."""

import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from completed import haar, recipe_of
from scipy.ndimage import gaussian_filter1d

from ferstudy.errors import StudyError
from ferstudy.synthetic.expression import perform
from ferstudy.synthetic.identity import person
from ferstudy.synthetic.rendering import Renderer
from ferstudy.video import flow, trackers
from ferstudy.video.crop import cut, square
from ferstudy.video.cuts import cuts, thumbnail
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import Haar, overlap
from ferstudy.video.faces import find, tools
from ferstudy.video.path import joined, smooth, steadied
from ferstudy.video.spilled_frames import SpilledFrames
from ferstudy.video.track import Track, key_frames, locate
from ferstudy.video.who import choose, probes, stretches

SCRIPTS = Path(__file__).parents[2] / "scripts"


def write_video(path: Path, frames: list[np.ndarray]) -> Path:
    """A Motion-JPEG video of `frames` (grey or BGR)."""
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (width, height), frames[0].ndim == 3)
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def counting(count: int, size: tuple[int, int] = (48, 64)) -> list[np.ndarray]:
    """Frames whose brightness tells their number: 4 grey levels apart."""
    return [np.full((*size, 3), 4 * i, np.uint8) for i in range(count)]


def numbers(film: Film) -> list[int]:
    """The numbers of `counting` frames, read off their brightness."""
    return [round(float(frame.mean()) / 4) for frame in film]


def broken_files(folder: Path) -> dict[str, Path]:
    """One file for each kind of trouble, by the reason that is expected."""
    text = folder / "text.avi"
    text.write_text("This is a list of my videos, and not one of them.\n" * 50)
    empty = folder / "empty.mp4"
    empty.touch()
    whole = write_video(folder / "whole.avi", counting(40)).read_bytes()
    cut_off = folder / "cut_off.avi"
    cut_off.write_bytes(whole[: len(whole) // 3])
    head = folder / "head.avi"
    head.write_bytes(whole[:100])
    (folder / "frames").mkdir()
    return {
        "not a video": text,
        "empty file": empty,
        "damaged": cut_off,
        "damaged ": head,
        "no frames": folder / "frames",
        "file missing": folder / "nothing.avi",
    }


def test_a_file_that_is_no_video_says_why(tmp_path):
    for reason, path in broken_files(tmp_path).items():
        with pytest.raises(Unusable) as caught:
            Film(path)
        assert caught.value.reason == reason.strip(), path


def test_nothing_of_ffmpeg_reaches_the_log(tmp_path):
    paths = [str(path) for path in broken_files(tmp_path).values()]
    code = (
        "import sys\nfrom ferstudy.video.decode import Film, Unusable\n"
        "for path in sys.argv[1:]:\n    try: Film(path)\n    except Unusable: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *paths], cwd=SCRIPTS, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_clip_is_its_stretch_of_the_video(tmp_path):
    path = write_video(tmp_path / "film.avi", counting(40))
    assert numbers(Film(path)) == list(range(40))
    assert numbers(Film(path, 3, 10)) == [3, 4, 5, 6, 7, 8, 9]
    assert numbers(Film(path, 35)) == [35, 36, 37, 38, 39]
    assert Film(path, 3, 10).count == 7


@pytest.mark.parametrize(("start", "end"), [(30, 41), (40, 45), (40, None)])
def test_a_video_shorter_than_its_clip_is_refused(tmp_path, start, end):
    path = write_video(tmp_path / "film.avi", counting(40))
    with pytest.raises(Unusable, match="video shorter than its clip"):
        Film(path, start, end)


@pytest.mark.parametrize("end", [None, 1])
def test_a_video_without_a_frame_has_no_frames(tmp_path, end):
    with pytest.raises(Unusable, match="no frames"):
        Film(tmp_path, end=end)


def test_a_long_film_is_read_again_instead_of_kept(tmp_path):
    path = write_video(tmp_path / "film.avi", counting(40))
    film = Film(path, 2, 30, keep=5 * 48 * 64 * 3)
    assert film.count == 28
    assert numbers(film) == numbers(film) == list(range(2, 30))


def test_the_header_is_not_believed(tmp_path):
    path = write_video(tmp_path / "film.avi", counting(40))
    content = bytearray(path.read_bytes())
    at = content.index(b"strh") + 8 + 32  # dwLength of the stream header
    assert int.from_bytes(content[at : at + 4], "little") == 40
    content[at : at + 4] = (57).to_bytes(4, "little")
    path.write_bytes(content)
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FRAME_COUNT) == 57
    assert Film(path).count == 40


def test_memory_of_the_last_film_is_used_again_without_mixing_them(tmp_path):
    long = write_video(tmp_path / "long.avi", counting(30))
    small = write_video(tmp_path / "small.avi", counting(20, (32, 32)))
    spare: list[np.ndarray] = []
    for path, shape, count in ((long, (48, 64), 30), (small, (32, 32), 20), (long, (48, 64), 30)):
        film = Film(path, spare=spare)
        assert (film.shape, numbers(film)) == (shape, list(range(count)))
        film.give(spare)
    assert len(spare) == 30


def test_a_folder_of_images_is_a_video_in_the_order_of_its_numbers(tmp_path):
    for i, frame in enumerate(counting(12)):
        cv2.imwrite(str(tmp_path / f"frame{i}.png"), frame)
    (tmp_path / "notes.txt").write_text("no frame")
    assert numbers(Film(tmp_path)) == list(range(12))
    assert numbers(Film(tmp_path, 9, 11)) == [9, 10]
    cv2.imwrite(str(tmp_path / "frame5.png"), np.zeros((10, 10), np.uint8))
    with pytest.raises(Unusable, match=r"frames of different sizes: frame5\.png"):
        Film(tmp_path)
    (tmp_path / "frame4.png").write_bytes(b"half an image")
    with pytest.raises(Unusable, match=r"damaged: frame4\.png"):
        Film(tmp_path)


def test_grey_videos_have_three_equal_channels(tmp_path):
    film = Film(write_video(tmp_path / "grey.avi", [frame[..., 0] for frame in counting(5)]))
    assert numbers(film) == [0, 1, 2, 3, 4]
    assert next(iter(film)).shape == (48, 64, 3)


@pytest.mark.parametrize("every", [1, 10, 25])
def test_detections_lie_symmetrically_in_every_clip(every):
    for count in range(1, 200):
        keys = key_frames(count, every)
        assert keys == [count - 1 - key for key in reversed(keys)]
        assert keys[0] == 0
        assert len(keys) >= min(3, count)
        assert max(np.diff(keys), default=0) <= every + 1


def test_a_second_person_does_not_take_the_clip_over():
    ours, other = np.array([100.0, 100, 80, 80]), np.array([260.0, 100, 60, 60])
    nearer = np.array([260.0, 100, 90, 90])
    found = {0: np.array([ours, other]), 10: np.array([nearer, ours]), 20: np.zeros((0, 4)), 30: np.array([ours])}
    chosen = choose(found, (240, 400), "steady")
    assert sorted(chosen) == [0, 10, 30]
    assert all((box == ours).all() for box in chosen.values())


def test_of_two_faces_of_one_size_the_central_one_is_chosen():
    found = {0: np.array([[0.0, 0, 50, 50], [150.0, 100, 50, 50]])}
    assert choose(found, (240, 400), "steady")[0].tolist() == [150, 100, 50, 50]
    assert choose({0: np.zeros((0, 4))}, (240, 400), "steady") == {}


def test_a_face_is_lost_after_misses_and_looked_for_near_where_it_was_seen():
    box = np.zeros(4)
    found = {i: np.array([[100.0, 100, 80, 80]]) for i in (0, 25, 75, 150, 175)}
    assert stretches(choose(found, (240, 400), "steady"), found, 50) == [[0, 25, 75], [150, 175]]
    assert probes({0: box, 30: box}, [0, 10, 20, 30]) == [2, 4, 6, 8, 22, 24, 26, 28]
    assert probes({0: box, 10: box}, [0, 10]) == []


@pytest.mark.parametrize("count", [1, 2, 7, 80])
def test_smoothing_agrees_with_scipy(count):
    values = np.random.default_rng(0).normal(size=(count, 2))
    weight = gaussian_filter1d(np.ones(count), 3.0, mode="constant", truncate=4)[:, None]
    expected = gaussian_filter1d(values, 3.0, axis=0, mode="constant", truncate=4) / weight
    np.testing.assert_allclose(smooth(values, 3.0), expected)
    assert (smooth(values[::-1], 3.0) == smooth(values, 3.0)[::-1]).all()
    assert smooth(values, 0) is values


def test_smoothing_with_a_trend_is_a_weighted_line():
    values = np.random.default_rng(0).normal(size=(30, 1))
    times = np.arange(30)
    smoothed = smooth(values, 2.0, trend=True)
    for i in (0, 1, 15, 29):
        weights = np.exp(-0.25 * ((times - i) / 2) ** 2) * (abs(times - i) <= 8)  # polyfit squares its weights
        line = np.polyfit(times - i, values[:, 0], 1, w=weights)
        assert smoothed[i, 0] == pytest.approx(line[1])
    straight = np.arange(12.0)[:, None]
    np.testing.assert_allclose(smooth(straight, 3.0, trend=True), straight, atol=1e-9)


def test_detections_and_movements_are_weighed_by_least_squares():
    generator = np.random.default_rng(1)
    detected, moved = generator.normal(size=(6, 3)), generator.normal(size=(5, 3))
    rows = np.vstack([np.eye(6), 2 * np.diff(np.eye(6), axis=0)])  # 2: the root of TRUST
    expected = np.linalg.lstsq(rows, np.vstack([detected, 2 * moved]), rcond=None)[0]
    np.testing.assert_allclose(steadied(detected, moved), expected, atol=1e-3)


def test_where_tracking_failed_the_movement_is_even():
    start, end = np.array([0.0, 0, 1]), np.array([4.0, 8, 1])
    lost = np.full((5, 3), np.nan)
    np.testing.assert_allclose(joined(lost, lost, start, end)[:, 0], [0, 1, 2, 3, 4])
    forward = np.array([[0.0, 0, 1], [3, 0, 1], [3, 0, 1], [3, 0, 1], [3, 0, 1]])
    np.testing.assert_allclose(joined(forward, lost, start, end)[:4, 0], [0, 3, 3, 3])


FACE = 240  # px, the height and width of a portrait


@cache
def portraits(number: int, label: str = "surprise", count: int = 30) -> list[np.ndarray]:
    """Frames (FACE, FACE, 3) of a built-in person showing `label`."""
    who = person(number)
    renderer = Renderer(who, FACE, FACE)
    shown = perform(who, label, np.random.default_rng(number), count, 25)
    return [
        renderer.frame(*state, 1 + i) for i, state in enumerate(zip(shown.aus, shown.pose, shown.gaze, strict=True))
    ]


def acting(number: int, count: int) -> list[np.ndarray]:
    """`count` portraits without a jump: there and back again."""
    there = portraits(number)
    return [(there + there[::-1])[i % (2 * len(there))] for i in range(count)]


def scene(*faces: tuple[np.ndarray, float, float, float]) -> np.ndarray:
    """A frame (240, 400, 3) with portraits at (centre x, centre y, scale) before a wall."""
    wall = cv2.resize(np.random.default_rng(5).integers(60, 110, (6, 10, 3)).astype(np.uint8), (400, 240))
    for portrait, x, y, scale in faces:
        side = round(FACE * scale)
        picture = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
        left, top = round(x - side / 2), round(y - side / 2)
        right, bottom = min(left + side, 400), min(top + side, 240)
        wall[max(top, 0) : bottom, max(left, 0) : right] = picture[
            max(-top, 0) : bottom - top, max(-left, 0) : right - left
        ]
    return wall


def walking(count: int, number: int = 600) -> list[np.ndarray]:
    """A person who crosses the frame at 3 px a frame."""
    return [scene((face, 130 + 3 * i, 120, 0.8)) for i, face in enumerate(acting(number, count))]


def located(path: Path, tracker: dict | None = None, **detector: object) -> Track:
    recipe = recipe_of({"detector": detector, "tracker": tracker or {}})
    return locate(Film(path), haar(), recipe.detector, recipe.tracker)


def middles(track: Track) -> np.ndarray:
    return track.boxes[:, :2] + track.boxes[:, 2:] / 2


SLOW = {"mil", "csrt"}
EACH = [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in trackers.NAMES]


@pytest.mark.parametrize("name", EACH)
def test_every_tracker_follows_a_face_that_walks_and_is_symmetric_in_time(tmp_path, name):
    frames = walking(40)
    settings = {"name": name, "scale": 0.5}
    track = located(write_video(tmp_path / "walk.avi", frames), settings)
    assert (track.first, len(track.boxes)) == (0, 40)
    off = middles(track)[:, 0] - (130 + 3 * np.arange(40))
    assert np.abs(off - off.mean()).max() < 9  # px, of a face of 80 that walks 120; KCF counts in whole px
    assert np.abs(np.diff(track.boxes, 2, axis=0)).mean() < 0.2
    assert track.score[0] == track.score[-1] == 1
    back = located(write_video(tmp_path / "back.avi", frames[::-1]), settings)
    np.testing.assert_allclose(back.boxes[::-1], track.boxes, atol=1e-6)
    np.testing.assert_allclose(back.score[::-1], track.score, atol=1e-6)


def test_between_detections_only_a_tracker_knows_where_the_face_was(tmp_path):
    """It goes there and back between two detections, which alone would show no movement."""
    places = 200 + 60 * np.sin(np.pi * np.arange(49) / 48 * 2)
    path = write_video(tmp_path / "there.avi", [scene((portraits(600)[0], x, 120, 0.8)) for x in places])
    off = [np.abs(middles(located(path, tracker, every=48))[:, 0] - places).max() for tracker in ({}, {"calm": 0})]
    assert max(off) < 8


def test_a_tracker_that_is_not_there_is_named(tmp_path):
    film, recipe = Film(write_video(tmp_path / "one.avi", walking(1))), recipe_of({})
    with pytest.raises(StudyError, match=r"no tracker 'tld', expected medianflow, kcf.*none"):
        locate(film, haar(), recipe.detector, replace(recipe.tracker, name="tld"))
    with pytest.raises(StudyError, match="no detector/choose 'best', expected steady, largest, central"):
        locate(film, haar(), replace(recipe.detector, choose="best"), recipe.tracker)


@pytest.mark.parametrize("name", [name for name in trackers.MAKERS if name not in SLOW])
def test_a_tracker_leaves_the_frame_without_a_crash(name):
    frames = [scene((portraits(600)[0], 200 + 20 * i, 120, 0.8)) for i in range(12)]
    if name not in trackers.IN_COLOUR:
        frames = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in frames]
    for box in ([150.0, 70, 100, 100], [-30.5, 200, 90, 90], [390, 230, 80, 80], [10, 10, 2, 2]):
        boxes = trackers.follow(name, frames, np.array(box))
        assert boxes.shape == (12, 4)
        assert np.isfinite(boxes[0]).all()


@pytest.mark.parametrize("name", ["medianflow", pytest.param("none", marks=pytest.mark.slow)])
def test_a_face_that_leaves_and_comes_back(tmp_path, name):
    face = portraits(600)[0]
    gone = [scene((face, 130, 120, 0.8)) if not 20 <= i < 70 else scene() for i in range(120)]
    settings = {"name": name, "cuts": False}
    track = located(write_video(tmp_path / "gone.avi", gone), settings)
    assert 64 <= track.first <= 75  # the longer of the two stretches
    assert track.first + len(track.boxes) == 120
    back = located(write_video(tmp_path / "back.avi", gone[::-1]), settings)
    assert back.first == 0
    np.testing.assert_allclose(back.boxes[::-1], track.boxes, atol=1e-6)


def test_a_face_seen_for_less_than_the_coverage_is_lost(tmp_path):
    frames = [scene((portraits(600)[0], 130, 120, 0.8)) if i < 30 else scene() for i in range(100)]
    path = write_video(tmp_path / "brief.avi", frames)
    with pytest.raises(
        Unusable, match=r"face lost: the face was found in (2\d|30) of 100 frames, covered_frames asks for 0.5$"
    ):
        find(Film(path), recipe_of({}), haar())
    assert 25 <= len(find(Film(path), recipe_of({"detector": {"covered_frames": 0.2}}), haar()).boxes) <= 30


def test_without_a_face_there_is_no_track(tmp_path):
    path = write_video(tmp_path / "wall.avi", [scene()] * 20)
    with pytest.raises(Unusable, match="no face found: looked at 4 of 20 frames"):
        located(path)
    with pytest.raises(Unusable, match="no face found: looked at 20 of 20 frames"):
        located(path, {"name": "none"})


@pytest.mark.parametrize(("turn", "back"), [(cv2.ROTATE_180, 180), (cv2.ROTATE_90_CLOCKWISE, 270),
                                            (cv2.ROTATE_90_COUNTERCLOCKWISE, 90)])  # fmt: skip
@pytest.mark.parametrize("number", [600, *(pytest.param(each, marks=pytest.mark.slow) for each in (604, 609, 611))])
def test_a_turned_face_is_no_face_and_the_reason_says_by_how_much_to_turn_it(tmp_path, number, turn, back):
    """A cascade sees faces in many of them, in cheeks and mouths; upright these people are found."""
    upright = portraits(number, count=12)
    assert len(located(write_video(tmp_path / "up.avi", upright)).boxes) == 12
    path = write_video(tmp_path / "down.avi", [cv2.rotate(frame, turn) for frame in upright])
    ready = tools(recipe_of({}))
    with pytest.raises(Unusable, match=rf"(no face found|face lost): .*turned clockwise by {back} degrees it shows"):
        find(Film(path), recipe_of({}), ready.detector, ready.second)


@pytest.mark.parametrize(("how", "x"), [("steady", 90), ("largest", 90), ("central", 250)])
def test_which_of_two_faces(tmp_path, how, x):
    left, right = portraits(600), portraits(609)
    frames = [scene((left[i], 90, 120, 0.7), (right[i], 250, 120, 0.5)) for i in range(30)]
    track = located(write_video(tmp_path / "two.avi", frames), choose=how)
    assert np.abs(middles(track)[:, 0] - x).max() < 15
    assert (track.faces == 2).all()


@pytest.mark.slow
def test_a_second_face_that_comes_nearer_ends_the_track_of_the_largest_but_not_the_steady_one(tmp_path):
    pairs = zip(acting(600, 90), acting(609, 90), strict=True)
    frames = [scene((a, 100, 120, 0.6), (b, 300, 120, 0.3 + 0.005 * i)) for i, (a, b) in enumerate(pairs)]
    path = write_video(tmp_path / "nearer.avi", frames)
    steady, largest = located(path, every=10), located(path, every=10, choose="largest")
    assert len(steady.boxes) == 90
    assert np.abs(np.diff(middles(steady)[:, 0])).max() < 2
    assert 40 <= len(largest.boxes) <= 70  # as long as one of them is the larger one, to a tenth
    assert np.abs(np.diff(middles(largest)[:, 0])).max() < 2


def test_a_new_person_elsewhere_is_not_the_old_one(tmp_path):
    first = [scene((portraits(600)[0], 100, 120, 0.8))] * 60
    second = [scene((portraits(609)[0], 300, 120, 0.8))] * 40
    track = located(write_video(tmp_path / "other.avi", first + second), {"cuts": False})
    assert (track.first, np.ptp(middles(track)[:, 0]) < 10) == (0, True)
    assert 50 <= len(track.boxes) <= 60


@pytest.mark.parametrize("name", ["medianflow", pytest.param("none", marks=pytest.mark.slow)])
def test_a_scene_cut_ends_the_track(tmp_path, name):
    """Both faces are in the same place: only the cut tells that they are two people."""
    frames = portraits(609)[:20] + portraits(604)
    track = located(write_video(tmp_path / "cut.avi", frames), {"name": name})
    assert (track.first, len(track.boxes)) == (20, 30)
    back = located(write_video(tmp_path / "back.avi", frames[::-1]), {"name": name})
    assert (back.first, len(back.boxes)) == (0, 30)
    np.testing.assert_allclose(back.boxes[::-1], track.boxes, atol=1e-6)
    assert len(located(tmp_path / "cut.avi", {"name": name, "cuts": False}).boxes) == 50


def found_cuts(path: Path) -> list[int]:
    return cuts(np.array([thumbnail(frame) for frame in Film(path)]))


def test_cuts_are_found_where_they_are(tmp_path):
    parts = [portraits(number)[:length] for number, length in ((600, 30), (609, 12), (604, 3), (611, 25))]
    film = [frame for part in parts for frame in part]
    assert found_cuts(write_video(tmp_path / "film.avi", film)) == [30, 42, 45]
    assert found_cuts(write_video(tmp_path / "back.avi", film[::-1])) == [25, 28, 40]


@pytest.mark.parametrize("trouble", ["none", "flash", "lamp", "fade", "hand", "fast", "one frame", "black"])
def test_what_is_no_cut(tmp_path, trouble):
    frames = list(portraits(600)) + list(portraits(600)[::-1])
    if trouble == "flash":
        frames[20:22] = [cv2.convertScaleAbs(frame, alpha=0.3, beta=170) for frame in frames[20:22]]
    elif trouble == "lamp":
        frames[20:] = [cv2.convertScaleAbs(frame, alpha=1.3, beta=10) for frame in frames[20:]]
    elif trouble == "fade":
        frames = [cv2.convertScaleAbs(frame, alpha=min(1, i / 20)) for i, frame in enumerate(frames)]
    elif trouble == "hand":
        for frame in (frames := [frame.copy() for frame in frames])[20:26]:
            frame[100:, 60:180] = (90, 120, 170)
    elif trouble == "fast":
        frames = [frames[0]] * 20 + frames[5:20:5] + [frames[15]] * 20
    elif trouble == "one frame":
        frames = frames[:1]
    elif trouble == "black":
        frames = [np.zeros_like(frames[0])] * 30
    assert found_cuts(write_video(tmp_path / "film.avi", frames)) == []


def test_a_fast_walk_is_no_cut(tmp_path):
    frames = [scene((portraits(600)[i], 80 + 8 * i, 120, 0.8)) for i in range(30)]
    assert found_cuts(write_video(tmp_path / "walk.avi", frames)) == []


@pytest.mark.parametrize("name", ["medianflow", "none"])
def test_one_frame_is_enough(tmp_path, name):
    track = located(write_video(tmp_path / "one.avi", walking(1)), {"name": name})
    assert (track.first, track.boxes.shape, track.score.tolist(), track.faces.tolist()) == (0, (1, 4), [1], [1])


def test_a_clip_too_long_to_keep_its_small_frames_gives_the_same_track(tmp_path, monkeypatch):
    path = write_video(tmp_path / "walk.avi", walking(40))
    kept = located(path)
    monkeypatch.setattr("ferstudy.video.pictures.MOST_BYTES", 1000)
    again = located(path)
    assert (again.boxes == kept.boxes).all()


def test_spilled_frames_come_back_as_they_were(monkeypatch):
    images = [np.random.default_rng(i).integers(0, 256, (4 + i, 5, 3)).astype(np.uint8) for i in range(6)]
    frames = SpilledFrames(most=200)  # two of them fit
    for i in (4, 0, 2, 1, 5, 3):
        frames[i] = images[i]
    assert sorted(frames) == list(range(6))
    assert 6 not in frames
    for i in (3, 0, 5, 4, 1, 2):
        assert (frames[i] == images[i]).all()
    monkeypatch.setattr(
        tempfile, "TemporaryFile", lambda: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(StudyError, match=r"No space left.*TMPDIR"):
        SpilledFrames(most=0)[0] = images[0]


class Blinking(Haar):
    """Sees nothing in every frame but the first and the last that it is asked about; notes how many those are."""

    def __init__(self, last: int):
        super().__init__(scale=0.25, step=1.1, neighbours=5, smallest=0.15, cascade="frontalface_default")
        self.asked, self._last = 0, last

    def faces(self, frame):
        self.asked += 1
        return super().faces(frame) if self.asked in (1, self._last) else np.zeros((0, 4))


def test_a_face_that_a_detection_overlooks_is_found_near_where_it_must_be(tmp_path):
    """Instead of by eight more detections around that frame, of which each searches the whole frame at all sizes."""
    slow = [scene((face, 130 + 0.5 * i, 120, 0.8)) for i, face in enumerate(acting(600, 41))]
    often = recipe_of({"detector": {"every": 20}})
    detector = Blinking(last=3)  # of frames 0, 20 and 40
    track = locate(Film(write_video(tmp_path / "slow.avi", slow)), detector, often.detector, often.tracker)
    assert detector.asked == 3
    off = middles(track)[:, 0] - (130 + 0.5 * np.arange(41))
    assert len(off) == 41
    assert np.abs(off - off.mean()).max() < 5
    assert track.faces.min() == 1
    gone = [scene() if 12 < i < 28 else frame for i, frame in enumerate(slow)]
    detector = Blinking(last=3)
    locate(Film(write_video(tmp_path / "gone.avi", gone)), detector, often.detector, often.tracker)
    assert detector.asked > 3  # there is none


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_a_look_near_a_face_finds_its_box_at_any_size(scale):
    """From a box that is too large and beside it, as a tracker may leave it; on a small picture as on the frame."""
    quick, full = haar(), haar(scale=1.0)
    for number in (600, 609, 604):
        frame = scene((portraits(number)[0], 180, 120, 0.95))
        box = full.largest(frame)
        picture = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        guess = np.array([box[0] - 0.15 * box[2], box[1] - 0.05 * box[2], 1.2 * box[2], 1.2 * box[2]])
        assert overlap(quick.near(picture, guess * scale) / scale, box) > 0.9
        assert quick.near(picture, np.array([320.0, 10, 70, 70]) * scale) is None


def test_a_coarse_search_is_refined_to_the_box_of_a_full_one():
    frames = [scene((portraits(number)[i], 180, 120, scale)) for number in (600, 609, 604) for i in (0, 14)
              for scale in (0.7, 0.95)]  # fmt: skip
    coarse, full = haar(scale=0.25), haar(scale=1.0)
    pairs = [(coarse.largest(frame), full.largest(frame)) for frame in frames]
    mine, theirs = (np.array(boxes) for boxes in zip(*pairs, strict=True))
    assert overlap(mine, theirs).mean() > 0.93
    assert abs(np.log(mine[:, 2] / theirs[:, 2]).mean()) < 0.03


def ramp() -> np.ndarray:
    """A frame whose blue is its column and whose green is its row, in px / 4; red is 7."""
    columns, rows = np.meshgrid(np.arange(640), np.arange(480))
    return np.stack([(columns + 0.5) / 4, (rows + 0.5) / 4, np.full(rows.shape, 7)], -1).round().astype(np.uint8)


@pytest.mark.parametrize("box", [(100.3, 50.7, 300.1), (20, 20, 30), (200.5, 100.25, 64), (1, 1, 129), (-80, -80, 250)])
def test_a_crop_shows_its_square_to_the_pixel(box):
    x, y, side = box
    crop = cut(ramp(), np.array([x, y, side, side]), 64).astype(float)
    places = (np.arange(64) + 0.5) * side / 64
    assert crop.shape == (64, 64, 3)
    assert (crop[..., 0] == 7).all()  # RGB order
    np.testing.assert_allclose(crop[32, :, 2], np.clip(x + places, 0, 640) / 4, atol=1.2)
    np.testing.assert_allclose(crop[:, 32, 1], np.clip(y + places, 0, 480) / 4, atol=1.2)


@pytest.mark.parametrize("side", [40, 300])
def test_half_a_pixel_counts(side):
    waves = (127 + 100 * np.sin(np.arange(400) / 12)).round().astype(np.uint8)
    frame = np.repeat(np.tile(waves, (400, 1))[..., None], 3, 2)
    moved = [cut(frame, np.array([20 + shift, 20, side, side]), 32, "grey").astype(float) for shift in (0, 0.5, 1)]
    assert moved[0].shape == (32, 32, 1)
    assert np.abs(moved[1] - (moved[0] + moved[2]) / 2).max() < 1.1
    assert np.abs(moved[1] - moved[0]).max() > 2


def test_a_crop_does_not_flicker_where_the_frame_is_fine_grained():
    frame = np.random.default_rng(0).integers(0, 256, (400, 400, 3)).astype(np.uint8)
    means = [cut(frame, np.array([50 + shift / 5, 50, 300, 300]), 32).std() for shift in range(10)]
    assert max(means) < 20  # averaged over some 9 x 9 px: 74 / 9 = 8, with bilinear overlaps less than 20
    assert max(means) - min(means) < 2


def test_squares_grow_by_margin_and_chin():
    assert square(np.array([10, 20, 100, 100]), margin=0, extend=0).tolist() == [10, 20, 100, 100]
    assert square(np.array([10, 20, 100, 100]), margin=0.25, extend=0).tolist() == [-15, -5, 150, 150]
    np.testing.assert_allclose(square(np.array([10, 20, 100, 100]), margin=0, extend=0.1), [5, 20, 110, 110])
    np.testing.assert_allclose(square(np.array([10, 20, 50, 100]), margin=0, extend=0), [-15, 20, 100, 100])


def test_an_unknown_cascade_is_named():
    with pytest.raises(StudyError, match=r"no Haar cascade 'frontal'.*frontalface_default"):
        haar(cascade="frontal")


def test_overlap_of_known_boxes():
    a, b = np.array([0.0, 0, 10, 10]), np.array([5.0, 0, 10, 10])
    assert overlap(a, b) == pytest.approx(1 / 3)
    assert overlap(a, a) == 1
    assert overlap(a, a + 20) == 0


def texture(size: int, shift: tuple[float, float]) -> np.ndarray:
    """A smooth random texture (size, size) uint8, moved by `shift` (dx, dy) px with cv2.warpAffine."""
    noise = np.random.default_rng(0).integers(0, 256, (2 * size, 2 * size)).astype(np.float32)
    rough = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2.5), None, 0, 255, cv2.NORM_MINMAX)
    matrix = np.array([[1, 0, shift[0] - size / 2], [0, 1, shift[1] - size / 2]])
    return cv2.warpAffine(rough, matrix, (size, size)).round().astype(np.uint8)


@pytest.mark.parametrize("shift", [(0, 0), (1.5, 0), (0, -2.25), (-0.5, 1)])
def test_flow_of_a_known_translation(shift):
    middle = flow.between(texture(64, (0, 0)), texture(64, shift))[12:-12, 12:-12]
    np.testing.assert_allclose(np.median(middle, (0, 1)), shift, atol=0.1)


def test_flow_adds_up_over_a_segment():
    crops = np.stack([texture(64, (0.4 * i, -0.2 * i)) for i in range(25)])[..., None]
    segments = list(flow.summed(crops, 16, 8, flow.between))
    assert [(segment.first, segment.length) for segment in segments] == [(0, 15), (8, 15)]
    for segment in segments:
        np.testing.assert_allclose(np.median(segment.flow[12:-12, 12:-12], (0, 1)), (6, -3), atol=0.3)
        pairs = [flow.between(crops[i, ..., 0], crops[i + 1, ..., 0]) for i in range(segment.first, segment.first + 15)]
        np.testing.assert_allclose(segment.flow, np.sum(pairs, 0), atol=1e-3)


def test_flow_segments_of_any_length():
    assert flow.spans(1, 16, 8) == [(0, 0)]
    assert flow.spans(5, 16, 8) == [(0, 4)]
    assert flow.spans(16, 16, 8) == [(0, 15)]
    assert flow.spans(60, 16, 8) == [(2 + 8 * i, 15) for i in range(6)]  # two frames are left out at each end
    assert flow.spans(4, 2, 1) == [(0, 1), (1, 1), (2, 1)]
    for count in (1, 2, 15, 16, 17, 40):
        crops = np.zeros((count, 32, 32, 3), np.uint8)
        assert [(first, length) for first, length, _ in flow.summed(crops, 16, 8, flow.between)] == flow.spans(
            count, 16, 8
        )


def test_of_one_frame_the_flow_is_zero():
    (segment,) = flow.summed(np.full((1, 48, 48, 3), 90, np.uint8), 16, 8, flow.between)
    assert segment.flow.shape == (48, 48, 2)
    assert not segment.flow.any()
