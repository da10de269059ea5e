"""Whether a fusion's parameters are those that its members' validation rows give, and its rows those it then makes."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ferstudy.evaluation import fused, fusion
from ferstudy.evaluation.fused import MemberRows
from ferstudy.evaluation.validation import Validation
from ferstudy.run_audit.faults import Fault
from ferstudy.run_audit.training_files import Dealt, place
from ferstudy.tables.predictions import Predictions

CHECK, TITLE = "fusion", "Fusions are fitted on validation rows"
CLOSE = 1e-6


def faults(
    name: str,
    told: Mapping[str, Any],
    found: Mapping[str, Any],
    rows: Predictions,
    validations: list[Validation],
    tables: list[Predictions],
    labels: list[str],
    dealt: Dealt,
    cell: tuple[str, str],
) -> Iterator[Fault]:
    """What the fusion `name` is not: it is fitted and made again, and compared.

    Args:
        name: of the fusion.
        told: what `fusion.fit` takes.
        found: what its fit wrote.
        rows: its predictions.
        validations: the validation rows of its members.
        tables: their predictions.
        labels: the members that answer with a class alone.
        dealt: the folds.
        cell: dataset and protocol.
    """
    why = fusion.refusal(told, validations, labels)
    if why or found.get("refused"):
        if found.get("refused", "") != why:
            yield Fault(f"`{name}`", f"it was refused: {found.get('refused') or 'no'}; its members give: {why or 'no'}")
        return
    given = fusion.fit(told, validations, dealt.folds)
    wrong = list(_parameters(name, found, given))
    yield from wrong
    if not wrong:
        yield from _rows(name, rows, fused.fuse(given, MemberRows(validations, tables, *cell), name))


def _parameters(name: str, found: dict, given: dict) -> Iterator[Fault]:
    """Parameters of rows that the validation rows of the members do not give."""
    for key in ("method", "members"):
        if found.get(key) != given[key]:
            yield Fault(f"`{name}`", f"its {key} {found.get(key)}, expected {given[key]}")
    by_rows = [
        {(row["run"], row["fold"], row["role"]): row for row in one.get("parameters", [])} for one in (found, given)
    ]
    for key in sorted(by_rows[0].keys() | by_rows[1].keys(), key=str):
        where = f"{place(name, key[1], key[0])}, {key[2]} rows"
        own, wanted = (rows.get(key) for rows in by_rows)
        if own is None or wanted is None:
            yield Fault(where, f"there are parameters in {'the fit' if own else 'a new fit'} alone")
            continue
        for part in sorted(wanted):
            yield from _part(where, part, own.get(part), wanted[part])


def _part(where: str, part: str, own: Any, wanted: Any) -> Iterator[Fault]:
    """One of a fit's parameters: numbers by member are compared as such."""
    if isinstance(own, dict) and isinstance(wanted, dict) and own.keys() == wanted.keys():
        for member in wanted:
            if not _same(own[member], wanted[member]):
                told = f"{part} of `{member}` {_number(own[member])}"
                yield Fault(where, f"{told}, fitting on validation rows gives {_number(wanted[member])}")
    elif not _same(own, wanted):
        yield Fault(where, f"{part} {_number(own)}, fitting on validation rows gives {_number(wanted)}")


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal, the numbers within them to 1e-6."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and abs(one - other) <= CLOSE
    return one == other


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _rows(name: str, found: Predictions, given: Predictions) -> Iterator[Fault]:
    """Fused rows that the members' rows do not give."""
    keys = [list(zip(one.fold, one.role, one.run.tolist(), one.clip, strict=True)) for one in (found, given)]
    if sorted(keys[0]) != sorted(keys[1]):
        odd = {key[3] for key in {*keys[0]} ^ {*keys[1]}} or {*found.clip}
        yield Fault(f"`{name}`", "it has other rows than its members give", frozenset(odd))
        return
    index = {key: i for i, key in enumerate(keys[1])}
    order = np.array([index[key] for key in keys[0]], dtype=int)
    off = np.abs(found.probabilities - given.probabilities[order]).max(1, initial=0) > CLOSE
    if off.any():
        told = f"{int(off.sum())} rows are not what its parameters make of its members' rows"
        yield Fault(f"`{name}`", told, frozenset(found.clip[off]))
