"""The film again, with the box of the face, the likeliest class and a bar for each class beside the picture."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ferstudy.errors import StudyError
from ferstudy.predict.colours import bgr, of_classes
from ferstudy.predict.film_answer import FilmAnswer
from ferstudy.video.decode import Film

NAME = "annotated.mp4"
SMALLEST, WIDEST = 240, 1280  # px: a smaller picture is enlarged, so that text can be read; a larger one made smaller
PANEL, LINE, TEXT = 220, 34, 15  # px: width beside the picture, height of a bar with its name, size of letters
INK, PAPER, RAIL = (235, 235, 235), (32, 32, 32), (70, 70, 70)  # BGR


def write(path: Path, answers: Sequence[FilmAnswer]) -> None:
    """Write the annotated film to `path`, whole or not at all; raises StudyError where OpenCV cannot write one.

    `answers` are those of the people in one film.
    """
    frames, answer = drawn(answers), answers[0]
    first = next(frames)
    height, width = first.shape[:2]
    path.parent.mkdir(parents=True, exist_ok=True)
    # OpenCV takes the container from the ending, so the unfinished film lies in a folder of its own.
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=path.parent) as folder:
        temporary = Path(folder) / path.name
        writer = cv2.VideoWriter(str(temporary), cv2.VideoWriter_fourcc(*"mp4v"), answer.rate, (width, height))
        if not writer.isOpened():
            raise StudyError(f"{path}: OpenCV cannot write an MP4 film here; say --no-film to go without")
        writer.write(first)
        for frame in frames:
            writer.write(frame)
        writer.release()
        shutil.move(temporary, path)


def drawn(answers: Sequence[FilmAnswer]) -> Iterator[np.ndarray]:
    """The frames (h, w, 3) BGR uint8 with what was found; their sides are even. Each person in view has own bars."""
    colours = {label: bgr(colour) for label, colour in of_classes(answers[0].classes).items()}
    columns = columns_of([answer.in_view for answer in answers]) if len(answers) > 1 else [0]
    for i, frame in enumerate(Film(answers[0].path, keep=0)):
        if i == len(answers[0].boxes):
            return
        scale = _scale(*frame.shape[:2])
        shape = max(2, round(frame.shape[1] * scale)), max(2, round(frame.shape[0] * scale))
        picture = cv2.resize(frame, shape, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        panels = [_empty(len(picture), len(answers[0].classes)) for _ in range(max(columns) + 1)]
        for answer, column in zip(answers, columns, strict=True):
            row = answer.probabilities[i]
            label = "" if np.isnan(row).any() else answer.classes[int(row.argmax())]
            if not np.isnan(answer.boxes[i, 0]):
                named = " ".join([str(answer.person)] * (len(answers) > 1) + [label] * bool(label))
                _box(picture, answer.boxes[i] * scale, named, colours.get(label, INK))
            if len(answers) == 1 or answer.in_view[0] <= i <= answer.in_view[1]:
                _panel(panels[column], answer, i, colours, several=len(answers) > 1)
        rest = np.full((len(panels[0]) - len(picture), picture.shape[1], 3), PAPER, np.uint8)
        whole = np.hstack([np.vstack([picture, rest]), *panels])
        yield whole[: len(whole) // 2 * 2, : whole.shape[1] // 2 * 2]


def columns_of(spans: Sequence[tuple[int, int]]) -> list[int]:
    """Which column of bars each of several people has, who are in view from a first to a last frame.

    Nobody changes the column; whoever comes takes the first one that is free.
    """
    ends: list[int] = []
    taken = []
    for first, last in spans:
        column = next((column for column, end in enumerate(ends) if end < first), len(ends))
        ends[column : column + 1] = [last]
        taken.append(column)
    return taken


def _scale(height: int, width: int) -> float:
    return max(1.0, SMALLEST / min(height, width)) if width < WIDEST else WIDEST / width


def _box(picture: np.ndarray, box: np.ndarray, label: str, colour: tuple[int, int, int]) -> None:
    x, y, width, height = (round(float(value)) for value in box)
    cv2.rectangle(picture, (x, y), (x + width, y + height), colour, 2)
    if label:
        text = _text(label)
        top = max(0, y - len(text) - 4)
        cv2.rectangle(picture, (x, top), (x + text.shape[1] + 8, top + len(text) + 4), colour, -1)
        _put(picture, text, x + 4, top + 2, (255, 255, 255))


def _empty(height: int, classes: int) -> np.ndarray:
    """Where bars are drawn, as high as the picture or as they need."""
    return np.full((max(height, LINE * (classes + 2) + 16), PANEL, 3), PAPER, np.uint8)


def _panel(
    panel: np.ndarray, answer: FilmAnswer, i: int, colours: dict[str, tuple[int, int, int]], several: bool
) -> None:
    """Draw the bars of one person in a frame."""
    row = answer.probabilities[i]
    time = f"{answer.times[i]:.2f} s" if answer.times is not None else f"frame {i}"
    time = f"person {answer.person}" if several else time
    seen = "  no answer" if np.isnan(row).any() else ""
    _put(panel, _text(time + seen), 10, 10, INK)
    for n, label in enumerate(answer.classes):
        top, right = 10 + LINE * (n + 1), PANEL - 10
        _put(panel, _text(label), 10, top, INK)
        cv2.rectangle(panel, (10, top + 20), (right, top + 27), RAIL, -1)
        if not np.isnan(row[n]):
            cv2.rectangle(
                panel, (10, top + 20), (10 + round((right - 10) * float(row[n])), top + 27), colours[label], -1
            )
            number = _text(f"{row[n]:.2f}")
            _put(panel, number, right - number.shape[1], top, INK)
    whole = f"whole: {answer.label} {answer.whole.max():.2f}" if answer.whole is not None else "whole: no answer"
    _put(panel, _text(whole), 10, 16 + LINE * (len(answer.classes) + 1), INK)


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf")), TEXT)


@cache
def _text(text: str) -> np.ndarray:
    """`text` as shades (h, w) from 0 to 1; OpenCV's own letters are ASCII alone."""
    left, _, right, _ = _font().getbbox(text)
    ascent, descent = _font().getmetrics()
    image = Image.new("L", (max(1, round(right - left) + 1), ascent + descent))
    ImageDraw.Draw(image).text((-left, 0), text, fill=255, font=_font())
    return np.asarray(image, np.float32) / 255


def _put(picture: np.ndarray, text: np.ndarray, x: int, y: int, colour: tuple[int, int, int]) -> None:
    """Draw `text` with its upper left corner at (x, y); what lies outside is left out."""
    x0, y0 = max(x, 0), max(y, 0)
    part = picture[y0 : y + len(text), x0 : x + text.shape[1]]
    shades = text[y0 - y : y0 - y + len(part), x0 - x : x0 - x + part.shape[1], None]
    part[:] = part * (1 - shades) + np.array(colour) * shades
