"""Folds of people: dealt evenly, in the order of their ids, or one fold for each."""

import logging
from fractions import Fraction

from ferstudy.errors import StudyError
from ferstudy.protocols.deal import THOROUGH, Blocks, Effort, deal, describe
from ferstudy.protocols.linked_people import Party, natural, parties
from ferstudy.protocols.listed import TEST
from ferstudy.tables.clips import Clip

log = logging.getLogger(__name__)


def by_unit(
    clips: list[Clip], settings: dict, kept: dict[str, str], held: int, effort: Effort = THOROUGH
) -> dict[str, str]:
    """The block of each unit (subject, else group, else clip).

    Args:
        clips: those of the dataset.
        settings: {kind, folds, balance, seed} and maybe {deal}.
        kept: the blocks of units that stay where they are; the others go where they balance best.
        held: how many units go to the held-out block.
        effort: how long an even dealing is looked for.

    Raises:
        StudyError: where a block would be empty.
    """
    whole = parties(clips, settings["balance"])
    stay = {party.name: block for party in whole if (block := _kept_block(party, kept))}
    if settings["kind"] == "loso":
        blocks = _one_each(clips, whole, settings, stay)
    elif settings.get("deal") == "id_order":
        blocks = _in_order(whole, settings, stay)
    else:
        blocks = _even(whole, settings, stay, held, effort)
    empty = sorted({*map(str, range(settings["folds"])), *([TEST] * bool(held))} - set(blocks.values()))
    if empty:
        raise StudyError(
            f"nobody is in block {empty[0]!r}: its subjects left the data, or a group ties too many subjects together; "
            "use fewer folds, or, if the table was kept, change the protocol's number `refold` to deal everyone anew"
        )
    return {unit: blocks[party.name] for party in whole for unit in party.units}


def _kept_block(party: Party, kept: dict[str, str]) -> str:
    """Where the party was; where a new group ties people of several blocks, the block that most of them were in."""
    blocks = [kept[unit] for unit in party.units if unit in kept]
    if len(set(blocks)) > 1:
        log.info("%s are tied by a group now and come together in one block", ", ".join(party.units))
    return max(sorted(set(blocks)), key=blocks.count, default="")


def _even(whole: list[Party], settings: dict, stay: dict[str, str], held: int, effort: Effort) -> dict[str, str]:
    """The blocks of a k-fold protocol by party name."""
    folds = settings["folds"]
    subjects = sum(party.counts["subjects", ""] for party in whole)
    if len(whole) < folds + bool(held) or subjects < folds + held:
        tied = f" ({len(whole)} after groups that share a role)" if len(whole) < subjects else ""
        raise StudyError(
            f"the data has {subjects} subjects{tied}, the config asks for {folds} folds"
            + (f" and {held} held-out test subjects" if held else "")
            + f", which needs at least {folds + held}; lower `folds`"
            + (" or `test`" if held else "")
        )
    names, share = tuple(map(str, range(folds))), Fraction(subjects - held, subjects * folds)
    blocks = Blocks(names, (share,) * folds)
    if held:
        blocks = Blocks((*names, TEST), (*(share,) * folds, Fraction(held, subjects)), held)
    dealing = deal(whole, blocks, settings["seed"], stay, effort)
    log.info("%d subjects dealt to %d folds, %d of them kept: %s", subjects, folds, len(stay), describe(dealing))
    return dealing.blocks


def _one_each(clips: list[Clip], whole: list[Party], settings: dict, stay: dict[str, str]) -> dict[str, str]:
    """The blocks of leave-one-subject-out by party name: a kept number where there is one, else the first free one."""
    nameless = sum(not clip.subject for clip in clips)
    if nameless:
        raise StudyError(
            f"leave-one-subject-out needs to know the subjects, but {nameless} of {len(clips)} clips have none; "
            "fill in the column `subject`, or use kind: kfold"
        )
    if len(whole) != settings["folds"]:
        tied = sum(len(party.units) for party in whole)
        note = f" ({tied}, of whom some share a group and count as one)" if tied != len(whole) else ""
        raise StudyError(
            f"the data has {len(whole)} subjects{note}, the config says {settings['folds']}; set `folds` to that"
        )
    free = {str(number) for number in range(len(whole))}
    blocks = {}
    for party in whole:
        if stay.get(party.name) in free:
            blocks[party.name] = stay[party.name]
            free.remove(stay[party.name])
    numbers = sorted(free, key=int)
    return blocks | dict(zip([party.name for party in whole if party.name not in blocks], numbers, strict=True))


def _in_order(whole: list[Party], settings: dict, stay: dict[str, str]) -> dict[str, str]:
    """Dealt in turn by ascending id, the custom of CK+: with ten folds, people 1, 11, 21, ... are fold 0.

    Newcomers go to the smallest fold. Raises StudyError where there are fewer people than folds.
    """
    names = [str(fold) for fold in range(settings["folds"])]
    if len(whole) < len(names):
        raise StudyError(f"the data has {len(whole)} subjects, the config asks for {len(names)} folds; lower `folds`")
    ordered = sorted(whole, key=lambda party: natural(party.name))
    if not stay:
        return {party.name: names[place % len(names)] for place, party in enumerate(ordered)}
    blocks = dict(stay)
    for party in ordered:
        if party.name not in blocks:
            sizes = list(blocks.values())
            blocks[party.name] = min(names, key=sizes.count)
    return blocks
