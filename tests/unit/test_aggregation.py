"""Frame aggregation: weighted means of frame probabilities, and statistics of frame features with a classifier."""

import json

import numpy as np
import pytest
import scipy.linalg
import scipy.stats
from families import Family, architecture
from sklearn.decomposition import PCA

from ferstudy.errors import StudyError
from ferstudy.models import aggregated, saved_estimator
from ferstudy.models.aggregated import Aggregated
from ferstudy.models.clip import ClipInputs
from ferstudy.tables.clips import Clip
from ferstudy.training import estimator
from ferstudy.training.assignment import Conditions, TrainedCell, Training

feature_aggregation = Family("feature_aggregation")
frame_aggregation = Family("frame_aggregation")

CLASSES = ["anger", "fear", "joy"]
PLAIN = ["mean", "variance", "minimum", "maximum"]
SVM = {"classifier": "svm", "components": 4, "C": 0.1}
MLP = {"classifier": "mlp", "components": 4, "hidden": [8], "penalty": 0.1}


def aggregated_of(statistics: list[str], **settings: object) -> Aggregated:
    """These statistics, with what the family has where `settings` leave something out."""
    others = {key: feature_aggregation.DEFAULTS[key] for key in ("components", "logarithm", "ridge")}
    return Aggregated(statistics, **{**others, **settings})


def ragged(arrays: list[np.ndarray]) -> np.ndarray:
    rows = np.empty(len(arrays), object)
    for i, array in enumerate(arrays):
        rows[i] = array.astype("float32")
    return rows


def arrays(count: int = 12, values: int = 6, lengths: tuple[int, ...] = (20,), seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(values, values))
    return [
        (rng.normal(size=(lengths[i % len(lengths)], values)) @ mixed + rng.normal(size=values)) for i in range(count)
    ]


def clips_of(frames: list[np.ndarray]) -> list[ClipInputs]:
    return [
        ClipInputs(str(i), np.arange(len(each)) + 5, features=each.astype("float16")) for i, each in enumerate(frames)
    ]


