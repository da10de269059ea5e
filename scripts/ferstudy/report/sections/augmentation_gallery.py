"""What augmentation does to faces: crops of a clip as they are and as training may see them, by the same code."""

import json
from typing import Any

import numpy as np

from ferstudy.models import augment
from ferstudy.report.blocks import Details, Heading, Side, Text
from ferstudy.report.figures import Strip
from ferstudy.report.numbers import listed
from ferstudy.report.records import DatasetResults, Results
from ferstudy.report.sections import example_faces
from ferstudy.report.shown_faces import frames
from ferstudy.report.strips import STRIP, side_by_side, small_picture

DRAWS = 4  # each has a seed of its own, 1 to DRAWS, so that the same study shows the same
HOW = (
    f"{STRIP} crops of one clip as they are, and as {DRAWS} draws make them, by the code that training uses: all "
    "frames of a clip are moved alike, and each epoch draws anew. A shift in pixels is one of the network's picture."
)


def gallery(results: Results, dataset: DatasetResults) -> Details | None:
    """Strips for each augmentation of the dataset's networks; None without one, or where no face may be shown."""
    used = _used(results, dataset)
    shown = [] if results.public else example_faces.chosen(dataset)
    if not used or not shown:
        return None
    clip = shown[0].clip
    found = frames(results, dataset, clip)
    if found is None:
        return None
    crops = found[np.linspace(0, len(found) - 1, STRIP).round().astype(int)]
    parts = [Text(HOW, "note")]
    for (told, size), names in used.items():
        options = json.loads(told)
        drawn = [augmented(crops, options, size, draw) for draw in range(1, DRAWS + 1)]
        strips = (_strip(clip, "as it is", crops), *(_strip(clip, f"draw {i}", one) for i, one in enumerate(drawn, 1)))
        settings = ", ".join(f"{name} {value}" for name, value in sorted(options.items()))
        parts += [Heading(f"{listed([f'`{name}`' for name in names])}: {settings}"), Side("strips", strips)]
    return Details(f"What augmentation makes of faces of {dataset.name}", tuple(parts))


def augmented(crops: np.ndarray, options: dict[str, Any], size: int, seed: int) -> np.ndarray:
    """Crops (n, h, w, c) uint8 of one clip as one draw of `options` makes them for a network of `size` px."""
    pictures = crops[None].astype("float32") / 127.5 - 1
    moves = augment.draw(np.random.default_rng(seed), 1, options)
    if moves.pixels:
        moves = moves._replace(shift=moves.shift * crops.shape[1] / size)
    pictures = augment.light(augment.move(pictures, moves), moves)
    return np.clip((pictures[0] + 1) * 127.5, 0, 255).round().astype("uint8")


def _used(results: Results, dataset: DatasetResults) -> dict[tuple[str, int], list[str]]:
    """{(options as JSON, the network's size in px): the architectures of the dataset that have them}."""
    names = sorted({own.model for own in results.models if own.dataset == dataset.name and own.family})
    used: dict[tuple[str, int], list[str]] = {}
    for name in names:
        entry = results.study.architectures[name]
        if options := entry["training"].get("augmentation"):
            size = entry["settings"].get("size") or 1
            used.setdefault((json.dumps(options, sort_keys=True), size), []).append(name)
    return used


def _strip(clip: str, text: str, crops: np.ndarray) -> Strip:
    pixels = side_by_side(crops)
    return Strip(clip, text, small_picture(pixels), pixels.shape[1], pixels.shape[0])
