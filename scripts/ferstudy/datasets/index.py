"""From what an adapter finds to the clips table, the rejected table and the shards."""

import hashlib
import importlib
import os
from collections.abc import Iterator
from pathlib import Path

from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected
from ferstudy.video.decode import Film, Unusable

VIDEOS = {".avi", ".mp4", ".mov", ".mkv", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".webm"}


def index(adapter: str, root: Path, classes: list[str], labels: dict[str, str]) -> tuple[list[Clip], list[Rejected]]:
    """All clips of a dataset and everything that cannot be one, each with a reason; no file disappears.

    `labels` maps the names in the data to `classes`; a name that it does not list stands for itself. An adapter gives
    paths relative to the root (or absolute); here they become paths from the study folder.
    """
    clips: dict[str, Clip] = {}
    rejected: list[Rejected] = []
    for found in importlib.import_module(f"ferstudy.datasets.{adapter}").scan(root):
        found = found._replace(path=str(root / found.path))
        if isinstance(found, Clip):
            found = _checked(found, classes, labels)
        if isinstance(found, Clip) and found.clip in clips:
            found = Rejected(found.path, found.clip, "index", "clip named twice", f"first as {clips[found.clip].path}")
        if isinstance(found, Clip):
            clips[found.clip] = found
        else:
            rejected.append(found)
    rejected += _strays(root, {clip.path for clip in clips.values()} | {row.path for row in rejected})
    return [clips[name] for name in sorted(clips)], rejected


def shard_of(clip: Clip, shards: int) -> int:
    """The shard of a clip: by a stable hash of its subject (else group, else clip), so that no other clip moves it."""
    return int.from_bytes(hashlib.sha256(clip.unit.encode()).digest()[:8]) % shards


def _checked(clip: Clip, classes: list[str], labels: dict[str, str]) -> Clip | Rejected:
    path = Path(clip.path)
    label = labels.get(clip.label, clip.label)
    if not label:
        return Rejected(str(path), clip.clip, "index", "no label")
    if label not in classes:
        return Rejected(
            str(path), clip.clip, "index", "label is none of the classes", f"{label!r}; classes: {', '.join(classes)}"
        )
    if not path.exists():
        return Rejected(str(path), clip.clip, "index", "file missing")
    if clip.start is not None and clip.end is not None and clip.end <= clip.start:
        return Rejected(str(path), clip.clip, "index", "end before start", f"start {clip.start}, end {clip.end}")
    try:
        Film(path, end=1)
    except Unusable as unusable:
        return Rejected(str(path), clip.clip, "index", unusable.reason, unusable.detail)
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    size = sum(file.stat().st_size for file in files)
    return clip._replace(label=label, bytes=size, digest=_digest(files))


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _strays(root: Path, spoken_of: set[str]) -> Iterator[Rejected]:
    """Videos below the root that no clip and no other rejected row speaks of."""
    folders = tuple(f"{path}{os.sep}" for path in spoken_of)
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() in VIDEOS and str(path) not in spoken_of and not str(path).startswith(folders):
            yield Rejected(str(path), "", "index", "not in the dataset's naming or list")
