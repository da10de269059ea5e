"""What a conversion reads of the clips: those that judge it, those that calibrate it, and the longest."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ferstudy.convert import rows
from ferstudy.convert.sample_arrays import Arrays
from ferstudy.jobs.convert_model import ConvertModel
from ferstudy.models.clip import ClipInputs
from ferstudy.tables import predictions
from ferstudy.tables.clips import Clip
from ferstudy.training import inputs
from ferstudy.training.clip_scores import clip_means


class Reading:
    """What is read of the clips: those that judge, those that calibrate, and the longest."""

    def __init__(self, job: ConvertModel, table: list[Clip], family: ModuleType, described: dict[str, Any]):
        self._stores = {kind: list(map(Path, getattr(job, kind))) for kind in job.kinds}
        self._kinds, self._family, self._described = tuple(job.kinds), family, described
        self._prior = np.array(json.loads(Path(job.record).read_text("utf-8"))["prior"])
        training = rows.training_clips(job.folds, table, job.fold)
        self.calibration = rows.one_of_each(self._load(rows.spread(training, rows.CALIBRATION)), family, described)
        self.test = predictions.read(job.predictions) if job.predictions else None
        tested = self.test.clip[(self.test.role == "test") & self.test.covered].tolist() if self.test else []
        self.role = "test" if tested else "train"
        if tested:
            self.test = self.test.where(self.test.role == "test")
        self.clips = self._load(tested or rows.spread(training, rows.CALIBRATION))
        self.judged = rows.batches(self.clips, family, described)
        known = {clip.clip for clip in table}
        longest = rows.longest(self._stores[job.kinds[0]], known.__contains__)
        self.longest = rows.batches(self._load([longest]) if longest else [], family, described).inputs

    def _load(self, names: list[str]) -> list[ClipInputs]:
        return list(inputs.load(self._kinds, self._stores, names).values())

    def by_clip(self, samples: np.ndarray) -> dict[str, np.ndarray]:
        """Probabilities (classes,) by clip, of those (n, classes) of the samples that judge."""
        means = clip_means(samples, self.judged.owner, self._prior, len(self.clips))
        return {clip.name: own for clip, own in zip(self.clips, means, strict=True)}

    def typical(self) -> list[Arrays]:
        """The samples of the clip of median length, of those that judge."""
        owners = sorted(set(self.judged.owner.tolist()), key=lambda i: (len(self.clips[i].frame), i))
        middle = owners[len(owners) // 2]
        return [batch for batch, of in zip(self.judged.inputs, self.judged.owner, strict=True) if of == middle]
