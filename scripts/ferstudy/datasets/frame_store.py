"""The store, the rejected clips and the notes of what was said of every frame of a shard's clips."""

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ferstudy.store.write import Writer
from ferstudy.tables import rejected
from ferstudy.tables.clip_rows import ClipRows, Span, rows_of
from ferstudy.tables.frame_tables import BadTable, ClipTable
from ferstudy.tables.rejected import Note, Rejected
from ferstudy.tables.shards import Part
from ferstudy.tables.write import write_rows

log = logging.getLogger(__name__)


class Wanted(NamedTuple):
    """Which clips are kept, and where what comes of them is written."""

    leaf: str
    covered_frames: float
    shortest: int
    store: str
    rejected: str
    notes: str


def write(
    parts: Sequence[Part], read: Mapping[str, ClipTable | BadTable], spans: Mapping[str, Span], wanted: Wanted
) -> None:
    """Write the good rows of each clip of `read` that lie in its span, and why the others have none."""
    names = frequent(read)
    kept: dict[str, ClipRows] = {}
    refused, notes = [], []
    for part in parts:
        try:
            if isinstance(read[part.clip], BadTable):
                raise read[part.clip]
            rows = rows_of(read[part.clip], names, spans[part.clip], wanted.covered_frames, wanted.shortest)
            kept[part.clip] = rows
            notes += [Note(part.path, part.clip, text) for text in read[part.clip].notes]
        except BadTable as bad:
            refused.append(Rejected(part.path, part.clip, "tables", bad.reason, bad.detail))
    attributes = {"leaf": wanted.leaf, "columns": json.dumps(names)}
    with Writer(wanted.store, (max(1, len(names)),), "float32", {"of": ((), "i4")}, attributes) as store:
        for clip, rows in kept.items():
            store.begin(clip)
            store.add(rows.values, rows.frame, of=np.full(len(rows.frame), rows.of))
            store.end()
    write_rows(wanted.rejected, rejected.COLUMNS, refused)
    write_rows(wanted.notes, Note._fields, notes)
    log.info("%d of %d clips have usable rows of %d columns: %s", len(kept), len(parts), len(names), ", ".join(names))


def frequent(read: Mapping[str, ClipTable | BadTable]) -> tuple[str, ...]:
    """The columns that most tables have, in the order of names: the others have other features."""
    counted = Counter(tuple(sorted(one.names)) for one in read.values() if isinstance(one, ClipTable))
    return min(counted, key=lambda names: (-counted[names], names)) if counted else ()
