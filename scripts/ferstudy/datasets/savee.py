"""SAVEE: four men (DC, JE, JK, KL) who each act 120 sentences in seven emotions, with blue markers on their faces.

    AudioVisualClip/DC/a1.avi        also DC/a01.avi and DC_a01.avi

The letters before the number are the label: a anger, d disgust, f fear, h happiness, n neutral, sa sadness, su
surprise. Videos of anyone else are rejected. Licence: registration (University of Surrey). Cite: Haq & Jackson,
Multimodal emotion recognition, in: Machine Audition, 2010.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ferstudy.datasets.find_by_name import stem
from ferstudy.datasets.names import NOT_IN_NAMING, explained, refused, walk
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

LABELS = {
    "sa": "sadness", "su": "surprise", "a": "anger", "d": "disgust", "f": "fear", "h": "happiness", "n": "neutral",
}  # fmt: skip
SPEAKERS = ("DC", "JE", "JK", "KL")
NAME = re.compile(r"(?:([A-Z]{2})[_-])?(sa|su|a|d|f|h|n)0*(\d{1,2})", re.IGNORECASE)
TREE = "AudioVisualClip/DC/a1.avi (speakers DC, JE, JK, KL)"


def scan(root: Path) -> Iterator[Clip | Rejected]:
    """A clip for each video of the four speakers."""
    rows = (_clip(folder.below(name), folder.parts[-1:]) for folder in walk(root) for name in folder.videos)
    return explained(rows, "AudioVisualClip", TREE)


def _clip(path: str, folder: tuple[str, ...]) -> Clip | Rejected:
    match = NAME.fullmatch(stem(os.path.basename(path)))
    if not match:
        return refused(path, "", NOT_IN_NAMING, f"expected a, d, f, h, n, sa or su and a number, as in {TREE}")
    place = folder[0].upper() if folder else ""
    speaker = (match[1] or place).upper()
    clip = f"{speaker}_{match[2].lower()}{int(match[3]):02d}"
    if speaker not in SPEAKERS:
        return refused(path, clip, "unknown speaker", f"found {speaker or 'none'}; expected {', '.join(SPEAKERS)}")
    if place in SPEAKERS and place != speaker:
        return refused(path, clip, "subject and folder disagree", f"{speaker} in the folder {place}")
    return Clip(clip, path, speaker, LABELS[match[2].lower()], sex="male")
