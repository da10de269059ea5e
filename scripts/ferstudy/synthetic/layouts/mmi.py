"""MMI: a folder per session with a video, the phases of its action units and session.xml."""

from pathlib import Path
from xml.etree import ElementTree

from ferstudy.synthetic.action_units import EMFACS
from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.layouts.row import Row, numbered

LABELS = {label: label for label in EMFACS}
TAKES = 100
WORDS = list(LABELS.values())


def subject(who: Identity, index: int) -> str:
    """A number of three digits."""
    return numbered("S", index, "mmi")


def clip(subject: str, label: str, take: int) -> str:
    """Person and number of the video."""
    return f"{subject}-{take * len(WORDS) + WORDS.index(label) + 1:03d}"


def file(subject: str, label: str, take: int) -> str:
    """A video in the folder of its session."""
    name = clip(subject, label, take)
    return f"Sessions/{int(name.replace('-', '')[1:])}/{name}.avi"


def finish(root: Path, rows: list[Row]) -> None:
    """Write session.xml and an empty list of action units for each video."""
    for row in rows:
        video = root / row.path
        units = f"{row.clip}-oao_aucs.xml"
        session = ElementTree.Element("session", sessionId=video.parent.name)
        sex = {"f": "female", "m": "male"}[row.who.sex]
        ElementTree.SubElement(session, "subject", id=str(int(row.subject[1:])), gender=sex)
        track = ElementTree.SubElement(session, "track", filename=video.name)
        ElementTree.SubElement(track, "annotation", filename=units)
        ElementTree.SubElement(session, "emotion").text = row.label.capitalize()
        ElementTree.ElementTree(session).write(video.parent / "session.xml", "utf-8", xml_declaration=True)
        ElementTree.ElementTree(ElementTree.Element("ActionUnits")).write(video.parent / units)
