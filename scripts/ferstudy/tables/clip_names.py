"""Clips as tables of others call them: by their name in the clips table, or by that of their file."""

from collections.abc import Iterable
from pathlib import Path

from ferstudy.tables.clips import Clip


class ClipNames:
    """The clips of a study by every name that a table may have for them."""

    def __init__(self, clips: Iterable[Clip]):
        self._known: set[str] = set()
        self._files: dict[str, set[str]] = {}
        for clip in clips:
            self._known.add(clip.clip)
            for name in {Path(clip.path).stem, Path(clip.clip).name, Path(clip.path).name} - {""}:
                self._files.setdefault(name, set()).add(clip.clip)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def find(self, name: str) -> str:
        """The clip called `name`, or of the file called so where it holds no other clip; empty without one."""
        if name in self._known:
            return name
        near = self._files.get(Path(name).name) or self._files.get(Path(name).stem) or set()
        return next(iter(near)) if len(near) == 1 else ""

    def shared(self, name: str) -> bool:
        """Whether the file called `name` holds several clips."""
        return len(self._files.get(Path(name).stem, ())) > 1
