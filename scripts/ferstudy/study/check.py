"""Do the parts of a config fit each other? Its shape is the schema's concern; this is checked at every parse."""

from collections.abc import Iterator
from pathlib import Path

from ferstudy.errors import StudyError
from ferstudy.models import copy_names, sampling
from ferstudy.protocols import acceptance, kinds
from ferstudy.study import (
    beside,
    check_fixed_epochs,
    check_pruning,
    exports,
    externals,
    foreign_tables,
    human_votes,
    named_in_report,
    network_files,
    patterns,
    teachers,
    written_numbers,
)
from ferstudy.study.grid import TRIMMED_PHASES, classes_of
from ferstudy.study.modules import adapters, defaults, families, family, layouts


def check(config: dict, config_path: str) -> None:
    """Refuse a config whose parts do not fit each other; raises StudyError with a line per finding."""
    findings = list(_findings(config))
    if findings:
        raise StudyError(f"{config_path}:\n" + "\n".join(f"  {finding}" for finding in findings))


def _unknown(place: str, what: str, name: str, known: list[str] | dict) -> str:
    return f"{place}: no {what} named {name!r}; there {'is' if len(known) == 1 else 'are'} {', '.join(known) or 'none'}"


def _findings(config: dict) -> Iterator[str]:
    yield from _dataset_findings(config)
    yield from _protocol_findings(config)
    yield from _grid_findings(config)
    yield from _recipe_findings(config)
    yield from _architecture_findings(config)
    yield from foreign_tables.findings(config)
    yield from externals.findings(config)
    yield from human_votes.findings(config)
    yield from beside.findings(config)
    yield from patterns.findings(config)
    yield from teachers.findings(config)
    yield from check_fixed_epochs.findings(config)
    yield from check_pruning.findings(config)
    yield from named_in_report.findings(config)
    yield from _skip_findings(config)
    yield from exports.findings(config)


def _dataset_findings(config: dict) -> Iterator[str]:
    for name, entry in config["datasets"].items():
        place = f"datasets/{name}"
        if entry.get("subjects_by_face") and not entry.get("who_is_who"):
            yield f"{place}/subjects_by_face: needs faces that are described; say who_is_who: true as well"
        if "people" in entry:
            yield from _file_findings(f"{place}/people", entry["people"])
        if "union" in entry:
            yield from _union_findings(config, place, entry)
            continue
        if ("root" in entry) == ("render" in entry):
            yield f"{place}: give either root (the folder of the videos) or render (to have them made)"
        for key in ("root", "openface"):
            if key in entry and not Path(entry[key]).is_dir():
                where = "relative folders are looked for in the study folder"
                yield f"{place}/{key}: there is no folder {entry[key]!r}; {where}"
        if "trims" in entry:
            yield from _file_findings(f"{place}/trims", entry["trims"])
        if "render" in entry and entry["render"]["layout"] not in layouts():
            yield _unknown(f"{place}/render/layout", "layout", entry["render"]["layout"], layouts())
        if entry["adapter"] not in adapters():
            yield _unknown(f"{place}/adapter", "adapter", entry["adapter"], adapters())
            continue
        known = adapters()[entry["adapter"]]
        for key in sorted(entry["options"].keys() - set(known)):
            yield f"{place}/options/{key}: no option of {entry['adapter']}; it has {', '.join(known)}"
    for name, entry in config["stills"].items():
        if "root" in entry and not Path(entry["root"]).exists():
            where = "relative paths are looked for in the study folder"
            yield f"stills/{name}/root: there is no {entry['root']!r}; {where}"


def _union_findings(config: dict, place: str, entry: dict) -> Iterator[str]:
    for leaf in entry["union"]:
        if leaf not in config["datasets"] or "union" in config["datasets"][leaf]:
            yield _unknown(f"{place}/union", "dataset with videos", leaf, _leaves(config))
    different = {tuple(classes_of(config["datasets"], leaf)) for leaf in entry["union"]}
    if "classes" not in entry and len(different) > 1:
        yield f"{place}/union: its datasets have different classes; give the union classes, and labels that map to them"
    for label, target in entry["labels"].items():
        classes = entry.get("classes") or classes_of(config["datasets"], entry["union"][0])
        if target and target not in classes:
            yield _unknown(f"{place}/labels/{label}", "class", target, classes)


def _file_findings(place: str, path: str) -> Iterator[str]:
    if not Path(path).is_file():
        yield f"{place}: there is no file {path!r}; relative paths are looked for in the study folder"


def _leaves(config: dict) -> list[str]:
    return [name for name, entry in config["datasets"].items() if "union" not in entry]


def _protocol_findings(config: dict) -> Iterator[str]:
    for name, entry in config["protocols"].items():
        place = f"protocols/{name}"
        try:
            kinds.complete(kinds.deciding(entry))
        except StudyError as error:
            yield f"{place}/{error}"
            continue
        yield from acceptance.findings(f"{place}/accept_leak", entry["accept_leak"], kinds.must_accept(entry))
        for path in kinds.needs(entry):
            yield from _file_findings(f"{place}/file", path)


