"""What a trial of a backbone trains: the network once, on the training stills, judged by the validation stills."""

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.search.fresh_keras import start_fresh
from ferstudy.store.read import checksums
from ferstudy.training import backbone, phases, state
from ferstudy.training.clip_samples import gather
from ferstudy.training.stills import read_stills, read_table

ROLES = ("train", "validation")


class Stills:
    """The stills in the store `stills` with their `table`, for the entry `settings` of a backbone.

    `settings` is {network, settings, training, phases, weights}. Test stills are dropped when the table is read.
    """

    folds = ("stills",)

    def __init__(self, settings: dict, seed: int, stills: Path, table: Path, recipe: dict):
        self.settings = settings
        self._seed, self._stills, self._table, self._recipe = seed, stills, table, recipe
        rows, self._classes = read_table(table)
        self._rows = {role: [row for row in rows if row["role"] == role] for role in ROLES}
        if not self._rows["validation"]:
            raise StudyError(f"{table}: no validation stills, and a search may judge by nothing else; add some")

    def key(self, **parts: Any) -> str:
        """The name of the search's state: it changes with everything that a score depends on."""
        files = [self._table, Path(self.settings["weights"])]
        digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()]
        return state.key(**parts, files=digests, inputs=checksums([self._stills]), recipe=self._recipe)

    def load(self) -> None:
        """Read the training and validation stills."""
        names = [row["still"] for rows in self._rows.values() for row in rows]
        self._images = read_stills(self._stills, names, self._recipe)

    def curve(self, fold: str, settings: dict, select: str, folder: Path) -> list[float]:
        """Train with `settings`: `select` after each epoch. A killed training goes on in `folder`."""
        start_fresh(self._seed)
        family = import_module(f"ferstudy.models.{settings['network']}")
        parts = {}
        for role in ROLES:
            chosen = [row for row in self._rows[role] if row["still"] in self._images]
            truth = np.array([self._classes.index(row["label"]) for row in chosen], dtype=int)
            names = [row["still"] for row in chosen]
            parts[role] = gather(family, names, truth, self._images, settings["settings"])
        prior = np.bincount(parts["train"].truth, minlength=len(self._classes)) / len(parts["train"].truth)
        task = backbone.task_of(family, settings, self._classes, parts, prior, self._seed)
        return [getattr(row, select) for row in phases.fit_phases(task, phases.of(settings), folder).history]
