"""Cut the face out of every frame of every clip of one shard."""

import argparse
import json
import sys

import cv2

from ferstudy.command import run, settings
from ferstudy.store.write import Writer
from ferstudy.tables import rejected, shards
from ferstudy.tables.write import write_rows
from ferstudy.video.faces import columns, extract_all
from ferstudy.video.recipe import Recipe


def main(argv: list[str] | None = None) -> None:
    """Write the store of crops and the table of what was rejected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", required=True, help="the shard's table")
    parser.add_argument("--recipe", required=True, type=settings, help="detector, tracker, align and crop as JSON")
    parser.add_argument("--leaf", required=True, help="the dataset's name")
    parser.add_argument("--shortest", type=int, default=1, help="clips of fewer frames are rejected")
    parser.add_argument("--out", required=True, help="the store to write")
    parser.add_argument("--rejected", required=True, help="the table of rejected clips to write")
    arguments = parser.parse_args(argv)
    cv2.setNumThreads(1)  # the workflow runs a process per core
    recipe = Recipe.of(arguments.recipe)
    attributes = {"leaf": arguments.leaf, "recipe": json.dumps(arguments.recipe, sort_keys=True)}
    with Writer(arguments.out, recipe.frame_shape, "uint8", columns(recipe), attributes) as store:
        rows = extract_all(shards.read(arguments.clips), recipe, store, arguments.shortest)
    write_rows(arguments.rejected, rejected.COLUMNS, rows)


if __name__ == "__main__":
    sys.exit(run(main))
