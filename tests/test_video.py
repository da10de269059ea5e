"""Decoding, tracking, cropping and flow, piece by piece."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from ferstudy.errors import StudyError
from ferstudy.video import flow
from ferstudy.video.crop import cut, square
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import Haar, overlap
from ferstudy.video.track import choose, joined, key_frames, probes, smooth, steadied, stretches

SCRIPTS = Path(__file__).parents[1] / "scripts"


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
    chosen = choose(found, (240, 400))
    assert sorted(chosen) == [0, 10, 30]
    assert all((box == ours).all() for box in chosen.values())


def test_of_two_faces_of_one_size_the_central_one_is_chosen():
    found = {0: np.array([[0.0, 0, 50, 50], [150.0, 100, 50, 50]])}
    assert choose(found, (240, 400))[0].tolist() == [150, 100, 50, 50]
    assert choose({0: np.zeros((0, 4))}, (240, 400)) == {}


def test_a_face_is_lost_after_misses_and_looked_for_near_where_it_was_seen():
    assert stretches([0, 25, 75, 150, 175], 50) == [[0, 25, 75], [150, 175]]
    box = np.zeros(4)
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
    assert square(np.array([10, 20, 100, 100])).tolist() == [10, 20, 100, 100]
    assert square(np.array([10, 20, 100, 100]), margin=0.25).tolist() == [-15, -5, 150, 150]
    np.testing.assert_allclose(square(np.array([10, 20, 100, 100]), extend=0.1), [5, 20, 110, 110])
    np.testing.assert_allclose(square(np.array([10, 20, 50, 100])), [-15, 20, 100, 100])


def test_an_unknown_cascade_is_named():
    with pytest.raises(StudyError, match=r"no Haar cascade 'frontal'.*frontalface_default"):
        Haar(cascade="frontal")


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
    segments = list(flow.summed(crops, 16, 8))
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
        assert [(first, length) for first, length, _ in flow.summed(crops, 16, 8)] == flow.spans(count, 16, 8)


def test_of_one_frame_the_flow_is_zero():
    (segment,) = flow.summed(np.full((1, 48, 48, 3), 90, np.uint8), 16, 8)
    assert segment.flow.shape == (48, 48, 2)
    assert not segment.flow.any()


def test_wrong_flow_settings_are_named():
    assert flow.settings_of({"method": "farneback", "segment": 10, "step": 5}) == (10, 5)
    for wrong, words in (({"method": "tvl1"}, "tvl1"), ({"stride": 3}, "stride"), ({"segment": 1}, "segment 1")):
        with pytest.raises(StudyError, match=words):
            flow.settings_of(wrong)
