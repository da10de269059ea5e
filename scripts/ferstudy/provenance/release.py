"""Which release of ferstudy this is."""

import re

from ferstudy import paths


def release() -> str:
    """The version that CITATION.cff names; empty where the file is not there."""
    path = paths.PROJECT / "CITATION.cff"
    found = re.search(r"^version: (.+)$", path.read_text("utf-8"), re.MULTILINE) if path.is_file() else None
    return found[1].strip() if found else ""
