"""The same frames in two clips: copies that were renamed, cut, scaled, mirrored or encoded again.

Two frames are the same if their pixels are equal, or if, registered, they differ by less than SAME grey levels in the
mean and nowhere by much. What "much" is the data say: people before one backdrop differ in a small spot only, so a copy
must be far nearer than the nearest frames of third people are. That also lets title cards and empty rooms be, which
many people's clips share.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import chain, combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ferstudy.fold import Fold
from ferstudy.protocols import lookalikes, runs
from ferstudy.protocols.findings import Finding, finding, some
from ferstudy.protocols.registration import Fit, register
from ferstudy.protocols.runs import Limits
from ferstudy.store.read import Store, clips_in
from ferstudy.tables.lineup import Lineup
from ferstudy.tables.pairs import Pair

SLACK = 1.5  # stand-ins are not quite the frames that they stand for
MANY_PEOPLE, MANY_CLIPS = 3, 20  # an equal frame in more than these is a title card

TITLE = "No frames in two roles"


class Match(NamedTuple):
    """Two clips (`one` < `other`) with frames in common: how many are equal, and how many in a row look the same."""

    one: str
    other: str
    equal: int
    alike: int
    mirrored: bool


class Frames(NamedTuple):
    """The fingerprints of many clips: where each clip's are, and the thumbnails of its stand-ins."""

    stores: dict[str, tuple[Path, str]]  # path, and name there, by clip
    unreadable: set[str]  # clips without a frame
    hashes: dict[str, np.ndarray]  # of frames that show something, each once
    clip: np.ndarray  # (n,) the clip of each stand-in
    position: np.ndarray  # (n,) its position among the clip's frames
    unit: np.ndarray  # (n,) sorted
    pictures: np.ndarray  # (n, s, s)


def duplicates(line: Lineup, stores: Iterable[str | Path]) -> Finding:
    """Clips with the same frames: a leak across roles, a warning within; unknown where clips have no fingerprints."""
    frames = read(line, stores)
    missing = set(line.clips) - set(frames.stores)
    matches, shared = find(frames, line)
    across = [match for match in matches if _apart(line, match)]
    where = {match: "in two roles" if match in across else "in one role" for match in matches}
    pairs = [Pair("duplicates", *match[:2], f"{_how(match)}, {place}") for match, place in where.items()]
    if across:
        text = f"{len(across)} pairs of clips in different roles show the same frames: {_told(across)}."
        text += " Remove the copies, or give them one group."
        return finding("duplicates", TITLE, "leak", text, {name for match in across for name in match[:2]}, pairs)
    if missing:
        text = f"{len(missing)} of {len(line.clips)} clips have no fingerprints; copies of them would go unnoticed."
        return finding("duplicates", TITLE, "unknown", text, missing, pairs)
    if matches:
        text = f"{len(matches)} pairs of clips in one role show the same frames: {_told(matches)}. They count twice."
        return finding("duplicates", TITLE, "warning", text, {name for match in matches for name in match[:2]}, pairs)
    text = f"No two of the {len(line.clips) - len(frames.unreadable)} clips in different roles show the same frames"
    text += f" ({shared} frames that many clips share, such as title cards, were left out)." if shared else "."
    return finding("duplicates", TITLE, "pass", text)


def _apart(line: Lineup, match: Match) -> bool:
    """Whether one of the two clips has another role than the other, or is tested where the other chooses settings."""
    pair = {match.one, match.other}
    for fold, roles in line.folds.items():
        in_one_role = any(pair <= names for names in roles.values())
        if pair <= set().union(*roles.values()) and not in_one_role:
            return True
        siblings = Fold.parse(fold).siblings(line.folds)
        chooses = {name for other in siblings for names in line.folds[other].values() for name in names}
        if not in_one_role and pair & roles["test"] and pair - roles["test"] <= chooses:
            return True
    return False


def _told(matches: list[Match]) -> str:
    return some([f"`{match.one}` and `{match.other}` ({_how(match)})" for match in matches])


def _how(match: Match) -> str:
    return f"{match.equal} equal" if match.equal else f"{match.alike} in a row{', mirrored' if match.mirrored else ''}"


