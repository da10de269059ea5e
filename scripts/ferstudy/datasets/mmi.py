"""The MMI facial expression database: videos of sessions with the phases of their action units.

    Sessions/1767/S001-001.avi
    Sessions/1767/S001-001-oao_aucs.xml     onset, apex and offset of the action units
    Sessions/1767/session.xml               the subject, the annotation's file name, the emotion

Few sessions have an emotion; the others are rejected as unlabelled. The subject and the emotion are taken from
session.xml however they are spelled there (an attribute, an element with text, or a pair of name and value), the
emotion else from the annotations beside it; an emotion may be a word or a code, which the config's `labels` maps. A
session without a subject gives a clip without one: it is never guessed from the file name. Some videos are turned by
90 degrees without saying so, and some show the face from the front and from the side in one picture (the larger face is
tracked): use a `manifest` for these. Licence: end user licence agreement. Cite: Pantic, Valstar, Rademaker & Maat,
Web-based database for facial expression analysis, ICME 2005; Valstar & Pantic, Induced disgust, happiness and surprise:
an addition to the MMI facial expression database, LREC Workshop 2010.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from ferstudy.datasets.facts import sex
from ferstudy.datasets.names import VIDEOS, Folder, explained, refused, suffix, walk
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

EMOTION = ("emotion", "emotionlabel", "expression", "emotionname")
SUBJECT = ("subject", "subjectid", "subjectnumber", "personid")
HOLDERS = ("id", "number", "code", "value", "label", "name")  # a person goes by number, an emotion by name
PERSON = re.compile(r"S?0*(\d+)", re.IGNORECASE)
UNREADABLE = (ElementTree.ParseError, OSError, ValueError, LookupError)  # bytes and encodings, too
TREE = "folders named as Sessions/1767 with session.xml and its video"


def scan(root: Path) -> Iterator[Clip | Rejected]:
    """A clip for each video of a session that has an emotion."""
    return explained(_found(root), "Sessions/session.xml", TREE)


def _found(root: Path) -> Iterator[Clip | Rejected]:
    for folder in walk(root):
        sheet = next((name for name in folder.files if name.lower() == "session.xml"), None)
        if sheet:
            yield from _session(root, folder, sheet)
        elif any(suffix(name) == ".xml" for name in folder.files):
            for name in folder.videos:
                yield refused(folder.below(name), _name(name), "no session.xml", f"expected {TREE}")


def _session(root: Path, folder: Folder, sheet: str) -> Iterator[Clip | Rejected]:
    try:
        said = facts(root / folder.below(sheet))
    except UNREADABLE as error:
        lost = folder.videos or [""]
        for name in lost:
            detail = f"{sheet}: {error}"
            yield refused(folder.below(name or sheet), _name(name), "unreadable annotation", detail)
        return
    files = {name.lower(): name for name in folder.files}
    named = list(dict.fromkeys(re.split(r"[\\/]", value)[-1] for _, value in said if suffix(value) in VIDEOS))
    videos = [files.get(name.lower(), name) for name in named] or folder.videos
    if not videos:
        yield refused(folder.below(sheet), "", "file missing", "a session without a video")
    for name in videos:
        yield _clip(root, folder, said, name, group=folder.parts[-1] if len(videos) > 1 else "")


def _clip(root: Path, folder: Folder, said: list[tuple[str, str]], name: str, group: str) -> Clip | Rejected:
    path, clip = folder.below(name), _name(name)
    if name not in folder.files:
        return refused(path, clip, "file missing", f"session.xml names {name}")
    try:
        emotions = values(said, EMOTION) or _annotated(root, folder)
    except UNREADABLE as error:
        return refused(path, clip, "unreadable annotation", f"no emotion in session.xml, and beside it: {error}")
    if len(emotions) > 1:
        return refused(path, clip, "conflicting labels", f"found {', '.join(emotions)}")
    if not emotions:
        return refused(path, clip, "no label", "no emotion in session.xml or beside it")
    subjects = values(said, SUBJECT)
    if len(subjects) > 1:
        return refused(path, clip, "several subjects", f"found {', '.join(subjects)}")
    number = PERSON.fullmatch(subjects[0]) if subjects else None
    subject = f"S{int(number[1]):03d}" if number else "".join(subjects)
    sexes = {sex(word) for word in values(said, ("sex", "gender"))} - {""}
    return Clip(clip, path, subject, emotions[0].lower(), group=group, sex=sexes.pop() if len(sexes) == 1 else "")


def _annotated(root: Path, folder: Folder) -> list[str]:
    """Emotions in the other annotations of a session."""
    emotions = []
    for name in folder.files:
        if suffix(name) == ".xml" and name.lower() != "session.xml":
            emotions += values(facts(root / folder.below(name)), EMOTION)
    return list(dict.fromkeys(emotions))


def facts(path: Path) -> list[tuple[str, str]]:
    """All that an XML file says, as pairs of a name (lower-case letters) and a value that is not empty.

    An element says its text, else one of its attributes or children of HOLDERS, under its tag; every attribute speaks
    under its own name; and an element that has a name (a type, a key) beside its value says it under that name.
    """
    pairs = []
    for element in ElementTree.parse(path).iter():
        tag, text = _plain(element.tag), (element.text or "").strip()
        given = {_plain(name): value.strip() for name, value in element.attrib.items()}
        held = {_plain(child.tag): (child.text or "").strip() for child in element} | given
        order = HOLDERS if tag in SUBJECT else HOLDERS[::-1]
        pairs.append((tag, text or next((held[key] for key in order if held.get(key)), "")))
        pairs += given.items()
        pairs += [(_plain(given[key]), given.get("value", text)) for key in ("name", "type", "key") if key in given]
    return [(name, value) for name, value in pairs if name and value]


def values(said: list[tuple[str, str]], names: tuple[str, ...]) -> list[str]:
    """The different values of the first of `names` that has any, as words that differ in more than case."""
    for wanted in names:
        by_value = {value.lower(): value for name, value in reversed(said) if name == wanted}
        if by_value:
            return sorted(by_value.values())
    return []


def _plain(name: object) -> str:
    """A tag or attribute without its namespace, letters only, in lower case; empty for a comment's."""
    letters = name.rpartition("}")[2].lower() if isinstance(name, str) else ""
    return "".join(letter for letter in letters if letter.isalpha())


def _name(video: str) -> str:
    return video[: -len(suffix(video))] if suffix(video) else video
