"""How the answers of a network come about: its samples, and the maps of the frames that they are made of."""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import keras
import numpy as np
from keras import ops

from ferstudy.explain.chosen_clips import spread
from ferstudy.explain.explained import SHOWN, SIDE
from ferstudy.explain.grad_cam import BackboneMaps, ConvolutionMaps, scorer
from ferstudy.explain.gradient import gradient
from ferstudy.models.clip import ClipInputs, Sample
from ferstudy.models.cut import parts
from ferstudy.models.resize import resize

AT_ONCE = 32  # samples


@dataclass(frozen=True)
class NetworkReader:
    """How a network reads clips: its family and, as model.json says, the settings and how clips are cut."""

    family: ModuleType
    settings: dict
    windows: dict

    def samples(self, clip: ClipInputs) -> list[tuple[Sample, np.ndarray]]:
        """What the network sees of a test clip sample by sample, each with the source frames that it may see."""
        cut = parts(clip, self.windows, "test", "")
        return [(one, part.frame) for part in cut for one in self.family.samples(part, self.settings)]

    def batch(self, samples: list[Sample]) -> dict[str, np.ndarray]:
        """The arrays that the network reads."""
        return self.family.batch(samples, self.settings)

    def answers(self, network: keras.Model, samples: list[Sample]) -> np.ndarray:
        """The probabilities (samples, classes)."""
        batches = [samples[at : at + AT_ONCE] for at in range(0, len(samples), AT_ONCE)]
        return np.concatenate([np.asarray(network.predict_on_batch(self.batch(one))) for one in batches])


class PixelView:
    """The maps of a network with convolutions over crops, flow or a backbone's maps."""

    def __init__(self, reader: NetworkReader, network: keras.Model):
        self.reader, self.convolutions = reader, ConvolutionMaps(network)
        self.names = self.convolutions.cut.names

    def shown(self, clip: ClipInputs, samples: list[tuple[Sample, np.ndarray]]) -> np.ndarray:
        """At most SHOWN of the clip's source frames, evenly spread over those that a sample covers."""
        covered = np.zeros(len(clip.frame), bool)
        for sample, _ in samples:
            covered |= (clip.frame >= sample.first) & (clip.frame <= sample.last)
        return clip.frame[covered][spread(int(covered.sum()), SHOWN)]

    def maps(self, samples: list[tuple[Sample, np.ndarray]], shown: np.ndarray, place: int, _: Any) -> np.ndarray:
        """The maps (k, SIDE, SIDE) of the source frames `shown` for the class `place`; streams are added up."""
        seen: dict[int, list[np.ndarray]] = {}
        found = []
        for frame in shown.tolist():
            number = nearest([sample for sample, _ in samples], frame)
            sample = samples[number][0]
            if number not in seen:
                seen[number] = self._of(sample, place)
            found.append(sum(sized(one[step_at(sample, len(one), frame)]) for one in seen[number]))
        return np.stack(found)

    def _of(self, sample: Sample, place: int) -> list[np.ndarray]:
        """The map (steps, h, w) of each stream, without the steps that only fill a batch up."""
        arrays = self.reader.batch([sample])
        filled = [len(sample.inputs[name]) / arrays[name].shape[1] for name in arrays if arrays[name].ndim == 5]
        real = min(filled, default=1.0)
        return [one[: max(1, round(len(one) * real))] for one in self.convolutions.of(arrays, place)]


