"""The models that a study exports: which, of which fold, and what is known of their licences.

Standard library only: this is read at every parse of the workflow.
"""

from collections.abc import Iterator

from ferstudy.fold import Fold
from ferstudy.protocols import kinds
from ferstudy.study import network_files, patterns
from ferstudy.study.grid import TRIMMED_PHASES, Study
from ferstudy.study.skipped import skipped

STACKED = ("logistic", "svm", "tree")  # fusions that have learned from their members' answers
REFUSED = ("savedmodel",)  # formats that may run anything


def exported(study: Study) -> list[tuple[str, str]]:
    """(dataset, architecture) of what is exported; with `exports: true` all that can be."""
    asked = study.config["exports"]
    cells = dict.fromkeys((cell.dataset, cell.model) for cell in study.cells if cell.kind == "architecture")
    if asked is True:
        return [place for place in cells if not why_not(study.config, *place)]
    needed = {(dataset, name) for dataset, fusion in fused(study) for name in study.fusions[fusion]["members"]}
    return [place for place in cells if "/".join(place) in (asked or []) or place in needed]


def fused(study: Study) -> list[tuple[str, str]]:
    """(dataset, fusion) of what is exported; with `exports: true` all that can be."""
    asked = study.config["exports"]
    cells = dict.fromkeys((cell.dataset, cell.model) for cell in study.cells if cell.kind == "fusion")
    if asked is True:
        return [place for place in cells if not fusion_why_not(study.config, *place)]
    return [place for place in cells if "/".join(place) in (asked or [])]


def converted(study: Study) -> list[tuple[str, str, str, str]]:
    """(dataset, architecture, format, precision) of every exported model in every format that the config names."""
    formats = [tuple(name.split("/")) for name in study.config["export_formats"]]
    return [(*place, *each) for place in exported(study) for each in formats]


def chosen(study: Study, dataset: str, arch: str) -> tuple[str, str]:
    """(protocol, fold) of the model that is exported: for use if there is one, else `final`, else the first fold.

    Of several protocols the first that has such a fold.
    """
    protocols = [cell.protocol for cell in study.cells if (cell.dataset, cell.model) == (dataset, arch)]
    folds = [(protocol, name) for protocol in protocols for name in study.trainings(protocol)]
    for wanted in ("is_deploy", "is_final"):
        for protocol, name in folds:
            if getattr(Fold.parse(name), wanted):
                return protocol, name
    return folds[0]


def findings(config: dict) -> Iterator[str]:
    """What is wrong with `exports` and `export_formats`."""
    if config["export_formats"] and not config["exports"]:
        yield "export_formats: no model is exported, so none is converted; add exports: true, or a list of models"
    for number, name in enumerate(config["exports"] or [] if config["exports"] is not True else []):
        dataset, _, arch = name.partition("/")
        place = f"exports/{number}"
        if dataset in config["grid"] and arch in config["fusions"]:
            if why := fusion_why_not(config, dataset, arch):
                yield f"{place}: {name} cannot be exported: {why}"
        elif dataset not in config["grid"] or arch not in config["architectures"]:
            yield f"{place}: found {name!r}; expected <dataset>/<architecture>, a dataset of the grid and a model of it"
        elif why := why_not(config, dataset, arch):
            yield f"{place}: {name} cannot be exported: {why}"


def why_not(config: dict, dataset: str, arch: str) -> str:
    """Why a model cannot be used without the study; empty where it can."""
    wanted = config["architectures"][arch]["input"]
    if wanted["kind"] == "table":
        return "it reads tables of another tool, which no video holds"
    recipe = config["recipes"].get(wanted.get("recipe"), {})
    leaves = config["datasets"][dataset].get("union", [dataset])
    phases = {config["datasets"].get(leaf, {}).get("phases") for leaf in leaves}
    if "trim" in recipe and TRIMMED_PHASES in phases:
        if recipe["trim"].get("curve") == "openface":
            return "its clips are trimmed by the curves of OpenFace, which no video holds"
        if len(phases) > 1:
            return "some of the joined datasets are trimmed and some not, so nothing says what to do with a video"
    backbone = config["backbones"].get(wanted.get("backbone"), {})
    if backbone.get("network") == "file" and backbone.get("taken", "file") == "file" and "file" in backbone:
        if network_files.named_format(backbone["file"]) in REFUSED:
            return "a SavedModel may run anything, so an exported model does not hold one; convert it to ONNX"
        if network_files.beside(backbone["file"]["path"]):
            return "the weights of its ONNX file lie in a second file; save them within it"
    return ""


def fusion_why_not(config: dict, dataset: str, fusion: str) -> str:
    """Why a fusion cannot be used without the study; empty where it can."""
    entry = config["fusions"][fusion]
    if patterns.is_pattern(entry):
        return "it stands for many fusions; name one of them in fusions"
    for name in entry["members"]:
        if name not in config["architectures"]:
            return f"its member {name} is not trained here"
        if why := why_not(config, dataset, name):
            return f"its member {name} cannot be: {why}"
    protocols = [
        config["protocols"][name]
        for name in config["grid"][dataset]
        if name in config["protocols"] and not skipped(config, dataset, name, "architecture", entry["members"][0])
    ]
    deployed = next((one for one in protocols if one["deploy"]), None)  # as `chosen` finds it
    if entry["method"] in STACKED and deployed and not kinds.has_final(deployed):
        return (
            "it has learned a machine for each fold, and none for the models for use; hold test clips out, which gives "
            "one machine of all folds, or fuse by a mean"
        )
    return ""


def licences(study: Study, dataset: str, arch: str) -> list[str]:
    """What is known of the licences of what a model learned from and holds, a sentence each."""
    wanted = study.architectures[arch]["input"]
    said = []
    for leaf in study.leaves(dataset):
        licence = study.datasets[leaf].get("licence") or "not stated"
        said.append(f"Data {leaf}, from which it learned: {licence}")
    backbone = study.backbones.get(wanted.get("backbone"), {})
    if backbone.get("network") == "file":
        on = ", ".join(network_files.trained_on(backbone) or []) or "unknown data"
        said.append(f"Network {wanted['backbone']} is a file of others, trained on {on}: see the licence of that file")
    elif backbone and backbone["weights"] != "none":
        whose = "on ImageNet, whose pictures are for research" if backbone["weights"] == "imagenet" else "by others"
        said.append(f"Backbone {wanted['backbone']} began with weights trained {whose}: see the licence of these")
    if backbone.get("network") == "vggface":
        said.append("The VGGFace weights are not for commercial use")
    if "landmarks" in study.kinds(arch) or "align" in study.recipes[wanted["recipe"]]:
        said.append("Landmarks: dlib's 68-point model learned from iBUG 300-W, whose licence excludes commercial use")
    return said