def read(line: Lineup, stores: Iterable[str | Path]) -> Frames:
    """The fingerprints of the clips of `line` in `stores`; of most frames the thumbnails are not kept."""
    places, hashes, parts = {}, {}, []
    for name, store, clip in clips_in(stores, set(line.clips)):
        places[name] = (store.path, clip)
        pictures = store.values(clip)
        described = lookalikes.describe(pictures)
        shown = described.any(1)
        hashes[name] = np.unique(store.column(clip, "hash")[shown])
        chosen = lookalikes.stand_ins(described)
        parts.append((line.clips[name].unit, name, chosen, pictures[chosen]))
    parts.sort(key=lambda part: part[:2])
    counts = [len(part[2]) for part in parts]

    def joined(index: int, empty: np.ndarray) -> np.ndarray:
        return np.concatenate([empty, *(part[index] for part in parts)])

    side = parts[0][3].shape[1] if parts else lookalikes.BLOCKS
    return Frames(
        places,
        {name for name, of_clip in hashes.items() if not len(of_clip)},
        hashes,
        np.repeat(np.array([part[1] for part in parts], object), counts),
        joined(2, np.zeros(0, int)),
        np.repeat(np.unique([part[0] for part in parts], return_inverse=True)[1].astype(int), counts),
        joined(3, np.zeros((0, side, side), "u1")),
    )


def find(frames: Frames, line: Lineup) -> tuple[list[Match], int]:
    """All pairs of clips with frames in common, sorted, and how many frames were left out because many share them.

    Takes of one person look alike by nature: among those only equal frames count.
    """
    equal, shared = _equal(frames, line)
    matches = {pair: Match(*pair, count, 0, False) for pair, count in equal.items()}
    for mirror in (False, True):
        for pair, found in sorted(_candidates(frames, mirror).items()):
            if pair not in matches and (length := _run(frames, *found, mirror)) >= runs.RUN:
                matches[pair] = Match(*pair, 0, length, mirror)
    return sorted(matches.values()), shared


def _equal(frames: Frames, line: Lineup) -> tuple[Counter, int]:
    """How many frames each pair of clips has in common, pixel by pixel, and how many too many clips have."""
    names = list(frames.hashes)
    owner = np.repeat(np.arange(len(names)), [len(frames.hashes[name]) for name in names])
    values = np.concatenate([np.zeros(0, "u8"), *frames.hashes.values()])
    order = np.argsort(values, kind="stable")
    values, owner = values[order], owner[order]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]]) if len(values) else np.zeros(0, int)
    pairs: Counter = Counter()
    shared = 0
    sizes = np.diff(np.r_[starts, len(values)])
    for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
        clips = sorted(names[i] for i in owner[start : start + size])
        if len({line.clips[name].unit for name in clips}) > MANY_PEOPLE or size > MANY_CLIPS:
            shared += 1
        else:
            pairs.update(combinations(clips, 2))
    return pairs, shared


def _candidates(frames: Frames, mirror: bool) -> dict[tuple[str, str], tuple[int, int, Limits, np.ndarray]]:
    """By pair of clips: the stand-ins that agree best, by how much they may differ, and where one lies in the other."""
    closest: dict[tuple[str, str], tuple[float, int, int, Limits, np.ndarray]] = {}
    few, every = lookalikes.asked(frames.clip), np.arange(len(frames.clip))
    for alike in chain(
        lookalikes.nearest(frames.pictures, frames.unit, every, lookalikes.WHOLE, mirror),
        lookalikes.nearest(frames.pictures, frames.unit, few, lookalikes.VIEWS, mirror),
    ):
        count, near = alike.others.shape
        asked = frames.pictures[alike.one]
        asked = np.repeat(asked[:, :, ::-1] if mirror else asked, near, axis=0)
        fit = register(frames.pictures[alike.others.ravel()], asked, alike.start.reshape(-1, 2, 3))
        spot, open_spot = fit.spot.reshape(count, near), fit.open_spot.reshape(count, near)
        for row, column in np.ndindex(count, near):
            limits = runs.limits(np.delete(spot[row], column), np.delete(open_spot[row], column))
            at = row * near + column
            how_far = runs.how_far(Fit(*(value[at] for value in fit)), limits)
            if how_far >= SLACK:
                continue
            ends = (int(alike.others[row, column]), int(alike.one[row]))
            pair = tuple(sorted(frames.clip[i] for i in ends))
            if how_far < closest.get(pair, (np.inf,))[0]:
                closest[pair] = (how_far, *ends, limits, fit.warp[at])
    return {pair: best[1:] for pair, best in closest.items()}


def _run(frames: Frames, one: int, other: int, limits: Limits, warp: np.ndarray, mirror: bool) -> int:
    """The longest run of frames around stand-in `one` that each show what some frame of the clip of `other` shows."""
    clips = [_pictures(frames, frames.clip[i]) for i in (one, other)]
    clips[1] = clips[1][:, :, ::-1] if mirror else clips[1]
    return runs.longest(clips[0], clips[1], (frames.position[one], frames.position[other]), warp, limits)


def _pictures(frames: Frames, clip: str) -> np.ndarray:
    """All thumbnails of a clip."""
    path, name = frames.stores[clip]
    with Store(path) as store:
        return store.values(name)
