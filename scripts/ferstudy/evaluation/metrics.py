"""Scores of predicted classes, all of them functions of a confusion matrix.

A confusion matrix here is an array (..., C, C+1): rows are the true classes, columns the predicted ones, and the last
column counts the clips without a face (`covered` 0), which are an error in every score. Leading axes are free, so that
thousands of resamples are scored in one call. A score over classes takes the classes that are present in the truth.
"""

import numpy as np

from ferstudy.tables.predictions import Predictions

NO_FACE = "no face"  # the name of the last column


def indices(labels: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
    """The position of each label (n,) in `classes`; `len(classes)` for the empty label of an uncovered clip."""
    position = {name: i for i, name in enumerate(classes)} | {"": len(classes)}
    return np.array([position[label] for label in labels], dtype=int)


def count(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """The confusion matrix (C, C+1), int, of class indices (n,); `predicted` is C where there was no face."""
    cells = np.bincount(truth * (classes + 1) + predicted, minlength=classes * (classes + 1))
    return cells.reshape(classes, classes + 1)


def confusion(predictions: Predictions) -> np.ndarray:
    """The confusion matrix (C, C+1), int, of all rows; the last column counts the clips without a face."""
    classes = predictions.classes
    return count(indices(predictions.truth, classes), answers(predictions), len(classes))


def answers(predictions: Predictions) -> np.ndarray:
    """The predicted class index (n,) of each row; C where the clip is not covered."""
    predicted = indices(predictions.predicted, predictions.classes)
    return np.where(predictions.covered, predicted, len(predictions.classes))


def recalls(confusion: np.ndarray) -> np.ndarray:
    """The recall (..., C) of each class, 0..1; NaN where a class is absent from the truth."""
    correct = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    present = confusion.sum(-1)
    return np.divide(correct, present, out=np.full(correct.shape, np.nan), where=present > 0)


def mean_of_known(values: np.ndarray) -> np.ndarray:
    """The mean (...) over the last axis without its NaNs; NaN where nothing is left."""
    known = ~np.isnan(values)
    number = known.sum(-1)
    total = np.where(known, values, 0).sum(-1)
    return np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)


def uar_of(confusion: np.ndarray) -> np.ndarray:
    """Unweighted average recall (...), 0..1: the mean recall of the classes present."""
    return mean_of_known(recalls(confusion))


def accuracy_of(confusion: np.ndarray) -> np.ndarray:
    """The share (...) of clips that are right, 0..1; NaN without a clip."""
    correct = np.diagonal(confusion, axis1=-2, axis2=-1).sum(-1).astype(float)
    total = confusion.sum((-2, -1))
    return np.divide(correct, total, out=np.full(correct.shape, np.nan), where=total > 0)


def macro_f1_of(confusion: np.ndarray) -> np.ndarray:
    """The mean F1 (...) of the classes present in the truth: F1 = 2 TP / (clips of the class + answers for it)."""
    correct = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    present = confusion.sum(-1)
    answered = confusion[..., :-1].sum(-2)
    f1 = np.divide(2 * correct, present + answered, out=np.full(correct.shape, np.nan), where=present > 0)
    return mean_of_known(f1)


def coverage_of(confusion: np.ndarray) -> np.ndarray:
    """The share (...) of clips with a face, 0..1; NaN without a clip."""
    covered = confusion[..., :-1].sum((-2, -1)).astype(float)
    total = confusion.sum((-2, -1))
    return np.divide(covered, total, out=np.full(covered.shape, np.nan), where=total > 0)


def contrast(predictions: Predictions, pair: tuple[str, str]) -> Predictions:
    """The two-class problem of `pair`: the rows whose truth is one of the two, answered by their probabilities alone.

    The answer is the likelier of the two (the first on a tie); an uncovered clip stays uncovered. Probabilities are
    scaled to sum to 1; where both are 0 they are 0.5, and the answer, a third class, is neither: an error.
    """
    rows = predictions.where(np.isin(predictions.truth, pair))
    two = rows.probabilities[:, [rows.classes.index(name) for name in pair]]
    total = two.sum(1, keepdims=True)
    two = np.divide(two, total, out=np.full(two.shape, 0.5), where=total > 0)
    predicted = np.where(rows.covered & (total[:, 0] > 0), np.array(pair, dtype=object)[two.argmax(1)], "")
    columns = {**vars(rows), "classes": tuple(pair), "predicted": predicted, "probabilities": two}
    return Predictions(**columns)
