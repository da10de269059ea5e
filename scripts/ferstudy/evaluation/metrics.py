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


def precisions(confusion: np.ndarray) -> np.ndarray:
    """The precision (..., C) of each class, 0..1: the share of answers for it that are right; NaN without an answer."""
    correct = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    answered = confusion[..., :-1].sum(-2)
    return np.divide(correct, answered, out=np.full(correct.shape, np.nan), where=answered > 0)


def f1s(confusion: np.ndarray) -> np.ndarray:
    """The F1 (..., C) of each class: 2 TP / (clips of the class + answers for it); NaN where it is not in the truth."""
    correct = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    present = confusion.sum(-1)
    answered = confusion[..., :-1].sum(-2)
    return np.divide(2 * correct, present + answered, out=np.full(correct.shape, np.nan), where=present > 0)


def f2s(confusion: np.ndarray) -> np.ndarray:
    """The F2 (..., C) of each class, F-beta with beta 2: 5 TP / (4 clips of the class + answers for it).

    As F1, with a recall that weighs twice as much as precision; NaN where the class is not in the truth.
    """
    correct = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    present = confusion.sum(-1)
    answered = confusion[..., :-1].sum(-2)
    return np.divide(5 * correct, 4 * present + answered, out=np.full(correct.shape, np.nan), where=present > 0)


def macro_f1_of(confusion: np.ndarray) -> np.ndarray:
    """The mean F1 (...) of the classes present in the truth."""
    return mean_of_known(f1s(confusion))


def kappa_of(confusion: np.ndarray) -> np.ndarray:
    """Cohen's kappa (...), -1..1: agreement beyond chance; NaN without a clip, or where all is one class."""
    total, excess, _, truths = _agreement(confusion)
    most = total**2 - truths  # of the excess: where every clip is right
    return np.divide(excess, most, out=np.full(total.shape, np.nan), where=most > 0)


def mcc_of(confusion: np.ndarray) -> np.ndarray:
    """Matthews' correlation (...) of truth and answers, -1..1: 0 where either is one class alone; NaN without a clip.

    The form for several classes of Gorodkin 2004, Computational Biology and Chemistry 28, 367-374.
    """
    total, excess, spread, _ = _agreement(confusion)
    none = np.where(total > 0, 0.0, np.nan)
    return np.divide(excess, np.sqrt(spread), out=none, where=spread > 0)


def _agreement(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Clips n, n * right - sum(t p), (n^2 - sum(p^2)) (n^2 - sum(t^2)), sum(t p): all (...).

    t are a class's clips, p the answers for it; no face is one more answer, which is never the truth.
    """
    truth, answered = confusion.sum(-1).astype(float), confusion.sum(-2).astype(float)
    total, right = truth.sum(-1), np.diagonal(confusion, axis1=-2, axis2=-1).sum(-1)
    by_chance = (truth * answered[..., :-1]).sum(-1)
    spread = (total**2 - (answered**2).sum(-1)) * (total**2 - (truth**2).sum(-1))
    return total, total * right - by_chance, spread, by_chance


def never_answered(confusion: np.ndarray) -> np.ndarray:
    """Whether each class (C,) of a matrix (C, C+1) has clips, and no clip at all is answered with it."""
    return (confusion.sum(-1) > 0) & (confusion[:, :-1].sum(-2) == 0)


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
