"""Fingerprint every full frame of the clips of one shard, for the audit."""

import sys

import cv2

from ferstudy.command import run
from ferstudy.jobs.fingerprint_clips import FingerprintClips
from ferstudy.store.write import Writer
from ferstudy.tables import shards
from ferstudy.video.fingerprint import COLUMNS, SIZE, fingerprint_all


def main(job: FingerprintClips) -> None:
    """Write the store of fingerprints."""
    cv2.setNumThreads(1)  # the workflow runs a process per core
    with Writer(job.out, (SIZE, SIZE), "uint8", COLUMNS, {"leaf": job.leaf}) as store:
        fingerprint_all(shards.read(job.clips), store)


if __name__ == "__main__":
    sys.exit(run(main, FingerprintClips))
