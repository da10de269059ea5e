"""Which frames of a film a row of annotations means: by frame numbers, or by times and the film's own time stamps."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ferstudy.datasets.timecode import Timecode, first_of
from ferstudy.errors import StudyError
from ferstudy.tables.rejected import Note
from ferstudy.video.times import OVERHANG, Times, times_of
from ferstudy.video.unusable import Unusable

EDGES = {"start": ("start", "begin", "beginn", "anfang"), "end": ("end", "stop", "ende")}
WITH_UNIT = {"start": ("von",), "end": ("bis",)}  # words that say a time only where a unit follows
ENDINGS = {
    "": ("",),
    "_frame": ("frame", "bild"),
    "_s": (
        "s", "sec", "secs", "seconds", "sek", "sekunden", "insec", "inseconds", "insek", "insekunden", "time", "zeit",
    ),
    "_ms": ("ms", "msec", "milliseconds", "millisekunden", "inms", "inmilliseconds", "inmillisekunden"),
}  # fmt: skip
# Names of columns as `sheets.plain` gives them, English and German: "Ende (s)" is end_s.
COLUMNS = {
    edge + unit: tuple(word + ending for ending in endings for word in (*words, *(WITH_UNIT[edge] if unit else ())))
    for unit, endings in ENDINGS.items()
    for edge, words in EDGES.items()
}
COLUMNS["start_frame"] += ("firstframe",)
UNITS = {"frames": 0.0, "seconds": 1.0, "milliseconds": 0.001}  # s; 0: no time
OF_COLUMN = {"_frame": "frames", "_s": "seconds", "_ms": "milliseconds", "": None}
FRAME = re.compile(r"(\d+)(?:[.,]0*)?")  # spreadsheets write 12 as 12.0
DECIMAL = re.compile(r"\d+(?:[.,]\d+)?")
CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")
SMALL, SHORT = 60, 1.0  # whole numbers below SMALL that make clips below SHORT s may be seconds
CUT = "ends less than half a second after the picture: cut to it"


class Wrong(NamedTuple):
    """Why a row gives no clip."""

    reason: str
    detail: str


class Spans:
    """Reads the start and end of clips of films below `root`; `notes` gathers what was done to some.

    `fps` is the rate of folders of images and streams without time stamps, `units` what `start` and `end` without a
    unit are: one of UNITS; None: frames, but asked about where they may be seconds. Raises StudyError for other values.
    """

    def __init__(self, root: Path, fps: float | None, units: str | None):
        if fps is not None and not (isinstance(fps, int | float) and 0 < fps < math.inf):
            raise StudyError(f"options/fps: found {fps!r}, expected frames per second")
        if units not in (None, *UNITS):
            raise StudyError(f"options/units: found {units!r}, expected {', '.join(UNITS)}")
        self._root, self._fps, self._units = root, fps, units
        self._known: dict[str, Times | Unusable] = {}
        self._codes: dict[str, Timecode | None] = {}  # of the films' first frames
        self._bare: list[tuple[str, int, int]] = []  # (film, start, end) in whole numbers without a unit
        self._fractions = False  # whether there were others
        self.notes: list[Note] = []

    def of(self, cells: Mapping[str, str], path: str) -> tuple[int | None, int | None] | Wrong:
        """(start, end) in frames, None where the row has none, or what is wrong with it."""
        edges = []
        for name in ("start", "end"):
            column = next((name + unit for unit in OF_COLUMN if cells.get(name + unit)), None)
            value = _value(cells[column], OF_COLUMN[column.removeprefix(name)], self._units) if column else None
            if column and value is None:
                self._fractions = self._fractions or bool(DECIMAL.fullmatch(cells[column]))
                hint = "expected a frame, 0:01:23.4 or 00:01:23:10; seconds go into start_s and end_s"
                return Wrong("start or end is no number", f"{column} is {cells[column]!r}; {hint}")
            edges.append(value)
        if not any(isinstance(edge, float | Timecode) for edge in edges):
            start, end = edges
            if end is not None and end <= (start or 0):
                return Wrong("end before start", f"frames {start or 0} to {end}")
            if end is not None and self._units is None and cells.get("end"):
                self._bare.append((path, start or 0, end))
            return start, end
        try:
            return self._by_time(self._times(path), edges, path, cells.get("clip", ""))
        except Unusable as unusable:
            return Wrong(unusable.reason, unusable.detail)

    def ask(self, table: str) -> None:
        """Raise StudyError if the rows that were read since the last call may be in seconds, taken for frames."""
        bare, self._bare = self._bare, []
        fractions, self._fractions = self._fractions, False
        if not fractions and max((end for _, _, end in bare), default=SMALL) >= SMALL:
            return
        for path, start, end in bare:
            try:
                times = self._times(path)
            except Unusable:  # the row is rejected, or nothing tells
                continue
            lasts = (end - start) * times.step
            if (fractions or lasts < SHORT) and end < times.end + OVERHANG:  # else they cannot be seconds
                raise StudyError(
                    f"{table}: start and end have no unit; as frames, {start} to {end} of {path} "
                    f"would last {lasts:.2f} s. Seconds? Name the columns start_s, end_s. "
                    "Frames? Say options: {units: frames}."
                )

    def _times(self, path: str) -> Times:
        if path not in self._known:
            try:
                self._known[path] = times_of(self._root / path, self._fps)
            except Unusable as unusable:
                self._known[path] = unusable
        known = self._known[path]
        if isinstance(known, Unusable):
            raise known
        return known

    def _by_time(self, times: Times, edges: list, path: str, clip: str) -> tuple[int, int] | Wrong:
        """The frames between two edges, of which a float is a time in s and an int a frame."""
        for edge in edges:
            if isinstance(edge, Timecode) and edge.number(1 / times.step) is None:
                return Wrong("no such time code", f"{edge} at {1 / times.step:.2f} frames a second")
        start, end = (self._second(edge, times, path) for edge in edges)
        begins, ends = times.shown[0] if start is None else start, times.end if end is None else end
        lasts = f"the picture lasts from {times.shown[0]:.2f} to {times.end:.2f} s"
        if ends <= begins:
            return Wrong("end before start", f"{begins:.3f} to {ends:.3f} s")
        if ends - times.end >= OVERHANG:
            return Wrong("clip ends after the video", f"{begins:.3f} to {ends:.3f} s, but {lasts}")
        first, last = times.frames(begins, ends)
        if first >= last:
            return Wrong("no frame at these times", f"{begins:.3f} to {ends:.3f} s; {lasts}")
        if ends > times.end + times.step / 2:
            self.notes.append(Note(path, clip or f"{path} to {ends:.2f} s", CUT))
        return first, last

    def _second(self, edge: int | float | Timecode | None, times: Times, path: str) -> float | None:
        """When an edge is, in s; a time code counts from the film's own first one, unless it is an earlier one."""
        if isinstance(edge, Timecode):
            if path not in self._codes:
                self._codes[path] = first_of(self._root / path)
            rate, own = 1 / times.step, self._codes[path]
            number, first = edge.number(rate), (own.number(rate) if own else None) or 0
            edge = number - first if number >= first else number
        return edge if edge is None or isinstance(edge, float) else float(times.at(edge))


def _value(text: str, unit: str | None, bare: str | None) -> int | float | Timecode | None:
    """A frame (int) or a time in s (float) from a cell in `unit`, or in `bare` where it has none; None for neither."""
    if code := Timecode.parse(text):
        return code
    clock = CLOCK.fullmatch(text)
    if clock:
        return 3600 * int(clock[1] or 0) + 60 * int(clock[2]) + float(clock[3].replace(",", "."))
    seconds = UNITS[unit or bare or "frames"]
    if not seconds:
        frame = FRAME.fullmatch(text)
        return int(frame[1]) if frame else None
    return float(text.replace(",", ".")) * seconds if DECIMAL.fullmatch(text) else None
