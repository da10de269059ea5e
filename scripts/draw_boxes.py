"""Draw the boxes that were found into frames of some clips of each class."""

import json
import logging
import sys

from ferstudy.command import run
from ferstudy.jobs.draw_boxes import DrawBoxes
from ferstudy.store.read import clips_in
from ferstudy.tables import clips
from ferstudy.video import boxed
from ferstudy.video.unusable import Unusable
from ferstudy.whole_files import write_text


def main(job: DrawBoxes) -> None:
    """Write the pictures; a video that cannot be read any more has none."""
    chosen = {clip.clip: clip for clip in boxed.chosen(clips.read(job.clips), job.people)}
    pictures = {}
    for name, store, _ in clips_in(job.faces, set(chosen)):
        try:
            pictures[name] = boxed.picture(chosen[name], store)
        except Unusable as error:
            logging.getLogger(__name__).warning("%s: %s %s", name, error.reason, error.detail)
    write_text(job.out, json.dumps(pictures))


if __name__ == "__main__":
    sys.exit(run(main, DrawBoxes))
