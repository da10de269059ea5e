"""How wide the interval of a score will be, before anything is trained: from the people and clips that are tested."""

import math

from ferstudy.evaluation.intervals import T_FROM
from ferstudy.protocols.linked_people import roots
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import Folds, repeats

SCORE, ALIKE = 0.7, 0.2  # what is supposed: the UAR, and how alike the clips of one person are
SUPPOSED = (
    f"Half of the 95 % interval that a test UAR of {SCORE} will have, if clips of one person are as alike as a "
    f"correlation of {ALIKE}:"
)


def half_width(people: int, clips: int) -> float:
    """Half of the interval of a UAR of SCORE on so many `clips` of so many `people`.

    Clips of one person tell less than as many of others: together they are worth clips / (1 + (m - 1) ALIKE), where m
    are the clips of a person.
    """
    effective = clips / (1 + (clips / people - 1) * ALIKE)
    return 1.96 * math.sqrt(SCORE * (1 - SCORE) / effective)


def expected(clips: list[Clip], folds: Folds, scored: str) -> list[str]:
    """What is to be expected of a protocol, a line for each score that it will have; none where nothing is tested.

    `scored` says how test rows become scores, as protocols.kinds.scored does. People who share a group count as one.
    """
    tested = {fold: roles["test"] for fold, roles in folds.items() if roles["test"]}
    if not tested:
        return []
    if scored == "apart":
        return [f"{fold}: {_of(clips, names)}" for fold, names in tested.items()]
    if repeats(folds, {"repeats": scored == "repeats"}):
        first = next(iter(tested.values()))
        return [f"{len(tested)} repeats, of the first alone: {_of(clips, first)}"]
    return [_of(clips, set().union(*tested.values()))]


def _of(clips: list[Clip], tested: set[str]) -> str:
    """The people among the `tested` clips, and how wide their interval will be."""
    party = roots(clips)
    named = [party[clip.unit] for clip in clips if clip.clip in tested and (clip.subject or clip.group)]
    people = len(set(named))
    if not people:
        return f"{len(tested)} test clips of nobody knows whom: the interval will be over clips, and too narrow"
    nobody = f" (and {len(tested) - len(named)} clips of nobody knows whom)" if len(named) < len(tested) else ""
    told = f"{people} test {'person' if people == 1 else 'people'}{nobody}"
    if people < T_FROM:
        return f"{told}: no interval, which needs {T_FROM} people"
    return f"{told}: about +-{half_width(people, len(named)):.2f}"
