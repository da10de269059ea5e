"""The extended Cohn-Kanade dataset (CK+): image sequences of 123 people from neutral to the peak of an expression.

    cohn-kanade-images/S005/001/S005_001_00000011.png
    Emotion/S005/001/S005_001_00000011_emotion.txt        3.0000000e+00

Only sequences with an emotion file have a label (327 of 593); a clip is the whole sequence, contempt is one of the
labels: neutral, anger, contempt, disgust, fear, happy, sadness, surprise. The emotion files are found by their names,
whatever the folder above them is called. The "CK+48" set that circulates (the last three frames of each sequence,
cropped, in a folder per class) is refused: it has neither the neutral onset nor the sequences. Licence: signed
agreement. Cite: Lucey, Cohn, Kanade, Saragih, Ambadar & Matthews, The extended Cohn-Kanade dataset (CK+), CVPRW 2010.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from ferstudy.datasets.names import NOT_IN_NAMING, Folder, explained, refused, stray, suffix, walk
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

CODES = ("neutral", "anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")
SUBJECT, SEQUENCE = re.compile(r"S\d{3}", re.IGNORECASE), re.compile(r"\d{3}")
EMOTION = re.compile(r"(S\d{3})_(\d{3})_\d+_emotion\.txt", re.IGNORECASE)
FRAME = re.compile(r"(S\d{3})_(\d{3})_\d+", re.IGNORECASE)
TREE = "cohn-kanade-images/S005/001/*.png with Emotion/S005/001/*_emotion.txt below the same root"
CK48 = "CK+48 holds cropped faces of the last 3 frames of each sequence and no neutral onset; get CK+ itself: " + TREE


def scan(root: Path) -> Iterator[Clip | Rejected]:
    """A clip for each labelled sequence; a rejected row for the others, and for each label that fits none."""
    return explained(_found(root), "Emotion", TREE)


def _found(root: Path) -> Iterator[Clip | Rejected]:
    labels: dict[str, list[str]] = {}  # of each sequence, its emotion files
    sequences: dict[str, list[Folder]] = {}
    for folder in walk(root):
        place = _sequence(folder)
        for name in folder.files:
            match = EMOTION.fullmatch(name)
            if not match:
                if place and suffix(name) == ".txt" and "emotion" in folder.path.lower():
                    yield refused(folder.below(name), "", NOT_IN_NAMING, f"expected {place}_00000011_emotion.txt")
                continue
            clip = f"{match[1]}_{match[2]}".upper()
            if place in ("", clip):
                labels.setdefault(clip, []).append(folder.below(name))
            else:
                yield refused(folder.below(name), "", "label of another sequence", f"{clip} in the folder of {place}")
        if folder.images and place:
            sequences.setdefault(place, []).append(folder)
        elif folder.images:
            yield _misplaced(folder)
    for clip, folders in sequences.items():
        files = labels.pop(clip, [])
        yield from (_clip(root, clip, folder, files) for folder in folders)
    for clip, files in labels.items():
        yield refused(files[0], clip, "file missing", "a label without its sequence of images")


def _sequence(folder: Folder) -> str:
    """The sequence that the folder is named for, as S005_001; empty if for none."""
    subject, number = folder.parts[-2:] if len(folder.parts) > 1 else ("", "")
    return f"{subject}_{number}".upper() if SUBJECT.fullmatch(subject) and SEQUENCE.fullmatch(number) else ""


def _misplaced(folder: Folder) -> Rejected:
    """The row of images that lie in no folder of a sequence."""
    word = folder.parts[-1].lower()
    if any(word.startswith(label[:3]) for label in CODES) and any(FRAME.match(name) for name in folder.images):
        return refused(folder.below(folder.images[0]), "", "CK+48, not CK+", CK48)
    return stray(folder, TREE)


def _clip(root: Path, clip: str, folder: Folder, files: list[str]) -> Clip | Rejected:
    for name in folder.images:
        match = FRAME.match(name)
        if match and f"{match[1]}_{match[2]}".upper() != clip:
            return refused(folder.path, clip, "frames of another sequence", f"{name} in the folder of {clip}")
    if not files:
        return refused(folder.path, clip, "no label", "no emotion file of this sequence")
    texts = {file: _read(root / file) for file in files}
    for file, text in texts.items():
        if _label(text) is None:
            expected = "expected one number from 0 to 7, as 3.0000000e+00"
            return refused(folder.path, clip, "unreadable label", f"{file} says {text[:40]!r}; {expected}")
    words = {_label(text) for text in texts.values()}
    if len(words) > 1:
        said = "; ".join(f"{file} says {_label(text)}" for file, text in texts.items())
        return refused(folder.path, clip, "conflicting labels", said)
    return Clip(clip, folder.path, clip[:4], words.pop())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace").strip()
    except OSError as error:
        return f"({error.strerror})"


def _label(text: str) -> str | None:
    """The emotion of a code such as 3.0000000e+00; None where it is no code."""
    try:
        number = float(text)
    except ValueError:
        return None
    return CODES[int(number)] if number.is_integer() and 0 <= number < len(CODES) else None
