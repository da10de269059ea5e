"""Detectors of faces and second opinions, on rendered faces and through OpenCV's own networks.

The published models cannot be had here. Their places are taken by tiny networks written by hand in the same file
formats, with the same kind of output, that call anything blue a face: so OpenCV's reading, scaling and decoding is the
real one, and only the weights are not. tests/unit/test_faces.py goes on from here to whole clips.
"""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from completed import detector_of, haar

from ferstudy.errors import StudyError
from ferstudy.synthetic.action_units import AUS
from ferstudy.synthetic.identity import person
from ferstudy.synthetic.rendering import Renderer
from ferstudy.video.detect import overlap
from ferstudy.video.detectors.build import NAMES

SCRIPTS = Path(__file__).parents[2] / "scripts"

# ---------------------------------------------------------------------- networks written by hand


def varint(number: int) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


def field(number: int, value: int | str | bytes) -> bytes:
    """One field of a protobuf message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


# Average blue of each 30 x 30 px of the 300 x 300 px; a face of 60 px there, and how sure that is: the logistic
# function of a tenth of what is above the mean that is taken off, less 5. That is 0.65 for a blue of 160.
PROTOTXT = """
name: "blue"
input: "data"
input_dim: 1 input_dim: 3 input_dim: 300 input_dim: 300
layer { name: "pool" type: "Pooling" bottom: "data" top: "pool"
  pooling_param { pool: AVE kernel_size: 30 stride: 30 } }
layer { name: "split" type: "Slice" bottom: "pool" top: "blue" top: "green" top: "red"
  slice_param { axis: 1 slice_point: 1 slice_point: 2 } }
layer { name: "scale" type: "Power" bottom: "blue" top: "logit" power_param { scale: 0.1 shift: -5 } }
layer { name: "face" type: "Sigmoid" bottom: "logit" top: "face" }
layer { name: "back" type: "Power" bottom: "face" top: "back" power_param { scale: -1 shift: 1 } }
layer { name: "both" type: "Concat" bottom: "back" bottom: "face" top: "both" concat_param { axis: 1 } }
layer { name: "order" type: "Permute" bottom: "both" top: "order"
  permute_param { order: 0 order: 2 order: 3 order: 1 } }
layer { name: "confidence" type: "Flatten" bottom: "order" top: "confidence" }
layer { name: "four" type: "Concat" bottom: "blue" bottom: "blue" bottom: "blue" bottom: "blue" top: "four"
  concat_param { axis: 1 } }
layer { name: "zero" type: "Power" bottom: "four" top: "zero" power_param { scale: 0 } }
layer { name: "place" type: "Flatten" bottom: "zero" top: "place" }
layer { name: "prior" type: "PriorBox" bottom: "pool" bottom: "data" top: "prior"
  prior_box_param { min_size: 60 clip: false variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2 } }
layer { name: "detection_out" type: "DetectionOutput" bottom: "place" bottom: "confidence" bottom: "prior"
  top: "detection_out" detection_output_param { num_classes: 2 share_location: true background_label_id: 0
  nms_param { nms_threshold: 0.3 top_k: 400 } code_type: CENTER_SIZE keep_top_k: 200 confidence_threshold: 0.01 } }
