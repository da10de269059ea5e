"""Find the 68 landmarks of dlib's regression trees in the face crops of one shard.

Every clip that has crops gets landmarks: the trees always give points, so there is no table of rejected clips. They
were trained on iBUG 300-W, whose licence excludes commercial use.
"""

import json
import logging
import sys
import time

import cv2

from ferstudy.command import run
from ferstudy.jobs.find_landmarks import FindLandmarks
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.video.face_in_crop import face_in_crop
from ferstudy.video.landmarks import COUNT, Landmarks, of_crops

log = logging.getLogger(__name__)


def main(job: FindLandmarks) -> None:
    """Write the store of landmarks, (68, 2) float32 per frame in parts of the crop's side."""
    cv2.setNumThreads(1)  # the workflow runs a process per core
    finder = Landmarks(job.model)
    with Store(job.faces) as faces:
        crop = json.loads(faces.attributes["recipe"])["crop"]
        box = face_in_crop(faces.shape[0], crop["margin"], crop["extend"])
        attributes = {"leaf": faces.attributes["leaf"]}
        told = time.monotonic()
        with Writer(job.out, (COUNT, 2), "float32", attributes=attributes) as store:
            for done, clip in enumerate(faces.clips, 1):
                store.begin(clip)
                store.add(of_crops(finder, faces.values(clip), box), faces.column(clip, "frame"))
                store.end()
                if time.monotonic() - told > 30 or done == len(faces):
                    told = time.monotonic()
                    log.info("%d of %d clips", done, len(faces))


if __name__ == "__main__":
    sys.exit(run(main, FindLandmarks))
