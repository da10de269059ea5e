"""Augmented copies among the training clips: which there are, what they weigh, and that they never leave their clip."""

import numpy as np
import pytest
from families import architecture

from ferstudy.errors import StudyError
from ferstudy.models.clip import ClipInputs
from ferstudy.tables.clips import Clip
from ferstudy.training import estimator, with_copies
from ferstudy.training.assignment import Conditions, TrainedCell, Training

RNG = np.random.default_rng(0)
CLASSES = ["anger", "joy"]
TRAIN = ["a1", "a2", "b1", "b2", "b3"]


def make_job(copies, kind: str = "features", training: dict | None = None, subjects: bool = True) -> Training:
    """Six training clips, two of anger, one of joy without frames; one for validation, one for test."""
    clips = {
        name: Clip(name, "", name[-1] if subjects else "", CLASSES[name[0] == "b"])
        for name in [*TRAIN, "lost", "a8", "b9"]
    }
    clips["lost"] = clips["lost"]._replace(label="joy")
    roles = {"train": [*TRAIN, "lost"], "validation": ["a8"], "test": ["b9"]}
    entry = {"kind": kind, "recipe": "crop", **({"copies": copies} if copies else {})}
    settings = architecture({"family": "linear", "input": entry, "training": training or {}})
    study = Conditions(CLASSES, 1, 1, "tensorflow", "val_uar")
    cell = TrainedCell("d", "p", "a", "0", 0)
    return Training(cell, settings, study, clips, roles, "")


def make_inputs(kind: str = "features") -> dict[str, ClipInputs]:
    """Crops or features of all clips but one; anger and joy differ in every feature."""
    faces = RNG.integers(0, 255, (4, 8, 8, 3)).astype("uint8")
    return {
        name: ClipInputs(name, np.arange(4), faces=np.roll(faces, i, 0))
        if kind == "faces"
        else ClipInputs(name, np.arange(4), features=(RNG.normal(size=(4, 3)) + 3 * (name[0] == "b")).astype("float16"))
        for i, name in enumerate([*TRAIN, "a8", "b9"])
    }


def features_of(names: list[str], copies: list[str]) -> dict[str, np.ndarray]:
    return {
        f"{name}#{copy}": np.full((4, 3), 3 * (name[0] == "b") + i, "float16")
        for name in names
        for i, copy in enumerate(copies)
    }


def test_without_copies_nothing_changes():
    job, inputs = make_job(None), make_inputs()
    assert with_copies.enlarge(job, inputs, {}) == (job, inputs)


def test_copies_join_the_training_clips_alone():
    job, inputs = with_copies.enlarge(make_job(["flip", "rotate+8"], "faces"), make_inputs("faces"), {})
    made = {f"{name}#{copy}" for name in TRAIN for copy in ("flip", "rotate+8")}
    assert set(job.roles["train"]) == {*TRAIN, "lost", *made}
    assert (job.roles["validation"], job.roles["test"]) == (["a8"], ["b9"])
    assert {job.parent(name) for name in made} == set(TRAIN)
    assert job.truth(["b2#flip"]) == job.truth(["b2"])
    np.testing.assert_array_equal(inputs["b2#flip"].faces, inputs["b2"].faces[:, :, ::-1])
    assert np.any(inputs["b2#rotate+8"].faces != inputs["b2"].faces)
    assert "lost#flip" not in inputs
    assert set(inputs) == {*TRAIN, "a8", "b9", *made}
    assert len(inputs) == len(set(inputs))


def test_features_of_copies_come_from_their_store():
    features = features_of(TRAIN, ["flip"])
    _, inputs = with_copies.enlarge(make_job(["flip"]), make_inputs(), features)
    assert inputs["b1#flip"].features is features["b1#flip"]
    assert inputs["b1#flip"].name == "b1#flip"
    with pytest.raises(StudyError, match=r"features of 1 copies are in no store \(b3#flip\)"):
        with_copies.enlarge(make_job(["flip"]), make_inputs(), features_of(TRAIN[:-1], ["flip"]))


def test_a_set_may_leave_the_clips_themselves_out():
    entry = {"rotations": [5], "include_unrotated": False}
    job, _ = with_copies.enlarge(make_job(entry, "faces"), make_inputs("faces"), {})
    assert "a1" not in job.roles["train"]
    assert len(job.roles["train"]) == 4 * len(TRAIN) + 1