"""


def onnx_attribute(name: str, value: list[int]) -> bytes:
    return field(5, field(1, name) + b"".join(field(8, number) for number in value) + field(20, 7))


def onnx_node(kind: str, inputs: list[str], output: str, **attributes: list[int]) -> bytes:
    named = b"".join(onnx_attribute(name, value) for name, value in attributes.items())
    return field(1, b"".join(field(1, name) for name in inputs) + field(2, output) + field(4, kind) + named)


def onnx_tensor(name: str, values: np.ndarray) -> bytes:
    kind = 7 if values.dtype.kind == "i" else 1
    shape = b"".join(field(1, length) for length in values.shape)
    data = values.astype("<i8" if kind == 7 else "<f4").tobytes()
    return field(5, shape + field(2, kind) + field(8, name) + field(9, data))


def onnx_value(number: int, name: str, shape: tuple[int | str, ...]) -> bytes:
    lengths = b"".join(field(1, field(1 if isinstance(length, int) else 2, length)) for length in shape)
    return field(number, field(1, name) + field(2, field(1, field(1, 1) + field(2, lengths))))


def onnx_yunet() -> bytes:
    """A network with YuNet's twelve outputs: what is blue in a cell of 32 px is a face of 64 x 96 px around it.

    Its confidence is the root of the logistic function of a tenth of the cell's mean blue, less 15: 0.85 for 160.
    """
    parts, outputs = [], []
    for stride in (8, 16, 32):
        size = [stride, stride]
        parts.append(onnx_node("AveragePool", ["input"], f"pool{stride}", kernel_shape=size, strides=size))
    biases = {"cls": [-15.0], "obj": [100.0], "bbox": [0.5, 0.5, np.log(2), np.log(3)], "kps": [0.0] * 10}
    for stride in (8, 16, 32):
        for head, bias in biases.items():
            weights = np.zeros((len(bias), 3, 1, 1))
            weights[:, 0] = 0.1 if head == "cls" else 0
            bias = [-100.0] if head == "cls" and stride != 32 else bias
            name = f"{head}_{stride}"
            parts += [onnx_tensor(f"{name}/w", weights), onnx_tensor(f"{name}/b", np.array(bias))]
            parts += [onnx_tensor(f"{name}/s", np.array([1, -1, len(bias)]))]
            inputs = [f"pool{stride}", f"{name}/w", f"{name}/b"]
            parts.append(onnx_node("Conv", inputs, f"{name}/c", kernel_shape=[1, 1]))
            last = f"{name}/c"
            if head in ("cls", "obj"):
                parts.append(onnx_node("Sigmoid", [last], f"{name}/l"))
                last = f"{name}/l"
            parts.append(onnx_node("Transpose", [last], f"{name}/t", perm=[0, 2, 3, 1]))
            parts.append(onnx_node("Reshape", [f"{name}/t", f"{name}/s"], name))
            outputs.append(onnx_value(12, name, (1, "n", len(bias))))
    graph = b"".join(parts) + field(2, "blue") + onnx_value(11, "input", (1, 3, 320, 320)) + b"".join(outputs)
    return field(1, 8) + field(8, field(1, "") + field(2, 11)) + field(7, graph)


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict[str, dict]:
    """The settings of the detectors that need files."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "blue.prototxt").write_text(PROTOTXT)
    (folder / "blue.caffemodel").write_bytes(field(1, "blue"))
    (folder / "blue.onnx").write_bytes(onnx_yunet())
    ssd = {"name": "ssd", "model": str(folder / "blue.caffemodel"), "config": str(folder / "blue.prototxt")}
    return {"ssd": ssd, "yunet": {"name": "yunet", "model": str(folder / "blue.onnx"), "scale": 1.0}}


def blue(box: tuple[int, int, int, int], shape: tuple[int, int] = (480, 640), level: int = 255) -> np.ndarray:
    """A black frame with something blue in `box` (x, y, width, height)."""
    frame = np.zeros((*shape, 3), np.uint8)
    cv2.rectangle(frame, box, (level, 0, 0), -1)
    return frame


# ---------------------------------------------------------------------- ResNet-SSD


@pytest.mark.parametrize("shape", [(480, 640), (300, 300), (720, 405)])
def test_the_ssd_gives_boxes_in_px_of_the_frame(models, shape):
    """A tenth of the frame in either direction is a cell of the network; its face is twice as large."""
    height, width = shape
    cell = (round(0.5 * width), round(0.2 * height), round(0.1 * width), round(0.1 * height))
    boxes = detector_of(models["ssd"]).faces(blue(cell, shape))
    assert boxes.dtype == np.float64
    np.testing.assert_allclose(boxes, [[0.45 * width, 0.15 * height, 0.2 * width, 0.2 * height]], atol=1.5)


def test_the_ssd_takes_off_its_mean_and_believes_what_is_sure_enough(models):
    frame = blue((320, 96, 64, 48), level=160)  # 0.65
    found = {
        level: len(detector_of({**models["ssd"], "confidence": level}).faces(frame)) for level in (0.5, 0.64, 0.66, 0.9)
    }
    assert found == {0.5: 1, 0.64: 1, 0.66: 0, 0.9: 0}


