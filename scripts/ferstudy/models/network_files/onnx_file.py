"""ONNX files, run by onnxruntime."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

from ferstudy.models.network_files.offers import OWN, Offers, Tensor, shape, unreadable

TYPES = {"float": "float32", "double": "float64"}  # other names are numpy's
# Before what onnxruntime has to say: its code, and the place in its sources.
PREAMBLE = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : (Load model from .* failed:)?(/onnxruntime_src/.*\) )?")
# What to do about it, by words in it.
ADVICE = {
    "External data": "Its weights lie in a second file: put that beside it, under the name that the exporter gave it",
    "max supported IR version": "Export it for an older version, as by opset_version=17 of torch.onnx.export",
    "Current official support": "Export it for an older version, as by opset_version=17 of torch.onnx.export",
}
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
    options.log_severity_level = 4  # its errors become sentences of ours
    built = onnxruntime.get_available_providers()
    try:
        return onnxruntime.InferenceSession(path, options, [name for name in PROVIDERS if name in built])
    except Exception as error:  # onnxruntime's errors have no common class but this
        said = PREAMBLE.sub("", str(error))
        advice = next((advice for words, advice in ADVICE.items() if words in said), OWN)
        raise unreadable(path, "ONNX file", said, advice) from None


def _tensor(node) -> Tensor:
    name = node.type.removeprefix("tensor(").removesuffix(")")
    return Tensor(node.name, shape(node.shape), TYPES.get(name, name))
