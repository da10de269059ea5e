"""Oulu-CASIA: six expressions of 80 people, each filmed by two cameras in three kinds of light.

    OriginalImg/VL/Strong/P012/Anger/000.jpeg

Camera VL (visible light) or NI (near infrared); light Dark, Weak or Strong; from neutral to the peak. Options: `light`
is VL, NI or all, `strength` is Dark, Weak, Strong or all. With `all`, the names of the clips carry the condition, and
clips of one person's one expression are tied by `group`: they are the same performance. Other conditions, and the
cropped images (`PreProcess Img`) where they lie beside the original ones, are one rejected row each. Labels: anger,
disgust, fear, happiness, sadness, surprise. Licence: on request. Cite: Zhao, Huang, Taini, Li & Pietikainen, Facial
expression recognition from near-infrared videos, Image Vision Comput. 2011.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ferstudy.datasets.names import Folder, explained, refused, stray, walk
from ferstudy.errors import StudyError
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

LIGHTS = {"VL": "VL", "NI": "NI"}
STRENGTHS = {"DARK": "Dark", "WEAK": "Weak", "STRONG": "Strong"}
SUBJECT, EXPRESSION = re.compile(r"P\d{3}", re.IGNORECASE), re.compile(r"[A-Za-z]+")
CROPPED = re.compile(r"pre.?process", re.IGNORECASE)
TREE = "folders of images named as OriginalImg/VL/Strong/P012/Anger"


def scan(root: Path, light: str = "VL", strength: str = "Strong") -> Iterator[Clip | Rejected]:
    """A clip for each sequence of the chosen conditions; raises StudyError for a condition that there is not."""
    lights, strengths = _chosen("light", light, LIGHTS), _chosen("strength", strength, STRENGTHS)
    return explained(_found(root, lights, strengths), "OriginalImg", f"{TREE} (light {light}, strength {strength})")


def _chosen(option: str, value: str, known: dict[str, str]) -> list[str]:
    value = str(value).upper()
    if value == "ALL":
        return list(known.values())
    if value not in known:
        raise StudyError(f"options/{option}: found {value!r}, expected {', '.join(known.values())} or all")
    return [known[value]]


def _found(root: Path, lights: list[str], strengths: list[str]) -> Iterator[Clip | Rejected]:
    folders = [folder for folder in walk(root) if folder.images or _condition(folder)]
    originals = not all(CROPPED.search(folder.path) for folder in folders)
    one = len(lights) == len(strengths) == 1
    others: Counter[str] = Counter()
    for folder in folders:
        if not _condition(folder):
            yield stray(folder, TREE)
            continue
        camera, light, subject, label = _condition(folder)
        performance = f"{subject}_{label}"
        name = performance if one else f"{performance}_{camera}_{light}"
        if (originals and CROPPED.search(folder.path)) or camera not in lights or light not in strengths:
            others[os.path.dirname(os.path.dirname(folder.path))] += 1
        elif folder.images:
            yield Clip(name, folder.path, subject, label, group="" if one else performance)
        else:
            yield refused(folder.path, name, "no frames", "a folder without images")
    for path, count in others.items():
        yield refused(path, "", "not chosen", f"{count} sequences; see the options light and strength")


def _condition(folder: Folder) -> tuple[str, str, str, str] | None:
    """Camera, light, subject and label of the folder of a sequence; None for any other folder."""
    camera, light, subject, label = ("", "", "", "", *folder.parts)[-4:]
    known = camera.upper() in LIGHTS and light.upper() in STRENGTHS
    if not (known and SUBJECT.fullmatch(subject) and EXPRESSION.fullmatch(label)):
        return None
    return LIGHTS[camera.upper()], STRENGTHS[light.upper()], subject.upper(), label.lower()
