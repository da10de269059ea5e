"""The frames of a clip as one vector: statistics of their features over time, which know no order of frames."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from ferstudy.errors import StudyError

PLAIN = {
    "mean": lambda frames: frames.mean(0),
    "variance": lambda frames: frames.var(0),
    "minimum": lambda frames: frames.min(0),
    "maximum": lambda frames: frames.max(0),
}
NAMES = (*PLAIN, "covariance")


class Aggregated(TransformerMixin, BaseEstimator):
    """Clips (n,) of arrays (T, F), T of any length, as rows (n, values) float32: `statistics` (NAMES), in their order.

    Mean, variance, minimum and maximum of every feature as in Bargal et al. (ICMI 2016). "covariance" is that of the
    first `components` principal components of the training frames, its upper triangle row by row. With `logarithm` it
    is the matrix logarithm of C + ridge * t * I, by which covariances may be compared as vectors (Arsigny et al. 2006;
    on faces Wang et al., CVPR 2012, and Liu et al., ICMI 2014). The mean trace t is that of
    the training clips and not the clip's own, so that a still clip, or one of a single frame, has a logarithm too.
    With `standardise`, every feature has mean 0 and deviation 1 over the training frames: degrees drown no intensities.
    """

    def __init__(
        self, statistics: list[str], components: int, logarithm: bool, ridge: float, standardise: bool = False
    ):
        self.statistics = statistics
        self.components = components
        self.logarithm = logarithm
        self.ridge = ridge
        self.standardise = standardise

    def fit(self, X: np.ndarray, y: np.ndarray | None = None, sample_weight: np.ndarray | None = None) -> "Aggregated":
        """Learn the principal components and the ridge from clips that weigh `sample_weight` (n,), or all alike.

        A frame weighs 1/(frames of its clip). Raises StudyError for an unknown statistic, for more components than
        features, and where no frame differs from the others of its clip.
        """
        if not self.statistics or (unknown := [name for name in self.statistics if name not in NAMES]):
            what = unknown[0] if self.statistics else "no statistic"
            raise StudyError(f"settings/statistics: found {what!r}, expected some of {', '.join(NAMES)}")
        weights = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, float)
        if self.standardise:
            self.mean_, self.deviation_ = spread(X, weights / weights.sum())
            X = self._standardised(X)
        if "covariance" in self.statistics:
            self.centre_, self.axes_ = principal(X, weights / weights.sum(), self.components)
            traces = [np.trace(self._covariance(frames)) for frames in X]
            self.floor_ = self.ridge * float(np.average(traces, weights=weights))
            if not self.floor_ > 0 and self.logarithm:
                raise StudyError(
                    "settings/ridge: the covariance of still clips, or of single frames, has no logarithm without a "
                    "ridge; take statistics without covariance, or a ridge above 0 for clips that move"
                )
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """(n, values) float32."""
        return np.stack([self._vector(frames) for frames in self._standardised(X)]).astype("float32")

    def _standardised(self, X: np.ndarray) -> np.ndarray | list[np.ndarray]:
        return [(frames - self.mean_) / self.deviation_ for frames in X] if self.standardise else X

    def _vector(self, frames: np.ndarray) -> np.ndarray:
        parts = [PLAIN[name](frames) if name in PLAIN else self._second_order(frames) for name in self.statistics]
        return np.concatenate(parts)

    def _second_order(self, frames: np.ndarray) -> np.ndarray:
        """The upper triangle of the covariance of `frames`, or of its logarithm: (c * (c + 1) / 2,)."""
        matrix = self._covariance(frames)
        if self.logarithm:
            matrix = logarithm(matrix + self.floor_ * np.eye(len(matrix)))
        return matrix[np.triu_indices(len(matrix))]

    def _covariance(self, frames: np.ndarray) -> np.ndarray:
        """The covariance (c, c) of the principal components of `frames`, about their mean, divided by T."""
        moved = (frames - frames.mean(0, dtype=float)) @ self.axes_.T
        return moved.T @ moved / len(moved)


def spread(clips: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation (F,) of each feature over the frames of `clips`; `weights` as in `principal`.

    The deviation of a feature that never changes is 1.
    """
    mean = sum(weight * frames.mean(0, dtype=float) for frames, weight in zip(clips, weights, strict=True))
    squares = sum(weight * ((frames - mean) ** 2).mean(0) for frames, weight in zip(clips, weights, strict=True))
    return mean, np.where(squares > 0, np.sqrt(squares), 1.0)


def principal(clips: np.ndarray, weights: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean (F,) of all frames of `clips` and their principal directions (components, F), the largest first.

    `weights` (clips,) of sum 1 are shared by the frames of a clip. Raises StudyError for more components than features.
    """
    features = clips[0].shape[1]
    if not 1 <= components <= features:
        raise StudyError(f"settings/components: found {components}, expected 1 to {features}, the features of a frame")
    centre = sum(weight * frames.mean(0, dtype=float) for frames, weight in zip(clips, weights, strict=True))
    scatter = np.zeros((features, features))
    for frames, weight in zip(clips, weights, strict=True):
        moved = frames - centre
        scatter += weight / len(moved) * (moved.T @ moved)
    axes = np.linalg.eigh(scatter)[1].T[::-1][:components]
    signs = np.sign(axes[np.arange(components), np.abs(axes).argmax(1)])  # of an eigenvector, the sign says nothing
    return centre, axes * signs[:, None]


def logarithm(matrix: np.ndarray) -> np.ndarray:
    """The logarithm of a symmetric positive definite `matrix`."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.log(np.maximum(values, np.finfo(float).tiny))) @ vectors.T
