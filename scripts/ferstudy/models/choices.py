"""Settings that are one of a few words."""

from collections.abc import Iterable, Mapping
from typing import Any

from ferstudy.errors import StudyError


def require(settings: Mapping[str, Any], known: Mapping[str, Iterable[str]]) -> None:
    """Refuse a setting in `settings` whose word is none of those `known` for it; raises StudyError."""
    for name, words in known.items():
        if settings[name] not in words:
            raise StudyError(f"settings/{name}: {settings[name]!r} is none of {', '.join(words)}")
