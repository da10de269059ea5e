"""Compute the optical flow of the face crops of one shard, summed over segments."""

import argparse
import json
import logging
import sys
import time

import cv2
import numpy as np

from ferstudy.command import run, settings
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.video.flow import KEPT, METHODS

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Write the store of flow segments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", required=True, help="the store of crops")
    parser.add_argument("--flow", required=True, type=settings, help="method, segment, step and keep as JSON")
    parser.add_argument("--out", required=True, help="the store to write")
    arguments = parser.parse_args(argv)
    cv2.setNumThreads(1)  # the workflow runs a process per core
    segment, step = arguments.flow["segment"], arguments.flow["step"]
    segments = KEPT[arguments.flow["keep"]]
    estimate = METHODS[arguments.flow["method"]]()
    columns = {"first": ((), "i4"), "length": ((), "i4")}
    with Store(arguments.faces) as faces:
        attributes = {"leaf": faces.attributes.get("leaf", ""), "flow": json.dumps(arguments.flow, sort_keys=True)}
        shape = (*faces.shape[:2], 2)
        told = time.monotonic()
        with Writer(arguments.out, shape, "float16", columns, attributes) as store:
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
    sys.exit(run(main))
