"""From what an adapter finds to the clips table, the rejected table and the shards."""

import hashlib
import importlib
import importlib.util
import inspect
import logging
import os
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import ferstudy.datasets
from ferstudy.datasets.copies import relabelled
from ferstudy.datasets.digests import Digests
from ferstudy.datasets.facts import tidy
from ferstudy.datasets.labels import as_one, meant
from ferstudy.datasets.places import is_of_a_machine, leaves, name_of
from ferstudy.datasets.strays import strays
from ferstudy.errors import StudyError
from ferstudy.jobs.index_clips import OF_ALL
from ferstudy.tables import spellings, votes
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Note, Rejected
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.image_folder import frame_files, missing
from ferstudy.video.length import Lengths

OUTSIDE = "outside the root"
# What leaves the study: files that are not there, and what an option or the data's owner left out.
ABSENT = ("file missing", "gap in the frames", "shorter than ", "clip ends after the video", OUTSIDE)
LISTED = ("manifest",)  # adapters whose tables say where a video lies; the others find theirs below the root
log = logging.getLogger(__name__)


def index(
    adapter: str,
    root: Path,
    classes: Iterable[str] | None,
    labels: Mapping[str, str],
    options: Mapping[str, Any] | None = None,
    shortest: int = 1,
    require_all_classes: bool = False,
    state: Path | None = None,
    notes: list[Note] | None = None,
    keep_damaged: bool = False,
) -> tuple[list[Clip], list[Rejected]]:
    """All clips of a dataset and everything that cannot be one, each with a reason; no file disappears.

    An adapter gives paths from the root (or absolute ones); here they become paths from the study folder.

    Args:
        adapter: a module of this package.
        root: the folder that it reads.
        classes: the study's; None: every label is one.
        labels: {name in the data: class}; a name that is not listed stands for itself.
        options: the adapter's own; of them all `subjects` (see `spellings`), `gaps` (skip) and `outside` (allow).
        shortest: clips that are known to have fewer frames are rejected.
        require_all_classes: whether clips of people who lack a class are rejected too.
        state: a folder for what need not be read again.
        notes: a list that takes what is odd about what was kept.
        keep_damaged: whether a clip whose file is there and cannot be used is among the clips too (decision 40).

    Raises:
        StudyError: for an unknown adapter or option and for a root that is no folder.
    """
    module, (answer, options) = load(adapter, "scan"), spellings.answered(options or {})
    files = _Files(Digests(root, state), shortest, _says(options, "gaps", "skip"), notes)
    bound, films = not _says(options, "outside", "allow") and adapter in LISTED, options.get("videos") != "none"
    _check_call(adapter, module.scan, root, options)
    found, rejected = list[Clip](), list[Rejected]()
    for entry in _scanned(module, root, options, files):
        if isinstance(entry, Clip):
            entry = _checked(tidy(entry, answer == "exact"), classes and list(classes), labels)
        entry = _below(root, entry, films) if isinstance(entry, Clip) and bound else entry
        if isinstance(entry, Clip):
            clip, entry = entry, _looked_at(entry, files) if films else entry
            if keep_damaged and isinstance(entry, Rejected) and not entry.reason.startswith(ABSENT):
                found.append(clip)
        (found if isinstance(entry, Clip) else rejected).append(entry)
    clips, wrong = _consistent(found if classes else as_one(found), files.notes)
    files.digests.save()
    rejected += [*wrong, *strays(root, {c.path for c in clips.values()} | {row.path for row in (*rejected, *wrong)})]
    usable, lacking = _complete(_people(sorted(clips.values()), answer), (require_all_classes and classes) or ())
    return usable, [Rejected(*map(printable, _named(row))) for row in (*rejected, *lacking)]


def shard_of(clip: Clip, shards: int) -> int:
    """The shard of a clip: by a stable hash of its subject (else group, else clip), so that no other clip moves it."""
    return int.from_bytes(hashlib.sha256(clip.unit.encode()).digest()[:8]) % shards


def load(adapter: str, function: str) -> ModuleType:
    """The module of an adapter that has `function`; raises StudyError with the known ones for any other name."""
    if adapter not in known(function):
        raise StudyError(f"no adapter {adapter!r}; known are {', '.join(known(function))}")
    return importlib.import_module(f"ferstudy.datasets.{adapter}")


def known(function: str) -> list[str]:
    """The names of the adapters that have `function` ("scan" for videos, "stills" for single images)."""
    names = [module.name for module in pkgutil.iter_modules(ferstudy.datasets.__path__) if not module.ispkg]
    return sorted(name for name in names if f"\ndef {function}(" in _source(name))


