"""LiteRT (TFLite): written by Keras's own exporter, from operations alone that every LiteRT has."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from ferstudy.convert.fixed import signature
from ferstudy.convert.sample_arrays import Arrays

NAME = "model.tflite"


def write(network: keras.Model, folder: Path, precision: str, rows: list[Arrays]) -> None:
    """Write `network` into `folder`; int8 is calibrated on `rows`, the inputs of one sample each."""
    options = {"target_spec": {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}}
    if precision != "float32":
        options["optimizations"] = [tf.lite.Optimize.DEFAULT]
    if precision == "float16":
        options["target_spec"]["supported_types"] = [tf.float16]
    if precision == "int8":
        options["representative_dataset"] = lambda: iter(rows)
    network.export(folder / NAME, format="litert", verbose=False, input_signature=signature(rows[0]), **options)


def reader(folder: Path) -> Callable[[Arrays], np.ndarray]:
    """A function from the inputs of one sample to its probabilities (1, classes), with one thread."""
    interpreter = Interpreter(model_path=str(folder / NAME), num_threads=1)
    run = interpreter.get_signature_runner()

    def answer(batch: Arrays) -> np.ndarray:
        return next(iter(run(**batch).values()))

    return answer
