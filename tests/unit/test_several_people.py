"""Several people in view: each is followed, numbered and predicted as if the others were not there."""

import json
from pathlib import Path

import cv2
import exported_file
import numpy as np
import pytest
import tiny
from read_back import frames_of, rows

import predict_video
from ferstudy.predict import annotated_film
from ferstudy.predict.ensemble import StretchAnswer
from ferstudy.predict.people import GAP, linked
from ferstudy.synthetic.encoding import write_pictures

NAMED = [f"p:{label}" for label in exported_file.CLASSES]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """The frames of two people who do different things, 12 each."""
    folder = tmp_path_factory.mktemp("rendered") / "videos"
    tiny.film(folder, people=2)
    shown = [frames_of(path) for path in sorted(folder.rglob("*.mp4"))]
    return shown[0], shown[2][:4] * 3


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return exported_file.write(tmp_path_factory.mktemp("model") / "flow_svm.zip")


def answered(frames: list[np.ndarray], model: Path, folder: Path, *more: str) -> tuple[list[dict], list[dict]]:
    """(rows of answers.csv, rows of frames.csv) of a folder of lossless pictures."""
    write_pictures(folder / "film", frames, "{:03}.png".format)
    command = [str(folder / "film"), "--model", str(model), "--out", str(folder / "out"), "--fps", "25", *more]
    predict_video.main(
        [*command, "--no-film"] if "--film" not in more else [each for each in command if each != "--film"]
    )
    return rows(folder / "out/answers.csv"), rows(folder / "out/film/frames.csv")


def shares(row: dict) -> np.ndarray:
    return np.array([float(row[name]) for name in NAMED])


def test_two_side_by_side_are_answered_as_each_alone(two, model, tmp_path):
    both = [np.hstack(pair) for pair in zip(*two, strict=True)]
    people, table = answered(both, model, tmp_path / "both", "--people", "all", "--film")
    assert [row["person"] for row in people] == ["1", "2"]
    shift = two[0][0].shape[1]
    for number, (frames, left) in enumerate(zip(two, (0, shift), strict=True), 1):
        (alone,), single = answered(frames, model, tmp_path / str(number))
        assert shares(people[number - 1]) == pytest.approx(shares(alone), abs=0.01)
        own = [row for row in table if row["person"] == str(number)]
        assert [row["frame"] for row in own] == [row["frame"] for row in single]
        assert [float(row["x"]) - left for row in own] == pytest.approx([float(row["x"]) for row in single], abs=1.5)
    assert np.abs(shares(people[0]) - shares(people[1])).max() > 0.03  # to mistake one for the other would be seen
    folder = tmp_path / "both/out/film"
    assert sorted(path.name for path in folder.glob("*.png")) == ["timeline-1.png", "timeline-2.png"]
    told = json.loads((folder / "answer.json").read_text("utf-8"))
    assert [each["label"] for each in told["people"]] == [row["label"] for row in people]
    shown = frames_of(folder / "annotated.mp4")
    assert shown[0].shape[1] == 2 * annotated_film.PANEL + 2 * shift
    assert len(shown) == 12


@pytest.mark.slow
def test_all_people_of_a_film_of_one_are_the_main_one(two, model, tmp_path):
    main = answered(two[0], model, tmp_path / "main")
    everybody = answered(two[0], model, tmp_path / "all", "--people", "all")
    strip = [[{**row, "video": ""} for row in found] for found in (*main, *everybody)]
    assert strip[:2] == strip[2:]


@pytest.mark.slow
def test_who_leaves_for_long_comes_back_as_somebody_new(two, model, tmp_path):
    away = [0] * 8 + [24 * i for i in range(8)] + [192] * 14  # px to the right, out of the picture
    beside = [np.full_like(two[1][0], 90) for _ in range(2 * len(away))]
    for i, (frame, left) in enumerate(zip(beside, away + away[::-1], strict=True)):
        frame[:, left:] = two[1][i % 12][:, : frame.shape[1] - left]
    both = [np.hstack([two[0][i % 12], other]) for i, other in enumerate(beside)]
    people, table = answered(both, model, tmp_path, "--people", "all", "--window", "20")
    first, last = (
        {each: [int(row["frame"]) for row in table if row["person"] == each][i] for each in "123"} for i in (0, -1)
    )
    assert [row["person"] for row in people] == ["1", "2", "3"]
    assert (first["1"], last["1"]) == (0, len(both) - 1)
    assert first["2"] == 0
    assert last["2"] < 16
    assert first["3"] >= len(both) - 16


@pytest.mark.slow
def test_two_who_cross_are_never_taken_for_each_other(two, model, tmp_path):
    """One passes in front of the other: after that a number may be new, but it never goes over to the other person."""
    height, width = two[0][0].shape[:2]
    mask = cv2.ellipse(np.zeros((height, width), np.uint8), (width // 2, height // 2), (62, 92), 0, 0, 360, 255, -1) > 0
    count, frames, at = 49, [], []
    for i in range(count):
        frame, move = np.full((height, 2 * width, 3), 90, np.uint8), round(width * i / (count - 1))
        for person, left in ((two[1], width - move), (two[0], move)):
            frame[:, left : left + width][mask] = person[i % 12][mask]
        frames.append(frame)
        at.append((move + width / 2, width - move + width / 2))
    _, table = answered(frames, model, tmp_path, "--people", "all", "--window", "25")
    centre = {(row["person"], int(row["frame"])): float(row["x"]) + float(row["w"]) / 2 for row in table if row["x"]}
    owners = {}
    for (person, frame), x in centre.items():
        if abs(at[frame][0] - at[frame][1]) > 90:  # where the two faces are apart, it is plain whose it is
            owners.setdefault(person, set()).add(int(np.argmin(np.abs(np.array(at[frame]) - x))))
    assert all(len(whose) == 1 for whose in owners.values()), owners
    assert {whose for one in owners.values() for whose in one} == {0, 1}
    for i in (0, count - 1):
        assert len([1 for person, frame in centre if frame == i]) == 2


def test_faces_of_stretches_are_linked_where_they_overlap_and_not_over_a_cut():
    def face(first: int, last: int, x: float, of: range) -> StretchAnswer:
        boxes = np.full((len(of), 4), np.nan)
        boxes[first - of.start : last + 1 - of.start] = x, 0, 50, 50
        return StretchAnswer(np.array(of), boxes, np.zeros((len(of), 2)), np.zeros(2))

    one, two = range(50), range(50, 150)
    left, right = face(0, 49, 0, one), face(0, 49, 200, one)
    after = face(50, 149, 10, two)
    late, too_late = face(49 + GAP, 149, 190, two), face(50 + GAP, 149, 190, two)
    number = lambda found, scenes: [[id(each) for each in own] for own in linked(found, scenes)]  # noqa: E731
    assert number([[left, right], [after, late]], []) == [[id(left), id(after)], [id(right), id(late)]]
    assert len(number([[left, right], [after, too_late]], [])) == 3
    assert len(number([[left, right], [after, late]], [50])) == 4
    nobody = StretchAnswer(np.arange(9), np.full((9, 4), np.nan), np.zeros((9, 2)), None)
    assert linked([[nobody]], []) == []


def test_columns_of_bars_are_taken_over_only_by_who_comes_later():
    assert annotated_film.columns_of([(0, 9), (0, 4), (5, 9), (9, 12)]) == [0, 1, 1, 2]
