"""Online augmentation: one move for all frames of a clip, flow as vectors, and what it costs."""

import time
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import scipy.ndimage
from families import Family

from ferstudy.errors import StudyError
from ferstudy.models import augment
from ferstudy.models.augment import Moves, draw, light, move, move_flow
from ferstudy.models.clip import Sample

THESIS = {"flip": True, "rotation": 10, "zoom": 0.1, "shift": 0.1, "shear": 5, "brightness": [0.4, 1.5]}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def pictures(*shape: int, seed: int = 0) -> np.ndarray:
    """Smooth pictures in -1..1, so that interpolation hardly matters."""
    noise = rng(seed).normal(size=shape)
    sigma = [0] * (len(shape) - 3) + [3, 3, 0]
    smooth = scipy.ndimage.gaussian_filter(noise, sigma)
    return (smooth / np.abs(smooth).max()).astype("float32")


def turn(degrees: float, size: float = 1.0) -> np.ndarray:
    angle = np.deg2rad(degrees)
    return size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def one(linear=None, shift=(0.0, 0.0), light=1.0, pixels=False) -> Moves:
    linear = np.eye(2) if linear is None else linear
    return Moves(np.array([linear], float), np.array([shift], float), np.array([light], float), pixels)


# ---------------------------------------------------------------- drawing


def test_what_is_drawn_lies_within_the_options():
    found = draw(rng(), 4000, THESIS)
    scale = np.sqrt(np.abs(np.linalg.det(found.linear)))
    assert scale.min() == pytest.approx(0.9, abs=2e-3)
    assert scale.max() == pytest.approx(1.1, abs=2e-3)
    assert np.mean(np.linalg.det(found.linear) < 0) == pytest.approx(0.5, abs=0.03)
    down = found.linear[:, :, 0] / scale[:, None] * np.sign(np.linalg.det(found.linear))[:, None]
    assert np.abs(np.rad2deg(np.arctan2(down[:, 1], down[:, 0]))).max() == pytest.approx(10, abs=0.1)
    assert np.abs(found.shift).max() == pytest.approx(0.1, abs=1e-3)
    assert (found.light.min(), found.light.max()) == pytest.approx((0.4, 1.5), abs=2e-3)


def test_one_more_option_leaves_what_the_others_draw():
    alone, both = draw(rng(), 9, {"rotation": 10}), draw(rng(), 9, {"rotation": 10, "brightness": 0.2, "shift": 2})
    assert np.array_equal(alone.linear, both.linear)
    assert both.pixels
    assert not alone.pixels


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"turn": 3}, "'turn' is none of flip, rotation"),
        ({"brightness": [1.5, 0.4]}, "brightness: found"),
        ({"brightness": 2}, "brightness: found 2"),
        ({"zoom": 1}, "zoom: found 1"),
    ],
)
def test_an_impossible_option_is_named(options, words):
    with pytest.raises(StudyError, match=f"training/augmentation.*{words}"):
        draw(rng(), 1, options)


def test_a_family_without_augmentation_says_so():
    with pytest.raises(StudyError, match="vgg16 has no online augmentation"):
        augment.of_family(SimpleNamespace(__name__="ferstudy.models.vgg16"))


# ---------------------------------------------------------------- moving pictures


def test_nothing_asked_changes_nothing_and_a_flip_is_exact():
    values = pictures(2, 3, 17, 17, 3)
    assert np.array_equal(move(values.copy(), draw(rng(), 2, {})), values)
    both = Moves(np.array([np.eye(2), augment.MIRROR]), np.zeros((2, 2)), np.ones(2))
    found = move(values.copy(), both)
    assert np.array_equal(found[0], values[0])
    assert np.array_equal(found[1], values[1, :, :, ::-1])


