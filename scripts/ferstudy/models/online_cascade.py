"""A cascade on crops: the backbone runs in every step, frozen, so that online augmentation reaches what it sees.

Dear: an epoch is a forward pass of all frames through the backbone, where a cascade on stored features has one in all.
The thesis planned it, and gave it up at an hour an epoch.
"""

import math
from collections.abc import Callable
from importlib import import_module
from types import ModuleType

import keras
import numpy as np
from keras import layers, ops

from ferstudy.models import cascade, flops, saved_network
from ferstudy.models.augment import Moves
from ferstudy.models.clip import ClipInputs, Sample

TRAINER = "network"
INPUTS = ("faces",)
BACKBONE = True  # besides crops it reads a trained backbone
DEFAULTS = cascade.DEFAULTS
NETWORK = cascade.NETWORK
AT_ONCE = 256  # frames, where statistics are taken


@keras.saving.register_keras_serializable("ferstudy")
class Frozen(layers.Layer):
    """A network that never learns and never drops anything, called with single frames {"image": (N, S, S, c)}.

    Returns its output (N, F), flattened, float32.
    """

    def __init__(self, network, **options):
        super().__init__(**options)
        self.network = network
        self.trainable = False  # reaches the layers of the network

    def call(self, image):
        """Look at each frame."""
        output = self.network({"image": image}, training=False)
        return ops.reshape(ops.cast(output, "float32"), (-1, self.values))

    @property
    def values(self):
        """How many values a frame has."""
        return math.prod(self.network.output.shape[1:])

    def compute_output_shape(self, image_shape):
        """(N, F)."""
        return (image_shape[0], self.values)

    def operations(self, frames):
        """Multiplications and additions for a clip of `frames`."""
        return frames * flops.of_network(self.network)

    def get_config(self):
        """What the layer is made again from."""
        return {**super().get_config(), "network": keras.saving.serialize_keras_object(self.network)}

    @classmethod
    def from_config(cls, config):
        """The layer with its network."""
        return cls(**{**config, "network": keras.saving.deserialize_keras_object(config["network"])})


def samples(clip: ClipInputs, settings: dict) -> list[Sample]:
    """One sample: every `every`-th frame of the clip, at most `frames` of them; a longer clip is cut at its end."""
    taken = slice(0, settings["frames"] * settings["every"], settings["every"])
    frame = clip.frame[taken]
    return [Sample(int(frame[0]), int(frame[-1]), {"faces": clip.faces[taken]})]


def statistics(samples: list[Sample], settings: dict) -> dict:
    """Mean and deviation of each feature over the training samples' frames as they are, if the settings say so."""
    if not settings["standardise"]:
        return {}
    network, total, squares, frames = _part(settings["backbone"], saved_network.reader), 0.0, 0.0, 0
    for sample in samples:
        images = _images([sample], settings)
        for start in range(0, len(images), AT_ONCE):
            output = network.predict_on_batch({"image": images[start : start + AT_ONCE]})
            features = np.asarray(output, "float64").reshape(len(output), -1)
            total, squares, frames = total + features.sum(0), squares + (features**2).sum(0), frames + len(features)
    mean = total / frames
    return {"mean": mean.tolist(), "variance": np.maximum(squares / frames - mean**2, 1e-6).tolist()}


def batch(samples: list[Sample], settings: dict) -> dict[str, np.ndarray]:
    """The frames of all samples end to end (N, S, S, c) as the backbone takes them, and the mask (n, T) of real ones.

    Black frames fill N up to a rounded number.
    """
    images = _images(samples, settings)
    lengths = np.array([len(sample.inputs["faces"]) for sample in samples])
    filling = np.zeros((cascade.rounded(len(images)) - len(images), *images.shape[1:]), images.dtype)
    return {
        "image": np.concatenate([images, filling]),
        "mask": cascade.mask(lengths, settings),
    }


def _images(samples: list[Sample], settings: dict) -> np.ndarray:
    """The frames of all samples end to end."""
    family, own = _family(settings["backbone"]), settings["backbone"]["sampling"]
    clips = [ClipInputs("", np.arange(len(s.inputs["faces"])), faces=s.inputs["faces"]) for s in samples]
    return family.batch([frame for clip in clips for frame in family.samples(clip, own)], own)["image"]


def augment(inputs: dict[str, np.ndarray], moves: Moves, settings: dict) -> dict[str, np.ndarray]:
    """Frames with the move and the light of their clips: all frames of a sample alike."""
    lengths = inputs["mask"].sum(1)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    real = inputs["image"][: len(owner)]
    moved = _family(settings["backbone"]).augment(
        {"image": real}, moves.of(owner), settings=settings["backbone"]["sampling"]
    )
    return {**inputs, "image": np.concatenate([moved["image"], inputs["image"][len(owner) :]])}


def build(classes: int, shapes: dict[str, tuple], statistics: dict | None = None, **settings) -> keras.Model:
    """The network for shapes {"image": (S, S, c), "mask": (T,)} of a batch: a frozen backbone, then cascade.build's.

    `backbone` is {path (of its model.zip), layer, precision, family, sampling}; instead of a path it may hold the
    `network` itself. The other settings are those of a cascade.
    """
    image = keras.Input(shapes["image"], name="image")
    # Not compiled: the "loss" of a compiled model within would stand in the place of the whole one's.
    frozen = Frozen(_part(settings["backbone"], saved_network.part), name="backbone")
    return cascade.build(classes, shapes, statistics, **settings, read=({"image": image}, frozen(image)))


def _family(backbone: dict) -> ModuleType:
    return import_module(f"ferstudy.models.{backbone['family']}")


def _part(backbone: dict, take: Callable[..., keras.Model]) -> keras.Model:
    """The backbone up to its layer, in its precision."""
    network = backbone.get("network") or saved_network.load(backbone["path"])
    return take(network, backbone["layer"], backbone["precision"])