@pytest.mark.parametrize("entry", [["flip"], {"rotations": [5], "include_unrotated": False}])
def test_the_prior_is_that_of_the_clips(entry):
    plain = make_job(entry, "faces")
    job, _ = with_copies.enlarge(plain, make_inputs("faces"), {})
    assert job.prior().tolist() == plain.prior().tolist() == [2 / 6, 4 / 6]


@pytest.mark.parametrize("subjects", [True, False])
def test_a_copy_stays_in_the_unit_of_its_clip(subjects):
    job, _ = with_copies.enlarge(make_job(["flip"], "faces", subjects=subjects), make_inputs("faces"), {})
    for name in TRAIN:
        assert job.clips[f"{name}#flip"].unit == job.clips[name].unit


def trained(job, inputs, tmp_path, monkeypatch):
    """What the linear machine is fitted on: (names of the parts, labels)."""
    from ferstudy.models import linear

    seen = {}

    def fit(parts, labels, units, settings, seed, weights=None, oversample=None):
        seen.update(names=[part.name for part in parts], labels=list(labels), oversample=oversample)
        return original(parts, labels, units, settings, seed, weights, oversample)

    original = linear.fit
    monkeypatch.setattr(linear, "fit", fit)
    found = estimator.train(job, inputs, [], tmp_path)
    return found, seen


def test_an_estimator_learns_from_copies_and_is_judged_without(tmp_path, monkeypatch):
    job, inputs = with_copies.enlarge(make_job(["flip"]), make_inputs(), features_of(TRAIN, ["flip"]))
    found, seen = trained(job, inputs, tmp_path, monkeypatch)
    assert len(seen["names"]) == 2 * len(TRAIN)
    assert set(found.rows.clip) == {"a8", "b9"}


def test_down_sampling_takes_clips_with_their_copies(tmp_path, monkeypatch):
    plain = make_job(["flip"], training={"resample": "down"})
    job, inputs = with_copies.enlarge(plain, make_inputs(), features_of(TRAIN, ["flip"]))
    _, seen = trained(job, inputs, tmp_path, monkeypatch)
    kept = {name for name in seen["names"] if "#" not in name}
    assert len(kept) == 4
    assert {name.removesuffix("#flip") for name in seen["names"]} == kept
    assert len(seen["names"]) == 8


def test_a_network_takes_clips_with_their_copies():
    from ferstudy.training import clip_samples, network

    plain = make_job(["flip"], "faces", training={"resample": "down"})
    job, inputs = with_copies.enlarge(plain, make_inputs("faces"), {})
    names = job.roles["train"]
    covered = [i for i, name in enumerate(names) if name in inputs]
    train = clip_samples.ClipSamples(job.truth(names), [None] * len(covered), np.array(covered))
    kept = network._resampled(train, job)
    chosen = [names[i] for i in kept.owner]
    parents = {name for name in chosen if "#" not in name}
    assert len(parents) == 4
    assert sorted(chosen) == sorted([*parents, *(f"{name}#flip" for name in parents)])
    assert [CLASSES[0], CLASSES[0], CLASSES[1], CLASSES[1]] == sorted(job.clips[name].label for name in parents)


def test_smote_never_looks_between_a_clip_and_its_copies(tmp_path, monkeypatch):
    """A made row lies between clips: with copies far away from their clips, none lies on the way to one."""
    names = [f"b{i}" for i in range(1, 8)] + [f"a{i}" for i in range(1, 6)]
    clips = {name: Clip(name, "", name, CLASSES[name[0] == "b"]) for name in [*names, "a8"]}
    job = make_job(["flip"], training={"resample": "smote"})
    job = Training(job.cell, job.entry, job.conditions, clips, {"train": names, "validation": ["a8"], "test": []}, "")
    inputs = {name: ClipInputs(name, np.arange(2), features=np.full((2, 1), i, "float16"))
              for i, name in enumerate([*names, "a8"])}  # fmt: skip
    far = {f"{name}#flip": np.full((2, 1), 1000, "float16") for name in names}  # values 0..6 are b, 7..11 are a
    job, inputs = with_copies.enlarge(job, inputs, far)
    _, seen = trained(job, inputs, tmp_path, monkeypatch)
    vectors = np.array([float(inputs[name].features[0, 0]) for name in seen["names"]])[:, None]
    made, labels = seen["oversample"](vectors, np.array(seen["labels"]), np.arange(len(vectors)))
    new = made[len(vectors) :]
    assert len(new) == 4
    assert (labels == 0).sum() == (labels == 1).sum()
    assert np.all((new >= 7) & (new <= 11))  # between clips of a, never towards a copy
