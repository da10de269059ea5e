"""The scores table: one number with its interval per row."""

from pathlib import Path
from typing import NamedTuple

from ferstudy.tables.rows import read_as


class ScoreRow(NamedTuple):
    """One score. Empty interval bounds (NaN) come with their reason in `interval`.

    Rows: "development" (validation rows at the other folds' epoch), "common" (at one epoch of all), "selected" (at each
    fold's own best); "test"; "covered", those of them whose clip has a face, where some have none; "samples", the
    frames or windows of test clips, where a clip has several (a clip without a face has none).

    Metrics of all rows: "uar", "accuracy", "macro_f1", "coverage", "recall" (of a class), "contrast" (of two: UAR). Of
    rows with an interval, as the mean over runs alone: "precision", "f1" and "f2" (of a class), "kappa" (Cohen's),
    "mcc" (Matthews' correlation), and of models with probabilities "top2", "brier" (0..2), "log_loss", "ece" (expected
    calibration error, bins of equal mass), "auroc" (one class against the rest, the mean over classes). Of models with
    probabilities and validation rows also "temperature" (of a fold's development or test rows, fitted on other clips;
    `subjects` and `clips` are those that it was fitted on), and with it "calibrated_ece", "calibrated_brier" and
    "calibrated_log_loss". Of pooled test rows, by people: "group_uar" and "group_difference" (from everyone else) of a
    group such as "sex: female".
    """

    dataset: str
    protocol: str
    model: str
    run: str  # a number, or "mean" over runs
    rows: str  # "test", "covered" (with a face), "samples"; validation rows: "development", "common", "selected"
    fold: str  # the fold, or outer fold, whose rows alone are scored; empty where all folds' are
    metric: str  # "uar", "accuracy", "macro_f1", "coverage", "recall", "f1", "contrast", "kappa", ...
    label: str  # the class of a recall, precision or F1, the name of a contrast or group; else empty
    value: float
    low: float
    high: float
    interval: str  # how the interval was made, or why there is none
    subjects: int
    clips: int
    folds_sha256: str = ""  # of the fold table whose roles the rows have


COLUMNS = ScoreRow._fields
WHOLE = ""  # the fold of a score over all folds


def read(path: str | Path) -> list[ScoreRow]:
    """The scores of the table at `path`."""
    return read_as(path, ScoreRow)
