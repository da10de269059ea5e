"""Maps of what a model looked at, as pictures: over face crops where they may be shown, else alone."""

import matplotlib
import numpy as np
from PIL import Image

MAP_SIDE = 64  # px of a frame
COLOURS = "inferno"
COVER = 0.8  # how much of the crop the brightest place of a map hides


def map_strip(maps: np.ndarray, crops: np.ndarray | None) -> np.ndarray:
    """The maps (k, S, S) of a clip side by side, (MAP_SIDE, k * MAP_SIDE, 3) uint8 RGB.

    The brightest place of a clip is 1 in all of its frames; what speaks against the answer is 0. Crops (k, h, w, 1 or
    3) uint8 are grey below the colours. Without crops the colours stand alone, frames apart by a white line.
    """
    positive = np.maximum(maps, 0)
    heat = _sized(positive / (positive.max() or 1))
    colours = 255 * matplotlib.colormaps[COLOURS](heat)[..., :3]
    if crops is None:
        colours[:-1, :, -1] = 255
        frames = colours
    else:
        cover = COVER * heat[..., None]
        frames = (1 - cover) * _sized(crops.mean(-1))[..., None] + cover * colours
    return np.concatenate(list(frames.round().astype("uint8")), 1)


def face_strip(crop: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """A crop (h, w, 1 or 3) uint8 and maps (k, S, S) of it side by side, (MAP_SIDE, (1 + k) * MAP_SIDE, 3) uint8 RGB.

    What is negative is 0; the brightest place of all maps is 1.
    """
    positive = np.maximum(maps, 0)
    colours = 255 * matplotlib.colormaps[COLOURS](_sized(positive / (positive.max() or 1)))[..., :3]
    colours[:, :, 0] = 255
    face = np.stack(list(_sized(np.moveaxis(np.repeat(crop, 3, -1) if crop.shape[-1] == 1 else crop, -1, 0))), -1)
    return np.concatenate([face, *colours], 1).round().clip(0, 255).astype("uint8")


def _sized(pictures: np.ndarray) -> np.ndarray:
    """Pictures (k, h, w) as (k, MAP_SIDE, MAP_SIDE), float."""
    images = (Image.fromarray(one.astype("float32")) for one in pictures)
    return np.stack([np.asarray(one.resize((MAP_SIDE, MAP_SIDE), Image.Resampling.BILINEAR)) for one in images])
