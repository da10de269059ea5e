"""Random draws: repeated hold-out by subject or by clip, and folds of clips whoever is in them.

A draw is kept as the roles that somebody has in the folds, in their order: "roles train,test,validation".
"""

import math
from collections import Counter

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.protocols.linked_people import Party, parties
from ferstudy.tables.clips import Clip

PREFIX = "roles "
TRIES = 100  # draws of people for one fold, of which the first counts that has every class in every role
Labels = dict[str, frozenset[str]]


def encode(roles: list[str]) -> str:
    """The roles in folds 0.. as one block name; an empty role = in no role of that fold."""
    return PREFIX + ",".join(roles)


def decode(block: str) -> list[str] | None:
    """The roles in folds 0.. of an encoded block; None for another block."""
    return block.removeprefix(PREFIX).split(",") if block.startswith(PREFIX) else None


def people(clips: list[Clip], settings: dict, kept: dict[str, str]) -> dict[str, str]:
    """Repeated hold-out of whole parties: the encoded roles of each unit.

    Each fold draws its own test subjects, then validation subjects from the others, by chance alone: an even dealing
    would test much the same people again and again. Who was `kept` stays; new people first fill up what is missing.
    """
    whole = parties(clips, [])
    labels: dict[str, set[str]] = {}
    for clip in clips:
        labels.setdefault(clip.unit, set()).add(clip.label)
    shown = {party.name: frozenset().union(*(labels[unit] for unit in party.units)) for party in whole}
    subjects = sum(_size(party) for party in whole)
    wanted = _wanted(settings, subjects, f"the data has {subjects} subjects", len(whole))
    draws = []
    for fold in range(settings["folds"]):
        before = {party.name: role for party in whole if (role := _kept_role(party.units, kept, fold))}
        rng = np.random.default_rng([settings["seed"], fold])
        draws.append(_most_complete(whole, before, wanted, shown, rng))
        _check_filled(draws[-1], wanted, fold)
    return {unit: encode([roles[party.name] for roles in draws]) for party in whole for unit in party.units}


def clips_by_label(clips: list[Clip], settings: dict, kept: dict[str, str]) -> dict[str, str]:
    """Repeated hold-out of clips, stratified by label, whoever is in them: the encoded roles of each clip."""
    wanted = _wanted(settings, len(clips), f"the data has {len(clips)} clips", len(clips))
    of_label = _of_label(clips)
    draws = []
    for fold in range(settings["folds"]):
        rng = np.random.default_rng([settings["seed"], fold])
        roles = {clip.clip: role for clip in clips if (role := _kept_role((clip.clip,), kept, fold))}
        # A class whose last clip left the training part could not be learned.
        spare = {label: len(names) - 1 for label, names in of_label.items()}
        left = {label: len(names) for label, names in of_label.items()}
        for role, number in wanted.items():
            quota = quotas(left, spare, number)
            for label, names in of_label.items():
                taken = sum(roles.get(name) == role for name in names)
                free = [name for name in names if name not in roles]
                for i in rng.permutation(len(free))[: max(0, quota[label] - taken)]:
                    roles[free[i]] = role
                taken = sum(roles.get(name) == role for name in names)
                left[label] -= taken
                spare[label] -= taken
        draws.append({clip.clip: roles.get(clip.clip, "train") for clip in clips})
        _check_filled(draws[-1], wanted, fold)
    return {clip.clip: encode([roles[clip.clip] for roles in draws]) for clip in clips}


def even_clips(clips: list[Clip], settings: dict, kept: dict[str, str]) -> dict[str, str]:
    """The fold of each clip, whoever is in it: each label spread evenly, then the number of clips."""
    rng = np.random.default_rng(settings["seed"])
    names = [str(fold) for fold in range(settings["folds"])]
    blocks = {clip.clip: kept[clip.clip] for clip in clips if kept.get(clip.clip) in names}
    sizes = Counter(blocks.values())
    for of_one in _of_label(clips).values():
        counts = Counter(blocks[name] for name in of_one if name in blocks)
        free = [name for name in of_one if name not in blocks]
        for i in rng.permutation(len(free)):
            block = min(names, key=lambda name: (counts[name], sizes[name]))
            blocks[free[i]] = block
            counts[block] += 1
            sizes[block] += 1
    if len(sizes) < len(names):
        raise StudyError(f"the data has {len(clips)} clips, too few for {len(names)} folds; lower `folds`")
    return blocks


