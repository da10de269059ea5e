"""Cutting the stored arrays of a clip into the stretches that make its samples."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ferstudy.models.clip import ClipInputs
from ferstudy.models.sampling import positions, spread


def parts(clip: ClipInputs, sampling: Mapping[str, Any], role: str, label: str) -> list[ClipInputs]:
    """What each sample of `clip` may see, as clips of their own (see sampling.positions); views where possible.

    A flow segment belongs to a window if it lies wholly inside; a window without one is left out. With flow, `every`
    and uniform choose among the segments (those refer to crops, so none of these is taken away between them).

    Args:
        clip: its stored arrays.
        sampling: of the architecture, complete.
        role: train, validation or test: windows overlap in the first two only.
        label: its class, by which they overlap.
    """
    if clip.flow is None:
        return [frames(clip, index) for index in positions(len(clip.frame), sampling, role, label)]
    dense = {**sampling, "every": 1, "frames": sampling.get("frames", 0) * sampling["every"]}
    count = crops(clip)
    if not positions(count, sampling, role, label):  # too short
        return []
    if sampling["kind"] == "windows":
        stretches = [segments(clip, index[0], index[-1]) for index in positions(count, dense, role, label)]
    else:
        stretches = [clip]
    stretches = [choose(part, range(0, len(part.flow), sampling["every"])) for part in stretches]
    if sampling["kind"] == "uniform" and len(stretches[0].flow) > sampling["frames"]:
        stretches = [choose(stretches[0], spread(len(stretches[0].flow), sampling["frames"]))]
    return [part for part in stretches if len(part.flow)]


def crops(clip: ClipInputs) -> int:
    """How many crops the clip has; of a clip that comes as flow only, those that its segments span."""
    return len(clip.frame) if clip.faces is not None else int((clip.first + clip.length).max(initial=-1)) + 1


def frames(clip: ClipInputs, index: Sequence[int]) -> ClipInputs:
    """The frames of a clip without flow at the positions `index`."""
    at = slice(index.start, index.stop, index.step) if isinstance(index, range) else list(index)
    return replace(
        clip,
        frame=clip.frame[at],
        faces=None if clip.faces is None else clip.faces[at],
        features=None if clip.features is None else clip.features[at],
        landmarks=None if clip.landmarks is None else clip.landmarks[at],
    )


def segments(clip: ClipInputs, start: int, last: int) -> ClipInputs:
    """The crops `start` to `last` (inclusive) of a clip with flow, and the flow segments that lie wholly inside."""
    inside = np.flatnonzero((clip.first >= start) & (clip.first + clip.length <= last))
    part = choose(clip, inside)
    part = replace(part, first=part.first - start)
    if clip.faces is None:
        return part
    return replace(part, frame=clip.frame[start : last + 1], faces=clip.faces[start : last + 1])


def choose(clip: ClipInputs, which: Sequence[int] | np.ndarray) -> ClipInputs:
    """The flow segments `which` of a clip, with all of its crops."""
    which = np.asarray(which, dtype=int)
    return replace(
        clip,
        # Where there is flow only, the frame column is that of the segments.
        frame=clip.frame if clip.faces is not None else clip.frame[which],
        flow=clip.flow[which],
        first=clip.first[which],
        length=clip.length[which],
    )
