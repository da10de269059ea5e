"""What a public page says instead of names: people, groups, clips and files are numbers there.

Every text of a public page goes through `hidden`. A name that is a mere number, such as the subject 12, cannot be told
from a count in a sentence; what may quote such a name asks `Names.one` or `Names.marked`.
"""

import dataclasses
import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any, Self

from ferstudy.fold import FINAL
from ferstudy.protocols.who_said import OF_STILLS
from ferstudy.report.blocks import Encoded
from ferstudy.tables.folds import ROLES

TOKEN = re.compile(r"[\w./\\+~@#%-]+")
PIECES = re.compile(r"([./\\+~@#%_-]+)")
STILL = re.compile(rf"{OF_STILLS}.*?(?=(?:,yes|,no)?$)")  # who is on a still, as findings and their tables say it
PLAIN = re.compile(r"[\d.,+%-]*|\w")  # a number or a letter: a sentence may have it by itself
SECTIONS = ("datasets", "protocols", "recipes", "backbones", "architectures", "fusions", "external", "stills")
NOT_SHOWN = "not shown"
# Of a config, the keys whose texts and lists name somebody or a file.
PRIVATE = (
    "root", "openface", "people", "trims", "file", "path", "model", "config", "weights", "cascade", "predictions",
    "blocks", "test", "faces_in_report", "options", "votes", "key",
)  # fmt: skip
WORDS = ("none", "imagenet", "all", "frontalface_default")  # values of these keys that name nobody and no file


class Names:
    """The names of people, groups, clips and files, and the number that each has on the page."""

    def __init__(
        self, people: Iterable[str], groups: Iterable[str], clips: Iterable[str], files: Iterable[str],
        words: Collection[str],
    ):  # fmt: skip
        """`words` are names that the study has given itself, of models and classes: they are shown whoever has them."""
        self._of: dict[str, str] = {}
        for kind, names in (("person", people), ("group", groups), ("clip", clips), ("file", files)):
            for number, name in enumerate(dict.fromkeys(filter(None, names)), 1):
                for form in _forms(kind, name):
                    self._of.setdefault(form, f"{kind} {number}")
        self._words = {*words}
        # Of two files or parts of a union with one name the first has it here: their number says nothing more.
        self._clear = {name for name in self._of if name not in self._words and not PLAIN.fullmatch(name)}
        long = sorted((name for name in self._clear if not TOKEN.fullmatch(name)), key=len, reverse=True)
        self._long = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, long))})(?!\w)") if long else None

    @classmethod
    def of(cls, datasets: Sequence[Any], config: dict) -> Self:
        """The names in what the page has read of the datasets (see records.DatasetResults) of a study."""
        clips = [clip for dataset in datasets for clip in dataset.clips or []]
        others = [item for dataset in datasets for item in (*dataset.rejected, *dataset.notes)]
        words = {*ROLES, FINAL, *(name for section in SECTIONS for name in config[section])}
        words |= {label for dataset in datasets for label in dataset.classes}
        people, groups = [clip.subject for clip in clips], [clip.group for clip in clips]
        return cls(people, groups, [c.clip for c in (*clips, *others)], [c.path for c in (*clips, *others)], words)

    def one(self, name: str) -> str:
        """The number of a name."""
        return self._of.get(name, NOT_SHOWN)

    def marked(self, text: str) -> str:
        """A sentence whose names of people and clips stand between backticks."""
        pieces = text.split("`")
        return "`".join(self._all(piece) if i % 2 else self.anywhere(piece) for i, piece in enumerate(pieces))

    def anywhere(self, text: str) -> str:
        """Any text, without every name that is no mere number."""
        text = self._long.sub(lambda match: self._of[match[0]], text) if self._long else text
        return TOKEN.sub(lambda match: self._token(match[0]), text)

    def audit(self, audit: dict) -> dict:
        """The findings of an audit, and the reasons for which leaks are accepted, without names."""
        findings = [
            {**found, "text": self.marked(found["text"]), "clips": [self.one(clip) for clip in found["clips"]]}
            for found in audit["findings"]
        ]
        reasons = {check: self.anywhere(reason) for check, reason in audit["accepted"].items()}
        return {**audit, "findings": findings, "accepted": reasons}

    def _all(self, text: str) -> str:
        if text in self._of:
            return self._of[text]
        text = STILL.sub("a still", text)
        return re.sub(r"[^,;=]+", lambda match: self._of.get(match[0], self.anywhere(match[0])), text)

    def _token(self, token: str) -> str:
        """A word: as a whole, the end of a path, or parts of it."""
        core = token.rstrip(".")
        if core in self._words:
            return token
        below = [core, *(core[at.end() :] for at in re.finditer(r"[/\\]", core))]
        found = next((self._of[part] for part in below if part in self._clear), "")
        return found + token[len(core) :] if found else self._parts(PIECES.split(token))

    def _parts(self, parts: list[str]) -> str:
        """The longest names within a word, put together of `parts`, separators between them."""
        for length in range(len(parts), 0, -1):
            for start in range(0, len(parts) - length + 1):
                whole = "".join(parts[start : start + length])
                if whole in self._clear:
                    return self._parts(parts[:start]) + self._of[whole] + self._parts(parts[start + length :])
        return "".join(parts)


def _forms(kind: str, name: str) -> list[str]:
    """How a name is written: with the part of a union that it belongs to and without, a file with its folder or not."""
    if kind != "file":
        return [name, name.partition("/")[2] or name]
    path = PurePosixPath(name.replace("\\", "/"))
    return [name, str(path), path.name]


def hidden(block: Any, names: Names) -> Any:
    """A block of the page, or the page, with every text without names; anchors are made of the study's own words."""
    if isinstance(block, Encoded):
        return block
    if isinstance(block, str):
        return names.anywhere(block)
    if isinstance(block, tuple):
        inner = [hidden(item, names) for item in block]
        return type(block)(*inner) if hasattr(block, "_fields") else tuple(inner)
    if dataclasses.is_dataclass(block):
        texts = {field.name: getattr(block, field.name) for field in dataclasses.fields(block)}
        return dataclasses.replace(
            block, **{name: hidden(value, names) for name, value in texts.items() if name not in ("id", "anchor")}
        )
    return block


def without_private(config: Any) -> Any:
    """A config, or a part of it, without what names people, folders and files."""
    if isinstance(config, list):
        return [without_private(item) for item in config]
    if not isinstance(config, dict):
        return config
    return {key: NOT_SHOWN if _private(key, value) else without_private(value) for key, value in config.items()}


def _private(key: str, value: Any) -> bool:
    """Whether a key's value names somebody or something: a text or a list, or of options and tables anything."""
    if key in ("options", "predictions"):
        return bool(value)
    return key in PRIVATE and value not in WORDS and isinstance(value, (str, list)) and value not in ("", [])
