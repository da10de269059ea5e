"""Is the `searches` section of a config sound? It is checked when the workflow is read, with the schema at hand."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from ferstudy.errors import StudyError
from ferstudy.models import sampling
from ferstudy.protocols import kinds
from ferstudy.search import space
from ferstudy.search.best import merged
from ferstudy.study import written_numbers, yaml_file
from ferstudy.study.modules import defaults, family

OF_ESTIMATORS = ("class_weight", "resample")  # of `training`


def check(config: Mapping[str, Any], schema_path: str | Path, config_path: str) -> None:
    """Refuse searches that do not fit the config (complete, otherwise checked); StudyError has a line per finding."""
    if not config.get("searches"):
        return
    schema = yaml_file.schema(schema_path)
    if wrong := list(findings(config, schema)):
        raise StudyError(f"{config_path}:\n" + "\n".join(f"  {finding}" for finding in wrong))


def findings(config: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each thing that is wrong."""
    cells: dict[tuple, str] = {}
    for name, entry in config["searches"].items():
        place = f"searches/{name}"
        if ("architecture" in entry) == ("backbone" in entry):
            yield f"{place}: name either an architecture (with dataset and protocol) or a backbone (with recipe)"
            continue
        section = "architectures" if "architecture" in entry else "backbones"
        strange = list(_reference_findings(config, place, entry))
        yield from strange
        yield from _number_findings(place, entry)
        if strange:
            continue
        yield from _key_findings(config, schema, place, section, entry)
        keys = ("dataset", "protocol", "architecture") if section == "architectures" else ("backbone", "recipe")
        cell = tuple(entry[key] for key in keys)
        if cell in cells:
            yield f"{place}: the search {cells[cell]} has the same {section[:-1]}; only one can set its settings"
        cells[cell] = name


def _reference_findings(config: Mapping, place: str, entry: Mapping) -> Iterator[str]:
    """What is named exists, and can be searched without a look at test clips."""
    of_clips = {"dataset": "grid", "protocol": "protocols", "architecture": "architectures"}
    of_stills = {"backbone": "backbones", "recipe": "recipes"}
    wanted, other = (of_clips, of_stills) if "architecture" in entry else (of_stills, of_clips)
    for key, section in wanted.items():
        if key not in entry:
            yield f"{place}/{key}: missing"
        elif entry[key] not in config[section]:
            known = ", ".join(config[section]) or "none"
            yield f"{place}/{key}: no {key} named {entry[key]!r}; there are {known}"
    for key in sorted(other.keys() & entry.keys()):
        yield f"{place}/{key}: means nothing in a search of {'an architecture' if other is of_stills else 'a backbone'}"
    if "phases" in entry and "backbone" not in entry:
        yield f"{place}/phases: means nothing in a search of an architecture"
    if "backbone" in entry:
        if isinstance(entry.get("folds"), list):
            yield f"{place}/folds: means nothing in a search of a backbone, which is trained once"
        if entry.get("phases", 0) > len(config["backbones"].get(entry["backbone"], {}).get("phases", [])):
            yield f"{place}/phases: found {entry['phases']}, more than {entry['backbone']} has"
        if config["backbones"].get(entry["backbone"], {}).get("network") == "file":
            yield f"{place}/backbone: {entry['backbone']} is a file of others; nothing of it is trained or searched"
        elif not config["backbones"].get(entry["backbone"], {"stills": "?"}).get("stills"):
            yield f"{place}/backbone: {entry['backbone']} learns from a study's own frames; a search needs stills"
    elif entry.get("protocol") in config["protocols"] and entry.get("dataset") in config["grid"]:
        yield from _protocol_findings(config, place, entry)


def _protocol_findings(config: Mapping, place: str, entry: Mapping) -> Iterator[str]:
    protocol = config["protocols"][entry["protocol"]]
    if entry["protocol"] not in config["grid"][entry["dataset"]]:
        yield f"{place}/protocol: {entry['dataset']} does not run {entry['protocol']} (grid/{entry['dataset']})"
    if protocol["kind"] == "as_published":
        yield f"{place}/protocol: {entry['protocol']} validates on its test clips, and a search must not see them"
    if not kinds.validates(protocol):
        yield f"protocols/{entry['protocol']}/validation: missing; {place} judges by such clips"
    chosen = entry.get("folds")
    backbone = config["architectures"].get(entry["architecture"], {"input": {}})["input"].get("backbone")
    own = config["backbones"].get(backbone, {}).get("source") == "frames"
    if own and protocol["deploy"] and not kinds.has_final(protocol):
        yield (
            f"protocols/{entry['protocol']}/deploy: would be searched over all folds, and {backbone} learns from "
            "frames of each, so that folds have other features; leave deploy out, or train the backbone on stills"
        )
    elif own and (kinds.has_final(protocol) or protocol["kind"] == "nested") and len(chosen or []) != 1:
        yield (
            f"{place}/folds: {backbone} learns from frames of each fold, so that folds have other features; name one "
            "fold, as [0]"
        )
    if isinstance(chosen, list) and protocol["kind"] == "nested":
        if missing := [number for number in chosen if number >= protocol.get("inner", 0)]:
            inner = f"0 to {protocol.get('inner', 1) - 1} in every outer fold"
            yield f"{place}/folds: no inner fold {missing[0]}; {entry['protocol']} has {inner}"
    elif isinstance(chosen, list):
        count = kinds.folds(protocol)
        if not kinds.has_final(protocol):
            yield (
                f"{place}/folds: each fold of {entry['protocol']} tests clips of its own, so each is searched for "
                "itself; leave the key out"
            )
        elif missing := [number for number in chosen if number >= count]:
            yield f"{place}/folds: no fold {missing[0]}; {entry['protocol']} has 0 to {count - 1}"


