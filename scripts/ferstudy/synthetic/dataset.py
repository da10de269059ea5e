"""A whole dataset of built-in faces: videos in a raw layout, and the truth about every frame."""

import logging
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.store.write import Writer
from ferstudy.synthetic.action_units import AUS
from ferstudy.synthetic.encoding import encode
from ferstudy.synthetic.expression import LABELS, Performance, perform
from ferstudy.synthetic.identity import person
from ferstudy.synthetic.layouts import LAYOUTS, remove_stale
from ferstudy.synthetic.rendering import Renderer
from ferstudy.synthetic.workers import for_each

TRUTH_COLUMNS = {"intensity": ((), "f4"), "pose": ((6,), "f4")}
SMALLEST = 64  # pixels; below this a face has too few to show anything
log = logging.getLogger(__name__)


class Plan(NamedTuple):
    """What to render; see config/README.md, `render`."""

    classes: tuple[str, ...]
    people: int = 24
    first_person: int = 0
    clips_per_class: int = 2
    frames: int = 60
    fps: float = 25
    size: tuple[int, int] = (480, 640)  # width, height
    seed: int = 1
    layout: str = "manifest"
    difficulty: float = 1.0

    def checked(self) -> "Plan":
        """This plan; raises StudyError where it cannot be rendered."""
        for label in self.classes:
            if label not in LABELS:
                raise StudyError(f"render: no built-in expression {label!r}, expected some of {', '.join(LABELS)}")
        if any(side % 2 or side < SMALLEST for side in self.size):
            raise StudyError(
                f"render/size: found {list(self.size)}, expected even numbers of at least {SMALLEST} pixels"
            )
        if self.layout not in LAYOUTS:
            raise StudyError(f"render/layout: no layout {self.layout!r}, expected {' or '.join(LAYOUTS)}")
        LAYOUTS[self.layout].check(self.classes, self.numbers, self.clips_per_class)
        return self

    @property
    def numbers(self) -> range:
        """The numbers of the people."""
        return range(self.first_person, self.first_person + self.people)


def plan(settings: dict, classes: list[str]) -> Plan:
    """The plan of a `render` section of the config; raises StudyError for an unknown key or a wrong value."""
    unknown = settings.keys() - set(Plan._fields)
    if unknown:
        raise StudyError(f"render: unknown key {sorted(unknown)[0]!r}, expected some of {', '.join(Plan._fields[1:])}")
    return Plan(classes=tuple(classes), **{**settings, "size": tuple(settings.get("size", (480, 640)))}).checked()


def clip_seed(seed: int, number: int, label: str, take: int) -> np.random.SeedSequence:
    """The seed of one clip: it depends on nothing else that is rendered."""
    return np.random.SeedSequence(seed, spawn_key=(number, LABELS.index(label), take))


def render_person(number: int, wanted: Plan, root: Path) -> list[tuple[str, Performance]]:
    """Write all videos of one person below `root`; return the clips' names and truths."""
    who = person(number)
    layout = LAYOUTS[wanted.layout]
    renderer = Renderer(who, *wanted.size)
    done = []
    for label in wanted.classes:
        for take in range(wanted.clips_per_class):
            rng = np.random.default_rng(clip_seed(wanted.seed, number, label, take))
            truth = perform(who, label, rng, wanted.frames, wanted.fps, wanted.difficulty)
            noise = int(rng.integers(1 << 40))
            frames = (
                renderer.frame(truth.aus[t], truth.pose[t], truth.gaze[t], noise + t) for t in range(wanted.frames)
            )
            clip = layout.clip(who, label, take)
            encode(root / layout.file(clip), frames, wanted.fps, *wanted.size)
            done.append((clip, truth))
    return done


def render(wanted: Plan, root: Path, truth: Path, processes: int) -> None:
    """Render every clip below `root` and write the truth store, which appears only when all is done.

    The store has (AUs,) float32 intensities per frame, columns `intensity` and `pose`, attributes `aus` and `leaf`.
    """
    layout = LAYOUTS[wanted.layout]
    root.mkdir(parents=True, exist_ok=True)
    remove_stale(root)
    attributes = {"aus": ",".join(map(str, AUS)), "leaf": truth.stem}
    rows = []
    with Writer(truth, (len(AUS),), "float32", TRUTH_COLUMNS, attributes) as store:
        results = for_each(partial(render_person, wanted=wanted, root=root), wanted.numbers, processes)
        for number, clips in zip(wanted.numbers, results, strict=True):
            who = person(number)
            for clip, done in clips:
                store.begin(clip)
                store.add(done.aus, np.arange(wanted.frames), intensity=done.intensity, pose=done.pose)
                store.end()
                rows.append((clip, who, done.label))
            log.info("%s: %d clips of %d frames", who.subject, len(clips), wanted.frames)
        layout.finish(root, rows)
