"""SIGTERM, which SLURM sends before it ends a job: the epoch that runs is trained to its end, and saved."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ferstudy.errors import TOLD_TO_END, StudyError


class Ear:
    """Whether this process was told to end."""

    def __init__(self) -> None:
        self._told = False

    def hear(self, number: int, frame: FrameType | None) -> None:
        """The handler of the signal."""
        self._told = True

    def stop_after(self, epoch: int) -> None:
        """Raises StudyError where it was told to end; `epoch` is the last one that is saved."""
        if self._told:
            raise StudyError(f"{TOLD_TO_END} after epoch {epoch}, which is saved: the next attempt goes on from there")


@contextmanager
def listening(saves: bool) -> Iterator[Ear]:
    """Within the block hear SIGTERM instead of ending at once, where each epoch is saved. In the main thread alone."""
    ear = Ear()
    if not saves:
        yield ear
        return
    before = signal.signal(signal.SIGTERM, ear.hear)
    try:
        yield ear
    finally:
        signal.signal(signal.SIGTERM, before)
