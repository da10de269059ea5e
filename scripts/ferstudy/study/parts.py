"""Parts of config entries."""

from typing import Any


def some(entry: dict, *keys: str) -> dict[str, Any]:
    """These keys of a config entry, those that it has."""
    return {key: entry[key] for key in keys if key in entry}
