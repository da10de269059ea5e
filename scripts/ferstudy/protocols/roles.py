"""From a protocol to its fold table: who is dealt to which block, and which roles the blocks have in each fold."""

import logging
from fractions import Fraction

from ferstudy.errors import StudyError
from ferstudy.protocols.deal import Blocks, deal, describe
from ferstudy.protocols.parties import Party, parties
from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import Assignment

TEST = "test"  # the block of the held-out subjects; the others are named as their fold
DEFAULTS = {
    "kfold": {"folds": None, "test": 0, "seed": 1, "balance": ["label", "sex"], "refold": 0},
    "loso": {"folds": None, "refold": 0},
}
log = logging.getLogger(__name__)


def complete(protocol: dict) -> dict:
    """The protocol with its defaults filled in. Raises StudyError for an unknown kind or key, or impossible numbers."""
    kind = protocol.get("kind")
    if kind not in DEFAULTS:
        raise StudyError(f"kind: {kind!r} is no kind of protocol; choose from {', '.join(DEFAULTS)}")
    given = {key: value for key, value in protocol.items() if key not in ("kind", "accept_leak")}
    strange = sorted(set(given) - set(DEFAULTS[kind]))
    if strange:
        raise StudyError(f"{strange[0]}: no key of a {kind} protocol; it has {', '.join(DEFAULTS[kind])}")
    settings = {"kind": kind, **DEFAULTS[kind], **given}
    settings["balance"] = sorted(settings["balance"]) if "balance" in settings else []
    least = 2 if settings.get("test") else 3
    if not isinstance(settings["folds"], int) or settings["folds"] < least:
        raise StudyError(
            f"folds: found {settings['folds']!r}, expected {least} or more: fewer leave a fold without training clips"
            + (
                ""
                if least == 2
                else " (without held-out test subjects a fold tests one block and validates on another)"
            )
        )
    return settings


def kept_settings(settings: dict) -> dict:
    """The settings that deal everyone anew when they change. Leave-one-subject-out grows with its subjects."""
    return {key: value for key, value in settings.items() if not (settings["kind"] == "loso" and key == "folds")}


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
    """The block of each unit (subject, else group, else clip), by a protocol's completed `settings`.

    `kept` is the block of each unit as it was dealt before: who is in it stays there, the others go where they balance
    best. Units that share a group always get one block. Raises StudyError where the data do not fit the protocol.
    """
    whole = parties(clips, settings["balance"])
    if not whole:
        raise StudyError("the clips table is empty: there is nobody to deal to folds")
    stay = {party.name: block for party in whole if (block := _kept_block(party, kept))}
    blocks = _one_each(clips, whole, settings, stay) if settings["kind"] == "loso" else _even(whole, settings, stay)
    empty = sorted({*map(str, range(settings["folds"])), *([TEST] * bool(settings.get("test")))} - set(blocks.values()))
    if empty:
        raise StudyError(
            f"nobody is in block {empty[0]!r}: its subjects left the data, or a group ties too many subjects together; "
            "use fewer folds, or, if the table was kept, change the protocol's number `refold` to deal everyone anew"
        )
    return {unit: blocks[party.name] for party in whole for unit in party.units}


def assignments(clips: list[Clip], settings: dict, blocks: dict[str, str]) -> list[Assignment]:
    """The rows of the fold table, sorted by fold and clip.

    With held-out test subjects, fold k validates on block k and trains on the other folds' blocks; `final` trains on
    all of them and tests the held-out ones. Without, fold k tests block k, validates on block k + 1 (the last on 0)
    and trains on the rest.
    """
    number = settings["folds"]
    clips = sorted(clips, key=lambda clip: clip.clip)
    held = bool(settings.get("test"))
    rows = []
    for fold in range(number):
        roles = {str(fold): "validation"} if held else {str(fold): "test", str((fold + 1) % number): "validation"}
        rows += [
            Assignment(str(fold), clip.clip, roles.get(block, "train"))
            for clip in clips
            if (block := blocks[clip.unit]) != TEST
        ]
    if held:
        rows += [Assignment("final", clip.clip, "test" if blocks[clip.unit] == TEST else "train") for clip in clips]
    return rows


def _kept_block(party: Party, kept: dict[str, str]) -> str:
    """Where the party was; where a new group ties people of several blocks, the block that most of them were in."""
    found = [kept[unit] for unit in party.units if unit in kept]
    if len(set(found)) > 1:
        log.info("%s are tied by a group now and come together in one block", ", ".join(party.units))
    return max(sorted(set(found)), key=found.count, default="")


def _even(whole: list[Party], settings: dict, stay: dict[str, str]) -> dict[str, str]:
    """The blocks of a k-fold protocol by party name."""
    folds, held = settings["folds"], settings["test"]
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
