"""A fold list of the user's: our own table (fold,clip,role), or the fold of each clip or subject (clip,fold).

Or lists as others publish them, see public_lists.
"""

import csv
import logging
from pathlib import Path

from ferstudy.errors import StudyError
from ferstudy.fold import FINAL
from ferstudy.protocols import kinds, public_lists
from ferstudy.protocols.drawn import encode
from ferstudy.protocols.findings import some
from ferstudy.protocols.linked_people import natural
from ferstudy.protocols.listed import TEST, left_out
from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import ROLES

FORMS = "fold,clip,role or clip,fold or subject,fold"
log = logging.getLogger(__name__)


def blocks(clips: list[Clip], settings: dict) -> dict[str, str]:
    """The block of each clip, or its encoded roles (those of `final` last), by its list.

    Raises StudyError where the list cannot be read, contradicts itself or the config, or does not know a clip that the
    protocol may not leave out. What it lists beside the data is logged.
    """
    path = named(settings)
    rows = _read(path) if settings["format"] == "table" else _published(clips, settings)
    key = "subject" if "clip" not in rows[0] else "clip"
    present = {getattr(clip, key) for clip in clips} - {""}
    listed = {row[key] for row in rows}
    if not listed & present:
        raise StudyError(
            f"{path}: none of its {len(listed)} {key}s is in the data: it says {some(listed, 3)}, the data say "
            f"{some(present, 3) or 'none'}"
        )
    if listed - present:
        log.warning("%s: %d %ss are not in the data: %s", path, len(listed - present), key, some(listed - present))
    told = _roles(rows, settings) if "role" in rows[0] else _single(rows, key, settings)
    block_of = {clip.clip: told[getattr(clip, key)] for clip in clips if getattr(clip, key) in told}
    left_out(clips, set(block_of), settings, f"fold in {path}")
    return block_of


def named(settings: dict) -> str:
    """The list, or all lists, for a message."""
    return ", ".join(kinds.needs(settings))


def _published(clips: list[Clip], settings: dict) -> list[dict[str, str]]:
    """The rows of lists that others have published; a clip that the study lacks keeps its name there."""
    listed, _ = public_lists.read(kinds.needs(settings), settings["format"])
    names = {public_lists.MEDIA.sub("", clip.path): clip.clip for clip in clips} | {c.clip: c.clip for c in clips}
    clip_of = public_lists.meant({row.clip for row in listed}, names)
    rows = [{"fold": row.fold, "role": row.role, "clip": clip_of.get(row.clip, row.clip)} for row in listed]
    return rows if all(row["role"] for row in rows) else [{"fold": r["fold"], "clip": r["clip"]} for r in rows]


def _read(path: str) -> list[dict[str, str]]:
    """The rows of a list with one of the known forms, separated by commas, semicolons or tabs; cells are stripped."""
    if not Path(path).is_file():
        raise StudyError(f"file: there is no {path!r}; relative paths are looked for in the study folder")
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise StudyError(f"{path}: not a text in UTF-8 ({error.reason}); save it as CSV in UTF-8") from None
    first = lines[0] if lines else ""
    reader = csv.reader((line for line in lines if line.strip()), delimiter=max(",;\t", key=first.count))
    header = [name.strip().lower() for name in next(reader, [])]
    if "fold" not in header or not {"clip", "subject"} & set(header) or ("role" in header and "clip" not in header):
        raise StudyError(f"{path}: the header is {first!r}, expected {FORMS}")
    rows = []
    for number, cells in enumerate(reader, 2):
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        empty = [
            name
            for name in {"fold", "role", "clip" if "clip" in header else "subject"} & set(header)
            if not row.get(name)
        ]
        if empty:
            raise StudyError(f"{path}, row {number}: no {min(empty)}; expected {FORMS}")
        rows.append(row)
    if not rows:
        raise StudyError(f"{path}: lists nothing; expected {FORMS}")
    return rows


def _single(rows: list[dict[str, str]], key: str, settings: dict) -> dict[str, str]:
    """The block of each name in a list that gives one fold for each."""
    fold_of: dict[str, str] = {}
    for row in rows:
        if fold_of.setdefault(row[key], row["fold"]) != row["fold"]:
            raise StudyError(
                f"{named(settings)}: {row[key]!r} is in fold {fold_of[row[key]]} and in fold {row['fold']}; expected "
                "one fold, or the form fold,clip,role"
            )
    names = _numbered({fold for fold in fold_of.values() if fold.lower() != TEST}, settings)
    _check_held_out(TEST in map(str.lower, fold_of.values()), "block `test`", settings)
    if len(names) < 3 - settings["held_out"]:
        raise StudyError(
            f"{named(settings)}: has {len(names)} folds, expected {3 - settings['held_out']} or more: fewer leave a "
            "fold without training clips; give roles by the form fold,clip,role"
        )
    return {name: names.get(fold, TEST) for name, fold in fold_of.items()}


def _roles(rows: list[dict[str, str]], settings: dict) -> dict[str, str]:
    """The encoded roles of each clip in a fold table."""
    path = named(settings)
    names = _numbered({row["fold"] for row in rows if row["fold"] != FINAL}, settings)
    _check_held_out(any(row["fold"] == FINAL for row in rows), "fold `final`", settings)
    order = [*sorted(names, key=lambda fold: int(names[fold])), *([FINAL] * settings["held_out"])]
    roles: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["role"] not in ROLES:
            raise StudyError(
                f"{path}: {row['clip']!r} has the role {row['role']!r}, expected one of {', '.join(ROLES)}"
            )
        if row["fold"] in roles.setdefault(row["clip"], {}):
            raise StudyError(f"{path}: {row['clip']!r} is listed twice in fold {row['fold']}; expected one role")
        roles[row["clip"]][row["fold"]] = row["role"]
    for fold in order:
        here = {of_one.get(fold, "") for of_one in roles.values()}
        wanted = "train and test" if fold == FINAL else "train and validation or test"
        if "train" not in here or not here & ({"test"} if fold == FINAL else {"validation", "test"}):
            raise StudyError(f"{path}: fold {fold} has only {some(here - {''})} clips, expected {wanted}")
    return {name: encode([of_one.get(fold, "") for fold in order]) for name, of_one in roles.items()}


def _numbered(names: set[str], settings: dict) -> dict[str, str]:
    """The numbers from 0 of the folds that a list names, in the order of their names (2 before 10)."""
    if len(names) != settings["folds"]:
        raise StudyError(
            f"{named(settings)}: has {len(names)} folds ({some(names, 12)}), the config says {settings['folds']}; set "
            "`folds` to that"
        )
    return {name: str(number) for number, name in enumerate(sorted(names, key=natural))}


def _check_held_out(held_out: bool, what: str, settings: dict) -> None:
    if held_out != settings["held_out"]:
        raise StudyError(
            f"{named(settings)}: has {'a' if held_out else 'no'} {what}, the config says held_out: "
            f"{str(settings['held_out']).lower()}; say {str(held_out).lower()}"
        )
