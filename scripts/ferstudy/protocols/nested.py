"""Nested cross-validation: every outer fold tests one block, and its other people are dealt to inner folds.

The thesis (002), Algorithm 2. A person's block says where they are in each outer fold: their inner fold, or "test".
"""

from ferstudy.errors import StudyError
from ferstudy.fold import Fold
from ferstudy.protocols import kinds
from ferstudy.protocols.by_unit import by_unit
from ferstudy.protocols.deal import MANY
from ferstudy.protocols.linked_people import parties
from ferstudy.protocols.listed import TEST, TRAIN
from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import Assignment

PREFIX = "nested "
VALIDATION = "validation"


def encode(places: list[str]) -> str:
    """The places ("test", or an inner fold) in outer folds 0.. as one block name."""
    return PREFIX + ",".join(places)


def decode(block: str) -> list[str]:
    """The places of an encoded block."""
    return block.removeprefix(PREFIX).split(",")


def assign_blocks(clips: list[Clip], settings: dict, kept: dict[str, str]) -> dict[str, str]:
    """The encoded places of each unit (subject, else group, else clip).

    The outer dealing is that of `kfold` with the same settings; the people whom an outer fold does not test are dealt
    anew to its inner folds. Who was `kept` stays in both. Raises StudyError where there are fewer people than folds.
    """
    before = {unit: decode(block) for unit, block in kept.items()}
    dealt = by_unit(clips, settings, {unit: str(places.index(TEST)) for unit, places in before.items()}, held=0)
    inner = [_inner(clips, settings, dealt, before, number) for number in range(settings["folds"])]
    return {unit: encode([places.get(unit, TEST) for places in inner]) for unit in dealt}


def _inner(
    clips: list[Clip], settings: dict, dealt: dict[str, str], before: dict[str, list[str]], number: int
) -> dict[str, str]:
    """The inner fold of everyone whom outer fold `number` does not test."""
    others = [clip for clip in clips if dealt[clip.unit] != str(number)]
    people = len(parties(others, []))
    if people < settings["inner"]:
        raise StudyError(
            f"inner: found {settings['inner']}, but outer fold {number} tests all except {people} people (who share a "
            "group count as one), and each inner fold needs somebody; lower `inner` or `folds`"
        )
    # Who was tested here, and is no more because a group moved them, comes as a newcomer.
    stay = {unit: places[number] for unit, places in before.items() if places[number] != TEST}
    try:
        return by_unit(others, {**settings, "folds": settings["inner"]}, stay, held=0, effort=MANY)
    except StudyError as error:
        raise StudyError(f"inner folds of outer fold {number}: {error}") from None


def assignments(clips: list[Clip], settings: dict, blocks: dict[str, str]) -> list[Assignment]:
    """The rows: fold k.j validates on inner fold j of outer fold k and trains on k's others; k.final tests block k.

    Who is tested by k.final has no role in any fold k.j.
    """
    own = sorted((clip.clip, decode(blocks[clip.unit])) for clip in clips)
    rows = []
    for name in kinds.names(settings):
        fold = Fold.parse(name)
        for clip, places in own:
            place = places[int(fold.outer)]
            if fold.is_final:
                rows.append(Assignment(name, clip, "test" if place == TEST else TRAIN))
            elif place != TEST:
                rows.append(Assignment(name, clip, VALIDATION if place == fold.inner else TRAIN))
    return rows
