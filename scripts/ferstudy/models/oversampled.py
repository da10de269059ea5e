"""A classifier that sees made-up rows when it is fitted, and only then."""

from collections.abc import Callable

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV


class Oversampled(ClassifierMixin, BaseEstimator):
    """`machine`, fitted on what `oversample` makes of its rows: (vectors, labels, rows) -> (vectors, labels).

    Inside a cross-validation it is given a part's rows, so no row is made of a clip that the part is judged by.
    """

    def __init__(self, machine: BaseEstimator, oversample: Callable):
        self.machine = machine
        self.oversample = oversample

    def fit(self, X: np.ndarray, y: np.ndarray, rows: np.ndarray) -> "Oversampled":
        """`rows` (n,) are the clips of the rows."""
        self.machine_ = clone(self.machine).fit(*self.oversample(X, y, rows))
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
