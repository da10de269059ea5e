"""Temperature scaling (Guo et al. 2017): one number that makes a model as sure as it is right and keeps its answers."""

import numpy as np

LEAST = float(np.finfo(float).eps)  # what a class that is ruled out counts as where logarithms are taken
RANGE = (0.05, 20.0)  # a model that is always right would otherwise ask for 0


def best_temperature(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """The temperature within RANGE that makes the truths likeliest: above 1 where the model was too sure.

    `probabilities` is (n, C), `truth` (n,) class indices. The negative log-likelihood is convex in 1 / temperature, so
    it has one minimum.
    """
    from scipy.optimize import minimize_scalar  # slow to start, and a fusion without calibration need not wait for it

    logs = np.log(np.maximum(probabilities, LEAST))
    own = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        values = logs / np.exp(log_temperature)
        highest = values.max(1)
        return float(np.mean(np.log(np.exp(values - highest[:, None]).sum(1)) + highest - values[own, truth]))

    found = minimize_scalar(loss, bounds=tuple(np.log(RANGE)), method="bounded", options={"xatol": 1e-8})
    return float(np.exp(found.x))


def scaled(probabilities: np.ndarray, covered: np.ndarray, temperature: float) -> np.ndarray:
    """The probabilities (n, C) at a temperature. Rows without a face stay: they are the prior, and no answer."""
    logs = np.log(np.maximum(probabilities, LEAST)) / temperature
    shares = np.exp(logs - logs.max(1, keepdims=True))
    return np.where(covered[:, None], shares / shares.sum(1, keepdims=True), probabilities)
