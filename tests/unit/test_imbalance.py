"""Losses, decisions, resampling, optimizers, micro-batches: each by the effect it has."""

from types import SimpleNamespace

import numpy as np
import pytest
from families import Family, architecture, sampled

from ferstudy.errors import StudyError
from ferstudy.models.clip import ClipInputs, Sample
from ferstudy.tables.clips import Clip
from ferstudy.training import imbalance, micro
from ferstudy.training.assignment import Conditions, TrainedCell, Training
from ferstudy.training.clip_samples import ClipSamples
from ferstudy.training.loop import complete, complete_loss

RNG = np.random.default_rng(0)
CLASSES = ["anger", "fear", "joy"]


def probabilities(count: int, classes: int) -> np.ndarray:
    values = RNG.uniform(0.05, 1, (count, classes))
    return (values / values.sum(1, keepdims=True)).astype("float32")


# ---------------------------------------------------------------- losses


def evaluated(loss: dict, truth: np.ndarray, outputs: np.ndarray, each_alone: bool = False) -> np.ndarray:
    import keras

    from ferstudy.training import losses

    made = losses.make(complete_loss(loss), outputs.shape[1], each_alone)
    function = keras.losses.get(made) if isinstance(made, str) else made
    return keras.ops.convert_to_numpy(function(truth, keras.ops.convert_to_tensor(outputs)))


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("gamma", [None, 0.0, 2.0])
def test_losses_are_their_formulas(gamma, smoothing):
    truth, p = RNG.integers(0, 4, 7), probabilities(7, 4)
    loss = {"label_smoothing": smoothing} | ({} if gamma is None else {"name": "focal", "gamma": gamma})
    labels = np.eye(4)[truth] * (1 - smoothing) + smoothing / 4
    expected = -(labels * (1 - p) ** (gamma or 0) * np.log(p)).sum(1)
    assert evaluated(loss, truth, p) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("gamma", [None, 2.0])
def test_sigmoids_have_binary_losses(gamma):
    truth, p = RNG.integers(0, 4, 7), RNG.uniform(0.1, 0.9, (7, 4)).astype("float32")
    labels = np.eye(4)[truth]
    right = np.where(labels == 1, p, 1 - p)
    expected = -((1 - right) ** (gamma or 0) * np.log(right)).mean(1)
    loss = {} if gamma is None else {"name": "focal", "gamma": gamma}
    assert evaluated(loss, truth, p, each_alone=True) == pytest.approx(expected, rel=1e-4)


def test_focal_loss_hardly_counts_what_is_known_already():
    easy, hard = evaluated({"name": "focal"}, np.array([0, 0]), np.array([[0.9, 0.1], [0.1, 0.9]], "float32"))
    plain_easy, plain_hard = evaluated({}, np.array([0, 0]), np.array([[0.9, 0.1], [0.1, 0.9]], "float32"))
    assert easy / hard == pytest.approx((plain_easy / plain_hard) / 81, rel=1e-3)  # (0.1 / 0.9)^2


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ({"name": "hinge"}, "loss/name: 'hinge' is none of cross_entropy, focal"),
        ({"gamma": 2}, "loss/gamma: means nothing with cross_entropy"),
        ({"label_smoothing": 1}, "loss/label_smoothing: found 1"),
    ],
)
def test_an_impossible_loss_is_named(loss, words):
    from ferstudy.training import losses

    with pytest.raises(StudyError, match=f"training/{words}"):
        losses.make(complete_loss(loss), 3, False)


# ---------------------------------------------------------------- a small family


class Points:
    """A family whose samples are points; one hidden layer if asked for."""

    __name__ = "points"

    @staticmethod
    def batch(samples, settings):
        return {"x": np.array([sample.inputs["x"] for sample in samples], "float32")}

    @staticmethod
    def statistics(samples, settings):
        return {}

    @staticmethod
    def build(classes, shapes, statistics, hidden=0, **layer):
        import keras

        x = inputs = keras.Input(shapes["x"], name="x")
        if hidden:
            x = keras.layers.Dense(hidden, "tanh", name="hidden", **layer)(x)
        return keras.Model({"x": inputs}, keras.layers.Dense(classes, "softmax", dtype="float32", name="classes")(x))


def points(truth: np.ndarray, centres: np.ndarray, seed: int = 0, samples: int = 1) -> ClipSamples:
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(len(truth)), samples)
    values = [Sample(0, 0, {"x": centres[truth[clip]] + rng.normal(size=centres.shape[1])}) for clip in owner]
    return ClipSamples(truth, values, owner)


