"""Compute the optical flow of the face crops of one shard, summed over segments."""

import json
import logging
import sys
import time

import cv2
import numpy as np

from ferstudy.command import run
from ferstudy.jobs.compute_flow import ComputeFlow
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.video.flow import KEPT, METHODS

log = logging.getLogger(__name__)


def main(job: ComputeFlow) -> None:
    """Write the store of flow segments."""
    cv2.setNumThreads(1)  # the workflow runs a process per core
    segment, step = job.flow["segment"], job.flow["step"]
    segments = KEPT[job.flow["keep"]]
    estimate = METHODS[job.flow["method"]]()
    columns = {"first": ((), "i4"), "length": ((), "i4")}
    with Store(job.faces) as faces:
        attributes = {"leaf": faces.attributes.get("leaf", ""), "flow": json.dumps(job.flow, sort_keys=True)}
        shape = (*faces.shape[:2], 2)
        told = time.monotonic()
        with Writer(job.out, shape, "float16", columns, attributes) as store:
            for done, clip in enumerate(faces.clips, 1):
                frames = faces.column(clip, "frame")
                store.begin(clip)
                for first, length, flow in segments(faces.values(clip), segment, step, estimate):
                    store.add(flow[None], frames[[first]], first=np.array([first]), length=np.array([length]))
                store.end()
                if time.monotonic() - told > 30 or done == len(faces):
                    told = time.monotonic()
                    log.info("%d of %d clips", done, len(faces))


if __name__ == "__main__":
    sys.exit(run(main, ComputeFlow))
