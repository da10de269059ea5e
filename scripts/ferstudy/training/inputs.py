"""Reading what a model needs of its clips from the stores."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models.clip import ClipInputs
from ferstudy.store.read import Store, clips_in


def load(needs: tuple[str, ...], stores: dict[str, list[Path]], wanted: Iterable[str]) -> dict[str, ClipInputs]:
    """The inputs of those clips of `wanted` that are in the stores of every kind in `needs`.

    Raises StudyError where a kind has no stores at all or no clip is found.
    """
    wanted = set(wanted)
    parts: dict[str, dict[str, dict[str, np.ndarray]]] = {}
    for kind in needs:
        if not stores.get(kind):
            raise StudyError(f"this model reads {kind}, and no store of {kind} was given (--{kind})")
        parts[kind] = {name: _arrays(kind, store, clip) for name, store, clip in clips_in(stores[kind], wanted)}
    covered = set.intersection(*(set(clips) for clips in parts.values()))
    if not covered:
        raise StudyError(
            f"none of the {len(wanted)} clips is in the stores of {' and '.join(needs)}; "
            "look at the rejected tables of this recipe for the reason"
        )
    return {name: together(name, needs, {kind: parts[kind][name] for kind in needs}) for name in sorted(covered)}


def together(name: str, needs: tuple[str, ...], arrays: dict[str, dict[str, np.ndarray]]) -> ClipInputs:
    """One clip from the arrays of each kind, by the field of ClipInputs that they fill."""
    # Later kinds do not overwrite the frame column of the first, which is that of the crops where there are crops.
    return ClipInputs(name, **{key: array for kind in reversed(needs) for key, array in arrays[kind].items()})


def _arrays(kind: str, store: Store, clip: str) -> dict[str, np.ndarray]:
    """The arrays of one clip from one store, by the field of ClipInputs that they fill."""
    arrays = {"frame": store.column(clip, "frame"), kind: store.values(clip)}
    if kind == "flow":
        arrays |= {"first": store.column(clip, "first"), "length": store.column(clip, "length")}
    return arrays
