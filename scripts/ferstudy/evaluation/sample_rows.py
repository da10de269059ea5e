"""The test samples of a model (frames, windows) as rows that are scored as clips are."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.store import arrays
from ferstudy.tables.lineup import Folds
from ferstudy.tables.predictions import Predictions


def sample_rows(test: Predictions, sources: Iterable[Sequence], lineup: Folds) -> Predictions | None:
    """A row for each sample of the `test` clips, with the sample's own probabilities and answer.

    `sources` are (fold, run, path of samples.h5). A clip without a face has no sample, so that all rows are covered.
    None where samples are clips, and where a clip validates and is tested in one fold (as_published): its samples in
    samples.h5 do not say which is which. Raises StudyError where a file has other samples than `test` counts.
    """
    twice = any(roles["validation"] & roles["test"] for roles in lineup.values())
    if twice or not len(test) or test.samples.max() <= 1:
        return None
    at, probabilities = [], []
    for fold, run, path in sources:
        own = np.flatnonzero((test.fold == fold) & (test.run == run))
        if not len(own):
            continue
        place = dict(zip(test.clip[own].tolist(), own.tolist(), strict=True))
        clips, values = _read(path, len(test.classes))
        where = np.array([place.get(clip, -1) for clip in clips], dtype=int)
        found = np.bincount(where[where >= 0], minlength=len(test))[own]
        wrong = own[found != test.samples[own]]
        if len(wrong):
            raise StudyError(
                f"{path}: {found[own == wrong[0]][0]} samples of clip {test.clip[wrong[0]]!r}, the predictions count "
                f"{test.samples[wrong[0]]}; delete the training's files and run again"
            )
        at.append(where[where >= 0])
        probabilities.append(values[where >= 0])
    taken = np.concatenate(at) if at else np.zeros(0, int)
    if not len(taken):
        return None
    given = np.concatenate(probabilities)
    answers = np.array(test.classes, dtype=object)[given.argmax(1)]
    ones = np.ones(len(taken), int)
    return replace(test.where(taken), predicted=answers, covered=ones.astype(bool), samples=ones, probabilities=given)


def _read(path: str | Path, classes: int) -> tuple[list[str], np.ndarray]:
    """The clip (n) and the probabilities (n, classes) of each sample, rows summing to 1."""
    found = arrays.read(path, "samples", "train the model first", ("clip", "probabilities"))
    clips, values = found["clip"].tolist(), found["probabilities"].astype(float)
    if values.shape != (len(clips), classes):
        raise StudyError(f"{path}: probabilities of shape {values.shape} for {len(clips)} samples, {classes} classes")
    return clips, values / values.sum(1, keepdims=True)
