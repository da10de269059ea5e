"""Which test clips of a fold are explained: by a rule, and none by chance."""

from typing import NamedTuple

import numpy as np

from ferstudy.tables.predictions import Predictions


class ChosenClip(NamedTuple):
    """A test clip of a fold and what the model answered."""

    clip: str
    truth: str
    answer: str


def chosen(rows: Predictions) -> list[ChosenClip]:
    """Of each class the right clip and the wrong clip of which the model is surest, in the order of the classes.

    Sure is who gives the answer a high probability; of equally sure clips the first by name is taken. Clips without a
    face are left out.
    """
    rows = rows.where((rows.role == "test") & rows.covered)
    sure = rows.probabilities.max(1)
    order = sorted(range(len(rows)), key=lambda i: (-sure[i], rows.clip[i]))
    found = []
    for name in rows.classes:
        for right in (True, False):
            fitting = (i for i in order if rows.truth[i] == name and (rows.predicted[i] == name) == right)
            found += [ChosenClip(rows.clip[i], name, rows.predicted[i]) for i in fitting][:1]
    return found


def spread(count: int, most: int) -> np.ndarray:
    """At most `most` of `count` places, evenly spread with both ends."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))
