"""What the models of a config are.

Networks are built on a clip of zeros, so that shapes are those of training; estimators are fitted on clips of noise.
"""

import json
import math
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path

import keras
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models import file, flops, saved_estimator, saved_network
from ferstudy.models.clip import ClipInputs
from ferstudy.models.cut import parts
from ferstudy.provenance import table_files
from ferstudy.provenance.external import found_file
from ferstudy.study.foreign_tables import SOUND
from ferstudy.study.grid import KINDS
from ferstudy.study.modules import family as family_of
from ferstudy.tables import frame_tables
from ferstudy.video.sound import BANDS

FRAMES = 100  # of a clip of zeros, where no setting says how many a network sees


def describe(config: dict) -> dict[str, dict]:
    """Every backbone that the study trains, and every architecture, of a completed `config` by its name."""
    models = {}
    of_study = {name: entry for name, entry in config["backbones"].items() if entry["network"] != "file"}
    for name, entry in of_study.items():
        crop = next((recipe["crop"] for recipe in config["recipes"].values()), {"size": 64})
        # A backbone of a study's own frames has the classes of the clips.
        classes = config["stills"][entry["stills"]]["classes"] if "stills" in entry else classes_of(config)[0]
        network, inputs = backbone(entry, len(classes), crop)
        models[name] = summary(entry["network"], network, inputs)
    for name, entry in config["architectures"].items():
        family = import_module(f"ferstudy.models.{entry['family']}")
        if family.TRAINER == "network":
            models[name] = summary(entry["family"], *architecture(config, entry))
        else:
            models[name] = estimator(config, entry)
    return models


def estimator(config: dict, entry: dict) -> dict:
    """What `summary` says of a network, of an estimator: it has no layers, and multiplies with each of its numbers."""
    family = import_module(f"ferstudy.models.{entry['family']}")
    crop, (kind,) = _crop(config, entry["input"]), KINDS[entry["input"]["kind"]]
    classes, rng = len(classes_of(config)[0]), np.random.default_rng(0)
    still = zeros(crop, FRAMES, [kind], _values(config, entry["input"], crop))
    values = getattr(still, kind)
    # Two clips of each class, of two people: the fewest that a baseline can be calibrated with.
    clips = [replace(still, **{kind: rng.normal(size=values.shape).astype(values.dtype)}) for _ in range(2 * classes)]
    labels, units = np.tile(np.arange(classes), 2), ["one"] * classes + ["other"] * classes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # noise is fitted as it may be: sizes alone are asked for
        size = saved_estimator.parameters(family.fit(clips, labels, units, entry["settings"], 0))
    return {
        "family": entry["family"],
        "inputs": {kind: list(values.shape[1:])},
        "output": [classes],
        "parameters": size,
        "trainable": size,
        "operations": 2 * size,
        "layers": [],
    }


def backbone(entry: dict, classes: int, crop: dict) -> tuple[keras.Model, dict]:
    """A backbone with random weights, and its inputs."""
    family = import_module(f"ferstudy.models.{entry['network']}")
    return _built(family, classes, zeros(crop, 1), entry["settings"])


def architecture(config: dict, entry: dict) -> tuple[keras.Model, dict]:
    """An architecture with random weights, and its inputs for the longest clip that it sees."""
    family = import_module(f"ferstudy.models.{entry['family']}")
    crop, kinds = _crop(config, entry["input"]), KINDS[entry["input"]["kind"]]
    clip = zeros(crop, FRAMES, kinds, _values(config, entry["input"], crop))
    classes = next(iter(classes_of(config)), [])
    seen = parts(clip, entry["sampling"], "train", classes[0])[0]
    return _built(family, len(classes), seen, {**entry["settings"], **_frozen(config, entry, crop)})


