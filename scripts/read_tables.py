"""Read what another tool has said of every frame of a shard's clips, as frame features."""

import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np

from ferstudy.command import run
from ferstudy.jobs.read_tables import ReadTables
from ferstudy.provenance import table_files
from ferstudy.provenance.table_files import ClipFiles
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.tables import frame_tables, rejected, shards
from ferstudy.tables.clip_rows import ClipRows, Span, rows_of
from ferstudy.tables.frame_tables import BadTable, ClipTable, Columns
from ferstudy.tables.rejected import Note, Rejected
from ferstudy.tables.shards import Part
from ferstudy.tables.write import write_rows

log = logging.getLogger(__name__)


def main(job: ReadTables) -> None:
    """Write the store, the rejected table and the notes."""
    parts = shards.read(job.shard)
    lengths = _lengths(job.films)
    read: dict[str, ClipTable | BadTable] = dict(tables(parts, table_files.of_clips(job.where), job))
    names = frequent(read)
    kept: dict[str, ClipRows] = {}
    refused, notes = [], []
    for part in parts:
        try:
            if isinstance(read[part.clip], BadTable):
                raise read[part.clip]
            span = Span(part.start or 0, part.end, lengths.get(part.clip), table_files.OF_CLIP in job.where["pattern"])
            kept[part.clip] = rows_of(read[part.clip], names, span, job.told["covered_frames"], job.shortest)
            notes += [Note(part.path, part.clip, text) for text in read[part.clip].notes]
        except BadTable as bad:
            refused.append(Rejected(part.path, part.clip, "tables", bad.reason, bad.detail))
    attributes = {"leaf": job.leaf, "columns": json.dumps(names)}
    with Writer(job.store, (max(1, len(names)),), "float32", {"of": ((), "i4")}, attributes) as store:
        for clip, rows in kept.items():
            store.begin(clip)
            store.add(rows.values, rows.frame, of=np.full(len(rows.frame), rows.of))
            store.end()
    write_rows(job.rejected, rejected.COLUMNS, refused)
    write_rows(job.notes, Note._fields, notes)
    log.info(
        "%d of %d clips have a usable table of %d columns: %s", len(kept), len(parts), len(names), ", ".join(names)
    )


def tables(
    parts: list[Part], files: dict[str, ClipFiles], job: ReadTables
) -> Iterator[tuple[str, ClipTable | BadTable]]:
    """The table of each clip, or why it has none; one of all clips is read once."""
    whole: dict[str, dict[str, Columns] | BadTable] = {}
    for part in parts:
        try:
            path = _the_file(files[part.clip])
            if not table_files.is_of_all(job.where["pattern"]):
                columns = frame_tables.read(path)
            else:
                if path not in whole:
                    whole[path] = _of_all(path)
                columns = _named(whole[path], part.clip, path)
            yield part.clip, frame_tables.of_clip(columns, job.told)
        except BadTable as bad:
            yield part.clip, bad


def _the_file(files: ClipFiles) -> str:
    if not files.found:
        raise BadTable("no table", f"there is no file {files.looked_for}")
    if len(files.found) > 1:
        raise BadTable("two tables", f"{' and '.join(files.found)}; expected one file {files.looked_for}")
    if files.films > 1:
        raise BadTable(
            "table of several videos", f"{files.found[0]} is found for {files.films} videos; expected one each"
        )
    return files.found[0]


def _of_all(path: str) -> dict[str, Columns] | BadTable:
    try:
        return frame_tables.of_each_clip(frame_tables.read(path))
    except BadTable as bad:
        return bad


def _named(whole: dict[str, Columns] | BadTable, clip: str, path: str) -> Columns:
    if isinstance(whole, BadTable):
        raise whole
    if clip not in whole:
        raise BadTable("no table", f"no row of {path} names this clip; it names {', '.join(list(whole)[:3])}, ...")
    return whole[clip]


def frequent(read: dict[str, ClipTable | BadTable]) -> tuple[str, ...]:
    """The columns that most tables have, in the order of names: the others have other features."""
    counted = Counter(tuple(sorted(one.names)) for one in read.values() if isinstance(one, ClipTable))
    return min(counted, key=lambda names: (-counted[names], names)) if counted else ()


def _lengths(films: str) -> dict[str, int]:
    """How many frames each clip has; nothing of those that could not be read."""
    if not films:
        return {}
    with Store(films) as store:
        return {clip: int(frames) for clip, frames in zip(store.clips, store.lengths, strict=True) if frames}


if __name__ == "__main__":
    sys.exit(run(main, ReadTables))
