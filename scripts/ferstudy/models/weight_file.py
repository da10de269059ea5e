"""Reading a user's file of weights into the body of a network, whatever version of Keras wrote it."""

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import h5py
import keras
import numpy as np

from ferstudy.errors import StudyError


class Layer(NamedTuple):
    """A layer in a file. `kind` is its class in small letters; empty where the file lists layers in their order."""

    name: str
    kind: str
    weights: list[np.ndarray]


def load(trunk: keras.Model, path: str | Path, called: Mapping[str, str]) -> None:
    """Put the weights in the file at `path` into `trunk`.

    Layers are found by their names, or by `called` {name in the file: name here}; where the file has other names, by
    their order, and then every shape must fit. What the file has beyond `trunk` (its top) is left. Raises StudyError
    where there is no such file, or a layer of `trunk` is not in it, or has another shape.
    """
    path = Path(path)
    if not path.is_file():
        raise StudyError(
            f"backbones/<name>/weights: there is no file {str(path)!r}. Put the weights of {trunk.name} there "
            "(.weights.h5, .h5 or .keras), relative to the study folder, or say `imagenet` or `none`"
        )
    layers = [layer._replace(name=called.get(layer.name, layer.name)) for layer in read(path)]
    wanted = [layer for layer in trunk.layers if layer.weights]
    by_name = {layer.name: layer for layer in layers}
    missing = [layer.name for layer in wanted if layer.name not in by_name]
    pairs = _in_order(wanted, layers) if missing else [(layer, by_name[layer.name]) for layer in wanted]
    for layer, source in pairs:
        expected, given = ([tuple(each.shape) for each in weights] for weights in (layer.weights, source.weights))
        if expected != given:
            absent = f" (it has no layer {', '.join(missing[:5])}, so layers were taken in order)" if missing else ""
            raise StudyError(
                f"{path}: these are not the weights of {trunk.name}: {layer.name} has the shapes {expected} and the "
                f"file has {given}{absent}. Give a file of this network, or say `none`"
            )
    if len(pairs) < len(wanted):
        raise StudyError(
            f"{path}: these are not the weights of {trunk.name}: of its {len(wanted)} layers the file does not have "
            f"{', '.join(missing[:5])}. Give a file of this network, or say `none`"
        )
    for layer, source in pairs:
        layer.set_weights(source.weights)


def _in_order(wanted: list, layers: Iterable[Layer]) -> list[tuple]:
    """Each layer with that at its place in the file (among those of its class, where the file tells classes)."""
    places = defaultdict(list)
    for layer in layers:
        places[layer.kind].append(layer)
    ordered = "" in places
    pairs = []
    for layer in wanted:
        of_kind = places["" if ordered else type(layer).__name__.lower()]
        if of_kind:
            pairs.append((layer, of_kind.pop(0)))
    return pairs


def read(path: Path) -> list[Layer]:
    """The layers with weights in a .keras, .weights.h5 or .h5 file; raises StudyError where it is none of them."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
                return _variables(file)
        with h5py.File(path, "r", locking=False) as file:
            file = file.get("model_weights", file)
            return _listed(file) if "layer_names" in file.attrs else _variables(file)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise StudyError(f"{path}: not a file of Keras weights (.weights.h5, .h5 or .keras): {error}") from None


def _listed(file: h5py.Group) -> list[Layer]:
    """Layers as Keras 1 and 2, and Keras 3 in .h5, wrote them: attributes list layers and weights in their order."""
    layers = []
    for name in map(_text, file.attrs["layer_names"]):
        weights = [file[name][_text(member)][()] for member in file[name].attrs["weight_names"]]
        if weights:
            layers.append(Layer(name, "", weights))
    return layers


def _variables(file: h5py.Group) -> list[Layer]:
    """Layers as Keras 3 writes them: groups `<class>_<number>/vars`, which carry the layer's name."""
    groups: list[h5py.Group] = []
    # A visitor goes on while it returns nothing.
    file.visititems(lambda name, item: groups.append(item) if re.fullmatch(r"(?!optimizer).*/vars", name) else None)
    layers = []
    for group in groups:
        parent, _, place = group.parent.name.rpartition("/")
        kind, number = re.fullmatch(r"(.*?)(?:_(\d+))?", place).groups()
        weights = [group[member][()] for member in sorted(group, key=int)]
        if weights:
            name = _text(group.attrs.get("name", place))
            layers.append(((parent, int(number or 0)), Layer(name, kind.replace("_", ""), weights)))
    return [layer for _, layer in sorted(layers, key=lambda pair: pair[0])]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
