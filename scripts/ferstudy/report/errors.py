"""Error analysis: the test clips that a model got wrong while it was sure."""

import base64
import struct
import zlib
from dataclasses import dataclass

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.report.blocks import Table, columns, row
from ferstudy.report.load import Dataset, Study, test_rows
from ferstudy.report.numbers import DASH, count, uar
from ferstudy.report.ranking import Panel
from ferstudy.store import read as store
from ferstudy.tables.predictions import Predictions

MOST_CLIPS = 8
STRIP = 5  # crops shown of a clip


@dataclass(frozen=True)
class Strip:
    """Face crops of one clip, in order of time, as one picture."""

    clip: str
    text: str
    picture: str  # a data URI
    width: int
    height: int


@dataclass(frozen=True)
class Errors:
    """The surest mistakes on one dataset and protocol."""

    id: str
    title: str
    summary: str
    table: Table | None
    strips: tuple[Strip, ...]
    pixels: str  # why there are pictures, or why there are none


def errors(study: Study, panels: list[Panel]) -> tuple[Errors, ...]:
    """One part per panel whose best model has test rows."""
    parts = []
    for panel in panels:
        rows = test_rows(panel.best.cell) if panel.best else None
        if rows is not None:
            parts.append(_errors(study, panel, rows))
    return tuple(parts)


def surest_mistakes(rows: Predictions) -> Predictions:
    """The covered rows with a wrong answer, the surest first; ties by clip name."""
    wrong = np.flatnonzero(rows.covered & (rows.predicted != rows.truth))
    sure = rows.probabilities[wrong].max(1)
    order = sorted(range(len(wrong)), key=lambda i: (-sure[i], rows.clip[wrong[i]]))
    return rows.where(wrong[order])


def _errors(study: Study, panel: Panel, rows: Predictions) -> Errors:
    mistakes = surest_mistakes(rows)
    shown = mistakes.where(np.arange(len(mistakes)) < MOST_CLIPS)
    faceless = int((~rows.covered).sum())
    summary = f"`{panel.best.name}` is wrong on {len(mistakes) + faceless} of {count(len(rows), 'test clip')}"
    summary += f", {faceless} of them without a face." if faceless else "."
    position = {name: i for i, name in enumerate(rows.classes)}
    strips, pixels = _strips(study, panel.dataset, shown)
    body = [
        row(
            _name(study, shown.clip[i], i), DASH if study.public else shown.subject[i] or DASH,
            shown.truth[i], shown.predicted[i], uar(shown.probabilities[i].max(), 2),
            uar(shown.probabilities[i, position[shown.truth[i]]], 2),
        )
        for i in range(len(shown))
    ]  # fmt: skip
    table = Table(
        id=f"errors-{panel.id}",
        caption=f"Surest mistakes of {panel.best.name} on {panel.title}",
        columns=columns("Clip", "Subject", "Truth", "Answer", "#Its probability", "#That of the truth"),
        rows=tuple(body),
        how="Test clips with a wrong answer, by the probability of that answer. A label is somebody's judgement too: "
        "a sure "
        "mistake may be a wrong label.",
        compact=True,
    )
    return Errors(panel.id, panel.title, summary, table if body else None, strips, pixels)


def _name(study: Study, clip: str, i: int) -> str:
    return f"clip {i + 1}" if study.public else clip


def allowed(dataset: Dataset | None, subject: str) -> bool:
    """Whether the config lets faces of `subject` be shown."""
    if dataset is None or dataset.faces_in_report == "none":
        return False
    return dataset.faces_in_report == "all" or (
        isinstance(dataset.faces_in_report, list) and subject in dataset.faces_in_report
    )


def _strips(study: Study, dataset: Dataset | None, rows: Predictions) -> tuple[tuple[Strip, ...], str]:
    wanted = [i for i in range(len(rows)) if not study.public and allowed(dataset, rows.subject[i])]
    if not wanted:
        return (), "No face is shown: `faces_in_report` does not allow it."
    crops = {clip: _crops(dataset, clip) for clip in (rows.clip[i] for i in wanted)}
    strips = tuple(
        Strip(
            rows.clip[i],
            f"{rows.truth[i]}, answered {rows.predicted[i]} ({uar(rows.probabilities[i].max(), 2)})",
            picture(found),
            found.shape[1],
            found.shape[0],
        )
        for i in wanted
        if (found := crops[rows.clip[i]]) is not None
    )
    if not strips:
        return (), "No face is shown: the face crops of these clips are missing."
    return strips, f"{STRIP} crops of each clip, evenly spaced in time. `faces_in_report` allows them."


def _crops(dataset: Dataset, clip: str) -> np.ndarray | None:
    """The crops of `clip` side by side, (height, STRIP x width, 3) uint8; None where no store holds them."""
    for path in dict.fromkeys(path for face in dataset.faces for path in face.stores):
        try:
            for _, opened, name in store.clips_in([path], {clip}):
                frames = opened.values(name)
                frames = frames[np.linspace(0, len(frames) - 1, STRIP).round().astype(int)]
                return np.concatenate(list(np.repeat(frames, 3, -1) if frames.shape[-1] == 1 else frames), 1)
        except StudyError:
            continue  # a damaged or missing store costs the picture only
    return None


def picture(pixels: np.ndarray) -> str:
    """`pixels` (h, w, 3) uint8 RGB as a PNG data URI; the same pixels give the same text everywhere."""
    height, width, _ = pixels.shape
    lines = np.concatenate([np.zeros((height, 1), "uint8"), pixels.reshape(height, -1)], 1)  # 0: no line filter

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, RGB
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode("ascii")
