"""What a student minimises: how far it is from the labels, and from its teacher's softened answers.

Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015, arXiv:1503.02531: of a clip with the
label y, to which the teacher answers q and the student p,

    (1 - weight) * -log p[y]  +  weight * T^2 * KL(q_T || p_T),

q_T and p_T softened by the temperature T. Of stored probabilities that is p^(1/T), scaled to sum to 1, which is the
softmax of logits / T. T^2 keeps the second part as large as the first whatever T is.
"""

from collections.abc import Callable, Mapping

import keras
import numpy as np
from keras import ops

LEAST = 1e-7  # a probability below it counts as it


def targets(truth: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """(n, 1 + classes) float32: the label, then the teacher's answer, which is zeros where there is none."""
    return np.column_stack([truth, answers]).astype("float32")


def make(distil: Mapping) -> Callable:
    """The loss of each sample, of `targets` and outputs (n, classes); `distil` is {teacher, temperature, weight}.

    A sample without an answer has the cross entropy of its label alone.
    """
    temperature, weight = float(distil["temperature"]), float(distil["weight"])

    def of(truth, outputs):
        """The loss of each sample."""
        answers = ops.cast(truth[:, 1:], outputs.dtype)
        share = weight * ops.sum(answers, axis=1)
        hard = keras.losses.sparse_categorical_crossentropy(truth[:, 0], outputs)
        teacher, student = _softened(answers, temperature), _softened(outputs, temperature)
        apart = ops.sum(ops.exp(teacher) * (teacher - student), axis=1)
        return (1 - share) * hard + share * temperature**2 * apart

    return of


def _softened(probabilities, temperature: float):
    """Logarithms of probabilities, softened."""
    return ops.log_softmax(ops.log(ops.maximum(probabilities, LEAST)) / temperature, axis=1)
