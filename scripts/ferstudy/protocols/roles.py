"""From a protocol to its fold table: who is dealt to which block, and which roles the blocks have in each fold."""

import logging
from fractions import Fraction

from ferstudy.errors import StudyError
from ferstudy.protocols import drawn, imported, kinds, leaves, listed
from ferstudy.protocols.deal import Blocks, deal, describe
from ferstudy.protocols.kinds import complete
from ferstudy.protocols.listed import TEST, TRAIN
from ferstudy.protocols.parties import Party, natural, parties
from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import ROLES, Assignment

__all__ = ["TEST", "assign_blocks", "assignments", "complete", "kept_settings", "require_classes"]
FINAL = "final"
log = logging.getLogger(__name__)


def kept_settings(settings: dict) -> dict:
    """The settings that deal everyone anew when they change. Leave-one-out grows with its subjects or datasets."""
    grows = {"folds"} if settings["kind"] in ("loso", "lodo") else set()
    # Without `deal`, which had only this value once: tables that were dealt then are kept.
    usual = {"deal"} if settings.get("deal") == "balanced" else set()
    return {key: value for key, value in settings.items() if key not in grows | usual}


def require_classes(clips: list[Clip], classes: list[str], dataset: str) -> None:
    """Raise StudyError unless the clips table has clips of exactly these classes: an empty class has no recall."""
    found = {clip.label for clip in clips}
    if not clips:
        raise StudyError(f"{dataset} has no usable clip; results/clips/*.rejected.csv says of each file why")
    missing = [name for name in classes if name not in found]
    if missing or found - set(classes):
        raise StudyError(
            f"{dataset}: the config has the classes {', '.join(classes)}, the clips have {', '.join(sorted(found))}"
            + (f"; no clip of {', '.join(missing)}" if missing else "")
            + f". Correct datasets/{dataset}/classes, or map the names of the data with datasets/{dataset}/labels; "
            "results/clips/*.rejected.csv lists the labels that were refused"
        )


def assign_blocks(clips: list[Clip], settings: dict, kept: dict[str, str]) -> dict[str, str]:
    """The block of each unit (subject, else group, else clip) or, see `kinds.by_clip`, of each clip.

    `settings` is a completed protocol, `kept` the blocks as they were dealt before: who is in it stays there, the
    others go where they balance best. Units that share a group always get one block, but in kinds that follow a list
    (official, imported, blocks: whatever was kept) or draw clips. Raises StudyError where the data do not fit the
    protocol.
    """
    if not clips:
        raise StudyError("the clips table is empty: there is nobody to deal to folds")
    kind = settings["kind"]
    if kind == "official":
        return _official(clips, settings, kept)
    if kind == "imported":
        return imported.blocks(clips, settings)
    if kind == "blocks":
        return listed.named_subjects(clips, settings)
    if kind == "lodo":
        return leaves.assign_blocks(clips, settings, kept)
    if kinds.by_clip(settings):
        return (drawn.clips_by_label if settings["test"] else drawn.even_clips)(clips, settings, kept)
    if kind == "holdout" or (kind == "as_published" and settings["test"]):
        return drawn.people(clips, settings, kept)
    return _by_unit(clips, settings, kept, held=settings["test"] if kind == "kfold" else 0)


def assignments(clips: list[Clip], settings: dict, blocks: dict[str, str]) -> list[Assignment]:
    """The rows of the fold table, sorted by fold and clip.

    With a held-out block, fold k validates on block k and trains on the others; `final` trains on all of them and tests
    the held-out one. Without, fold k tests block k, validates on block k + 1 (the last on 0) and trains on the rest.
    As published, fold k validates on the block that it tests. A clip without a block is in no fold.
    """
    if settings["kind"] == "lodo":
        return leaves.assignments(clips, settings, blocks)
    both = settings["kind"] == "as_published"
    own = {clip.clip: blocks.get(clip.clip if kinds.by_clip(settings) else clip.unit) for clip in clips}
    names = [*map(str, range(settings["folds"])), *([FINAL] * kinds.has_final(settings))]
    rows = []
    for number, fold in enumerate(names):
        roles = _roles_of_blocks(settings, number)
        for clip, block in sorted((clip, block) for clip, block in own.items() if block):
            several = drawn.decode(block)
            role = several[number] if several else roles.get(block, TRAIN)
            rows += [Assignment(fold, clip, "validation")] * (both and role == "test")
            rows += [Assignment(fold, clip, role)] * (role in ROLES)
    return rows


def _roles_of_blocks(settings: dict, number: int) -> dict[str, str]:
    """The role of each block in fold `number` (the one after the last is `final`); the others train."""
    folds = settings["folds"]
    if kinds.has_final(settings):
        return {TEST: "test"} if number == folds else {str(number): "validation", TEST: ""}
    if settings["kind"] == "as_published":
        return {str(number): "test"}
    return {str(number): "test", str((number + 1) % folds): "validation"}


def _by_unit(clips: list[Clip], settings: dict, kept: dict[str, str], held: int) -> dict[str, str]:
    """The block of each unit in kinds that deal people to folds; `held` of them to the held-out block."""
    whole = parties(clips, settings["balance"])
    stay = {party.name: block for party in whole if (block := _kept_block(party, kept))}
    if settings["kind"] == "loso":
        blocks = _one_each(clips, whole, settings, stay)
    elif settings.get("deal") == "id_order":
        blocks = _in_order(whole, settings, stay)
    else:
        blocks = _even(whole, settings, stay, held)
    empty = sorted({*map(str, range(settings["folds"])), *([TEST] * bool(held))} - set(blocks.values()))
    if empty:
        raise StudyError(
            f"nobody is in block {empty[0]!r}: its subjects left the data, or a group ties too many subjects together; "
            "use fewer folds, or, if the table was kept, change the protocol's number `refold` to deal everyone anew"
        )
    return {unit: blocks[party.name] for party in whole for unit in party.units}


def _official(clips: list[Clip], settings: dict, kept: dict[str, str]) -> dict[str, str]:
    """The block of each clip by the dataset's own split; a training part without validation is dealt to folds."""
    if settings["split"] == "numbers":
        return listed.official_numbers(clips, settings)
    roles = listed.official_roles(clips, settings)
    if len(set(roles.values())) == 3:
        return {name: "0" if role == "validation" else role for name, role in roles.items()}
    training = [clip for clip in clips if roles.get(clip.clip) == TRAIN]
    before = {clip.unit: kept[clip.clip] for clip in training if kept.get(clip.clip, TEST) != TEST}
    dealt = _by_unit(training, settings, before, held=0)
    return {clip.clip: dealt[clip.unit] if roles[clip.clip] == TRAIN else TEST for clip in clips if clip.clip in roles}


def _kept_block(party: Party, kept: dict[str, str]) -> str:
    """Where the party was; where a new group ties people of several blocks, the block that most of them were in."""
    found = [kept[unit] for unit in party.units if unit in kept]
    if len(set(found)) > 1:
        log.info("%s are tied by a group now and come together in one block", ", ".join(party.units))
    return max(sorted(set(found)), key=found.count, default="")


def _even(whole: list[Party], settings: dict, stay: dict[str, str], held: int) -> dict[str, str]:
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
    dealing = deal(whole, blocks, settings["seed"], stay)
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
