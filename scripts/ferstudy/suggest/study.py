"""A commented config from facts: the preset of one's own videos, with what these videos and this machine allow."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import yaml

from ferstudy.evaluation.expected import ALIKE, SCORE, half_width
from ferstudy.suggest.facts import Sizes

FOLDS, EACH = 5, 8  # folds of a rotating protocol; with fewer people each is a fold
NETWORKS_FROM, CROPS_FROM = 40, 400  # training clips: of networks over features, and of networks over pictures
SEEN, LONGEST = 30, 64  # frames of the middle and of a long clip that a network over time sees
# CPU seconds of the default study (288 clips of 60 frames, 480 x 640): of a frame of that size, and of a training,
# of what is made of each model (scores, explanation, costs), and of what is made once (audits, backbone, page).
FRAME, START, CLIP = 0.0047, 6.0, 0.016
MODEL, ONCE = 12.0, 120.0


class Dataset(NamedTuple):
    """One dataset of the study: its name, its config entry, what was found, and odd things to say of it."""

    name: str
    entry: dict[str, Any]
    facts: Sizes
    said: tuple[str, ...] = ()


class Commented(NamedTuple):
    """One section of a config with the lines of comment above it."""

    name: str
    content: Any
    comments: list[str]


def suggest(
    datasets: Sequence[Dataset], preset: Mapping[str, Any], of_pictures: Mapping[str, Any], offered_gpus: int
) -> str:
    """The text of a config for these datasets, on the ground of the preset `own_videos`.

    `of_pictures` are architectures that learn from pictures, by name: they take many clips and a GPU.
    `offered_gpus` are the GPUs of a node that a job may have; 0: models that need one are left out.
    """
    architectures, left_out = _architectures(preset["architectures"], of_pictures, datasets, offered_gpus)
    fusions = _fusions(preset["fusions"], architectures)
    protocols = {dataset.name: protocol(dataset.facts) for dataset in datasets}
    named = dict(protocols.values())
    sections = [
        Commented("report", preset["report"], ["Suggested from what was found; every line may be changed."]),
        Commented("datasets", {d.name: d.entry for d in datasets}, [line for d in datasets for line in told(d)]),
        *(Commented(name, preset[name], []) for name in ("stills",) if name in preset),
        Commented("protocols", named, [expected(dataset) for dataset in datasets]),
        Commented("grid", {name: [kind] for name, (kind, _) in protocols.items()}, []),
        Commented("recipes", preset["recipes"], [_face(datasets)]),
        Commented("backbones", preset["backbones"], []),
        Commented("architectures", architectures, [_sampling(datasets), *left_out]),
        Commented("fusions", fusions, []),
        Commented("training", preset["training"], [cost(datasets, architectures, protocols)]),
    ]
    return "\n".join(map(_text, (section for section in sections if section.content)))


def training_clips(facts: Sizes) -> int:
    """How many clips train a fold."""
    folds = protocol(facts)[1]["folds"]
    return facts.clips * (folds - 2) // folds


def protocol(facts: Sizes) -> tuple[str, dict[str, Any]]:
    """The protocol that so many people allow: each is a fold, or they rotate over five."""
    if 3 <= facts.people < EACH:
        return "each_person", {"kind": "loso", "folds": facts.people}
    return "rotating", {"kind": "kfold", "folds": FOLDS, "seed": 1}


def expected(dataset: Dataset) -> str:
    """How wide the interval of a score will be."""
    name, facts = dataset.name, dataset.facts
    if not facts.people and dataset.entry.get("subjects_by_face"):
        return (
            f"{name}: nobody says who is who, so faces do: clips of people who look alike have one role. A face is no "
            "name, and the audit says unknown. A column of subjects, or options: {person: ...}, is surer."
        )
    if facts.people < 3:
        who = "nobody says who is who" if not facts.people else f"only {facts.people} people"
        return (
            f"{name}: {who}, so folds are made of clips: a model may know the people whom it is tested on, and the "
            "audit says unknown. Give a column of subjects, or options: {person: ...}."
        )
    return (
        f"{name}: each of {facts.people} people is tested once. The interval of a UAR of {SCORE} will reach about "
        f"{half_width(facts.people, facts.clips):.2f} to each side, if clips of one person are as alike as a "
        f"correlation of {ALIKE}."
    )


def told(dataset: Dataset) -> list[str]:
    """What was found of a dataset."""
    facts = dataset.facts
    low, middle, high = facts.frames
    classes = ", ".join(f"{name} {number}" for name, number in facts.classes)
    lines = [
        f"{dataset.name}: {facts.clips} clips of {facts.people or 'unknown'} people; {classes}.",
        f"Clips have {middle} frames ({low} to {high}), {facts.seconds:.1f} s; frames are {facts.size[0]} x "
        f"{facts.size[1]} px, "
        + (f"faces {facts.face} px." if facts.face else "and no face was found in a few of them."),
    ]
    if facts.people and facts.nameless:
        lines.append(f"{facts.nameless} clips name no person: the audit will say unknown.")
    rare = [name for name, number in facts.classes if number < 3 * protocol(facts)[1]["folds"]]
    if rare:
        lines.append(f"Few clips of {', '.join(rare)}: folds may lack them.")
    return [*lines, *dataset.said]


def _face(datasets: Sequence[Dataset]) -> str:
    smallest = min((d.facts.face for d in datasets if d.facts.face), default=0)
    if smallest and smallest < 64:
        return f"Faces are {smallest} px wide: crops of 64 px enlarge them, and show no more."
    return "Crops of 64 px are what the backbone knows; more is slower, and says little more of an expression."


def _architectures(
    preset: Mapping[str, Any], of_pictures: Mapping[str, Any], datasets: Sequence[Dataset], gpus: int
) -> tuple[dict[str, Any], list[str]]:
    """The architectures that so many clips can train, and why others are left out."""
    found, left_out = {}, []
    fewest = min(training_clips(dataset.facts) for dataset in datasets)
    middle = max(dataset.facts.frames[1] for dataset in datasets)
    high = max(dataset.facts.frames[2] for dataset in datasets)
    every = max(1, round(middle / SEEN))
    frames = max(4, min(LONGEST, math.ceil(high / every)))
    for name, entry in preset.items():
        entry = deepcopy(entry)
        over_time = entry["family"] == "cascade"
        if over_time and fewest < NETWORKS_FROM:
            left_out.append(f"{name} is left out: {fewest} training clips teach it nothing; the linear ones remain.")
            continue
        settings = entry.get("settings", {})
        if over_time:
            settings |= {"frames": frames, "every": every}
        elif "every" in settings:
            settings["every"] = every
        found[name] = entry
    for name, entry in of_pictures.items():
        if fewest < CROPS_FROM or not gpus:
            why = f"{fewest} training clips, {CROPS_FROM} are wanted" if fewest < CROPS_FROM else "no GPU is offered"
            left_out.append(f"{name}, which learns from pictures, is left out: {why}.")
        else:
            found[name] = {**deepcopy(entry), "needs": _needs(datasets)}
    return found, left_out


def _needs(datasets: Sequence[Dataset]) -> dict[str, int]:
    """What a network over pictures needs of a node: the crops of all clips lie in memory."""
    clips = max(dataset.facts.clips for dataset in datasets)
    frames = max(dataset.facts.frames[1] for dataset in datasets)
    memory = 4000 + clips * frames * 64 * 64 * 3 // 1_000_000
    return {"gpu": 1, "memory_mb": math.ceil(memory / 1000) * 1000, "minutes": 240}


def _fusions(fusions: Mapping[str, Any], architectures: Mapping[str, Any]) -> dict[str, Any]:
    """Those of which at least two members run."""
    kept = {
        name: {**entry, "members": [one for one in entry["members"] if one in architectures]}
        for name, entry in fusions.items()
    }
    return {name: entry for name, entry in kept.items() if len(entry["members"]) > 1}


def _sampling(datasets: Sequence[Dataset]) -> str:
    middle = max(dataset.facts.frames[1] for dataset in datasets)
    every = max(1, round(middle / SEEN))
    which = "every frame" if every == 1 else f"one frame in {every}"
    return f"Networks over time see {which}: the middle clip has {middle}."


def cost(
    datasets: Sequence[Dataset],
    architectures: Mapping[str, Any],
    protocols: Mapping[str, tuple[str, Mapping[str, Any]]],
) -> str:
    """What the study will cost, by what the default study has cost."""
    seconds = ONCE
    for dataset in datasets:
        facts, folds = dataset.facts, protocols[dataset.name][1]["folds"]
        pixels = facts.size[0] * facts.size[1] / (480 * 640) or 1
        seconds += facts.clips * facts.frames[1] * FRAME * pixels
        seconds += len(architectures) * (MODEL + folds * (START + CLIP * facts.clips))
    facts = datasets[0].facts
    return (
        f"About {max(1, round(seconds / 60))} CPU minutes in all, by what the default study costs; this machine has "
        f"{facts.cores} cores, {facts.memory_mb // 1024} GB and {facts.gpus or 'no'} GPU. `make plan` counts the jobs."
    )


def _text(section: Commented) -> str:
    """A section as YAML, its comments above it."""
    comments = [line for text in section.comments for line in textwrap.wrap(text, 110)]
    dumped = yaml.dump(
        {section.name: section.content}, Dumper=_Plain, sort_keys=False, default_flow_style=None, width=140,
        allow_unicode=True,
    )  # fmt: skip
    return "".join(f"# {line}\n" for line in comments) + dumped


class _Plain(yaml.SafeDumper):
    """Writes no anchors: what stands twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
