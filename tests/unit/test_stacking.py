"""Stacking: what is stored of a machine says what scikit-learn says, and no row helps to learn its own parameters."""

import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from ferstudy.errors import StudyError
from ferstudy.evaluation import stacking, stacking_machines
from ferstudy.evaluation.fused import MemberRows, fuse
from ferstudy.evaluation.fusion import fit
from ferstudy.evaluation.validation import Validation
from ferstudy.models import calibrated

NAMES = ("anger", "fear", "joy")


def simulated(classes: int, clips: int = 120) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Features of two members, truths (the last class is rare) and people."""
    rng = np.random.default_rng(classes)
    truth = rng.choice(classes, clips, p=[*[1.2 / classes] * (classes - 1), 1 - 1.2 * (classes - 1) / classes])
    logits = rng.normal(size=(clips, 2, classes)) + 1.5 * (np.arange(classes) == truth[:, None])[:, None]
    shares = np.exp(logits) / np.exp(logits).sum(2, keepdims=True)
    return shares.reshape(clips, -1), truth, [f"p{i // 10}" for i in range(clips)]


def oracle(method: str, features: np.ndarray, truth: np.ndarray, units: list[str]):
    """The machine as scikit-learn fits it."""
    weights = len(truth) / len(np.unique(truth)) / np.bincount(truth)[truth]
    if method == "svm":
        return calibrated.fit(make_pipeline(*calibrated.scaled_svm(0.1, 0)), features, truth, units, weights)
    plain = {
        "logistic": LogisticRegression(max_iter=5000),
        "tree": DecisionTreeClassifier(max_depth=4, min_samples_leaf=5, random_state=0),
    }
    return plain[method].fit(features, truth, sample_weight=weights)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("method", stacking.METHODS)
def test_what_is_stored_says_what_scikit_learn_says(method, classes):
    features, truth, units = simulated(classes)
    learned = json.loads(json.dumps(stacking_machines.learn(method, features[:80], truth[:80], units[:80])))
    expected = oracle(method, features[:80], truth[:80], units[:80]).predict_proba(features[80:])
    np.testing.assert_allclose(stacking.answer(learned, features[80:], classes), expected, atol=1e-9)


def test_a_class_without_a_row_is_never_answered_and_one_class_teaches_nothing():
    features, truth, units = simulated(4)
    kept = truth < 2
    learned = stacking_machines.learn(
        "logistic", features[kept], truth[kept], [one for one, in_ in zip(units, kept, strict=True) if in_]
    )
    answers = stacking.answer(learned, features, 4)
    assert (answers[:, 2:] == 0).all()
    np.testing.assert_allclose(answers.sum(1), 1)
    with pytest.raises(StudyError, match="they hold 1 classes"):
        stacking_machines.learn("tree", features[truth == 0], truth[truth == 0], ["p"] * int((truth == 0).sum()))


def study(people: int = 12) -> tuple[list[Validation], dict]:
    """Three folds and final; member `swap` says fear for joy and joy for fear, member `guess` says nothing."""
    rng, validations = np.random.default_rng(0), []
    blocks = [[f"{who} {name}" for who in range(k, people, 3) for name in NAMES] for k in range(3)]
    for k, clips in enumerate(blocks):
        truth = np.array([clip.split()[1] for clip in clips], object)
        subjects = np.array([clip.split()[0] for clip in clips], object)
        said = np.array([[0, 2, 1][NAMES.index(one)] for one in truth])
        swap = 0.1 + 0.7 * (np.arange(3) == said[:, None])
        guess = rng.dirichlet(np.ones(3), len(clips))
        for name, rows in (("swap", swap), ("guess", guess)):
            covered = np.ones(len(clips), bool)
            own = np.array(clips, object)
            validations.append(Validation(name, str(k), 1, NAMES, own, subjects, truth, covered, rows[None]))
    everyone = {clip for block in blocks for clip in block}
    lineup = {
        str(k): {"train": everyone - set(block), "validation": set(block), "test": set()}
        for k, block in enumerate(blocks)
    }
    return validations, lineup


@pytest.mark.parametrize("method", stacking.METHODS)
def test_a_machine_learns_what_no_average_can_and_not_from_the_rows_that_it_answers(method):
    validations, lineup = study()
    fitted = fit({"method": method, "members": ["guess", "swap"]}, validations, lineup)
    rows = fuse(json.loads(json.dumps(fitted, allow_nan=False)), MemberRows(validations, [], "d", "p"), "stack")
    assert (rows.predicted == rows.truth).all()  # although `swap` alone is right for a third
    turned = [
        Validation(**{**vars(one), "probabilities": np.roll(one.probabilities, 1, axis=2)}) if one.fold == "0" else one
        for one in validations
    ]
    again = fit({"method": method, "members": ["guess", "swap"]}, turned, lineup)
    learned = {one["fold"]: (one["learned"], other["learned"]) for one, other in
               zip(fitted["parameters"], again["parameters"], strict=True)}  # fmt: skip
    assert learned["0"][0] == learned["0"][1]
    assert learned["1"][0] != learned["1"][1]


def test_members_may_list_their_clips_in_another_order():
    validations, lineup = study()
    turned = [
        Validation(**{**vars(one), **{name: getattr(one, name)[::-1] for name in
                   ("clips", "subjects", "truth", "covered")}, "probabilities": one.probabilities[:, ::-1]})
        if one.architecture == "swap" else one
        for one in validations
    ]  # fmt: skip
    wanted = {"method": "logistic", "members": ["guess", "swap"]}
    assert fit(wanted, turned, lineup) == fit(wanted, validations, lineup)


def test_without_rows_of_other_clips_nothing_is_learned():
    validations, lineup = study()
    alone = [one for one in validations if one.fold == "0"]
    with pytest.raises(StudyError, match="need validation rows of other clips"):
        fit({"method": "svm", "members": ["guess", "swap"]}, alone, {"0": lineup["0"]})
