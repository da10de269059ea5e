"""Which frames of a clip a network sees at once, and that every family and both trainers use them."""

import logging
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from families import Family, architecture, sampled

from ferstudy.errors import StudyError
from ferstudy.models.clip import ClipInputs
from ferstudy.models.cut import parts
from ferstudy.models.sampling import check, positions, spread, stride
from ferstudy.tables.clips import Clip
from ferstudy.training import estimator
from ferstudy.training.assignment import Conditions, TrainedCell, Training
from ferstudy.training.clip_samples import Cutting, gather, weights

# The sequence study's: windows of 16, the rarer an expression the more they overlap, nothing under 8 frames.
SEQUENCES = sampled({
    "kind": "windows", "frames": 16, "overlap": {"happy": 0.5, "pensive": 0.3, "neutral": 0}, "shortest": 8,
})  # fmt: skip
EIGHT = sampled({"kind": "uniform", "frames": 8})


def make_clip(frames: int, flow: bool = False, faces: bool = True, segment: int = 8, step: int = 4) -> ClipInputs:
    """A clip that starts at source frame 100, each crop (and feature) holding its own position."""
    at = np.arange(frames)
    first = np.arange(0, max(frames - segment, 0) + 1, step)
    length = np.full(len(first), min(segment, frames) - 1)
    crops = np.broadcast_to(at[:, None, None, None], (frames, 12, 12, 3)).astype("uint8")
    vectors = np.broadcast_to(first[:, None, None, None], (len(first), 12, 12, 2)).astype("float16")
    return ClipInputs(
        "clip",
        100 + (at if faces or not flow else first),
        faces=crops if faces else None,
        flow=vectors if flow else None,
        first=first if flow else None,
        length=length if flow else None,
        features=None if flow or faces else at[:, None].astype("float16"),
    )


def spans(count: int, sampling: dict, role: str = "train", label: str = "happy") -> list[tuple[int, int, int]]:
    """First and last position and number of frames of each sample."""
    return [(index[0], index[-1], len(index)) for index in positions(count, sampling, role, label)]


# ---------------------------------------------------------------- positions


@pytest.mark.parametrize("count", [8, 9, 30, 31, 75, 100])
def test_eight_uniform_frames_have_the_first_and_the_last_and_even_steps(count):
    (index,) = positions(count, EIGHT, "test", "")
    assert len(index) == len(set(index)) == 8
    assert (index[0], index[-1]) == (0, count - 1)
    steps = np.diff(index)
    assert steps.max() - steps.min() <= 1
    assert np.abs(np.array(index) - np.linspace(0, count - 1, 8)).max() <= 0.5


@pytest.mark.parametrize("frames", [2, 3, 8, 9])
def test_a_reversed_clip_gives_the_same_uniform_frames(frames):
    for count in range(frames, 60):
        index = spread(count, frames)
        back = [count - 1 - position for position in reversed(index)]
        assert sorted(set(index)) == index
        assert [a for i, a in enumerate(index) if 2 * i != frames - 1] == [
            b for i, b in enumerate(back) if 2 * i != frames - 1
        ]


def test_windows_of_the_sequence_study():
    """40 frames: stride 8 for happy, 11 for pensive (16 * 0.7 = 11.2), 16 for neutral and for all that is tested."""
    assert [first for first, _, _ in spans(40, SEQUENCES)] == [0, 8, 16, 24]
    assert [first for first, _, _ in spans(40, SEQUENCES, "validation", "pensive")] == [0, 11, 22]
    assert spans(40, SEQUENCES, "train", "neutral") == [(0, 15, 16), (16, 31, 16)]
    for label in ("happy", "pensive", "neutral", "a class without an entry"):
        assert spans(40, SEQUENCES, "test", label) == [(0, 15, 16), (16, 31, 16)]


@pytest.mark.parametrize("role", ["train", "validation", "test"])
def test_short_clips_are_refused_or_one_shorter_sample(role):
    for count in range(80):
        found = spans(count, SEQUENCES, role)
        if count < 8:
            assert found == []
        elif count < 16:
            assert found == [(0, count - 1, count)]
        else:
            assert {length for _, _, length in found} == {16}
            assert count - 1 - found[-1][1] < 16  # only a rest that fills no window is left out


def test_stride_never_stands_still():
    assert [stride(16, share) for share in (0, 0.3, 0.5, 0.99)] == [16, 11, 8, 1]
    assert stride(10, 0.55) == 5  # 4.5, halves up


