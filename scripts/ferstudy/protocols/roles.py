"""From a protocol to its fold table: who is dealt to which block, and which roles the blocks have in each fold."""

from ferstudy.errors import StudyError
from ferstudy.protocols import drawn, imported, kinds, leaves, listed, nested
from ferstudy.protocols.by_unit import by_unit
from ferstudy.protocols.kinds import complete
from ferstudy.protocols.listed import TEST, TRAIN
from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import ROLES, Assignment

__all__ = ["TEST", "assign_blocks", "assignments", "complete", "kept_settings", "require_classes"]


def kept_settings(settings: dict) -> dict:
    """The settings that deal everyone anew when they change. Leave-one-out grows with its subjects or datasets."""
    grows = {"folds"} if settings["kind"] in ("loso", "lodo") else set()
    if settings["kind"] == "loso":  # who validates changes nobody's block
        grows = grows | {"validation"}
    # Without `deal` and `by`, which had only this value once: tables that were dealt then are kept.
    usual = {"deal"} if settings.get("deal") == "balanced" else set()
    usual |= {"by"} if settings["kind"] == "kfold" and settings.get("by") == "subject" else set()
    return {key: value for key, value in settings.items() if key not in grows | usual}


def require_classes(clips: list[Clip], classes: list[str], dataset: str) -> None:
    """Raise StudyError unless the clips table has clips of exactly these classes: an empty class has no recall."""
    labels = {clip.label for clip in clips}
    if not clips:
        raise StudyError(f"{dataset} has no usable clip; results/clips/*.rejected.csv says of each file why")
    missing = [name for name in classes if name not in labels]
    if missing or labels - set(classes):
        raise StudyError(
            f"{dataset}: the config has the classes {', '.join(classes)}, the clips have {', '.join(sorted(labels))}"
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
    if kind == "nested":
        return nested.assign_blocks(clips, settings, kept)
    if settings.get("by") == "file":
        return drawn.even_files(clips, settings, kept)
    if kinds.by_clip(settings):
        return (drawn.clips_by_label if settings["test"] else drawn.even_clips)(clips, settings, kept)
    if kind == "holdout" or (kind == "as_published" and settings["test"]):
        return drawn.people(clips, settings, kept)
    return by_unit(clips, settings, kept, held=settings["test"] if kind == "kfold" else 0)


def assignments(clips: list[Clip], settings: dict, blocks: dict[str, str]) -> list[Assignment]:
    """The rows of the fold table, sorted by fold (`kinds.names`) and clip.

    With a held-out block, fold k validates on block k and trains on the others; `final` trains on all of them and tests
    the held-out one. Without, fold k tests block k, validates on block k + 1 (the last on 0) and trains on the rest;
    with `validation: none` it trains on all others.
    As published, fold k validates on the block that it tests. A clip without a block is in no fold.
    """
    if settings["kind"] == "lodo":
        return leaves.assignments(clips, settings, blocks)
    if settings["kind"] == "nested":
        return nested.assignments(clips, settings, blocks)
    both = settings["kind"] == "as_published"
    own = {clip.clip: blocks.get(clip.clip if kinds.by_clip(settings) else clip.unit) for clip in clips}
    rows = []
    for number, fold in enumerate(kinds.names(settings)):
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
    if settings.get("validation") == "none":
        return {str(number): "test"}
    return {str(number): "test", str((number + 1) % folds): "validation"}


def _official(clips: list[Clip], settings: dict, kept: dict[str, str]) -> dict[str, str]:
    """The block of each clip by the dataset's own split; a training part without validation is dealt to folds."""
    if settings["split"] == "numbers":
        return listed.official_numbers(clips, settings)
    roles = listed.official_roles(clips, settings)
    if len(set(roles.values())) == 3:
        return {name: "0" if role == "validation" else role for name, role in roles.items()}
    training = [clip for clip in clips if roles.get(clip.clip) == TRAIN]
    before = {clip.unit: kept[clip.clip] for clip in training if kept.get(clip.clip, TEST) != TEST}
    dealt = by_unit(training, settings, before, held=0)
    return {clip.clip: dealt[clip.unit] if roles[clip.clip] == TRAIN else TEST for clip in clips if clip.clip in roles}
