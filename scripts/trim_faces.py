"""Cut the neutral beginnings and ends off the clips of one shard."""

import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ferstudy.command import run
from ferstudy.datasets import openface
from ferstudy.errors import StudyError
from ferstudy.jobs.trim_faces import TrimFaces
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.tables import curves, shards, trims
from ferstudy.tables.curves import IntensityCurve
from ferstudy.tables.trims import Cut, Trim
from ferstudy.tables.write import write_rows
from ferstudy.video.intensity import looked_at, of_crops
from ferstudy.video.length import Lengths
from ferstudy.video.times import OVERHANG, Times, times_of
from ferstudy.video.trim import PHASES, decide
from ferstudy.video.unusable import Unusable

log = logging.getLogger(__name__)
Curve = Callable[[str, np.ndarray, np.ndarray], np.ndarray | None]


def main(job: TrimFaces) -> None:
    """Write the store of what is kept, what was cut off each clip and why, and the curves that say so."""
    cv2.setNumThreads(1)  # the workflow runs a process per core
    if job.phases != PHASES:
        raise StudyError(
            f"{job.leaf}: clips with phases {job.phases!r} have no neutral beginning and end to cut off, "
            f"only {PHASES!r} is trimmed; take `trim` out of the recipe, or correct datasets/{job.leaf}/phases"
        )
    trim = job.trim
    videos = {part.clip: part.path for table in job.clips for part in shards.read(table)}
    cuts = trims.read_by_hand(job.trims) if job.trims else {}
    if videos:
        trims.check_known(job.trims, cuts, set(videos))
    with Store(job.faces) as faces:
        curve_of = from_openface(job.openface, videos) if trim["curve"] == "openface" else from_flow(faces)
        own = {clip: in_frames(cuts[clip], videos.get(clip, "")) for clip in faces.clips if clip in cuts}
        rows, drawn = trim_all(faces, trim, own, curve_of, job.leaf, job.store)
    write_rows(job.table, trims.COLUMNS, rows)
    write_rows(job.curves, curves.COLUMNS, drawn)


def in_frames(cut: Cut, video: str) -> Cut:
    """`cut`, its times as the frames of its `video` that are shown then.

    Raises StudyError where it ends after the video, and for times where nothing tells when frames are shown.
    """
    try:
        if cut.seconds:
            return at_times(cut, times_of(video))
        count = Lengths().below(Path(video), cut.last + 1) if video else None
    except Unusable as unusable:
        if not cut.seconds:  # the crops are there
            return cut
        raise StudyError(f"trims: {cut.clip!r} is to be cut by time, but {video}: {unusable.reason}") from unusable
    if count is not None:
        raise StudyError(f"trims: {cut.clip!r} is to be cut up to frame {cut.last}, but the last one is {count - 1}")
    return cut


def at_times(cut: Cut, times: Times) -> Cut:
    """`cut` in seconds as frames of a film with these `times`; raises StudyError where it ends after the picture."""
    if cut.last - times.end >= OVERHANG:
        ends = f"the picture ends at {times.end:.2f} s"
        raise StudyError(f"trims: {cut.clip!r} is to be cut up to {cut.last:.2f} s, but {ends}")
    first, end = times.frames(cut.first, cut.last)
    return Cut(cut.clip, first, end - 1)


def from_openface(folder: str | None, videos: dict[str, str]) -> Curve:
    """Curves that OpenFace made; raises StudyError if it is not said where they lie."""
    if not folder:
        raise StudyError("trim: curve is openface, but the dataset has no key `openface`, the folder of its CSV files")
    known = openface.files(folder)

    def curve(clip: str, frames: np.ndarray, _: np.ndarray) -> np.ndarray:
        return openface.curve(openface.file_of(clip, videos.get(clip, ""), known), frames)

    return curve


def from_flow(faces: Store) -> Curve:
    """Curves of the crops in `faces`."""
    crop = json.loads(faces.attributes["recipe"])["crop"]
    margin, extend = crop["margin"], crop["extend"]

    def curve(_: str, __: np.ndarray, crops: np.ndarray) -> np.ndarray | None:
        return of_crops([looked_at(image, margin, extend) for image in crops])

    return curve


def trim_all(
    faces: Store, trim: dict[str, Any], cuts: dict[str, Cut], curve_of: Curve, leaf: str, out: str
) -> tuple[list[Trim], list[IntensityCurve]]:
    """Write what is kept of every clip of `faces` to the store `out`; return what was decided, by which curves.

    Logs progress.
    """
    attributes = {**faces.attributes, "leaf": leaf, "trim": json.dumps(trim, sort_keys=True)}
    rows: list[Trim] = []
    drawn: list[IntensityCurve] = []
    begun = told = time.monotonic()
    with Writer(out, faces.shape, faces.dtype, {**faces.columns, "intensity": ((), "f4")}, attributes) as store:
        for done, clip in enumerate(faces.clips, 1):
            frames, crops = faces.column(clip, "frame"), faces.values(clip)
            curve, trouble = None, "nothing moves"
            try:
                curve = curve_of(clip, frames, crops)
            except openface.NoCurve as error:
                trouble = str(error)
            row = decide(clip, frames, curve, trouble, trim, cuts.get(clip))
            rows.append(row)
            drawn += [] if curve is None else [curves.curve(clip, frames, curve)]
            chosen = np.flatnonzero((frames >= row.first) & (frames <= row.last))
            part = slice(chosen[0], chosen[-1] + 1)
            intensity = np.full(len(frames), np.nan, np.float32) if curve is None else curve
            others = {name: faces.column(clip, name)[part] for name in faces.columns}
            store.begin(clip)
            store.add(crops[part], frames[part], **others, intensity=intensity[part])
            store.end()
            if row.decision != "trimmed":
                log.info("%s: %s, %s", clip, row.decision, row.why)
            if time.monotonic() - told > 30 or done == len(faces):
                told = time.monotonic()
                left = (told - begun) / done * (len(faces) - done)
                log.info("%d of %d clips, %.0f s left", done, len(faces), left)
    log.info("%s", ", ".join(f"{count} {name}" for name, count in Counter(row.decision for row in rows).items()))
    return rows, drawn


if __name__ == "__main__":
    sys.exit(run(main, TrimFaces))
