"""The shape of a face: landmarks without where the face is, how large it is and how it leans."""

import numpy as np

BRIDGE = slice(27, 31)  # the points of the nose's bridge, which no expression moves and no blink either
EYES = (slice(36, 42), slice(42, 48))  # the points around each eye; of the picture's left one first
LEAST = 1e-3  # of the crop's side: eyes are never closer, and nothing is divided by nothing


def shape(points: np.ndarray) -> np.ndarray:
    """`points` (..., 68, 2), x to the right and y down, about the bridge of the nose, eyes level and 1 apart; float32.

    Numbered as in iBUG 300-W (Sagonas et al., ICCV Workshops 2013), as dlib's model gives them.
    """
    places = points.astype(float) @ (1, 1j)
    across = places[..., EYES[1]].mean(-1) - places[..., EYES[0]].mean(-1)
    across = np.where(np.abs(across) < LEAST, LEAST, across)
    placed = (places - places[..., BRIDGE].mean(-1)[..., None]) / across[..., None]
    return np.stack([placed.real, placed.imag], -1).astype("float32")
