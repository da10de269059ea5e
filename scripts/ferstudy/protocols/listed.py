"""Blocks that a list decides: the dataset's own split, subjects named in the config."""

import logging

from ferstudy.counted import counted
from ferstudy.errors import StudyError
from ferstudy.protocols import kinds
from ferstudy.protocols.findings import some
from ferstudy.tables.clips import Clip

TEST = "test"  # the block of what is held out; the others are named as their fold
TRAIN = "train"  # the block that trains in every fold
ALIASES = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("validation", "valid", "val", "dev", "development"), "validation"),
    **dict.fromkeys(("test", "testing"), TEST),
}
log = logging.getLogger(__name__)


def left_out(clips: list[Clip], known: set[str], settings: dict, what: str) -> None:
    """Raise StudyError for clips that are not `known`, or log them where the protocol leaves them out.

    `what` they lack, for the message.
    """
    missing = [clip.clip for clip in clips if clip.clip not in known]
    if len(missing) == len(clips):
        raise StudyError(f"not one of the {len(clips)} clips has a {what}")
    if missing and settings["missing"] == "refuse":
        raise StudyError(
            f"{len(missing)} of {len(clips)} clips have no {what}: {some(missing)}. Give them one, or "
            "say missing: leave_out in the protocol"
        )
    if missing:
        log.warning("%d of %d clips have no %s and are left out: %s", len(missing), len(clips), what, some(missing))


def official_roles(clips: list[Clip], settings: dict) -> dict[str, str]:
    """ "train", "validation" or "test" by clip, from the column `official`; raises StudyError for anything else."""
    stated = {clip.clip: clip.official.strip() for clip in clips if clip.official.strip()}
    left_out(clips, set(stated), settings, "value in the column `official`")
    roles = {name: ALIASES.get(value.lower(), "") for name, value in stated.items()}
    strange = {stated[name] for name, role in roles.items() if not role}
    if strange:
        hint = "; if these are the numbers of folds, say split: numbers" if any(map(str.isdigit, strange)) else ""
        raise StudyError(f"the column `official` holds {some(strange)}, expected train, validation and test{hint}")
    given = set(roles.values())
    if TRAIN not in given or len(given) < 2:
        raise StudyError(
            f"the official split has only {some(given)}; a study needs `train`, and `test` or `validation` to be tested"
        )
    if len(given) == 3 and settings["folds"] != 1:
        raise StudyError(
            f"folds: found {settings['folds']}, expected 1: the official split has a validation part of its own, on "
            "which fold 0 is judged, beside train and test"
        )
    if len(given) == 2 and settings["folds"] < 2:
        raise StudyError(
            f"folds: found {settings['folds']}, expected 2 or more: the official split has only {some(given)}, so its "
            "training part is dealt to folds, which choose epochs and settings"
        )
    return roles


def official_numbers(clips: list[Clip], settings: dict) -> dict[str, str]:
    """The block of each clip where the column `official` holds numbers of folds."""
    stated = {clip.clip: clip.official.strip() for clip in clips if clip.official.strip()}
    left_out(clips, set(stated), settings, "value in the column `official`")
    strange = {value for value in stated.values() if not value.isdecimal()}
    if strange:
        hint = "; if these are roles, say split: roles" if {v.lower() for v in strange} & set(ALIASES) else ""
        raise StudyError(f"the column `official` holds {some(strange)}, expected the numbers of folds{hint}")
    numbers = sorted({int(value) for value in stated.values()})
    if len(numbers) != settings["folds"]:
        raise StudyError(
            f"the column `official` holds {len(numbers)} numbers of folds ({', '.join(map(str, numbers[:12]))}), the "
            f"config says {settings['folds']}; set `folds` to that"
        )
    return {name: str(numbers.index(int(value))) for name, value in stated.items()}


def named_subjects(clips: list[Clip], settings: dict) -> dict[str, str]:
    """The block of each clip by the lists of subjects in the config; every subject must be in one of them."""
    nameless = [clip.clip for clip in clips if not clip.subject]
    if nameless:
        raise StudyError(
            f"{counted(len(nameless), 'clip has', 'clips have')} no subject: {some(nameless)}; "
            "blocks are lists of subjects"
        )
    people = {clip.subject for clip in clips}
    block_of: dict[str, str] = {}
    for block, patterns in [*((str(k), names) for k, names in enumerate(settings["blocks"])), (TEST, settings["test"])]:
        named = {name for text in map(str, patterns) for name in ([text] if text in people else kinds.subjects(text))}
        if named and not named & people:
            raise StudyError(
                f"block {block}: none of its subjects ({', '.join(map(str, patterns))}) is in the data, where they are "
                f"called {some(people)}"
            )
        if named - people:
            log.warning(
                "block %s: %d subjects are not in the data: %s", block, len(named - people), some(named - people)
            )
        twice = named & set(block_of)
        if twice:
            raise StudyError(f"{min(twice)} is in block {block_of[min(twice)]} and in block {block}; name it once")
        block_of |= dict.fromkeys(named & people, block)
    unnamed = people - set(block_of)
    if unnamed:
        raise StudyError(
            f"{counted(len(unnamed), 'subject is', 'subjects are')} in no block: {some(unnamed)}. Name them "
            "in `blocks` or `test`, or take them out of the data"
        )
    return {clip.clip: block_of[clip.subject] for clip in clips}
