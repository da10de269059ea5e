"""Students: architectures that learn from what a teacher, a fusion or another architecture, answers.

A student's fold is taught by models that were trained neither on the clip in question nor on a clip that the student is
judged by. Where clips are held out from all folds (or, nested, from those of an outer fold), the last training `final`
finds such answers among the validation rows of the folds. Fold 2 does not: the models of the other folds have learned
from its validation clips. For it the members are trained once more in each other fold without these clips: cells beside
the grid, called `lstm.without2`. Standard library only: this is read at every parse of the workflow.
"""

from collections.abc import Iterator

from ferstudy.fold import Fold
from ferstudy.protocols import kinds
from ferstudy.study.modules import families, family
from ferstudy.study.patterns import is_pattern, settled_fusion
from ferstudy.study.skipped import skipped

LEAST = 3  # folds: with two, a teacher without both would have nobody to learn from
KIND = "teacher"  # of the cells beside the grid


def students(config: dict) -> dict[str, str]:
    """The teacher of each student."""
    told = {name: entry["training"].get("distil") for name, entry in config["architectures"].items()}
    return {name: distil["teacher"] for name, distil in told.items() if distil}


def fused(config: dict, teacher: str) -> dict:
    """How a teacher's members are fused: {method, members, calibration} of a fusion; an architecture is one alone."""
    entry = config["fusions"].get(teacher)
    if entry is None:
        return {"method": "average", "members": [teacher], "calibration": "none"}
    whole = settled_fusion(entry, config)
    return {"method": whole["method"], "members": whole["members"], "calibration": whole.get("calibration", "none")}


def numbers(protocol: dict) -> list[str]:
    """The numbers of the folds whose validation clips are left out, one fold a student; of a nested one, the inner."""
    inner = [Fold.parse(name) for name in kinds.names(protocol)]
    return list(dict.fromkeys(fold.inner for fold in inner if fold.number is not None))


def without(config: dict) -> dict[str, tuple[str, str]]:
    """(member, number of the fold that is left out) of every training for students, by its name."""
    taught = students(config)
    members = sorted({name for teacher in taught.values() for name in fused(config, teacher)["members"]})
    used = [name for names in config["grid"].values() for name in names] if members else []
    of_all = dict.fromkeys(number for name in used for number in numbers(config["protocols"][name]))
    return {f"{member}.without{number}": (member, number) for member in members for number in of_all}


def answering(fold: str, names: list[str]) -> list[str]:
    """The folds whose models teach in a student's `fold`, out of those of its protocol."""
    own = Fold.parse(fold)
    if own.number is None:
        return own.siblings(names)
    last = Fold(own.outer, "final")
    return [name for name in last.siblings(names) if name != fold]


def why_not(protocol: dict) -> str:
    """Why nobody can teach under a protocol; empty where somebody can."""
    if not kinds.has_final(protocol) and protocol["kind"] != "nested":
        return "its folds test clips that the other folds train on, so that every teacher has learned from some of them"
    if not kinds.validates(protocol):
        return "its folds have no validation clips, so that no teacher answers to clips that it has not learned from"
    if len(numbers(protocol)) < LEAST:
        return f"its {len(numbers(protocol))} folds leave a teacher without two of them nobody to learn from"
    return ""


def findings(config: dict) -> Iterator[str]:
    """What does not fit in students and their teachers, a sentence each."""
    for name, entry in config["backbones"].items():
        if "distil" in entry["training"] or any("distil" in phase for phase in entry.get("phases") or []):
            yield f"backbones/{name}/training/distil: only architectures learn from a teacher; remove it"
    for name, teacher in students(config).items():
        place, entry = f"architectures/{name}/training/distil", config["architectures"][name]
        yield from _student(config, place, name, entry)
        wrong = list(_teacher(config, f"{place}/teacher", name, teacher))
        yield from wrong or _grid(config, place, name, teacher)


def _student(config: dict, place: str, name: str, entry: dict) -> Iterator[str]:
    """Whether an architecture can learn from answers, and nothing else is asked of it."""
    training = entry["training"]
    if entry["family"] in families() and family(entry["family"])["TRAINER"] == "estimator":
        yield f"{place}: {entry['family']} is no network, and learns from labels alone; remove it"
    if training.get("decision", "softmax") != "softmax":
        yield f"{place}: takes the decision softmax alone, whose answers are those of one teacher; remove the decision"
    loss = training.get("loss", {})
    if loss.get("name", "cross_entropy") != "cross_entropy" or loss.get("label_smoothing"):
        yield f"{place}: is a loss of its own, and training/loss asks for another; remove one of them"
    if name in _searched(config):
        yield f"{place}: {name} is searched, and trials have no teacher; search its twin, and write down what it finds"


def _searched(config: dict) -> set[str | None]:
    return {entry.get("architecture") for entry in config["searches"].values()}


def _teacher(config: dict, place: str, student: str, teacher: str) -> Iterator[str]:
    """Whether a teacher is there, and was trained on nothing that the student is judged by."""
    if teacher not in config["architectures"] and teacher not in config["fusions"]:
        known = [*config["fusions"], *(name for name in config["architectures"] if name != student)]
        yield f"{place}: no fusion or architecture named {teacher!r}; there are {', '.join(known) or 'none'}"
        return
    if teacher in config["fusions"] and is_pattern(settled_fusion(config["fusions"][teacher], config)):
        yield f"{place}: {teacher} stands for many fusions; name one that has a list of members"
        return
    if fused(config, teacher)["method"] == "subset":
        yield f"{place}: {teacher} chooses its members by cost; name a fusion of the members that you want"
    for member in fused(config, teacher)["members"]:
        if why := _member(config, member):
            yield f"{place}: the answers of {member} cannot teach: {why}"


def _member(config: dict, member: str) -> str:
    entry = config["architectures"].get(member)
    if entry is None:
        return "it is not trained here, so that nobody can train it without the clips that a student is judged by"
    if "distil" in entry["training"]:
        return "it learns from a teacher itself; name a teacher that learns from labels"
    if member in _searched(config):
        return "its settings are searched on the clips that a student's folds are judged by; write them down instead"
    if config["backbones"].get(entry["input"].get("backbone"), {}).get("source") == "frames":
        return "its backbone learns from the clips of a fold; take a backbone of stills"
    return ""


def _grid(config: dict, place: str, student: str, teacher: str) -> Iterator[str]:
    """Whether a teacher can teach wherever its student runs."""
    for dataset, names in config["grid"].items():
        for name in (name for name in names if name in config["protocols"]):
            if skipped(config, dataset, name, "architecture", student):
                continue
            if config["protocols"][name].get("kind") not in kinds.KEYS:
                continue
            where = f"skip: [{{dataset: {dataset}, protocol: {name}, architecture: {student}, because: <reason>}}]"
            if why := why_not(config["protocols"][name]):
                yield (
                    f"{place}: nobody can teach under {name} (grid/{dataset}): {why}. Expected a protocol with "
                    f"held-out test clips (kfold with test), or a nested one, of {LEAST} or more (inner) folds; or "
                    f"leave {student} out there: {where}"
                )
            for member in sorted(fused(config, teacher)["members"]):
                if skipped(config, dataset, name, "architecture", member):
                    lost = f"its teacher's {member} is skipped under {name} (grid/{dataset})"
                    yield f"{place}: {lost}; skip it too: {where}"
