"""What a network file offers: its inputs, outputs and, where the format keeps them, its layers."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from ferstudy.errors import StudyError

MOST = 12  # layers in a sentence
OWN = (
    "If it has operations or layers of one's own: they cannot be run; export the network without them, or in another "
    "format (docs/how-to/network-file.md)"
)
# Where files of an ending have which bytes; ONNX has none of its own.
SIGNS = {".keras": (0, b"PK"), ".h5": (0, b"\x89HDF"), ".hdf5": (0, b"\x89HDF"), ".tflite": (4, b"TFL3")}


class Tensor(NamedTuple):
    """An input, an output or what a layer gives; a side of None is free, the first is that of the samples."""

    name: str
    shape: tuple[int | None, ...]
    type: str  # as numpy calls it

    def __str__(self) -> str:
        sides = ", ".join("?" if side is None else str(side) for side in self.shape)
        return f"{self.name} ({sides}) {self.type}"


class Offers(NamedTuple):
    """All tensors of a file by their part in it."""

    inputs: list[Tensor]
    outputs: list[Tensor]
    layers: list[Tensor]

    def sentence(self) -> str:
        """Everything but the middle of a long list of layers."""
        left_out = [f"... {len(self.layers) - MOST} more ..."] if len(self.layers) > MOST else []
        layers = [*map(str, self.layers[: MOST - 6]), *left_out, *map(str, self.layers[MOST - 6 :][-6:])]
        parts = {"inputs": self.inputs, "outputs": self.outputs, "layers": layers}
        return "; ".join(f"{name} {', '.join(map(str, found))}" for name, found in parts.items() if found)


class Format(Protocol):
    """What the module of a format has."""

    def offers(self, path: Path) -> Offers:
        """What the file at `path` offers; StudyError where it cannot be read."""

    def load(self, path: Path, output: str, threads: int) -> Callable[[np.ndarray], np.ndarray]:
        """A function from the file's input (n, ...) to the tensor called `output` (n, ...)."""


def shape(sides) -> tuple[int | None, ...]:
    """Sides as a file gives them: what is no positive number is free."""
    return tuple(side if isinstance(side, int) and side > 0 else None for side in sides)


def unreadable(path: Path, what: str, error: Exception | str, advice: str = OWN) -> StudyError:
    """The error of a file that its own library refuses; the first line says what an operation or a layer lacks."""
    if other := _something_else(path):
        return StudyError(f"{path}: not a readable {what}: {other}. Download or export it again")
    return StudyError(f"{path}: not a readable {what}: {first_line(error)}. {advice}")


def first_line(error: Exception | str) -> str:
    """What a library says first, short enough for a sentence."""
    lines = [line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__


def _something_else(path: Path) -> str:
    """What the file is where its first bytes say that it is no network of its ending; empty where they do not."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        head = file.read(1024)
    if not head:
        return "the file is empty"
    if head.startswith(b"version https://git-lfs"):
        return "it is a pointer of Git LFS, and the network lies elsewhere (git lfs pull)"
    if head.lstrip().lower().startswith((b"<!doctype", b"<html")):
        return "it is a web page, perhaps that of the download"
    at, sign = SIGNS.get(path.suffix.lower(), (0, b""))
    return "" if head[at:].startswith(sign) else f"its bytes are not those of a {path.suffix.lower()} file"
