"""One or several models that answer together to a stretch of a film."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation.fusion import combine
from ferstudy.evaluation.temperature import scaled
from ferstudy.predict.clip_inputs import key_of_crops
from ferstudy.predict.found_face import FoundFace, find
from ferstudy.predict.loaded_model import LoadedModel, ModelAnswer
from ferstudy.tables.rejected import Rejected
from ferstudy.tables.shards import Part
from ferstudy.video.decode import Shelf

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

    def __init__(self, models: Sequence[LoadedModel], fusion: str = "mean", calibrated: bool = False):
        first = models[0].model
        for each in (other.model for other in models[1:]):
            if sorted(each.classes) != sorted(first.classes):
                raise StudyError(
                    f"{each.path}: has the classes {', '.join(each.classes)}, and {first.path} has "
                    f"{', '.join(first.classes)}; models that answer together need the same ones"
                )
        for each in models:
            if calibrated and each.model.told["temperature"] is None:
                raise StudyError(f"{each.model.path}: has no temperature, so --calibrated cannot be; leave it out")
        self.models, self.fusion, self.calibrated = list(models), fusion, calibrated
        self.classes = first.classes

    @property
    def longest(self) -> int:
        """Frames of the longest clip of the studies that made the models."""
        return max(each.model.told["frames"].get("longest", 0) for each in self.models)

    @property
    def usual(self) -> int:
        """Frames of a usual clip of the first one's study."""
        return self.models[0].model.told["frames"].get("median", 0)

    def answer(self, part: Part, shelf: Shelf) -> StretchAnswer:
        """What the models say of `part`."""
        found: dict[str, FoundFace | Rejected] = {}
        answers: list[ModelAnswer | None] = []
        for each in self.models:
            key = key_of_crops(each.model)
            if key not in found:
                found[key] = find(part, each.model.recipe, each.model.told["trim"], each.tools, shelf)
            face = found[key]
            answers.append(each.answer(face) if isinstance(face, FoundFace) else None)
        faces = [face for face in found.values() if isinstance(face, FoundFace)]
        if not faces:
            return _nothing(part, next(iter(found.values())), len(self.classes))
        return self._together(part, faces[0], answers)

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
        rows[np.isnan(boxes[:, 0])] = (
            np.nan
        )  # without a face a frame has no answer, whatever is said of those beside it
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
        if self.calibrated:
            covered = ~np.isnan(rows).any(1)
            rows = scaled(np.nan_to_num(rows, nan=1.0), covered, model.told["temperature"])
            rows[~covered] = np.nan
        return rows[:-1, order], rows[-1:, order]

    def _fused(self, rows: np.ndarray) -> np.ndarray:
        """Rows (members, n, classes) as one (n, classes): of those members that have an answer; NaN where none has."""
        covered = ~np.isnan(rows).any(2)
        if len(rows) == 1:
            return rows[0].copy()
        method = {"mean": "average"}.get(self.fusion, self.fusion)
        joined, answered = combine(np.nan_to_num(rows, nan=1 / rows.shape[2]), covered, method, np.ones(len(rows)))
        joined[~answered] = np.nan
        return joined


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