def test_the_ssd_sees_nothing_in_an_empty_frame_and_takes_grey_ones(models):
    ssd = detector_of(models["ssd"])
    assert ssd.faces(np.zeros((480, 640, 3), np.uint8)).shape == (0, 4)
    assert len(ssd.faces(blue((320, 96, 64, 48))[..., 0])) == 1


def test_a_face_that_an_ssd_guesses_beyond_the_frame_is_cut_at_its_border(models):
    (box,) = detector_of(models["ssd"]).faces(blue((0, 0, 64, 48)))
    np.testing.assert_allclose(box, [0, 0, 96, 72], atol=1)


def test_faces_smaller_than_asked_for_are_left_out(models):
    frame = blue((320, 96, 64, 48))  # a face of 128 x 96 px
    assert len(detector_of({**models["ssd"], "smallest": 0.25}).faces(frame)) == 1
    assert len(detector_of({**models["ssd"], "smallest": 0.28}).faces(frame)) == 0


# ---------------------------------------------------------------------- YuNet


@pytest.mark.parametrize("shape", [(480, 640), (250, 333)])
def test_yunet_gives_boxes_in_px_of_the_frame(models, shape):
    boxes = detector_of(models["yunet"]).faces(blue((96, 64, 32, 32), shape))
    assert boxes.dtype == np.float64
    np.testing.assert_allclose(boxes, [[80, 32, 64, 96]], atol=1)


def test_yunet_looks_at_a_shrunken_frame_and_then_closer(models):
    """At half size the blue fills a cell and the face is twice as large; at a quarter it no longer counts."""
    yunet = detector_of({**models["yunet"], "scale": 0.25})
    frame = blue((256, 128, 64, 64), (960, 1280))
    np.testing.assert_allclose(yunet.faces(frame), [[224, 64, 128, 192]], atol=2)


def test_yunet_believes_what_is_sure_enough(models):
    frame = blue((96, 64, 32, 32), level=160)  # 0.855
    found = {
        level: len(detector_of({**models["yunet"], "confidence": level}).faces(frame)) for level in (0.5, 0.84, 0.87)
    }
    assert found == {0.5: 1, 0.84: 1, 0.87: 0}
    assert detector_of(models["yunet"]).faces(np.zeros((480, 640, 3), np.uint8)).shape == (0, 4)


# ---------------------------------------------------------------------- model files


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": "ssd"}, r"detector/model: no file is given.*'ssd' needs 'res10_300x300_ssd_iter_140000\.caffemodel'"),
        ({"name": "ssd", "model": "{there}"}, r"detector/config: no file is given.*'deploy\.prototxt'"),
        ({"name": "ssd", "model": "gone.caffemodel"}, r"there is no file 'gone\.caffemodel'.*opencv_3rdparty"),
        ({"name": "yunet"}, r"detector/model: no file is given.*face_detection_yunet_2023mar\.onnx.*opencv_zoo"),
        ({"name": "yunet", "model": "{there}"}, r"OpenCV .* cannot use .*notes\.onnx as 'yunet'"),
        ({"name": "ssd", "model": "{there}", "config": "{there}"}, r"OpenCV .* cannot use .*notes\.onnx .*as 'ssd'"),
    ],
)
def test_a_model_that_is_missing_or_no_model_is_named(tmp_path, settings, words):
    there = tmp_path / "notes.onnx"
    there.write_text("these are notes")
    with pytest.raises(StudyError, match=words):
        detector_of({key: value.format(there=there) for key, value in settings.items()})


def test_another_network_is_no_face_detector(tmp_path, models):
    """A classifier has another output; it is refused when the job starts, not at the first clip."""
    (tmp_path / "other.prototxt").write_text(PROTOTXT.partition('layer { name: "back"')[0])
    with pytest.raises(StudyError, match=r"shape \(1, 1, 10, 10\), expected \(1, 1, n, 7\)"):
        detector_of({**models["ssd"], "config": str(tmp_path / "other.prototxt")})


