"""Films in, answers out: by an exported model of a linear machine on flow, on rendered films."""

import json
from pathlib import Path

import cv2
import exported_file
import numpy as np
import pytest
import tiny
from read_back import frames_of, rows

import predict_video
from ferstudy.errors import StudyError
from ferstudy.predict import ensemble, films, loaded_model, timeline
from ferstudy.predict.film_answer import FilmAnswer, Windows, stretches
from ferstudy.predict.loaded_model import ModelAnswer
from ferstudy.synthetic.encoding import encode


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """Twelve films of 12 frames."""
    folder = tmp_path_factory.mktemp("rendered") / "videos"
    tiny.film(folder, people=1)
    return sorted(folder.rglob("*.mp4"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return exported_file.write(tmp_path_factory.mktemp("model") / "flow_svm.zip")


def run(given: list, model: Path, out: Path, *more: str) -> None:
    predict_video.main([*map(str, given), "--model", str(model), "--out", str(out), *more])


def test_a_film_gives_a_table_an_answer_a_film_and_a_picture(rendered, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a folder without a study
    run([rendered[0]], model, tmp_path / "out")
    folder = tmp_path / "out" / rendered[0].stem
    assert sorted(path.name for path in folder.iterdir()) == [
        "annotated.mp4", "answer.json", "frames.csv", "timeline.png",
    ]  # fmt: skip
    table, answer = rows(folder / "frames.csv"), json.loads((folder / "answer.json").read_text("utf-8"))
    named = [f"p:{label}" for label in exported_file.CLASSES]
    assert list(table[0]) == ["person", "frame", "time_s", "x", "y", "w", "h", "coverage", *named]
    assert [row["frame"] for row in table] == list(map(str, range(12)))
    assert float(table[5]["time_s"]) == pytest.approx(5 / 25)
    assert {row["coverage"] for row in table} == {"1"}
    assert all(0 < float(row["x"]) < 256 and 20 < float(row["w"]) < 200 for row in table)
    shares = np.array([[float(row[name]) for name in named] for row in table])
    assert shares.sum(1) == pytest.approx(np.ones(12))
    assert shares[0] == pytest.approx([answer["probabilities"][label] for label in exported_file.CLASSES])
    assert answer["label"] == exported_file.CLASSES[int(shares[0].argmax())]
    assert answer["models"][0]["evaluated"] == "evaluated on clips held out"
    summary = rows(tmp_path / "out/answers.csv")
    assert (len(summary), summary[0]["label"], summary[0]["why"]) == (1, answer["label"], "")
    shown, given = frames_of(folder / "annotated.mp4"), frames_of(rendered[0])
    assert len(shown) == len(given)
    assert shown[0].shape[1] > given[0].shape[1]
    assert cv2.imread(str(folder / "timeline.png")).shape[:2] == (480, 1080)


def test_the_box_is_drawn_where_the_table_says(rendered, model, tmp_path):
    run([rendered[0]], model, tmp_path / "out")
    folder = tmp_path / "out" / rendered[0].stem
    shown, given, row = (
        frames_of(folder / "annotated.mp4")[3], frames_of(rendered[0])[3], rows(folder / "frames.csv")[3],
    )  # fmt: skip
    scale = 240 / min(given.shape[:2])  # a small picture is enlarged
    x, y, width, height = (round(float(row[name]) * scale) for name in "xywh")
    plain = cv2.resize(given, None, fx=scale, fy=scale)
    changed = np.abs(shown[: plain.shape[0], : plain.shape[1]].astype(int) - plain[: shown.shape[0]]).sum(2)
    edge = changed[y + 20 : y + height - 4, x].mean(), changed[y + 20 : y + height - 4, x + width].mean()
    assert min(edge) > 3 * changed[y + height // 2, x + 10 : x + width - 10].mean()


def test_what_cannot_be_used_is_said_in_words_and_leaves_no_half_file(rendered, model, tmp_path, capsys):
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "text.mp4").write_text("hello")
    (folder / "empty.avi").touch()
    encode(folder / "black.mp4", [np.zeros((120, 160, 3), np.uint8)] * 10, 25, 160, 120)
    (folder / "good.mp4").write_bytes(rendered[0].read_bytes())
    with pytest.raises(StudyError, match="no answer to 3 of 4 films"):
        run([folder], model, tmp_path / "out")
    why = {Path(row["video"]).name: row["why"] for row in rows(tmp_path / "out/answers.csv")}
    assert why["good.mp4"] == ""
    assert why["text.mp4"] == "not a video: a text file"
    assert why["empty.avi"] == "empty file"
    assert why["black.mp4"].startswith("no face found: looked at ")
    assert [path.name for path in (tmp_path / "out/black").iterdir()] == ["answer.json"]
    assert not list((tmp_path / "out").rglob("*tmp*")) + list((tmp_path / "out").rglob(".unfinished*"))
    assert "[4/4] text: no answer" in capsys.readouterr().out


@pytest.mark.slow
def test_a_face_that_is_gone_in_the_middle_leaves_frames_without_an_answer(rendered, model, tmp_path):
    with_face = frames_of(rendered[0])
    empty = [np.full_like(with_face[0], 90)] * 14
    height, width = with_face[0].shape[:2]
    encode(tmp_path / "gone.mp4", [*with_face, *empty, *with_face], 25, width, height)
    run([tmp_path / "gone.mp4"], model, tmp_path / "out")
    table, answer = rows(tmp_path / "out/gone/frames.csv"), json.loads((tmp_path / "out/gone/answer.json").read_text())
    name = f"p:{exported_file.CLASSES[0]}"
    assert [row["coverage"] for row in table] == ["1"] * 12 + ["0"] * 14 + ["1"] * 12
    assert [bool(row[name]) for row in table] == [True] * 12 + [False] * 14 + [True] * 12
    assert any("clips of up to 12 frames" in note for note in answer["notes"])
    assert any("no face found" in note for note in answer["notes"])


def test_a_clip_that_is_too_short_says_so(rendered, tmp_path):
    path = tmp_path / "model.zip"
    windows = {"kind": "windows", "frames": 8, "every": 1, "overlap": {}, "shortest": 8}
    exported_file.exported.write(
        path, exported_file.told(), {"model.zip": exported_file.model(tmp_path, windows=windows)}
    )
    frames = frames_of(rendered[0])[:5]
    encode(tmp_path / "short.mp4", frames, 25, frames[0].shape[1], frames[0].shape[0])
    with pytest.raises(StudyError, match="no answer to 1 of 1 films"):
        run([tmp_path / "short.mp4"], path, tmp_path / "out")
    (row,) = rows(tmp_path / "out/answers.csv")
    assert row["why"] == "too few frames for the model: the face was found in 5 of 5"


def test_nothing_is_mixed_into_a_folder_that_holds_something(rendered, model, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StudyError, match="name a new folder"):
        run([rendered[0]], model, tmp_path)


@pytest.mark.slow
def test_two_models_answer_with_their_mean_whatever_the_order_of_their_classes(rendered, model, tmp_path):
    turned = exported_file.CLASSES[::-1]
    other = tmp_path / "other.zip"
    exported_file.exported.write(other, exported_file.told(), {"model.zip": exported_file.model(tmp_path, turned)})
    run([rendered[0]], model, tmp_path / "out", "--model", str(other), "--no-film")
    (row,) = rows(tmp_path / "out/answers.csv")
    # The same machine with its classes exchanged: the mean of both knows nothing.
    assert [float(row[f"p:{label}"]) for label in turned] == pytest.approx([0.5, 0.5])
    third = tmp_path / "third.zip"
    exported_file.exported.write(third, exported_file.told(), {"model.zip": exported_file.model(tmp_path, ["a", "b"])})
    with pytest.raises(StudyError, match="need the same ones"):
        run([rendered[0]], model, tmp_path / "out2", "--model", str(third))


@pytest.mark.slow
def test_calibrated_answers_are_those_at_the_temperature(rendered, model, tmp_path):
    run([rendered[0]], model, tmp_path / "plain", "--no-film")
    run([rendered[0]], model, tmp_path / "cooled", "--no-film", "--calibrated")
    plain, cooled = (
        np.array([float(rows(tmp_path / name / "answers.csv")[0][f"p:{label}"]) for label in exported_file.CLASSES])
        for name in ("plain", "cooled")
    )
    assert 0.01 < plain.min() < 0.49
    expected = plain**0.5 / (plain**0.5).sum()  # temperature 2
    assert cooled == pytest.approx(expected)


def test_a_trimmed_model_says_that_it_cannot_stream(rendered, tmp_path):
    trim = {"curve": "flow", "threshold": 0.2, "end": 1, "most": 0.5, "anomaly": 1}
    path = exported_file.write(tmp_path / "trimmed.zip", trim=trim)
    with pytest.raises(StudyError, match=r"trimmed with knowledge of the whole clip .*cannot stream"):
        run([rendered[0]], path, tmp_path / "out", "--window", "6")
    with pytest.raises(StudyError, match=r"--camera: .*cannot stream"):
        run([], path, tmp_path / "out", "--camera", str(rendered[0]))


@pytest.mark.slow
def test_a_camera_is_answered_stretch_by_stretch(rendered, model, tmp_path, capsys):
    """OpenCV reads a file as it reads a camera."""
    film = frames_of(rendered[0])
    encode(tmp_path / "camera.mp4", film * 3, 25, film[0].shape[1], film[0].shape[0])
    run([], model, tmp_path / "out", "--camera", str(tmp_path / "camera.mp4"), "--window", "12")
    table = rows(tmp_path / "out/camera.csv")
    assert [row["coverage"] for row in table] == ["1.0"] * 3
    assert {row["label"] for row in table} <= set(exported_file.CLASSES)
    assert "s: anger 0." in capsys.readouterr().out or table[0]["label"] != "anger"
    run([tmp_path / "camera.mp4"], model, tmp_path / "again", "--window", "12", "--no-film")
    clips = json.loads((tmp_path / "again/camera/answer.json").read_text("utf-8"))["clips"]
    name = exported_file.CLASSES[0]
    # OpenCV and PyAV decode alike to a grey level or two.
    for row, clip in zip(table, clips, strict=True):
        assert float(row[f"p:{name}"]) == pytest.approx(clip["probabilities"][name], abs=0.05)


def test_a_camera_that_is_not_there_is_said(model, tmp_path):
    with pytest.raises(StudyError, match="--camera 99: there is no such camera"):
        run([], model, tmp_path / "out", "--camera", "99")
    with pytest.raises(StudyError, match="either films or --camera"):
        run([], model, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_samples_give_their_frames_their_mean_and_hold_on_for_half_their_length():
    answer = ModelAnswer(
        np.array([2, 4]), np.array([5, 7]), np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.5, 0.5])
    )  # fmt: skip
    found = ensemble.of_frames(answer, np.arange(12))[:, 0]
    assert found[:10].tolist() == [1, 1, 1, 1, 0.5, 0.5, 0, 0, 0, 0]
    assert np.isnan(found[10:]).all()


class Pretended:
    """An ensemble by its lengths alone."""

    models = ()

    def __init__(self, longest: int, usual: int):
        self.longest, self.usual = longest, usual


def test_a_film_is_one_clip_unless_it_is_longer_than_those_of_the_study(tmp_path):
    path = tmp_path / "film.mp4"
    grey = [np.full((120, 160, 3), level, np.uint8) for level in range(60, 100)]
    encode(path, grey, 25, 160, 120)

    def ends(windows: Windows, longest: int) -> list[tuple]:
        return [(part.start, part.end) for part in stretches(path, 40, Pretended(longest, 16), windows)]

    assert ends(Windows(), 40) == ends(Windows(), 0) == ends(Windows(0), 20) == [(None, None)]
    assert ends(Windows(), 39) == [(0, 16), (16, 32), (24, 40)]  # the last one ends with the film
    assert ends(Windows(20, 10), 100) == [(0, 20), (10, 30), (20, 40)]


def test_films_behind_names(tmp_path):
    for name in ("a/x.mp4", "b/x.MP4", "b/deep/y.avi", "pictures/1.png", "pictures/2.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "list.txt").write_text(f"{tmp_path}/a/x.mp4\n\n{tmp_path}/pictures\n")
    found = films.films([str(tmp_path / "list.txt"), str(tmp_path / "b")])
    assert {name: str(path.relative_to(tmp_path)) for name, path in found.items()} == {
        "x": "a/x.mp4", "pictures": "pictures", "y": "b/deep/y.avi", "x-2": "b/x.MP4",
    }  # fmt: skip
    with pytest.raises(StudyError, match="there is no such file or folder"):
        films.films([str(tmp_path / "none.mp4")])
    (tmp_path / "own.txt").write_text(f"{tmp_path}/own.txt\n")  # a list in a list is no list
    assert films.films([str(tmp_path / "own.txt")]) == {"own": tmp_path / "own.txt"}
    (tmp_path / "other.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(StudyError, match="no text in UTF-8"):
        films.films([str(tmp_path / "other.txt")])
    (tmp_path / "hollow").mkdir()
    with pytest.raises(StudyError, match="there is no film and no image"):
        films.films([str(tmp_path / "hollow")])


def test_the_timeline_shows_gaps_and_names_as_they_are():
    probabilities = np.full((10, 2), 0.5)
    probabilities[3:5] = np.nan
    answer = FilmAnswer(
        Path("$film$.mp4"), ["$x^", "b"], None, np.zeros((10, 4)), probabilities, [], np.array([0.7, 0.3]), []
    )  # fmt: skip
    drawn = timeline.figure(answer)
    above, below = drawn.axes
    assert [text.get_text() for text in above.get_legend().get_texts()] == ["$x^", "b"]
    grey = [patch for patch in above.patches if patch.get_facecolor()[:3] == pytest.approx((0.851,) * 3, abs=0.01)]
    assert [(patch.get_x(), patch.get_width()) for patch in grey] == [(3, 2)]
    assert below.get_xlabel() == "frame"
    drawn.canvas.draw()


def test_what_cannot_load_says_what_it_was_made_with(tmp_path):
    path = exported_file.write(tmp_path / "a.zip")
    (tmp_path / "opened").mkdir()
    model = exported_file.exported.opened(path, tmp_path / "opened")
    (model.folder / "model.zip").write_bytes(b"no")
    with pytest.raises(StudyError, match="not a model"):
        loaded_model.load(model)
