"""Stacking: a small machine learns from the members' probabilities which class is true (Wolpert 1992).

What it has learned is plain numbers, so that a fit can be read, stored as JSON and judged; evaluation.stacking_machines
learns it.
"""

import numpy as np

METHODS = ("logistic", "svm", "tree")


def answer(learned: dict, features: np.ndarray, classes: int) -> np.ndarray:
    """The probabilities (n, classes) for `features` (n, F); a class that no row had in training gets 0."""
    known = _of_tree(learned, features) if "left" in learned else _of_linear(learned, features)
    found = np.zeros((len(features), classes))
    found[:, learned["classes"]] = known
    return found


def _of_linear(learned: dict, features: np.ndarray) -> np.ndarray:
    values = features @ np.array(learned["coefficients"]).T + np.array(learned["intercepts"])
    if values.shape[1] == 1:
        values = np.hstack([-values, values])
    values = learned["sharpness"] * values
    shares = np.exp(values - values.max(1, keepdims=True))
    return shares / shares.sum(1, keepdims=True)


def _of_tree(learned: dict, features: np.ndarray) -> np.ndarray:
    left, right, feature, threshold = (np.array(learned[name]) for name in ("left", "right", "feature", "threshold"))
    features = features.astype("float32")  # as scikit-learn's trees compare
    node, rows = np.zeros(len(features), int), np.arange(len(features))
    while (left[node] >= 0).any():
        below = np.where(features[rows, feature[node]] <= threshold[node], left[node], right[node])
        node = np.where(left[node] >= 0, below, node)
    return np.array(learned["shares"])[node]