def _grid_findings(config: dict) -> Iterator[str]:
    for dataset, protocols in config["grid"].items():
        if dataset not in config["datasets"]:
            yield _unknown(f"grid/{dataset}", "dataset", dataset, config["datasets"])
        for protocol in protocols:
            if protocol not in config["protocols"]:
                yield _unknown(f"grid/{dataset}", "protocol", protocol, config["protocols"])
            elif config["protocols"][protocol]["kind"] == "lodo" and "union" not in config["datasets"].get(dataset, {}):
                yield f"grid/{dataset}: {protocol} leaves one dataset out, and {dataset} is no union"
            elif config["protocols"][protocol]["kind"] == "lodo" and kinds.folds(config["protocols"][protocol]) != len(
                config["datasets"][dataset]["union"]
            ):
                joined = len(config["datasets"][dataset]["union"])
                yield f"protocols/{protocol}/folds: {dataset} joins {joined} datasets, so there are {joined} folds"
    ladder = config["report"].get("ladder")
    if ladder and not any(ladder in protocols and len(protocols) > 1 for protocols in config["grid"].values()):
        yield f"report/ladder: no dataset of the grid has {ladder!r} beside another protocol to hold against it"
    for name, contrast in config["evaluation"]["contrasts"].items():
        for dataset in config["grid"]:
            classes = classes_of(config["datasets"], dataset) or contrast
            for label in set(contrast) - set(classes):
                yield _unknown(f"evaluation/contrasts/{name}", f"class of {dataset}", label, classes)


def _recipe_findings(config: dict) -> Iterator[str]:
    for name, recipe in config["recipes"].items():
        place, detector = f"recipes/{name}", recipe["detector"]
        for key in ("model", "config"):
            if key in detector:
                yield from _file_findings(f"{place}/detector/{key}", detector[key])
        for key in {"ssd": ("model", "config"), "yunet": ("model",)}.get(detector["name"], ()):
            if key not in detector:
                yield f"{place}/detector/{key}: missing; {detector['name']} needs a file of yours"
        if recipe["crop"]["gamma"] != 1 and not recipe["crop"]["dark"]:
            yield f"{place}/crop/dark: missing; a gamma changes only clips whose median grey is below it (255: all)"
        if "model" in recipe.get("align", {}):
            yield from _file_findings(f"{place}/align/model", recipe["align"]["model"])
        if recipe.get("trim", {}).get("curve") == "openface":
            for leaf in _leaves(config):
                entry = config["datasets"][leaf]
                if entry["phases"] == TRIMMED_PHASES and "openface" not in entry:
                    yield f"datasets/{leaf}/openface: missing; the recipe {name} trims by OpenFace's action units"
    comparison = config["report"].get("face_comparison")
    if comparison:
        place = "report/face_comparison"
        if comparison["dataset"] not in _leaves(config):
            yield _unknown(f"{place}/dataset", "dataset with videos", comparison["dataset"], _leaves(config))
        for recipe in [*comparison["recipes"], *([comparison["reference"]] if "reference" in comparison else [])]:
            if recipe not in config["recipes"]:
                yield _unknown(f"{place}/recipes", "recipe", recipe, config["recipes"])


def _sampling_findings(config: dict, place: str, given: dict) -> Iterator[str]:
    for dataset in config["grid"]:
        try:
            sampling.check(given, classes_of(config["datasets"], dataset) or None)
        except StudyError as error:
            yield str(error).replace("sampling", place, 1)
            return


