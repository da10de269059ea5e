"""Pictures of the data as blocks of a page: counts and lengths, nothing yet drawn (see data_charts.py)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StackedBars:
    """A bar per row, made of parts: `counts` has a number for each row and part, `of` says what is counted."""

    id: str
    title: str
    note: str  # how to read it
    rows: tuple[str, ...]
    parts: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    of: str  # "clips", "subjects"

    @property
    def label(self) -> str:
        """The bars in words, for those who do not see them."""
        told = (
            f"{row}: {', '.join(f'{n} {part}' for part, n in zip(self.parts, own, strict=True) if n)}"
            for row, own in zip(self.rows, self.counts, strict=True)
        )
        return f"{self.title}, {self.of}. {'; '.join(told)}"

    @property
    def uprights(self) -> tuple[tuple[str, str], ...]:
        """No upright lines; the parts are named within the picture."""
        return ()
