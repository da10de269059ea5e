"""Flow by each method against movements that we made, and what stands for a segment."""

import cv2
import numpy as np
import pytest

import compute_flow
from ferstudy.jobs.compute_flow import ComputeFlow
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.synthetic.action_units import AUS
from ferstudy.synthetic.identity import person
from ferstudy.synthetic.rendering import Renderer
from ferstudy.video import flow

SIZE = 64


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """A rendered face (256, 256) grey, which fills the picture."""
    aus, pose, gaze = np.zeros(len(AUS), np.float32), np.zeros(6, np.float32), np.zeros(2, np.float32)
    frame = Renderer(person(9), 480, 640).frame(aus, pose, gaze, 1)
    middle = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)[150:470, 80:400]
    return cv2.resize(middle, (4 * SIZE, 4 * SIZE), interpolation=cv2.INTER_AREA)


def moved(face: np.ndarray, turn: float, right: float, down: float) -> np.ndarray:
    """The face (SIZE, SIZE) turned by `turn` degrees about the middle, then shifted by px of the small picture."""
    matrix = cv2.getRotationMatrix2D((2 * SIZE - 0.5, 2 * SIZE - 0.5), -turn, 1)
    matrix[:, 2] += 4 * right, 4 * down
    large = cv2.warpAffine(face, matrix, (4 * SIZE, 4 * SIZE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(large, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def truth(turn: float, right: float, down: float) -> np.ndarray:
    """The flow (SIZE, SIZE, 2) that `moved` makes."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    angle = np.deg2rad(turn)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([x * cos - y * sin - x + right, x * sin + y * cos - y + down], -1)


@pytest.mark.parametrize("method", flow.METHODS)
@pytest.mark.parametrize("movement", [(0, 1.3, -0.7), (0, -2.5, 1.5), (1.5, 0, 0), (-1, 0.5, 0.5)])
def test_every_method_finds_how_a_face_moved(face, method, movement):
    estimate = flow.METHODS[method]()
    found = estimate(moved(face, 0, 0, 0), moved(face, *movement))
    assert (found.shape, found.dtype) == ((SIZE, SIZE, 2), np.float32)
    off = np.linalg.norm(found - truth(*movement), axis=-1)[8:-8, 8:-8]
    assert np.median(off) < 0.2
    assert off.mean() < 0.3


@pytest.mark.parametrize("method", flow.METHODS)
def test_back_is_the_opposite_of_there(face, method):
    estimate = flow.METHODS[method]()
    before, after = moved(face, 0, 0, 0), moved(face, 2, 0.6, -0.4)
    there, back = estimate(before, after), estimate(after, before)
    assert np.abs(there + back)[8:-8, 8:-8].mean() < 0.15
    assert np.abs(there)[8:-8, 8:-8].mean() > 0.4


@pytest.mark.parametrize("method", flow.METHODS)
def test_a_mirrored_face_has_the_mirrored_flow(face, method):
    estimate = flow.METHODS[method]()
    before, after = moved(face, 0, 0, 0), moved(face, 2, 0.6, -0.4)
    plain = estimate(before, after)
    mirrored = estimate(np.ascontiguousarray(before[:, ::-1]), np.ascontiguousarray(after[:, ::-1]))
    assert np.abs(mirrored[:, ::-1] * (-1, 1) - plain)[8:-8, 8:-8].mean() < 0.1


@pytest.mark.parametrize("method", flow.METHODS)
def test_nothing_moves_in_a_still_picture(face, method):
    image = moved(face, 0, 0, 0)
    estimate = flow.METHODS[method]()
    assert np.abs(estimate(image, image.copy()))[8:-8, 8:-8].max() < 0.02
    estimate(image, moved(face, 0, 3, 0))  # nor does an earlier pair leave anything behind
    assert np.abs(estimate(image, image.copy()))[8:-8, 8:-8].max() < 0.02


def crops(face: np.ndarray, count: int) -> np.ndarray:
    """(count, SIZE, SIZE, 1): a face that goes right by 0.5 px a frame, then by 0.25."""
    places = np.cumsum([0, *(0.5 if i % 16 == 0 else 0.25 for i in range(count - 1))])
    return np.stack([moved(face, 0, place, 0) for place in places])[..., None]


def test_a_segment_may_be_its_first_flow(face):
    clip = crops(face, 40)
    found = list(flow.firsts(clip, 16, 16, flow.between))
    assert [(first, length) for first, length, _ in found] == [(0, 1), (16, 1)]
    for first, _, image in found:
        np.testing.assert_array_equal(image, flow.between(clip[first, ..., 0], clip[first + 1, ..., 0]))
        assert np.median(image[8:-8, 8:-8, 0]) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(("count", "expected"), [(1, [(0, 0)]), (2, [(0, 1)]), (15, [(0, 1)]), (32, [(0, 1), (16, 1)])])
def test_first_flows_of_short_clips(face, count, expected):
    found = list(flow.firsts(crops(face, count), 16, 16, flow.between))
    assert [(first, length) for first, length, _ in found] == expected


def test_flow_between_consecutive_frames(face):
    clip = crops(face, 6)
    for segments in (flow.summed(clip, 2, 1, flow.between), flow.firsts(clip, 2, 1, flow.between)):
        assert [(first, length) for first, length, _ in segments] == [(i, 1) for i in range(5)]


@pytest.mark.parametrize("method", flow.METHODS)
def test_the_store_of_first_flows(face, tmp_path, method):
    with Writer(tmp_path / "faces.h5", (SIZE, SIZE, 1), "uint8", {"intensity": ((), "f4")}, {"leaf": "lab"}) as store:
        store.begin("clip")  # a trimmed one: its frames begin at 30
        store.add(crops(face, 33), np.arange(30, 63), intensity=np.zeros(33))
        store.end()
    settings = {"method": method, "segment": 16, "step": 16, "keep": "first"}
    compute_flow.main(ComputeFlow(flow=settings, faces=str(tmp_path / "faces.h5"), out=str(tmp_path / "flow.h5")))
    with Store(tmp_path / "flow.h5") as store:
        assert store.column("clip", "frame").tolist() == [30, 46]
        assert store.column("clip", "first").tolist() == [0, 16]
        assert store.column("clip", "length").tolist() == [1, 1]
        assert np.median(store.values("clip")[:, 8:-8, 8:-8, 0]) == pytest.approx(0.5, abs=0.1)
