"""Augmented copies in a store: clips named `<clip>#<copy>`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ferstudy.store.read import Store

MARK = "#"  # occurs in no copy's name, so that the last one parts the two


def copied(clip: str, copy: str) -> str:
    """The stored name of the copy `copy` of `clip`."""
    return f"{clip}{MARK}{copy}"


def copies_in(
    paths: Iterable[str | Path], wanted: set[str], copies: Iterable[str]
) -> Iterator[tuple[str, str, Store, str]]:
    """Those `copies` of each wanted clip that are in the stores, in the order of the files.

    Each is (name of the parent in the tables, copy, open store, stored name). Ask for training clips alone: a copy
    belongs to its parent's role.
    """
    chosen = set(copies)
    for path in paths:
        with Store(path) as store:
            for stored in store.clips:
                clip, _, copy = stored.rpartition(MARK)
                # The stores of a leaf name a clip as the leaf does; the tables of a union call it `<leaf>/<clip>`.
                name = clip if clip in wanted else f"{store.attributes.get('leaf')}/{clip}"
                if copy in chosen and name in wanted:
                    yield name, copy, store, stored
