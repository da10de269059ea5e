"""The methods in words, first half: the data, the faces, what networks read, and the splits."""

from collections import Counter

from ferstudy.fold import Fold
from ferstudy.report.numbers import count, listed
from ferstudy.report.records import DatasetResults, FaceResults, ProtocolResults, Results
from ferstudy.tables.rejected import LOST

DETECTORS = {
    "haar": "OpenCV's Haar cascade [@viola2001; @opencv]", "hog": "dlib's HOG detector [@dalal2005; @king2009]",
    "ssd": "OpenCV's ResNet-SSD", "yunet": "YuNet",
}  # fmt: skip
TRACKERS = {
    "medianflow": "the MedianFlow tracker [@kalal2010]", "kcf": "the KCF tracker", "csrt": "the CSRT tracker",
    "mosse": "the MOSSE tracker", "mil": "the MIL tracker", "dlib": "dlib's correlation tracker [@king2009]",
}  # fmt: skip
FLOWS = {"farneback": "Farnebäck's method [@farneback2003]", "dis": "DIS", "tvl1": "TV-L1"}
DEALT = {
    "nested": "nested cross-validation, whose inner folds choose epochs for the outer fold around them",
    "loso": "leave-one-subject-out cross-validation",
    "official": "the dataset's own split",
    "imported": "a split read from a published or own list",
    "blocks": "cross-validation over blocks of people that the config lists",
    "holdout": "repeated random splits",
    "lodo": "leave-one-dataset-out",
    "as_published": "a split whose best epoch is chosen on the test clips, as some studies do",
}


def data(results: Results) -> str:
    """Each dataset: its clips, people and classes, what was left out, its licence and source."""
    return " ".join(_dataset(dataset) for dataset in results.datasets)


def _dataset(dataset: DatasetResults) -> str:
    if dataset.clips is None:
        return f"TO STATE: the clips of `{dataset.name}`, whose table is not there."
    people = {clip.subject for clip in dataset.clips if clip.subject}
    whose = f"of {count(len(people), 'person', 'people')}" if people else "whose people are not named"
    labels = Counter(clip.label for clip in dataset.clips)
    each = ", ".join(f"{name} {labels[name]}" for name in dataset.classes)
    source = f" [@{key(dataset)}]" if dataset.citation else ""
    start = (
        f"The dataset `{dataset.name}`{source} has {count(len(dataset.clips), 'clip')} {whose} in "
        f"{count(len(dataset.classes), 'class', 'classes')} ({each})."
    )
    texts = [start, _left_out(dataset)]
    if dataset.rendered:
        texts.append("Its videos were rendered by the software; no person was recorded.")
    else:
        texts.append("" if dataset.citation else f"TO STATE: the source of `{dataset.name}`.")
        consent = dataset.consent.rstrip(".") or "TO STATE: what the recorded people agreed to"
        texts.append(f"Consent: {consent}.")
    texts.append(f"Licence: {dataset.licence.rstrip('.') or 'TO STATE: the licence of the data'}.")
    return " ".join(filter(None, texts))


def key(dataset: DatasetResults) -> str:
    """Under which key the dataset's own citation stands among the references."""
    return f"data-{dataset.name}"


def _left_out(dataset: DatasetResults) -> str:
    if dataset.unread:
        return f"TO STATE: what was left out of `{dataset.name}`."
    lost = sum(row.stage in LOST for row in dataset.rejected)
    early = len(dataset.rejected) - lost
    out = f"{count(early, 'file or row was', 'files or rows were')} rejected while indexing."
    if not lost:
        return out
    stay = "stays in every score, as an error" if lost == 1 else "stay in every score, as errors"
    return f"{out} {count(lost, 'clip')} without a usable face or with damaged frames {stay}."


def faces(results: Results) -> str:
    """Each recipe: detector, tracker, crops, trimming and flow, and in how many clips it found a face."""
    made: dict[str, list[FaceResults]] = {}
    for face in (face for dataset in results.datasets for face in dataset.faces if face.what == "faces"):
        own = made.setdefault(face.recipe, [])
        if face.leaf not in {other.leaf for other in own}:
            own.append(face)
    tables = sorted({face.recipe for dataset in results.datasets for face in dataset.faces if face.what == "tables"})
    read = f"Tables of other tools were read frame by frame: {listed([f'`{name}`' for name in tables])}."
    recipes = (_recipe(results.study.recipes[name], name, own) for name, own in sorted(made.items()))
    return " ".join((*recipes, *([read] if tables else [])))


def _recipe(recipe: dict, name: str, own: list[FaceResults]) -> str:
    detector, tracker, crop = recipe["detector"], recipe["tracker"], recipe["crop"]
    found = f"Faces (`{name}`) were found by {DETECTORS[detector['name']]}"
    if detector["name"] == "haar" and detector["second"] == "hog":
        found += f", and by {DETECTORS['hog']} where it lost the face,"
    if tracker["name"] == "none":
        found += " in every frame"
    else:
        found += f" at most every {detector['every']} frames and followed by {TRACKERS[tracker['name']]} between"
    texts = [
        f"{found}; crops are {crop['size']} x {crop['size']} pixels, {crop['colour']}.",
        "Crops were turned so that the eyes stay at one place." if recipe.get("align") else "",
        _trim(recipe.get("trim"), own),
        _flow(recipe.get("flow")),
        _found(own),
    ]
    return " ".join(filter(None, texts))