def printable(text: str) -> str:
    """`text` as UTF-8 can hold it: file names may have any bytes, which Python keeps as lone surrogates."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") if text else text


class _Files:
    """What is known of the files already: many clips may be parts of one video."""

    def __init__(self, digests: Digests, shortest: int, gaps: bool, notes: list[Note] | None):
        self.digests, self.shortest, self.gaps, self.lengths = digests, shortest, gaps, Lengths()
        self.notes = [] if notes is None else notes
        self._seen: dict[str, tuple[int, str, int | None] | Unusable] = {}

    def note(self, path: str, clip: str, text: str) -> None:
        """Keep that something is odd about a video or clip."""
        self.notes.append(Note(printable(path), printable(clip), text))

    def look(self, path: Path) -> tuple[int, str, int | None]:
        """(bytes, digest, number of frames where names tell it) of a video or folder of frames; raises Unusable."""
        if str(path) not in self._seen:
            try:
                self._seen[str(path)] = self._look(path)
            except Unusable as unusable:
                self._seen[str(path)] = unusable
        known = self._seen[str(path)]
        if isinstance(known, Unusable):
            raise known
        return known

    def _look(self, path: Path) -> tuple[int, str, int | None]:
        for text in Film(path, end=1, keep=0).notes:
            self.note(str(path), "", text)
        files = frame_files(path) if path.is_dir() else [path]
        if path.is_dir() and (lost := missing(files)):
            if not self.gaps:
                raise Unusable("gap in the frames", f"{lost}; options: {{gaps: skip}} takes such clips as they are")
            self.note(str(path), "", "frames are missing, as their numbers show; taken as it is")
        try:
            size = sum(file.stat().st_size for file in files)
            return size, self.digests.of(path, files), len(files) if path.is_dir() else None
        except OSError as error:
            raise Unusable("cannot be read", str(error)) from error


def _source(adapter: str) -> str:
    return Path(importlib.util.find_spec(f"ferstudy.datasets.{adapter}").origin).read_text(encoding="utf-8")


def _says(options: dict[str, Any], option: str, other: str) -> bool:
    """Whether an option that is "refuse" where it is left out says the `other` word; it is taken out of `options`."""
    said = options.pop(option, "refuse")
    if said not in ("refuse", other):
        raise StudyError(f"options/{option}: found {said!r}, expected refuse or {other}")
    return said == other


def _check_call(adapter: str, scan: Any, root: Path, options: Mapping[str, Any]) -> None:
    if not root.is_dir():
        raise StudyError(f"{root}: no such folder; give the folder of the dataset as its root")
    if "subjects" in options and "subjects" not in inspect.signature(scan).parameters:
        raise StudyError(f"options/subjects: found {options['subjects']!r}, expected exact or folded")
    try:
        inspect.signature(scan).bind(root, **options)
    except TypeError as error:
        own = [name for name in inspect.signature(scan).parameters if name not in ("root", *OF_ALL)]
        expected = f"expected {', '.join((*own, *OF_ALL))}"
        raise StudyError(f"adapter {adapter}: options {dict(options)}: {error}; {expected}") from error


def _scanned(module: ModuleType, root: Path, options: Mapping[str, Any], files: _Files) -> Iterator[Clip | Rejected]:
    """What the adapter finds; where the data make it fail, a row that says so instead of a traceback."""
    try:
        for entry in module.scan(root, **options):
            entry = entry._replace(path=str(root / entry.path) if entry.path or not isinstance(entry, Clip) else "")
            if isinstance(entry, Clip) and spellings.mangled(entry.subject):
                files.note(entry.path, entry.clip, spellings.MADE)
            if isinstance(entry, Note):
                files.note(*entry)
            else:
                yield entry
    except StudyError:
        raise
    except Exception as error:
        yield Rejected(str(root), "", "index", "annotation cannot be read", f"{type(error).__name__}: {error}")


def _checked(clip: Clip, classes: list[str] | None, labels: Mapping[str, str]) -> Clip | Rejected:
    """The clip with its class, or what is wrong with its row."""

    def rejected(reason: str, detail: str = "") -> Rejected:
        return Rejected(clip.path, clip.clip, "index", reason, detail)

    label = meant(clip.label, labels)
    label = meant(labels.get(label, label), classes or ())
    if any(isinstance(cell, str) and printable(cell) != cell for cell in clip):
        return rejected("name is not UTF-8", "the tables cannot hold it: rename the file")
    if is_of_a_machine(clip.clip):
        return rejected("name is a path", "give the clip a name without .. that begins with no / and no drive")
    if not label:
        return rejected("no label")
    if classes and label not in classes:
        return rejected("label is none of the classes", f"{label!r}; classes: {', '.join(classes)}")
    begin = clip.start or 0
    if clip.end is not None and clip.end <= begin:
        return rejected("end before start", f"start {begin}, end {clip.end}")
    return clip._replace(label=label, votes=votes.renamed(clip.votes, labels))


def _below(root: Path, clip: Clip, films: bool) -> Clip | Rejected:
    """The clip, or a row where its path leads out of the root; a video that is not there is missing, wherever."""
    there = os.path.lexists(clip.path) if films else bool(clip.path)
    if not (there and leaves(root, clip.path)):
        return clip
    detail = "put it, or a link's target, below the root, or set options: {outside: allow} of the dataset"
    return Rejected(clip.path, clip.clip, "index", OUTSIDE, detail)


def _named(row: Rejected) -> Rejected:
    """The row, with a name of its clip that tells of no machine."""
    return row._replace(clip=name_of(row.clip)) if is_of_a_machine(row.clip) else row


def _looked_at(clip: Clip, files: _Files) -> Clip | Rejected:
    """The clip with its file's size and digest, or what is wrong with the file."""
    until = (clip.start or 0) + 1 if clip.end is None else clip.end
    try:
        size, digest, frames = files.look(Path(clip.path))
        count = files.lengths.below(Path(clip.path), until) if clip.start or clip.end else None
    except Unusable as unusable:
        return Rejected(clip.path, clip.clip, "index", unusable.reason, unusable.detail)
    if count is not None:
        detail = f"frames {clip.start or 0} to {clip.end or 'its end'}, but it has {count} frames"
        return Rejected(clip.path, clip.clip, "index", "clip ends after the video", detail)
    begin, end = clip.start or 0, clip.end if clip.end is not None else frames
    if end is not None and end - begin < files.shortest:
        reason = f"shorter than {files.shortest} frames"
        return Rejected(clip.path, clip.clip, "index", reason, f"{end - begin} frames")
    return clip._replace(bytes=size, digest=digest)


