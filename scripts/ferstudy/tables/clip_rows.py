"""Which rows of a table are frames of a clip, and whether they are enough."""

from typing import NamedTuple

import numpy as np

from ferstudy.tables.frame_tables import BadTable, ClipTable

SLACK = 2  # frames by which readers of videos differ at the end


class Span(NamedTuple):
    """Where a clip lies in its film."""

    start: int
    end: int | None  # one past the last frame; None: the film's end
    frames: int | None  # how many there are, where the film is known
    own: bool  # whether its table is of the clip alone, and counts frames from its start

    @property
    def length(self) -> int | None:
        """How many frames the clip has, where that is known."""
        return self.frames if self.end is None else self.end - self.start


class ClipRows(NamedTuple):
    """What is stored of a clip."""

    frame: np.ndarray  # (n,) of the film
    values: np.ndarray  # (n, features)
    of: int  # frames of the clip


def rows_of(table: ClipTable, names: tuple[str, ...], span: Span, share: float, shortest: int) -> ClipRows:
    """The good rows of a clip; raises BadTable where they are fewer than `share` of its frames, or than `shortest`."""
    if set(table.names) != set(names):
        strange, lacking = sorted(set(table.names) - set(names)), sorted(set(names) - set(table.names))
        told = [f"lacks {', '.join(lacking)}"] * bool(lacking) + [f"also has {', '.join(strange)}"] * bool(strange)
        raise BadTable("other columns", f"{len(table.names)} columns, most tables have {len(names)}: {'; '.join(told)}")
    frame = table.frame if span.own else table.frame - span.start
    inside = frame >= 0
    if span.length is not None:
        last, whole = frame.max(), span.own or span.end is None
        if whole and last >= span.length + SLACK:
            what = "clip" if span.own else "video"
            raise BadTable(f"table longer than the {what}", f"{last + 1} frames, the {what} has {span.length}")
        inside &= frame < span.length
    of = span.length or int(frame.max(initial=0)) + 1
    good = inside & table.good
    if inside.sum() < share * of:
        raise BadTable(
            "table lacks frames", f"rows for {inside.sum()} of {of} frames, covered_frames asks for {share:g}"
        )
    if good.sum() < max(share * of, shortest, 1):
        found = f"{good.sum()} of {of} frames have all numbers and the least confidence"
        raise BadTable("too few sure frames", f"{found}, covered_frames asks for {share:g}, the dataset for {shortest}")
    order = [table.names.index(name) for name in names]
    return ClipRows(frame[good] + span.start, table.values[good][:, order], of)
