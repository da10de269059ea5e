"""A classifier that sees made-up rows when it is fitted, and only then."""

from collections.abc import Callable

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import Pipeline


class Oversampled(ClassifierMixin, BaseEstimator):
    """The pipeline `machine`, fitted on what `oversample` makes of rows: (vectors, labels, rows) -> (vectors, labels).

    The steps before `first` make vectors of the rows, and see no made-up ones. Inside a cross-validation it is given a
    part's rows, so no row is made of a clip that the part is judged by.
    """

    def __init__(self, machine: Pipeline, oversample: Callable, first: int = 0):
        self.machine = machine
        self.oversample = oversample
        self.first = first

    def fit(self, X: np.ndarray, y: np.ndarray, rows: np.ndarray) -> "Oversampled":
        """`rows` (n,) are the clips of the rows."""
        self.machine_ = clone(self.machine)
        vectors = self.machine_[: self.first].fit_transform(X, y) if self.first else X
        self.machine_[self.first :].fit(*self.oversample(vectors, y, rows))  # a slice shares its steps with the whole
        self.classes_ = self.machine_.classes_
        return self

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """As the machine's."""
        return self.machine_.decision_function(X)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """As the machine."""
        return self.machine_.predict(X)


def plain(model: CalibratedClassifierCV) -> CalibratedClassifierCV:
    """A model calibrated around an Oversampled, without it: what predicts, and is saved, is the machine alone."""
    model.estimator = model.estimator.machine
    for each in model.calibrated_classifiers_:
        each.estimator = each.estimator.machine_
    return model
