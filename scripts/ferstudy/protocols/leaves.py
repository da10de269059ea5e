"""Leave-one-dataset-out on a union: every fold tests one dataset and trains on the others."""

import logging
from fractions import Fraction

from ferstudy.errors import StudyError
from ferstudy.protocols.deal import Blocks, deal, describe
from ferstudy.protocols.findings import some
from ferstudy.protocols.linked_people import Party, parties, roots
from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import Assignment

WHOLE = "0"  # the one block where nobody validates
log = logging.getLogger(__name__)


def leaves(clips: list[Clip], settings: dict) -> list[str]:
    """The datasets of a union in the order of its table; raises StudyError unless there is one for each fold."""
    names = list(dict.fromkeys(leaf_of(clip) for clip in clips))
    if "" in names:
        raise StudyError("leave-one-dataset-out needs a union of datasets; this is one dataset: use kfold or loso")
    if len(names) != settings["folds"]:
        raise StudyError(
            f"the data has {len(names)} datasets ({some(names)}), the config says {settings['folds']}; set `folds` to "
            "that"
        )
    return names


def leaf_of(clip: Clip) -> str:
    """The dataset that a clip of a union comes from; empty where the name does not say."""
    leaf, slash, _ = clip.clip.partition("/")
    return leaf if slash else ""


def assign_blocks(clips: list[Clip], settings: dict, kept: dict[str, str]) -> dict[str, str]:
    """The block of each unit: fold k validates on block k (of the other datasets' people), or one block without.

    A validation share of 0.2 makes five blocks, so that the folds validate on different people.
    """
    leaves(clips, settings)
    whole = _with_leaves(parties(clips, settings["balance"]), clips)
    if not settings["validation"]:
        return {unit: WHOLE for party in whole for unit in party.units}
    number = min(len(whole), max(2, round(1 / settings["validation"])))
    names = tuple(map(str, range(number)))
    stay = {
        party.name: block
        for party in whole
        if (block := next((kept[unit] for unit in party.units if kept.get(unit) in names), ""))
    }
    dealing = deal(whole, Blocks(names, (Fraction(1, number),) * number), settings["seed"], stay)
    log.info("%d people in %d parts, one of which validates: %s", len(whole), number, describe(dealing))
    return {unit: dealing.blocks[party.name] for party in whole for unit in party.units}


def assignments(clips: list[Clip], settings: dict, blocks: dict[str, str]) -> list[Assignment]:
    """The rows: fold k tests the k-th dataset. Whoever occurs there neither trains nor validates in that fold."""
    party = roots(clips)
    rows = []
    for fold, leaf in enumerate(leaves(clips, settings)):
        tested = {party[clip.unit] for clip in clips if leaf_of(clip) == leaf}
        others = [clip for clip in clips if leaf_of(clip) != leaf]
        free = [clip for clip in others if party[clip.unit] not in tested]
        if len(free) < len(others):
            log.info("fold %d: %d clips of people of %s are left out", fold, len(others) - len(free), leaf)
        validating = _validating(free, blocks, fold) if settings["validation"] else None
        of_fold = [Assignment(str(fold), clip.clip, "test") for clip in clips if leaf_of(clip) == leaf]
        for clip in free:
            role = "validation" if validating is not None and blocks[clip.unit] == validating else "train"
            of_fold.append(Assignment(str(fold), clip.clip, role))
        if not any(row.role == "train" for row in of_fold):
            raise StudyError(
                f"fold {fold} tests {leaf}, and nobody is left to train: the people of the others occur in it"
            )
        rows += sorted(of_fold, key=lambda row: row.clip)
    return rows


def _validating(clips: list[Clip], blocks: dict[str, str], fold: int) -> str:
    """The block on which `fold` validates: its own number, or the next that somebody of `clips` is in."""
    present = sorted({int(blocks[clip.unit]) for clip in clips})
    number = 1 + max(map(int, blocks.values()))
    return str(min(present, key=lambda block: (block - fold) % number, default=0))


def _with_leaves(whole: list[Party], clips: list[Clip]) -> list[Party]:
    """The parties with their datasets counted, so that each dataset validates its share."""
    of_unit: dict[str, set[str]] = {}
    for clip in clips:
        of_unit.setdefault(clip.unit, set()).add(leaf_of(clip))
    there = [set().union(*(of_unit[unit] for unit in party.units)) for party in whole]
    return [
        party._replace(counts={**party.counts, **{("leaf", leaf): 1 for leaf in its_leaves}})
        for party, its_leaves in zip(whole, there, strict=True)
    ]
