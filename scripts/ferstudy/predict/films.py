"""Which films a command names: files, folders of images, folders of films, lists."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ferstudy.errors import StudyError
from ferstudy.video.image_folder import IMAGES

FILMS = {
    ".3gp", ".asf", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf",
    ".ogv", ".ts", ".vob", ".webm", ".wmv",
}  # fmt: skip
LISTS = {".txt", ".lst"}


def films(named: Iterable[str]) -> dict[str, Path]:
    """The films behind the names on a command line, each by a name of its own for its folder of answers.

    A folder that holds images is one film, another one stands for the films in it and below; a .txt file lists films,
    one in a line. Raises StudyError for what is not there, or holds no film.
    """
    found = list(dict.fromkeys(film for name in named for film in _behind(Path(name))))
    names: dict[str, Path] = {}
    for film in found:
        name, number = film.stem if film.is_file() else film.name, 1
        while (unique := name if number == 1 else f"{name}-{number}") in names:
            number += 1
        names[unique] = film
    return names


def _behind(path: Path, listed: bool = False) -> Iterator[Path]:
    if path.suffix.lower() in LISTS and path.is_file() and not listed:
        for line in _lines(path):
            yield from _behind(Path(line), listed=True)
    elif path.is_dir():
        inside = sorted(path.iterdir())
        if any(each.suffix.lower() in IMAGES for each in inside):
            yield path
            return
        below = sorted(each for each in path.rglob("*") if each.suffix.lower() in FILMS and each.is_file())
        if not below:
            raise StudyError(f"{path}: there is no film and no image in this folder; expected some of {_endings()}")
        yield from below
    elif path.exists():
        yield path
    else:
        raise StudyError(
            f"{path}: there is no such file or folder; expected a film, a folder of films, or a list of them"
        )


def _lines(path: Path) -> list[str]:
    """The lines of a list that say something."""
    try:
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except ValueError:
        raise StudyError(f"{path}: is no text in UTF-8; expected the path of a film in each line") from None
    if not any(lines):
        raise StudyError(f"{path}: lists no film; expected the path of a film in each line")
    return [line for line in lines if line]


def _endings() -> str:
    return ", ".join(sorted(FILMS))
