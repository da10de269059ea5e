"""The outlines of a head, in canonical units: what the painter fills."""

import numpy as np

from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.splines import curve, mirrored

SHORT = 0.6  # hair that ends above this height leaves the ears free

# fmt: off


def has_short_hair(who: Identity) -> bool:
    """Whether the ears show."""
    return who.hair_length < SHORT


def face(who: Identity) -> np.ndarray:
    """The skin of the face, from under the hair to the chin."""
    wide, jaw, chin = who.face_width, who.jaw_width, who.chin
    half = [(0, -1.52), (0.55, -1.42), (0.90 * wide, -0.95), (0.985 * wide, -0.35), (wide, 0.10),
            (0.965 * wide, 0.50), (0.5 * (wide + jaw), 0.86), (0.93 * jaw, 1.18), (0.66 * jaw, chin - 0.21),
            (0.30, chin - 0.035), (0, chin)]
    return curve(mirrored(half), 8, closed=True)


def hair(who: Identity) -> np.ndarray:
    """The outside of all hair."""
    side, end = who.face_width + who.hair_volume, who.hair_length
    top = -1.62 - 0.9 * who.hair_volume
    if has_short_hair(who):
        half = [(0, top), (0.50, top + 0.07), (0.60 * side + 0.27, -1.27), (side - 0.02, -0.70),
                (side - 0.03, min(end, 0.15)), (0.9, 0.2), (0, 0.2)]
    else:
        half = [(0, top), (0.50, top + 0.07), (0.60 * side + 0.29, -1.25), (side, -0.55), (side + 0.04, 0.35 * end),
                (side - 0.02, 0.8 * end), (0.72 * side, end), (0.4, end - 0.1), (0, end - 0.1)]
    return curve(mirrored(half), 8, closed=True)


def above_hairline(who: Identity) -> np.ndarray:
    """All that lies above the edge of the hair on forehead and temples."""
    wide, line, part = who.face_width, who.hairline, who.parting
    if has_short_hair(who):
        edge = [(-wide - 0.01, 0.10), (-0.975 * wide, -0.35), (-0.86 * wide, -0.72), (-0.60, line + 0.02),
                (0.35 * part, line - 0.05),
                (0.60, line + 0.02), (0.86 * wide, -0.72), (0.975 * wide, -0.35), (wide + 0.01, 0.10)]
    else:
        lean, drop = 0.3 * part, 0.1 * part
        edge = [(-wide - 0.02, 0.55), (-0.97 * wide, 0.0), (-0.86 * wide, -0.55), (lean - 0.52, line + 0.02 - drop),
                (0.5 * part, line - 0.14),
                (lean + 0.52, line + 0.02 + drop), (0.86 * wide, -0.55), (0.97 * wide, 0.0), (wide + 0.02, 0.55)]
    side, low = wide + who.hair_volume + 0.6, edge[0][1]
    return np.vstack([curve(edge, 8), [(side, low), (side, -3.5), (-side, -3.5), (-side, low)]])


def lock(who: Identity, sign: int) -> np.ndarray:
    """Long hair in front of the shoulder, at the image right (`sign` 1) or left (-1)."""
    side, end = who.face_width + who.hair_volume, who.hair_length
    points = [(side - 0.34, 0.6), (side + 0.02, 0.6), (side + 0.03, 1.5), (side - 0.02, end), (side - 0.40, end),
              (side - 0.44, 1.5)]
    return curve(np.array(points) * (sign, 1), 8, closed=True)


def ear(who: Identity, sign: int, inner: bool = False) -> np.ndarray:
    """An ear, or the hollow inside it."""
    points = np.array([(-0.05, -0.12), (0.06, -0.16), (0.115, -0.02), (0.09, 0.22), (0.04, 0.40), (-0.05, 0.42)])
    size, place = ((0.45, 0.55), (0.03, 0.12)) if inner else ((1, 1), (0, 0.06))
    return curve((points * size + place + (who.face_width, 0)) * (sign, 1), 6, closed=True)


def neck(who: Identity) -> np.ndarray:
    """The neck, from behind the jaw into the collar."""
    wide = 0.64 if who.sex == "m" else 0.53
    return mirrored([(0, 1.0), (wide, 1.0), (wide, 1.7), (wide + 0.06, 2.2), (wide + 0.45, 2.55), (0.6, 3.2), (0, 3.3)])


def garment(who: Identity) -> np.ndarray:
    """Collar and shoulders."""
    wide, shoulder = (0.64, 2.75) if who.sex == "m" else (0.53, 2.45)
    half = [(0, 2.62), (0.35, 2.52), (wide + 0.10, 2.24), (wide + 0.34, 2.28), (1.5, 2.62), (shoulder, 3.1),
            (shoulder + 0.35, 5)]
    return mirrored(np.vstack([curve(half, 8), [(0, 6)]]))


def nostril(who: Identity, sign: int) -> np.ndarray:
    """A nostril seen from the front: an ellipse, its outer end lower."""
    turn = np.linspace(0, 2 * np.pi, 17)[:-1]
    points = np.stack([0.060 * np.cos(turn), 0.024 * np.sin(turn) - 0.0084 * sign * np.cos(turn)], 1)
    return points + np.array((sign * who.nose_width * 0.42, who.nose_length + 0.062))