CENTRES = np.array([[0.0, 0], [1.5, 0], [0, 1.5]])


def prepared(training: dict, train: ClipSamples, settings: dict | None = None, seed: int = 1, each: int = 90):
    """(network, task) before a training validated on `each` points of each class."""
    import keras

    from ferstudy.training.fit import Task, prepare

    keras.utils.set_random_seed(seed)
    classes = len(CENTRES)
    validation = points(np.repeat(np.arange(classes), each), CENTRES, 99)
    chosen = {"epochs": 6, "batch": 16, "optimizer": {"name": "adam", "learning_rate": 0.05}, **training}
    prior = np.full(classes, 1 / classes)
    task = Task(
        Points, settings or {}, complete(chosen), classes, train, validation, prior, seed, labels=tuple(CLASSES)
    )
    return prepare(task)[0], task


def trained(*told, **more):
    """(network, progress, task) of such a training; without validation, its last epoch's."""
    from ferstudy.training.fit import fit

    network, task = prepared(*told, **more)
    return network, fit(network, task), task


def recalls(network, task) -> np.ndarray:
    from ferstudy.training.fit import predict

    answers = predict(network, task, task.validation).argmax(1)
    return np.array([np.mean(answers[task.validation.truth == label] == label) for label in range(len(CLASSES))])


SKEWED = np.repeat([0, 1, 2], [200, 20, 20])


BALANCED = {"class_weight": "balanced"}


@pytest.mark.slow
def test_with_class_weights_rare_classes_are_found_more_often():
    (plain, _, task), (weighted, _, _) = (trained(training, points(SKEWED, CENTRES)) for training in ({}, BALANCED))
    before, after = recalls(plain, task), recalls(weighted, task)
    assert before[0] > 0.9
    assert after[1:].mean() > before[1:].mean() + 0.2


@pytest.mark.slow
def test_smoothed_labels_and_the_focal_loss_make_answers_less_sure():
    from ferstudy.training.fit import predict

    data = points(np.repeat([0, 1, 2], 40), CENTRES * 4)
    sure = []
    for training in ({}, {"loss": {"label_smoothing": 0.3}}, {"loss": {"name": "focal", "gamma": 3.0}}):
        network, _, task = trained({"epochs": 15, **training}, data, each=0)
        found = predict(network, task, data)
        assert np.mean(found.argmax(1) == data.truth) > 0.95
        sure.append(found.max(1).mean())
    assert max(sure[1:]) < sure[0] - 0.05


# ---------------------------------------------------------------- decisions


