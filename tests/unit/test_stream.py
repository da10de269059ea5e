"""Frames as they come: the answers of films, with the frames of one window in memory and none of the future."""

import csv
import json
import weakref
from pathlib import Path

import cv2
import exported_file
import numpy as np
import pytest
import tiny

import predict_video
from ferstudy.errors import StudyError
from ferstudy.predict import stream
from ferstudy.predict.ensemble import StretchAnswer
from ferstudy.synthetic.encoding import encode
from ferstudy.video.decode import Film


class Counting:
    """An ensemble that reads every frame of a stretch, and says how bright they are on the whole."""

    classes = ("dark", "bright")

    def answer(self, part, shelf):
        level = np.mean([frame.mean() for frame in Film(part.path, part.start, part.end, keep=0, shelf=shelf)])
        frame = np.arange(part.start, part.end)
        whole = np.array([1 - level / 200, level / 200])
        return StretchAnswer(frame, np.zeros((len(frame), 4)), np.tile(whole, (len(frame), 1)), whole, seen=1.0)


def test_memory_holds_one_window_and_nothing_is_known_of_later_frames():
    living, given = weakref.WeakSet(), []

    class Frame(np.ndarray):
        __hash__ = object.__hash__  # a set of frames compares them by identity
        __eq__ = object.__eq__

    most = 0

    def frames():
        nonlocal most
        for i in range(1000):
            frame = np.full((4, 4, 3), i % 200, np.uint8).view(Frame)
            living.add(frame)
            given.append(i)
            most = max(most, len(living))
            yield i / 25, frame

    seen = []
    for window in stream.answers(frames(), Counting(), 16, 8):
        assert window.last == given[-1]  # it is answered before the next frame is asked for
        seen.append((window.first, window.last))
        assert window.begins == window.first / 25
    assert seen == [(start, start + 15) for start in range(0, 985, 8)]
    assert 16 <= most <= 16 + 3  # the window, and a frame on its way


def test_windows_are_those_of_a_film_and_the_answer_so_far_is_their_mean():
    frames = [(None, np.full((4, 4, 3), i, np.uint8)) for i in range(40)]
    places = lambda size, step: [(each.first, each.last) for each in stream.answers(frames, Counting(), size, step)]  # noqa: E731
    assert places(16, 16) == [(0, 15), (16, 31), (24, 39)]
    assert places(20, 10) == [(0, 19), (10, 29), (20, 39)]
    assert places(4, 30) == [(0, 3), (30, 33), (36, 39)]
    assert places(50, 50) == [(0, 39)]
    assert list(stream.answers([], Counting(), 16, 8)) == []
    windows = list(stream.answers(frames, Counting(), 16, 16))
    bright = [7.5 / 200, 23.5 / 200, 31.5 / 200]  # the mean level of each
    assert [each.so_far[1] for each in windows] == pytest.approx([np.mean(bright[:n]) for n in (1, 2, 3)])


@pytest.mark.slow
def test_a_film_that_is_streamed_has_the_answers_of_one_that_is_known(tmp_path):
    model = exported_file.write(tmp_path / "model/flow_svm.zip")
    tiny.film(tmp_path / "videos", people=1)
    path = min((tmp_path / "videos").rglob("*.mp4"))
    film, frames = cv2.VideoCapture(str(path)), []
    while (read := film.read())[0]:
        frames.append(read[1])
    encode(tmp_path / "film.mp4", [*frames, *frames[::-1], *frames[:6]], 25, *frames[0].shape[1::-1])
    common = [str(tmp_path / "film.mp4"), "--model", str(model), "--window", "12", "--step", "8"]
    predict_video.main([*common, "--out", str(tmp_path / "whole"), "--no-film"])
    predict_video.main([*common, "--out", str(tmp_path / "streamed"), "--stream"])
    clips = json.loads((tmp_path / "whole/film/answer.json").read_text("utf-8"))["clips"]
    (whole,), (streamed,) = rows(tmp_path / "whole/answers.csv"), rows(tmp_path / "streamed/answers.csv")
    table = rows(tmp_path / "streamed/film/stream.csv")
    assert [(int(row["first"]), int(row["last"])) for row in table] == [(c["first"], c["last"]) for c in clips]
    assert len(clips) == 4
    for label in exported_file.CLASSES:
        known = np.array([clip["probabilities"][label] for clip in clips])
        assert np.abs(known - [float(row[f"p:{label}"]) for row in table]).max() < 1e-4
        assert abs(float(whole[f"p:{label}"]) - float(streamed[f"p:{label}"])) < 1e-4
        assert table[-1][f"so_far:{label}"] == streamed[f"p:{label}"]
        assert np.ptp(known) > 1e-3
    assert float(table[1]["begins_s"]) == pytest.approx(8 / 25)


def test_what_needs_the_whole_film_is_refused_with_the_reason(tmp_path):
    trim = {"curve": "flow", "threshold": 0.2, "end": 1, "most": 0.5, "anomaly": 1}
    trimmed = exported_file.write(tmp_path / "trimmed.zip", trim=trim)
    plain = exported_file.write(tmp_path / "plain.zip")
    (tmp_path / "film.mp4").write_text("hello")

    def run(model: Path, *more: str) -> None:
        command = [str(tmp_path / "film.mp4"), "--model", str(model), "--out", str(tmp_path / "out"), "--stream", *more]
        predict_video.main(command)

    with pytest.raises(StudyError, match=r"--stream: .*trimmed with knowledge of the whole clip .*cannot stream"):
        run(trimmed)
    with pytest.raises(StudyError, match="--window 0: the whole film as one clip is not a stream"):
        run(plain, "--window", "0")
    with pytest.raises(StudyError, match="--people all: a stream has the main face alone"):
        run(plain, "--people", "all")
    assert not (tmp_path / "out").exists()
    with pytest.raises(StudyError, match="no answer to 1 of 1 films"):
        run(plain)
    assert [row["why"] for row in rows(tmp_path / "out/answers.csv")] == ["not a video: a text file"]
    assert not (tmp_path / "out/film").exists()  # no table without a frame


def rows(path: Path) -> list[dict]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
