"""Make the crops of the clips of one shard on which a negative control is trained."""

import logging
import sys

import cv2
import numpy as np

from ferstudy.command import run
from ferstudy.jobs.control_crops import ControlCrops
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.tables import shards
from ferstudy.tables.shards import Part
from ferstudy.video import hidden
from ferstudy.video.unusable import Unusable

log = logging.getLogger(__name__)


def main(job: ControlCrops) -> None:
    """Write a store with the clips, frames and columns of the store of crops, and other pixels."""
    cv2.setNumThreads(1)  # the workflow runs a process per core
    parts = {part.clip: part for part in shards.read(job.clips)} if job.clips else {}
    with Store(job.faces) as faces:
        attributes = {**faces.attributes, "control": job.control}
        with Writer(job.out, faces.shape, faces.dtype, faces.columns, attributes) as out:
            for clip in faces.clips:
                try:
                    crops = seen(job, faces, clip, parts.get(clip))
                except Unusable as error:
                    log.warning("%s: left out, %s %s", clip, error.reason, error.detail)
                    continue
                out.begin(clip)
                columns = {name: faces.column(clip, name) for name in faces.columns}
                out.add(crops, faces.column(clip, "frame"), **columns)
                out.end()
            log.info("%s: %d clips", job.control, len(faces))


def seen(job: ControlCrops, faces: Store, clip: str, part: Part | None) -> np.ndarray:
    """The crops (n, size, size, channels) that the control is shown of a clip; raises Unusable as Film does."""
    if job.control == "first_frame":
        return hidden.first_frame(faces.values(clip))
    if job.control == "face_masked":
        return hidden.face_masked(faces.values(clip), job.crop["margin"], job.crop["extend"])
    return hidden.background_only(part, faces.column(clip, "frame"), faces.column(clip, "box"), faces.shape)


if __name__ == "__main__":
    sys.exit(run(main, ControlCrops))
