"""ONNX: written by Keras's own exporter, made smaller and run by onnxruntime."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.transformers.float16 import convert_float_to_float16

from ferstudy.convert.fixed import signature
from ferstudy.convert.sample_arrays import Arrays

NAME = "model.onnx"
QUANTISED = ["Conv", "MatMul", "Gemm"]  # where the work is; steps between them would only be cast there and back


def write(network: keras.Model, folder: Path, precision: str, rows: list[Arrays], per_channel: bool = True) -> None:
    """Write `network` into `folder`; int8 is calibrated on `rows`, the inputs of one sample each.

    Its weights have a scale for each channel, or one for each layer.
    """
    whole = folder / "whole.onnx"
    network.export(whole, format="onnx", verbose=False, input_signature=signature(rows[0]))
    if precision == "int8":
        options = {"quant_format": QuantFormat.QDQ, "per_channel": per_channel, "weight_type": QuantType.QInt8}
        options["op_types_to_quantize"] = QUANTISED
        quantize_static(whole, folder / NAME, _Rows(rows), **options)
        whole.unlink()
    elif precision == "float16":
        onnx.save(convert_float_to_float16(onnx.load(whole), keep_io_types=True), folder / NAME)
        whole.unlink()
    else:
        whole.rename(folder / NAME)


class _Rows(CalibrationDataReader):
    def __init__(self, rows: list[Arrays]):
        self._left: Iterator[Arrays] = iter(rows)

    def get_next(self) -> Arrays | None:
        return next(self._left, None)


def reader(folder: Path):
    """A function from the inputs of one sample to its probabilities (1, classes), with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / NAME, options, providers=["CPUExecutionProvider"])

    def answer(batch: Arrays) -> np.ndarray:
        return session.run(None, batch)[0]

    return answer
