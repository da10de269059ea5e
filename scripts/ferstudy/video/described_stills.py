"""Faces on stills as `descriptor` describes those of clips: who is on the pictures that train a backbone."""

import logging
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np

from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.video.descriptor import Describer, patch_of

log = logging.getLogger(__name__)

MOST, SEED = 3000, 1  # stills that are described, a tenth of a second each, and by which draw
# The side of a still in sides of the face that is looked for in its middle; faces down to half of that, and larger ones
# up to the still, are found as well. The second is for crops with much around the face.
WIDE = (1.25, 2.0)


def drawn(rows: Sequence[dict[str, str]], most: int = MOST) -> list[str]:
    """The names of at most so many stills, the same on every call, and of a larger number the first.

    Each person gives one, then each a second one; a still that names nobody is a person of its own.
    """
    turns: Counter = Counter()
    found = []
    for place, at in enumerate(np.random.default_rng(SEED).permutation(len(rows))):
        who = ("subject", rows[at]["subject"]) if rows[at]["subject"] else ("still", rows[at]["still"])
        turns[who] += 1
        found.append((turns[who], place, rows[at]["still"]))
    return [still for *_, still in sorted(found)[:most]]


def descriptor(image: np.ndarray, describer: Describer) -> np.ndarray | None:
    """The descriptor (128,) of the face in the middle of a still, (h, w, 3) uint8 BGR; None where none is seen."""
    height, width = image.shape[:2]
    for wide in WIDE:
        side = min(height, width) / wide
        found = describer.descriptor(patch_of(image, np.array([(width - side) / 2, (height - side) / 2, side, side])))
        if found is not None:
            return found
    return None


def describe(stills: Sequence[str], pictures: Store, store: Writer) -> None:
    """Write a descriptor of each still, none of one that shows no face. Logs progress."""
    describer, seen = Describer(), 0
    begun = told = time.monotonic()
    for done, still in enumerate(stills, 1):
        found = descriptor(pictures.values(still)[0], describer)
        store.begin(still)
        if found is not None:
            store.add(found[None], frame=np.zeros(1, int))
            seen += 1
        store.end()
        if time.monotonic() - told > 30 or done == len(stills):
            told = time.monotonic()
            left = (told - begun) / done * (len(stills) - done)
            log.info("%d of %d stills, %d with a frontal face, %.0f s left", done, len(stills), seen, left)
