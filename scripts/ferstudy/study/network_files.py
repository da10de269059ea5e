"""Backbones that others have trained: is their entry sound, is the file there, and what is known of its training.

Standard library only: this is read at every parse of the workflow.
"""

import math
from collections.abc import Iterator
from pathlib import Path

from ferstudy.models.network_files import formats
from ferstudy.provenance.external import found_file

LAYER = "output"  # what an input calls the layer of a file, of which one is read
UNKNOWN = "unknown"
# Keys of a backbone that say how it is trained, with the value that says nothing.
OF_TRAINING = {"source": "stills", "settings": {}, "weights": "none", "training": {}, "precision": "float32"}


def named_format(told: dict) -> str:
    """The format of a backbone's file."""
    return told.get("format") or formats.format_of(told["path"])


def format_of(told: dict) -> str:
    """The name of the module that reads a backbone's file."""
    return formats.MODULES[named_format(told)]


def paths_of(backbones: dict[str, dict]) -> dict[str, str]:
    """The files of the backbones that have one, by their names in order."""
    return {name: entry["file"]["path"] for name, entry in sorted(backbones.items()) if entry["network"] == "file"}


def beside(path: str) -> list[str]:
    """Weights that PyTorch's export puts beside an ONNX file; they count like the file."""
    return [name for name in (f"{path}.data", f"{path}_data") if Path(found_file(name)).is_file()]


def trained_on(entry: dict) -> list[str] | None:
    """On what others have trained a backbone's weights: names, none where nobody said it; None without such weights."""
    if entry["network"] != "file" and entry["weights"] == "none":
        return None
    assumed = ["imagenet"] if entry["weights"] == "imagenet" else UNKNOWN
    told = entry.get("trained_on", assumed)
    return [] if told == UNKNOWN else sorted(told)


def chosen(config: dict) -> dict:
    """The config whose inputs name what they read: of a file that is not there what its backbone has `otherwise`.

    Which was taken stands in the backbone's entry, as `taken`: "file" or "otherwise".
    """
    backbones = {name: _with_choice(entry) for name, entry in config["backbones"].items()}
    read = {
        name: {**entry, "input": _input(entry["input"], backbones)} for name, entry in config["architectures"].items()
    }
    return {**config, "backbones": backbones, "architectures": read}


def sentences(backbones: dict[str, dict]) -> list[str]:
    """A line for each backbone that has a choice: which was taken."""
    lines = []
    for name, entry in backbones.items():
        other = entry.get("otherwise", {})
        if entry.get("taken") == "file":
            lines.append(f"Backbone {name}: the file {entry['file']['path']} is there and is read.")
        elif "taken" in entry:
            instead = f"{other['layer']} of {other['backbone']}"
            lines.append(f"Backbone {name}: there is no file {entry['file']['path']}, so {instead} is read instead.")
    return lines


def _with_choice(entry: dict) -> dict:
    if "otherwise" not in entry or "taken" in entry:
        return entry
    there = Path(found_file(entry["file"]["path"])).exists()
    return {**entry, "taken": "file" if there else "otherwise"}


def _input(wanted: dict, backbones: dict[str, dict]) -> dict:
    entry = backbones.get(wanted.get("backbone"), {})
    if entry.get("taken") == "otherwise":
        return {**wanted, **entry["otherwise"]}
    return {**wanted, "layer": LAYER} if entry.get("network") == "file" else wanted


def findings(config: dict, place: str, entry: dict) -> Iterator[str]:
    """What is wrong with a backbone of a file."""
    for key in ("stills", "frames", "phases", *OF_TRAINING):
        if entry.get(key, OF_TRAINING.get(key)) != OF_TRAINING.get(key):
            yield f"{place}/{key}: means nothing with network: file; the file is run as it is, and nothing trains it"
    if "file" not in entry:
        yield f"{place}/file: missing; say path and input of the network file"
        return
    told, path = entry["file"], entry["file"]["path"]
    if "format" not in told and not formats.format_of(path):
        yield f"{place}/file/format: missing; the ending of {path!r} tells none of {', '.join(formats.MODULES)}"
    if not Path(found_file(path)).exists() and "otherwise" not in entry:
        yield (
            f"{place}/file/path: there is no file {path!r}; relative paths are looked for in the study folder, and "
            "those that begin with weights/ in ferstudy's own folder too"
        )
    yield from _input_findings(f"{place}/file/input", told["input"])
    other = config["backbones"].get(entry.get("otherwise", {}).get("backbone"))
    if "otherwise" in entry and (other is None or other["network"] == "file"):
        yield f"{place}/otherwise/backbone: {entry['otherwise']['backbone']!r} is no backbone that the study trains"


def _input_findings(place: str, told: dict) -> Iterator[str]:
    channels = 1 if told["colour"] == "grey" else 3
    for key in ("mean", "std"):
        if len(told.get(key, [0] * channels)) != channels:
            yield f"{place}/{key}: found {len(told[key])} numbers; {told['colour']} has {channels} channels"
    if 0 in told.get("std", []):
        yield f"{place}/std: values are divided by it; expected numbers above 0"
    if not told["range"][0] < told["range"][1] or not all(map(math.isfinite, told["range"])):
        yield f"{place}/range: found {told['range']}; expected the values of black and white, as [0, 1]"
    if ("frames" in told) != ("t" in told["layout"]):
        frames = "with" if "frames" in told else "without"
        yield f"{place}/layout: found {told['layout']} {frames} frames; t is the axis of frames"
    if "stride" in told and "frames" not in told:
        yield f"{place}/stride: means nothing without frames"


def reader_findings(config: dict, place: str, entry: dict, through: bool) -> Iterator[str]:
    """What is wrong with an architecture that reads a backbone of a file; `through`: it runs a backbone within."""
    wanted = entry["input"]
    backbone = config["backbones"][wanted["backbone"]]
    if "layer" in wanted:
        yield (
            f"{place}/input/layer: {wanted['backbone']} is a file, and what is read of it stands under "
            f"backbones/{wanted['backbone']}/file/output; remove the key"
        )
    if through:
        yield (
            f"{place}/input/backbone: {entry['family']} runs a backbone that the study has trained, and "
            f"{wanted['backbone']} is a file; take the family cascade and the kind features"
        )
    if "frames" in backbone.get("file", {}).get("input", {}) and wanted["kind"] != "features":
        yield (
            f"{place}/input/kind: {wanted['backbone']} has one vector per window of frames, which cannot stand beside "
            "crops; take the kind features"
        )
