"""What a model answers while a clip is still going on: predictions from its beginning alone."""

import math
from collections.abc import Mapping

from ferstudy.models.clip import ClipInputs
from ferstudy.models.cut import crops, frames, segments
from ferstudy.tables.predictions import Predictions
from ferstudy.training.answered_rows import answered
from ferstudy.training.answering import Answering

SHARES = tuple(number / 10 for number in range(1, 11))  # of a clip's frames


def beginning(clip: ClipInputs, share: float) -> ClipInputs:
    """The first frames of a clip, so many that they are at least `share` (0..1] of all, and at least one.

    With flow, its segments that lie wholly within them.
    """
    whole = crops(clip) if clip.flow is not None else len(clip.frame)
    kept = min(whole, max(1, math.ceil(share * whole - 1e-9)))  # 0.7 of 10 frames are 7, whatever floats make of it
    return frames(clip, range(kept)) if clip.flow is None else segments(clip, 0, kept - 1)


def predicted(rows: Predictions, clips: Mapping[str, ClipInputs], answers: Answering, share: float) -> Predictions:
    """`rows` as they would be if of each clip no more than `share` had been seen.

    A clip too short by then for a single sample has no answer: `covered` is False, `predicted` empty.
    """
    found = [(number, beginning(clips[name], share)) for number, name in enumerate(rows.clip) if name in clips]
    return answered(rows, found, answers)
