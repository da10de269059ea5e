"""Explaining the answers of an estimator of scikit-learn, which has no gradient: its maps are made by occlusion."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ferstudy.explain import randomised
from ferstudy.explain.chosen_clips import ChosenClip, spread
from ferstudy.explain.explained import SHOWN, SIDE, ExplainedClip
from ferstudy.explain.occlusion import GREY, PLACES, occlusion
from ferstudy.explain.sanity import CHECKED, DRAWS, rank_correlation
from ferstudy.models import bundle, saved_estimator
from ferstudy.models.clip import ClipInputs
from ferstudy.models.cut import parts
from ferstudy.models.resize import resize

FRAMES = 6  # of a clip, evenly spread, that a backbone describes for each place of the patch
MOST_OPERATIONS = 2e13  # of all occluded frames: some minutes with one thread

Describe = Callable[[np.ndarray], np.ndarray]  # features (n, F) of crops (n, S, S, channels)


class EstimatorExplainer:
    """The estimator at `path`, which reads `flow`, or features of crops that `describe` gives, or neither.

    `operations` are those of `describe` for a crop; where they are not known, one clip is occluded.
    """

    def __init__(self, path: Path, flow: bool = False, describe: Describe | None = None, operations: int | None = None):
        described = bundle.describe(path)
        self.family = import_module(f"ferstudy.models.{described['family']}")
        self.settings, self.windows = described["sampling"], described["windows"]
        self.model = saved_estimator.load(path)
        self.random = [randomised.estimator(self.model, draw) for draw in range(1, DRAWS + 1)]
        self.flow, self.describe = flow, describe
        cost = (PLACES * PLACES + 1) * FRAMES * (operations or MOST_OPERATIONS)
        self.left = max(1, int(MOST_OPERATIONS / cost)) if describe else None  # clips that are occluded; None for all
        self.correlations: list[float] = []

    def explain(self, chosen: ChosenClip, place: int, clip: ClipInputs, crops: ClipInputs | None) -> ExplainedClip:
        """The samples of a clip, and the map for its answer, the class `place`: one for all of its frames."""
        cut = parts(clip, self.windows, "test", "")
        first, last, probabilities = map(
            np.concatenate, zip(*(self.family.predict(self.model, part, self.settings) for part in cut), strict=True)
        )
        frames, maps = np.zeros(0, int), np.zeros((0, SIDE, SIDE), "float32")
        if self._occludes(clip):
            checks = len(self.correlations) < CHECKED * DRAWS
            falls = self._falls([self.model, *(self.random if checks else ())], clip, crops)[..., place]
            own, *others = (resize(fall[None, ..., None], SIDE)[0, ..., 0] for fall in falls)
            frames = clip.frame[spread(len(clip.frame), SHOWN)]
            maps = np.repeat(own[None], len(frames), 0)
            self.correlations += [rank_correlation(own, other) for other in others]
        return ExplainedClip(chosen, first, last, probabilities, frames, maps)

    def facts(self) -> dict[str, Any]:
        """By what the maps were made."""
        if not self.flow and not self.describe:
            return {"method": "none"}
        return {"method": "occlusion", "of": "crops" if self.describe else "flow"}

    def _occludes(self, clip: ClipInputs) -> bool:
        if self.left is None:
            return self.flow
        self.left -= 1
        return self.left >= 0

    def _falls(self, models: list, clip: ClipInputs, crops: ClipInputs | None) -> np.ndarray:
        """The falls (models, PLACES, PLACES, classes) of what `models` answer to the clip as one sample."""

        def answers(seen: ClipInputs) -> np.ndarray:
            return np.stack([self.family.predict(model, seen, self.settings)[2].mean(0) for model in models])

        if self.describe is None:
            return occlusion(clip.flow, lambda flow: answers(replace(clip, flow=flow)), 0)
        taken = spread(len(crops.frame), FRAMES)
        few = ClipInputs(clip.name, crops.frame[taken], features=np.zeros((len(taken), 0)))
        return occlusion(crops.faces[taken], lambda faces: answers(replace(few, features=self.describe(faces))), GREY)
