"""Where the face is in every frame: detections now and then, tracking in between.

Everything here is symmetric in time: the boxes of a reversed video are the reversed boxes. Otherwise the crop alone
would tell the beginning of a smile from its end. So detections lie symmetrically about the middle of the clip,
each stretch between two of them is tracked in both directions, and every filter looks both ways.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.video import trackers
from ferstudy.video.cuts import cuts, thumbnail
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import central, grey_of, overlap, prominence, shrunken
from ferstudy.video.spilled_frames import SpilledFrames

AGREE = 0.3  # overlap of two boxes that show the same face
PROBES = 4  # extra detections between a frame with the face and one without
STEADY, PASSED = 2.0, 2  # weight of one person's being the same against standing out; detections without that person
TRUST = 4.0  # weight of the tracked movement against the detected positions
SWEEPS = 60
CHOICES = ("steady", "largest", "central")
STRIDE = 3  # frames from one that is tracked to the next, if the filter leaves nothing of what is in between
PICTURES_BYTES = 32 << 20  # of shrunken frames that stay in memory for tracking; those of a longer clip go to a file


class Track(NamedTuple):
    """The face in frames `first`, `first + 1`, ... of a clip (n frames)."""

    first: int
    boxes: np.ndarray  # (n, 4) float64 x, y, w, h in px of the frame, w = h
    score: np.ndarray  # (n,) 0..1: 1 where detected, else how far the two tracking directions agree (overlap)
    faces: np.ndarray  # (n,) int: how many faces the detections around it saw


def key_frames(count: int, every: int) -> list[int]:
    """Where to detect in a clip of `count` frames: first, last and evenly between, symmetric about the middle.

    At most `every` frames apart, at least three positions (four where no frame is the middle one).
    """
    parts = max(2, -(-(count - 1) // every))
    if count % 2 == 0 and parts % 2 == 0:
        parts += 1  # an even number of frames has no middle one
    half = [round(i * (count - 1) / parts) for i in range(parts // 2 + 1)]
    return sorted({*half, *(count - 1 - i for i in half)})


def detect(film: Film, detector: Any, positions: set[int], pictures: "Pictures") -> dict[int, np.ndarray]:
    """The boxes (n, 4) of all faces at each of `positions`, whose pictures are kept."""
    found = {}
    for i, frame in film.some(positions):
        found[i] = detector.faces(frame)
        pictures.keep(i, frame)
    return found


def choose(found: dict[int, np.ndarray], shape: tuple[int, int], how: str = "steady") -> dict[int, np.ndarray]:
    """One box (4,) for each position with a face, at most.

    "steady": the chain that is largest, most central and most steady, see `chain`, so that a second person who is
    larger for a moment does not take the clip over. "largest", "central": in each frame for itself.
    """
    positions = [i for i in sorted(found) if len(found[i])]
    if how == "steady":
        return {positions[k]: found[positions[k]][box] for k, box in chain([found[i] for i in positions], shape)}
    measure = {"largest": prominence, "central": central}[how]
    return {i: found[i][measure(found[i], shape).argmax()] for i in positions}


def chain(found: list[np.ndarray], shape: tuple[int, int]) -> list[tuple[int, int]]:
    """(place in `found`, which of the boxes (n, 4) there) of one face, in order.

    The sum of `prominence` over the places and, STEADY times, of the overlaps from each to the next is made as large as
    can be (dynamic programming). Up to PASSED places in a row are left out where only others were seen, see `alone`.
    """
    totals: list[np.ndarray] = []
    origins: list[list[tuple[int, int] | None]] = []
    for k, boxes in enumerate(found):
        best, origin = np.zeros(len(boxes)), [None] * len(boxes)
        for before in range(max(0, k - 1 - PASSED), k):
            reach = totals[before][:, None] + (k - before) * STEADY * overlap(found[before][:, None], boxes[None])
            for start, end in np.argwhere(reach > best):
                if reach[start, end] > best[end] and alone(found, (before, start), (k, end)):
                    best[end], origin[end] = reach[start, end], (before, int(start))
        totals.append(best + prominence(boxes, shape))
        origins.append(origin)
    links: list[tuple[int, int]] = []
    at = max((float(total.max()), k, int(total.argmax())) for k, total in enumerate(totals))[1:] if found else None
    while at is not None:
        links.append(at)
        at = origins[at[0]][at[1]]
    return links[::-1]


def alone(found: list[np.ndarray], start: tuple[int, int], end: tuple[int, int]) -> bool:
    """Whether every box between two (place, box) in `found` is that of somebody else, who is seen beside them there."""
    if end[0] == start[0] + 1:
        return True
    beside = [found[k][overlap(found[k], found[k][box]) < AGREE] for k, box in (start, end)]
    others = np.concatenate(beside)
    between = np.concatenate(found[start[0] + 1 : end[0]])
    return len(others) > 0 and bool((overlap(between[:, None], others[None]).max(1) >= AGREE).all())


def probes(seen: dict[int, np.ndarray], positions: list[int]) -> list[int]:
    """Frames to look at again: between each position with the face and a neighbouring one without."""
    more: set[int] = set()
    for a, b in pairwise(positions):
        if (a in seen) == (b in seen):
            continue
        here, there = (a, b) if a in seen else (b, a)
        steps = [int((there - here) * i / (PROBES + 1)) for i in range(1, PROBES + 1)]  # int: towards the face
        more |= {here + step for step in steps} - {here}
    return sorted(more)


def stretches(seen: dict[int, np.ndarray], found: dict[int, np.ndarray], longest: int) -> list[list[int]]:
    """The positions in `seen` cut wherever the next is more than `longest` frames away, or shows another face."""
    parts: list[list[int]] = [[]]
    for i in sorted(seen):
        if parts[-1]:
            before = parts[-1][-1]
            ends = another(seen[before], seen[i], found[i]) or another(seen[i], seen[before], found[before])
            if i - before > longest or ends:
                parts.append([])
        parts[-1].append(i)
    return parts


def another(face: np.ndarray, chosen: np.ndarray, boxes: np.ndarray) -> bool:
    """Whether `chosen`, one of `boxes` (n, 4) of a frame, is another than `face` in a frame nearby, which is there too.

    The choice has then gone from one person to another; a face that has only moved far is not among them.
    """
    shared = overlap(boxes, face)
    return shared.max() >= AGREE and overlap(boxes[shared.argmax()], chosen) < AGREE


def confirmed(boxes: np.ndarray, detected: np.ndarray) -> np.ndarray:
    """`boxes` (n, 4) if the last is where a face was `detected`, else NaN: trackers follow anything."""
    return boxes if overlap(boxes[-1], detected) >= AGREE else np.full_like(boxes, np.nan)


class Pictures:
    """Small versions of some of a clip's frames, for tracking.

    `scale` (0..1] is that of the frame; `colour` keeps the colours.
    """

    def __init__(self, scale: float, colour: bool):
        self._scale, self._colour = scale, colour
        self._kept = SpilledFrames(PICTURES_BYTES)

    def keep(self, i: int, frame: np.ndarray) -> None:
        """Keep the picture of `frame` (height, width, 3) BGR, which has number `i`."""
        if i not in self._kept:
            self._kept[i] = shrunken(frame if self._colour else grey_of(frame), self._scale)[0]

    def __getitem__(self, i: int) -> np.ndarray:
        """The picture of frame number `i`, which was kept."""
        return self._kept[i]

    def between(self, keys: list[int]) -> Iterator[tuple[list[int], list[np.ndarray]]]:
        """(numbers, pictures) from key to next key inclusive, for each pair of neighbours in `keys`.

        Only one interval is taken into memory at a time.
        """
        numbers = sorted(self._kept)
        for a, b in pairwise(keys):
            part = numbers[bisect_left(numbers, a) : bisect_left(numbers, b) + 1]
            yield part, [self[i] for i in part]


def to_places(boxes: np.ndarray) -> np.ndarray:
    """Boxes (..., 4) as places (..., 3): x and y of the centre in px, natural logarithm of the mean side."""
    centre = boxes[..., :2] + boxes[..., 2:] / 2
    return np.concatenate([centre, np.log(boxes[..., 2:]).mean(-1, keepdims=True)], -1)


def to_boxes(places: np.ndarray) -> np.ndarray:
    """The square boxes (..., 4) of `places` (..., 3)."""
    side = np.exp(places[..., 2:])
    return np.concatenate([places[..., :2] - side / 2, side, side], -1)


def steadied(detected: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """The places (keys, 3) that agree best with the `detected` places and the tracked movements between them.

    `moved` is (keys - 1, 3). Minimises |p - detected|^2 + TRUST * |p[k+1] - p[k] - moved[k]|^2 by Jacobi sweeps, which
    treat both directions of time alike to the last bit. A detector on a small image is coarse (a pixel there is four
    in the frame); the tracker is fine over one interval and drifts over many.
    """
    places = detected
    for _ in range(SWEEPS):
        pull, weight = detected.copy(), np.ones((len(detected), 1))
        pull[1:] += TRUST * (places[:-1] + moved)
        pull[:-1] += TRUST * (places[1:] - moved)
        weight[1:] += TRUST
        weight[:-1] += TRUST
        places = pull / weight
    return places


def joined(
    forward: np.ndarray, backward: np.ndarray, start: np.ndarray, end: np.ndarray, times: np.ndarray | None = None
) -> np.ndarray:
    """The places (n, 3) from `start` to `end` (3,), moving as tracked `forward` and `backward` (n, 3; maybe NaN).

    Each direction is shifted to begin at its end of the interval and counts less the farther it has come; where neither
    is known the movement is even. `times` (n,) are the frames of the places, by default one after the other.
    """
    times = np.arange(len(forward)) if times is None else times
    near = (times[-1] - times)[:, None] / (times[-1] - times[0])  # 1 at the start, 0 at the end
    far = (times - times[0])[:, None] / (times[-1] - times[0])
    ahead, back = forward - forward[0] + start, backward - backward[-1] + end
    even = near * start + far * end
    ahead, back = np.where(np.isnan(ahead), back, ahead), np.where(np.isnan(back), ahead, back)
    places = near * ahead + far * back
    return np.where(np.isnan(places), even, places)


def smooth(values: np.ndarray, sigma: float, trend: bool = False) -> np.ndarray:
    """`values` (n, k) filtered over time by a Gaussian of `sigma` frames, cut off at the ends of the clip.

    A mean cut off at one side lags behind what moves. With `trend` a straight line is fitted instead (weighted by the
    same Gaussian; equal to the mean away from the ends), which does not.
    """
    if sigma <= 0 or len(values) < 2:
        return values
    reach = min(len(values) - 1, int(4 * sigma))
    # Moments: weights s0, s1, s2 and weighted values t0, t1. Both neighbours of a frame are added at once, so that
    # reversed time gives the same sums to the last bit. The last column tells which frames there are.
    rows = np.pad(np.column_stack([values, np.ones(len(values))]), ((reach, reach), (0, 0)))
    zeroth = rows[reach : reach + len(values)].copy()
    first, second = np.zeros_like(zeroth), np.zeros_like(zeroth[:, -1:])
    for shift in range(1, reach + 1):
        share = np.exp(-0.5 * (shift / sigma) ** 2)
        left, right = (rows[reach + way : reach + way + len(values)] for way in (-shift, shift))
        zeroth += share * (left + right)
        if trend:
            first += share * shift * (right - left)
            second += share * shift**2 * (left + right)[:, -1:]
    t0, s0, t1, s1, s2 = zeroth[:, :-1], zeroth[:, -1:], first[:, :-1], first[:, -1:], second
    return (s2 * t0 - s1 * t1) / (s2 * s0 - s1**2) if trend else t0 / s0


class Run(NamedTuple):
    """What a tracker found between two keys, in both directions."""

    numbers: list[int]  # the frames, from key to key
    forward: np.ndarray  # (numbers, 4) boxes in px of the frame; NaN where it was lost or did not arrive at the face
    backward: np.ndarray  # the same, also in the order of time


def tracked(pictures: Pictures, seen: dict[int, np.ndarray], name: str, shape: tuple[int, int]) -> list[Run]:
    """The run between each two neighbouring keys of `seen` {position: box}, in frames of `shape` (height, width).

    `name` is the tracker's; with "none" nothing is known between the keys.
    """
    keys = sorted(seen)
    if name == "none":
        return [Run([a, b], np.full((2, 4), np.nan), np.full((2, 4), np.nan)) for a, b in pairwise(keys)]
    runs = []
    for (numbers, images), (a, b) in zip(pictures.between(keys), pairwise(keys), strict=True):
        ratio = np.tile([shape[1] / images[0].shape[1], shape[0] / images[0].shape[0]], 2)
        forward = confirmed(trackers.follow(name, images, seen[a] / ratio) * ratio, seen[b])
        backward = confirmed(trackers.follow(name, images[::-1], seen[b] / ratio) * ratio, seen[a])[::-1]
        runs.append(Run(numbers, forward, backward))
    return runs


def unbroken(seen: dict[int, np.ndarray], runs: list[Run]) -> tuple[dict[int, np.ndarray], list[Run]]:
    """The longest part of `seen` and its runs in which each key shows the face of the one before.

    It does not where the faces lie apart and no tracker has come from one to the other.
    """
    keys, parts = sorted(seen), [([min(seen)], [])]
    for run, (a, b) in zip(runs, pairwise(keys), strict=True):
        lost = np.isnan(run.forward).any() and np.isnan(run.backward).any()
        if lost and overlap(seen[a], seen[b]) < AGREE:
            parts.append(([], []))
        else:
            parts[-1][1].append(run)
        parts[-1][0].append(b)
    best, its = max(parts, key=lambda part: length({key: seen[key] for key in part[0]}))
    return {key: seen[key] for key in best}, its


def placed(seen: dict[int, np.ndarray], runs: list[Run]) -> np.ndarray:
    """(n, 4) places and agreement in every frame from the first to the last key of `seen` {position: box}.

    Agreement is how far the boxes tracked forward and backward overlap, 0 where either is lost, 1 at the keys.
    """
    keys = sorted(seen)
    detected = to_places(np.array([seen[key] for key in keys]))
    tracks = [(to_places(run.forward), to_places(run.backward)) for run in runs]
    moves = [[forward[-1] - forward[0], backward[-1] - backward[0]] for forward, backward in tracks]
    moves = np.reshape(moves, (-1, 2, 3))
    known = ~np.isnan(moves)
    summed = np.where(known, moves, 0).sum(1)
    moved = np.where(known.any(1), summed / np.maximum(known.sum(1), 1), np.diff(detected, axis=0))
    keyed = steadied(detected, moved)
    at, values = keys[:1], [np.append(keyed[0], 1)[None]]
    for run, (forward, backward), (start, end) in zip(runs, tracks, pairwise(keyed), strict=True):
        agreement = np.nan_to_num(overlap(run.forward, run.backward))[:, None]
        agreement[-1] = 1
        values.append(np.hstack([joined(forward, backward, start, end, np.array(run.numbers)), agreement])[1:])
        at += run.numbers[1:]
    frames = np.arange(keys[0], keys[-1] + 1)
    return np.stack([np.interp(frames, at, column) for column in np.concatenate(values).T], -1)


def shots(thumbnails: list[np.ndarray]) -> list[tuple[int, int]]:
    """(first, last) frames of the shots of a clip, of whose frames these are the `thumbnails`."""
    at = cuts(np.array(thumbnails))
    return list(zip([0, *at], [*(i - 1 for i in at), len(thumbnails) - 1], strict=True))


def within(found: dict[int, np.ndarray], shot: tuple[int, int]) -> dict[int, np.ndarray]:
    """What was `found` in the frames of the `shot` (first, last)."""
    return {i: boxes for i, boxes in found.items() if shot[0] <= i <= shot[1]}


def survey(
    film: Film, detector: Any, positions: list[int], grid: set[int], pictures: Pictures
) -> tuple[dict[int, np.ndarray], list[tuple[int, int]]]:
    """(boxes (n, 4) of all faces at each of `positions`, shots as (first, last) frame), in one pass over `film`.

    The `pictures` of the frames in `grid` are kept.
    """
    wanted = set(positions)
    found: dict[int, np.ndarray] = {}
    thumbnails = []
    for i, frame in enumerate(film):
        if i in wanted:
            found[i] = detector.faces(frame)
        if i in grid:
            pictures.keep(i, frame)
        thumbnails.append(thumbnail(frame))
    if len(thumbnails) < film.count:
        raise Unusable("damaged", "the video gives fewer frames when read again")
    return found, shots(thumbnails)


def grown(seen: dict[int, np.ndarray], more: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    """`seen` {position: box} and, of the boxes (n, 4) in `more`, those that show the same face.

    That is what overlaps its box in the nearest frames; those near to `seen` are taken first.
    """
    seen = dict(seen)
    if not seen:
        return {}
    first = sorted(seen)
    for i in sorted(more, key=lambda i: min(abs(i - key) for key in first)):
        before, after = max((k for k in seen if k < i), default=None), min((k for k in seen if k > i), default=None)
        near = [seen[k] for k in (before, after) if k is not None]
        shared = overlap(more[i][:, None], np.array(near)[None]).max(1) if len(more[i]) else np.zeros(1)
        if shared.max() >= AGREE:
            seen[i] = more[i][shared.argmax()]
    return seen


def length(seen: dict[int, np.ndarray]) -> tuple[int, float]:
    """By which of several stretches `seen` {position: box} the longest is chosen.

    Of equally long ones that with the larger face, which is the same one in a reversed clip.
    """
    return max(seen) - min(seen) + 1, sum(float(box[2]) for box in seen.values())


def overlooked(
    seen: dict[int, np.ndarray], positions: list[int], pictures: Pictures, detector: Any, shape: tuple[int, int]
) -> dict[int, np.ndarray]:
    """{position: box (4,)} of a face that was not detected in one of `positions` but is `seen` in those around it.

    The `detector` looks at it again in the picture, near the place where the face was before and is after, if it can
    (`near`), in frames of `shape` (height, width).
    """
    found = {}
    for before, i, after in zip(positions, positions[1:], positions[2:], strict=False):
        if i in seen or before not in seen or after not in seen or overlap(seen[before], seen[after]) < AGREE:
            continue
        picture = pictures[i]
        ratio = np.tile([shape[1] / picture.shape[1], shape[0] / picture.shape[0]], 2)
        box = detector.near(picture, (seen[before] + seen[after]) / 2 / ratio)
        if box is not None:
            found[i] = box * ratio
    return found


def faces(
    film: Film,
    detector: Any,
    found: dict[int, np.ndarray],
    parts: list[tuple[int, int]],
    pictures: Pictures,
    settings: Mapping[str, Any],
) -> list[dict[int, np.ndarray]]:
    """The stretches {position: box (4,)} with one face within the shots `parts` (first, last), in order.

    `found` (position: boxes (n, 4)) is what regular detections saw. Where a shot begins or ends and where a face comes
    or goes, `film` is looked at again, which is added to `found`. `settings` are `every`, `misses`, `choose` and
    `tracked`: whether there are pictures.
    """
    if len(parts) > 1:
        keys = {first + i for first, last in parts for i in key_frames(last - first + 1, settings["every"])}
        found |= detect(film, detector, keys - found.keys(), pictures)
    shown = [within(found, part) for part in parts]
    chosen = [choose(boxes, film.shape, settings["choose"]) for boxes in shown]
    if hasattr(detector, "near") and settings["tracked"]:
        for seen, boxes in zip(chosen, shown, strict=True):
            more = overlooked(seen, sorted(boxes), pictures, detector, film.shape)
            seen |= more
            found |= {i: np.vstack([found[i], box]) for i, box in more.items()}
    again = {i for seen, boxes in zip(chosen, shown, strict=True) for i in probes(seen, sorted(boxes))}
    more = detect(film, detector, again - found.keys(), pictures)
    found |= more
    longest = settings["misses"] * int(max(np.diff(key_frames(film.count, settings["every"])), default=1))
    seen = [grown(known, within(more, part)) for known, part in zip(chosen, parts, strict=True)]
    return [{key: one[key] for key in keys} for one in seen if one for keys in stretches(one, found, longest)]


def locate(film: Film, detector: Any, settings: Mapping[str, Any], tracker: Mapping[str, Any]) -> Track:
    """The face of a clip; raises Unusable("no face found"), and StudyError for an unknown tracker or choice.

    `detector` has `faces(frame) -> (n, 4)`. Of `settings`, the detector section of a recipe, count `every` (frames from
    detection to detection, at most), `misses` (detections in a row without the face by which it is lost; of several
    stretches with a face the longest counts) and `choose` (one of CHOICES, of several faces). Of `tracker` count
    `name` (one of trackers.NAMES), `scale` (of the frames it works on), `calm` (sigma in frames of the filter over the
    centre), `steady` (that over the side) and `cuts` (whether a scene cut ends the track).
    """
    name, calm, how = tracker.get("name", "medianflow"), tracker.get("calm", 3.0), settings.get("choose", CHOICES[0])
    trackers.check(name)
    if how not in CHOICES:
        raise StudyError(f"recipe: no detector/choose {how!r}, expected {', '.join(CHOICES)}")
    every, track = settings.get("every", 25), name != "none"
    while True:
        count = film.expected  # of a long film, known only when it has been gone through
        regular = key_frames(count, every) if track else list(range(count))
        grid = {*key_frames(count, max(1, min(int(calm), STRIDE))), *regular} if track else set()
        pictures = Pictures(tracker.get("scale", 0.25), name in trackers.IN_COLOUR)
        found, parts = survey(film, detector, regular, grid, pictures)
        if film.count == count:
            break
    if not tracker.get("cuts", True):
        parts = [(0, film.count - 1)]
    candidates = faces(
        film,
        detector,
        found,
        parts,
        pictures,
        {"misses": 2, **settings, "every": every, "choose": how, "tracked": track},
    )
    if not candidates:
        raise Unusable("no face found", f"looked at {len(found)} of {film.count} frames")
    seen = max(candidates, key=length)
    seen, runs = unbroken(seen, tracked(pictures, seen, name, film.shape))
    values = placed(seen, runs)
    places = np.hstack([smooth(values[:, :2], calm, trend=True), smooth(values[:, 2:3], tracker.get("steady", 50.0))])
    frames = np.arange(min(seen), max(seen) + 1)
    looked = sorted(within(found, (min(seen), max(seen))))
    counted = np.rint(np.interp(frames, looked, [len(found[i]) for i in looked])).astype(int)
    return Track(min(seen), to_boxes(places), values[:, 3], counted)
