"""Render a dataset of built-in faces: videos in a raw layout, and a store with the truth about every frame."""

import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.jobs.make_synthetic import MakeSynthetic
from ferstudy.synthetic.dataset import plan, render

PROCESSES = 2  # the rule asks for as many threads


def main(job: MakeSynthetic) -> None:
    """Render the videos; the truth store is written last."""
    render(plan(job.render, job.classes), Path(job.root), Path(job.truth), PROCESSES)


if __name__ == "__main__":
    sys.exit(run(main, MakeSynthetic))
