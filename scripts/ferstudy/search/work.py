"""The work of one worker: its share of the trials, one after the other."""

import json
import logging
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ferstudy.errors import StudyError
from ferstudy.search import space
from ferstudy.search.best import merged
from ferstudy.search.journal import STARTS, Begun, Journal
from ferstudy.search.score import TrialScore, score
from ferstudy.search.trials import DONE, FAILED, Trial
from ferstudy.whole_files import write_text

log = logging.getLogger(__name__)


class Objective(Protocol):
    """What is trained: `search.clips.Clips` or `search.stills.Stills`."""

    folds: list[str]
    settings: dict

    def load(self) -> None:
        """Read what is trained on."""

    def curve(self, fold: str, settings: dict, select: str, folder: Path) -> list[float]:
        """Train one fold: the value of `select` after each epoch."""


def work(search: Mapping[str, Any], worker: int, objective: Objective, folder: Path) -> list[Trial]:
    """Train the share of `worker` and return its trials; what the journal in `folder` has of them is not trained again.

    A trial whose settings cannot be trained (a loss that is not a number, no such network, not enough memory, ...) has
    failed, with the reason.
    """
    journal = Journal(folder, search)
    mine = space.share(search, worker)
    left = [number for number in mine if number not in journal.ended()]
    log.info("%d trials for this worker, %d of them have ended before", len(mine), len(mine) - len(left))
    if left:
        objective.load()
    started = time.monotonic()
    for i, number in enumerate(left, 1):
        own = folder / f"trial{number}"
        begun = journal.begin(number, worker, _mark(own))
        log.info("trial %d: %s", number, json.dumps(begun.settings))
        _try(journal, search, objective, begun, own)
        seconds = (time.monotonic() - started) / i * (len(left) - i)
        log.info("%d of %d trials done, about %.0f s left", i, len(left), seconds)
    ended = journal.ended()
    return [_row(search, number, ended[number]) for number in mine]


def _try(journal: Journal, search: Mapping[str, Any], objective: Objective, begun: Begun, own: Path) -> None:
    """Train one trial and enter how it ended."""
    started = time.monotonic()
    if begun.starts > STARTS:
        why = f"the process was killed {STARTS} times during this trial: out of memory, or of time"
        log.info("trial %d failed: %s", begun.trial, why)
        journal.failed(begun.trial, why, 0.0)
    else:
        try:
            judged = train(search, objective, begun.settings, own)
        except Exception as error:  # one trial of many: what was tried and why it failed stands in the table
            known = isinstance(error, StudyError)
            why = str(error) if known else f"{type(error).__name__}: {error}"
            why = " ".join(why.split())[:500]
            log.info("trial %d failed: %s", begun.trial, why, exc_info=None if known else error)
            journal.failed(begun.trial, why, round(time.monotonic() - started, 2))
        else:
            seconds = round(time.monotonic() - started, 2)
            log.info(
                "trial %d: %s %.4f after epoch %d (%.1f s)",
                begun.trial, search["select"], judged.value, judged.epoch, seconds,
            )  # fmt: skip
            result = {"score": judged.value, "epoch": judged.epoch, "folds": judged.folds, "seconds": seconds}
            journal.done(begun.trial, result)
    shutil.rmtree(own, ignore_errors=True)


def train(search: Mapping[str, Any], objective: Objective, settings: Mapping[str, Any], own: Path) -> TrialScore:
    """The score of a trial with `settings` {dotted key: value}.

    Every fold that has been trained leaves its curve in the folder `own`, so that a killed worker does not repeat it.
    """
    chosen = merged(objective.settings, {"overrides": settings})
    curves = {}
    for fold in objective.folds:
        path = own / f"{fold}.json"
        if not path.exists():
            fit = own / fold
            curve = objective.curve(fold, chosen, search["select"], fit)
            write_text(path, json.dumps(curve))
            shutil.rmtree(fit, ignore_errors=True)
        curves[fold] = json.loads(path.read_text(encoding="utf-8"))
    return score(curves, search["select"])


def _mark(own: Path) -> str:
    """How far a trial has come: the names and times of what its training has written."""
    files = sorted(path for path in own.rglob("*") if path.is_file())
    return " ".join(f"{path.relative_to(own)}:{path.stat().st_mtime_ns}" for path in files)


def _row(search: Mapping[str, Any], number: int, ended: Mapping[str, Any]) -> Trial:
    failed = "why" in ended
    return Trial(
        search=search["search"],
        place=search["place"],
        trial=number,
        worker=ended["worker"],
        state=FAILED if failed else DONE,
        score=float("nan") if failed else ended["score"],
        epoch=0 if failed else ended["epoch"],
        seconds=ended["seconds"],
        settings=ended["settings"],
        folds={} if failed else ended["folds"],
        why=ended.get("why", ""),
    )