def labelled(count: int = 60, seed: int = 0) -> tuple[list[ClipInputs], np.ndarray, list[str]]:
    """Clips of 10 people in 3 classes, told apart by how much feature 0 varies, with which other, and by a mean."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    frames = []
    for label in labels:
        each = rng.normal(size=(30, 6))
        each[:, 1] += {0: 2, 1: -2, 2: 0}[label] * each[:, 0]
        each[:, 2] += label
        frames.append(each)
    return clips_of(frames), labels, [f"p{i // 6}" for i in range(count)]


# ---------------------------------------------------------------- statistics


def test_statistics_are_those_of_numpy_in_the_order_asked_for():
    frames = arrays(lengths=(7, 20, 1))
    rows = aggregated_of(["maximum", "mean", "variance", "minimum"]).fit_transform(ragged(frames))
    expected = [np.concatenate([each.max(0), each.mean(0), each.var(0), each.min(0)]) for each in frames]
    assert rows == pytest.approx(np.stack(expected), rel=1e-4, abs=1e-5)
    assert rows.dtype == np.float32


def test_covariances_are_those_of_numpy_in_the_principal_components_of_scikit_learn():
    frames = arrays(lengths=(25,))
    rows = aggregated_of(["covariance"], components=3, logarithm=False).fit_transform(ragged(frames))
    pca = PCA(3).fit(np.concatenate(frames))
    expected = [np.cov(pca.transform(each).T, bias=True)[np.triu_indices(3)] for each in frames]
    assert rows == pytest.approx(np.stack(expected), rel=1e-3, abs=1e-3)


def test_a_long_clip_counts_as_much_as_a_short_one_for_the_principal_components():
    short, long = arrays(2, lengths=(6, 18))
    found = aggregated_of(["covariance"], components=4).fit(ragged([short, long]))
    pca = PCA(4).fit(np.concatenate([np.repeat(short, 3, 0), long]))
    assert found.axes_ == pytest.approx(pca.components_, abs=1e-4)
    weighted = aggregated_of(["covariance"], components=4).fit(
        ragged([short, long]), sample_weight=np.array([0.5, 1.5])
    )
    pca = PCA(4).fit(np.concatenate([short, long]))
    assert weighted.axes_ == pytest.approx(pca.components_, abs=1e-4)


def test_the_logarithm_is_that_of_scipy():
    frames = arrays(lengths=(30, 11))
    plain = aggregated_of(["covariance"], components=4, logarithm=False, ridge=0.01).fit(ragged(frames))
    rows = aggregated_of(["covariance"], components=4, ridge=0.01).fit_transform(ragged(frames))
    at = np.triu_indices(4)
    covariances = np.zeros((len(frames), 4, 4))
    covariances[:, at[0], at[1]] = covariances[:, at[1], at[0]] = plain.transform(ragged(frames))
    ridge = 0.01 * covariances.trace(axis1=1, axis2=2).mean() * np.eye(4)
    expected = [scipy.linalg.logm(each + ridge)[at] for each in covariances]
    assert rows == pytest.approx(np.stack(expected), rel=1e-3, abs=1e-3)


def test_a_still_clip_and_a_single_frame_have_finite_vectors():
    found = aggregated_of(list(aggregated.NAMES), components=6).fit(ragged(arrays(lengths=(4,))))
    still = ragged([np.full((9, 6), 3.0), np.full((1, 6), 3.0)])
    rows = found.transform(still)
    assert np.isfinite(rows).all()
    assert rows[0] == pytest.approx(rows[1])
    with pytest.raises(StudyError, match="still clips"):
        aggregated_of(["covariance"], components=2).fit(still)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"statistics": ["mean", "median"]}, "statistics: found 'median', expected some of mean, variance"),
        ({"statistics": []}, "statistics: found 'no statistic'"),
        ({"components": 7}, "components: found 7, expected 1 to 6"),
        ({"components": 0}, "components: found 0, expected 1 to 6"),
        ({"classifier": "forest"}, "classifier: 'forest' is none of svm, mlp"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, words):
    clips, labels, units = labelled(18)
    with pytest.raises(StudyError, match=words):
        feature_aggregation.fit(clips, labels, units, {**SVM, **settings}, 1)


# ---------------------------------------------------------------- feature level


@pytest.mark.parametrize("settings", [SVM, MLP])
def test_feature_aggregation_learns_predicts_and_survives_saving(settings, tmp_path):
    clips, labels, units = labelled()
    model = feature_aggregation.fit(clips[:42], labels[:42], units[:42], settings, 1)
    saved_estimator.save(tmp_path / "model.zip", {}, model)
    again = saved_estimator.load(tmp_path / "model.zip")
    right = 0
    for clip, label in zip(clips[42:], labels[42:], strict=True):
        first, last, probabilities = feature_aggregation.predict(model, clip, settings)
        assert (first.tolist(), last.tolist()) == ([5], [34])
        assert probabilities.shape == (1, 3)
        assert probabilities.sum() == pytest.approx(1)
        assert np.array_equal(feature_aggregation.predict(again, clip, settings)[2], probabilities)
        right += probabilities.argmax() == label
    assert right >= 17


def test_the_covariance_tells_apart_what_no_other_statistic_does():
    """Two classes of equal means, variances and ranges: two features move together, or against each other."""
    rng = np.random.default_rng(1)
    labels = np.arange(80) % 2
    frames = []
    for label in labels:
        each = rng.normal(size=(40, 3))
        each[:, 1] = (0.8 if label else -0.8) * each[:, 0] + 0.6 * each[:, 1]
        frames.append(each)
    clips, units = clips_of(frames), [f"p{i // 8}" for i in range(80)]
    right = {}
    for statistics in (PLAIN, [*PLAIN, "covariance"]):
        settings = {**SVM, "components": 3, "statistics": statistics}
        model = feature_aggregation.fit(clips[:40], labels[:40], units[:40], settings, 1)
        answers = [feature_aggregation.predict(model, clip, settings)[2].argmax() for clip in clips[40:]]
        right["covariance" in statistics] = np.mean(answers == labels[40:])
    assert right[False] < 0.75
    assert right[True] > 0.9


def test_frames_in_another_order_are_the_same_clip():
    clips, labels, units = labelled()
    model = feature_aggregation.fit(clips, labels, units, SVM, 1)
    reverse = ClipInputs("r", clips[0].frame, features=clips[0].features[::-1])
    found = [feature_aggregation.predict(model, clip, SVM)[2] for clip in (clips[0], reverse)]
    assert found[0] == pytest.approx(found[1], abs=1e-5)


def test_the_temperature_is_fitted_on_people_that_no_step_has_seen(monkeypatch):
    clips, labels, units = labelled()
    seen = []
    learn = Aggregated.fit

    def noted(self, X, y=None, sample_weight=None):
        seen.append({units[i] for frames in X for i in range(len(clips)) if np.array_equal(frames, clips[i].features)})
        return learn(self, X, y, sample_weight)

    monkeypatch.setattr(Aggregated, "fit", noted)
    feature_aggregation.fit(clips, labels, units, SVM, 1)
    everybody = set(units)
    left_out = [everybody - people for people in seen]
    assert sorted(map(len, left_out)) == [0, 2, 2, 2, 2, 2]
    assert set.union(*left_out) == everybody


def test_one_person_calibrates_nothing_and_both_classifiers_are_fitted():
    clips, labels, _ = labelled(12)
    assert "not calibrated" in feature_aggregation.fit(clips, labels, ["p0"] * 12, SVM, 1).note_
    feature_aggregation.fit(clips, labels, ["p0"] * 12, MLP, 1)


def test_weights_of_the_perceptron_are_as_repeated_clips():
    clips, labels, units = labelled(24)
    labels = np.where(np.arange(24) % 5 == 0, (labels + 1) % 3, labels)  # so that the weights decide
    times = np.where(np.arange(24) % 5 == 0, 1, 6)
    settings = {**MLP, "statistics": ["mean"], "hidden": [4], "penalty": 5.0}
    weighted = feature_aggregation.fit(clips, labels, units, settings, 1, weights=times / times.mean())
    many = [each for each, n in zip(clips, times, strict=True) for _ in range(n)]
    more = {**settings, "penalty": 5.0 * times.mean()}  # scikit-learn divides it by the number of rows
    repeated = feature_aggregation.fit(many, np.repeat(labels, times), list(np.repeat(units, times)), more, 1)
    alike = feature_aggregation.fit(clips, labels, units, settings, 1)
    found = [
        np.concatenate([feature_aggregation.predict(model, clip, MLP)[2] for clip in clips])
        for model in (weighted, repeated, alike)
    ]
    assert found[0] == pytest.approx(found[1], abs=0.02)
    assert np.abs(found[0] - found[2]).max() > 0.1


# ---------------------------------------------------------------- through the trainer


def study(settings: dict, training: dict, noise: float = 0.0):
    """A job on 72 clips of 12 people, of which `test` ones get `noise`."""
    clips, labels, _ = labelled(72)
    names = [f"p{i // 6} {CLASSES[label]} {i}" for i, label in enumerate(labels)]
    inputs = {
        name: ClipInputs(name, clip.frame, features=clip.features) for name, clip in zip(names, clips, strict=True)
    }
    rng = np.random.default_rng(9)
    for name in names[60:]:
        inputs[name].features[:] += (noise * rng.normal(size=(30, 6))).astype("float16")
    cell = TrainedCell("toy", "kfold", "aggregated", "0", 0)
    entry = {
        "family": "feature_aggregation",
        "input": {"kind": "features"},
        "settings": settings,
        "sampling": {},
        "training": training,
    }
    told = Conditions(CLASSES, 1, 1, "tensorflow", "val_uar")
    table = {name: Clip(name, "", name.split()[0], name.split()[1]) for name in names}
    task = Training(
        cell,
        architecture(entry),
        told,
        table,
        {"train": names[:48], "validation": names[48:60], "test": names[60:]},
        "",
    )
    return task, inputs


@pytest.mark.parametrize("settings", [SVM, pytest.param(MLP, marks=pytest.mark.slow)])
@pytest.mark.parametrize("training", [{}, {"class_weight": "balanced"}, {"resample": "smote"}, {"resample": "down"}])
def test_no_test_clip_changes_the_model(settings, training, tmp_path):
    found = []
    for noise in (0, 30):
        task, inputs = study(settings, training, noise)
        trained = estimator.train(task, inputs, [], tmp_path)
        chosen = [i for i, role in enumerate(trained.rows.role) if role == "validation"]
        found.append((trained.rows.probabilities[chosen], trained.parameters))
        assert trained.history[0].val_uar > 0.6
    assert np.array_equal(found[0][0], found[1][0])
    values = 6 * 4 + 4 * 5 // 2
    expected = (values + 1) * 3 if settings is SVM else (values + 1) * 8 + (8 + 1) * 3
    assert found[0][1] == found[1][1] == expected


def test_rare_classes_are_found_with_smote_and_no_trace_of_it_is_saved(tmp_path):
    recalls = {}
    for resample in (None, "smote"):
        task, inputs = study({**MLP, "statistics": ["mean"], "penalty": 10.0}, {"resample": resample})
        rare = [name for name in task.roles["train"] if "anger" not in name][4:]
        task.roles["train"] = [name for name in task.roles["train"] if name not in rare]
        trained = estimator.train(task, inputs, [], tmp_path)
        answers = trained.rows.probabilities.argmax(1)
        recalls[resample] = np.mean(answers[[CLASSES[0] not in name for name in trained.rows.clip]] > 0)
        trained.save(tmp_path / "model.zip", {})
        loaded = saved_estimator.load(tmp_path / "model.zip")
        first = inputs[trained.rows.clip[0]]
        assert np.array_equal(
            feature_aggregation.predict(loaded, first, MLP)[2].astype("float32"), trained.rows.probabilities[:1]
        )
    assert recalls["smote"] > recalls[None] + 0.2, json.dumps(
        {str(key): float(value) for key, value in recalls.items()}
    )


# ---------------------------------------------------------------- decision level


def test_the_plain_mean_keeps_a_row_for_each_frame():
    clips, labels, units = labelled()
    model = frame_aggregation.fit(clips, labels, units, {}, 1)
    first, last, probabilities = frame_aggregation.predict(model, clips[0], {})
    assert np.array_equal(first, clips[0].frame)
    assert np.array_equal(last, clips[0].frame)
    assert np.array_equal(probabilities, model.predict_proba(clips[0].features.astype("float32")))


@pytest.mark.parametrize("weighting", ["confidence", "entropy"])
def test_a_weighted_mean_is_one_sample_in_which_sure_frames_weigh_more(weighting):
    clips, labels, units = labelled()
    model = frame_aggregation.fit(clips, labels, units, {"weighting": weighting}, 1)
    first, last, found = frame_aggregation.predict(model, clips[0], {"weighting": weighting})
    assert (first.tolist(), last.tolist()) == ([5], [34])
    rows = model.predict_proba(clips[0].features.astype("float32"))
    weights = {"confidence": rows.max(1), "entropy": 1 - scipy.stats.entropy(rows, base=3, axis=1)}[weighting]
    assert found[0] == pytest.approx(weights @ rows / weights.sum(), abs=1e-6)
    assert found.sum() == pytest.approx(1)
    assert np.abs(found[0] - rows.mean(0)).max() > 1e-3


def test_frames_that_know_nothing_weigh_alike():
    rows = np.full((4, 3), 1 / 3)
    for weighting in ("confidence", "entropy"):
        weights = frame_aggregation.frame_weights(rows, weighting)
        assert np.ptp(weights) == pytest.approx(0)
        assert (weights > 0).all()
    sure = frame_aggregation.frame_weights(np.array([[1.0, 0, 0], [0.4, 0.3, 0.3]]), "entropy")
    assert sure[0] == pytest.approx(1)
    assert sure[1] < 0.02


def test_an_unknown_weighting_is_refused():
    clips, labels, units = labelled(18)
    with pytest.raises(StudyError, match="weighting: 'votes' is none of mean, confidence, entropy"):
        frame_aggregation.fit(clips, labels, units, {"weighting": "votes"}, 1)
