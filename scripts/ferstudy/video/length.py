"""Whether a film is as long as somebody says, mostly told without decoding it."""

from pathlib import Path

from ferstudy.video.decode import Film
from ferstudy.video.times import times_of


class Lengths:
    """How many frames films have, each counted once."""

    def __init__(self) -> None:
        self._packets: dict[Path, int] = {}
        self._frames: dict[Path, int] = {}

    def below(self, path: Path, frames: int) -> int | None:
        """The number of frames of the film or folder at `path` if there are fewer than `frames`, else None.

        It is decoded only where its packets seem too few, as one may hold two frames. Raises Unusable.
        """
        if path not in self._packets:
            self._packets[path] = len(times_of(path, 1.0).shown)
        if self._packets[path] >= frames:
            return None
        if path not in self._frames:
            self._frames[path] = Film(path, keep=0).count
        return self._frames[path] if self._frames[path] < frames else None
