"""Names of classes, compared as people read them: no eye sees how an umlaut is stored, or a blank at the end."""

import unicodedata
from collections import Counter
from collections.abc import Iterable

from ferstudy.tables.clips import Clip


def tidied(label: str) -> str:
    """`label` without blanks around it, with its accents in one form."""
    return " ".join(unicodedata.normalize("NFC", label).split())


def meant(label: str, known: Iterable[str]) -> str:
    """Which of the `known` names `label` is, if one alone differs from it in case, blanks or accents' form at most."""
    known = list(known)
    alike = [name for name in known if _read(name) == _read(label)]
    return alike[0] if len(alike) == 1 and label not in known else label


def as_one(clips: list[Clip]) -> list[Clip]:
    """The clips with one spelling, the most frequent, of each label."""
    counts: dict[str, Counter] = {}
    for clip in clips:
        counts.setdefault(_read(clip.label), Counter())[clip.label] += 1
    chosen = {read: min(spelled, key=lambda name: (-spelled[name], name)) for read, spelled in counts.items()}
    return [clip._replace(label=chosen[_read(clip.label)]) for clip in clips]


def _read(label: str) -> str:
    return tidied(unicodedata.normalize("NFKC", label)).casefold()
