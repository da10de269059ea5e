"""Whether a converted model answers as the model that it was made of."""

from dataclasses import replace
from typing import Any

import numpy as np

from ferstudy.evaluation.evidence import gather
from ferstudy.evaluation.paired import Settings, differences, number
from ferstudy.evaluation.units import with_parties
from ferstudy.tables.clips import Clip
from ferstudy.tables.predictions import Predictions

ORIGINAL, CONVERTED = "original", "converted"


def agreement(original: np.ndarray, converted: np.ndarray) -> dict[str, float | int]:
    """Of the probabilities (clips, classes) of both: the largest difference, and the share of equal answers."""
    return {
        "clips": len(original),
        "largest": float(np.abs(original - converted).max()),
        "same": float(np.mean(original.argmax(1) == converted.argmax(1))),
    }


def scored(test: Predictions, answers: dict[str, np.ndarray], clips: list[Clip], evaluation: dict) -> dict[str, Any]:
    """UAR of the original, whose test rows are `test`, and of its conversion, and their paired difference by subject.

    `answers` are the conversion's probabilities by clip; clips without a face stay as they are, an error of both.
    """
    rows = with_parties(test, clips)
    given = [answers.get(name) for name in rows.clip]
    probabilities = np.array([old if new is None else new for old, new in zip(rows.probabilities, given, strict=True)])
    labels = [
        old if new is None else rows.classes[int(new.argmax())] for old, new in zip(rows.predicted, given, strict=True)
    ]
    converted = replace(rows, predicted=np.array(labels, dtype=object), probabilities=probabilities)
    evidence = gather({ORIGINAL: rows, CONVERTED: converted}, repeated=False)
    uar = dict(zip(evidence.models, map(number, evidence.uar()), strict=True))
    found = differences(evidence, [(CONVERTED, ORIGINAL)], Settings(**evaluation))
    return {
        **uar,
        "clips": evidence.clips,
        "units": f"{evidence.units.number} {evidence.units.kind}",
        "method": found["method"],
        **{key: found["differences"][0][key] for key in ("difference", "low", "high", "interval", "p", "separable")},
    }
