"""Tables of other tools as features: what a preset fills in, and is what the config says of them sound?

Standard library only: this is read at every parse of the workflow.
"""

from collections.abc import Iterator
from pathlib import Path

from ferstudy.provenance import table_files
from ferstudy.study.modules import defaults, family

ENDINGS = (".csv", ".tsv", ".npy", ".npz", ".parquet")
PRESETS = {
    # Tadas Baltrusaitis et al., OpenFace 2.0, FG 2018: a table is called as its video, frames are counted from 1.
    "openface": {
        "pattern": "{stem}.csv",
        "frame": "frame",
        "first": 1,
        "columns": ["AU*_r", "pose_R*"],
        "confidence": "confidence",
        "face": "face_id",
    },
    # Jin Hyun Cheong et al., Py-Feat, Affective Science 2023; it calls people Identity where it tells them apart.
    "pyfeat": {
        "pattern": "{stem}.csv",
        "frame": "frame",
        "first": 0,
        "columns": [
            "AU*", "Pitch", "Roll", "Yaw", "anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral",
        ],
        "confidence": "FaceScore",
        "face": "Identity",
    },
}  # fmt: skip
SOUND = "sound"  # the preset of what is heard in the clips' own films, and read from no table
TOLD = ("frame", "first", "time", "columns", "confidence", "minimum", "face", "covered_frames")  # to the job


def completed(tables: dict[str, dict]) -> dict[str, dict]:
    """The entries with what their presets say; a `time` of one's own takes the place of the preset's frames."""
    found = {}
    for name, entry in tables.items():
        known = dict(PRESETS.get(entry.get("preset"), {"pattern": "{clip}.csv"}))
        if "time" in entry:
            known = {key: value for key, value in known.items() if key not in ("frame", "first")}
        whole = {**known, **entry}
        if "confidence" not in whole:
            whole.pop("minimum", None)
        found[name] = whole
    return found


# Keys that the schema fills in, said or not.
DEFAULTED = ("root", "minimum", "trained_on")


def sounds(tables: dict[str, dict]) -> list[str]:
    """The entries that are the sound of the films."""
    return [name for name, entry in tables.items() if entry.get("preset") == SOUND]


def of_family(entry: dict) -> dict:
    """Settings that a family has for tables, where the config says nothing else: degrees drown no intensities."""
    known = defaults(entry["family"])
    return {"standardise": True} if entry["input"]["kind"] == "table" and "standardise" in known else {}


def taken_by(name: str) -> bool:
    """Whether a family reads tables: it reads vectors of frames, and no maps of a backbone."""
    return "features" in family(name)["INPUTS"] and "map" not in defaults(name)


def trained_on(entry: dict) -> list[str] | None:
    """On what the tool behind a table was trained: names, none where nobody said it; None of sound, which was not."""
    if entry.get("preset") == SOUND:
        return None
    told = entry["trained_on"]
    return [] if told == "unknown" else sorted(told)


def without_videos(config: dict, dataset: str) -> list[str]:
    """The leaves of a dataset that are told by tables alone."""
    entry = config["datasets"].get(dataset, {})
    leaves = entry.get("union", [dataset])
    return [leaf for leaf in leaves if not filmed(config["datasets"].get(leaf, {}))]


def filmed(leaf: dict) -> bool:
    """Whether a leaf has videos."""
    return leaf.get("options", {}).get("videos") != "none"


def findings(config: dict) -> Iterator[str]:
    """What does not fit in the section `tables`, and in datasets without videos."""
    heard = sounds(config["tables"])
    for name in heard:
        for key in sorted(config["tables"][name].keys() - {"preset", "covered_frames", *DEFAULTED}):
            yield f"tables/{name}/{key}: means nothing with preset: sound, which is read from the films themselves"
    for name, entry in completed(config["tables"]).items():
        place = f"tables/{name}"
        if name in heard:
            continue
        if not Path(entry["root"]).is_dir():
            where = "relative folders are looked for in the study folder"
            yield f"{place}/root: there is no folder {entry['root']!r}; {where}"
        yield from _pattern_findings(f"{place}/pattern", entry["pattern"])
        if "frame" in entry and "time" in entry:
            yield f"{place}: give either frame or time"
        if "frame" in entry and "first" not in entry:
            yield f"{place}/first: missing; say whether {entry['frame']} counts from 0 or from 1"
        if "first" in entry and "frame" not in entry:
            yield f"{place}/first: means nothing without frame"
        if name in config["backbones"]:
            yield f"{place}: a backbone has the same name; rename one"
    for name, entry in config["datasets"].items():
        if not filmed(entry) and "trims" in entry:
            yield f"datasets/{name}/trims: means nothing with options/videos: none"
    compared = config["report"].get("face_comparison", {}).get("dataset")
    if compared and without_videos(config, compared):
        yield f"report/face_comparison/dataset: {compared} has no videos (options/videos: none)"


def _pattern_findings(place: str, pattern: str) -> Iterator[str]:
    if not pattern.endswith((*ENDINGS, "{path}")):
        yield f"{place}: found {pattern!r}; expected an ending of {', '.join(ENDINGS)}"
    if "{path}" in pattern and not pattern.startswith("{path}"):
        yield f"{place}: found {pattern!r}; a path of the clips table stands first, and the root does not count"
    if unknown := table_files.unknown(pattern):
        known = ", ".join(f"{{{name}}}" for name in table_files.PLACES)
        yield f"{place}: no {{{unknown[0]}}} of a clip; there are {known}"


def reader_findings(config: dict, name: str, entry: dict) -> Iterator[str]:
    """What is wrong with the input of an architecture that reads a table."""
    place, wanted = f"architectures/{name}/input", entry["input"]
    for key in ("recipe", "backbone", "layer", "copies"):
        if key in wanted:
            yield f"{place}/{key}: means nothing with kind: table"
    if "name" not in wanted:
        yield f"{place}/name: missing; say which of the tables"
    elif wanted["name"] not in config["tables"]:
        known = ", ".join(config["tables"]) or "none"
        yield f"{place}/name: no table named {wanted['name']!r}; there are {known}"
    elif wanted["name"] in sounds(config["tables"]):
        yield from crop_findings(config, name, "sound")


def crop_findings(config: dict, name: str, what: str = "crops") -> Iterator[str]:
    """What is wrong with an architecture that reads crops or sound, where a dataset has no videos."""
    for dataset, protocols in config["grid"].items():
        rules = [rule for rule in config["skip"] if rule["dataset"] == dataset and rule.get("architecture") == name]
        skipped = {one for rule in rules for one in ([rule["protocol"]] if "protocol" in rule else protocols)}
        if (leaves := without_videos(config, dataset)) and set(protocols) - skipped:
            yield (
                f"architectures/{name}/input: reads {what}, and {leaves[0]} has no videos (options/videos: none); take "
                f"a table of another tool, or skip it on {dataset}"
            )
