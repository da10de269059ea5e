"""Read what another tool has said of every frame of a shard's clips, as frame features."""

import sys
from collections.abc import Iterator

from ferstudy.command import run
from ferstudy.datasets import frame_store
from ferstudy.datasets.frame_store import Wanted
from ferstudy.jobs.read_tables import ReadTables
from ferstudy.provenance import table_files
from ferstudy.provenance.table_files import ClipFiles
from ferstudy.store.read import Store
from ferstudy.tables import frame_tables, shards
from ferstudy.tables.clip_rows import Span
from ferstudy.tables.frame_tables import BadTable, ClipTable, Columns
from ferstudy.tables.shards import Part


def main(job: ReadTables) -> None:
    """Write the store, the rejected table and the notes."""
    parts = shards.read(job.shard)
    lengths, own = _lengths(job.films), table_files.OF_CLIP in job.where["pattern"]
    read: dict[str, ClipTable | BadTable] = dict(tables(parts, table_files.of_clips(job.where), job))
    spans = {part.clip: Span(part.start or 0, part.end, lengths.get(part.clip), own) for part in parts}
    places = (job.store, job.rejected, job.notes)
    frame_store.write(parts, read, spans, Wanted(job.leaf, job.told["covered_frames"], job.shortest, *places))


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


def _lengths(films: str) -> dict[str, int]:
    """How many frames each clip has; nothing of those that could not be read."""
    if not films:
        return {}
    with Store(films) as store:
        return {clip: int(frames) for clip, frames in zip(store.clips, store.lengths, strict=True) if frames}


if __name__ == "__main__":
    sys.exit(run(main, ReadTables))
