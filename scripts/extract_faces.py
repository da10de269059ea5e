"""Cut the face out of every frame of every clip of one shard."""

import json
import sys

import cv2

from ferstudy.command import run
from ferstudy.jobs.extract_faces import ExtractFaces
from ferstudy.store.write import Writer
from ferstudy.tables import rejected, shards
from ferstudy.tables.write import write_rows
from ferstudy.video.faces import columns, extract_all
from ferstudy.video.recipe import Recipe


def main(job: ExtractFaces) -> None:
    """Write the store of crops and the table of what was rejected."""
    cv2.setNumThreads(1)  # the workflow runs a process per core
    recipe = Recipe.of(job.recipe)
    attributes = {"leaf": job.leaf, "recipe": json.dumps(job.recipe, sort_keys=True)}
    with Writer(job.store, recipe.frame_shape, "uint8", columns(recipe), attributes) as store:
        rows = extract_all(shards.read(job.clips), recipe, store, job.shortest)
    write_rows(job.rejected, rejected.COLUMNS, rows)


if __name__ == "__main__":
    sys.exit(run(main, ExtractFaces))
