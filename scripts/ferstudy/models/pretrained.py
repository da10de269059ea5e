"""Large networks for single face crops: a body of `keras.applications` with a head of its own.

What the bodies share; each has a module with its name, its `preprocess` and its blocks. Weights come from a file of the
user's, from ImageNet where the config asks for that (Keras downloads them), or are random.
"""

from collections.abc import Callable, Mapping
from types import ModuleType

import keras
import numpy as np
from keras import layers

from ferstudy.errors import StudyError
from ferstudy.models import choices, weight_file
from ferstudy.models.augment import Moves, light, move
from ferstudy.models.clip import ClipInputs, Sample
from ferstudy.models.resize import resize

HEADS = {"flatten": layers.Flatten, "gap": layers.GlobalAveragePooling2D}
HEAD = (*HEADS, "dense", "dropout", "classes")  # how the names of a head's layers begin


def samples(clip: ClipInputs, settings: dict) -> list[Sample]:
    """One sample per frame, as stored: pictures are enlarged batch by batch, since all of them would not fit."""
    return [Sample(int(at), int(at), {"image": image}) for at, image in zip(clip.frame, clip.faces, strict=True)]


def images(samples: list[Sample], size: int) -> np.ndarray:
    """The pictures of `samples` as (n, size, size, 3) float32 in RGB order, 0..255; grey ones are tripled."""
    pictures = resize(np.stack([sample.inputs["image"] for sample in samples]), size)
    return np.repeat(pictures, 3, axis=-1) if pictures.shape[-1] == 1 else pictures


def as_trained(application: ModuleType, pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, S, S, 3) float32 RGB 0..255 as a module of `keras.applications` had them in training; a copy."""
    return application.preprocess_input(pictures.copy())


def batch(
    preprocess: Callable[[np.ndarray], np.ndarray], samples: list[Sample], settings: dict
) -> dict[str, np.ndarray]:
    """(n, S, S, 3) float32, S = settings["size"]."""
    return {"image": np.ascontiguousarray(preprocess(images(samples, settings["size"])))}


def augment(
    preprocess: Callable[[np.ndarray], np.ndarray], inputs: dict[str, np.ndarray], moves: Moves, settings: dict
) -> dict[str, np.ndarray]:
    """Pictures with their moves and their light, between what black and white are to the network."""
    black, white = preprocess(np.array([0, 255], "float32").reshape(2, 1, 1, 1).repeat(3, axis=-1))
    return {"image": light(move(inputs["image"], moves), moves, black, white)}


def build(
    name: str,
    body: Callable[..., keras.Model],
    classes: int,
    shapes: Mapping[str, tuple],
    statistics: dict | None = None,
    weights: str = "none",
    called: Mapping[str, str] | None = None,
    **settings,
) -> keras.Model:
    """`body` without its own top, a head, dense layers with dropout, softmax.

    Frame features are the last map (named as the body names it), the head, or a layer "dense1", "dense2", ...

    Args:
        name: the module of the backbone, which gives this and the `body`.
        body: makes the network below the head.
        classes: how many.
        shapes: {"image": (S, S, 3)}.
        statistics: not used, since nothing is learned from samples before training.
        weights: "none" (random), "imagenet", or the path of a file of the body's weights (see weight_file).
        called: {name of a layer in that file: name here}.
        settings: `head` (flatten or gap), `dense` (units of each layer), `dropout`.

    Raises:
        StudyError: for another head, and where weights cannot be had or do not fit.
    """
    choices.require(settings, {"head": HEADS})
    image = keras.Input(shapes["image"], name="image")
    trunk = _body(name, body, image, weights, called or {})
    x = HEADS[settings["head"]](name=settings["head"])(trunk.output)
    for i, units in enumerate(settings["dense"], 1):
        x = layers.Dense(units, "relu", name=f"dense{i}")(x)
        if settings["dropout"]:
            x = layers.Dropout(settings["dropout"], name=f"dropout{i}")(x)
    output = layers.Dense(classes, "softmax", dtype="float32", name="classes")(x)
    return keras.Model({"image": image}, output, name=name)


def _body(name: str, body: Callable[..., keras.Model], image, weights: str, called: Mapping[str, str]) -> keras.Model:
    options = {"include_top": False, "input_tensor": image}
    if weights == "imagenet":
        try:
            return body(weights="imagenet", **options)
        except Exception as error:  # keras wraps whatever the download raised in a plain Exception
            raise StudyError(
                f"the ImageNet weights of {name} could not be fetched ({error}). Fetch them where there is a network "
                f"(keras.applications, include_top=False), put the file into the study folder and name it: "
                "backbones/<name>/weights: <path>. Or say `none`"
            ) from error
    trunk = body(weights=None, **options)
    if weights != "none":
        weight_file.load(trunk, weights, called)
    return trunk


def unfreeze(network: keras.Model, blocks: list[list[str]], what: str | int) -> None:
    """Make the `what` trainable: "head" (all that comes after the body), a number of last blocks with it, or "all".

    `blocks` are the body's blocks from first to last, each the prefixes of its layers' names. Batch norm in what stays
    frozen keeps its statistics. Raises StudyError for anything else, and for numbers where the network has no blocks.
    """
    if what == "all":
        begin = ("",)
    elif what == "head":
        begin = HEAD
    elif isinstance(what, int) and 1 <= what <= len(blocks):
        begin = (*HEAD, *(prefix for block in blocks[-what:] for prefix in block))
    else:
        known = f", or 1 to {len(blocks)} (its blocks)" if blocks else ""
        raise StudyError(f"backbones/<name>/phases/unfreeze: {what!r}; {network.name} has head, all{known}")
    # Layer by layer: `network.trainable = True` would not reach those that were frozen one by one.
    for layer in network.layers:
        layer.trainable = layer.name.startswith(begin)
