"""OpenVINO: made of the ONNX file, in int8 of the one that onnxruntime has calibrated."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import openvino

from ferstudy.convert import onnx_form
from ferstudy.convert.sample_arrays import Arrays
from ferstudy.errors import StudyError

NAME = "model.xml"  # and model.bin, the weights
CHECKED, APART = 8, 0.05  # rows on which int8 is held against onnxruntime, and how far probabilities may be apart


def write(network: keras.Model, folder: Path, precision: str, rows: list[Arrays]) -> None:
    """Write `network` into `folder`; int8 is calibrated on `rows`, the inputs of one sample each."""
    with tempfile.TemporaryDirectory() as place:
        onnx_form.write(network, Path(place), "int8" if precision == "int8" else "float32", rows, per_channel=False)
        model = openvino.convert_model(Path(place) / onnx_form.NAME)
        openvino.save_model(model, folder / NAME, compress_to_fp16=precision == "float16")
        if precision == "int8":
            _check(reader(folder), onnx_form.reader(Path(place)), rows[:CHECKED])


def _check(own: Callable[[Arrays], np.ndarray], other: Callable[[Arrays], np.ndarray], rows: list[Arrays]) -> None:
    """Raise StudyError where OpenVINO and onnxruntime, of the same whole numbers, answer apart.

    OpenVINO 2026.4 answers at random from int8 weights with a scale for each channel, which are not written for it.
    """
    apart = max(float(np.abs(own(row) - other(row)).max()) for row in rows)
    if not apart < APART:
        raise StudyError(
            f"OpenVINO computes this int8 network wrongly: it and onnxruntime answer {apart:.2f} apart from the same "
            "whole numbers"
        )


def reader(folder: Path) -> Callable[[Arrays], np.ndarray]:
    """A function from the inputs of one sample to its probabilities (1, classes), with one thread."""
    settings = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    model = openvino.Core().compile_model(folder / NAME, "CPU", settings)

    def answer(batch: Arrays) -> np.ndarray:
        return model(batch)[model.output(0)]

    return answer