def _trim(trim: dict | None, own: list[FaceResults]) -> str:
    cut = sorted(face.leaf for face in own if face.trims is not None)
    if not cut:
        return "Clips were not trimmed."
    by = "optical flow" if (trim or {}).get("curve", "flow") == "flow" else "OpenFace's action units"
    how = f" below {trim['threshold']:g} of the clip's largest intensity by {by}" if trim else ""
    return f"Neutral beginnings and ends{how} were cut off clips of {listed([f'`{leaf}`' for leaf in cut])}."


def _flow(flow: dict | None) -> str:
    if not flow:
        return ""
    kept = "summed over" if flow["keep"] == "sum" else "the first of"
    return (
        f"Optical flow between crops was computed by {FLOWS[flow['method']]} and {kept} segments of "
        f"{count(flow['segment'], 'frame')}, {count(flow['step'], 'frame')} apart."
    )


def _found(own: list[FaceResults]) -> str:
    told = [face.summary for face in own if face.summary]
    if len(told) < len(own):
        return "TO STATE: in how many clips a face was found."
    clips, kept = sum(one["clips"] for one in told), [pair for one in told for pair in one["kept"].values()]
    frames, have = sum(of for _, of in kept), sum(have for have, _ in kept)
    share = f", in {100 * have / frames:.1f} % of their frames" if frames else ""
    return f"A face was found in {count(len(kept), 'clip')} of {count(clips, 'clip')}{share}."


def backbones(results: Results) -> str:
    """What gives the features that networks read."""
    return " ".join(_backbone(name, told) for name, told in sorted(results.study.backbones.items()))


def _backbone(name: str, told: dict) -> str:
    start = f"The features of `{name}` come from the network {told['network']}"
    if told["network"] == "file":
        trained = told.get("trained_on") or "unknown"
        on = trained if isinstance(trained, str) else listed(trained)
        return f"{start}, a file that others have trained (on: {on})."
    start += f", which started from {_weights(told['weights'])}"
    if told.get("source") == "frames":
        return f"{start} and was trained for each fold on frames of its training clips."
    if told.get("stills"):
        return f"{start} and was trained on the stills `{told['stills']}`."
    return f"{start}."


def _weights(weights: str) -> str:
    return {"none": "random weights", "imagenet": "weights trained on ImageNet"}.get(weights, "a file of weights")


def splits(results: Results) -> str:
    """Each protocol on each dataset: how roles were dealt, and how many clips each fold has in each role."""
    return " ".join(_split(results, protocol) for protocol in results.protocols)


def _split(results: Results, protocol: ProtocolResults) -> str:
    where = f"`{protocol.dataset}`, `{protocol.protocol}`"
    if not protocol.folds:
        return f"TO STATE: the folds of {where}, whose table is not there."
    checked = [item for item in (protocol.audit or {}).get("findings", []) if item["check"] == "subjects"]
    apart = "subject-independent " if checked and checked[0]["status"] == "pass" else ""
    settings = protocol.settings
    text = f"Protocol {where}: {apart}{_dealt(protocol)}"
    if settings["kind"] in ("kfold", "nested") and settings.get("deal", "balanced") == "balanced":
        text += (
            f", balanced by {listed(list(settings.get('balance', ['label', 'sex'])))} (seed {settings.get('seed', 1)})"
        )
    unknown = "" if checked else " TO STATE: whether a person has two roles; there is no audit."
    leak = f" {protocol.leak[0].upper()}{protocol.leak[1:]}." if protocol.leak else ""
    return f"{text}. {_sizes(protocol)}{unknown}{leak}"


def _dealt(protocol: ProtocolResults) -> str:
    kind, names = protocol.settings["kind"], [Fold.parse(name) for name in protocol.folds]
    if kind != "kfold":
        return DEALT[kind]
    number = sum(not fold.is_final for fold in names)
    dealt = {"file": " over videos", "clip": " over clips"}.get(protocol.settings.get("by", "subject"), "")
    start = f"{number}-fold cross-validation{dealt}"
    if protocol.rotates:
        return (
            f"{start} with rotating validation: each fold tests its block, the next block validates, the others "
            "train, and the test rows of all folds are pooled"
        )
    return (
        f"{start} of the development clips; a held-out test set, which no fold sees, is predicted by final models "
        "that are trained on all development clips"
    )


def _sizes(protocol: ProtocolResults) -> str:
    told = []
    for role in ("train", "validation", "test"):
        sizes = [len(roles.get(role, [])) for roles in protocol.folds.values() if roles.get(role)]
        if sizes:
            between = str(sizes[0]) if min(sizes) == max(sizes) else f"{min(sizes)} to {max(sizes)}"
            told.append(f"{'training' if role == 'train' else role} {between}")
    return f"Clips by role, in each of {count(len(protocol.folds), 'fold')}: {', '.join(told)}."
