"""One or several models that answer together to a stretch of a film."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation.fusion import combine
from ferstudy.evaluation.temperature import scaled
from ferstudy.predict.clip_inputs import key_of_crops
from ferstudy.predict.exported import Exported
from ferstudy.predict.exported_fusion import Joined
from ferstudy.predict.found_face import FoundFace, find, find_all
from ferstudy.predict.loaded_model import LoadedModel, ModelAnswer
from ferstudy.tables.rejected import Rejected
from ferstudy.tables.shards import Part
from ferstudy.video.decode import Shelf
from ferstudy.video.detect import overlap
from ferstudy.video.who import AGREE

FUSIONS = ("mean", "product", "median", "maximum", "majority")


@dataclass(frozen=True)
class StretchAnswer:
    """What the models say of a stretch of a film.

    `frame` (n,) are source frames, `boxes` (n, 4) x, y, w, h of the face in px and `probabilities` (n, classes) those
    of the samples that show a frame, NaN where there is none. `whole` (classes,) is the answer to the stretch as a
    clip, None where there is none; `why` then says why not. `seen` is the share of its frames with the face, `faces`
    the most faces that were in view.
    """

    frame: np.ndarray
    boxes: np.ndarray
    probabilities: np.ndarray
    whole: np.ndarray | None
    why: str = ""
    seen: float = 0.0
    faces: int = 0
    notes: tuple[str, ...] = ()


class Ensemble:
    """Models with the same classes; `fusion` is how they are joined (evaluation.fusion)."""

    def __init__(
        self,
        models: Sequence[LoadedModel],
        fusion: str = "mean",
        calibrated: bool = False,
        joined: Joined | None = None,
    ):
        first = models[0].model
        for each in (other.model for other in models[1:]):
            if sorted(each.classes) != sorted(first.classes):
                raise StudyError(
                    f"{each.path}: has the classes {', '.join(each.classes)}, and {first.path} has "
                    f"{', '.join(first.classes)}; models that answer together need the same ones"
                )
        if calibrated and joined is not None and joined.temperature is None:
            raise StudyError(f"{joined.name}: has no temperature, so --calibrated cannot be; leave it out")
        for each in models if joined is None else ():
            if calibrated and each.model.told["temperature"] is None:
                raise StudyError(f"{each.model.path}: has no temperature, so --calibrated cannot be; leave it out")
        self.models, self.fusion, self.calibrated = list(models), fusion, calibrated
        self.classes = first.classes
        self.joined = joined or Joined({"mean": "average"}.get(fusion, fusion), np.ones(len(models)))
        self.fused = joined is not None

    @property
    def longest(self) -> int:
        """Frames of the longest clip of the studies that made the models."""
        return max(each.model.told["frames"].get("longest", 0) for each in self.models)

    @property
    def usual(self) -> int:
        """Frames of a usual clip of the first one's study."""
        return self.models[0].model.told["frames"].get("median", 0)

    def answer(self, part: Part, shelf: Shelf) -> StretchAnswer:
        """What the models say of the main face in `part`."""
        found = self._looked(find, part, shelf)
        faces = {key: [face] if isinstance(face, FoundFace) else face for key, face in found.items()}
        return self._of(part, faces)[0]

    def answers(self, part: Part, shelf: Shelf) -> list[StretchAnswer]:
        """What the models say of each face in `part`, by when they appear; a single refusal where there is none."""
        return self._of(part, self._looked(find_all, part, shelf))

    def _looked(self, how: Callable, part: Part, shelf: Shelf) -> dict[str, Any]:
        """What `how` finds with the recipe of each model; models of one recipe look once."""
        found: dict[str, Any] = {}
        for each in self.models:
            key = key_of_crops(each.model)
            if key not in found:
                found[key] = how(part, each.model.recipe, each.model.told["trim"], each.tools, shelf)
        return found

    def _of(self, part: Part, found: dict[str, list[FoundFace] | Rejected]) -> list[StretchAnswer]:
        """An answer to each face of the first recipe that has found any; the others look at the same one."""
        leading = next((faces for faces in found.values() if isinstance(faces, list)), None)
        if leading is None:
            return [_nothing(part, next(iter(found.values())), len(self.classes))]
        told = []
        for face in leading:
            same = {key: same_face(face, faces) for key, faces in found.items() if isinstance(faces, list)}
            mine = [same.get(key_of_crops(each.model)) for each in self.models]
            answers = [each.answer(own) if own else None for each, own in zip(self.models, mine, strict=True)]
            told.append(self._together(part, face, answers))
        return told

    def _together(self, part: Part, face: FoundFace, answers: list[ModelAnswer | None]) -> StretchAnswer:
        start = part.start or 0
        frame = np.arange(start, start + face.of)
        boxes = np.full((face.of, 4), np.nan)
        boxes[face.everywhere - start] = face.boxes
        seen = len(face.everywhere) / face.of
        members = [self._member(i, answer, frame) for i, answer in enumerate(answers)]
        by_frame, wholes = (np.stack(rows) for rows in zip(*members, strict=True))
        told = {"seen": seen, "faces": int(face.faces.max()), "notes": (face.trimmed,) if face.trimmed else ()}
        rows = self._fused(by_frame)
        # Without a face a frame has no answer, whatever is said of those beside it.
        rows[np.isnan(boxes[:, 0])] = np.nan
        whole = self._fused(wholes)[0]
        if np.isnan(whole).any():
            why = f"too few frames for the model: the face was found in {len(face.everywhere)} of {face.of}"
            return StretchAnswer(frame, boxes, rows, None, why, **told)
        return StretchAnswer(frame, boxes, rows, whole, **told)

    def _member(self, i: int, answer: ModelAnswer | None, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One model's probabilities of each frame (n, classes) and of the whole (1, classes), in the common order."""
        model = self.models[i].model
        order = [model.classes.index(label) for label in self.classes]
        nothing = np.full((1, len(order)), np.nan)
        if answer is None:
            return np.repeat(nothing, len(frame), 0), nothing
        rows = np.vstack([of_frames(answer, frame), answer.whole])
        if self.fused and self.joined.temperatures:
            rows = _cooled(rows, self.joined.temperatures[i])
        if self.calibrated and not self.fused:
            rows = _cooled(rows, model.told["temperature"])
        return rows[:-1, order], rows[-1:, order]

    def _fused(self, rows: np.ndarray) -> np.ndarray:
        """Rows (members, n, classes) as one (n, classes): of those members that have an answer; NaN where none has."""
        covered = ~np.isnan(rows).any(2)
        if len(rows) == 1 and not self.fused:
            return rows[0].copy()
        # Without a sample a member is its prior, as in the study: machines that stack read that too.
        priors = np.stack([self._prior(each.model) for each in self.models])[:, None]
        filled = np.where(covered[..., None], rows, priors)
        how = self.joined
        joined, answered = combine(filled, covered, how.method, how.weights, how.learned)
        joined[~answered] = np.nan
        return _cooled(joined, how.temperature) if self.calibrated and self.fused else joined

    def _prior(self, model: Exported) -> np.ndarray:
        """The share of each class in training, in the common order."""
        prior = np.array(model.told["prior"], float)
        return prior[[model.classes.index(label) for label in self.classes]]


def _cooled(rows: np.ndarray, temperature: float) -> np.ndarray:
    """Rows (n, classes) at a temperature; those that are NaN stay."""
    covered = ~np.isnan(rows).any(1)
    cooled = scaled(np.nan_to_num(rows, nan=1.0), covered, temperature)
    cooled[~covered] = np.nan
    return cooled


def same_face(face: FoundFace, others: list[FoundFace]) -> FoundFace | None:
    """That of `others`, found in the same stretch with another recipe, which lies where `face` does; None without one.

    A recipe that finds one face alone has the main one.
    """
    shared = [shared_place(face.everywhere, face.boxes, other.everywhere, other.boxes) for other in others]
    best = int(np.argmax(shared))
    return others[best] if len(others) == 1 or shared[best] >= AGREE else None


def shared_place(frames: np.ndarray, boxes: np.ndarray, others: np.ndarray, other_boxes: np.ndarray) -> float:
    """The mean overlap of two faces' boxes (n, 4) in the frames (n,) that both are in; 0 without any."""
    _, mine, its = np.intersect1d(frames, others, return_indices=True)
    return float(overlap(boxes[mine], other_boxes[its]).mean()) if len(mine) else 0.0


def of_frames(answer: ModelAnswer, frame: np.ndarray) -> np.ndarray:
    """(n, classes): of each source frame the mean of the samples that reach over it.

    Flow leaves out a few frames at the ends of a clip: beside a sample its probabilities hold on for half its length.
    NaN where no sample is near.
    """
    first, last = answer.first[:, None], answer.last[:, None]
    away = np.maximum(np.maximum(first - frame, frame - last), 0)
    nearest = away.min(0)
    counted = (away == nearest) & (away <= (last + 1 - first) / 2)
    counts = counted.sum(0)[:, None]
    sums = counted.T.astype(float) @ answer.probabilities.astype(float)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _nothing(part: Part, row: Rejected, classes: int) -> StretchAnswer:
    """No face: of a stretch with known ends its frames without an answer."""
    frame = np.arange(part.start or 0, part.end or 0)
    boxes, probabilities = np.full((len(frame), 4), np.nan), np.full((len(frame), classes), np.nan)
    return StretchAnswer(frame, boxes, probabilities, None, ": ".join(filter(None, (row.reason, row.detail))))
