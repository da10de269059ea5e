"""Networks in model.zip."""

import io
import json
import tempfile
import zipfile
from importlib import import_module
from pathlib import Path

import keras

from ferstudy.errors import StudyError
from ferstudy.models import bundle

MEMBER = "network.keras"
PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def save(path: str | Path, description: dict, network: keras.Model) -> None:
    """Write `network`, without its optimizer, and its description to model.zip."""
    plain = keras.Model.from_config(network.get_config())
    plain.set_weights(network.get_weights())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / MEMBER
        plain.save(file)
        bundle.write(path, description, MEMBER, _undated(file.read_bytes()))


def _undated(content: bytes) -> bytes:
    """The same .keras archive without the dates it carries, so that equal networks make equal files."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name == "metadata.json":
                data = json.dumps({**json.loads(data), "date_saved": "1980-01-01@00:00:00"}).encode()
            new.writestr(zipfile.ZipInfo(name, bundle.TIME), data)
    return out.getvalue()


def load(path: str | Path) -> keras.Model:
    """The network in the bundle at `path`, for prediction only."""
    if family := bundle.describe(path).get("family"):
        import_module(f"ferstudy.models.{family}")  # registers layers of its own
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / MEMBER
        file.write_bytes(bundle.read(path, MEMBER))
        return keras.saving.load_model(file, compile=False)


def reader(network: keras.Model, layer: str, precision: str = "float32") -> keras.Model:
    """The part of `network` up to `layer`, compiled to predict in `precision`; see `part`."""
    network_part = part(network, layer, precision)
    # XLA's convolutions are slow on a processor; JAX has nothing else.
    network_part.compile(jit_compile=keras.config.backend() == "jax")
    return network_part


def part(network: keras.Model, layer: str, precision: str = "float32") -> keras.Model:
    """The part of `network` up to `layer`, which computes in `precision`: float32, or bfloat16.

    In bfloat16 layers compute in 16 bits from weights that stay in 32; layers of `network` are changed by that.
    """
    if precision not in PRECISIONS:
        raise StudyError(f"precision: {precision!r} is none of {', '.join(PRECISIONS)}")
    for each in network.layers:
        each.dtype_policy = PRECISIONS[precision]
    return up_to(network, layer)


def up_to(network: keras.Model, layer: str) -> keras.Model:
    """The part of `network` that ends with the layer named `layer`; StudyError where there is no such layer."""
    names = [each.name for each in network.layers]
    if layer not in names:
        raise StudyError(f"the network has no layer {layer!r}; choose one of {', '.join(names)}")
    return keras.Model(network.input, network.get_layer(layer).output)
