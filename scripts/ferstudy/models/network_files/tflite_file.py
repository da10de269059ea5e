"""TensorFlow Lite files, run by LiteRT."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from ferstudy.models.network_files.offers import Offers, Tensor, shape, unreadable


def offers(path: Path) -> Offers:
    """Its inputs and outputs; one sample is run at a time, so that the first side is free."""
    interpreter = _interpreter(path, 1)
    found = (interpreter.get_input_details(), interpreter.get_output_details())
    return Offers(*([_tensor(each) for each in details] for details in found), [])


def load(path: Path, output: str, threads: int) -> Callable[[np.ndarray], np.ndarray]:
    """The file's network; whole numbers of a quantised one are turned to and from what they stand for."""
    interpreter = _interpreter(path, threads)
    (taken,) = interpreter.get_input_details()
    given = next(each for each in interpreter.get_output_details() if each["name"] == output)

    def run(values: np.ndarray) -> np.ndarray:
        rows = []
        for value in values:
            interpreter.set_tensor(taken["index"], _quantised(value[None], taken))
            interpreter.invoke()
            rows.append(_meant(interpreter.get_tensor(given["index"]), given))
        return np.concatenate(rows)

    return run


def _interpreter(path: Path, threads: int) -> Interpreter:
    try:
        interpreter = Interpreter(model_path=str(path), num_threads=threads)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise unreadable(path, "TensorFlow Lite file", error) from None
    return interpreter


def _quantised(values: np.ndarray, details: dict) -> np.ndarray:
    scale, zero = details["quantization"]
    if not scale:
        return values.astype(details["dtype"])
    limits = np.iinfo(details["dtype"])
    return np.clip(np.rint(values / scale + zero), limits.min, limits.max).astype(details["dtype"])


def _meant(values: np.ndarray, details: dict) -> np.ndarray:
    scale, zero = details["quantization"]
    return (values.astype("float32") - zero) * scale if scale else values


def _tensor(details: dict) -> Tensor:
    sides = (None, *map(int, details["shape_signature"][1:]))
    # What is quantised takes and gives the numbers that its whole numbers stand for.
    kind = "float32" if details["quantization"][0] else np.dtype(details["dtype"]).name
    return Tensor(details["name"], shape(sides), kind)
