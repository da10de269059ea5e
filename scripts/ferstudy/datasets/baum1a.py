"""BAUM-1a: acted emotions and mental states of 31 people, in Turkish.

    BAUM1a_MP4_all/s001/S001_001.mp4
    Annotations_BAUM1a.xlsx             clip name, emotion, emotion code (1-9), gender

See `baum` for what is checked. Labels: anger, boredom, disgust, fear, happiness, interest, sadness, surprise, unsure;
the six-class subset is the config's `classes`. Subjects are those of BAUM-1s. Licence: on request. Cite: Zhalehpour,
Onder, Akhtar & Erdem, BAUM-1: a spontaneous audio-visual face database of affective and mental states, IEEE
Transactions on Affective Computing 8(3), 2017.
"""

from collections.abc import Iterator
from pathlib import Path

from ferstudy.datasets.baum import Database, clips
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

WORDS = ("anger", "boredom", "disgust", "fear", "happiness", "interest", "sadness", "surprise", "unsure")
PART = Database("baum1a", "baum1s", WORDS, "BAUM1a_MP4_all", "Annotations_BAUM1a.xlsx")


def scan(root: Path, annotations: str = "") -> Iterator[Clip | Rejected]:
    """A clip for each labelled video; `annotations` is the workbook's path where it is not below the root."""
    return clips(root, PART, annotations)
