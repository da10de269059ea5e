"""Estimators of scikit-learn in model.zip, by skops: loading runs no code but that of the types listed here.

skops, which imports scikit-learn, is slow to start: jobs that find a network in their model.zip do without.
"""

from pathlib import Path
from typing import Any

from ferstudy.errors import StudyError
from ferstudy.models import bundle

MEMBER = "estimator.skops"
TRUSTED = [
    "ferstudy.models.aggregated.Aggregated",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._TemperatureScaling",
]


def save(path: str | Path, description: dict, estimator: Any) -> None:
    """Write `estimator` and its description to model.zip."""
    import skops.io

    bundle.write(path, {**description, "trusted_types": TRUSTED}, MEMBER, skops.io.dumps(estimator))


def parameters(estimator: Any) -> int:
    """How many numbers the classifier at the end of a fitted pipeline has: a linear one, or a multilayer perceptron."""
    pipeline = getattr(estimator, "calibrated_classifiers_", None)
    classifier = (pipeline[0].estimator if pipeline else estimator)[-1]
    if hasattr(classifier, "coefs_"):
        return sum(part.size for part in (*classifier.coefs_, *classifier.intercepts_))
    return classifier.coef_.size + classifier.intercept_.size


def load(path: str | Path) -> Any:
    """The estimator in the bundle at `path`; raises StudyError if it holds types that are not expected."""
    import skops.io

    content = bundle.read(path, MEMBER)
    strange = sorted(set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED))
    if strange:
        raise StudyError(f"{path}: holds {', '.join(strange)}, which no ferstudy model needs; do not use this file")
    return skops.io.loads(content, trusted=TRUSTED)