def _consistent(found: list[Clip], notes: list[Note]) -> tuple[dict[str, Clip], list[Rejected]]:
    """The clips by name, and rows for stretches of a video with two labels and for names that stand there twice.

    Copies of a video with two labels are among the `notes`.
    """
    labels: dict[tuple, list[str]] = {}
    for clip in found:
        labels.setdefault(_stretch(clip), []).append(clip.label)
    clips: dict[str, Clip] = {}
    wrong = []
    for clip in found:
        said = list(dict.fromkeys(labels[_stretch(clip)]))
        if len(said) > 1:
            detail = f"{' and '.join(said)}: delete the wrong row, or say which frames show which"
            wrong.append(Rejected(clip.path, clip.clip, "index", "conflicting labels", detail))
        elif (first := clips.setdefault(clip.clip, clip)) is not clip:
            detail = f"first as {first.path}: give each a name of its own (column clip of a manifest), or take one away"
            detail = "the same row again: delete one" if _stretch(first) == _stretch(clip) else detail
            wrong.append(Rejected(clip.path, clip.clip, "index", "clip named twice", detail))
    notes += relabelled(clips.values())
    return clips, wrong


def _stretch(clip: Clip) -> tuple[str, int, int | None]:
    """What a clip shows: the file as the file system resolves it, and which of its frames."""
    return os.path.realpath(clip.path) if clip.path else clip.clip, clip.start or 0, clip.end


def _people(clips: list[Clip], answer: str) -> list[Clip]:
    """The clips, with one name for each person where spellings are folded; tells which they are."""
    groups = spellings.alike(clip.subject for clip in clips)
    if groups and answer == "folded":
        log.info("subjects that are one person: %s", spellings.told(groups))
        return spellings.as_one(clips)
    if groups and not answer:
        log.warning("%s", spellings.question(groups))
    return clips


def _complete(clips: list[Clip], classes: Iterable[str]) -> tuple[list[Clip], list[Rejected]]:
    """The clips of the people (as far as known) who have all classes, and rows for the others."""
    shown: dict[str, set[str]] = {}
    for clip in clips:
        shown.setdefault(clip.subject, set()).add(clip.label)
    lacking = {who: [label for label in classes if label not in seen] for who, seen in shown.items() if who}
    kept = [clip for clip in clips if not lacking.get(clip.subject)]
    rows = [
        Rejected(clip.path, clip.clip, "index", "subject lacks a class", f"{clip.subject}: {', '.join(missing)}")
        for clip in clips
        if (missing := lacking.get(clip.subject))
    ]
    return kept, rows
