"""BU-4DFE as the thesis has it: one AVI per person and expression, `M042_happy_tex.avi`, anywhere below the folder.

The expressions in the names are angry, disgust, fear, happy, sad and surprise; a config's `labels` maps them to its
classes. Subjects F001-F058 are women, M001-M043 men (Yin et al., 2008).
"""

import re
from collections.abc import Iterator
from pathlib import Path

from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

NAME = re.compile(r"(?P<subject>(?P<sex>[FM])\d{3})_(?P<label>[A-Za-z]+)(_tex)?\.(avi|mp4)", re.IGNORECASE)


def scan(root: Path) -> Iterator[Clip | Rejected]:
    """A clip for each video whose name has the dataset's form; other files are left to the index."""
    for path in sorted(root.rglob("*")):
        match = NAME.fullmatch(path.name)
        if match and path.is_file():
            subject, label = match["subject"].upper(), match["label"].lower()
            sex = {"F": "female", "M": "male"}[subject[0]]
            yield Clip(f"{subject}_{label}", str(path.relative_to(root)), subject, label, sex=sex)
