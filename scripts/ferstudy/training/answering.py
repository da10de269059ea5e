"""A trained model that answers clips which it is given, whatever it is."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from ferstudy.models import bundle, saved_estimator
from ferstudy.models.clip import ClipInputs
from ferstudy.models.cut import parts
from ferstudy.training import backend as keras_backend

AT_ONCE = 32  # samples of a network

# Of clips the probabilities (n, classes) of their samples, and the number of the clip (n,) that each belongs to.
Answers = Callable[[Sequence[ClipInputs]], tuple[np.ndarray, np.ndarray]]


def answering(path: Path, classes: int, backend: str, threads: int) -> Answers:
    """What answers with the model at `path` (model.zip), cutting test clips into samples as its training did."""
    described = bundle.describe(path)
    cut = lambda clip: parts(clip, described["windows"], "test", "")  # noqa: E731
    make = _estimator if "trusted_types" in described else _network
    each = make(path, described, cut, backend, threads)

    def answers(clips: Sequence[ClipInputs]) -> tuple[np.ndarray, np.ndarray]:
        found, owners = each(clips)
        whole = np.concatenate(found) if found else np.zeros((0, classes))
        return whole, np.array(owners, int)

    return answers


def _estimator(path: Path, described: dict, cut: Callable, _: str, threads: int) -> Callable:
    family, estimator = import_module(f"ferstudy.models.{described['family']}"), saved_estimator.load(path)

    def each(clips: Sequence[ClipInputs]) -> tuple[list[np.ndarray], list[int]]:
        found, owners = [], []
        with threadpool_limits(threads):
            for number, clip in enumerate(clips):
                for part in cut(clip):
                    *_, probabilities = family.predict(estimator, part, described["sampling"])
                    found.append(probabilities)
                    owners += [number] * len(probabilities)
        return found, owners

    return each


def _network(path: Path, described: dict, cut: Callable, backend: str, threads: int) -> Callable:
    keras_backend.start(backend, threads, seed=0)
    from ferstudy.models import saved_network  # these import Keras, which must find its threads set
    from ferstudy.training.fit import answered

    family, network = import_module(f"ferstudy.models.{described['family']}"), saved_network.load(path)

    def each(clips: Sequence[ClipInputs]) -> tuple[list[np.ndarray], list[int]]:
        samples, owners = [], []
        for number, clip in enumerate(clips):
            own = [sample for part in cut(clip) for sample in family.samples(part, described["sampling"])]
            samples += own
            owners += [number] * len(own)
        return answered(network, family, described["sampling"], samples, AT_ONCE), owners

    return each
