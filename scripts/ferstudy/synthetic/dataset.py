"""A whole dataset of built-in faces: videos in a raw layout, and the truth about every frame."""

import logging
import shutil
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.store.write import Writer
from ferstudy.synthetic.action_units import AUS
from ferstudy.synthetic.encoding import encode, write_pictures
from ferstudy.synthetic.expression import COURSES, LABELS, Performance, perform
from ferstudy.synthetic.identity import person
from ferstudy.synthetic.layouts.row import Row
from ferstudy.synthetic.rendering import Renderer
from ferstudy.synthetic.workers import for_each

TRUTH_COLUMNS = {"intensity": ((), "f4"), "pose": ((6,), "f4")}
SMALLEST = 64  # pixels; below this a face has too few to show anything
MARKER = ".rendered"
MARKER_TEXT = "This folder was rendered. All that lies in it is deleted when it is rendered again.\n"
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
        layout = layout_of(self.layout)
        if layout.TAKES is not None and self.clips_per_class > layout.TAKES:
            clips = "one clip" if layout.TAKES == 1 else f"at most {layout.TAKES} clips"
            raise StudyError(
                f"render: layout {self.layout} has {clips} per person and expression, clips_per_class is "
                f"{self.clips_per_class}; set it to {layout.TAKES}, or choose layout manifest"
            )
        for label in self.classes:
            if label not in layout.LABELS:
                raise StudyError(
                    f"render: layout {self.layout} has no expression {label!r}, expected {', '.join(layout.LABELS)}"
                )
        names = [row.path for number in self.numbers for row in rows_of(number, self)]
        if len(set(names)) < len(names):
            raise StudyError(f"render: layout {self.layout} has not enough names for all clips; render fewer people")
        return self

    @property
    def numbers(self) -> range:
        """The numbers of the people."""
        return range(self.first_person, self.first_person + self.people)


def layout_of(name: str) -> ModuleType:
    """The layout module of this name; raises StudyError where there is none. See layouts/row.py."""
    files = (Path(__file__).parent / "layouts").glob("*.py")
    known = sorted(path.stem for path in files if "\ndef file(" in path.read_text(encoding="utf-8"))
    if name not in known:
        raise StudyError(f"render/layout: no layout {name!r}, expected one of {', '.join(known)}")
    return import_module(f"ferstudy.synthetic.layouts.{name}")


def plan(settings: dict, classes: list[str]) -> Plan:
    """The plan of a `render` section of the config; raises StudyError for an unknown key or a wrong value."""
    unknown = settings.keys() - set(Plan._fields)
    if unknown:
        raise StudyError(f"render: unknown key {sorted(unknown)[0]!r}, expected some of {', '.join(Plan._fields[1:])}")
    return Plan(classes=tuple(classes), **{**settings, "size": tuple(settings.get("size", (480, 640)))}).checked()


def clip_seed(seed: int, number: int, label: str, take: int) -> np.random.SeedSequence:
    """The seed of one clip: it depends on nothing else that is rendered."""
    return np.random.SeedSequence(seed, spawn_key=(number, LABELS.index(label), take))


def rows_of(number: int, wanted: Plan) -> list[Row]:
    """The clips of one person, class by class and take by take."""
    layout, who = layout_of(wanted.layout), person(number)
    subject = layout.subject(who, number - wanted.first_person)
    rows = []
    for label in wanted.classes:
        for take in range(wanted.clips_per_class):
            cell = subject, layout.LABELS[label], take
            rows.append(Row(layout.clip(*cell), layout.file(*cell), subject, who, *cell[1:], wanted.frames, wanted.fps))
    return rows


def render_person(number: int, wanted: Plan, root: Path) -> list[Performance]:
    """Write all clips of one person below `root`; return the truths, in the order of `rows_of`."""
    who = person(number)
    layout = layout_of(wanted.layout)
    course = getattr(layout, "COURSE", COURSES[0])
    renderer = Renderer(who, *wanted.size)
    cells = [(label, take) for label in wanted.classes for take in range(wanted.clips_per_class)]
    done = []
    for row, (label, take) in zip(rows_of(number, wanted), cells, strict=True):
        rng = np.random.default_rng(clip_seed(wanted.seed, number, label, take))
        truth = perform(who, label, rng, wanted.frames, wanted.fps, wanted.difficulty, course)
        noise = int(rng.integers(1 << 40))
        frames = (renderer.frame(truth.aus[t], truth.pose[t], truth.gaze[t], noise + t) for t in range(wanted.frames))
        path = root / row.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if row.path.endswith("/"):
            write_pictures(path, frames, lambda i, folder=row.path: layout.image(i, folder))
        else:
            encode(path, frames, wanted.fps, *wanted.size)
        done.append(truth)
    return done


def empty(root: Path) -> None:
    """Make `root` an empty folder of ours; raises StudyError where it holds what was not rendered."""
    root.mkdir(parents=True, exist_ok=True)
    if any(root.iterdir()) and not (root / MARKER).is_file():
        raise StudyError(f"{root}: there are files here that were not rendered; move them away, or render elsewhere")
    (root / MARKER).write_text(MARKER_TEXT)
    for path in root.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARKER:
            path.unlink()


def render(wanted: Plan, root: Path, truth: Path, processes: int) -> None:
    """Render every clip below `root` and write the truth store, which appears only when all is done.

    The store has (AUs,) float32 intensities per frame, columns `intensity` and `pose`, attributes `aus` and `leaf`.
    What an earlier rendering left in `root` goes; anything else there is refused.
    """
    empty(root)
    attributes = {"aus": ",".join(map(str, AUS)), "leaf": truth.stem}
    rows: list[Row] = []
    with Writer(truth, (len(AUS),), "float32", TRUTH_COLUMNS, attributes) as store:
        results = for_each(partial(render_person, wanted=wanted, root=root), wanted.numbers, processes)
        for number, performances in zip(wanted.numbers, results, strict=True):
            mine = rows_of(number, wanted)
            for row, done in zip(mine, performances, strict=True):
                store.begin(row.clip)
                store.add(done.aus, np.arange(wanted.frames), intensity=done.intensity, pose=done.pose)
                store.end()
            rows += mine
            log.info("%s: %d clips of %d frames", mine[0].who.subject, len(mine), wanted.frames)
        layout = layout_of(wanted.layout)
        if hasattr(layout, "finish"):
            layout.finish(root, rows)
