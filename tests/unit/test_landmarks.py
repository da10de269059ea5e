"""Landmarks in crops: where they lie, what a model gets of them, and the linear baseline on them."""

import json
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest
from completed import haar, sections
from families import Family, sampled
from test_config import changed, study_of

import find_landmarks
from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.jobs.find_landmarks import FindLandmarks
from ferstudy.models.clip import ClipInputs
from ferstudy.models.cut import parts
from ferstudy.models.face_shape import shape
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.study import dry_run as planned
from ferstudy.study import files as study_files
from ferstudy.study.every_job import every_file
from ferstudy.synthetic.action_units import AUS, INDEX
from ferstudy.synthetic.identity import person
from ferstudy.synthetic.rendering import Renderer
from ferstudy.training import inputs
from ferstudy.video.crop import cut, square
from ferstudy.video.face_in_crop import face_in_crop
from ferstudy.video.landmarks import model_path

linear = Family("linear")

EYES = slice(36, 42), slice(42, 48)


@pytest.fixture(scope="module")
def seen() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Frames (240, 320, 3), a Haar box of each, and its landmarks (68, 2) in px by dlib alone."""
    detector, predictor = dlib.get_frontal_face_detector(), dlib.shape_predictor(str(model_path(None)))
    finder, found = haar(), []
    for number in range(5):
        aus = np.zeros(len(AUS))
        aus[INDEX[26]] = number / 4  # from a closed mouth to an open one
        frame = Renderer(person(number), 240, 320).frame(aus, np.zeros(6), np.zeros(2), 0)
        box = max(detector(frame), key=lambda rectangle: rectangle.area())
        points = predictor(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), box).parts()
        found.append((frame, finder.largest(frame)[:4], np.array([(point.x, point.y) for point in points], float)))
    return found


def store_of(path: Path, seen: list, crop: dict) -> dict:
    """A store of one clip, the crops of the frames `seen`, as extract_faces writes it; the recipe."""
    recipe = sections({"crop": crop})
    chosen = recipe["crop"]
    images = [
        cut(frame, square(box, chosen["margin"], chosen["extend"]), chosen["size"], chosen["colour"])
        for frame, box, _ in seen
    ]
    with Writer(path, images[0].shape, "uint8", attributes={"leaf": "toy", "recipe": json.dumps(recipe)}) as store:
        store.begin("a")
        store.add(np.stack(images), frame=np.arange(len(images)) * 2 + 7)
        store.end()
    return chosen


@pytest.mark.parametrize(
    "crop",
    [
        pytest.param({"size": 64}, id="plain"),
        pytest.param({"size": 96, "colour": "grey"}, id="grey", marks=pytest.mark.slow),
        pytest.param({"size": 160, "margin": 0.3}, id="margin", marks=pytest.mark.slow),
        pytest.param({"size": 64, "extend": 0.0}, id="short", marks=pytest.mark.slow),
    ],
)
def test_landmarks_of_a_crop_lie_where_dlib_sees_them_in_the_frame(seen, crop, tmp_path):
    chosen = store_of(tmp_path / "faces.h5", seen, crop)
    find_landmarks.main(FindLandmarks(faces=str(tmp_path / "faces.h5"), out=str(tmp_path / "landmarks.h5")))
    with Store(tmp_path / "landmarks.h5") as store:
        assert store.clips == ["a"]
        assert store.attributes["leaf"] == "toy"
        assert store.column("a", "frame").tolist() == [7, 9, 11, 13, 15]
        found = store.values("a")
    assert found.shape == (5, 68, 2)
    assert found.dtype == np.float32
    off = []
    for points, (_, box, expected) in zip(found, seen, strict=True):
        x, y, side, _ = square(box, chosen["margin"], chosen["extend"])
        apart = np.linalg.norm(expected[EYES[1]].mean(0) - expected[EYES[0]].mean(0))
        off.append(np.linalg.norm(points * side + (x, y) - 0.5 - expected, axis=1).mean() / apart)
    assert np.median(off) < 0.06  # of the distance of the eyes; the trees lose one face in many from either box


def test_the_face_in_a_crop_is_the_box_that_was_cut_around():
    for margin, extend in ((0.0, 0.1), (0.25, 0.1), (0.1, 0.0)):
        box = np.array([30.0, 40, 50, 50])
        around = square(box, margin, extend)
        x, y, side, _ = face_in_crop(64, margin, extend)
        scale = around[2] / 64
        assert (around[0] + x * scale, around[1] + y * scale, side * scale) == pytest.approx((30, 40, 50))


def test_a_model_that_is_not_there_is_named(seen, tmp_path):
    store_of(tmp_path / "faces.h5", seen[:1], {"size": 64})
    job = FindLandmarks(model="absent.dat", faces=str(tmp_path / "faces.h5"), out=str(tmp_path / "o"))
    with pytest.raises(StudyError, match=r"no file 'absent\.dat'"):
        find_landmarks.main(job)


# ---------------------------------------------------------------- what the model gets


def face(rng: np.random.Generator, frames: int = 6) -> np.ndarray:
    """Landmarks (frames, 68, 2) that have eyes apart."""
    points = rng.uniform(0.2, 0.8, (68, 2))
    points[EYES[0]] = (0.35, 0.4) + rng.normal(size=(6, 2)) * 0.01
    points[EYES[1]] = (0.65, 0.4) + rng.normal(size=(6, 2)) * 0.01
    return points + rng.normal(size=(frames, 68, 2)) * 0.005


def test_a_shape_does_not_know_place_size_and_lean():
    rng = np.random.default_rng(0)
    points = face(rng)
    for angle, scale, move in ((0.3, 0.5, (0.1, 0.2)), (-1.0, 1.4, (-0.2, 0.0)), (0.0, 1.0, (0.0, 0.0))):
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        assert shape(points @ turn.T + move) == pytest.approx(shape(points), abs=1e-4)
    found = shape(points)
    assert found[:, 27:31].mean(1) == pytest.approx(0, abs=1e-5)
    across = found[:, EYES[1]].mean(1) - found[:, EYES[0]].mean(1)
    assert across == pytest.approx(np.tile([1.0, 0.0], (6, 1)), abs=1e-5)
    assert np.isfinite(shape(np.zeros((1, 68, 2)))).all()


def test_landmarks_are_read_and_cut_like_frames(tmp_path):
    points = face(np.random.default_rng(1), 20).astype("float32")
    with Writer(tmp_path / "l.h5", (68, 2), "float32", attributes={"leaf": "toy"}) as store:
        store.begin("a")
        store.add(points, frame=np.arange(20) + 3)
        store.end()
    clip = inputs.load(("landmarks",), {"landmarks": [tmp_path / "l.h5"]}, ["toy/a"])["toy/a"]
    assert np.array_equal(clip.landmarks, points)
    windows = parts(clip, sampled({"kind": "windows", "frames": 8, "every": 2}), "test", "joy")
    assert [part.frame.tolist() for part in windows] == [list(range(3, 19, 2))]
    assert np.array_equal(windows[0].landmarks, points[0:16:2])


def people(count: int = 48) -> tuple[list[ClipInputs], np.ndarray, list[str]]:
    """Clips of 8 people whose mouths open, widen or rest, seen at any place, size and lean."""
    rng = np.random.default_rng(2)
    faces = [face(rng, 1)[0] for _ in range(8)]
    clips, labels = [], np.arange(count) % 3
    for i, label in enumerate(labels):
        points = np.repeat(faces[i // 6][None], 20, 0)
        course = np.sin(np.linspace(0, np.pi, 20))[:, None]
        if label:
            points[:, 48:, 2 - label] += 0.15 * course * (points[:, 48:, 2 - label] > 0.5)
        angle, scale = rng.normal() * 0.2, rng.uniform(0.8, 1.2)
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        points = points @ turn.T + rng.normal(size=2) * 0.1 + rng.normal(size=points.shape) * 0.002
        clips.append(ClipInputs(str(i), np.arange(20) + 4, landmarks=points.astype("float32")))
    return clips, labels, [f"p{i // 6}" for i in range(count)]


def test_the_linear_baseline_learns_movements_of_landmarks_on_other_people():
    clips, labels, units = people()
    model = linear.fit(clips[:36], labels[:36], units[:36], {"C": 0.01}, 1)
    found = [linear.predict(model, clip, {"C": 0.01}) for clip in clips[36:]]
    assert np.mean([each[2].argmax() for each in found] == labels[36:]) >= 0.8
    assert {(int(first[0]), int(last[0])) for first, last, _ in found} == {(4, 23)}


def test_the_vector_of_landmarks_is_what_it_says():
    clip = people()[0][1]
    shapes = shape(clip.landmarks).reshape(20, -1)
    mean, deviation, moved = linear.vector(clip, {"start": 3}).reshape(3, 136)
    assert mean == pytest.approx(shapes.mean(0), abs=1e-5)
    assert deviation == pytest.approx(shapes.std(0), abs=1e-5)
    assert moved == pytest.approx(shapes.mean(0) - shapes[:3].mean(0), abs=1e-5)
    short = ClipInputs("short", clip.frame[:1], landmarks=clip.landmarks[:1])
    assert linear.vector(short, {}).reshape(3, 136)[1:] == pytest.approx(0)


# ---------------------------------------------------------------- in a study

LANDMARK_SVM = {"family": "linear", "input": {"kind": "landmarks", "recipe": "crop64"}, "settings": {}}


def test_a_study_lists_the_landmarks_that_it_reads():
    study = study_of(changed("architectures/landmark_svm", LANDMARK_SVM))
    files = [paths.landmarks("builtin", "crop64", number) for number in (0, 1)]
    assert set(files) <= set(every_file(study))
    assert study_files.stores(study, "builtin", "kfold3", "landmark_svm", "0", "landmarks") == files
    assert study_files.stores(study, "builtin", "kfold3", "lstm", "0", "landmarks") == []
    assert "landmark_svm" in study.baselines("builtin", "kfold3")
    assert planned.whole(study)["find_landmarks"] == 2
    assert not any("landmarks" in path for path in every_file(study_of(changed("shards", 2))))


def test_a_network_does_not_take_landmarks():
    with pytest.raises(StudyError, match="the family c3d takes faces, found 'landmarks'"):
        study_of(changed("architectures/c3d/input", {"kind": "landmarks", "recipe": "crop64"}))


def test_copies_cannot_be_made_of_landmarks():
    wanted = {**LANDMARK_SVM["input"], "copies": ["flip"]}
    with pytest.raises(StudyError, match="copies: copies are made of crops, and landmarks are read from a store"):
        study_of(changed("architectures/landmark_svm", {**LANDMARK_SVM, "input": wanted}))
