"""How strongly a face expresses something in each frame of a clip, from the optical flow between its crops.

The face moves with the head as well as with its muscles. What a moving head does to the picture is taken off in three
steps: each frame is laid upon the first ones by the affine part of its flow, so that crops need not be aligned; then
goes the part of the flow that a turning ellipsoid would make; then, whatever the head of this clip really does, the
directions of movement that also occur while the face is neutral, at both ends of the clip. The intensity is the
movement along the direction that best tells the clip from its neutral ends (Fisher's discriminant).
"""

import cv2
import numpy as np

from ferstudy.video.flow import between, grey

SIZE = 64  # px of the crops that are compared
BORDER = 6  # px at each edge that are left out: what enters a crop there has no flow
EYE_BAND = (18, 29)  # rows between which the eyes are: blinks and glances are no expression
EYES = (0.37, 0.31)  # height of the eyes and their distance, in parts of SIZE
EVERY = 2  # px between the points that count; flow is smooth
REFERENCE = 5  # frames whose mean is the neutral face
ENDS = 0.12  # share of a clip at each end during which the face is taken to be neutral
DIRECTIONS = 16  # principal directions of movement in which the best one is looked for
RIDGE = 0.005  # of the mean variance of a direction
# The end of a clip is no neutral face if the curve ends above HIGH of its maximum, and calling it neutral costs more
# than all but the share WORSE of the discriminant.
HIGH, WORSE = 0.6, 0.4
STILL = 0.02  # px, root mean square over frames and points: less is noise


def looked_at(crop: np.ndarray, margin: float, extend: float) -> np.ndarray:
    """The face of a crop as a grey image (SIZE, SIZE), whatever `margin` and `extend` it was cut with.

    It shows what a crop without margin and with an extension of 0.1 shows; beyond the crop its border is repeated.
    """
    image = grey(crop)
    face = len(image) / ((1 + extend) * (1 + 2 * margin))  # px of the face's box
    top, side = margin * (1 + extend) * face, 1.1 * face
    left = (len(image) - side) / 2
    low, high = round(top), round(top + side)
    start, stop = round(left), round(left + side)
    over = [max(0, -low), max(0, high - len(image)), max(0, -start), max(0, stop - len(image))]
    if any(over):
        image = cv2.copyMakeBorder(image, *over, cv2.BORDER_REPLICATE)
    part = image[low + over[0] : high + over[0], start + over[2] : stop + over[2]]
    return cv2.resize(part, (SIZE, SIZE), interpolation=cv2.INTER_AREA if len(part) > SIZE else cv2.INTER_LINEAR)


def points() -> np.ndarray:
    """(SIZE, SIZE) bool: the pixels whose movement counts."""
    chosen = np.zeros((SIZE, SIZE), bool)
    chosen[BORDER:-BORDER:EVERY, BORDER:-BORDER:EVERY] = True
    chosen[slice(*EYE_BAND)] = False
    return chosen


def head_motion(chosen: np.ndarray) -> np.ndarray:
    """Orthonormal (points, 4): how the flow of a moving head varies over the `chosen` pixels (SIZE, SIZE).

    Shift, scale and shear (1, x, y), and the depth of an ellipsoid that is 1.34 eye distances wide and 2.1 high to
    each side: turning the head moves the near parts farther.
    """
    y, x = (np.nonzero(chosen)[axis] + 0.5 for axis in (0, 1))
    right, down = (x / SIZE - 0.5) / EYES[1], (y / SIZE - EYES[0]) / EYES[1]
    depth = np.sqrt(np.clip(1 - (right / 1.34) ** 2 - ((down - 0.12) / 2.1) ** 2, 0, 1))
    return np.linalg.qr(np.stack([np.ones_like(right), right, down, depth], -1))[0]


def plane_fit(chosen: np.ndarray) -> np.ndarray:
    """(3, points): what makes of a flow over the `chosen` pixels its part that is constant, linear in x, and in y."""
    y, x = np.nonzero(chosen)
    return np.linalg.pinv(np.stack([np.ones(len(x)), x, y], -1))


