"""Settings that are one of a few words."""

from collections.abc import Iterable, Mapping
from typing import Any

from ferstudy.errors import StudyError


def require(chosen: Mapping[str, Any], known: Mapping[str, Iterable[str]]) -> None:
    """Refuse a setting in `chosen` whose word is none of those `known` for it; raises StudyError."""
    for name, words in known.items():
        if chosen[name] not in words:
            raise StudyError(f"settings/{name}: {chosen[name]!r} is none of {', '.join(words)}")
