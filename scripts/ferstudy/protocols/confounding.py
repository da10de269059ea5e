"""Checks of what the folds are made of: classes that are missing, folds that differ in sex, age or class."""

from collections import Counter

import numpy as np

from ferstudy.counted import counted
from ferstudy.fold import Fold
from ferstudy.protocols.findings import Finding, finding, named, some
from ferstudy.protocols.people import facts
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import Lineup, scored

LEVEL = 0.05  # of the association test
RESAMPLES = 1999
TITLES = {"sex": "Folds and sex", "age": "Folds and age", "label": "Folds and class"}


def classes(lineup: Lineup) -> Finding:
    """A class that occurs nowhere in a role of a fold: it cannot be learned, or counts in no score."""
    title = "Every class in every role"
    labels = {clip.label for clip in lineup.clips.values()}
    missing = []
    for fold, roles in lineup.folds.items():
        for role, names in roles.items():
            lacking = labels - {lineup.clips[name].label for name in names}
            if lacking and (names or role == "train"):
                missing.append(f"fold {fold} has no {role} clip of {some(lacking)}")
    if missing:
        text = (
            f"{counted(len(missing), 'role lacks', 'roles lack')} a class: "
            + "; ".join(missing[:5])
            + ("; ..." if len(missing) > 5 else ".")
        )
        return finding("classes", title, "warning", text)
    return finding("classes", title, "pass", f"All {len(labels)} classes occur in every role of every fold.")


def untrainable(lineup: Lineup) -> list[str]:
    """The folds in which nothing can be trained, a sentence each: no model learns a class that it never sees."""
    shown: dict[str, set[str]] = {}
    for clip in lineup.clips.values():
        shown.setdefault(clip.label, set()).add(clip.unit)
    return [
        f"fold {fold} has no training clip of {label} "
        f"({counted(len(shown[label]), 'person shows', 'people show')} it: {named(shown[label])})"
        for fold, roles in lineup.folds.items()
        for label in sorted(shown.keys() - {lineup.clips[name].label for name in roles["train"]})
    ]


def confounding(lineup: Lineup, column: str) -> Finding:
    """Whether the folds' scored subjects differ in `column` ("sex", "age", "label") by more than chance explains.

    The thesis's folds 0 and 1 were all female, 3 and 4 all male (76.0 against 65.1 %): then a difference between folds
    may be one between the sexes. Only an association over subjects counts, since a person's clips are no independent
    draws.
    """
    title = TITLES[column]
    blocks, counts, values = _composition(lineup, column)
    size = Counter(blocks)
    number = len({clip.unit for clip in lineup.clips.values()})
    if not values:
        return finding(column, title, "unknown", f"The {column} of all {number} subjects is unknown.")
    known = f"{len(blocks)} of {number} subjects known"
    if len(values) < 2 or len(size) < 2 or max(size.values()) == 1:
        why = (
            f"all are {values[0]}"
            if len(values) < 2
            else "each fold holds one subject"
            if len(size) > 1
            else "one fold"
        )
        return finding(column, title, "pass", f"Not to be confounded: {why} ({known}).")
    crossed = cross(blocks, counts)
    p = association(blocks, counts)
    told = _told(sorted(size), crossed, values)
    lopsided = column == "sex" and _lopsided(crossed)
    if p < LEVEL or lopsided:
        text = f"The folds differ ({told}; permutation test over subjects p = {p:.3f}; {known})."
        return finding(column, title, "warning", text + " Differences between folds may be differences between people.")
    return finding(column, title, "pass", f"No association beyond chance (p = {p:.2f}; {known}; {told}).")


def _told(folds: list[str], crossed: np.ndarray, values: list[str]) -> str:
    rows = (", ".join(f"{int(n)} {value}" for n, value in zip(row, values, strict=True)) for row in crossed)
    return "; ".join(f"fold {fold}: {row}" for fold, row in zip(folds, rows, strict=True))


def _lopsided(crossed: np.ndarray) -> bool:
    """Whether a fold of several subjects lacks a value of which there are enough subjects for every fold.

    With few subjects no test can tell that from chance, but it could have been avoided.
    """
    enough = crossed.sum(0) >= len(crossed)
    return bool(np.any((crossed == 0) & enough & (crossed.sum(1, keepdims=True) > 1)))


def cross(blocks: list[str], counts: np.ndarray) -> np.ndarray:
    """The table (blocks in order, values) of the subjects' `counts` (subjects, values)."""
    names = np.array(blocks)
    return np.array([counts[names == block].sum(0) for block in sorted(set(blocks))])


def association(blocks: list[str], counts: np.ndarray, resamples: int = RESAMPLES) -> float:
    """The p-value of Pearson's chi-square of blocks and values when the subjects change places.

    blocks: the block of each subject; counts (subjects, values): one 1 for a property of the subject, several for
    clips. Permuting whole subjects keeps a person's clips together and is valid for small counts, where the chi-square
    distribution is not. Monte Carlo with a fixed seed; smallest possible value 1 / (resamples + 1).
    """
    chosen = (np.array(blocks)[:, None] == np.array(sorted(set(blocks)))).astype(float)
    rng = np.random.default_rng(0)
    observed = _chi_square(chosen.T @ counts)
    drawn = _chi_square(np.array([rng.permutation(chosen).T @ counts for _ in range(resamples)]))
    return (1 + int(np.sum(drawn >= observed - 1e-9))) / (resamples + 1)


def _chi_square(crossed: np.ndarray) -> np.ndarray:
    """Of each table (..., blocks, values)."""
    rows, columns, whole = (crossed.sum(axis, keepdims=True) for axis in (-1, -2, (-2, -1)))
    expected = rows * columns / whole
    return np.sum((crossed - expected) ** 2 / np.maximum(expected, 1e-12), axis=(-2, -1))


def _composition(lineup: Lineup, column: str) -> tuple[list[str], np.ndarray, list[str]]:
    """For each subject whose `column` is known: the fold that scores it and its counts (subjects, values).

    Of nested folds the outer ones count: a subject is scored by one of them, and validates in all others.
    """
    clips_of: dict[tuple[str, str], list[Clip]] = {}
    outer = {fold: roles for fold, roles in lineup.folds.items() if not Fold.parse(fold).outer or roles["test"]}
    for fold, roles in outer.items():
        for name in scored(roles):
            clips_of.setdefault((fold, lineup.clips[name].unit), []).append(lineup.clips[name])
    by_fold = {}
    for (fold, unit), clips in sorted(clips_of.items()):
        count = (
            Counter(clip.label for clip in clips if clip.label) if column == "label" else Counter(facts(clips, column))
        )
        if count:
            by_fold[fold, unit] = count
    values = sorted({value for count in by_fold.values() for value in count})
    counts = np.array([[count[value] for value in values] for count in by_fold.values()])
    return [fold for fold, _ in by_fold], counts.reshape(len(by_fold), len(values)), values
