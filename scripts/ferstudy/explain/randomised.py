"""The same model with weights that were never trained, for the sanity check."""

from copy import deepcopy
from typing import Any

import numpy as np

FIRST = 7_190_000  # seed: no training begins from the weights that are drawn here


def network(trained: Any, draw: int) -> Any:
    """A Keras network with the layers of `trained` and newly drawn weights, all of them."""
    import keras

    keras.utils.set_random_seed(FIRST + draw)
    return keras.models.clone_model(trained)


def estimator(fitted: Any, draw: int) -> Any:
    """An estimator of scikit-learn like `fitted`, whose classifiers have the same numbers in another order."""
    rng, copy = np.random.default_rng(FIRST + draw), deepcopy(fitted)
    for pipeline in [one.estimator for one in getattr(copy, "calibrated_classifiers_", ())] or [copy]:
        classifier = pipeline[-1]
        if hasattr(classifier, "coefs_"):
            classifier.coefs_ = [rng.permuted(part.ravel()).reshape(part.shape) for part in classifier.coefs_]
        else:
            classifier.coef_ = rng.permuted(classifier.coef_.ravel()).reshape(classifier.coef_.shape)
    return copy