def even_files(clips: list[Clip], settings: dict, kept: dict[str, str]) -> dict[str, str]:
    """The fold of each clip, all clips of one video file in one: as `even_clips`, of the first clip of each file."""
    first: dict[str, Clip] = {}
    for clip in sorted(clips, key=lambda clip: clip.clip):
        first.setdefault(clip.path, clip)
    blocks = even_clips(list(first.values()), settings, kept)
    return {clip.clip: blocks[first[clip.path].clip] for clip in clips}


def quotas(left: dict[str, int], spare: dict[str, int], number: int) -> dict[str, int]:
    """How many of `number` clips each label gives: its share of those `left` (largest remainders), at most `spare`."""
    total = sum(left.values())
    exact = {label: number * count / total for label, count in left.items()}
    numbers = {label: min(math.floor(exact[label]), max(0, spare[label])) for label in left}
    for label in sorted(left, key=lambda label: (numbers[label] - exact[label], label)):
        if sum(numbers.values()) < number and numbers[label] < spare[label]:
            numbers[label] += 1
    return numbers


def _wanted(settings: dict, number: int, told: str, whole: int) -> dict[str, int]:
    """How many subjects (clips) of `number` test and validate in each fold."""
    test = _part(settings["test"], number)
    validation = _part(settings.get("validation", 0), number - test)
    if number - test - validation < 1 or whole < 2 + bool(validation):
        tied = f" ({whole} after groups that share a role)" if whole != number else ""
        also = f" and {validation} that validate" if validation else ""
        raise StudyError(f"{told}{tied}; with {test} that test{also} nobody is left to train; lower the shares")
    return {"test": test, "validation": validation}


def _check_filled(roles: dict[str, str], wanted: dict[str, int], fold: int) -> None:
    """Raise StudyError where a role that a fold should have, or training, has nobody."""
    empty = [role for role, number in {**wanted, "train": 1}.items() if number and role not in roles.values()]
    if empty:
        raise StudyError(
            f"fold {fold}: nothing is left for {empty[0]}, since every class needs training clips and groups are not "
            "parted; lower the shares of the other roles"
        )


def _part(share: float, number: int) -> int:
    """A share of `number`, rounded (halves up), at least 1 unless the share is 0."""
    return max(1, math.floor(share * number + 0.5 + 1e-9)) if share else 0


def _most_complete(
    whole: list[Party], before: dict[str, str], wanted: dict[str, int], shown: Labels, rng: np.random.Generator
) -> dict[str, str]:
    """The first of `TRIES` draws that has every class in every role, else that which lacks the fewest."""
    classes = frozenset().union(*shown.values())
    best, fewest = {}, math.inf
    for _ in range(TRIES):
        roles = _draw(whole, before, wanted, rng)
        held = {role: frozenset().union(*(shown[name] for name in roles if roles[name] == role)) for role in wanted}
        trained = frozenset().union(*(shown[name] for name in roles if roles[name] == "train"))
        lacking = sum(len(classes - held[role]) for role in wanted if wanted[role])
        lacking += len(classes - trained) * (1 + len(wanted) * len(classes))  # a class that cannot be learned is worst
        if lacking < fewest:
            best, fewest = roles, lacking
        if not lacking:
            break
    return best


def _draw(
    whole: list[Party], before: dict[str, str], wanted: dict[str, int], rng: np.random.Generator
) -> dict[str, str]:
    """The role of each party: as many subjects as `wanted`, or as near below that as whole parties come."""
    roles = dict(before)
    for role, number in wanted.items():
        missing = number - sum(_size(party) for party in whole if roles.get(party.name) == role)
        free = [party for party in whole if party.name not in roles]
        free = [free[i] for i in rng.permutation(len(free))]
        fits = any(_size(party) <= missing for party in free)
        for party in free if fits else sorted(free, key=_size)[: missing > 0]:
            if _size(party) <= missing or not fits:
                roles[party.name] = role
                missing -= _size(party)
    return {party.name: roles.get(party.name, "train") for party in whole}


def _size(party: Party) -> int:
    return party.counts["subjects", ""]


def _kept_role(names: tuple[str, ...], kept: dict[str, str], fold: int) -> str:
    """The role that most of `names` had in `fold`; empty where none is kept."""
    kept_roles = [roles[fold] for name in names if name in kept and (roles := decode(kept[name])) and fold < len(roles)]
    return max(sorted(set(kept_roles)), key=kept_roles.count, default="")


def _of_label(clips: list[Clip]) -> dict[str, list[str]]:
    """The names of the clips of each label, both sorted."""
    by_label: dict[str, list[str]] = {}
    for clip in sorted(clips, key=lambda clip: (clip.label, clip.clip)):
        by_label.setdefault(clip.label, []).append(clip.clip)
    return by_label
