"""Predictions are held against the tables that they were made of: a score believes no row.

A row that was lost, doubled, relabelled or slipped in by an edited table, a mixture of two runs or a fault of ours
changes a score without a trace. So the fold table says which rows there must be, the clips table what is true of them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from ferstudy.counted import counted
from ferstudy.errors import StudyError
from ferstudy.protocols.findings import some
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import Folds
from ferstudy.tables.predictions import Predictions

Row = tuple[str, str, int]  # fold, role, run


def check(
    rows: Predictions, cell: Mapping[str, str], clips: Iterable[Clip], folds: Folds, roles: Iterable[str]
) -> None:
    """Raise StudyError, with the rows named, unless `rows` are exactly those of a cell.

    `cell` is {"dataset", "protocol", "model"}, `roles` those that are predicted: for each run every fold must have each
    of its clips of such a role once, with its subject and its label; the answer is the class with the highest
    probability, none where the clip is not covered.
    """
    known = {clip.clip: clip for clip in clips}
    place = f"predictions of {cell['model']} on {cell['dataset']}, {cell['protocol']}"
    for name in ("dataset", "protocol", "model"):
        if others := set(getattr(rows, name)) - {cell[name]}:
            _refuse(place, f"rows of another {name}: {some(others)}")
    if set(rows.classes) != {clip.label for clip in known.values()}:
        there = some({clip.label for clip in known.values()}, 12)
        _refuse(place, f"the classes are {some(set(rows.classes), 12)}, those of the clips table {there}")
    if strange := sorted(set(rows.clip) - known.keys()):
        _refuse(place, f"{counted(len(strange), 'clip')} that the clips table does not know: {some(strange)}")
    _check_places(place, rows, folds, roles)
    _check_facts(place, rows, known)


def _check_places(place: str, rows: Predictions, folds: Folds, roles: Iterable[str]) -> None:
    """Every clip of a role stands once in each fold and run, and none beside them."""
    roles = list(roles)
    if others := set(rows.role) - set(roles):
        _refuse(place, f"rows of the role {some(others)}, expected {', '.join(roles)}")
    there: dict[Row, Counter] = {}
    for fold, role, run, clip in zip(rows.fold, rows.role, rows.run.tolist(), rows.clip, strict=True):
        there.setdefault((fold, role, run), Counter())[clip] += 1
    runs = sorted(set(rows.run.tolist()))
    wanted = {
        (fold, role, run): of_role[role] for fold, of_role in folds.items() for role in roles for run in runs
    }  # fmt: skip
    for row in sorted(there.keys() | wanted.keys()):
        clips = wanted.get(row, set())
        found, told = there.get(row, Counter()), f"fold {row[0]}, {row[1]} rows of run {row[2]}"
        if clips and not found:
            _refuse(place, f"{told} are missing: the fold table has {len(clips)} clips there")
        if lost := clips - found.keys():
            _refuse(place, f"{told}: {counted(len(lost), 'clip')} of the fold table missing: {some(lost)}")
        if foreign := found.keys() - clips:
            _refuse(
                place, f"{told}: {counted(len(foreign), 'clip')} without such a role in the fold table: {some(foreign)}"
            )
        if twice := {clip for clip, number in found.items() if number > 1}:
            _refuse(place, f"{told}: {counted(len(twice), 'clip stands', 'clips stand')} there twice: {some(twice)}")


def _check_facts(place: str, rows: Predictions, clips: Mapping[str, Clip]) -> None:
    """The label and the subject of every clip are those of the clips table; the answer is what the numbers say."""
    for name, column in (("label", rows.truth), ("subject", rows.subject)):
        wrong = [clip for clip, value in zip(rows.clip, column, strict=True) if getattr(clips[clip], name) != value]
        if wrong:
            _refuse(
                place,
                f"{counted(len(wrong), 'row has', 'rows have')} another {name} than the clips table: "
                f"{some(set(wrong))}",
            )
    classes = np.array(rows.classes, dtype=object)
    said = np.where(rows.covered, rows.predicted, "")
    chosen = rows.probabilities.max(1) if len(rows) else np.zeros(0)
    of_said = (rows.probabilities * (classes == said[:, None])).sum(1)
    wrong = (rows.covered & (of_said < chosen)) | (~rows.covered & (rows.predicted != ""))
    if wrong.any():
        names = set(rows.clip[wrong])
        _refuse(
            place,
            f"{counted(len(names), 'clip has', 'clips have')} an answer that is not the most probable class: "
            f"{some(names)}",
        )


def _refuse(place: str, what: str) -> None:
    raise StudyError(
        f"{place}: {what}. A table was edited, or is of another run: delete it, and snakemake makes it again"
    )
