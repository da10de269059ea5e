"""From the crops of a face to what a model reads of a clip, by the functions that fill the study's stores."""

import json
from collections.abc import Callable

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models.clip import ClipInputs
from ferstudy.predict import exported
from ferstudy.predict.exported import Exported
from ferstudy.predict.found_face import FoundFace
from ferstudy.training import from_crops
from ferstudy.training.inputs import together
from ferstudy.video.face_in_crop import face_in_crop

Arrays = dict[str, np.ndarray]
Kind = Callable[[FoundFace], Arrays]


def reader(model: Exported) -> Callable[[FoundFace], ClipInputs]:
    """A function from the face of a clip to the inputs of `model`; what it needs is loaded once."""
    makers: dict[str, Callable[[Exported], Kind]] = {
        "faces": lambda _: lambda face: {"frame": face.frame, "faces": face.crops},
        "flow": _flow,
        "landmarks": _landmarks,
        "features": _features,
    }
    kinds = tuple(model.told["kinds"])
    ways = {kind: makers[kind](model) for kind in kinds}
    return lambda face: together("", kinds, {kind: way(face) for kind, way in ways.items()})


def _flow(model: Exported) -> Kind:
    of = from_crops.flow(model.told["flow"])
    return lambda face: of(face.frame, face.crops)


def _landmarks(model: Exported) -> Kind:
    from ferstudy.video.landmarks import Landmarks, of_crops  # dlib, only where it is needed

    crop, align = model.recipe.crop, model.recipe.align
    finder = Landmarks(None if align is None else align.model)
    box = face_in_crop(crop.size, crop.margin, crop.extend)
    return lambda face: {"frame": face.frame, "landmarks": of_crops(finder, face.crops, box)}


def _features(model: Exported) -> Kind:
    """By a backbone of the study; of a network of others by that file."""
    return _of_backbone(model) if (model.folder / exported.BACKBONE).exists() else _of_file(model)


def _of_backbone(model: Exported) -> Kind:
    told = model.told["backbone"]
    of = from_crops.features(model.folder / exported.BACKBONE, told["layer"], told["precision"])
    return lambda face: of(face.frame, face.crops)


def _of_file(model: Exported) -> Kind:
    from ferstudy.models import file
    from ferstudy.training import file_features

    network = model.told["backbone"]["network"]
    paths = sorted(model.folder.glob("network.*"))
    if len(paths) != 1:
        raise StudyError(f"{model.path}: expected one network that describes frames, found {len(paths)}")
    describe, taken = file.describer(paths[0], network, model.told["threads"]), network["input"]

    def of(face: FoundFace) -> Arrays:
        samples = iter(file_features.samples_of(face.crops, taken))
        rows = file_features.described(describe, samples, file_features.at_once(taken))
        return {"frame": face.frame[file_features.middles(len(face.frame), taken)], "features": np.stack(list(rows))}

    return of


def key_of_crops(model: Exported) -> str:
    """What two models have in common whose faces are found alike."""
    files = {name: digest for name, digest in model.told["sha256"].items() if name.startswith("files/")}
    plain = json.dumps([model.told["recipe"], model.told["trim"], files], sort_keys=True)
    return plain.replace(str(model.folder), "")
