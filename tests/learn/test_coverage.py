"""Intervals hold the true value as often as they say, and tests find nothing where nothing is, in simulated studies.

People differ in how easily their faces are read, and a person's clips are answered alike; `uneven` studies have other
numbers of clips for each person and class.
"""

import numpy as np
import pytest

from ferstudy.evaluation.evidence import gather
from ferstudy.evaluation.paired import Settings, differences
from ferstudy.evaluation.scoring import score_rows
from ferstudy.tables.predictions import Predictions

pytestmark = pytest.mark.learn

CLASSES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
STUDIES, RESAMPLES = 1500, 1000
OPEN = 0.013  # two standard errors of a share of so many studies
PEOPLE = (5, 8, 10, 12, 15, 20, 30, 50)
SPREAD = 0.18  # deviation of people's own scores
TRUE = 0.65


def layout(people: int, uneven: bool, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The (person, class) of every clip."""
    number = random.integers(1, 4, (people, len(CLASSES))) if uneven else np.full((people, len(CLASSES)), 2)
    cells = [(who, what) for who in range(people) for what in range(len(CLASSES)) for _ in range(number[who, what])]
    return tuple(np.array(cells).T)


def table(who: np.ndarray, what: np.ndarray, right: np.ndarray, model: str = "m") -> Predictions:
    """Rows of predictions whose clips are `right`."""
    truth = np.array(CLASSES, object)[what]
    predicted = np.where(right, truth, np.array(CLASSES, object)[(what + 1) % len(CLASSES)])
    clip = np.array([f"{i:04}" for i in range(len(who))], object)
    subject = np.array([f"p{one:03}" for one in who], object)
    told = {"dataset": "d", "protocol": "p", "model": model, "fold": "0", "run": 0, "role": "test", "covered": True}
    rows = {"clip": clip, "subject": subject, "truth": truth, "predicted": predicted, "samples": 1}
    return Predictions.of(CLASSES, np.full((len(who), len(CLASSES)), 1 / len(CLASSES)), **told, **rows)


def answers(who: np.ndarray, ease: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Which clips are right; the expectation of each is TRUE."""
    return random.random(len(who)) < ease[who]


def eases(people: int, random: np.random.Generator, mean: float = TRUE) -> np.ndarray:
    """How easily each person is read: a beta distribution with this mean and deviation SPREAD."""
    whole = mean * (1 - mean) / SPREAD**2 - 1
    return random.beta(mean * whole, (1 - mean) * whole, people)


@pytest.mark.parametrize("uneven", [False, True], ids=["even", "uneven"])
def test_an_interval_holds_the_true_score(uneven):
    shares = {people: _holding(people, uneven) for people in PEOPLE}
    print(f"\n{'uneven' if uneven else 'even'}: " + ", ".join(f"{n} people {shares[n]:.3f}" for n in PEOPLE))
    assert all(0.93 - OPEN <= shares[people] <= 0.97 + OPEN for people in PEOPLE if people >= 8)
    assert 0.94 <= np.mean(list(shares.values())) <= 0.96


def _holding(people: int, uneven: bool) -> float:
    """The share of studies whose interval holds the true score."""
    random, hits = np.random.default_rng([people, uneven]), 0
    for _ in range(STUDIES):
        who, what = layout(people, uneven, random)
        rows = table(who, what, answers(who, eases(people, random), random))
        found = next(row for row in score_rows(rows, "test", {"resamples": RESAMPLES, "seed": 1}) if row[3] == "uar")
        hits += found[6] <= TRUE <= found[7]
    return hits / STUDIES


@pytest.mark.parametrize("uneven", [False, True], ids=["even", "uneven"])
def test_a_paired_interval_holds_no_difference_and_the_test_finds_none(uneven):
    holding, finding = {}, {}
    for people in PEOPLE:
        holding[people], finding[people] = _paired(people, uneven)
    for what, shares in (("hold 0", holding), ("found", finding)):
        told = ", ".join(f"{n} people {shares[n]:.3f}" for n in PEOPLE)
        print(f"\n{'uneven' if uneven else 'even'}, {what}: {told}")
    assert all(0.93 - OPEN <= holding[people] <= 0.97 + OPEN for people in PEOPLE if people >= 8)
    # Of 5 people no sign pattern is rarer than 2 of 32. Equal differences tie, and a tie counts against a finding: in
    # even studies, whose people differ by whole twelfths, 0.039 were found instead of 0.05, in uneven ones 0.047.
    assert finding[5] == 0
    assert all(0.04 - OPEN <= finding[people] <= 0.06 + OPEN for people in PEOPLE if people >= 8)
    assert 0.035 <= np.mean([finding[people] for people in PEOPLE if people >= 8]) <= 0.06


def _paired(people: int, uneven: bool) -> tuple[float, float]:
    """The shares of studies of two equal models whose interval holds 0, and whose test says that they differ."""
    random, hits, found = np.random.default_rng([people, uneven, 1]), 0, 0
    for _ in range(STUDIES):
        who, what = layout(people, uneven, random)
        tables = {name: table(who, what, answers(who, eases(people, random), random), name) for name in ("one", "two")}
        settings = Settings(resamples=RESAMPLES, flips=2000, seed=1)
        (one,) = differences(gather(tables, False), [("one", "two")], settings)["differences"]
        hits += one["low"] <= 0 <= one["high"]
        found += one["p"] < 0.05
    return hits / STUDIES, found / STUDIES


def test_a_difference_that_is_told_as_detectable_is_found_in_about_80_of_100_studies():
    """A few less of few people: their spread is told too small, and a sign flip has few patterns."""
    shares = {people: _seeing(people) for people in (8, 12, 20, 50)}
    print("\nfound where it is as large as detectable: " + ", ".join(f"{n} people {shares[n]:.3f}" for n in shares))
    assert all(0.68 <= share <= 0.83 for share in shares.values())
    assert shares[50] == pytest.approx(0.8, abs=0.03)


def _seeing(people: int) -> float:
    """The share of studies that find a difference as large as the mean one that equal models have as detectable."""
    random = np.random.default_rng([people, 2])
    told = [_one(people, 0.0, random)["detectable"] for _ in range(STUDIES // 3)]
    return np.mean([_one(people, float(np.mean(told)), random)["p"] < 0.05 for _ in range(STUDIES)])


def _one(people: int, apart: float, random: np.random.Generator) -> dict:
    """The comparison of two models whose true scores differ by `apart`, in one study."""
    who, what = layout(people, False, random)
    means = {"one": 0.5 + apart / 2, "two": 0.5 - apart / 2}
    tables = {
        name: table(who, what, answers(who, eases(people, random, mean), random), name) for name, mean in means.items()
    }
    (found,) = differences(gather(tables, False), [("one", "two")], Settings(resamples=10, flips=1000, seed=1))[
        "differences"
    ]
    return found