@pytest.mark.slow
def test_one_against_the_rest_learns_what_logistic_regressions_learn():
    """Each class's sigmoid is a logistic regression of its own; scikit-learn fits those."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    from ferstudy.training.fit import predict

    data = points(np.repeat([0, 1, 2], 30), CENTRES)
    optimizer = {"name": "adam", "learning_rate": 0.1}
    training = {"decision": "one_vs_rest", "epochs": 150, "batch": 90, "optimizer": optimizer}
    network, _, task = trained(training, data, each=30)
    inputs = np.array([sample.inputs["x"] for sample in data.samples])
    reference = OneVsRestClassifier(LogisticRegression(C=1e6)).fit(inputs, data.truth)
    found = predict(network, task, task.validation)
    assert found.sum(1) == pytest.approx(1, abs=1e-5)
    expected = reference.predict_proba(np.array([sample.inputs["x"] for sample in task.validation.samples]))
    assert np.abs(found - expected).mean() < 0.03
    softmax, _, task = trained({**training, "decision": "softmax"}, data, each=30)
    assert np.abs(predict(softmax, task, task.validation) - expected).mean() > np.abs(found - expected).mean()


@pytest.mark.slow
def test_two_stages_are_a_group_and_a_class_within_it():
    from ferstudy.training.fit import predict

    data = points(np.repeat([0, 1, 2], 60), CENTRES)
    network, progress, task = trained({"decision": {"name": "two_stage", "major": ["joy", "anger"]}}, data)
    found = predict(network, task, task.validation)
    assert found.sum(1) == pytest.approx(1, abs=1e-5)
    import keras

    parts = keras.Model(network.input, [network.get_layer(f"classes_{name}").output for name in ("group", "major")])
    x = np.array([sample.inputs["x"] for sample in task.validation.samples], "float32")
    group, major = (keras.ops.convert_to_numpy(part) for part in parts({"x": x}))
    assert found[:, 0] == pytest.approx(group[:, 1] * major[:, 0], abs=1e-6)
    assert found[:, 1] == pytest.approx(group[:, 0], abs=1e-6)  # fear is alone in the other group
    assert found[:, 2] == pytest.approx(group[:, 1] * major[:, 1], abs=1e-6)
    assert progress.history[-1].val_uar > 0.6
    # Both stages have learned: the group is told, and the class within the group.
    truth = task.validation.truth
    assert np.mean((group[:, 0] > 0.5) == (truth == 1)) > 0.75
    assert np.mean((major[:, 1] > 0.5)[truth != 1] == (truth == 2)[truth != 1]) > 0.65


def test_its_cross_entropy_is_that_of_both_stages():
    """Trained jointly: -log p(class) = -log p(group) - log p(class within the group)."""
    group, within = probabilities(50, 2), probabilities(50, 3)
    joint = group[:, 1] * within[:, 0]
    assert evaluated({}, np.zeros(50, int), np.stack([joint, 1 - joint], 1)) == pytest.approx(
        -np.log(group[:, 1]) - np.log(within[:, 0]), rel=1e-4
    )


@pytest.mark.parametrize(
    "decision", ["one_vs_rest", pytest.param({"name": "two_stage", "major": ["fear"]}, marks=pytest.mark.slow)]
)
def test_another_decision_survives_saving_and_any_family_takes_it(decision, tmp_path):
    import keras

    from ferstudy.models import saved_network

    c3d = Family("c3d")
    two_stream = Family("two_stream")
    from ferstudy.training.decision import decided

    for family, shapes, options in (
        (c3d, {"frames": (16, 32, 32, 1)}, {"dense": [8], "padding": "same"}),
        (two_stream, {"rgb": (48, 48, 3), "flow": (48, 48, 3)}, {"dense": 8}),
    ):
        network = decided(family.build(3, shapes, **options), decision, CLASSES)
        saved_network.save(tmp_path / "model.zip", {}, network)
        inputs = {name: RNG.normal(size=(2, *shape)).astype("float32") for name, shape in shapes.items()}
        found = keras.ops.convert_to_numpy(network(inputs))
        assert keras.ops.convert_to_numpy(saved_network.load(tmp_path / "model.zip")(inputs)) == pytest.approx(found)
        assert found.sum(1) == pytest.approx(1, abs=1e-5)
        assert found.shape == (2, 3)


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        ("votes", "decision: 'votes' is none of softmax, one_vs_rest, two_stage"),
        ({"name": "two_stage", "major": ["contempt"]}, "decision/major: 'contempt' is none of the classes"),
        ({"name": "two_stage", "major": CLASSES}, "decision/major: two_stage needs two groups"),
        ("two_stage", "two_stage needs two groups, and found none"),
    ],
)
def test_an_impossible_decision_is_named(decision, words):
    from ferstudy.training.decision import decided

    with pytest.raises(StudyError, match=f"training/{words}|{words}"):
        decided(Points.build(3, {"x": (2,)}, {}), decision, CLASSES)


# ---------------------------------------------------------------- down-sampling


def test_down_sampling_keeps_as_many_of_each_class_and_another_draw_by_seed():
    truth = RNG.permutation(np.repeat([0, 1, 2], [40, 7, 12]))
    kept, again, other = (imbalance.down(truth, seed) for seed in (1, 1, 2))
    assert np.bincount(truth[kept]).tolist() == [7, 7, 7]
    assert np.array_equal(kept, again)
    assert not np.array_equal(kept, other)
    assert set(np.flatnonzero(truth == 1)) <= set(kept)


def job(training: dict, names: list[str], family: str = "linear", **roles: list[str]) -> Training:
    clips = {name: Clip(name, "", name.split()[0], name.split()[1]) for name in names}
    cell = TrainedCell("toy", "kfold", family, "0", 0)
    settings = {"family": family, "input": {"kind": "features"}, "sampling": {}, "settings": {}, "training": training}
    study = Conditions(CLASSES, 1, 1, "tensorflow", "val_uar")
    roles = {"train": names, "validation": [], "test": []} | roles
    return Training(cell, architecture(settings), study, clips, roles, "")


COUNTS = (20, 6, 8)
NAMES = [f"p{i % 5} {label} {i}" for label, count in zip(CLASSES, COUNTS, strict=True) for i in range(count)]


def features(names: list[str], apart: float = 1.0) -> dict[str, ClipInputs]:
    found = {}
    for i, name in enumerate(names):
        values = np.random.default_rng(i).normal(size=(5, 6))
        values[:, CLASSES.index(name.split()[1])] += apart
        found[name] = ClipInputs(name, np.arange(5), features=values.astype("float16"))
    return found


def test_a_network_trains_on_the_clips_that_were_kept():
    from ferstudy.training import network

    inputs = features(NAMES)
    lost = NAMES[20]  # of fear: five have frames
    del inputs[lost]
    task, _ = network.plan(job({"resample": "down", "epochs": 2}, NAMES, "cascade"), inputs, [])
    kept = np.flatnonzero(task.train.covered)
    assert np.bincount(task.train.truth[kept]).tolist() == [5, 5, 5]
    assert len(task.train.samples) == len(task.train.owner) == 15
    assert task.prior == pytest.approx(np.array(COUNTS) / sum(COUNTS))  # what a lost clip gets is not resampled
    with pytest.raises(StudyError, match=r"smote makes vectors.*a network reads"):
        network.plan(job({"resample": "smote", "epochs": 2}, NAMES, "cascade"), inputs, [])
    with pytest.raises(StudyError, match="training/resample: 'up' is none of down, smote"):
        network.plan(job({"resample": "up", "epochs": 2}, NAMES, "cascade"), inputs, [])


# ---------------------------------------------------------------- SMOTE


def test_made_rows_lie_between_two_clips_of_their_class():
    """The same rows as imbalanced-learn's own where there are no copies and all values have one scale."""
    labels = np.repeat([0, 1, 2], [12, 3, 7])
    vectors = RNG.normal(size=(22, 4)) + labels[:, None]
    found, of = imbalance.smote(vectors, labels, np.arange(22), 1)
    assert np.bincount(of).tolist() == [12, 12, 12]
    assert np.array_equal(found[:22], vectors)
    for row, label in zip(found[22:], of[22:], strict=True):
        own = vectors[labels == label]
        pairs = [(own[i], own[j]) for i in range(len(own)) for j in range(len(own)) if i != j]
        off = [np.linalg.norm((row - a) - ((row - a) @ (b - a)) / ((b - a) @ (b - a)) * (b - a)) for a, b in pairs]
        assert min(off) < 1e-9
    again, other = (imbalance.smote(vectors, labels, np.arange(22), seed)[0] for seed in (1, 2))
    assert np.array_equal(found, again)
    assert not np.array_equal(found, other)