def test_every_thins_out_before_frames_are_counted():
    assert [list(index) for index in positions(11, sampled({"every": 5}), "train", "")] == [[0, 5, 10]]
    two = sampled({"kind": "windows", "frames": 4, "every": 3, "shortest": 2})
    assert [list(index) for index in positions(25, two, "test", "")] == [[0, 3, 6, 9], [12, 15, 18, 21]]
    assert positions(3, two, "test", "") == []


def test_without_settings_the_clip_is_whole():
    clip = make_clip(20)
    (part,) = parts(clip, sampled({}), "train", "")
    assert np.array_equal(part.faces, clip.faces)
    assert np.shares_memory(part.faces, clip.faces)


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kind": "random"}, "sampling/kind: 'random' is none of whole, uniform, windows"),
        ({"size": 3}, "unknown key 'size', expected some of kind, frames"),
        ({"kind": "windows"}, "sampling/frames: found None"),
        ({"kind": "uniform", "frames": 1}, "sampling/frames: found 1, expected a whole number of at least 2"),
        ({"kind": "windows", "frames": 2.5}, "sampling/frames: found 2.5"),
        ({"frames": 100}, "means nothing with kind whole"),
        ({"every": 0}, "sampling/every: found 0"),
        ({"shortest": True}, "sampling/shortest: found True"),
        ({**SEQUENCES, "shortest": 17}, r"sampling/shortest: found 17, expected at most sampling/frames \(16\)"),
        ({**EIGHT, "overlap": {"happy": 0.5}}, "only windows overlap, and kind is uniform"),
        ({**SEQUENCES, "overlap": 0.5}, "expected a share for each class"),
        ({**SEQUENCES, "overlap": {"happy": 1}}, "sampling/overlap/happy: found 1, expected a share from 0 to below 1"),
        ({**SEQUENCES, "overlap": {"happy": "half"}}, "sampling/overlap/happy: found 'half'"),
        ({**SEQUENCES, "overlap": {"hapy": 0.5}}, "sampling/overlap/hapy: is none of the classes happy, neutral"),
    ],
)
def test_wrong_settings_are_named(wrong, sentence):
    with pytest.raises(StudyError, match=sentence):
        check(sampled(wrong), ["happy", "neutral", "pensive"])


@pytest.mark.parametrize("right", [sampled({}), sampled({"every": 16}), sampled({"shortest": 8}), EIGHT, SEQUENCES])
def test_right_settings_pass(right):
    check(right, ["happy", "neutral", "pensive"])
    check(right)


# ---------------------------------------------------------------- stored arrays


def test_a_window_holds_its_own_frames():
    for clip in (make_clip(40), make_clip(40, faces=False)):
        found = parts(clip, SEQUENCES, "train", "happy")
        assert [part.frame[0] for part in found] == [100, 108, 116, 124]
        for part in found:
            values = part.faces[:, 0, 0, 0] if clip.faces is not None else part.features[:, 0]
            assert np.array_equal(values + 100, part.frame)


@pytest.mark.parametrize("faces", [True, False])
def test_flow_segments_belong_to_the_windows_that_hold_them_whole(faces):
    """Segments of 8 frames (7 steps) begin at 0, 4, 8, ..: a window of 16 frames holds three of them."""
    found = parts(make_clip(44, flow=True, faces=faces), sampled({"kind": "windows", "frames": 16}), "test", "")
    assert [part.flow[:, 0, 0, 0].tolist() for part in found] == [[0, 4, 8], [16, 20, 24]]
    assert [part.first.tolist() for part in found] == [[0, 4, 8], [0, 4, 8]]
    if faces:
        assert [(part.faces[0, 0, 0, 0], len(part.faces)) for part in found] == [(0, 16), (16, 16)]
    else:
        assert [part.frame.tolist() for part in found] == [[100, 104, 108], [116, 120, 124]]


def test_windows_shorter_than_the_flow_segments_hold_none():
    assert parts(make_clip(40, flow=True), sampled({"kind": "windows", "frames": 6}), "test", "") == []


def test_uniform_and_every_choose_among_flow_segments():
    clip = make_clip(48, flow=True)  # segments at 0, 4, .. 40
    (four,) = parts(clip, sampled({"kind": "uniform", "frames": 4}), "test", "")
    assert four.first.tolist() == [0, 12, 28, 40]
    assert four.flow[:, 0, 0, 0].tolist() == [0, 12, 28, 40]
    assert len(four.faces) == 48
    (thin,) = parts(clip, sampled({"every": 5}), "test", "")
    assert thin.first.tolist() == [0, 20, 40]


