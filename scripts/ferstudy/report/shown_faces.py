"""The pictures of faces that the page may show."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from ferstudy import paths
from ferstudy.report.records import DatasetResults, Results
from ferstudy.report.study_files import StudyFiles, read_json
from ferstudy.store.read import Store
from ferstudy.study import files


def frames(results: Results, dataset: DatasetResults, clip: str) -> np.ndarray | None:
    """The crops (n, height, width, channels), uint8, of a clip; None where no store that is not stale has it.

    Trimmed ones come first; the page of the data stage is made before there are any.
    """
    cut = [face for face in dataset.faces if face.what == "faces"]
    every = [(face.leaf, face.recipe, number) for face in cut for number in results.study.shards]
    stores = [files.crops(results.study, *one) for one in every] + [paths.faces(*one) for one in every]

    def crops(path: Path) -> np.ndarray | None:
        opened, name = _store_and_name(path, clip)
        return opened.values(name) if name in opened else None

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
        opened, name = _store_and_name(path, clip)
        if name not in opened:
            return None
        place = {frame: i for i, frame in enumerate(opened.column(name, "frame").tolist())}
        known = all(frame in place for frame in wanted.tolist())
        return opened.values(name)[[place[frame] for frame in wanted.tolist()]] if known else None

    have = StudyFiles(results.folder, results.stale)
    found = (have.read(path, "face crops", crops) for path in stores)
    return next((pixels for pixels in found if pixels is not None), None)


def _store_and_name(path: Path, clip: str) -> tuple[Store, str]:
    """The store, and what it would call a clip; those of a leaf do not say its name, which the tables of a union do."""
    stat = path.stat()
    opened = _opened(path, (stat.st_ino, stat.st_size, stat.st_mtime_ns))
    return opened, clip if clip in opened else clip.removeprefix(f"{opened.attributes.get('leaf')}/")


@lru_cache(maxsize=32)
def _opened(path: Path, version: tuple[int, ...]) -> Store:
    """Stays open: a page shows hundreds of clips of one store, and to open it reads what is said of all of them."""
    return Store(path)


def boxes(results: Results, dataset: DatasetResults) -> dict[str, dict]:
    """{clip: frames with the boxes that were found} (see video/boxed.Boxed), where draw_boxes has made them."""
    have, found = StudyFiles(results.folder, results.stale), {}
    for face in (face for face in dataset.faces if face.what == "faces"):
        drawn = have.read(paths.boxes(face.leaf, face.recipe), "boxes", read_json) or {}
        prefix = f"{face.leaf}/" if len(dataset.leaves) > 1 else ""
        found = {**{f"{prefix}{clip}": picture for clip, picture in drawn.items()}, **found}
    return found
