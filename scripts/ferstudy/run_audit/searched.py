"""Whether a search chose what its own table of trials gives, on validation rows, and trainings took just that."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ferstudy.errors import StudyError
from ferstudy.run_audit.faults import Fault
from ferstudy.run_audit.training_files import Dealt, TrainingFiles
from ferstudy.search import choose, proposals, space, trials
from ferstudy.search.best import note
from ferstudy.search.trials import DONE, Trial

CHECK, TITLE = "search", "Searched settings are those that the trials give"
CLOSE = 1e-9


def faults(told: Mapping[str, Any], best: str, tables: list[str], dealt: Dealt) -> Iterator[Fault]:
    """What the result `best` and the trials in `tables` of one place of a search are not; `told` is its entry."""
    where = f"search `{told['place']}`"
    tried = [trial for path in tables for trial in trials.read(path)]
    for trial in tried:
        yield from _of_trial(where, told, trial)
    found = json.loads(Path(best).read_text(encoding="utf-8"))
    try:
        given = json.loads(json.dumps(choose.best(told, tried)))
    except StudyError as error:
        yield Fault(where, f"its trials give no choice: {error}")
        return
    for key in sorted(found.keys() | given.keys()):
        if found.get(key) != given.get(key):
            told_of = f"its trials (trial {given['trial']} is best, {told['select']} {given['score']:.4f}) give"
            yield Fault(where, f"best.json has {key} {_short(found.get(key))}, {told_of} {_short(given.get(key))}")
    yield from _judged_by(where, told, dealt)


def _of_trial(where: str, told: Mapping[str, Any], trial: Trial) -> Iterator[Fault]:
    """A trial must have the settings of its number, and the mean of its folds for a score."""
    wanted = _settings(told, trial.trial)
    if wanted is not None and trial.settings != wanted:
        found = f"trial {trial.trial} has the settings {_short(trial.settings)}, its number gives {_short(wanted)}"
        yield Fault(where, found)
    if trial.state != DONE:
        return
    if sorted(trial.folds) != sorted(told["names"]):
        folds, names = ", ".join(sorted(trial.folds)), ", ".join(told["names"])
        yield Fault(where, f"trial {trial.trial} was judged on the folds {folds}, expected {names}")
    elif abs(trial.score - sum(trial.folds.values()) / len(trial.folds)) > CLOSE:
        mean = sum(trial.folds.values()) / len(trial.folds)
        yield Fault(where, f"trial {trial.trial} has the score {trial.score:.4f}, its folds give {mean:.4f}")


def _settings(told: Mapping[str, Any], number: int) -> dict | None:
    """The settings of a trial as it is read from its table; None of one that follows from the trials before it."""
    if told["method"] == "grid":
        return json.loads(json.dumps(space.point(told["space"], number)))
    if told["method"] == "random":
        return json.loads(json.dumps(proposals.draw(told["space"], told["seed"], number), default=float))
    return None


def _judged_by(where: str, told: Mapping[str, Any], dealt: Dealt) -> Iterator[Fault]:
    """No clip that a search trains on or is judged by may test a training that takes its settings."""
    seen = set().union(*(dealt.roles(fold)[role] for fold in told["names"] for role in ("train", "validation")))
    tested = set().union(*(dealt.roles(fold)["test"] for fold in told["serves"]))
    if seen & tested:
        yield Fault(where, "it saw clips that test the models that take its settings", frozenset(seen & tested))


def taken(one: TrainingFiles, best: str) -> Iterator[Fault]:
    """Whether a training took the settings of `best`, the path of a best.json; empty where nothing was searched."""
    said = one.record.get("search")
    if not best:
        if said is not None:
            yield Fault(one.where, f"it took settings of the search {said.get('search')}, and none is planned for it")
        return
    found = json.loads(Path(best).read_text(encoding="utf-8"))
    if said != note(found):
        yield Fault(one.where, "its record has another choice of the search than best.json")
    for key, value in found["overrides"].items():
        own = _at(one.record["settings"], key)
        if own != value:
            yield Fault(one.where, f"it was trained with {key} {_short(own)}, the search chose {_short(value)}")


def _at(settings: dict, key: str) -> Any:
    for part in key.split("."):
        settings = settings.get(part) if isinstance(settings, dict) else None
    return settings


def _short(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
