"""The union of several datasets: one set of classes, and a decision on who is the same person."""

import logging

from ferstudy.errors import StudyError
from ferstudy.tables import votes
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

STAGE = "union"
log = logging.getLogger(__name__)


def join(
    tables: dict[str, list[Clip]], classes: list[str] | None, labels: dict[str, str], shared: bool
) -> tuple[list[Clip], list[Rejected]]:
    """The clips of the union, in the order of `tables` (by dataset), and what it leaves out.

    A clip is called `<dataset>/<clip>`, so that no two have one name; subjects and groups (films, takes) likewise,
    unless they are `shared`: then equal names mean the same. `labels` maps classes of the datasets to those of the
    union, "" to none; a class that it does not list keeps its name. With `classes`, a clip of another class is
    rejected. Raises StudyError where a class is mapped to one that the union does not have.
    """
    strange = sorted({new for new in labels.values() if new and classes is not None and new not in classes})
    if strange:
        raise StudyError(f"labels: {strange[0]!r} is no class of the union; it has {', '.join(classes)}")
    idle = sorted(set(labels) - {clip.label for table in tables.values() for clip in table})
    if idle:
        log.warning("labels: no clip of the datasets has the class %s", ", ".join(idle))
    rows, refused = [], []
    for leaf, table in tables.items():
        for clip in table:
            label = labels.get(clip.label, clip.label)
            name = f"{leaf}/{clip.clip}"
            if not label:
                refused.append(Rejected(clip.path, name, STAGE, "class left out of the union", repr(clip.label)))
            elif classes is not None and label not in classes:
                told = f"{label!r}; classes: {', '.join(classes)}"
                refused.append(Rejected(clip.path, name, STAGE, "label is none of the classes of the union", told))
            else:
                people = (
                    {} if shared else {"subject": _prefixed(leaf, clip.subject), "group": _prefixed(leaf, clip.group)}
                )
                rows.append(clip._replace(clip=name, label=label, votes=votes.renamed(clip.votes, labels), **people))
    return rows, refused


def _prefixed(leaf: str, name: str) -> str:
    return name and f"{leaf}/{name}"
