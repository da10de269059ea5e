"""Copies that are planted among a study's own clips, to tell how many of them the search for copies finds.

They are made of the small pictures that the fingerprints hold, since the audit has no films: what a codec does to a
copy is measured elsewhere (docs/benchmarks.md), what this study's faces, rooms and cameras do to the search is here.
"""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import zoom

from ferstudy.bars import inner
from ferstudy.protocols import lookalikes
from ferstudy.protocols.full_frames import Frames, thumbnails
from ferstudy.protocols.registration import sampled
from ferstudy.protocols.same_frames import alike

COPIES = 10  # of a kind, of clips of different people as far as there are
AMONG = 120  # clips among which they are looked for, at most: keeps the cost from growing with the study
LONGEST = 100  # frames of a planted copy
MIRRORED = "mirror images"
ENOUGH = 0.9  # of a kind; where fewer are found, the finding says why
CROWD = 5  # other people who look nearly the same
LOGO = CAPTION = 5  # px of 32: the side of the one, the height of the other


def seen_through(clip: np.ndarray, part: float, degrees: float = 0) -> np.ndarray:
    """The middle of the frames of `clip` (n, s, s), magnified by 1 / `part` and turned; borders are repeated."""
    side = clip.shape[1]
    x, y = np.meshgrid(*[np.linspace(-1, 1, side, dtype="f4")] * 2)
    cos, sin = part * np.cos(np.radians(degrees)), part * np.sin(np.radians(degrees))
    there = [np.broadcast_to((1 + at) * (side - 1) / 2, clip.shape) for at in (cos * x - sin * y, sin * x + cos * y)]
    return _rounded(sampled(clip.astype("f4"), *there))


def cropped(clip: np.ndarray) -> np.ndarray:
    """Without 15 % of the width and the height on every side."""
    return seen_through(clip, 0.7)


def turned(clip: np.ndarray) -> np.ndarray:
    """By 10 degrees."""
    return seen_through(clip, 1, 10)


def barred(clip: np.ndarray) -> np.ndarray:
    """With black bars above and below, which are cut off as those of films are; a dark picture may hide them."""
    whole = np.pad(clip, ((0, 0), (4, 4), (0, 0)))
    rows, columns = inner(whole)
    left = whole[:, rows, columns].astype("f4")
    scale = np.divide(clip.shape[1:], left.shape[1:])
    return _rounded(zoom(left, (1, *scale), order=1, mode="nearest", grid_mode=True))


def with_logo(clip: np.ndarray) -> np.ndarray:
    """With a square of black and white in a corner."""
    covered = clip.copy()
    covered[:, 1 : 1 + LOGO, -1 - LOGO : -1] = _letters(LOGO)
    return covered


def with_caption(clip: np.ndarray) -> np.ndarray:
    """With a line of text below."""
    covered = clip.copy()
    covered[:, -CAPTION:] = _letters(clip.shape[2])[:CAPTION]
    return covered


def bent(clip: np.ndarray, gamma: float) -> np.ndarray:
    """Darker or brighter, black and white apart."""
    return _rounded(255 * (clip / 255.0) ** gamma)


def faster(clip: np.ndarray) -> np.ndarray:
    """1.25 times as fast: every fifth frame is missing."""
    return clip[np.arange(len(clip)) % 5 != 4]


def _letters(side: int) -> np.ndarray:
    """Dark and bright pixels (side, side), always the same."""
    return np.where(np.random.default_rng(0).random((side, side)) < 0.6, 20, 235).astype("u1")


def _rounded(pictures: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(pictures), 0, 255).astype("u1")


KINDS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "crops by 15 %": cropped,
    "turns by 10 degrees": turned,
    "bars": barred,
    "logos": with_logo,
    "captions": with_caption,
    "gamma 0.7": lambda clip: bent(clip, 0.7),
    "gamma 1.4": lambda clip: bent(clip, 1.4),
    "speed 1.25": faster,
    MIRRORED: lambda clip: clip[:, :, ::-1],
}