CHOSEN = points()
HEAD_MOTION = head_motion(CHOSEN)
PLANE_FIT = plane_fit(CHOSEN)


def laid_upon(neutral: np.ndarray, image: np.ndarray) -> np.ndarray:
    """`image` (SIZE, SIZE) grey, shifted, turned, scaled and sheared as a whole so that it lies best on `neutral`."""
    shift, along, down = PLANE_FIT @ between(neutral, image)[CHOSEN]
    matrix = np.eye(2, 3) + np.stack([along, down, shift], -1)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def movement(images: list[np.ndarray]) -> np.ndarray:
    """(n, 2 * points) float32: how the face in `images` (grey, SIZE x SIZE) moved since the first, without the head's.

    In px; the reference is the mean of the first frames.
    """
    neutral = np.rint(np.mean(images[:REFERENCE], axis=0, dtype=np.float32)).astype(np.uint8)
    moved = np.empty((len(images), 2, len(HEAD_MOTION)), np.float32)
    for row, image in zip(moved, images, strict=True):
        flow = between(neutral, laid_upon(neutral, image))[CHOSEN].T
        row[:] = flow - (flow @ HEAD_MOTION) @ HEAD_MOTION.T
    return moved.reshape(len(images), -1)


def principal(moved: np.ndarray) -> np.ndarray:
    """(n, k) float64: `moved` (n, m) along its k strongest directions, k at most DIRECTIONS; root mean square px."""
    gram = (moved @ moved.T).astype(float) / moved.shape[1]
    values, vectors = np.linalg.eigh(gram)
    strongest = slice(-min(DIRECTIONS, len(values)), None)
    return vectors[:, strongest] * np.sqrt(np.maximum(values[strongest], 0))


def scatter(moved: np.ndarray, groups: list[np.ndarray]) -> np.ndarray:
    """(k, k): the covariance of the frames of `moved` (n, k) within `groups` of frame indices."""
    apart = np.concatenate([moved[group] - moved[group].mean(0) for group in groups])
    return apart.T @ apart / len(apart)


def discriminant(moved: np.ndarray, neutral: list[np.ndarray]) -> tuple[float, np.ndarray]:
    """(how many times the variance of the neutral frames, curve (n,)) of the direction in which that is largest."""
    whole = scatter(moved, [np.arange(len(moved))])
    within = scatter(moved, neutral) + RIDGE * np.trace(whole) / len(whole) * np.eye(len(whole))
    root = np.linalg.inv(np.linalg.cholesky(within))
    values, vectors = np.linalg.eigh(root @ whole @ root.T)
    weights = root.T @ vectors[:, -1]
    return float(values[-1]), moved @ (weights / np.linalg.norm(weights))


def upright(curve: np.ndarray) -> np.ndarray:
    """`curve` (n,) turned so that it rises: a direction of movement has no sign of its own."""
    return curve if curve.sum() > 0 else -curve


def of_crops(images: list[np.ndarray]) -> np.ndarray | None:
    """The intensity (n,) float32 of the frames `images`, as `looked_at` gives them: 0 is neutral.

    In px of movement (root mean square over the face, at SIZE). The beginning is taken to be neutral. So is the end,
    and then the line between both is subtracted, unless the face clearly shows something there (HIGH, WORSE). None for
    fewer than 2 * REFERENCE frames, and where nothing moves.
    """
    if len(images) < 2 * REFERENCE:
        return None
    moved = principal(movement(images))
    if np.sqrt((moved**2).sum(1).mean()) < STILL:
        return None
    frames = np.arange(len(images))
    share = max(3, round(ENDS * len(images)))
    beginning, end = frames[:share], frames[-share:]
    open_ended, curve = discriminant(moved, [beginning, end])
    curve = upright(curve - curve[:REFERENCE].mean())
    closed, other = discriminant(moved, [np.concatenate([beginning, end])])
    if np.median(curve[-REFERENCE:]) <= HIGH * curve.max() or closed > WORSE * open_ended:
        other = other - other[:REFERENCE].mean()
        curve = upright(other - np.linspace(0, np.median(other[-REFERENCE:]), len(other)))
    return curve.astype(np.float32)
