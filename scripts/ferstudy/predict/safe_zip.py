"""Opening a zip that came from anybody: only what is expected in it is read."""

import io
import re
import stat
import zipfile
from pathlib import Path

from ferstudy.errors import StudyError

MEMBERS = 5000  # of one archive; the estimators have an array each
LARGEST = 2 << 30  # bytes of one archive: the largest backbone here has half of that


def members(source: Path | bytes, called: str, names: str) -> dict[str, bytes]:
    """The members of a zip by their names.

    What ferstudy writes is stored, never compressed, so that no member can grow when it is read (a zip bomb).

    Args:
        source: the file, or its content.
        called: how it is called in sentences.
        names: a regular expression that the name of every member has to match whole.

    Raises:
        StudyError: for what is no zip, for a member that is not expected, lies elsewhere, is a link, is compressed,
            is there twice or is damaged.
    """
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > LARGEST:
        raise StudyError(f"{called}: it has {size} bytes, expected at most {LARGEST}; do not use this file")
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
            entries = archive.infolist()
            _check(entries, size, called, names)
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise StudyError(f"{called}: is no whole zip file ({error}); fetch or make it again") from None


def _check(entries: list[zipfile.ZipInfo], size: int, called: str, names: str) -> None:
    if len(entries) > MEMBERS or len({entry.filename for entry in entries}) < len(entries):
        raise StudyError(f"{called}: holds too many members, or one twice; do not use this file")
    for entry in entries:
        name = f"{called}: its member {entry.filename[:80]!r}"
        if not re.fullmatch(names, entry.filename):
            raise StudyError(f"{name} is not expected there; do not use this file")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise StudyError(f"{name} is a link to elsewhere; do not use this file")
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise StudyError(f"{name} is compressed, and ferstudy stores members as they are; do not use this file")
    if sum(entry.file_size for entry in entries) > size:
        raise StudyError(f"{called}: its members are larger than itself; do not use this file")
