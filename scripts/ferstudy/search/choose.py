"""Choosing among the trials of a search."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ferstudy.errors import StudyError
from ferstudy.search import space
from ferstudy.search.trials import DONE, FAILED, Trial

MINIMISED = ("val_loss",)
SAME = "on the same kind of machine, with the same versions, backend and number of threads"
REPRODUCIBLE = {
    "grid": f"yes: every point is trained with the same seed; workers and their order change nothing ({SAME})",
    "random": f"yes: seed and number of a trial alone give its settings; workers change nothing ({SAME})",
    "one": f"yes, with one worker: each proposal follows from the seed and the trials before it ({SAME})",
    "several": (
        "no: a proposal depends on which trials of the other workers had ended by then. What was tried is in the "
        "tables of the workers, and training with the chosen settings is reproducible; workers: 1 makes the search so"
    ),
}


def best(search: Mapping[str, Any], tried: list[Trial]) -> dict[str, Any]:
    """The content of best.json from all trials of a search; the first of equal ones wins.

    Raises StudyError where trials are missing or all have failed.
    """
    _check_complete(search, tried)
    done = sorted((trial for trial in tried if trial.state == DONE), key=lambda trial: trial.trial)
    if not done:
        raise StudyError(_all_failed(search, tried))
    sign = -1 if search["select"] in MINIMISED else 1
    chosen = max(done, key=lambda trial: round(sign * trial.score, 12))
    return {
        **{key: search[key] for key in ("search", "place", "method", "select", "seed")},
        **{key: search[key] for key in ("dataset", "protocol", "architecture", "backbone", "recipe") if key in search},
        # Where workers change nothing, another number of them must not make another file, and train again.
        **({"workers": search["workers"]} if search["method"] == "tpe" else {}),
        "overrides": chosen.settings,
        "trial": chosen.trial,
        "score": chosen.score,
        "epoch": chosen.epoch,
        "folds": chosen.folds,
        "trials": len(tried),
        "failed": len(tried) - len(done),
        "failures": [{"why": why, "trials": count} for why, count in _reasons(tried)],
        "epochs": search.get("epochs"),
        "phases": search.get("phases"),
        "space": search["space"],
        "space_sha256": space.digest(search["space"]),
        "reproducible": reproducible(search),
    }


def reproducible(search: Mapping[str, Any]) -> str:
    """Whether the same search would choose the same again, in a sentence."""
    method = search["method"]
    return REPRODUCIBLE[method if method != "tpe" else "one" if search["workers"] == 1 else "several"]


def _check_complete(search: Mapping[str, Any], tried: list[Trial]) -> None:
    expected, numbers = set(range(space.trials(search))), Counter(trial.trial for trial in tried)
    if missing := sorted(expected - numbers.keys()):
        raise StudyError(f"trial {missing[0]} and {len(missing) - 1} more are in no table; run search_worker again")
    if strange := sorted(n for n, count in numbers.items() if count > 1 or n not in expected):
        raise StudyError(f"trial {strange[0]} is in two tables, or of another search; delete them and run again")
    if wrong := [trial.trial for trial in tried if trial.state == DONE and not math.isfinite(trial.score)]:
        raise StudyError(f"trial {wrong[0]} has no score and no reason; delete its table and run again")


def _reasons(tried: list[Trial]) -> list[tuple[str, int]]:
    """Why trials failed, the most frequent reason first."""
    counts = Counter(trial.why for trial in tried if trial.state == FAILED)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _all_failed(search: Mapping[str, Any], tried: list[Trial]) -> str:
    reasons = "; ".join(f"{count} times: {why}" for why, count in _reasons(tried)[:3])
    return f"all {len(tried)} trials of the search {search['search']} failed. {reasons}. Correct searches/.../space"
