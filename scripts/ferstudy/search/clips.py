"""What a trial of an architecture trains: the folds of its search, on training and validation clips only."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from ferstudy.errors import StudyError
from ferstudy.store.read import checksums
from ferstudy.tables import folds as folds_table
from ferstudy.tables.lineup import read_folds
from ferstudy.training import assignment, inputs, state, with_copies
from ferstudy.training.assignment import Conditions, TrainedCell, Training

log = logging.getLogger(__name__)


class Clips:
    """The folds of a `search` {dataset, protocol, architecture, names, serves, ...} of an architecture's `settings`.

    `conditions`, `tables` {clips, folds, audit: path} and `passed` are those of `training.assignment.read`, `stores`
    {kind: paths} those of `training.inputs.load`. Test clips are dropped before anything is read from a store;
    StudyError is raised where a clip that is trained on or judged by tests a model that takes the settings found here
    (`serves`).
    """

    def __init__(
        self, search: dict, settings: dict, conditions: Conditions, trainer: str,
        tables: dict[str, Path], passed: list[Path], stores: dict[str, list[Path]],
    ):  # fmt: skip
        self.settings = settings
        self.folds: list[str] = search["names"]
        self._trainer, self._tables, self._stores = trainer, tables, stores
        self._needed = tuple(settings["input"]["kind"].split("+"))
        cell = (search["dataset"], search["protocol"], search["architecture"])
        paths = (tables["clips"], tables["folds"], tables["audit"], passed)
        self._trainings = {
            fold: without_test(assignment.read(TrainedCell(*cell, fold, run=0), settings, conditions, *paths))
            for fold in self.folds
        }
        self._seen = {name for one in self._trainings.values() for names in one.roles.values() for name in names}
        tested = _tested(tables["folds"], search["serves"])  # not of `names`: `deploy` is served, and tested by nobody
        if leaked := sorted(self._seen & tested):
            raise StudyError(
                f"{tables['folds']}: the search would see clips that are tested ({', '.join(leaked[:3])}"
                f"{', ...' if len(leaked) > 3 else ''}); search under a protocol that keeps them apart"
            )

    def key(self, **parts: Any) -> str:
        """The name of the search's state: it changes with everything that a score depends on."""
        tables = {name: folds_table.digest(self._tables[name]) for name in ("clips", "folds")}
        kinds = (*self._needed, *(["copies"] if self._stores.get("copies") else []))
        return state.key(**parts, **tables, inputs={kind: checksums(self._stores[kind]) for kind in kinds})

    def load(self) -> None:
        """Read the training and validation clips."""
        self._arrays = inputs.load(self._needed, self._stores, self._seen)
        training = {name for one in self._trainings.values() for name in one.roles["train"]}
        self._copies = with_copies.read(self.settings["input"], self._stores.get("copies", []), training)
        log.info("%d of %d training and validation clips have stored frames", len(self._arrays), len(self._seen))

    def curve(self, fold: str, settings: dict, select: str, folder: Path) -> list[float]:
        """Train `fold` with `settings`: `select` after each epoch. A killed training goes on in `folder`."""
        trainer = import_module(f"ferstudy.training.{self._trainer}")
        one, arrays = with_copies.enlarge(replace(self._trainings[fold], entry=settings), self._arrays, self._copies)
        if self._trainer == "network":
            from ferstudy.search.fresh_keras import start_fresh  # imports Keras, which an estimator need not wait for

            start_fresh(one.seed)
        return [getattr(row, select) for row in trainer.train(one, arrays, [], folder).history]


def without_test(one: Training) -> Training:
    """The training without its test clips. Raises StudyError where it has no clips to be judged by."""
    if not one.roles["validation"]:
        raise StudyError(
            f"fold {one.cell.fold} has no validation clips, and a search may judge by nothing else; "
            "give the protocol validation clips, or take the search out of the config"
        )
    return replace(one, roles={**one.roles, "test": []})


def _tested(folds: Path, names: Iterable[str]) -> set[str]:
    """The test clips of the folds `names`."""
    table = read_folds(folds)
    return {clip for name in names if name in table for clip in table[name]["test"]}
