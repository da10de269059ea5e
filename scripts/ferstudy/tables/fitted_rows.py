"""On which training clips something was fitted, as a record keeps it: the audit of a run holds it against the folds."""

import hashlib
from collections.abc import Collection, Iterable


def told(fitted: Iterable[str], training: Collection[str]) -> dict:
    """{"clips": how many, "sha256": of their names, "rows": how many samples, "without": those of `training` left out}.

    `fitted` names the clip of every sample that something was fitted on, `training` the fold's training clips. The
    digest and what was left out say together whether a clip beyond them was used.
    """
    rows = list(fitted)
    clips = set(rows)
    return {
        "clips": len(clips),
        "sha256": digest(clips),
        "rows": len(rows),
        "without": sorted({*training} - clips),
    }


def digest(clips: Iterable[str]) -> str:
    """SHA-256 of the names of clips, each once, whatever their order."""
    return hashlib.sha256("\n".join(sorted({*clips})).encode(errors="surrogateescape")).hexdigest()
