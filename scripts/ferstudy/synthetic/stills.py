"""Stills of people who occur in no video, cropped as the videos' faces are: what a backbone learns from."""

import itertools
import logging
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.store.write import Writer
from ferstudy.synthetic.expression import LABELS, NEUTRAL, pose_for
from ferstudy.synthetic.identity import Identity, person
from ferstudy.synthetic.rendering import Renderer
from ferstudy.synthetic.workers import for_each
from ferstudy.tables.stills import COLUMNS
from ferstudy.tables.write import write_rows
from ferstudy.video.crop import cut, square
from ferstudy.video.detect import Haar

FRAME = (480, 640)  # width, height: stills are cut from frames like the default videos'
DETECTOR = {"scale": 0.25, "step": 1.1, "neighbours": 5, "smallest": 0.15, "cascade": "frontalface_default"}
TRIES = 5  # another pose is taken where no face is found
VALIDATION_PERIOD, VALIDATION_PEOPLE = 40, 6  # 15 %
log = logging.getLogger(__name__)


class StillsPlan(NamedTuple):
    """Which stills to make; see config/README.md, `stills`."""

    classes: tuple[str, ...]
    people: int = 200
    first_person: int = 100_000
    per_class: int = 1
    neutral: bool = True
    size: int = 96
    margin: float = 0.25
    extend: float = 0.1  # as the recipes' default
    seed: int = 7
    difficulty: float = 1.0

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, and neutral if it is asked for."""
        return (*self.classes, NEUTRAL) if self.neutral and NEUTRAL not in self.classes else self.classes

    @property
    def numbers(self) -> range:
        """The numbers of the people."""
        return range(self.first_person, self.first_person + self.people)


def plan(settings: dict) -> StillsPlan:
    """The plan of an entry of `stills` in the config; raises StudyError for an unknown key or class."""
    unknown = settings.keys() - set(StillsPlan._fields)
    if unknown:
        raise StudyError(
            f"stills: unknown key {sorted(unknown)[0]!r}, expected some of {', '.join(StillsPlan._fields)}"
        )
    for label in settings["classes"]:
        if label not in LABELS:
            raise StudyError(f"stills: no built-in expression {label!r}, expected some of {', '.join(LABELS)}")
    return StillsPlan(**{**settings, "classes": tuple(settings["classes"])})


def face_crop(frame: np.ndarray, wanted: StillsPlan, detector: Haar) -> np.ndarray | None:
    """The face in `frame` as (size, size, 3) uint8 BGR, cut as `extract_faces` does; None where none is found."""
    box = detector.largest(frame)
    if box is None:
        return None
    return np.ascontiguousarray(cut(frame, square(box, wanted.margin, wanted.extend), wanted.size)[..., ::-1])


def stills_of(number: int, wanted: StillsPlan) -> list[tuple[str, str, np.ndarray, float]]:
    """The stills of one person: name, label, picture, intensity. One without a findable face is left out."""
    who, detector = person(number), Haar(**DETECTOR)
    renderer = Renderer(who, *FRAME)
    done = []
    for label in wanted.labels:
        for take in range(wanted.per_class):
            rng = np.random.default_rng(
                np.random.SeedSequence(wanted.seed, spawn_key=(number, LABELS.index(label), take))
            )
            for _ in range(TRIES):
                shown = pose_for(who, label, rng, wanted.difficulty)
                frame = renderer.frame(shown.aus[0], shown.pose[0], shown.gaze[0], int(rng.integers(1 << 40)))
                crop = face_crop(frame, wanted, detector)
                if crop is not None:
                    done.append((name_of(who, label, take), label, crop, float(shown.intensity[0])))
                    break
    return done


def role(position: int) -> str:
    """The role of the person at this place: of each 40 people 3 women and 3 men validate, the first person does."""
    return "validation" if 7 * position % VALIDATION_PERIOD < VALIDATION_PEOPLE else "train"


def name_of(who: Identity, label: str, take: int) -> str:
    """A still's name."""
    return f"{who.subject}_{label}_{take + 1}"


def render(wanted: StillsPlan, store_path: Path, table: Path, processes: int) -> list[str]:
    """Write the store of pictures, BGR, one frame per still, and the table of their labels and roles.

    Returns the names of stills that were left out, because no face was found on them.
    """
    rows, results = [], for_each(partial(stills_of, wanted=wanted), wanted.numbers, processes)
    attributes = {"leaf": store_path.stem, "colour": "bgr"}
    with Writer(store_path, (wanted.size, wanted.size, 3), "uint8", {"intensity": ((), "f4")}, attributes) as store:
        for position, (number, stills) in enumerate(zip(wanted.numbers, results, strict=True)):
            for name, label, picture, intensity in stills:
                store.begin(name)
                store.add(picture[None], np.zeros(1, int), intensity=np.array([intensity]))
                store.end()
                rows.append((name, person(number).subject, label, role(position)))
    write_rows(table, COLUMNS, rows)
    made = {name for name, *_ in rows}
    cells = itertools.product(map(person, wanted.numbers), wanted.labels, range(wanted.per_class))
    faceless = [name for name in (name_of(*cell) for cell in cells) if name not in made]
    log.info("%d stills of %d people, %d without a face that is found", len(rows), wanted.people, len(faceless))
    return faceless
