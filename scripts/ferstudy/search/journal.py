"""The journal of a search: which trials have begun and ended, in one file that its workers share.

It is Optuna's journal storage. A trial of ours has a number that its worker and, but for tpe, its settings follow from;
Optuna counts otherwise, so ours stands in the attributes.
"""

import fcntl
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import optuna
from optuna.storages.journal import JournalFileBackend, JournalStorage
from optuna.trial import FrozenTrial, TrialState

from ferstudy.search import proposals, space
from ferstudy.search.choose import MINIMISED

STARTS = 3  # a trial that kills its process so often, without getting further, has failed


class Begun(NamedTuple):
    """A trial that a worker is to train; `starts` is how often it was begun without getting further."""

    trial: int
    settings: dict[str, Any]
    starts: int


class FileLock:
    """A lock as Optuna's journal wants it, by flock: a killed process gives it back, and nobody waits for a timeout."""

    def __init__(self, path: Path):
        self._path = path

    def acquire(self) -> bool:
        """Wait for the lock."""
        self._file = open(self._path, "w")  # noqa: SIM115  closing it gives the lock back
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return True

    def release(self) -> None:
        """Give it back."""
        self._file.close()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *raised: object) -> None:
        self.release()


class Journal:
    """The journal in `folder` of the search {method, space, seed, select, ...}."""

    def __init__(self, folder: Path, search: Mapping[str, Any]):
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        self._search = search
        self._asking = FileLock(folder / "asking.lock")
        writing = FileLock(folder / "journal.lock")
        with writing:
            _drop_half_line(folder / "journal.log")
        direction = "minimize" if search["select"] in MINIMISED else "maximize"
        self._study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(folder / "journal.log"), lock_obj=writing)),
            study_name="search",
            direction=direction,
            load_if_exists=True,
        )

    def begin(self, trial: int, worker: int, mark: str) -> Begun:
        """Begin `trial`, or go on with it where its worker was killed.

        `mark` says how far its training has come: another one than before, and `starts` counts anew.
        """
        with self._asking:
            known = self._trials()
            if trial not in known:
                self._ask(trial, worker)
                known = self._trials()
            now = known[trial]
            before = now.user_attrs.get("starts", [0, mark])
            starts = before[0] + 1 if before[1] == mark else 1
            self._note(now, starts=[starts, mark])
        return Begun(trial, now.user_attrs["trial"]["settings"], starts)

    def done(self, trial: int, result: Mapping[str, Any]) -> None:
        """End `trial` with `result` {score, epoch, folds, seconds}."""
        now = self._trials()[trial]
        self._note(now, result=dict(result))
        self._study.tell(now.number, result["score"])

    def failed(self, trial: int, why: str, seconds: float) -> None:
        """End `trial` without a score."""
        now = self._trials()[trial]
        self._note(now, result={"why": why, "seconds": seconds})
        self._study.tell(now.number, state=TrialState.FAIL)

    def ended(self) -> dict[int, dict[str, Any]]:
        """{worker, settings, score or why, ...} of every trial that has ended, by number."""
        return {
            trial: {**now.user_attrs["trial"], **now.user_attrs["result"]}
            for trial, now in sorted(self._trials().items())
            if now.state.is_finished()
        }

    def _trials(self) -> dict[int, FrozenTrial]:
        entered = self._study.get_trials(deepcopy=False)
        return {now.user_attrs["trial"]["trial"]: now for now in entered if "trial" in now.user_attrs}

    def _ask(self, trial: int, worker: int) -> None:
        """Enter a trial; `_asking` is held, so one that has no number yet is of a worker that was killed right here."""
        for now in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if "trial" not in now.user_attrs:
                self._study.tell(now.number, state=TrialState.FAIL)
        of, seed = self._search["space"], self._search["seed"]
        if self._search["method"] == "tpe":
            self._study.sampler = proposals.sampler(seed, trial)
            asked = self._study.ask(proposals.distributions(of))
            settings = proposals.decoded(of, asked.params)
        else:
            asked = self._study.ask()
            settings = space.point(of, trial) if self._search["method"] == "grid" else proposals.draw(of, seed, trial)
        asked.set_user_attr("trial", {"trial": trial, "worker": worker, "settings": settings})

    def _note(self, trial: FrozenTrial, **attributes: Any) -> None:
        live = optuna.Trial(self._study, trial._trial_id)
        for name, value in attributes.items():
            live.set_user_attr(name, value)


def _drop_half_line(path: Path) -> None:
    """Cut off a last line that was not written to its end (a full disk): Optuna would refuse the whole file."""
    with suppress(FileNotFoundError), open(path, "r+b") as file:
        file.truncate(file.read().rfind(b"\n") + 1)