def test_no_row_lies_between_a_clip_and_its_copy():
    """Clips of the rare class lie far apart and each beside its copies: a row near a clip would be made of a copy."""
    parents = np.array([f"a{i}" for i in range(18)] + [f"b{i // 3}" for i in range(6)])
    labels = np.repeat([0, 1], [18, 6])
    vectors = np.vstack([RNG.normal(size=(18, 2)), np.array([[100.0, 0], [300, 0]]).repeat(3, 0)])
    vectors[18:] += RNG.normal(size=(6, 2)) * 1e-3
    found, of = imbalance.smote(vectors, labels, parents, 1)
    assert np.bincount(of).tolist() == [18, 18]
    made = found[24:]
    first, second = vectors[18], vectors[21]  # the clips themselves
    share = (made - first) @ (second - first) / ((second - first) @ (second - first))
    assert made == pytest.approx(first + share[:, None] * (second - first), abs=1e-6)
    assert np.sum((share > 0.02) & (share < 0.98)) >= 10


def test_a_class_of_one_clip_cannot_be_made_larger():
    with pytest.raises(StudyError, match="a single training clip"):
        imbalance.smote(RNG.normal(size=(5, 2)), np.array([0, 0, 0, 0, 1]), np.arange(5), 1)


class Vectors:
    """An estimator's module that writes down what it is fitted on."""

    @staticmethod
    def fit(clips, labels, units, settings, seed, weights=None, oversample=None):
        rows = np.arange(len(clips))
        vectors = np.stack([clip.features.mean(0) for clip in clips])
        Vectors.seen = SimpleNamespace(clips=clips, labels=labels, weights=weights)
        if oversample is not None:
            Vectors.seen.made = oversample(vectors, labels, rows)
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        return make_pipeline(LogisticRegression()).fit(vectors, labels)

    @staticmethod
    def predict(model, clip, settings):
        return clip.frame[:1], clip.frame[-1:], model.predict_proba(clip.features.mean(0)[None])