def _architecture_findings(config: dict) -> Iterator[str]:
    for name, entry in config["architectures"].items():
        place, wanted = f"architectures/{name}", entry["input"]
        if entry["family"] not in families():
            yield _unknown(f"{place}/family", "family", entry["family"], families())
        elif wanted["kind"] == "table" and not foreign_tables.taken_by(entry["family"]):
            yield f"{place}/input/kind: the family {entry['family']} reads no tables; cascade and linear do"
        elif wanted["kind"] not in ("table", *family(entry["family"])["INPUTS"]):
            takes = " or ".join(family(entry["family"])["INPUTS"])
            yield f"{place}/input/kind: the family {entry['family']} takes {takes}, found {wanted['kind']!r}"
        if entry["family"] in families():
            yield from _setting_findings(f"{place}/settings", entry["family"], entry["settings"])
            yield from _training_findings(config, f"{place}/training", entry)
        yield from _sampling_findings(config, f"{place}/sampling", entry["sampling"])
        if entry["family"] == "cascade" and entry["settings"].get("frames", 100) < entry["sampling"].get("frames", 0):
            yield f"{place}/settings/frames: fewer than sampling/frames; a sample would lose its last frames"
        if wanted["kind"] == "table":
            yield from foreign_tables.reader_findings(config, name, entry)
            continue
        yield from foreign_tables.crop_findings(config, name)
        if "name" in wanted:
            yield f"{place}/input/name: means nothing with kind: {wanted['kind']}"
        if "recipe" not in wanted:
            yield f"{place}/input/recipe: missing. The recipe of the crops"
            continue
        if wanted["recipe"] not in config["recipes"]:
            yield _unknown(f"{place}/input/recipe", "recipe", wanted["recipe"], config["recipes"])
        elif "flow" in wanted["kind"] and "flow" not in config["recipes"][wanted["recipe"]]:
            yield f"recipes/{wanted['recipe']}/flow: missing; {name} reads optical flow"
        through = entry["family"] in families() and family(entry["family"])["BACKBONE"]
        if "features" in wanted["kind"].split("+") or through:
            of_file = config["backbones"].get(wanted.get("backbone"), {}).get("network") == "file"
            if of_file:
                yield from network_files.reader_findings(config, place, entry, through)
            for key in ("backbone", "layer"):
                if key not in wanted and not (of_file and key == "layer"):
                    yield f"{place}/input/{key}: missing; features come from a layer of a backbone"
            if wanted.get("backbone", "") not in config["backbones"] and "backbone" in wanted:
                yield _unknown(f"{place}/input/backbone", "backbone", wanted["backbone"], config["backbones"])
        elif "backbone" in wanted or "layer" in wanted:
            yield f"{place}/input: backbone and layer belong to the kind features, found kind {wanted['kind']!r}"
        if "copies" in wanted:
            yield from _copy_findings(f"{place}/input", wanted)
    for name, entry in config["backbones"].items():
        find = network_files.findings if entry["network"] == "file" else _backbone_findings
        yield from find(config, f"backbones/{name}", entry)
    for name in config["architectures"].keys() & config["fusions"].keys():
        yield f"fusions/{name}: an architecture has the same name; models share one namespace, so rename one"


def _copy_findings(place: str, wanted: dict) -> Iterator[str]:
    if "flow" in wanted["kind"]:
        yield f"{place}/copies: copies are made of crops, and {wanted['kind']} has flow; take training/augmentation"
    if wanted["kind"] == "landmarks":
        yield f"{place}/copies: copies are made of crops, and landmarks are read from a store; remove it"
    try:
        copy_names.names(wanted["copies"])
    except StudyError as error:
        yield f"{place}/{error}"


def _backbone_findings(config: dict, place: str, entry: dict) -> Iterator[str]:
    if "file" in entry:
        yield f"{place}/file: means nothing with network: {entry['network']}; network: file runs a file of others"
    yield from _setting_findings(f"{place}/settings", entry["network"], entry["settings"])
    if entry["weights"] not in ("none", "imagenet"):
        yield from _file_findings(f"{place}/weights", entry["weights"])
    if ("stills" in entry) == (entry["source"] == "frames"):
        yield f"{place}: give either stills (a set of pictures) or source: frames (the training clips of each fold)"
    elif "stills" in entry and entry["stills"] not in config["stills"]:
        yield _unknown(f"{place}/stills", "set of stills", entry["stills"], config["stills"])
    if "frames" in entry and entry["source"] != "frames":
        yield f"{place}/frames: means nothing without source: frames"


def _training_findings(config: dict, place: str, entry: dict) -> Iterator[str]:
    training, kind = entry["training"], entry["input"]["kind"]
    if training.get("augmentation") and "features" in kind:
        yield f"{place}/augmentation: {kind} are read from a store, and no flip or rotation can reach stored features"
    if training.get("resample") == "smote" and family(entry["family"])["TRAINER"] == "network":
        yield f"{place}/resample: smote needs one vector per clip, as the family linear has; a network may take down"
    decision = training.get("decision")
    for dataset in config["grid"] if isinstance(decision, dict) else ():
        classes = classes_of(config["datasets"], dataset)
        for label in sorted(set(decision["major"]) - set(classes)) if classes else ():
            yield _unknown(f"{place}/decision/major", f"class of {dataset}", label, classes)


def _setting_findings(place: str, name: str, settings: dict) -> Iterator[str]:
    known = defaults(name)
    for key, value in settings.items():
        if key not in known:
            yield f"{place}/{key}: no setting of {name}; it has {', '.join(sorted(known))}"
        else:
            yield from (f"{place}/{key}: {flaw}" for flaw in written_numbers.flaws(value, known[key]))


def _skip_findings(config: dict) -> Iterator[str]:
    for number, rule in enumerate(config["skip"]):
        place = f"skip/{number}"
        if ("architecture" in rule) == ("fusion" in rule):
            yield f"{place}: name either an architecture or a fusion"
        for kind, known in (("dataset", "grid"), ("architecture", "architectures"), ("fusion", "fusions")):
            if kind in rule and rule[kind] not in config[known]:
                yield _unknown(f"{place}/{kind}", kind, rule[kind], config[known])
