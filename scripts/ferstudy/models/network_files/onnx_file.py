"""ONNX files, run by onnxruntime."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

from ferstudy.models.network_files.offers import Offers, Tensor, shape, unreadable

TYPES = {"float": "float32", "double": "float64"}  # other names are numpy's
PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")


def offers(path: Path) -> Offers:
    """Its inputs and outputs; what lies between has no names that can be asked for."""
    session = _session(path, 1)
    return Offers(*([_tensor(each) for each in found] for found in (session.get_inputs(), session.get_outputs())), [])


def load(path: Path, output: str, threads: int) -> Callable[[np.ndarray], np.ndarray]:
    """The file's network on a GPU where there is one and onnxruntime was built for it, else on the processor."""
    session = _session(path, threads)
    name = session.get_inputs()[0].name
    return lambda values: np.asarray(session.run([output], {name: values})[0])


def _session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    built = onnxruntime.get_available_providers()
    try:
        return onnxruntime.InferenceSession(path, options, [name for name in PROVIDERS if name in built])
    except Exception as error:  # onnxruntime's errors have no common class but this
        raise unreadable(path, "ONNX file", error) from None


def _tensor(node) -> Tensor:
    name = node.type.removeprefix("tensor(").removesuffix(")")
    return Tensor(node.name, shape(node.shape), TYPES.get(name, name))