@pytest.fixture
def fitted(monkeypatch, tmp_path):
    from ferstudy.training import estimator

    def run(training: dict, sampling: dict | None = None, lost: tuple[str, ...] = ()):
        monkeypatch.setattr(estimator, "import_module", lambda name: Vectors)
        found = job(training, NAMES)
        found.entry["sampling"] = sampled(sampling or {})
        inputs = {name: clip for name, clip in features(NAMES).items() if name not in lost}
        return estimator.train(found, inputs, [], tmp_path), Vectors.seen

    return run


def test_an_estimator_is_resampled_and_weighted(fitted):
    trained, seen = fitted({"resample": "down"})
    assert np.bincount(seen.labels).tolist() == [6, 6, 6]
    assert len(trained.covered) == 18
    assert seen.weights is None
    _, seen = fitted({"class_weight": "balanced"})
    assert np.bincount(seen.labels, weights=seen.weights) == pytest.approx([sum(COUNTS) / 3] * 3)
    _, seen = fitted({"resample": "smote"})
    assert np.bincount(seen.labels).tolist() == list(COUNTS)
    assert np.bincount(seen.made[1]).tolist() == [20, 20, 20]


@pytest.mark.parametrize(
    ("training", "sampling", "words"),
    [
        ({"resample": "smote"}, {"kind": "windows", "frames": 2}, "smote needs one vector for each clip"),
        ({"resample": "smote", "class_weight": "balanced"}, {}, "remove one of them"),
        ({"epochs": 3}, {}, "training/epochs: means nothing to linear"),
    ],
)
def test_what_an_estimator_cannot_do_is_refused(fitted, training, sampling, words):
    with pytest.raises(StudyError, match=words):
        fitted(training, sampling)


def test_smote_is_refused_by_families_that_see_frames(tmp_path):
    from ferstudy.training import estimator

    with pytest.raises(StudyError, match=r"frame_aggregation with this sampling\s+sees several"):
        estimator.train(job({"resample": "smote"}, NAMES, "frame_aggregation"), features(NAMES), [], tmp_path)


def test_a_class_without_stored_frames_is_refused_by_both_trainers(fitted):
    from ferstudy.training import network

    lost = tuple(name for name in NAMES if "fear" in name)
    with pytest.raises(StudyError, match="fold 0: no training clip of fear has stored frames"):
        fitted({}, lost=lost)
    left = {name: clip for name, clip in features(NAMES).items() if name not in lost}
    with pytest.raises(StudyError, match="fold 0: no training clip of fear has stored frames"):
        network.plan(job({"epochs": 1}, NAMES, "cascade"), left, [])


def test_a_linear_baseline_finds_rare_classes_with_smote_and_keeps_no_trace_of_it(tmp_path):
    from ferstudy.models import saved_estimator

    linear = Family("linear")
    from ferstudy.training import estimator

    rng = np.random.default_rng(5)
    names = [f"p{i % 6} {label} {i}" for label, n in zip(CLASSES, (90, 12, 12), strict=True) for i in range(n)]
    test = [f"q{i % 6} {label} t{i}" for label in CLASSES for i in range(60)]

    def clip(name: str) -> ClipInputs:
        values = rng.normal(size=(3, 8)) * 0.1 + rng.normal(size=8)
        values[:, CLASSES.index(name.split()[1])] += 1.2
        return ClipInputs(name, np.arange(3), features=values.astype("float16"))

    inputs = {name: clip(name) for name in names + test}
    found = {}
    for resample in (None, "smote"):
        task = job({"resample": resample}, names + test, "linear", train=names, validation=test)
        model = estimator.train(task, inputs, [], tmp_path)
        found[resample] = model.history[0].val_uar
        model.save(tmp_path / "model.zip", {})
        loaded = saved_estimator.load(tmp_path / "model.zip")
        assert linear.predict(loaded, inputs[test[0]], {})[2] == pytest.approx(model.rows.probabilities[:1], abs=1e-6)
    assert found["smote"] > found[None] + 0.05


# ---------------------------------------------------------------- optimizers


