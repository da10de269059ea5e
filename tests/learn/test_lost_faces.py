"""No face is lost for its skin or light: misses per group, on real people and on rendered ones, in every light.

The real clips are those of test_real_faces.py. What is in the table that is printed is the share of frames without a
crop, by Haar alone and with the second look.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
from completed import recipe_of
from test_real_faces import FACES

from ferstudy.evaluation.misses import excess, loss
from ferstudy.synthetic.expression import perform
from ferstudy.synthetic.identity import SKIN, Identity, person
from ferstudy.synthetic.rendering import Renderer
from ferstudy.tables.rows import read_rows
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.faces import Tools, find, tools

pytestmark = pytest.mark.learn

COUNT = 24  # frames of a clip
MOST = 0.01  # of the frames of a group
COLUMNS = ("clip", "path", "subject", "label", "age", "sex", "ethnicity")
Losses = dict[str, dict[str, list[tuple[str, float]]]]  # {way: {group: [(person, share of a clip that is lost)]}}


def noisy(frame: np.ndarray, light: np.ndarray | float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 2, frame.shape)
    return np.clip(frame * light + noise, 0, 255).astype(np.uint8)


def from_a_side(frame: np.ndarray) -> np.ndarray:
    return np.linspace(1.0, 0.08, frame.shape[1])[None, :, None]


REAL_LIGHTS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "as it is": lambda frame, _: frame,
    "a fifth": lambda frame, seed: noisy(frame, 0.2, seed),
    "a tenth": lambda frame, seed: noisy(frame, 0.1, seed),
    "from a side": lambda frame, seed: noisy(frame, from_a_side(frame), seed),
}


def lit(who: Identity, toward: tuple[float, float, float], ambient: float) -> Identity:
    return replace(who, light=np.array(toward) / np.linalg.norm(toward), ambient=ambient)


def against_the_light(who: Identity) -> Identity:
    return replace(who, skin=0.25 * who.skin, lip=0.25 * who.lip, background=np.full(3, 215.0))


RENDERED_LIGHTS: dict[str, tuple[Callable[[Identity], Identity], float]] = {
    "as it is": (lambda who: who, 1.0),
    "from a side": (lambda who: lit(who, (1.2, -0.2, 0.5), 0.3), 1.0),
    "from above": (lambda who: lit(who, (0.1, -1.5, 0.4), 0.35), 1.0),
    "a spot": (lambda who: lit(who, (0.9, -0.6, 0.3), 0.15), 1.0),
    "against the light": (against_the_light, 1.0),
    "a third": (lambda who: who, 0.35),
    "a seventh": (lambda who: who, 0.15),
}


def lost_share(film: Film, ready: Tools, second: object) -> float:
    try:
        return 1 - len(find(film, recipe_of({}), ready.detector, second).boxes) / film.count
    except Unusable:
        return 1.0


def measured(clips: Iterable[tuple[str, str, list[np.ndarray]]], folder) -> Losses:
    """What both ways lose of (group, person, frames)."""
    ready, found = tools(recipe_of({})), {"Haar alone": {}, "both": {}}
    for number, (group, who, frames) in enumerate(clips):
        place = folder / f"{number}"
        place.mkdir()
        for i, frame in enumerate(frames):
            cv2.imwrite(str(place / f"{i:03d}.bmp"), frame)
        film = Film(place)
        for path in place.iterdir():  # the frames are in memory
            path.unlink()
        for way, second in (("Haar alone", None), ("both", ready.second)):
            found[way].setdefault(group, []).append((who, lost_share(film, ready, second)))
    return found


def judged(light: str, found: Losses) -> None:
    """Print what is lost, and hold it to what is promised."""
    for group in sorted(found["both"]):
        alone, both = (loss(found[way][group]).share for way in ("Haar alone", "both"))
        clips = len(found["both"][group])
        print(f"\n{light}, {group}: {clips} clips, Haar alone loses {alone:.1%} of the frames, both {both:.1%}", end="")
    for group, own in found["both"].items():
        others = [clip for other, these in found["both"].items() if other != group for clip in these]
        assert loss(own).share <= MOST, f"{light}, {group}"
        assert excess(own, others, len(found["both"]))[1] > 0.05, f"{light}, {group}"


@pytest.mark.parametrize("light", REAL_LIGHTS)
def test_real_faces_are_found_in_every_light(light, tmp_path):
    if not (FACES / "manifest.csv").exists():
        pytest.skip(f"no clips in {FACES}: set FERSTUDY_REAL_FACES to a folder with manifest.csv")

    def clips() -> Iterator[tuple[str, str, list[np.ndarray]]]:
        for row in read_rows(FACES / "manifest.csv", COLUMNS):
            frames = [REAL_LIGHTS[light](frame, i) for i, frame in enumerate(Film(FACES / row["path"]))]
            yield row["ethnicity"], row["subject"], frames

    judged(light, measured(clips(), tmp_path))


@pytest.mark.parametrize("light", RENDERED_LIGHTS)
def test_rendered_faces_of_every_skin_are_found_in_every_light(light, tmp_path):
    change, share = RENDERED_LIGHTS[light]

    def clips() -> Iterator[tuple[str, str, list[np.ndarray]]]:
        for tone, skin in enumerate(SKIN):
            for number in range(700, 704):
                who = person(number)
                who = change(replace(who, skin=skin, lip=who.lip * skin / who.skin))
                renderer = Renderer(who, 480, 640)
                shown = perform(who, ("happiness", "fear")[number % 2], np.random.default_rng(number), COUNT, 25)
                states = enumerate(zip(shown.aus, shown.pose, shown.gaze, strict=True))
                frames = [renderer.frame(*state, i) for i, state in states]
                yield (
                    f"skin {tone}",
                    f"{number}",
                    [noisy(f, share, i) if share < 1 else f for i, f in enumerate(frames)],
                )

    judged(light, measured(clips(), tmp_path))
