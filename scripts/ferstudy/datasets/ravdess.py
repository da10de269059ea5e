"""RAVDESS: 24 actors speak and sing two sentences in eight emotions, each with and without sound.

    Actor_12/02-01-06-01-02-01-12.mp4

The fields are modality (01 picture and sound, 02 picture, 03 sound), channel (01 speech, 02 song), emotion, intensity
(01 normal, 02 strong), statement, repetition and actor (odd: male, even: female). A video 01 and the video 02 with the
same other fields are one performance: `group` ties them. Options `channel` (speech, song or all) and `modality` (01, 02
or all) leave clips out. Labels: neutral, calm, happy, sad, angry, fearful, disgust, surprised. Licence: CC BY-NC-SA
4.0. Cite: Livingstone & Russo, The Ryerson audio-visual database of emotional speech and song (RAVDESS), PLoS ONE
13(5), 2018.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ferstudy.datasets.names import NOT_IN_NAMING, VIDEOS, explained, refused, suffix, walk
from ferstudy.errors import StudyError
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

LABELS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
FIELDS = {"modality": 3, "channel": 2, "emotion": 8, "intensity": 2, "statement": 2, "repetition": 2, "actor": 24}
CHANNELS = {"all": (1, 2), "speech": (1,), "song": (2,)}
MODALITIES = {"all": (1, 2), "1": (1,), "01": (1,), "2": (2,), "02": (2,)}
NAME = re.compile(r"\d{2}(?:-\d{2})+")
FOLDER = re.compile(r"Actor[_ -]?(\d{1,2})", re.IGNORECASE)
SOUNDS = {".wav"}
TREE = "Actor_12/02-01-06-01-02-01-12.mp4"


def scan(root: Path, channel: str = "all", modality: Any = "all") -> Iterator[Clip | Rejected]:
    """A clip for each performance that can be seen."""
    kept = {"modality": _option(MODALITIES, "modality", modality), "channel": _option(CHANNELS, "channel", channel)}
    return explained(_found(root, kept), "Actor_01", TREE)


def _option(known: dict[str, tuple[int, ...]], name: str, value: Any) -> tuple[int, ...]:
    if str(value).lower() not in known:
        raise StudyError(f"options/{name}: found {value!r}, expected one of {', '.join(known)}")
    return known[str(value).lower()]


def _found(root: Path, kept: dict[str, tuple[int, ...]]) -> Iterator[Clip | Rejected]:
    for folder in walk(root):
        place = FOLDER.fullmatch(folder.parts[-1]) if folder.parts else None
        for name in folder.files:
            clip = os.path.splitext(name)[0]
            if NAME.fullmatch(clip) and suffix(name) in VIDEOS | SOUNDS:
                yield _clip(folder.below(name), clip, int(place[1]) if place else None, kept)
            elif suffix(name) in VIDEOS:
                yield refused(folder.below(name), "", NOT_IN_NAMING, f"expected {len(FIELDS)} numbers as in {TREE}")


def _clip(path: str, clip: str, folder: int | None, kept: dict[str, tuple[int, ...]]) -> Clip | Rejected:
    numbers = [int(field) for field in clip.split("-")]
    if len(numbers) != len(FIELDS):
        return refused(path, clip, NOT_IN_NAMING, f"{len(numbers)} fields, expected {len(FIELDS)} as in {TREE}")
    said = dict(zip(FIELDS, numbers, strict=True))
    for field, most in FIELDS.items():
        if not 1 <= said[field] <= most:
            return refused(path, clip, "field out of range", f"{field} is {said[field]:02d}, expected 01 to {most:02d}")
    if said["modality"] == 3 or suffix(path) in SOUNDS:
        return refused(path, clip, "audio only", "there is nothing to see")
    if folder not in (None, said["actor"]):
        return refused(path, clip, "subject and folder disagree", f"actor {said['actor']} in folder Actor_{folder:02d}")
    for field, values in kept.items():
        if said[field] not in values:
            return refused(path, clip, "left out by an option", f"{field} {said[field]:02d}")
    actor, sex = f"Actor_{said['actor']:02d}", "male" if said["actor"] % 2 else "female"
    return Clip(clip, path, actor, LABELS[said["emotion"] - 1], group=clip[3:], sex=sex)
