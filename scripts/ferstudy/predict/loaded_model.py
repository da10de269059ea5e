"""An exported model, loaded: from the face of a clip to probabilities, by the study's own functions."""

import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models.clip import ClipInputs
from ferstudy.predict import clip_inputs, exported
from ferstudy.predict.exported import Exported
from ferstudy.predict.found_face import FoundFace
from ferstudy.training import backend
from ferstudy.training.answering import SampleAnswers, answering, is_network
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


Predict = Callable[[ClipInputs], SampleAnswers]


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
    return is_network(model.described) or bool(
        files & {exported.BACKBONE, "network.keras", "network.h5", "network.hdf5"}
    )


def _predictor(model: Exported) -> Predict:
    path, told = model.folder / exported.MODEL, model.told
    answers = answering(path, model.described, len(model.classes), told["threads"], told["batch"])
    return lambda clip: answers([clip])


def streams(model: Exported) -> str:
    """Why the model cannot answer while a film still runs; empty where it can."""
    if not model.told["trim"]:
        return ""
    return (
        f"{model.path}: its clips were trimmed with knowledge of the whole clip (neutral beginnings and ends were cut "
        "off where the face moves most), so it cannot stream; film first, then predict the file"
    )
