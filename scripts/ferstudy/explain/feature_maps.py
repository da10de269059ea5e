"""What a backbone makes of a face: of the maps of its last convolution those that are most active."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from ferstudy.explain.chosen_clips import ChosenClip
from ferstudy.explain.explained import MOST_ACTIVE, SIDE, FaceMaps
from ferstudy.explain.last_convolutions import cut
from ferstudy.explain.network_view import describe_crops, reader_of
from ferstudy.models import bundle, saved_network
from ferstudy.models.clip import ClipInputs
from ferstudy.models.resize import resize


def of_faces(
    path: Path, layer: str, clips: Sequence[tuple[ChosenClip, ClipInputs]]
) -> tuple[list[FaceMaps], dict[str, Any]]:
    """The maps of the middle crop of each clip, and what they are of; nothing without clips or convolutions.

    Active is the map with the highest mean over its places.
    """
    parted = cut(saved_network.up_to(saved_network.load(path), layer)) if clips else None
    if parted is None:
        return [], {}
    middle = [len(one.frame) // 2 for _, one in clips]
    crops = np.stack([one.faces[at] for (_, one), at in zip(clips, middle, strict=True)])
    pictures = ops.convert_to_tensor(describe_crops(reader_of(bundle.describe(path)), crops))
    maps = np.asarray(keras.tree.flatten(parted.before({"image": pictures}))[0]).astype("float32")
    found = []
    for (chosen, clip), at, own in zip(clips, middle, np.moveaxis(maps, -1, 1), strict=True):
        most = np.argsort(-own.mean((1, 2)), kind="stable")[:MOST_ACTIVE]
        drawn = resize(own[most][..., None], SIDE)[..., 0]
        found.append(FaceMaps(chosen.clip, chosen.truth, int(clip.frame[at]), most, drawn))
    return found, {"layer": parted.names[0], "maps": maps.shape[-1]}