class FeatureView:
    """The maps of a backbone whose features a network reads: stored ones, or those of a backbone within the network."""

    def __init__(
        self, reader: NetworkReader, network: keras.Model, backbone: keras.Model, describer: NetworkReader | None
    ):
        self.reader, self.describer = reader, describer
        self.backbone = BackboneMaps(backbone)
        self.names = self.backbone.cut.names
        within = frozen(network)
        self.inputs = list(network.input)
        after = within and keras.Model([within.output, *network.input.values()], network.output)
        self.score = scorer(after or network)
        self.before = keras.Model(network.input, within.output) if within else None

    def shown(self, _: ClipInputs, samples: list[tuple[Sample, np.ndarray]]) -> np.ndarray:
        """At most SHOWN source frames, evenly spread over those that the network reads."""
        taken = np.unique(np.concatenate([self._taken(*one) for one in samples]))
        return taken[spread(len(taken), SHOWN)]

    def maps(
        self, samples: list[tuple[Sample, np.ndarray]], shown: np.ndarray, place: int, crops: ClipInputs | None
    ) -> np.ndarray:
        """The maps (k, SIDE, SIDE) of the frames `shown` for the class `place`; `crops` are those of the clip."""
        found = np.zeros((len(shown), SIDE, SIDE), "float32")
        owners = np.array([nearest([sample for sample, _ in samples], frame) for frame in shown.tolist()])
        for number in np.unique(owners):
            own = np.flatnonzero(owners == number)
            rows = np.searchsorted(self._taken(*samples[number]), shown[own])
            arrays = self.reader.batch([samples[number][0]])
            pictures = arrays["image"][rows] if self.before else self._pictures(crops, shown[own])
            maps = self.backbone.of(pictures, self._slopes(arrays, place)[rows])
            found[own] = [sized(one) for one in maps]
        return found

    def _taken(self, sample: Sample, frames: np.ndarray) -> np.ndarray:
        """The source frames that a sample is made of."""
        return frames[:: self.reader.settings["every"]][: len(next(iter(sample.inputs.values())))]

    def _slopes(self, arrays: dict[str, np.ndarray], place: int) -> np.ndarray:
        """The gradient (N, F) of the score by the features of the frames."""
        inputs = {name: ops.convert_to_tensor(values) for name, values in arrays.items()}
        if self.before is None:
            features = arrays["features"].astype("float32")
            return gradient(lambda values: self.score({**inputs, "features": values[0]}, place), [features])[0]
        features, others = np.asarray(self.before(inputs)), [inputs[name] for name in self.inputs]
        return gradient(lambda values: self.score([values[0], *others], place), [features])[0]

    def _pictures(self, crops: ClipInputs, frames: np.ndarray) -> np.ndarray:
        at = np.searchsorted(crops.frame, frames)
        return describe_crops(self.describer, crops.faces[at])


def reader_of(described: dict) -> NetworkReader:
    """How the network of a model.json reads clips; one that reads single crops is not told how clips are cut."""
    family = import_module(f"ferstudy.models.{described['family']}")
    return NetworkReader(family, described["sampling"], described.get("windows", {}))


def describe_crops(describer: NetworkReader, crops: np.ndarray) -> np.ndarray:
    """What a backbone reads of `crops` (n, S, S, channels) uint8."""
    samples = describer.family.samples(ClipInputs("", np.arange(len(crops)), faces=crops), describer.settings)
    return describer.batch(samples)["image"]


def frozen(network: keras.Model) -> Any:
    """The layer in which a backbone runs within `network`; None where there is none."""
    return next((one for one in network.layers if isinstance(getattr(one, "network", None), keras.Model)), None)


def nearest(samples: list[Sample], frame: int) -> int:
    """The sample that covers `frame` and whose middle is nearest to it; the first of equals."""
    covering = [i for i, one in enumerate(samples) if one.first <= frame <= one.last]
    return min(covering, key=lambda i: (abs(samples[i].first + samples[i].last - 2 * frame), i))


def step_at(sample: Sample, steps: int, frame: int) -> int:
    """Which of `steps` equal parts of a sample `frame` lies in."""
    return min(steps - 1, (frame - sample.first) * steps // (sample.last - sample.first + 1))


def sized(values: np.ndarray) -> np.ndarray:
    """A map (h, w) as (SIDE, SIDE)."""
    return resize(values[None, ..., None], SIDE)[0, ..., 0]
