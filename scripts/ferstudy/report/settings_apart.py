"""What differs between the settings of models: the columns of an ablation table."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ferstudy.report.numbers import DASH
from ferstudy.report.records import ModelResults, Results
from ferstudy.study.modules import family
from ferstudy.training.loop import complete

SEARCHED = "searched"  # by fold: the folds of the model have different values
PARTS = ("input", "sampling", "settings", "training")


class OneStep(NamedTuple):
    """Two models of which one setting alone differs."""

    key: str
    first: str  # the model with the smaller value, as texts and numbers are sorted
    second: str
    before: str
    after: str


def settings_of(results: Results, model: ModelResults) -> dict[str, str]:
    """Every setting of an architecture or a fusion by its dotted name, as text; of one that was searched, what was set.

    Those of the family have no prefix, those of the other parts have that of their part.
    """
    if model.kind == "fusion":
        entry = results.study.fusions[model.planned]
        return flat({**{key: value for key, value in entry.items() if key != "of"}, "members": sorted(model.members)})
    entries = [record["settings"] for record in model.records if "settings" in record]
    every = [_own(entry, model.family) for entry in entries or [results.study.architectures[model.model]]]
    keys = dict.fromkeys(key for one in every for key in one)
    values = {key: {one.get(key, DASH) for one in every} for key in keys}
    return {key: next(iter(own)) if len(own) == 1 else SEARCHED for key, own in values.items()}


def _own(entry: Mapping[str, Any], name: str) -> dict[str, str]:
    parts = {part: entry[part] for part in PARTS if part in entry}
    if family(name)["TRAINER"] == "network":  # what its training leaves out has a default too
        parts["training"] = {**complete(entry["training"]), "distil": distilled(entry["training"].get("distil"))}
    whole = flat(parts)
    # Where the backbone lies is no setting; what it is stands in the input.
    return {key.removeprefix("settings."): value for key, value in whole.items() if ".backbone." not in key}


def distilled(distil: Mapping[str, Any] | None) -> str | None:
    """From whom a model learns, and how, as one setting; None of a model that learns from labels alone."""
    if not distil:
        return None
    whole = complete({"distil": distil})["distil"]
    return f"{whole['teacher']}, temperature {whole['temperature']:g}, weight {whole['weight']:g}"


def flat(value: Any, prefix: str = "") -> dict[str, str]:
    """{dotted name: text} of nested settings; a list is one text."""
    if isinstance(value, Mapping) and value:
        found: dict[str, str] = {}
        for key, inner in value.items():
            found |= flat(inner, f"{prefix}.{key}" if prefix else str(key))
        return found
    return {prefix: text(value)}


def text(value: Any) -> str:
    """A setting as the page prints it: "0.001", "64, 128", "no", "none"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ([], {}, ""):
        return "none"
    if isinstance(value, list):
        return ", ".join(map(text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def differing(models: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The settings in which some of `models` differ, by name."""
    keys = {key for own in models.values() for key in own}
    return sorted(key for key in keys if len({own.get(key, DASH) for own in models.values()}) > 1)


def titles(keys: Sequence[str]) -> list[str]:
    """The settings by the last parts of their names, where no two have the same one."""
    last = [key.rpartition(".")[2] for key in keys]
    return [short if last.count(short) == 1 else key for key, short in zip(keys, last, strict=True)]


def one_apart(models: Mapping[str, Mapping[str, str]]) -> list[OneStep]:
    """Every pair of `models` that differ in one setting, from the smaller value to the larger one, by setting."""
    names: Sequence[str] = list(models)
    found = []
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            keys = differing({one: models[one], other: models[other]})
            if len(keys) == 1 and SEARCHED not in (models[one].get(keys[0]), models[other].get(keys[0])):
                pair = sorted(((models[name].get(keys[0], DASH), name) for name in (one, other)), key=_size)
                (before, first), (after, second) = pair
                found.append(OneStep(keys[0], first, second, before, after))
    return sorted(found, key=lambda step: (step.key, _size((step.before, "")), _size((step.after, "")), step.first))


def _size(pair: tuple[str, str]) -> tuple[bool, float, str, str]:
    """Numbers by their value, then texts."""
    try:
        return (False, float(pair[0]), "", pair[1])
    except ValueError:
        return (True, 0.0, pair[0], pair[1])
