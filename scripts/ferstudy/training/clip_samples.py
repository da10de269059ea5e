"""The samples of a set of clips, and the batches made of them."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

import numpy as np

from ferstudy.models.clip import ClipInputs, Sample
from ferstudy.models.cut import parts

log = logging.getLogger(__name__)
T = TypeVar("T")


class ClipSamples(NamedTuple):
    """Clips with their samples. `owner` (samples,) is each sample's clip; a clip without samples is not covered."""

    truth: np.ndarray  # (clips,) class indices
    samples: list[Sample]
    owner: np.ndarray

    @property
    def covered(self) -> np.ndarray:
        """(clips,) bool."""
        return np.bincount(self.owner, minlength=len(self.truth)) > 0


class Cutting(NamedTuple):
    """How clips are cut before a family makes samples of them: an architecture's `sampling`, the classes' names."""

    sampling: Mapping[str, Any]
    classes: list[str]


def stretches(
    names: list[str], truth: np.ndarray, inputs: dict[str, ClipInputs], role: str, cutting: Cutting | None
) -> list[list[ClipInputs]]:
    """The parts of each of the clips `names`; none for those missing in `inputs` and, logged, those too short.

    Without `cutting` every clip is one part, whole.
    """
    if cutting is None:
        return [[inputs[name]] if name in inputs else [] for name in names]
    cuts = []
    for name, label in zip(names, truth, strict=True):
        of_class = cutting.classes[label] if cutting.classes else ""
        cuts.append(parts(inputs[name], cutting.sampling, role, of_class) if name in inputs else [])
    if short := [name for name, cut in zip(names, cuts, strict=True) if name in inputs and not cut]:
        why = f"fewer than {cutting.sampling['shortest']} frames, or no flow segment inside a window"
        log.info("%d %s clips give no sample (%s): %s", len(short), role, why, ", ".join(short))
    return cuts


def gather(
    family: ModuleType,
    names: list[str],
    truth: np.ndarray,
    inputs: dict[str, ClipInputs],
    settings: dict,
    role: str = "train",
    cutting: Cutting | None = None,
) -> ClipSamples:
    """The samples that `family` makes of the clips `names` in `role`; those missing in `inputs` have none."""
    samples: list[Sample] = []
    owner: list[int] = []
    for i, cut in enumerate(stretches(names, truth, inputs, role, cutting)):
        made = [sample for part in cut for sample in family.samples(part, settings)]
        samples += made
        owner += [i] * len(made)
    return ClipSamples(np.asarray(truth, dtype=int), samples, np.array(owner, dtype=int))


def weights(data: ClipSamples, classes: int, class_weight: str | None = None) -> np.ndarray:
    """A weight per sample, float32 with mean 1: 1/(samples of its clip), so that a long clip does not count more.

    With `class_weight` "balanced" every class weighs the same in all.
    """
    each = clip_weights(data.owner)
    if class_weight == "balanced":
        each = each / np.bincount(data.truth[data.covered], minlength=classes)[data.truth[data.owner]]
    return (each / each.mean()).astype("float32")


def clip_weights(owner: np.ndarray) -> np.ndarray:
    """1/(samples of its clip) for each sample; `owner` (samples,) is its clip."""
    return 1 / np.bincount(owner)[owner]


def ahead(jobs: Iterable[Callable[[], T]]) -> Iterator[tuple[T, float]]:
    """What `jobs` return, in order, and the seconds that were waited for each: one is made while the last is used."""
    with ThreadPoolExecutor(1) as worker:
        waiting = deque[Future]()
        for job in jobs:
            waiting.append(worker.submit(job))
            if len(waiting) > 1:
                yield _waited(waiting.popleft())
        while waiting:
            yield _waited(waiting.popleft())


def _waited(future: Future) -> tuple:
    started = time.perf_counter()
    return future.result(), time.perf_counter() - started


def only(data: ClipSamples, clips: np.ndarray) -> ClipSamples:
    """`data` with the samples of the clips `clips` (their numbers) alone; the others count as not covered."""
    rows = np.flatnonzero(np.isin(data.owner, clips))
    return data._replace(samples=[data.samples[i] for i in rows], owner=data.owner[rows])


def shuffled(count: int, batch: int, seed: int, epoch: int) -> Iterator[np.ndarray]:
    """The batches of one epoch: indices of all samples in an order that seed and epoch alone decide."""
    order = np.random.default_rng([seed, epoch]).permutation(count)
    for start in range(0, count, batch):
        yield order[start : start + batch]
