"""Files of a tree by what tables call them: with another case, Windows' separators, or without folder or ending."""

import unicodedata
from collections.abc import Iterable

from ferstudy.datasets.names import VIDEOS, suffix


class Files:
    """The paths of a tree, to be found by their names."""

    def __init__(self, paths: Iterable[str]):
        self._whole: dict[str, list[str]] = {}
        self._last: dict[str, list[str]] = {}
        for path in paths:
            for name in {key(path), key(stem(path))}:
                self._whole.setdefault(name, []).append(path)
                self._last.setdefault(name.rpartition("/")[2], []).append(path)

    def find(self, name: str, folder: str = "", anywhere: bool = True) -> list[str]:
        """The paths that `name` may mean, of the closest kind of match: in `folder`, from the root, else `anywhere`."""
        for whole in (key(f"{folder}/{name}"), key(name)):
            for wanted in (whole, stem(whole)):
                if wanted in self._whole:
                    return self._whole[wanted]
        if not anywhere:
            return []
        last = key(name).rpartition("/")[2]
        return self._last.get(last) or self._last.get(stem(last), [])


def stem(path: str) -> str:
    """`path` without its ending, if that is one of a video."""
    return path[: -len(suffix(path))] if suffix(path) in VIDEOS else path


def key(path: str) -> str:
    """`path` as all that is called the same: in lower case, with / between folders, one form of accents."""
    return unicodedata.normalize("NFC", path.replace("\\", "/")).casefold().removeprefix("./").strip("/")
