"""What is said of an exported model: whether it was tested, on what, how well, and what forbids a use."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ferstudy.fold import Fold
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.scores import WHOLE, ScoreRow
from ferstudy.training.clip_scores import uar

NOT_EVALUATED = "released model, not evaluated"


def own_score(predicted: Predictions) -> dict[str, float | int]:
    """UAR and accuracy of one model on its own test rows, and of how many clips and people; empty without any.

    A clip without a face is an error, as in every score of a study.
    """
    test = predicted.where(predicted.role == "test")
    if not len(test):
        return {}
    index = {label: i for i, label in enumerate(test.classes)}
    truth = np.array([index[label] for label in test.truth])
    answers = np.array([index.get(label, -1) for label in test.predicted])
    people = len({subject for subject in test.subject if subject})
    accuracy = float(np.mean(answers == truth))
    return {"uar": uar(truth, answers), "accuracy": accuracy, "clips": len(test), "people": people}


def study_score(scores: Sequence[ScoreRow]) -> dict[str, float | int | None]:
    """The study's score of the architecture: UAR of the test rows of all folds, mean over runs, with its interval."""
    found = [
        row
        for row in scores
        if (row.run, row.rows, row.fold, row.metric, row.label) == ("mean", "test", WHOLE, "uar", "")
    ]
    if not found:
        return {}
    numbers = {key: getattr(found[0], key) for key in ("value", "low", "high")}
    return {key: None if math.isnan(value) else value for key, value in numbers.items()} | {"clips": found[0].clips}


def temperature(scores: Sequence[ScoreRow], fold: str) -> float | None:
    """The temperature of a fold's test rows; of a model for use the geometric mean of all folds'. None without any."""
    found = [row for row in scores if row.metric == "temperature" and row.rows == "test"]
    own = [row.value for row in found if Fold.parse(fold).is_deploy or row.fold == fold]
    if len(own) < 2:
        return own[0] if own else None
    return float(np.exp(np.mean(np.log(own))))


def evaluated(fold: str, protocol: str, own: dict, study: dict) -> str:
    """The sentence that says whether the exported model was tested."""
    who = "person" if own.get("people") == 1 else "people"
    scored = f"UAR {own['uar']:.3f} on {own['clips']} clips of {own['people']} {who}" if own else "no test row"
    if Fold.parse(fold).is_deploy:
        others = (
            f"; models trained alike under the protocol {protocol}, each without the clips that it was tested on, "
            f"have UAR {study['value']:.3f}"
            if study
            else ""
        )
        return f"{NOT_EVALUATED}: it has learned from all clips{others}"
    if Fold.parse(fold).is_final:
        return f"evaluated on clips held out from all folds of the protocol {protocol}: {scored}"
    return (
        f"model of the evaluation fold {fold} of the protocol {protocol}, which has learned from a part of the clips: "
        f"{scored}, which is this fold's score alone"
    )


def text(told: dict[str, Any], described: dict[str, Any]) -> str:
    """The card, Markdown."""
    study = told["scores"]["study"]
    lines = [
        f"# {told['architecture']}, trained on {told['dataset']}",
        "",
        f"{told['evaluated'][0].upper()}{told['evaluated'][1:]}.",
        "",
        "| | |",
        "|---|---|",
        f"| classes | {', '.join(described['classes'])} |",
        f"| family | {described['family']} |",
        f"| reads | {' and '.join(told['kinds'])} of crops of {told['recipe']['crop']['size']} px |",
        f"| protocol, fold, run | {told['protocol']}, {told['fold']}, {told['run']} |",
    ]
    if study:
        low, high = (f"{study[end]:.3f}" if study[end] is not None else "?" for end in ("low", "high"))
        lines.append(f"| UAR of all folds of the study | {study['value']:.3f} (95 % interval {low} to {high}) |")
    if told["temperature"] is not None:
        lines.append(f"| temperature (`--calibrated`) | {told['temperature']:.3f} |")
    if told["trim"]:
        lines.append("| streaming | no: clips were trimmed with knowledge of the whole clip |")
    lines.append(
        f"| clips of the study | {told['frames']['median']} frames in the middle, up to {told['frames']['longest']} |"
    )
    lines.append(f"| made with | ferstudy {told['release']}, {_versions(described)} |")
    lines += ["", "## Licences", "", *(f"- {line}" for line in told["licences"]), ""]
    lines += [
        "## Limits",
        "",
        "Classes are posed or perceived expressions, not felt emotion. A score holds for people and recordings like",
        "those of the study, and for no other; it is no ground for decisions about people.",
        "",
    ]
    return "\n".join(lines)


def _versions(described: dict[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(described.get("versions", {}).items()))