# ---------------------------------------------------------------- families

FAMILIES = {
    "cascade": (make_clip(40, faces=False), {"frames": 16}),
    "c3d": (make_clip(40), {"length": 8, "size": 12}),
    "two_stream": (make_clip(40, flow=True), {"size": 12}),
    "compact": (make_clip(40), {"size": 12}),
}


@pytest.mark.parametrize(
    "sampling", [sampled({}), EIGHT, SEQUENCES, sampled({"every": 3})], ids=["whole", "uniform", "windows", "every"]
)
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_makes_samples_of_every_sampling(name, sampling):
    clip, settings = FAMILIES[name]
    family = Family(name)
    inputs = {"long": clip, "short": parts(clip, sampled({"kind": "windows", "frames": 12}), "test", "")[0]}
    data = gather(
        family, ["long", "short"], np.array([0, 1]), inputs, settings, "train", Cutting(sampling, ["happy", "b"])
    )
    assert data.covered.all()
    assert all(100 <= sample.first <= sample.last <= 139 for sample in data.samples)
    batch = family.batch(data.samples, settings)
    # Features come as the real frames end to end; the mask has a row per sample.
    assert len(batch.get("mask", next(iter(batch.values())))) == len(data.samples)
    weight = weights(data, 2)
    assert weight[data.owner == 0].sum() == pytest.approx(weight[data.owner == 1].sum())


def test_a_cascade_masks_a_short_window_and_keeps_up_to_its_frames():
    cascade = Family("cascade")

    short, long = (
        gather(
            cascade,
            ["a"],
            [0],
            {"a": make_clip(n, faces=False)},
            {"frames": 100},
            "train",
            Cutting(sampling, ["happy"]),
        )
        for n, sampling in ((11, SEQUENCES), (130, sampled({})))
    )
    batch = cascade.batch(short.samples, {"frames": 16})
    assert batch["mask"].sum(1).tolist() == [11]
    assert batch["features"][:, 0].tolist()[:11] == [*range(11)]
    assert [len(sample.inputs["features"]) for sample in long.samples] == [100]
    assert (long.samples[0].first, long.samples[0].last) == (100, 199)


def test_a_segment_can_be_summarised_by_its_first_image():
    """The fusion study: of each 16 frames one image and the flow that follows it."""
    two_stream = Family("two_stream")

    clip = make_clip(64, flow=True, segment=16, step=16)
    shown = {
        frame: [sample.inputs["rgb"][0, 0, 0] for sample in two_stream.samples(clip, {"size": 12, "frame": frame})]
        for frame in ("first", "middle")
    }
    assert shown["first"] == pytest.approx(np.array([0, 16, 32, 48]) / 127.5 - 1, abs=1e-3)
    assert shown["middle"] == pytest.approx(np.array([7, 23, 39, 55]) / 127.5 - 1, abs=1e-3)
    with pytest.raises(StudyError, match="settings/frame: 'last' is none of middle, first"):
        two_stream.samples(clip, {"size": 12, "frame": "last"})


def test_a_clip_that_is_too_short_is_not_covered_and_named_in_the_log(caplog):
    cascade = Family("cascade")

    inputs = {name: make_clip(n, faces=False) for name, n in (("brief", 7), ("long", 20))}
    with caplog.at_level(logging.INFO):
        data = gather(cascade, ["brief", "long", "none"], [0, 0, 0], inputs, {}, "test", Cutting(SEQUENCES, ["happy"]))
    assert data.covered.tolist() == [False, True, False]
    assert "1 test clips give no sample (fewer than 8 frames" in caplog.text
    assert caplog.text.rstrip().endswith(": brief")


# ---------------------------------------------------------------- trainers

CLASSES = ["happy", "neutral"]


def make_job(sampling: dict, family: str = "frame_aggregation") -> tuple[Training, dict[str, ClipInputs]]:
    """Two people for each role, a clip of each class; the third one's are too short for a window."""
    clips, inputs, roles = {}, {}, {"train": [], "validation": [], "test": []}
    rng = np.random.default_rng(0)
    for person in range(7):
        for i, label in enumerate(CLASSES):
            name = f"p{person} {label}"
            count = 5 if person == 2 else 40
            clips[name] = Clip(name, "", f"p{person}", label)
            roles["train" if person < 3 else "validation" if person < 5 else "test"].append(name)
            features = (rng.normal(size=(count, 2)) + 3 * np.eye(2)[i]).astype("float16")
            inputs[name] = replace(make_clip(count, faces=False), name=name, features=features)
    settings = {
        "family": family,
        "input": {"kind": "features"},
        "settings": {},
        "training": {"epochs": 2} if family == "cascade" else {},
    }
    cell = TrainedCell("toy", "p", "a", "0", 1)
    study = Conditions(CLASSES, 1, 1, "tensorflow", "val_uar")
    return Training(cell, architecture({**settings, "sampling": sampling}), study, clips, roles, ""), inputs


