"""What models say of a film: of the whole as one clip, as a study sees it, or of one stretch after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.predict.ensemble import Ensemble, StretchAnswer
from ferstudy.predict.loaded_model import streams
from ferstudy.tables.shards import Part
from ferstudy.training.file_features import starts
from ferstudy.video.cuts import shots, thumbnail
from ferstudy.video.decode import Film, Shelf
from ferstudy.video.faces import blamed_on_the_video
from ferstudy.video.times import times_of
from ferstudy.video.unusable import Unusable


@dataclass(frozen=True)
class Windows:
    """Which stretches are clips of their own.

    `frames` of each: 0 is the whole film, None the whole where it is no longer than the clips of the models' studies,
    else as many as a usual clip of these has. `step` frames lie between the beginnings of two, None as many as it has.
    Where the scene cuts a stretch ends, and another begins.
    """

    frames: int | None = None
    step: int | None = None


@dataclass(frozen=True)
class FilmAnswer:
    """What was found of a film of n frames.

    `times` (n,) are when frames are shown, in s, None where nothing tells; `boxes` (n, 4) and `probabilities` (n,
    classes) are NaN where there is no face or no answer. `whole` (classes,) is the mean of its stretches' answers.
    """

    path: Path
    classes: list[str]
    times: np.ndarray | None
    boxes: np.ndarray
    probabilities: np.ndarray
    stretches: list[StretchAnswer]
    whole: np.ndarray | None
    notes: list[str]
    person: int = 1  # which of the people in the film: 1 is the first who appears, or the main one

    @property
    def label(self) -> str:
        """The likeliest class; empty without an answer."""
        return "" if self.whole is None else self.classes[int(self.whole.argmax())]

    @property
    def why(self) -> str:
        """Why there is no answer; empty where there is one."""
        if self.whole is not None:
            return ""
        reasons = list(dict.fromkeys(each.why for each in self.stretches))
        return reasons[0] if len(reasons) == 1 else f"no stretch has an answer; the first: {reasons[0]}"

    @property
    def seen(self) -> float:
        """The share of the frames with the face."""
        return float(np.mean(~np.isnan(self.boxes[:, 0]))) if len(self.boxes) else 0.0

    @property
    def in_view(self) -> tuple[int, int]:
        """First and last frame with the face; (0, -1) without any."""
        frames = np.flatnonzero(~np.isnan(self.boxes[:, 0]))
        return (int(frames[0]), int(frames[-1])) if len(frames) else (0, -1)

    @property
    def rate(self) -> float:
        """Frames in a second; 25 where nothing tells."""
        if self.times is None or len(self.times) < 2:
            return 25.0
        return float((len(self.times) - 1) / max(self.times[-1] - self.times[0], 1e-3))


def predict(
    path: Path, ensemble: Ensemble, windows: Windows, fps: float | None = None, told: Callable[[int, int], None] = print
) -> FilmAnswer:
    """What `ensemble` says of the film at `path`; `told(done, of)` is called after each stretch.

    Raises Unusable for what is no film that can be read.
    """
    count, times = length(path, fps)
    parts = list(stretches(path, count, ensemble, windows))
    found = one_by_one(parts, ensemble.answer, told)
    return of_stretches(path, times, count, ensemble, found, _notes(found, parts, ensemble))


def one_by_one(parts: list[Part], ask: Callable[[Part, Shelf], Any], told: Callable[[int, int], None]) -> list[Any]:
    """What `ask` says of each stretch of a film."""
    found = []
    with Shelf() as shelf:
        for part in parts:
            found.append(ask(part, shelf))
            told(len(found), len(parts))
    return found


def of_stretches(
    path: Path,
    times: np.ndarray | None,
    count: int,
    ensemble: Ensemble,
    found: list[StretchAnswer],
    notes: list[str],
    person: int = 1,
) -> FilmAnswer:
    """The answer to a film of `count` frames, of those to its stretches."""
    wholes = [each.whole for each in found if each.whole is not None]
    whole = np.mean(wholes, axis=0) if wholes else None
    boxes, probabilities = joined(found, count, len(ensemble.classes))
    return FilmAnswer(path, ensemble.classes, times, boxes, probabilities, found, whole, notes, person)


def stretches(path: Path, count: int, ensemble: Ensemble, windows: Windows) -> Iterator[Part]:
    """The stretches of a film of `count` frames; raises StudyError for windows that a model cannot have."""
    frames = windows.frames
    why_not = next(filter(None, (streams(each.model) for each in ensemble.models)), "")
    if frames is None:
        long = 0 < ensemble.longest < count and not why_not
        frames = ensemble.usual if long else 0
    elif frames and why_not:
        raise StudyError(f"--window: {why_not}")
    if not 0 < frames < count:
        yield Part(path.name, str(path), None, None, "")
        return
    for first, last in shots(thumbnails(path)):
        # A stretch over a cut would show two faces; the last one ends with its shot.
        for start in starts(last + 1 - first, {"frames": frames, "stride": windows.step or frames}):
            end = min(first + start + frames, last + 1)
            yield Part(f"{path.name} from frame {first + start}", str(path), first + start, end, "")


def thumbnails(path: Path) -> list[np.ndarray]:
    """Of every frame of a film, by which its cuts are found."""
    with blamed_on_the_video(str(path)):
        return [thumbnail(frame) for frame in Film(path, keep=0)]


def joined(found: list[StretchAnswer], count: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, 4) and probabilities (n, classes) of all frames; where stretches overlap the mean of both."""
    boxes, sums, answers = np.full((count, 4), np.nan), np.zeros((count, classes)), np.zeros(count)
    for each in found:
        kept = each.frame < count
        at = each.frame[kept]
        known = ~np.isnan(each.boxes[kept, 0])
        boxes[at[known]] = each.boxes[kept][known]
        covered = ~np.isnan(each.probabilities[kept]).any(1)
        sums[at[covered]] += each.probabilities[kept][covered]
        answers[at[covered]] += 1
    return boxes, np.where(answers[:, None] > 0, sums / np.maximum(answers, 1)[:, None], np.nan)


