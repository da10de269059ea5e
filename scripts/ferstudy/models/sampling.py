"""Which frames of a clip a network sees at once: the whole clip, evenly spread frames, or windows.

`sampling` of an architecture is {kind, every, overlap, shortest} and, unless it is the whole clip, {frames}. Only
numbers are handled here: `models.cut` applies them to stored arrays. The standard library alone, so that a config can
be checked when it is read.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ferstudy.errors import StudyError

KEYS = ("kind", "frames", "every", "overlap", "shortest")
KINDS = ("whole", "uniform", "windows")
OVERLAPPING = ("train", "validation")  # what is tested is seen once


def check(sampling: Mapping[str, Any], classes: Collection[str] | None = None) -> None:
    """Raise StudyError, with the key, where `sampling` is wrong or names none of `classes` (None = not compared)."""
    if unknown := sorted(sampling.keys() - set(KEYS)):
        raise StudyError(f"sampling: unknown key {unknown[0]!r}, expected some of {', '.join(KEYS)}")
    kind, frames = sampling["kind"], sampling.get("frames")
    if kind not in KINDS:
        raise StudyError(f"sampling/kind: {kind!r} is none of {', '.join(KINDS)}")
    for key in ("every", "shortest"):
        if not _whole(sampling[key]) or sampling[key] < 1:
            raise StudyError(f"sampling/{key}: found {sampling[key]!r}, expected a whole number of at least 1")
    if kind == "whole":
        if frames is not None:
            raise StudyError(
                "sampling/frames: means nothing with kind whole; take kind uniform or windows, or remove it"
            )
    else:
        least = 2 if kind == "uniform" else 1  # the first and the last
        if not _whole(frames) or frames < least:
            raise StudyError(f"sampling/frames: found {frames!r}, expected a whole number of at least {least}")
        if sampling["shortest"] > frames:
            raise StudyError(
                f"sampling/shortest: found {sampling['shortest']}, expected at most sampling/frames ({frames}); "
                "a clip that fills a sample is long enough"
            )
    _check_overlap(sampling["overlap"], kind, classes)


def _check_overlap(overlap: Any, kind: str, classes: Collection[str] | None) -> None:
    if not isinstance(overlap, Mapping):
        raise StudyError(f"sampling/overlap: found {overlap!r}, expected a share for each class, as {{happiness: 0.5}}")
    if overlap and kind != "windows":
        raise StudyError(f"sampling/overlap: only windows overlap, and kind is {kind}; remove it, or take kind windows")
    for label, share in overlap.items():
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share < 1:
            raise StudyError(f"sampling/overlap/{label}: found {share!r}, expected a share from 0 to below 1")
        if classes is not None and label not in classes:
            raise StudyError(f"sampling/overlap/{label}: is none of the classes {', '.join(sorted(classes))}")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def positions(count: int, sampling: Mapping[str, Any], role: str, label: str) -> list[Sequence[int]]:
    """The positions, ascending from 0 to `count` - 1, that each sample of a clip of `count` frames takes.

    First every `every`-th frame is kept; `frames` and `shortest` count those. Fewer than `shortest`: no sample.
    "whole": one sample of all. "uniform": one sample of `frames` evenly spread ones, the first and the last among them.
    "windows": stretches of `frames` from the start on; one begins every `stride(frames, overlap of the class)` frames,
    in any role but train and validation every `frames`; a rest that fills no window is left out. A clip with fewer than
    `frames` is one shorter sample of all its frames.
    """
    every = sampling["every"]
    kept = range(0, count, every)
    if not kept or len(kept) < sampling["shortest"]:
        return []
    if sampling["kind"] == "whole" or len(kept) <= sampling["frames"]:
        return [kept]
    frames = sampling["frames"]
    if sampling["kind"] == "uniform":
        return [[kept[i] for i in spread(len(kept), frames)]]
    step = stride(frames, sampling["overlap"].get(label, 0) if role in OVERLAPPING else 0)
    return [kept[start : start + frames] for start in range(0, len(kept) - frames + 1, step)]


def spread(count: int, frames: int) -> list[int]:
    """`frames` (2 to `count`) evenly spread positions from 0 to `count` - 1, both included.

    Rounded alike from both ends, so that a reversed clip gives the same frames (but for the middle one of an odd
    number, where two are equally near).
    """
    first = [math.floor(i * (count - 1) / (frames - 1) + 0.5) for i in range((frames + 1) // 2)]
    return first + [count - 1 - position for position in reversed(first[: frames // 2])]


def stride(frames: int, overlap: float) -> int:
    """Frames from the start of a window to that of the next one: frames * (1 - overlap), halves up, at least 1.

    16 frames: 8 at an overlap of 0.5, 11 at 0.3.
    """
    # Rounded first: 10 * (1 - 0.55) is 4.4999..., and means 4.5.
    return max(1, math.floor(round(frames * (1 - overlap), 9) + 0.5))
