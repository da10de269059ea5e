"""A fold's name: `3` or `final`; of a nested protocol `2.3` or `2.final`; `deploy`. It is read here and nowhere else.

Standard library only, and nothing of ours but the error: tables, training, study and page all read such names.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ferstudy.errors import StudyError

FINAL, DEPLOY = "final", "deploy"
NAME = re.compile(rf"(?:(?P<outer>\d+)\.)?(?P<inner>\d+|{FINAL})|(?P<deploy>{DEPLOY})", re.ASCII)


@dataclass(frozen=True)
class Fold:
    """One fold. `str(fold)` is its name, as it stands in tables and paths; `Fold.parse` reads it back.

    outer: the outer fold of a nested protocol ("2" of "2.3" and of "2.final"); "" where folds are not nested
    inner: which one of its protocol, or of its outer fold: a number ("3"), "final" or "deploy"
    """

    outer: str
    inner: str

    @classmethod
    def parse(cls, name: str) -> "Fold":
        """The fold called `name`; raises StudyError where that is no fold's name."""
        match = NAME.fullmatch(name)
        if match is None:
            raise StudyError(
                f"{name!r} is no name of a fold; expected a number as 3, {FINAL} or {DEPLOY}, or in a nested protocol "
                f"2.3 or 2.{FINAL}"
            )
        return cls(match["outer"] or "", match["inner"] or match["deploy"])

    def __str__(self) -> str:
        return f"{self.outer}.{self.inner}" if self.outer else self.inner

    @property
    def is_final(self) -> bool:
        """Whether it tests clips that are held out from its siblings, whose epochs and settings it takes."""
        return self.inner == FINAL

    @property
    def is_deploy(self) -> bool:
        """Whether it is the model for use: trained on all clips, tested on none, and in no fold table."""
        return self.inner == DEPLOY

    @property
    def number(self) -> int | None:
        """Its number; None of a fold without validation clips of its own, which is `final` or `deploy`."""
        return None if self.is_final or self.is_deploy else int(self.inner)

    def siblings(self, names: Iterable[str]) -> list[str]:
        """Those of the folds `names` that choose its epochs and settings by their validation clips, in their order.

        Of "final" and "2.final" these are the numbered folds beside it, of "deploy" all numbered ones; none of a fold
        that has a number itself.
        """
        if self.number is not None:
            return []
        folds = {name: Fold.parse(name) for name in names}
        return [
            name
            for name, fold in folds.items()
            if fold.number is not None and (self.is_deploy or fold.outer == self.outer)
        ]


def is_name(name: str) -> bool:
    """Whether `name` is a fold's name."""
    return NAME.fullmatch(name) is not None
