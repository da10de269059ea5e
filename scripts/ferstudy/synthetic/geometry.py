"""The shape of a face and how action units and head motion move it.

Canonical coordinates: the origin is midway between the eyes, x to the image right, y down, and 1 is the distance
between the eyes. Everything is linear in the coefficients: one per action unit and side (image left, image right),
then the six of the pose. The sizes of the movements are ours, set by eye against FACS pictures and checked with a
landmark detector (tests/unit/test_synthetic.py).
"""

from dataclasses import dataclass

import numpy as np

from ferstudy.synthetic.action_units import AUS, INDEX, ONE_SIDED
from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.splines import through

POSE = ("right", "down", "roll", "scale", "yaw", "pitch")  # eye distances, radians, relative, radians, radians
STEPS = 5
FRACTIONS = np.array([-1, -0.65, -0.3, 0, 0.3, 0.65, 1])  # where the controls of the lips lie between the corners
LID = np.array([-1, -0.52, 0.02, 0.56, 1])  # likewise of a lid, from the inner to the outer corner


def bump(x: np.ndarray, y: np.ndarray, x0: float, y0: float, wide: float, high: float) -> np.ndarray:
    """A Gaussian hill of height 1 at (x0, y0). From axes of shapes (1, w) and (h, 1) it is cheap."""
    return np.exp(-0.5 * ((x - x0) / wide) ** 2) * np.exp(-0.5 * ((y - y0) / high) ** 2)


def pair(x: np.ndarray, y: np.ndarray, x0: float, y0: float, wide: float, high: float) -> np.ndarray:
    """A hill on either side of the midline."""
    return bump(x, y, x0, y0, wide, high) + bump(x, y, -x0, y0, wide, high)