def test_an_estimator_fits_windows_by_role_and_weighs_clips_alike(monkeypatch, tmp_path):
    """A family that only notes what it gets."""
    seen = {}

    def fit(clips, labels, units, settings, seed, weights=None):
        seen["fit"] = [(clip.name, len(clip.frame), int(label)) for clip, label in zip(clips, labels, strict=True)]
        seen["weights"] = weights
        return [SimpleNamespace(coef_=np.zeros(2), intercept_=np.zeros(1))]

    def predict(model, clip, settings):
        return clip.frame[:1], clip.frame[-1:], np.array([[0.25, 0.75]])

    monkeypatch.setattr(estimator, "import_module", lambda name: SimpleNamespace(fit=fit, predict=predict))
    job, inputs = make_job(SEQUENCES)
    done = estimator.train(job, inputs, [], tmp_path)
    windows = {name: sum(each[0] == name for each in seen["fit"]) for name in job.roles["train"]}
    assert windows == {"p0 happy": 4, "p0 neutral": 2, "p1 happy": 4, "p1 neutral": 2, "p2 happy": 0, "p2 neutral": 0}
    assert {length for _, length, _ in seen["fit"]} == {16}
    assert sorted(set(zip((name for name, _, _ in seen["fit"]), seen["weights"].tolist(), strict=True))) == [
        ("p0 happy", 0.75), ("p0 neutral", 1.5), ("p1 happy", 0.75), ("p1 neutral", 1.5),
    ]  # fmt: skip
    rows = list(zip(done.rows.clip, done.rows.first, done.rows.last, strict=True))
    assert [row for row in rows if row[0] == "p3 happy"] == [("p3 happy", 100 + i, 115 + i) for i in (0, 8, 16, 24)]
    assert [row for row in rows if row[0] == "p5 happy"] == [("p5 happy", 100 + i, 115 + i) for i in (0, 16)]
    assert done.covered == set(inputs) - {"p2 happy", "p2 neutral"}


def test_an_estimator_without_sampling_gets_whole_clips_as_ever(tmp_path):
    job, inputs = make_job({})
    done = estimator.train(job, inputs, [], tmp_path)
    assert done.history[0].val_uar == 1
    assert done.rows.clip.count("p5 happy") == 40  # a sample per frame
    assert done.covered == set(inputs)


def test_a_network_sees_the_same_windows_in_training_and_in_prediction(tmp_path):
    from ferstudy.training import network

    job, inputs = make_job(SEQUENCES, "cascade")
    job.entry["settings"].update(cell="lstm", units=2, frames=16)
    done = network.train(job, inputs, [], tmp_path)
    assert [done.rows.clip.count(f"p{p} {label}") for p in (3, 5) for label in CLASSES] == [4, 2, 2, 2]
    assert set(zip(done.rows.first, done.rows.last, strict=True)) == {(100 + i, 115 + i) for i in (0, 8, 16, 24)}
    assert done.covered == set(inputs) - {"p2 happy", "p2 neutral"}
    assert done.validation.shape == (2, 4, 2)
    validation = done.rows.probabilities[: len(done.validation[0]) * 3].reshape(-1, 2)
    assert len(validation) == 4 + 2 + 4 + 2
    mean = validation[:4].mean(0)
    assert done.validation[done.best_epoch - 1][0] == pytest.approx(mean, abs=1e-5)


def test_a_network_refuses_settings_and_data_that_give_no_sample(tmp_path):
    from ferstudy.training import network

    job, inputs = make_job({"kind": "uniform"}, "cascade")
    with pytest.raises(StudyError, match="sampling/frames"):
        network.train(job, inputs, [], tmp_path)
    job, inputs = make_job({"shortest": 41}, "cascade")
    with pytest.raises(StudyError, match="none of its 6 training clips has stored frames enough for a sample"):
        network.train(job, inputs, [], tmp_path)
