"""The samples of test clips (frames, windows) over their frames, as the explorer draws them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ferstudy.report.blocks import Encoded
from ferstudy.report.ranking import Panel, RankedModel
from ferstudy.report.records import Results
from ferstudy.report.study_files import StudyFiles
from ferstudy.store import arrays
from ferstudy.study import files

STEPS = 40  # of a clip at most: neighbouring samples are drawn as one step, their mean
NAMES = ("clip", "first", "last", "probabilities")


class SampleCut(NamedTuple):
    """How a clip is cut into samples, and these into steps in order of time: their frames, included."""

    samples: int
    starts: tuple[int, ...]
    stops: tuple[int, ...]


class ShownSamples(NamedTuple):
    """The samples of a model on the test clips of a panel, in the first round alone.

    Clips of one length are cut alike: `cut` is the place of each clip's cut among `cuts`, -1 without several samples.
    """

    cuts: tuple[SampleCut, ...]
    cut: tuple[int, ...]
    shares: str  # bytes (steps, clip after clip, * classes) in base64, in per cent

    @property
    def characters(self) -> int:
        """About how long it is on the page."""
        return sum(len(str(part)) for part in self)


def of_model(results: Results, panel: Panel, entry: RankedModel, places: dict[str, int]) -> ShownSamples | None:
    """The samples of the test clips of a model, in the order of `places`; None where it kept none.

    A file that is missing or damaged costs the timelines of its fold, and is no hole of the page.
    """
    rows = entry.own.test_rows
    if rows is None or rows.samples.max() <= 1 or set(rows.classes) != set(panel.classes):
        return None
    order = [rows.classes.index(name) for name in panel.classes]
    rows = rows.where(np.lexsort((rows.fold.astype(str), rows.run)))
    rows = rows.where(~pd.Series(rows.clip).duplicated().to_numpy())  # the first round
    have = StudyFiles(results.folder, results.stale)
    found: dict[str, tuple[SampleCut, np.ndarray]] = {}
    for fold, run, path in files.samples(results.study, entry.own.dataset, entry.own.protocol, entry.name):
        own = rows.where((rows.fold == fold) & (rows.run == run))
        if len(own):
            wanted = dict(zip(own.clip.tolist(), own.samples.tolist(), strict=True))
            found |= have.read(path, "samples", lambda file, wanted=wanted: _read(file, wanted)) or {}
    if not found:
        return None
    numbers: dict[SampleCut, int] = {}
    cut = tuple(numbers.setdefault(found[clip][0], len(numbers)) if clip in found else -1 for clip in places)
    shares = np.concatenate([found[clip][1] for clip in places if clip in found])[:, order]
    return ShownSamples(tuple(numbers), cut, Encoded.of((100 * shares).round().astype("uint8").tobytes()))


def _read(path: Path, wanted: dict[str, int]) -> dict[str, tuple[SampleCut, np.ndarray]]:
    """The cut and the steps (steps, classes) of the clips `wanted` that have several samples.

    Samples of validation come first: a clip that has both roles is tested by the last ones. One of which the file has
    fewer than the predictions count is left out.
    """
    clip, first, last, probabilities = arrays.read(path, "samples", "train the model first", NAMES).values()
    places, found = pd.Series(clip).groupby(clip).indices, {}
    for name, number in wanted.items():
        at = places.get(name, clip[:0])[-number:]
        if 1 < number == len(at):
            found[name] = _in_steps(first[at], last[at], probabilities[at])
    return found


def _in_steps(first: np.ndarray, last: np.ndarray, probabilities: np.ndarray) -> tuple[SampleCut, np.ndarray]:
    """Samples (n,), (n,) and (n, classes) in at most STEPS steps."""
    parts = np.array_split(np.argsort(first, kind="stable"), min(len(first), STEPS))
    starts, stops = (tuple(int(most(of[part])) for part in parts) for most, of in ((np.min, first), (np.max, last)))
    return SampleCut(len(first), starts, stops), np.array([probabilities[part].mean(0) for part in parts])
