"""What decides a config: how many clips, people and classes, how long and how large, on which machine."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ferstudy.tables.clips import Clip
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import Haar
from ferstudy.video.times import times_of

TIMED, SEEN = 40, 12  # clips whose lengths are read, and whose faces are looked for
FIRST = 25  # frames of which the last is searched for a face


class Sizes(NamedTuple):
    """Of a dataset and the machine."""

    clips: int
    people: int  # 0: nobody says who is who
    nameless: int  # clips of nobody
    classes: tuple[tuple[str, int], ...]  # with their clips, most first
    frames: tuple[int, int, int]  # of a clip: 10th, 50th and 90th percentile of those that were looked at
    seconds: float  # of the median clip
    size: tuple[int, int]  # width, height of the frames
    face: int  # px: median side of the faces; 0: none was found
    cores: int
    memory_mb: int
    gpus: int

    @property
    def per_person(self) -> float:
        """Clips of a person, or 1 where nobody is known."""
        return self.clips / self.people if self.people else 1.0


def look(clips: Sequence[Clip]) -> Sizes:
    """The facts of these clips, from a sample spread over all of them."""
    lengths, seconds = zip(*(_length(clip) for clip in _spread(clips, TIMED)), strict=True)
    sizes, faces = zip(*(_seen(clip) for clip in _spread(clips, SEEN)), strict=True)
    low, middle, high = np.percentile([length for length in lengths if length] or [0], (10, 50, 90)).astype(int)
    sides = [side for side in faces if side]
    subjects = {clip.subject for clip in clips} - {""}
    return Sizes(
        clips=len(clips),
        people=len(subjects),
        nameless=sum(not clip.subject for clip in clips),
        classes=tuple(Counter(clip.label for clip in clips).most_common()),
        frames=(int(low), int(middle), int(high)),
        seconds=float(np.median([time for time in seconds if time] or [0])),
        size=Counter(sizes).most_common(1)[0][0],
        face=int(np.median(sides)) if sides else 0,
        cores=os.cpu_count() or 1,
        memory_mb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        gpus=_gpus(),
    )


def _spread(clips: Sequence[Clip], most: int) -> list[Clip]:
    return [clips[i] for i in sorted({int(i) for i in np.linspace(0, len(clips) - 1, most)})]


def _length(clip: Clip) -> tuple[int, float]:
    """(frames, seconds) of a clip; 0 where they cannot be told."""
    try:
        times = times_of(clip.path, fps=25)
    except Unusable:
        return 0, 0.0
    first, last = clip.start or 0, clip.end if clip.end is not None else len(times.shown)
    return last - first, times.at(last) - times.at(first)


def _seen(clip: Clip) -> tuple[tuple[int, int], int]:
    """((width, height), side of the largest face) of an early frame; 0 without a face."""
    try:
        (*_, frame) = Film(clip.path, clip.start, min(clip.end or FIRST, (clip.start or 0) + FIRST))
    except (Unusable, ValueError):
        try:
            frame = next(iter(Film(clip.path, clip.start, clip.end)))
        except (Unusable, StopIteration):
            return (0, 0), 0
    found = Haar(scale=0.5, step=1.1, neighbours=5, smallest=0.1, cascade="frontalface_default").faces(frame)
    return (frame.shape[1], frame.shape[0]), int(found[:, 2].max()) if len(found) else 0


def _gpus() -> int:
    """The GPUs of this machine, as NVIDIA's own tool lists them."""
    if not shutil.which("nvidia-smi"):
        return 0
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    return listed.stdout.count("GPU ")


def found_root(folder: Path) -> Path:
    """Where the videos of a study folder are: `videos` in it where that is there, else the folder itself."""
    return folder / "videos" if (folder / "videos").is_dir() else folder
