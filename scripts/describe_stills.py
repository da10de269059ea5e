"""Describe the faces on stills that train backbones by numbers that tell people apart, for the audit."""

import sys

import cv2

from ferstudy.command import run
from ferstudy.jobs.describe_stills import DescribeStills
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.tables.stills import training
from ferstudy.video.described_stills import describe, drawn
from ferstudy.video.descriptor import NUMBERS


def main(job: DescribeStills) -> None:
    """Write the store of descriptors."""
    cv2.setNumThreads(1)  # the workflow runs a process per core
    with Store(job.pictures) as pictures, Writer(job.out, (NUMBERS,), "float32", {}, {"leaf": job.name}) as store:
        describe(drawn(training(job.table)), pictures, store)


if __name__ == "__main__":
    sys.exit(run(main, DescribeStills))
