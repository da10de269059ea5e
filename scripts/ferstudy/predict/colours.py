"""A colour for each class, the same in film and picture: those of Okabe and Ito, for colour-blind people too."""

from collections.abc import Sequence

HEX = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#b5a900", "#666666")


def of_classes(classes: Sequence[str]) -> dict[str, str]:
    """The colour of each class, #rrggbb; from the ninth on they come again."""
    return {label: HEX[i % len(HEX)] for i, label in enumerate(classes)}


def bgr(colour: str) -> tuple[int, int, int]:
    """#rrggbb as OpenCV takes it."""
    return int(colour[5:7], 16), int(colour[3:5], 16), int(colour[1:3], 16)