@pytest.mark.slow
def test_a_detector_without_dlib_does_not_load_it():
    code = (
        "import sys\nfrom completed import detector_of\n"
        "for name in ('none', 'eyes'):\n    detector_of({'confirm': name})\n"
        "from ferstudy.video import faces\nassert 'dlib' not in sys.modules\n"
        "detector_of({'confirm': 'dlib'})\nassert 'dlib' in sys.modules\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{SCRIPTS}{os.pathsep}{Path(__file__).parents[1]}"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


# ---------------------------------------------------------------------- dlib and second opinions on rendered faces


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    """A rendered face (560, 480, 3) at rest, right of the middle."""
    frame = Renderer(person(3), 360, 480).frame(np.zeros(len(AUS)), np.zeros(6), np.zeros(2), 0)
    return cv2.copyMakeBorder(frame, 80, 0, 120, 0, cv2.BORDER_REPLICATE)


def truth(frame: np.ndarray) -> np.ndarray:
    return haar(scale=1.0).largest(frame)


@pytest.mark.parametrize("scale", [0.25, 0.5, 1.0])
def test_dlib_finds_the_face_where_haar_does(portrait, scale):
    boxes = detector_of({"name": "hog", "scale": scale}).faces(portrait)
    assert boxes.shape == (1, 4)
    assert boxes.dtype == np.float64
    assert overlap(boxes[0], truth(portrait)) > 0.5
    assert detector_of({"name": "hog", "scale": scale}).faces(np.full_like(portrait, 110)).shape == (0, 4)


def test_dlib_looks_closer_at_a_face_below_its_window(portrait):
    small = cv2.resize(portrait, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    (box,) = detector_of({"name": "hog"}).faces(small)
    assert box[2] < 80
    assert overlap(box, truth(portrait) * 0.3) > 0.5


class Claims:
    """A detector that claims faces at these places."""

    name = "claims"

    def __init__(self, *boxes: np.ndarray):
        self.boxes = np.array(boxes, dtype=float).reshape(-1, 4)

    def faces(self, frame: np.ndarray) -> np.ndarray:
        return self.boxes


@pytest.mark.parametrize("opinion", ["eyes", "dlib"])
def test_a_second_opinion_refuses_false_faces(portrait, opinion, monkeypatch):
    face = truth(portrait)
    x, y, side = face[:3]
    wall, chest = (0, 0, 90, 90), (x, y + 1.2 * side, side, side)
    monkeypatch.setattr("ferstudy.video.detectors.build.Haar", lambda *_: Claims(wall, face, chest))
    detector = detector_of({"confirm": opinion})
    np.testing.assert_array_equal(detector.faces(portrait), [face])
    np.testing.assert_array_equal(detector.faces(cv2.cvtColor(portrait, cv2.COLOR_BGR2GRAY)), [face])
    assert detector.faces(np.full_like(portrait, 110)).shape == (0, 4)


def test_dlib_refuses_a_face_upside_down(portrait, monkeypatch):
    x, y, side = truth(portrait)[:3]
    turned = (x, len(portrait) - y - side, side, side)
    monkeypatch.setattr("ferstudy.video.detectors.build.Haar", lambda *_: Claims(turned))
    assert len(detector_of({"confirm": "dlib"}).faces(portrait[::-1])) == 0


@pytest.mark.parametrize("opinion", ["eyes", "dlib"])
def test_a_second_opinion_on_a_box_that_leaves_the_frame(portrait, opinion, monkeypatch):
    x, y, side = truth(portrait)[:3]
    frame = np.ascontiguousarray(portrait[int(y + 0.1 * side) :, :])
    box = (x, -0.1 * side, side, side)
    monkeypatch.setattr("ferstudy.video.detectors.build.Haar", lambda *_: Claims(box, (-500, -500, 40, 40)))
    assert len(detector_of({"confirm": opinion}).faces(frame)) == 1


def test_every_detector_has_a_name(models):
    settings = {name: {"name": name, **models.get(name, {})} for name in NAMES if name != "haar"}
    assert {name: detector_of(entry).name for name, entry in settings.items()} == {name: name for name in settings}
    assert detector_of({"name": "hog", "confirm": "eyes"}).name == "hog+eyes"