def depth(who: Identity, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How far the head comes towards the camera: an ellipsoid with the relief of a face."""
    nose, mouth = who.nose_length, who.mouth_height
    head = 1.2 * np.clip(1 - (x / 1.34) ** 2 - ((y - 0.12) / 2.1) ** 2, 0, 1) ** 0.7
    relief = (
        who.nose_bridge * 0.10 * bump(x, y, 0, nose * 0.30, 0.10, 0.22)
        + 0.13 * bump(x, y, 0, nose * 0.68, 0.12, 0.18)
        + 0.14 * bump(x, y, 0, nose * 0.94, 0.15, 0.115)
        + 0.09 * pair(x, y, who.nose_width * 0.66, nose * 0.97, 0.075, 0.075)
        - 0.13 * pair(x, y, 0.44, 0.0, 0.22, 0.13)
        + 0.055 * pair(x, y, 0.5, 0.0, 0.17, 0.10)
        + 0.035 * pair(x, y, 0.40, who.brow_height + 0.03, 0.34, 0.10)
        + 0.09 * pair(x, y, 0.66, 0.44, 0.25, 0.21)
        + 0.075 * bump(x, y, 0, mouth, 0.30, 0.12)
        - 0.055 * bump(x, y, 0, mouth + 0.245, 0.24, 0.055)
        + 0.10 * bump(x, y, 0, who.chin - 0.17, 0.25, 0.14)
    )
    return head + relief


def pose_fields(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Displacement (6, ..., 2) per unit of each pose coefficient; for small angles, about the middle of the neck."""
    x, y, z = np.broadcast_arrays(x, y, z)
    one, none = np.ones_like(z), np.zeros_like(z)
    fields = [(one, none), (none, one), (1.3 - y, x), (x, y - 0.4), (z - 0.4, none), (none, z - 0.4)]
    return np.stack([np.stack(field, -1) for field in fields])


def blend(coefficients: np.ndarray, fields: np.ndarray) -> np.ndarray:
    """The sum (n,) of `fields` (k, n) weighted by `coefficients` (k,); not BLAS, whose rounding varies with threads."""
    return np.einsum("k,kn->n", coefficients, fields)


def skin_blobs(who: Identity) -> dict[int, list[tuple]]:
    """Per action unit: hills of skin motion (x, y, width, height, right, down) of the right side, to be mirrored."""
    brow, mouth, nose, corner = who.brow_height, who.mouth_height, who.nose_length, who.mouth_width
    return {
        1: [(0.22, brow, 0.20, 0.22, 0.0, -0.13), (0.25, -0.75, 0.35, 0.22, 0.0, -0.06)],
        2: [(0.68, brow, 0.25, 0.22, 0.0, -0.12), (0.62, -0.75, 0.35, 0.22, 0.0, -0.06)],
        4: [(0.24, brow, 0.22, 0.18, -0.055, 0.09), (0.60, brow, 0.28, 0.18, -0.015, 0.045)],
        6: [(0.62, 0.40, 0.28, 0.24, 0.01, -0.075)],
        9: [(0.19, nose * 0.82, 0.14, 0.18, 0.015, -0.075), (0.16, mouth - 0.18, 0.22, 0.12, 0.0, -0.06),
            (0.16, -0.2, 0.18, 0.18, -0.02, 0.045)],
        12: [(corner + 0.06, mouth, 0.19, 0.19, 0.10, -0.12), (0.60, 0.74, 0.26, 0.26, 0.04, -0.06)],
        14: [(corner + 0.06, mouth, 0.17, 0.17, 0.01, -0.08), (corner + 0.20, mouth - 0.02, 0.14, 0.18, -0.04, 0.0)],
        15: [(corner + 0.03, mouth + 0.06, 0.20, 0.20, 0.01, 0.11)],
        16: [(0.12, mouth + 0.24, 0.24, 0.16, 0.0, 0.06)],
        20: [(corner + 0.06, mouth, 0.22, 0.22, 0.12, 0.03)],
        23: [(corner + 0.05, mouth, 0.18, 0.18, -0.045, 0.0)],
        25: [(0.12, mouth + 0.24, 0.26, 0.16, 0.0, 0.045)],
        26: [(0.22, who.chin, 0.52, 0.42, 0.0, 0.15), (0.42, who.chin - 0.28, 0.36, 0.36, -0.01, 0.07)],
    }  # fmt: skip


def skin_fields(who: Identity, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Displacement (2 * AUs, h, w, 2) of the skin at the axes `x` (1, w) and `y` (h, 1), in eye distances."""
    fields = np.zeros((len(AUS), 2, y.shape[0], x.shape[1], 2))
    for unit, blobs in skin_blobs(who).items():
        for side, sign in enumerate((-1, 1)):
            if unit == ONE_SIDED and sign != who.side:
                continue
            for x0, y0, wide, high, right, down in blobs:
                hill = bump(x, y, sign * x0, y0, wide, high)
                fields[INDEX[unit], side, ..., 0] += sign * right * hill
                fields[INDEX[unit], side, ..., 1] += down * hill
    return fields.reshape(2 * len(AUS), y.shape[0], x.shape[1], 2)


@dataclass
class _Controls:
    """Control points under construction: names of the parts, base positions and movements."""

    slices: dict[str, slice]
    base: list
    moves: list  # per point: {unit: (right, down)} already for the point's own side; sides as (left, right) shares
    shares: list

    def add(self, name: str, points: np.ndarray, moves: list[dict], shares: np.ndarray) -> None:
        self.slices[name] = slice(len(self.base), len(self.base) + len(points))
        self.base.extend(points)
        self.moves.extend(moves)
        self.shares.extend(shares)


class Contours:
    """The drawn parts of one face: brows, lids, irises and lips, as curves that are linear in the coefficients.

    Parts: brow_l, brow_r (centre line, inner to outer end), upper_l, upper_r, lower_l, lower_r (lids, inner to outer
    corner), iris_l, iris_r (one point), lip_top, seam_top, seam_bottom, lip_bottom (left corner to right corner).
    """

    def __init__(self, who: Identity):
        controls = _Controls({}, [], [], [])
        for side, sign in (("l", -1), ("r", 1)):
            _add_brow(controls, who, side, sign)
            _add_eye(controls, who, side, sign)
        _add_mouth(controls, who)
        base = np.array(controls.base)
        motion = np.zeros((len(AUS), 2, *base.shape))
        for point, (moves, shares) in enumerate(zip(controls.moves, controls.shares, strict=True)):
            for unit, vector in moves.items():
                motion[INDEX[unit], :, point] += np.outer(shares, vector)
        motion[INDEX[ONE_SIDED], 0 if who.side > 0 else 1] = 0
        pose = pose_fields(base[:, 0], base[:, 1], depth(who, base[:, 0], base[:, 1]))
        motion = np.concatenate([motion.reshape(2 * len(AUS), *base.shape), pose])
        self.slices, start, curves = {}, 0, []
        for name, part in controls.slices.items():
            matrix = np.zeros(
                (1 if part.stop - part.start == 1 else (part.stop - part.start - 1) * STEPS + 1, len(base))
            )
            matrix[:, part] = through(part.stop - part.start, STEPS) if len(matrix) > 1 else 1
            curves.append(matrix)
            self.slices[name] = slice(start, start + len(matrix))
            start += len(matrix)
        smooth = np.vstack(curves)
        self.base = (smooth @ base).astype(np.float32)
        self.motion = (smooth @ motion).reshape(len(motion), -1).astype(np.float32)

    def at(self, coefficients: np.ndarray) -> dict[str, np.ndarray]:
        """Every part as points (n, 2) in canonical units, for `coefficients` (2 * AUs + 6,)."""
        points = self.base + blend(coefficients, self.motion).reshape(self.base.shape)
        return {name: points[part] for name, part in self.slices.items()}


def _side_shares(sign: int, count: int) -> np.ndarray:
    return np.tile((1.0, 0.0) if sign < 0 else (0.0, 1.0), (count, 1))


def _add_brow(controls: _Controls, who: Identity, side: str, sign: int) -> None:
    top = who.brow_height
    points = np.array(
        [(0.18, top + 0.010), (0.40, top - 0.5 * who.brow_arch), (0.63, top - who.brow_arch), (0.85, top + 0.04)]
    )
    down = {
        1: (-0.135, -0.095, -0.035, 0.0),
        2: (-0.03, -0.09, -0.13, -0.11),
        4: (0.10, 0.09, 0.06, 0.03),
        9: (0.05, 0.03, 0.0, 0.0),
    }
    right = {4: (-0.06, -0.035, -0.01, 0.0), 1: (-0.01, 0.0, 0.0, 0.0)}
    still = (0.0,) * 4
    moves = [{unit: (sign * right.get(unit, still)[i], down[unit][i]) for unit in down} for i in range(4)]
    controls.add(f"brow_{side}", points * (sign, 1), moves, _side_shares(sign, 4))


def _add_eye(controls: _Controls, who: Identity, side: str, sign: int) -> None:
    x = sign * (0.5 + LID * who.eye_width)
    slope = 0.016 * (1 - LID) / 2 - who.eye_tilt * (1 + LID) / 2
    upper, lower = np.array([0, 0.80, 1, 0.78, 0]), np.array([0, 0.70, 1, 0.84, 0])
    lift = {5: -0.062, 7: 0.030, 6: 0.012, 9: 0.018, 4: 0.008}  # of the upper lid's middle, down is positive
    rise = {5: 0.006, 7: -0.024, 6: -0.026, 9: -0.010}
    shares = _side_shares(sign, len(LID))
    for name, height, moves in (("upper", -who.eye_upper * upper, lift), ("lower", who.eye_lower * lower, rise)):
        shape = upper if name == "upper" else lower
        each = [{unit: (0.0, size * shape[i]) for unit, size in moves.items()} for i in range(len(LID))]
        controls.add(f"{name}_{side}", np.stack([x, slope + height], 1), each, shares)
    controls.add(f"iris_{side}", np.array([(sign * 0.5, -0.016)]), [{}], shares[:1])


def _add_mouth(controls: _Controls, who: Identity) -> None:
    """Four curves from corner to corner. A unit moves the corners, and the middle; in between the two are mixed."""
    corner = {12: (0.105, -0.13), 15: (0.0, 0.100), 20: (0.125, 0.03), 23: (-0.06, 0.0), 26: (-0.065, 0.085),
              16: (0.0, 0.02), 9: (-0.015, -0.02), 14: (0.01, -0.085)}  # fmt: skip
    thick, thin = who.lip_upper, who.lip_lower
    middle = {
        "lip_top": {12: -0.002, 15: 0.005, 20: 0.020, 23: 0.40 * thick, 25: -0.025, 26: -0.01, 9: -0.070},
        "seam_top": {12: -0.012, 15: -0.002, 25: -0.030, 26: -0.01, 9: -0.045},
        "seam_bottom": {12: -0.012, 15: -0.002, 25: 0.085, 26: 0.29, 16: 0.055, 9: -0.030},
        "lip_bottom": {12: -0.022, 15: 0.010, 20: -0.025, 23: -0.42 * thin, 25: 0.075, 26: 0.27, 16: 0.080, 9: -0.030},
    }
    away = np.abs(FRACTIONS)
    height = {
        "lip_top": -thick * np.interp(away, (0, 0.3, 0.65, 1), (0.84, 1.0, 0.70, 0)) - 0.010 * away**4,
        "seam_top": np.interp(away, (0, 0.3, 0.65, 1), (0.010, 0.0, 0.004, -0.010)),
        "seam_bottom": np.interp(away, (0, 0.3, 0.65, 1), (0.010, 0.0, 0.004, -0.010)),
        "lip_bottom": thin * np.interp(away, (0, 0.3, 0.65, 1), (1.0, 0.97, 0.76, 0)) - 0.010 * away**4,
    }
    shares = np.stack([(1 - FRACTIONS) / 2, (1 + FRACTIONS) / 2], 1)
    for name, centre in middle.items():
        points = np.stack([FRACTIONS * who.mouth_width, who.mouth_height + height[name]], 1)
        moves = []
        for fraction in FRACTIONS:
            pull, stay = abs(fraction) ** 1.9, 1 - abs(fraction) ** 2.4
            moves.append(
                {
                    unit: (
                        fraction * corner.get(unit, (0, 0))[0],
                        pull * corner.get(unit, (0, 0))[1] + stay * centre.get(unit, 0),
                    )
                    for unit in corner.keys() | centre.keys()
                }
            )
        controls.add(name, points, moves, shares)
