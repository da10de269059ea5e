"""BAUM-1s: spontaneous emotions and mental states of 31 people, in Turkish.

    BAUM1s_MP4 - All/s001/S001_010.mp4
    Annotations_BAUM1s.xlsx             clip name, emotion, emotion code (1-13), gender

See `baum` for what is checked. Labels: anger, boredom, bothered, concentrating, contempt, disgust, fear, happiness,
neutral, sadness, surprise, thinking, unsure; the six-class subset is the config's `classes`. Subjects are those of
BAUM-1a. Licence: on request. Cite: Zhalehpour, Onder, Akhtar & Erdem, BAUM-1: a spontaneous audio-visual face database
of affective and mental states, IEEE Transactions on Affective Computing 8(3), 2017.
"""

from collections.abc import Iterator
from pathlib import Path

from ferstudy.datasets.baum import Database, clips
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

WORDS = (
    "anger", "boredom", "bothered", "concentrating", "contempt", "disgust", "fear", "happiness", "neutral", "sadness",
    "surprise", "thinking", "unsure",
)  # fmt: skip
PART = Database("baum1s", "baum1a", WORDS, "BAUM1s_MP4 - All", "Annotations_BAUM1s.xlsx")


def scan(root: Path, annotations: str = "") -> Iterator[Clip | Rejected]:
    """A clip for each labelled video; `annotations` is the workbook's path where it is not below the root."""
    return clips(root, PART, annotations)
