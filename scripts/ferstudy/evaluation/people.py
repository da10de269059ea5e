"""How well people did on the same clips, where a dataset says what they saw."""

import numpy as np

from ferstudy.evaluation import metrics
from ferstudy.tables import votes
from ferstudy.tables.clips import Clip
from ferstudy.tables.predictions import Predictions


def people(test: Predictions, clips: list[Clip]) -> dict | None:
    """The answer that most people gave, scored as a model is: a row beside chance; None where no clip has votes.

    Only votes for the study's classes count, among them the most frequent one wins; a tie is no answer, and so an
    error. Test clips without votes are left out; `clips` says how many are scored.
    """
    seen = {clip.clip: votes.parse(clip.votes) for clip in clips if clip.votes}
    truth = dict(zip(test.clip.tolist(), test.truth.tolist(), strict=True))
    classes = list(test.classes)
    confusion = np.zeros((len(classes), len(classes) + 1))
    for clip in truth.keys() & seen.keys():
        counts = [seen[clip].get(name, 0) for name in classes]
        clear = counts.count(max(counts)) == 1
        confusion[classes.index(truth[clip]), counts.index(max(counts)) if clear else len(classes)] += 1
    if not confusion.any():
        return None
    return {
        "name": f"people, {int(confusion.sum())} clips",
        "class": None,
        "uar": float(metrics.uar_of(confusion)),
        "accuracy": float(metrics.accuracy_of(confusion)),
        "macro_f1": float(metrics.macro_f1_of(confusion)),
    }
