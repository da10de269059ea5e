"""The machines that stack: what they learn, as plain numbers (see evaluation.stacking)."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from ferstudy.errors import StudyError
from ferstudy.models import calibrated

C_OF_SVM, DEPTH, CLIPS_OF_A_LEAF = 0.1, 4, 5


def learn(method: str, features: np.ndarray, truth: np.ndarray, units: list[str]) -> dict:
    """What the machine `method` has learned: plain numbers, for `stacking.answer`.

    Every class weighs the same, whatever its number of clips, as in UAR.

    Args:
        method: logistic (regression), svm (linear, its decision values made probabilities by one temperature that is
            fitted on people unknown to it, see models.calibrated) or tree.
        features: (n, F) the members' probabilities side by side.
        truth: (n,) class indices, of two classes or more.
        units: (n,) the subject of each row, else its clip.
    """
    classes, number = np.unique(truth, return_inverse=True)
    if len(classes) < 2:
        raise StudyError(
            f"{method} learns from validation rows of other clips, and they hold {len(classes)} classes; use the "
            "method average or maximum, or a protocol with validation rows of every class"
        )
    weights = len(truth) / len(classes) / np.bincount(number)[number]
    return {"classes": classes.tolist(), **MACHINES[method](features, truth, weights, units)}


def _logistic(features: np.ndarray, truth: np.ndarray, weights: np.ndarray, units: list[str]) -> dict:
    model = LogisticRegression(max_iter=5000).fit(features, truth, sample_weight=weights)
    # Of two classes scikit-learn keeps one decision value z, and says 1 / (1 + exp(-z)): the softmax of (-z, z) / 2.
    sharpness = 0.5 if len(model.coef_) == 1 else 1.0
    return _linear(model.coef_, model.intercept_, sharpness)


def _svm(features: np.ndarray, truth: np.ndarray, weights: np.ndarray, units: list[str]) -> dict:
    machine = make_pipeline(*calibrated.scaled_svm(C_OF_SVM, 0))
    balanced = None if np.allclose(weights, 1) else weights
    fitted = calibrated.fit(machine, features, truth, units, balanced).calibrated_classifiers_[0]
    scaler, svm = (step for _, step in fitted.estimator.steps)
    coefficients = svm.coef_ / scaler.scale_
    return _linear(coefficients, svm.intercept_ - coefficients @ scaler.mean_, float(fitted.calibrators[0].beta_))


def _linear(coefficients: np.ndarray, intercepts: np.ndarray, sharpness: float) -> dict:
    return {"coefficients": coefficients.tolist(), "intercepts": intercepts.tolist(), "sharpness": sharpness}


def _tree(features: np.ndarray, truth: np.ndarray, weights: np.ndarray, units: list[str]) -> dict:
    model = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=CLIPS_OF_A_LEAF, random_state=0)
    tree = model.fit(features, truth, sample_weight=weights).tree_
    shares = tree.value[:, 0] / tree.value[:, 0].sum(1, keepdims=True)
    return {
        "left": tree.children_left.tolist(),  # -1 at a leaf
        "right": tree.children_right.tolist(),
        "feature": tree.feature.tolist(),
        "threshold": tree.threshold.tolist(),
        "shares": shares.tolist(),
    }


MACHINES = {"logistic": _logistic, "svm": _svm, "tree": _tree}