def test_all_frames_of_a_clip_move_alike_and_clips_differ():
    still = np.repeat(pictures(1, 1, 24, 24, 1), 5, axis=1)
    found = move(np.repeat(still, 3, axis=0), draw(rng(), 3, THESIS))
    assert all(np.array_equal(frames[i], frames[0]) for frames in found for i in range(5))
    assert not np.array_equal(found[0], found[1])
    assert not np.array_equal(found[1], found[2])


@pytest.mark.parametrize(
    ("linear", "shift"),
    [
        (turn(10), (0, 0)),
        (turn(-7, 1.1), (0.1, -0.05)),
        (np.array([[1.0, 0.2], [0, 1]]), (0, 0.08)),
        (turn(4) @ augment.MIRROR, (0, 0)),
    ],
)
def test_moving_agrees_with_scipy(linear, shift):
    """scipy.ndimage.affine_transform asks where a pixel (row, column) comes from, as keras's generator used it."""
    values = pictures(1, 2, 33, 33, 2)
    swap = np.array([[0, 1], [1, 0]])
    back = np.linalg.inv(swap @ linear @ swap)  # in rows and columns
    offset = 16 - back @ (16 + swap @ np.array(shift) * 33)
    expected = [
        scipy.ndimage.affine_transform(values[0, t, ..., c], back, offset, order=1, mode="nearest")
        for t in range(2)
        for c in range(2)
    ]
    found = move(values.copy(), one(linear, shift))
    expected = np.array(expected).reshape(2, 2, 33, 33).transpose(0, 2, 3, 1)
    assert found[0] == pytest.approx(expected, abs=0.02)  # OpenCV places pixels to 1/32
    assert np.abs(found - values).max() > 0.2


def test_a_shift_is_a_part_of_the_side_or_pixels():
    values = pictures(1, 20, 20, 1)
    assert move(values.copy(), one(shift=(0.1, 0)))[0, :, 2:] == pytest.approx(values[0, :, :-2], abs=1e-5)
    assert move(values.copy(), one(shift=(0, -3), pixels=True))[0, :-3] == pytest.approx(values[0, 3:], abs=1e-5)


def test_light_multiplies_what_the_camera_saw():
    grey = np.array([0, 100, 200], "float32")
    found = light((grey / 127.5 - 1).reshape(1, 1, 1, 3), one(light=1.5))
    assert (found.ravel() + 1) * 127.5 == pytest.approx([0, 150, 255], abs=1e-3)
    differences = light(np.array([-0.4, 0.0, 0.9], "float32").reshape(1, 1, 1, 3), one(light=0.5), 0.0, np.inf)
    assert differences.ravel() == pytest.approx([-0.2, 0, 0.45])


# ---------------------------------------------------------------- flow


