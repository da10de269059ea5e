"""One HTML file in which an answer is looked through: the film, the probabilities as curves, and maps where there are.

It asks for nothing: the film is within it. Without scripts the film plays, and the curves stand.
"""

import base64
import csv
import json
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.predict.colours import of_classes
from ferstudy.predict.timeline import spans
from ferstudy.tables.predictions import PREFIX
from ferstudy.whole_files import write_text

TEMPLATE = Path(__file__).parent / "view.html"
RATE = 25.0  # frames a second where the table tells no times
FOR, AGAINST = "#d55e00", "#0072b2"


class AnswerTable(NamedTuple):
    """What frames.csv says: `times` (n,) in s; of each person probabilities (n, classes), NaN where there are none."""

    classes: list[str]
    times: np.ndarray
    people: dict[str, np.ndarray]


class Maps(NamedTuple):
    """What a network looked at in some frames (k,): `values` (k, side, side); what is negative speaks against."""

    frames: Sequence[int]
    values: np.ndarray


def read(path: Path) -> AnswerTable:
    """Read frames.csv; raises StudyError where it is none."""
    if not path.is_file():
        raise StudyError(f"{path}: there is no such table; expected a folder that predict_video has written for a film")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    named = [name for name in rows[0] if name.startswith(PREFIX)] if rows else []
    if not named or not {"person", "frame", "time_s"} <= rows[0].keys():
        raise StudyError(f"{path}: has no person, frame, time_s and {PREFIX}... ; predict again with this release")
    count = max(int(row["frame"]) for row in rows) + 1
    times = np.arange(count) / RATE
    people = {row["person"]: np.full((count, len(named)), np.nan) for row in rows}
    for row in rows:
        at = int(row["frame"])
        times[at] = float(row["time_s"] or times[at])
        people[row["person"]][at] = [float(row[name] or "nan") for name in named]
    return AnswerTable([name.removeprefix(PREFIX) for name in named], times, people)


def write(out: Path, title: str, table: AnswerTable, film: bytes, maps: Maps | None = None) -> None:
    """Write the page to `out`; `film` is a WebM that shows frame i from `times[i] - times[0]` on."""
    shares = [
        [None if np.isnan(row).any() else [round(float(value), 4) for value in row] for row in rows]
        for rows in table.people.values()
    ]
    data = json.dumps({"times": table.times.round(4).tolist(), "people": shares}).replace("<", "\\u003c")
    people = [_person(i, name, table, len(table.people) > 1) for i, name in enumerate(table.people)]
    parts = {
        "title": escape(title),
        "last": str(len(table.times) - 1),
        "people": "\n".join([*people, f'<script type="application/json" id="data">{data}</script>']),
        "maps": "" if maps is None else _maps(maps),
        "video": "data:video/webm;base64," + base64.b64encode(film).decode(),
    }
    page = TEMPLATE.read_text("utf-8")
    for name, part in parts.items():
        page = page.replace(f"<!-- {name} -->", part)
    write_text(out, page)


def _person(number: int, name: str, table: AnswerTable, several: bool) -> str:
    """The curves of a person over all frames, with their names as a legend that also says the values."""
    rows, colours, count = table.people[name], of_classes(table.classes), len(table.times)
    lines = []
    for i, colour in enumerate(colours.values()):
        for first, last in spans(~np.isnan(rows).any(1)):
            points = [(x, rows[at, i]) for at in range(first, last + 1) for x in (at, at + 1)]
            path = " ".join(f"{x},{1 - y:.4f}" for x, y in points)
            lines.append(f'<polyline class="curve" stroke="{colour}" points="{path}"/>')
    legend = "".join(
        f'<li><i style="background:{colour}"></i>{escape(label)} <b></b></li>' for label, colour in colours.items()
    )
    cursor = '<line class="cursor" x1="0.5" x2="0.5" y1="0" y2="1"/>'
    box = f'viewBox="0 0 {count} 1" preserveAspectRatio="none" role="img" aria-label="probabilities over time"'
    head = f"Person {escape(name)}" if several else "Probabilities"
    return (
        f'<section id="person-{number}"><h2>{head}</h2><ul>{legend}</ul>'
        f'<svg class="curves" {box}>{"".join(lines)}{cursor}</svg></section>'
    )


def _maps(maps: Maps) -> str:
    """Each map as a square of the face's crop; that of the frame nearest to the cursor is shown."""
    figures = []
    for number, (frame, values) in enumerate(zip(maps.frames, maps.values, strict=True)):
        most = float(np.abs(values).max()) or 1.0
        cells = "".join(
            f'<rect x="{x}" y="{y}" width="1" height="1" fill="{FOR if value > 0 else AGAINST}" '
            f'opacity="{abs(value) / most:.2f}"/>'
            for (y, x), value in np.ndenumerate(values)
            if math.isfinite(value) and value
        )
        size = " ".join(map(str, values.shape[::-1]))
        figures.append(
            f'<figure data-frame="{int(frame)}"{" hidden" * (number > 0)}>'
            f'<svg class="map" viewBox="0 0 {size}" role="img" aria-label="map of frame {int(frame)}">{cells}</svg>'
            f"<figcaption>Frame {int(frame)}: orange speaks for the answer, blue against it</figcaption></figure>"
        )
    return f"<section><h2>What the network looked at in the face</h2>{''.join(figures)}</section>"