def stepped(settings: dict, weights: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    import keras

    from ferstudy.training import learner

    variable = keras.Variable(weights)
    learner.optimizer(settings).apply([keras.ops.convert_to_tensor(gradient)], [variable])
    return keras.ops.convert_to_numpy(variable.value)


def test_an_optimizer_takes_decay_and_a_limit_of_the_gradient():
    weights, gradient = np.array([3.0, -2.0], "float32"), np.array([30.0, 40.0], "float32")
    sgd = {"name": "sgd", "learning_rate": 0.1}
    assert stepped(sgd, weights, gradient) == pytest.approx(weights - 0.1 * gradient)
    assert stepped({**sgd, "clipnorm": 1.0}, weights, gradient) == pytest.approx(weights - 0.1 * gradient / 50)
    assert stepped({**sgd, "weight_decay": 0.5}, weights, 0 * gradient) == pytest.approx(weights * (1 - 0.1 * 0.5))
    adamw = {"name": "adamw", "learning_rate": 0.1, "weight_decay": 0.5}
    # Adam's first step is the rate in each direction; AdamW takes the decay apart from it.
    assert stepped(adamw, weights, gradient) == pytest.approx(weights * 0.95 - 0.1, abs=1e-5)


def test_an_unknown_optimizer_or_setting_is_named():
    from ferstudy.training import learner

    with pytest.raises(StudyError, match="optimizer/name: 'lion' is none of adam, adamw, rmsprop, sgd"):
        learner.optimizer({"name": "lion"})
    with pytest.raises(StudyError, match=r"training/optimizer: adam does not take .*momentum"):
        learner.optimizer({"name": "adam", "momentum": 0.9})


# ---------------------------------------------------------------- micro-batches


@pytest.mark.parametrize(("count", "batch", "size"), [(16, 16, 2), (16, 16, 3), (5, 16, 2), (1, 16, 4), (7, 8, 8)])
def test_the_parts_of_a_batch_hold_each_sample_once(count, batch, size):
    chosen = RNG.permutation(100)[:count]
    steps = micro.count(batch, size)
    parts = list(micro.parts(chosen, steps))
    assert len(parts) == steps
    assert len({len(part.rows) for part in parts}) == 1
    assert all(len(part.rows) <= size for part in parts)
    real = np.concatenate([part.rows[part.scale > 0] for part in parts])
    assert sorted(real) == sorted(chosen)
    # The mean of the parts' means is the mean of the samples.
    values = RNG.normal(size=100)
    assert np.mean([np.mean(part.scale * values[part.rows]) for part in parts]) == pytest.approx(values[chosen].mean())


@pytest.mark.parametrize(
    "optimizer",
    [
        {"name": "sgd", "learning_rate": 1.0},
        pytest.param({"name": "adam", "learning_rate": 0.01}, marks=pytest.mark.slow),
    ],
)
def test_micro_batches_give_the_gradients_of_the_batch(optimizer):
    """With a rate of 1, SGD's weights differ by the gradient. 21 samples in batches of 8: the last has five; clips of
    one to three samples and balanced classes: every sample has a weight of its own.
    """
    import keras

    truth = np.array([0, 0, 0, 0, 0, 1, 1, 2, 2, 2])
    data = points(truth, CENTRES, samples=3)
    kept = RNG.permutation(30)[:21]
    data = data._replace(samples=[data.samples[i] for i in kept], owner=data.owner[kept])
    settings = {"hidden": 6, "kernel_regularizer": keras.regularizers.L2(0.01)}
    optimizer = {**optimizer, "clipnorm": 0.5, "weight_decay": 0.01}
    common = {"epochs": 2, "batch": 8, "class_weight": "balanced", "optimizer": optimizer}
    whole, progress, _ = trained(common, data, settings, each=5)
    for size in (1, 2, 5):
        parts, again, _ = trained({**common, "micro_batch": size}, data, settings, each=5)
        for a, b in zip(whole.get_weights(), parts.get_weights(), strict=True):
            assert np.abs(a - b).max() < 1e-5
        for a, b in zip(progress.history, again.history, strict=True):
            assert a[:-1] == pytest.approx(b[:-1], rel=1e-5)
    untrained, _ = prepared(common, data, settings)
    assert np.abs(whole.get_weights()[0] - untrained.get_weights()[0]).max() > 0.01


def test_networks_whose_samples_act_on_each_other_have_no_micro_batches():
    import keras

    c3d = Family("c3d")
    two_stream = Family("two_stream")

    micro.check(c3d.build(3, {"frames": (16, 32, 32, 1)}, dense=[4], padding="same"))
    with pytest.raises(StudyError, match=r"training/micro_batch: batch norm \(norm1\)"):
        micro.check(c3d.build(3, {"frames": (16, 32, 32, 1)}, dense=[4], padding="same", batch_norm=True))
    with pytest.raises(StudyError, match="activity of dense2"):
        micro.check(two_stream.build(3, {"rgb": (48, 48, 3)}, dense=4, l1=0.1))
    frozen = keras.Sequential([keras.Input((2,)), keras.layers.BatchNormalization(trainable=False)])
    micro.check(frozen)
