"""AFEW 7.0, acted facial expressions in the wild (EmotiW): clips of films with an official split.

    Train_AFEW/Angry/000046280.avi
    Val_AFEW/Happy/000424760.avi
    Test_AFEW/000155887.avi             no labels: rejected

`official` is train, validation or test. Nobody is named, so `subject` is empty and no audit can tell whether a person
is on both sides; `group` is the film where an XML file below the root says which film a clip is of, else unknown. The
same clip under two labels is rejected. The folders of aligned faces are not read: the crops are made anew. Labels:
angry, disgust, fear, happy, neutral, sad, surprise. Licence: end user licence agreement. Cite: Dhall, Goecke, Lucey &
Gedeon, Collecting large, richly annotated facial-expression databases from movies, IEEE MultiMedia 19(3), 2012.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from ferstudy.datasets.find_by_name import stem
from ferstudy.datasets.names import NOT_IN_NAMING, Folder, explained, refused, suffix, walk
from ferstudy.datasets.sheets import plain
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

LABELS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
PART = re.compile(r"(train|val|test)(?:ing|idation)?(?:[ _-].*)?", re.IGNORECASE)
ROLES = {"train": "train", "val": "validation", "test": "test"}
FILM = ("movie", "moviename", "movietitle", "film", "filmname", "filmtitle")
TREE = "Train_AFEW/Angry/000046280.avi and Val_AFEW/Angry/*.avi"


def scan(root: Path) -> Iterator[Clip | Rejected]:
    """A clip for each video in a folder of an emotion."""
    return explained(_found(root), "Train_AFEW", TREE)


def _found(root: Path) -> Iterator[Clip | Rejected]:
    by_clip: dict[str, list[Clip]] = {}
    films: dict[str, str] = {}
    for folder in walk(root):
        official = _part(folder, root)
        label = folder.parts[-1].lower() if folder.parts else ""
        for name in folder.videos:
            clip, path = f"{official}_{stem(name)}".strip("_"), folder.below(name)
            if label in LABELS:
                by_clip.setdefault(clip, []).append(Clip(clip, path, "", label, official=official))
            elif official == "test":
                yield refused(path, clip, "no label", "the test set is not in folders of emotions")
            else:
                yield refused(path, clip, NOT_IN_NAMING, f"expected {TREE}")
        for name in folder.files:
            if suffix(name) == ".xml":
                try:
                    films |= films_of(root / folder.below(name))
                except (ElementTree.ParseError, OSError, ValueError, LookupError) as error:
                    yield refused(folder.below(name), "", "unreadable annotation", f"films stay unknown: {error}")
    for clips in by_clip.values():
        yield from _judged(clips, films)


def _judged(clips: list[Clip], films: dict[str, str]) -> Iterator[Clip | Rejected]:
    labels = sorted({clip.label for clip in clips})
    for clip in clips:
        if len(labels) > 1:
            yield refused(clip.path, clip.clip, "conflicting labels", f"in the folders {' and '.join(labels)}")
        else:
            yield clip._replace(group=films.get(stem(os.path.basename(clip.path)), ""))


def _part(folder: Folder, root: Path) -> str:
    """The role that the folder, one above it or the root itself is named for; empty if none is."""
    for name in [*reversed(folder.path.split(os.sep)), root.absolute().name]:
        match = PART.fullmatch(name)
        if match:
            return ROLES[match[1].lower()]
    return ""


def films_of(path: Path) -> dict[str, str]:
    """The film of each clip that an XML file names: of elements with a film and clips as attributes or children."""
    films = {}
    for element in ElementTree.parse(path).iter():
        said = [(plain(name), value.strip()) for name, value in element.attrib.items()]
        said += [(plain(str(child.tag)), (child.text or "").strip()) for child in element]
        film = next((value for name, value in said if name in FILM and value), "")
        clips = [stem(value) for name, value in said if name not in FILM and stem(value).isdigit() and len(value) > 5]
        films |= dict.fromkeys(clips, film) if film else {}
    return films
