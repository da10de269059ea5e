"""What the files of a pattern say of each of its combinations."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ferstudy.report.records import ModelResults
from ferstudy.tables.predictions import Predictions


def split(whole: ModelResults, members: Mapping[str, Sequence[str]]) -> list[ModelResults]:
    """The results of each combination, members by its name; `whole` alone where nothing of the pattern was read."""
    if whole.scores is None and whole.predictions is None:
        return [whole]
    scores: dict[str, list] = {}
    for score in whole.scores or []:
        scores.setdefault(score.model, []).append(score)
    return [
        replace(
            whole,
            model=name,
            pattern=whole.model,
            members=tuple(names),
            scores=None if whole.scores is None else scores.get(name, []),
            predictions=_own(whole.predictions, name),
        )
        for name, names in members.items()
    ]


def _own(rows: Predictions | None, name: str) -> Predictions | None:
    own = None if rows is None else rows.where(rows.model == name)
    return own if own is not None and len(own) else None


def fits(read: Mapping[str, dict[str, Any] | None]) -> dict[str, dict[str, Any] | None]:
    """What was fitted, by fusion: of a pattern by combination, with its other entries under its own name."""
    found: dict[str, dict[str, Any] | None] = {}
    for name, fit in read.items():
        found[name] = fit and {key: value for key, value in fit.items() if key != "combinations"}
        found |= (fit or {}).get("combinations", {})
    return found
