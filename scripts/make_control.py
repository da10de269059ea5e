"""Write the answers of a positive control, in the form in which others bring predictions."""

import sys

from ferstudy.command import run
from ferstudy.evaluation.controls import header, told
from ferstudy.jobs.make_control import MakeControl
from ferstudy.tables import clips
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.write import write_rows


def main(job: MakeControl) -> None:
    """Read, answer, write."""
    labels = {clip.clip: clip.label for clip in clips.read(job.clips)}
    rows = told(job.control, labels, read_folds(job.folds), job.classes, job.seed)
    write_rows(job.out, header(job.classes), rows)


if __name__ == "__main__":
    sys.exit(run(main, MakeControl))