def length(path: Path, fps: float | None) -> tuple[int, np.ndarray | None]:
    """How many frames a film has, and when each is shown, in s; None where nothing tells. Raises Unusable."""
    with blamed_on_the_video(str(path)):
        count = Film(path, keep=0).count
        return count, _times(path, count, fps)


def _times(path: Path, count: int, fps: float | None) -> np.ndarray | None:
    """When each of `count` frames is shown, in s; None where nothing tells."""
    if fps:
        return np.arange(count) / fps
    try:
        times = times_of(path)
    except Unusable:
        return None
    return np.array([times.at(frame) for frame in range(count)])


def _notes(found: list[StretchAnswer], parts: list[Part], ensemble: Ensemble) -> list[str]:
    notes = []
    if len(parts) > 1:
        frames = max(part.end - part.start for part in parts)
        notes.append(
            f"it was seen as {len(parts)} clips of up to {frames} frames (--window 0 takes it as one); the answer to "
            "the whole is their mean"
        )
    silent = [each for each in found if each.whole is None]
    if silent and len(silent) < len(found):
        notes.append(f"{len(silent)} of {len(found)} clips have no answer; the first: {silent[0].why}")
    if (most := max((each.faces for each in found), default=0)) > 1:
        notes.append(f"up to {most} faces were in view; the answer is for the main one")
    notes += list(dict.fromkeys(note for each in found for note in each.notes))
    if len(parts) == 1 and 0 < ensemble.longest < (len(found[0].frame) or 0):
        notes.append(
            f"it has {len(found[0].frame)} frames, and the clips of the study at most {ensemble.longest}; the models "
            "may look at a part of it only"
        )
    return notes
