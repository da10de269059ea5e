"""Predictions of others, held against the clips and folds of a study: no clip is lost silently."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ferstudy.evaluation.foreign_scores import Answers, answers
from ferstudy.tables.clip_names import ClipNames
from ferstudy.tables.clips import Clip
from ferstudy.tables.foreign_table import SHOWN, ForeignTable
from ferstudy.tables.lineup import Folds
from ferstudy.tables.predictions import Predictions

SCORED = ("validation", "test")


class AnsweredClip(NamedTuple):
    """What one answer stands for."""

    run: int
    fold: str
    role: str
    clip: str


def hold(
    table: ForeignTable,
    clips: list[Clip],
    folds: Folds,
    cell: dict[str, str],
    classes: list[str],
    scores: str = "",
    missing: str = "refuse",
) -> tuple[Predictions, dict]:
    """The predictions table of `cell` {"dataset", "protocol", "model"}, and what was found of the file.

    `missing` "wrong" makes a clip without an answer an uncovered row, which counts as an error. The second value is
    {"kind": probabilities | logits | labels, "validation": whether there are validation rows, of all folds, "rows",
    "used", "by_file_name", "missing": numbers, "unread": columns}. Raises StudyError, which names rows, where the table
    is of other clips, folds or classes, says a clip twice, or was trained on clips that it is tested on.
    """
    if "clip" not in table.columns:
        raise table.refuse(f"no column named clip; found {', '.join(table.columns)}")
    named, by_file_name = _names(table, clips)
    found = answers(table, classes, scores)
    _check_truth(table, named, {clip.clip: clip.label for clip in clips}, found)
    of = _places(table, named, folds)
    if not of:
        raise table.refuse("no row is of a validation or test clip of a fold")
    lost = _missing(table, of, folds, missing)
    predictions = _predictions(of, lost, found.probabilities, folds, clips, cell, classes)
    return predictions, {
        "kind": found.kind,
        "validation": any(row.role == "validation" for row in of),
        "rows": len(table),
        "used": len(set(of.values())),
        "by_file_name": by_file_name,
        "missing": len(lost),
        "unread": found.unread,
    }


def _names(table: ForeignTable, clips: list[Clip]) -> tuple[list[str], int]:
    """The clip of each row, and how many are called by the name of their file, which is then that of one clip alone."""
    names = ClipNames(clips)
    given = table.columns["clip"]
    found = [names.find(name) for name in given]
    unknown = [i for i, name in enumerate(found) if not name]
    if unknown:
        several = next((name for name in given[unknown] if names.shared(name)), "")
        why = f" The file {Path(several).stem!r} holds several clips: name each as the clips table does."
        why = why if several else " Is it a table of another study?"
        raise table.refuse(
            f"{len(given) - len(unknown)} of {len(given)} rows name a clip of this dataset (such as "
            f"{clips[0].clip!r}), the others do not: {table.rows(unknown, 'clip')}.{why}"
        )
    return found, sum(name not in names for name in given)


def _check_truth(table: ForeignTable, named: list[str], labels: dict[str, str], found: Answers) -> None:
    """The truth of clips is read for this alone: to refuse a table that has another one, or hands it back."""
    truth = np.array([labels[name] for name in named], dtype=object)
    if "truth" in table.columns:
        other = np.flatnonzero(
            [a.casefold() != b.casefold() for a, b in zip(table.columns["truth"], truth, strict=True)]
        )
        if other.size:
            raise table.refuse(f"the truth is another than that of the clips table in {table.rows(other, 'truth')}")
    if found.column == "label" and (table.columns["label"] == truth).all():
        raise table.refuse(
            "the column label is the truth of every clip, as in an exported fold table; answers belong into predicted"
        )


def _places(table: ForeignTable, named: list[str], folds: Folds) -> dict[AnsweredClip, int]:
    """Which row answers for which clip, fold, role and run; training rows answer for nothing."""
    fold, role = (_column(table, name) for name in ("fold", "role"))
    run = _runs(table)
    if fold is not None:
        fold = [one if one in folds else one.removesuffix(".0") for one in fold]
        strange = [i for i, one in enumerate(fold) if one not in folds]
        if strange:
            raise table.refuse(f"no such fold in {table.rows(strange, 'fold')}; the folds are {', '.join(folds)}")
    if role is not None:
        strange = [i for i, one in enumerate(role) if one not in ("train", *SCORED)]
        if strange:
            raise table.refuse(f"no such role in {table.rows(strange, 'role')}; expected train, validation or test")
    found: dict[AnsweredClip, int] = {}
    twice, trained, moved = [], [], []
    for i, clip in enumerate(named):
        here = {fold[i]: folds[fold[i]]} if fold is not None else folds
        has = [(name, one) for name, roles in here.items() for one in roles if clip in roles[one]]
        wanted = [role[i]] if role is not None else ["test"] if fold is None else SCORED
        if role is not None and role[i] == "train":
            trained += [i] if any(one == "test" for _, one in has) else []
        elif role is not None and not any(one == role[i] for _, one in has):
            moved.append(i)
        for name, one in has:
            if one in wanted and one != "train":
                row = AnsweredClip(run[i], name, one, clip)
                twice += [i] if row in found else []
                found[row] = i
    _refuse_places(table, twice, trained, moved)
    return found


def _refuse_places(table: ForeignTable, twice: list[int], trained: list[int], moved: list[int]) -> None:
    if trained:
        raise table.refuse(f"test clips were trained on, says the column role: {table.rows(trained, 'clip')}")
    if moved:
        raise table.refuse(f"the clip does not have this role in this fold: {table.rows(moved, 'role')}")
    if twice:
        raise table.refuse(f"a clip is answered a second time for the same fold and run: {table.rows(twice, 'clip')}")


def _column(table: ForeignTable, name: str) -> list[str] | None:
    return table.columns[name].tolist() if name in table.columns else None


def _runs(table: ForeignTable) -> list[int]:
    given = _column(table, "run")
    if given is None:
        return [0] * len(table)
    strange = [i for i, one in enumerate(given) if not one.removesuffix(".0").isdecimal()]
    if strange:
        raise table.refuse(f"the run is no number in {table.rows(strange, 'run')}; expected 0, 1, ...")
    return [int(one.removesuffix(".0")) for one in given]


def _missing(table: ForeignTable, found: dict[AnsweredClip, int], folds: Folds, missing: str) -> list[AnsweredClip]:
    """The rows that the folds ask for and the table lacks; validation rows only where it has some."""
    runs = sorted({row.run for row in found})
    roles = [role for role in SCORED if any(row.role == role for row in found) or role == "test"]
    lost = [row for row in _asked(folds, runs, roles) if row not in found]
    if lost and missing == "refuse":
        shown = ", ".join(f"{row.clip!r} ({row.role} of fold {row.fold})" for row in lost[:SHOWN])
        more = ", ..." if len(lost) > SHOWN else ""
        raise table.refuse(
            f"{len(lost)} of {len(lost) + len(found)} answers are missing: {shown}{more}. "
            "No clip is left out silently: add them, or write missing: wrong, and each counts as an error"
        )
    return lost


def _asked(folds: Folds, runs: list[int], roles: list[str]) -> Iterator[AnsweredClip]:
    for run in runs:
        for fold, own in folds.items():
            for role in roles:
                yield from (AnsweredClip(run, fold, role, clip) for clip in sorted(own[role]))


def _predictions(
    found: dict[AnsweredClip, int],
    lost: list[AnsweredClip],
    probabilities: np.ndarray,
    folds: Folds,
    clips: list[Clip],
    cell: dict[str, str],
    classes: list[str],
) -> Predictions:
    """All rows in the order of runs, folds, roles and clips; one without an answer has its fold's class frequencies."""
    by_name = {clip.clip: clip for clip in clips}
    prior = {fold: _prior(roles["train"], by_name, classes) for fold, roles in folds.items()}
    order = {fold: i for i, fold in enumerate(folds)}
    rows = sorted([*found, *lost], key=lambda row: (row.run, order[row.fold], SCORED.index(row.role), row.clip))
    values = np.stack([probabilities[found[row]] if row in found else np.full(len(classes), np.nan) for row in rows])
    covered = ~np.isnan(values).any(1)
    values[~covered] = np.array([prior[row.fold] for row in rows])[~covered]
    names = np.array([*classes, ""], dtype=object)
    return Predictions.of(
        classes, values, **cell,
        fold=[row.fold for row in rows], run=[row.run for row in rows], role=[row.role for row in rows],
        clip=[row.clip for row in rows], subject=[by_name[row.clip].subject for row in rows],
        truth=[by_name[row.clip].label for row in rows],
        predicted=names[np.where(covered, values.argmax(1), len(classes))], covered=covered,
        samples=covered.astype(int),
    )  # fmt: skip


def _prior(trained: set[str], by_name: dict[str, Clip], classes: list[str]) -> list[float]:
    counted = Counter(by_name[clip].label for clip in trained if clip in by_name)
    total = sum(counted.values())
    return [counted[name] / total if total else 1 / len(classes) for name in classes]
