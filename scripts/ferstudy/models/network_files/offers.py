"""What a network file offers: its inputs, outputs and, where the format keeps them, its layers."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from ferstudy.errors import StudyError

MOST = 12  # layers in a sentence


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


def unreadable(path: Path, what: str, error: Exception) -> StudyError:
    """The error of a file that its own library refuses; the first line says what an operation or a layer lacks."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return StudyError(
        f"{path}: not a readable {what}: {lines[0][:300] if lines else type(error).__name__}. Operations and layers of "
        "one's own cannot be run: export the network without them, or in another format (docs/how-to/network-file.md)"
    )
