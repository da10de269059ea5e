"""Describe the face in each clip of one shard by numbers that tell people apart, for the audit."""

import sys

import cv2

from ferstudy.command import run
from ferstudy.jobs.describe_people import DescribePeople
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.tables import shards
from ferstudy.video.descriptor import COLUMNS, NUMBERS, describe_all


def main(job: DescribePeople) -> None:
    """Write the store of descriptors."""
    cv2.setNumThreads(1)  # the workflow runs a process per core
    with Store(job.faces) as faces, Writer(job.out, (NUMBERS,), "float32", COLUMNS, {"leaf": job.leaf}) as store:
        describe_all(shards.read(job.clips), faces, store)


if __name__ == "__main__":
    sys.exit(run(main, DescribePeople))
