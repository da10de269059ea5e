"""Fingerprint every full frame of the clips of one shard, for the audit."""

import argparse
import sys

import cv2

from ferstudy.command import run
from ferstudy.store.write import Writer
from ferstudy.tables import shards
from ferstudy.video.fingerprint import COLUMNS, SIZE, fingerprint_all


def main(argv: list[str] | None = None) -> None:
    """Write the store of fingerprints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", required=True, help="the shard's table")
    parser.add_argument("--leaf", required=True, help="the dataset's name")
    parser.add_argument("--out", required=True, help="the store to write")
    arguments = parser.parse_args(argv)
    cv2.setNumThreads(1)  # the workflow runs a process per core
    with Writer(arguments.out, (SIZE, SIZE), "uint8", COLUMNS, {"leaf": arguments.leaf}) as store:
        fingerprint_all(shards.read(arguments.clips), store)


if __name__ == "__main__":
    sys.exit(run(main))