def _number_findings(place: str, entry: Mapping) -> Iterator[str]:
    """The space has points, and as many as are asked for."""
    if not entry["space"]:
        yield f"{place}/space: nothing to search; give at least one key, such as settings.units: [64, 128]"
        return
    flaws = {key: flaw for key, dimension in entry["space"].items() if (flaw := space.flaw(dimension))}
    yield from (f"{place}/space/{key}: {flaw}" for key, flaw in flaws.items())
    if flaws:
        return
    points, asked = space.points(entry["space"]), entry.get("trials")
    if entry["method"] == "grid":
        if points is None:
            endless = next(key for key, dimension in entry["space"].items() if space.values(dimension) is None)
            yield f"{place}/space/{endless}: a grid needs a list of values, or a range with a step"
            return
        if asked is not None and points > asked:
            yield f"{place}/trials: the grid has {points} points and trials is {asked}; raise it, or take method random"
            return
    elif asked is None:
        yield f"{place}/trials: missing; say how many settings are tried"
        return
    elif points is not None and asked > points:
        yield f"{place}/trials: found {asked}, but the space has {points} points; method grid tries each of them once"
    if entry["workers"] > space.trials(entry):
        yield f"{place}/workers: found {entry['workers']}, more than the {space.trials(entry)} trials"


def _key_findings(config: Mapping, schema: Mapping, place: str, section: str, entry: Mapping) -> Iterator[str]:
    """Every key can be set, and every value could stand in the config."""
    searched = config[section][entry["architecture"] if section == "architectures" else entry["backbone"]]
    name = searched["family"] if section == "architectures" else searched["network"]
    known = dict(sorted(defaults(name).items()))
    if "epochs" in entry and family(name).get("TRAINER") == "estimator":
        yield f"{place}/epochs: means nothing to {name}, which scikit-learn fits in one go"
    shape = {**schema["properties"][section]["additionalProperties"], "$defs": schema["$defs"]}
    for key, dimension in entry["space"].items():
        at, (root, *below) = f"{place}/space/{key}", key.split(".")
        if root not in space.ROOTS or not below or (root == "sampling" and section == "backbones"):
            roots = [root for root in space.ROOTS if root != "sampling" or section == "architectures"]
            yield f"{at}: can be searched: {', '.join(f'{root}.<key>' for root in roots)}"
        elif root == "settings" and below[0] not in known:
            yield f"{at}: {below[0]!r} is no setting of {name}{_guess(below[0], known)}; it has {', '.join(known)}"
        elif root == "training" and family(name).get("TRAINER") == "estimator" and below[0] not in OF_ESTIMATORS:
            yield f"{at}: means nothing to {name}, which scikit-learn fits in one go; {' and '.join(OF_ESTIMATORS)} do"
        elif not space.flaw(dimension):
            tried = dimension if isinstance(dimension, list) else [dimension["low"], dimension["high"]]
            default = known[below[0]] if root == "settings" and len(below) == 1 else None
            yield from dict.fromkeys(  # a wrong key is wrong with every value
                f"{at}: {flaw}" for value in tried for flaw in _value_findings(shape, searched, key, value, default)
            )


def _value_findings(shape: Mapping, searched: Mapping, key: str, value: Any, default: Any) -> Iterator[str]:
    """`default` is that of a setting of a family, which says its type; None for other keys, which the schema knows."""
    yield from written_numbers.flaws(value, default)
    try:
        entry = merged(searched, {"overrides": {key: value}})
    except StudyError as error:
        yield f"{value!r} cannot be set: {error}"
        return
    wrong = [error for error in Draft202012Validator(shape).iter_errors(entry) if error.validator != "required"]
    for error in wrong:  # what is left out has a default in training
        if error.validator == "additionalProperties":
            known = sorted(error.schema.get("properties", {}))
            for name in sorted(set(error.instance) - set(known)):
                yield f"unknown key {name!r}{_guess(name, known)}; expected one of {', '.join(known)}"
        else:
            yield f"{value!r} cannot be set: {error.message}"
    if not wrong and key.startswith("sampling."):
        try:
            sampling.check(entry["sampling"])
        except StudyError as error:
            yield f"{value!r} cannot be set: {error}"


def _guess(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