def test_the_flow_of_moved_pictures_is_the_moved_flow_of_the_pictures():
    """Two pictures of a moving pattern; OpenCV finds the flow before and after they are moved."""
    size = 96
    first = pictures(1, size, size, 1, seed=3)[0, ..., 0]
    y, x = np.mgrid[:size, :size].astype("float32")
    dx, dy = 1.5 + 0.01 * (y - 48), -0.8 + 0.01 * (x - 48)
    second = cv2.remap(first, x - dx, y - dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def found(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        a, b = (((each + 1) * 127.5).astype("uint8") for each in (a, b))
        return cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 3, 15, 5, 7, 1.5, 0)

    moves = one(turn(25, 1.2) @ augment.MIRROR, (0.03, -0.02))
    pair = move(np.stack([first, second])[None, ..., None].copy(), moves)[0, ..., 0]
    inner = slice(24, -24)
    expected = found(*pair)[inner, inner]
    moved = move_flow(found(first, second)[None].copy(), moves)[0][inner, inner]
    assert np.abs(expected).mean() > 0.8
    assert np.abs(moved - expected).mean() < 0.08
    assert np.abs(move(found(first, second)[None].copy(), moves)[0][inner, inner] - expected).mean() > 0.8


@pytest.mark.parametrize("kind", ["xym", "hsv"])
def test_two_stream_shows_the_moved_vectors(kind):
    two_stream = Family("two_stream")

    flow = rng().normal(size=(4, 1, 1, 2)).astype("float32").repeat(12, 1).repeat(12, 2) / 3
    linear = turn(30, 0.9) @ augment.MIRROR
    moves = Moves(np.repeat([linear], 4, 0), np.zeros((4, 2)), np.full(4, 0.5))
    image = two_stream.encoded(flow.copy(), kind)
    found = two_stream.augment({"flow": image}, moves, {"flow_image": kind})["flow"]
    assert found == pytest.approx(two_stream.encoded(flow @ linear.T.astype("float32"), kind), abs=1e-4)


def test_a_mirrored_hsv_image_keeps_its_speed():
    two_stream = Family("two_stream")

    right = np.full((1, 4, 4, 2), np.array([0.5, 0], "float32"))
    found = two_stream.augment({"flow": two_stream.encoded(right, "hsv")}, one(augment.MIRROR), {"flow_image": "hsv"})
    assert found["flow"] == pytest.approx(two_stream.encoded(right * [-1, 1], "hsv"), abs=1e-5)
    assert found["flow"].min() >= 0


# ---------------------------------------------------------------- families


def frames_of(name: str, clip) -> tuple[dict, dict]:
    """Settings and the inputs that the family makes of one clip."""

    settings = {
        "c3d": {"length": 4, "size": 16, "colour": "rgb", "minus_first": False},
        "convlstm": {"length": 6, "size": 16},
        "cnn3d_convlstm": {"length": 4, "size": 16},
        "two_stream": {"size": 16},
        "compact": {"size": 16, "contrast": False},
    }[name]
    family = Family(name)
    return settings, family.batch(family.samples(clip, settings), settings)


@pytest.mark.parametrize("name", ["c3d", "convlstm", "cnn3d_convlstm", "two_stream", "compact"])
def test_a_darker_mirrored_clip_gives_the_augmented_inputs(name):
    """Families augment what they made of the crops; here it is made of mirrored crops at half the light."""

    from ferstudy.models.clip import ClipInputs

    family = Family(name)
    faces = rng().integers(0, 256, (4, 16, 16, 3), dtype="uint8") // 2 * 2
    if name == "convlstm":
        faces = faces[:3]  # shorter than a padded batch: what follows stays zero
    settings, inputs = frames_of(name, ClipInputs("a", np.arange(len(faces)), faces=faces))
    _, expected = frames_of(name, ClipInputs("a", np.arange(len(faces)), faces=faces[:, :, ::-1] // 2))
    rows = len(next(iter(inputs.values())))
    moves = Moves(np.repeat([augment.MIRROR], rows, 0), np.zeros((rows, 2)), np.full(rows, 0.5))
    found = family.augment(inputs, moves, settings=settings)
    assert found.keys() == expected.keys()
    for key in found:
        assert found[key] == pytest.approx(expected[key], abs=2e-3)  # samples are kept as float16


def test_differences_to_the_first_frame_are_scaled_by_the_light():
    c3d = Family("c3d")

    frames = rng().normal(size=(1, 4, 8, 8, 1)).astype("float32")
    assert c3d.augment({"frames": frames.copy()}, one(light=0.4), {})["frames"] == pytest.approx(0.4 * frames)


def test_without_its_light_a_picture_is_shifted_by_it():
    compact = Family("compact")

    image = rng().normal(size=(1, 8, 8, 3)).astype("float32")
    found = compact.augment({"image": image.copy()}, one(light=1.2), {})
    assert found["image"] == pytest.approx(image + 0.2, abs=1e-6)


@pytest.mark.parametrize(("name", "settings"), [("convlstm", {"map": [2, 2, 3]}), ("cnn3d_convlstm", {})])
def test_stored_maps_are_refused(name, settings):

    family = Family(name)
    with pytest.raises(StudyError, match="maps of a backbone, which are stored"):
        family.augment({"frames": np.zeros((1, 1, 2, 2, 3)), "maps": np.zeros(1)}, one(), settings=settings)


# ---------------------------------------------------------------- training


class Watched:
    """A family of single pixels that writes down what is augmented."""

    seen: list

    @staticmethod
    def batch(samples, settings):
        return {"x": np.array([sample.inputs["x"] for sample in samples], "float32")}

    @classmethod
    def augment(cls, inputs, moves, settings):
        cls.seen.append((inputs["x"][:, 0].astype(int).tolist(), moves.light.tolist()))
        return inputs

    @staticmethod
    def statistics(samples, settings):
        return {}

    @staticmethod
    def build(classes, shapes, statistics):
        import keras

        x = keras.Input(shapes["x"], name="x")
        return keras.Model({"x": x}, keras.layers.Dense(classes, "softmax", dtype="float32", name="classes")(x))


def test_only_training_rows_are_moved_and_samples_of_a_clip_alike_until_the_next_epoch():
    from ferstudy.training.clip_samples import ClipSamples
    from ferstudy.training.fit import Task, fit, prepare
    from ferstudy.training.loop import complete

    Watched.seen = []
    owner = np.repeat(np.arange(6), 2)  # two samples a clip
    samples = [Sample(0, 0, {"x": [i, clip]}) for i, clip in enumerate(owner)]
    other = [Sample(0, 0, {"x": [100 + i, i]}) for i in range(4)]
    task = Task(
        Watched, {}, complete({"epochs": 2, "batch": 5, "augmentation": {"brightness": 0.5}}), 2,
        ClipSamples(np.arange(6) % 2, samples, owner), ClipSamples(np.arange(4) % 2, other, np.arange(4)),
        np.full(2, 0.5), 1,
    )  # fmt: skip
    fit(prepare(task)[0], task)
    epochs = [Watched.seen[:3], Watched.seen[3:]]
    drawn = []
    for epoch in epochs:
        rows = {row: factor for seen, factors in epoch for row, factor in zip(seen, factors, strict=True)}
        assert sorted(rows) == list(range(12))
        assert all(rows[2 * clip] == rows[2 * clip + 1] for clip in range(6))
        assert len(set(rows.values())) == 6
        drawn.append([rows[2 * clip] for clip in range(6)])
    assert drawn[0] != drawn[1]


# ---------------------------------------------------------------- cost


def generator_way(frames: np.ndarray, seed: int) -> np.ndarray:
    """The thesis's way: keras's ImageDataGenerator, one random_transform per frame with the seed of the clip."""
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    maker = ImageDataGenerator(
        rotation_range=10, zoom_range=0.1, width_shift_range=0.1, height_shift_range=0.1, shear_range=5,
        horizontal_flip=True, brightness_range=(0.4, 1.5), fill_mode="nearest",
    )  # fmt: skip
    return np.stack([maker.random_transform(frame, seed=seed) for frame in frames])


def test_a_clip_is_augmented_at_a_quarter_of_the_cost_of_its_frames_one_by_one():
    pytest.importorskip("PIL")
    frames = rng().integers(0, 256, (30, 160, 160, 3)).astype("float32")
    clip = (frames / 127.5 - 1)[None]
    moves = draw(rng(), 1, THESIS)
    ways = {
        "one by one": lambda: generator_way(frames[:6], 1),
        "with its clip": lambda: light(move(clip.copy(), moves), moves),
    }
    spent = {}
    for way in list(ways) * 4:  # in turns; the first of each loads libraries
        started = time.process_time()
        ways[way]()
        spent.setdefault(way, []).append(time.process_time() - started)
    one, all_of_clip = 1000 * min(spent["one by one"]) / 6, 1000 * min(spent["with its clip"]) / 30
    print(f"augmentation of a frame: {one:.2f} ms one by one, {all_of_clip:.2f} ms with its clip")
    assert one > 4 * all_of_clip