def recall(frames: Frames) -> dict[str, tuple[int, int]]:
    """Of each kind how many planted copies lead to a clip of the person they show, and how many were planted.

    Each copy is planted as a stranger's; empty where no clip shows anything, or all clips are one person's.
    """
    names, first = np.unique(frames.clip.astype(str), return_index=True)
    units = frames.unit[first]
    order = np.argsort(first)
    names, units = names[order], units[order]
    if len(set(units.tolist())) < 2:
        return {}
    sources = _sources(names, units)
    spread = np.linspace(0, len(names) - 1, min(AMONG, len(names))).round().astype(int)
    among = _of(frames, {*names[spread].tolist(), *sources})
    unit = dict(zip(names.tolist(), units.tolist(), strict=True))
    found = {}
    for kind, change in KINDS.items():
        made = {f"copy of {name}": change(thumbnails(frames, name)[:LONGEST]) for name in sources}
        with_copies = _with(among, made)
        rows = np.flatnonzero(np.isin(with_copies.clip, [*sources, *made]))
        matches = [match[:2] for match in alike(with_copies, rows, mirrors=[kind == MIRRORED])]
        led = {(copy, other) for pair in matches for copy, other in (pair, pair[::-1]) if copy in made}
        people = {(copy, unit.get(other)) for copy, other in led}
        found[kind] = (sum((f"copy of {name}", unit[name]) in people for name in sources), len(sources))
    return found


def crowded(frames: Frames) -> tuple[int, int]:
    """Of how many of the clips that are copied a frame looks nearly like those of CROWD other people (or of all).

    The search then has no measure: a copy has to agree clearly better than the nearest strangers do.
    """
    names, first = np.unique(frames.clip.astype(str), return_index=True)
    order = np.argsort(first)
    sources = _sources(names[order], frames.unit[first][order])
    described = lookalikes.describe(frames.pictures)
    shown = described.any(1)
    enough = min(CROWD, len(np.unique(frames.unit)) - 1)
    number = 0
    for name in sources:
        own = frames.clip == name
        strangers = shown & (frames.unit != frames.unit[own][0])
        near = described[own & shown] @ described[strangers].T > 1 - lookalikes.NEAR**2 / 2
        most = max((len(np.unique(frames.unit[strangers][row])) for row in near), default=0)
        number += most >= enough > 0
    return number, len(sources)


def told(found: dict[str, tuple[int, int]], crowd: tuple[int, int] = (0, 0)) -> str:
    """The `found` copies in a sentence, and why they are few where they are; nothing where none were planted.

    `crowd` is what `crowded` says of the same clips.
    """
    if not found:
        return ""
    kinds = ", ".join(f"{kind} {number} of {planted}" for kind, (number, planted) in found.items())
    text = f" Of copies planted among these clips it finds: {kinds}."
    low = [kind for kind, (number, planted) in found.items() if number < ENOUGH * planted]
    if not low:
        return text
    if 2 * crowd[0] >= crowd[1] > 0:
        text += f" The clips look alike: {crowd[0]} of the {crowd[1]} that were copied look nearly like those of "
        text += f"{CROWD} other people or more (or of all), and a copy is told by agreeing clearly better than "
        text += "strangers do."
    return f"{text} Copies of these kinds may go unnoticed in this study: {', '.join(low)}."


def _sources(names: np.ndarray, units: np.ndarray) -> list[str]:
    """COPIES clips, evenly spaced: one of each of as many people, or several where there are fewer people."""
    firsts = np.unique(units, return_index=True)[1]
    chosen = firsts if len(firsts) >= COPIES else np.arange(len(names))
    spread = np.linspace(0, len(chosen) - 1, min(COPIES, len(chosen))).round().astype(int)
    return names[chosen[spread]].tolist()


def _of(frames: Frames, names: set[str]) -> Frames:
    """The stand-ins of the clips `names` alone."""
    kept = np.isin(frames.clip, sorted(names))
    return frames._replace(
        clip=frames.clip[kept], position=frames.position[kept], unit=frames.unit[kept], pictures=frames.pictures[kept]
    )


def _with(frames: Frames, made: dict[str, np.ndarray]) -> Frames:
    """`frames` and the clips `made` (n, s, s), each a person of its own."""
    chosen = {name: lookalikes.stand_ins(lookalikes.describe(clip)) for name, clip in made.items()}
    counts = [len(positions) for positions in chosen.values()]
    new = frames.unit.max() + 1 + np.arange(len(made))
    return frames._replace(
        clip=np.r_[frames.clip, np.repeat(np.array(list(made), object), counts)],
        position=np.r_[frames.position, *chosen.values()].astype(int),
        unit=np.r_[frames.unit, np.repeat(new, counts)],
        pictures=np.concatenate([frames.pictures, *(made[name][at] for name, at in chosen.items())]),
        made=made,
    )
