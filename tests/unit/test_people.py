"""How well people did on the test clips, against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from ferstudy.evaluation.people import people
from ferstudy.tables import votes
from ferstudy.tables.clips import Clip
from ferstudy.tables.predictions import Predictions

CLASSES = ("anger", "fear", "joy")


def rows(truth: list[str]) -> Predictions:
    """Test rows of clips c0, c1, ..."""
    n = len(truth)

    def column(values) -> np.ndarray:
        return np.array(list(values), dtype=object)

    return Predictions(
        CLASSES, *(column([text] * n) for text in ("data", "protocol", "model", "final")), np.zeros(n, int),
        column(["test"] * n), column(f"c{i}" for i in range(n)), column(["s"] * n), column(truth), column(truth),
        np.ones(n, bool), np.ones(n, int), np.full((n, 3), 1 / 3),
    )  # fmt: skip


def test_the_most_frequent_vote_is_scored_as_a_models_answer_is():
    rng = np.random.default_rng(0)
    truth = [CLASSES[i] for i in rng.integers(3, size=60)]
    seen = [label if rng.random() < 0.7 else CLASSES[rng.integers(3)] for label in truth]
    clips = [Clip(f"c{i}", "", "s", truth[i], votes=f"{seen[i]}:9;{CLASSES[0]}:1;boredom:20") for i in range(60)]
    found = people(rows(truth), clips)
    assert found["uar"] == pytest.approx(balanced_accuracy_score(truth, seen))
    assert found["macro_f1"] == pytest.approx(f1_score(truth, seen, average="macro"))
    assert found["name"] == "people, 60 clips"


def test_a_tie_is_an_error_and_clips_without_votes_are_left_out():
    clips = [Clip("c0", "", "s", "fear", votes="fear:2;joy:2"), Clip("c1", "", "s", "joy", votes="joy:3"),
             Clip("c2", "", "s", "joy")]  # fmt: skip
    found = people(rows(["fear", "joy", "joy"]), clips)
    assert (found["uar"], found["name"]) == (0.5, "people, 2 clips")
    assert people(rows(["joy"]), [Clip("c0", "", "s", "joy")]) is None


def test_votes_are_read_as_the_clips_table_writes_them():
    assert votes.parse("joy:7;it's: odd:1;broken") == {"joy": 7, "it's: odd": 1}
    assert votes.renamed("happy:3;joy:2;sad:1", {"happy": "joy", "sad": ""}) == "joy:5;sad:1"
