"""Is a model.zip, or a network file of others, nothing but numbers and layers that compute? Asked before it is loaded.

Libraries have their own guards (Keras's safe mode, the trusted types of skops); these come first and say more.
"""

import io
import json
import re
from pathlib import Path
from typing import Any

import h5py

from ferstudy.errors import StudyError
from ferstudy.models import bundle
from ferstudy.predict.safe_zip import LARGEST, members

KERAS, SKOPS = "network.keras", "estimator.skops"  # as models.saved_network and saved_estimator call them
MODEL = rf"{re.escape(bundle.DESCRIPTION)}|{re.escape(KERAS)}|{re.escape(SKOPS)}"
INSIDE_KERAS, INSIDE_SKOPS = r"(config|metadata)\.json|model\.weights\.h5", r"schema\.json|\d+\.npy"
MOST = 100_000  # of a length in frames, a side in pixels, a number of units
MODELS = Path(bundle.__file__).parent
# Layers that only compute. Not among them are those that hold code (Lambda), run other files (TFSMLayer) or read them
# (StringLookup).
COMPUTING = """
Activation Add AlphaDropout Average AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization
Bidirectional CategoryEncoding Concatenate Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose
ConvLSTM1D ConvLSTM2D ConvLSTM3D Cropping1D Cropping2D Cropping3D DTypePolicy DTypePolicyMap Dense DepthwiseConv1D
DepthwiseConv2D Dot Dropout ELU Embedding Flatten Functional GRU GRUCell GaussianDropout GaussianNoise
GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
GlobalMaxPooling3D GroupNormalization GroupQueryAttention Identity InputLayer LSTM LSTMCell LayerNormalization
LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum Model MultiHeadAttention Multiply
Normalization PReLU Permute RMSNormalization RNN ReLU RepeatVector Rescaling Reshape Resizing SeparableConv1D
SeparableConv2D Sequential SimpleRNN SimpleRNNCell Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D
StackedRNNCells Subtract TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D
ZeroPadding2D ZeroPadding3D __keras_tensor__ __tuple__
"""
LAYERS = frozenset(COMPUTING.split())
# What layers hold of numbers, by the name alone in files of Keras 2, which say no module.
DRAWN = """
Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity L1 L1L2 L2 LecunNormal LecunUniform MaxNorm MinMaxNorm
NonNeg Ones Orthogonal OrthogonalRegularizer RandomNormal RandomUniform TruncatedNormal UnitNorm VarianceScaling Zeros
"""
KNOWN = LAYERS | frozenset(DRAWN.split())
# A tensor of an ONNX file (protobuf) that lies elsewhere has an entry of key "location": field 1, 8 bytes.
OUTSIDE = b"\x0a\x08location"
NUMBERS = ("keras.initializers", "keras.regularizers", "keras.constraints", "keras.src.ops.")


def check_model(content: bytes, called: str) -> dict[str, Any]:
    """The model.json of the model.zip in `content`; raises StudyError for anything that a model does not hold."""
    found = members(content, called, MODEL)
    described = read_json(found.get(bundle.DESCRIPTION, b""), f"{called}: {bundle.DESCRIPTION}")
    for name in filter(None, (described.get("family"), _within(described).get("family"))):
        check_family(name, called)
    for key in ("sampling", "windows"):
        if any(isinstance(each, int) and each > MOST for each in _values(described.get(key))):
            raise StudyError(f"{called}: {key} has a number above {MOST}, which would fill the memory; do not use it")
    if (KERAS in found) == (SKOPS in found):
        raise StudyError(f"{called}: expected one network or one estimator in it; do not use this file")
    if KERAS in found:
        check_keras(found[KERAS], f"{called}: {KERAS}")
    else:
        members(found[SKOPS], f"{called}: {SKOPS}", INSIDE_SKOPS)
    return described


def _values(settings: Any) -> list[Any]:
    """The values of settings, those of lists among them."""
    values = settings.values() if isinstance(settings, dict) else ()
    return [each for value in values for each in (value if isinstance(value, list) else [value])]


def check_family(name: Any, called: str) -> None:
    """Raise StudyError where `name` is no family of networks that this release has."""
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not (MODELS / f"{name}.py").is_file():
        raise StudyError(f"{called}: the family {name!r} is none of this release of ferstudy; use that which made it")


def _within(described: dict) -> dict:
    """What is said of a backbone that runs within the model."""
    settings = described.get("sampling")
    backbone = settings.get("backbone") if isinstance(settings, dict) else None
    return backbone if isinstance(backbone, dict) else {}


def check_keras(content: bytes, called: str) -> None:
    """Raise StudyError where a .keras or .h5 file holds anything but known layers and numbers."""
    if content[:2] == b"PK":
        found = members(content, called, INSIDE_KERAS)
        config = read_json(found.get("config.json", b""), called)
        weights = found.get("model.weights.h5", b"")
    else:
        weights, config = content, None
    try:
        with h5py.File(io.BytesIO(weights), "r") as file:
            _check_links(file, called)
            if config is None:
                config = read_json(file.attrs.get("model_config", ""), called)
    except (OSError, RuntimeError, KeyError, TypeError) as error:
        raise StudyError(f"{called}: its weights cannot be read ({error}); do not use this file") from None
    _check_layers(config, called)


def check_onnx(content: bytes, called: str) -> None:
    """Raise StudyError where an ONNX file names another file in which its weights lie."""
    if OUTSIDE in content:
        raise StudyError(f"{called}: its weights lie in another file; do not use this file")


def _check_layers(config: Any, called: str) -> None:
    """Every class that a network's config names must be known to only compute."""
    for entry in config if isinstance(config, list) else config.values() if isinstance(config, dict) else ():
        _check_layers(entry, called)
    if not isinstance(config, dict) or "class_name" not in config:
        return
    name, module, registered = (config.get(key) or "" for key in ("class_name", "module", "registered_name"))
    if not all(isinstance(each, str) for each in (name, module, registered)):
        raise StudyError(f"{called}: a layer has no name; do not use this file")
    own = re.fullmatch(r"ferstudy\.models\.[a-z0-9_]+", module) and registered == f"ferstudy>{name}"
    keras = module in ("", "keras") or module.startswith("keras.")
    if not own and not (keras and (name in KNOWN or module.startswith(NUMBERS))):
        raise StudyError(
            f"{called}: holds {module or 'keras'}.{name}, which no model needs for its sums: it could run code or read "
            "files. Do not use this file"
        )


def _check_links(file: h5py.File, called: str) -> None:
    """Raise StudyError where HDF5 would read other files, or claims more numbers than could be stored."""
    names: list[str] = []
    file.visit_links(names.append)
    total = 0
    for name in names:
        link = file.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink | h5py.SoftLink):
            raise StudyError(f"{called}: {name} links to another place; do not use this file")
        item = file[name]
        if isinstance(item, h5py.Dataset):
            total += item.size * item.dtype.itemsize
            if item.external or item.is_virtual or total > LARGEST:
                raise StudyError(f"{called}: {name} lies in another file, or is too large; do not use this file")


def read_json(text: str | bytes, called: str) -> dict[str, Any]:
    """The JSON object in `text`; raises StudyError where it is none."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise StudyError(f"{called}: is missing, or is no JSON object; do not use this file")
    return told
