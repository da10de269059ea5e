"""BU-4DFE: 101 people, six expressions each, from neutral to a peak and back.

Two forms are read, alone or together, anywhere below the root:
- the texture videos of the thesis, `M042_happy_tex.avi` (`_tex` may be missing);
- the frame folders of the release, `F002/Angry/000.jpg`; the meshes, landmarks (`*BND*`) and the viewer
  (`BU_WrlViewer_V2`) beside them are left alone.

The expressions come out as angry, disgust, fear, happy, sad and surprise. Subjects F001-F058 are women, M001-M043 men;
one clip of F016 is missing in the release. Licence: on request, signed agreement. Cite: Yin, Chen, Sun, Worm & Reale, A
high-resolution 3D dynamic facial expression database, FG 2008.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from ferstudy.datasets.names import Folder, explained, refused, stray, suffix, walk
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

VIDEO = re.compile(r"(?P<subject>[FM]\d{3})_(?P<label>[A-Za-z]+?)(_tex)?", re.IGNORECASE)
SUBJECT = re.compile(r"[FM]\d{3}", re.IGNORECASE)
EXPRESSION = re.compile(r"[A-Za-z]+")
BESIDE = re.compile(r"BU_WrlViewer|(.*_)?BND(_|$)", re.IGNORECASE)  # folders of the release that hold no clips
EXPECTED = "videos named as M042_happy_tex.avi, or folders of images named as F002/Angry"
SEX = {"F": "female", "M": "male"}


def scan(root: Path) -> Iterator[Clip | Rejected]:
    """A clip for each video or folder whose name has the dataset's form; other videos are left to the index."""
    return explained(_found(root), "F001_angry_tex.avi", EXPECTED)


def _found(root: Path) -> Iterator[Clip | Rejected]:
    above = len(root.absolute().parts)
    for folder in walk(root):
        if any(BESIDE.match(part) for part in folder.parts[above:]):
            continue
        for name in folder.videos:
            match = VIDEO.fullmatch(name[: -len(suffix(name))])
            if match:
                yield _clip(folder.below(name), match["subject"], match["label"])
        subject, label = folder.parts[-2:] if len(folder.parts) > 1 else ("", "")
        if SUBJECT.fullmatch(subject) and EXPRESSION.fullmatch(label):
            yield from _sequence(folder, subject, label)
        elif folder.images:
            yield stray(folder, EXPECTED)


def _sequence(folder: Folder, subject: str, label: str) -> Iterator[Clip | Rejected]:
    """The clip of a person's folder of an expression."""
    clip = _clip(folder.path, subject, label)
    if folder.images:
        yield clip
    elif not folder.videos:
        endings = ", ".join(sorted({suffix(name) or name for name in folder.files})) or "nothing"
        yield refused(clip.path, clip.clip, "no frames", f"a folder without images; it holds {endings}")


def _clip(path: str, subject: str, label: str) -> Clip:
    subject, label = subject.upper(), label.lower()
    return Clip(f"{subject}_{label}", path, subject, label, sex=SEX[subject[0]])