def _frozen(config: dict, entry: dict, crop: dict) -> dict:
    """The backbone that runs within an architecture, as a setting."""
    if not family_of(entry["family"])["BACKBONE"]:
        return {}
    below = config["backbones"][entry["input"]["backbone"]]
    network, _ = backbone(below, 2, crop)
    facts = {
        "layer": entry["input"]["layer"],
        "family": below["network"],
        "sampling": below["settings"],
        "precision": "float32",
    }
    return {"backbone": {"network": network, **facts}}


def classes_of(config: dict) -> list[list[str]]:
    """The classes of each dataset that has some."""
    return [entry["classes"] for entry in config["datasets"].values() if "classes" in entry]


def zeros(crop: dict, frames: int, kinds: Sequence[str] = ("faces",), values: int = 0) -> ClipInputs:
    """A clip of black crops, with still flow and empty features where they are asked for."""
    size, channels = crop["size"], 1 if crop.get("colour") == "grey" else 3
    arrays = {"faces": np.zeros((frames, size, size, channels), "uint8")}
    if "flow" in kinds:
        first = np.arange(0, frames - 15, 8)
        arrays |= {"flow": np.zeros((len(first), size, size, 2), "float16"), "first": first, "length": first * 0 + 15}
    if "features" in kinds:
        arrays |= {"features": np.zeros((frames, values), "float16")}
    if "landmarks" in kinds:
        arrays |= {"landmarks": np.zeros((frames, 68, 2), "float32")}
    if "faces" not in kinds:
        del arrays["faces"]
    return ClipInputs("zeros", np.arange(frames), **arrays)


def _crop(config: dict, wanted: dict) -> dict:
    """The crops of an input; a table has none."""
    return config["recipes"][wanted["recipe"]]["crop"] if "recipe" in wanted else {"size": 64}


def _columns(told: dict) -> int:
    """How many features a table of another tool has: what one of its files says."""
    if told.get("preset") == SOUND:
        return BANDS
    path = table_files.one_of(told["root"], told["pattern"])
    if not path:
        raise StudyError(
            f"tables: no file {told['root']}/{told['pattern']}, which would tell how many columns there are"
        )
    return len(frame_tables.features(frame_tables.read(path), told))


def _values(config: dict, wanted: dict, crop: dict) -> int:
    """How many values the features of one frame have."""
    if "name" in wanted:
        return _columns(config["tables"][wanted["name"]])
    if "backbone" not in wanted:
        return 0
    entry = config["backbones"][wanted["backbone"]]
    if entry["network"] == "file":
        return file.values(Path(found_file(entry["file"]["path"])), entry["file"], crop)
    return _values_of(json.dumps([entry["network"], entry["settings"], crop]), wanted["layer"])


@cache  # a network of 138 million weights is not built anew for every architecture that reads it
def _values_of(built: str, layer: str) -> int:
    network, settings, crop = json.loads(built)
    whole, _ = backbone({"network": network, "settings": settings}, 2, crop)
    return math.prod(saved_network.up_to(whole, layer).output.shape[1:])


def _built(family, classes: int, clip: ClipInputs, settings: dict) -> tuple[keras.Model, dict]:
    inputs = family.batch(family.samples(clip, settings)[:1], settings)
    shapes = {name: values.shape[1:] for name, values in inputs.items()}
    return family.build(classes, shapes, {}, **settings), shapes


def summary(family: str, network: keras.Model, shapes: dict[str, tuple]) -> dict:
    """Inputs, output, parameters, operations and layers of `network` for samples of `shapes`."""
    frames = max((shape[0] for name, shape in shapes.items() if name == "mask"), default=1)
    return {
        "family": family,
        "inputs": {name: list(shape) for name, shape in shapes.items()},
        "output": list(network.output.shape[1:]),
        "parameters": network.count_params(),
        "trainable": sum(math.prod(weight.shape) for weight in network.trainable_weights),
        "operations": flops.of_network(network, frames),
        "layers": [
            [type(layer).__name__, [side or frames for side in layer.output.shape[1:]], layer.count_params()]
            for layer in network.layers
        ],
    }
