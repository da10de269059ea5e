"""An exported model, loaded: from the face of a clip to probabilities, by the study's own functions."""

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from ferstudy.errors import StudyError
from ferstudy.models import saved_estimator
from ferstudy.models.clip import ClipInputs
from ferstudy.models.cut import parts
from ferstudy.predict import clip_inputs, exported
from ferstudy.predict.exported import Exported
from ferstudy.predict.found_face import FoundFace
from ferstudy.training import backend
from ferstudy.training.clip_scores import clip_means
from ferstudy.video.faces import Tools, tools


class ModelAnswer(NamedTuple):
    """What a model says of a clip: of each sample its first and last source frame (n,) and probabilities (n, classes).

    `whole` (classes,) is the clip's, the plain mean of its samples. Without a sample there is no answer.
    """

    first: np.ndarray
    last: np.ndarray
    probabilities: np.ndarray
    whole: np.ndarray


Predict = Callable[[ClipInputs], tuple[np.ndarray, np.ndarray, np.ndarray]]


class LoadedModel(NamedTuple):
    """A model that is ready: `model` as it was opened, what finds faces, what makes its inputs, and what predicts."""

    model: Exported
    tools: Tools
    read: Callable[[FoundFace], ClipInputs]
    predict: Predict

    def answer(self, face: FoundFace) -> ModelAnswer | None:
        """What the model says of a clip with this face; None where too few frames are left for a sample."""
        try:
            found = self.predict(self.read(face))
        except (StudyError, MemoryError):
            raise
        except Exception as error:  # a sound file does not come here: its own study has predicted with it
            raise StudyError(
                f"{self.model.path}: cannot answer ({type(error).__name__}: {error}); was it exported by a study?"
            ) from error
        if not len(found[2]):
            return None
        owner, prior = np.zeros(len(found[2]), int), np.array(self.model.told["prior"])
        probabilities = np.asarray(found[2], "float32")
        return ModelAnswer(found[0], found[1], probabilities, clip_means(probabilities, owner, prior, 1)[0])


def load(model: Exported) -> LoadedModel:
    """Load `model`; raises StudyError where it cannot be loaded here."""
    if uses_keras(model):
        _start(model)
    try:
        return LoadedModel(model, tools(model.recipe), clip_inputs.reader(model), _predictor(model))
    except StudyError:
        raise
    except Exception as error:  # libraries raise what their parsers raise
        versions = ", ".join(f"{name} {version}" for name, version in model.described.get("versions", {}).items())
        raise StudyError(
            f"{model.path}: cannot be loaded here ({type(error).__name__}: {error}). It was made with {versions}: "
            "install these, or export the model again"
        ) from error


def _start(model: Exported) -> None:
    """Start Keras as the model was trained; where it runs already, its threads stay as they are."""
    if "keras" not in sys.modules:
        backend.start(model.told["backend"], model.told["threads"], seed=0)
        return
    import keras

    if keras.config.backend() != model.told["backend"]:
        raise StudyError(
            f"{model.path}: was trained with {model.told['backend']}, and {keras.config.backend()} runs already; "
            "models of two backends cannot answer together"
        )


def uses_keras(model: Exported) -> bool:
    """Whether anything of it is a network of Keras."""
    files = {path.name for path in model.folder.iterdir()}
    return _is_network(model) or bool(files & {exported.BACKBONE, "network.keras", "network.h5", "network.hdf5"})


def _is_network(model: Exported) -> bool:
    return "trusted_types" not in model.described  # an estimator's model.json lists them


def _predictor(model: Exported) -> Predict:
    return _network(model) if _is_network(model) else _estimator(model)


def _family(model: Exported) -> tuple[ModuleType, dict[str, Any]]:
    """The module of its family, and the settings that its functions take."""
    return import_module(f"ferstudy.models.{model.described['family']}"), model.described["sampling"]


def _cut(model: Exported, clip: ClipInputs) -> list[ClipInputs]:
    """The parts of a clip that are seen at once, as of a test clip, whose class is not known."""
    return parts(clip, model.described["windows"], "test", "")


def _estimator(model: Exported) -> Predict:
    estimator, threads = saved_estimator.load(model.folder / exported.MODEL), model.told["threads"]
    family, settings = _family(model)

    def predict(clip: ClipInputs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        with threadpool_limits(threads):
            answers = [family.predict(estimator, part, settings) for part in _cut(model, clip)]
        return _joined(answers, len(model.classes))

    return predict


def _network(model: Exported) -> Predict:
    from ferstudy.models import saved_network  # these import Keras, which must find its threads set
    from ferstudy.training.fit import answered

    network, batch = saved_network.load(model.folder / exported.MODEL), model.told["batch"]
    family, settings = _family(model)

    def predict(clip: ClipInputs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        samples = [sample for part in _cut(model, clip) for sample in family.samples(part, settings)]
        answers = answered(network, family, settings, samples, batch)
        first, last = (np.array([getattr(sample, end) for sample in samples], int) for end in ("first", "last"))
        return _joined([(first, last, np.concatenate(answers))] if answers else [], len(model.classes))

    return predict


def _joined(answers: list[tuple], classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not answers:
        return np.zeros(0, int), np.zeros(0, int), np.zeros((0, classes))
    return tuple(np.concatenate([np.asarray(one[i]) for one in answers]) for i in range(3))


def streams(model: Exported) -> str:
    """Why the model cannot answer while a film still runs; empty where it can."""
    if not model.told["trim"]:
        return ""
    return (
        f"{model.path}: its clips were trimmed with knowledge of the whole clip (neutral beginnings and ends were cut "
        "off where the face moves most), so it cannot stream; film first, then predict the file"
    )
