"""Single frames of a fold's own clips, for a backbone that is trained on the dataset itself."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models.clip import ClipInputs
from ferstudy.store.read import clips_in

DEFAULTS = {"every": 1, "most": None}


def read_frames(stores: list[Path], wanted: Iterable[str], frames: dict) -> dict[str, ClipInputs]:
    """The crops of the `wanted` clips that are in `stores`, thinned: every `every`-th frame, `most` of those at most.

    Where `most` leaves some out, those that stay are spread evenly, the first and the last among them. Raises
    StudyError where no wanted clip has crops.
    """
    chosen, wanted = {**DEFAULTS, **frames}, set(wanted)
    crops = {}
    for name, store, clip in clips_in(stores, wanted):
        frame = store.column(clip, "frame")
        kept = np.arange(0, len(frame), chosen["every"])
        if chosen["most"] is not None and len(kept) > chosen["most"]:
            kept = kept[np.linspace(0, len(kept) - 1, chosen["most"]).round().astype(int)]
        crops[name] = ClipInputs(name, frame[kept], faces=store.values(clip)[kept])
    if not crops:
        raise StudyError(
            f"none of the {len(wanted)} clips has face crops in {', '.join(map(str, stores)) or 'no store at all'}; "
            "look at the rejected tables of this recipe for the reason"
        )
    return crops
