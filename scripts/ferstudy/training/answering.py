"""A trained model that answers clips which it is given, whatever it is: whole clips, or beginnings of them."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from ferstudy.models import saved_estimator
from ferstudy.models.clip import ClipInputs
from ferstudy.models.cut import parts


class SampleAnswers(NamedTuple):
    """What a model says of the samples of clips, in the order of the clips.

    `first` and `last` (n,) are their source frames, both included, `probabilities` (n, classes), and `owner` (n,) is
    the number of the clip of each.
    """

    first: np.ndarray
    last: np.ndarray
    probabilities: np.ndarray
    owner: np.ndarray


Answering = Callable[[Sequence[ClipInputs]], SampleAnswers]


def answering(path: Path, described: dict[str, Any], classes: int, threads: int, batch: int) -> Answering:
    """What answers with the model at `path` (model.zip, whose model.json is `described`).

    Clips are cut into samples as test clips were in its training. A network computes `batch` samples at once; Keras has
    to be started with its threads (training.backend). An estimator computes with `threads`.
    """
    if is_network(described):
        return _network(path, described, classes, batch)
    return _estimator(path, described, classes, threads)


def is_network(described: dict[str, Any]) -> bool:
    """Whether a model.json is that of a network of Keras; that of an estimator of scikit-learn lists its types."""
    return "trusted_types" not in described


def _estimator(path: Path, described: dict, classes: int, threads: int) -> Answering:
    family, estimator = _family(described), saved_estimator.load(path)

    def answers(clips: Sequence[ClipInputs]) -> SampleAnswers:
        with threadpool_limits(threads):
            found = [
                (*family.predict(estimator, part, described["sampling"]), number)
                for number, clip in enumerate(clips)
                for part in _cut(described, clip)
            ]
        owner = [np.full(len(probabilities), number) for _, _, probabilities, number in found]
        first, last, probabilities = (_joined([one[i] for one in found]) for i in range(3))
        return SampleAnswers(first, last, probabilities.reshape(-1, classes), _joined(owner))

    return answers


def _network(path: Path, described: dict, classes: int, batch: int) -> Answering:
    from ferstudy.models import saved_network  # these import Keras, which must find its threads set
    from ferstudy.training.fit import answered

    family, network = _family(described), saved_network.load(path)

    def answers(clips: Sequence[ClipInputs]) -> SampleAnswers:
        samples = [
            (number, sample)
            for number, clip in enumerate(clips)
            for part in _cut(described, clip)
            for sample in family.samples(part, described["sampling"])
        ]
        found = answered(network, family, described["sampling"], [sample for _, sample in samples], batch)
        first, last = (np.array([getattr(sample, end) for _, sample in samples], int) for end in ("first", "last"))
        owner = np.array([number for number, _ in samples], int)
        return SampleAnswers(first, last, _joined(found).reshape(-1, classes), owner)

    return answers


def _family(described: dict) -> Any:
    return import_module(f"ferstudy.models.{described['family']}")


def _cut(described: dict, clip: ClipInputs) -> list[ClipInputs]:
    """The parts of a clip that are seen at once, as of a test clip, whose class is not known."""
    return parts(clip, described["windows"], "test", "")


def _joined(pieces: list) -> np.ndarray:
    return np.concatenate([np.asarray(piece) for piece in pieces]) if pieces else np.zeros(0, int)
