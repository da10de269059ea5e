"""The pictures of faces that the page may show."""

from pathlib import Path

import numpy as np

from ferstudy import paths
from ferstudy.report.records import DatasetResults, Results
from ferstudy.report.study_files import StudyFiles, read_json
from ferstudy.store import read as store
from ferstudy.study import files


def frames(results: Results, dataset: DatasetResults, clip: str) -> np.ndarray | None:
    """The crops (n, height, width, channels), uint8, of a clip; None where no store that is not stale has it.

    Trimmed ones come first; the page of the data stage is made before there are any.
    """
    cut = [face for face in dataset.faces if face.what == "faces"]
    every = [(face.leaf, face.recipe, number) for face in cut for number in results.study.shards]
    stores = [files.crops(results.study, *one) for one in every] + [paths.faces(*one) for one in every]

    def crops(path: Path) -> np.ndarray | None:
        return next((opened.values(name) for _, opened, name in store.clips_in([path], {clip})), None)

    # Asked for one picture alone: a missing or damaged store costs that picture and is no hole of the page.
    have = StudyFiles(results.folder, results.stale)
    found = (have.read(path, "face crops", crops) for path in dict.fromkeys(stores))
    return next((pixels for pixels in found if pixels is not None), None)


def crops_at(
    results: Results, dataset: DatasetResults, recipe: str, clip: str, wanted: np.ndarray
) -> np.ndarray | None:
    """The crops (k, height, width, channels) that a recipe has of the source frames `wanted`; None where one lacks."""
    stores = [files.crops(results.study, leaf, recipe, n) for leaf in dataset.leaves for n in results.study.shards]

    def crops(path: Path) -> np.ndarray | None:
        for _, opened, name in store.clips_in([path], {clip}):
            place = {frame: i for i, frame in enumerate(opened.column(name, "frame").tolist())}
            if all(frame in place for frame in wanted.tolist()):
                return opened.values(name)[[place[frame] for frame in wanted.tolist()]]
        return None

    have = StudyFiles(results.folder, results.stale)
    found = (have.read(path, "face crops", crops) for path in stores)
    return next((pixels for pixels in found if pixels is not None), None)


def boxes(results: Results, dataset: DatasetResults) -> dict[str, dict]:
    """{clip: frames with the boxes that were found} (see video/boxed.Boxed), where draw_boxes has made them."""
    have, found = StudyFiles(results.folder, results.stale), {}
    for face in (face for face in dataset.faces if face.what == "faces"):
        drawn = have.read(paths.boxes(face.leaf, face.recipe), "boxes", read_json) or {}
        prefix = f"{face.leaf}/" if len(dataset.leaves) > 1 else ""
        found = {**{f"{prefix}{clip}": picture for clip, picture in drawn.items()}, **found}
    return found
