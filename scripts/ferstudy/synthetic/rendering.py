"""One frame of one person: skin bent by action units and pose, features drawn on it, sensor noise over all."""

from functools import cache

import cv2
import numpy as np

from ferstudy.synthetic.action_units import INDEX
from ferstudy.synthetic.canvas import SHIFT, fixed, mask
from ferstudy.synthetic.geometry import Contours, blend, depth, pose_fields, skin_fields
from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.texture import eyeball, folds, portrait

NOISE_ROOM = 64  # how far the noise tile can be shifted, pixels
HEAD = (2.0, 2.3, 2.9)  # what moves reaches this far sideways, up and down from between the eyes
FOLDS = (1.15, 0.9, 1.75)  # and wrinkles this far


class Renderer:
    """Draws frames (height, width, 3), BGR uint8, of one person. The same arguments give the same pixels."""

    def __init__(self, who: Identity, width: int, height: int):
        self.who = who
        self.width, self.height = width, height
        canvas = portrait(who, width, height)
        self.unit, self.origin = canvas.unit, canvas.origin
        self.background = np.round(canvas.picture[..., ::-1]).astype(np.uint8)
        self.contours = Contours(who)
        self.eyeball = np.ascontiguousarray(eyeball(who, self.unit)[..., ::-1])
        self.lip_ratio = (who.lip / who.skin)[::-1].astype(np.float32)
        self.brow_ratio = (np.clip(0.7 * who.hair / who.skin, 0.14, 0.30))[::-1].astype(np.float32)
        self.glow = np.float32(who.ambient + 0.85 * (1.10 - who.ambient))
        self.strokes = _strokes(who, self.unit)
        self.noise = _noise(who, width, height)
        self._prepare_skin()

    # ------------------------------------------------------------------ skin
    def _box(self, reach: tuple[float, float, float]) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in pixels of what lies within `reach` eye distances, inside the frame."""
        (x, y), unit = self.origin, self.unit
        left, right = int(x - reach[0] * unit), int(x + reach[0] * unit) + 1
        top, bottom = int(y - reach[1] * unit), int(y + reach[2] * unit) + 1
        return max(left, 0), max(top, 0), min(right, self.width), min(bottom, self.height)

    def _prepare_skin(self) -> None:
        """Motion fields on a coarse grid, which is stretched to pixels frame by frame; wrinkles at half size."""
        self.head = left, top, right, bottom = self._box(HEAD)
        self.cell = max(3, round(self.unit / 12))
        columns, rows = -(-(right - left) // self.cell) + 2, -(-(bottom - top) // self.cell) + 2
        x = (left + (np.arange(columns) - 0.5) * self.cell - 0.5 - self.origin[0])[None, :] / self.unit
        y = (top + (np.arange(rows) - 0.5) * self.cell - 0.5 - self.origin[1])[:, None] / self.unit
        fields = np.concatenate([skin_fields(self.who, x, y), pose_fields(x, y, depth(self.who, x, y))])
        fields *= _loose(x, y, self.who.chin)[..., None] * self.unit
        self.fields = fields.reshape(len(fields), -1).astype(np.float32)
        self.grid = np.dstack(np.meshgrid(np.arange(columns), np.arange(rows))).astype(np.float32)
        self.pixels = np.dstack(np.meshgrid(np.arange(right - left), np.arange(bottom - top))).astype(np.float32)
        self.skin = self.background[top:bottom, left:right].copy()
        self._prepare_folds()

    def _prepare_folds(self) -> None:
        left, top, right, bottom = self._box(FOLDS)
        x = ((np.arange(left, right, 2) + 0.5 - self.origin[0]) / self.unit)[None, :]
        y = ((np.arange(top, bottom, 2) + 0.5 - self.origin[1]) / self.unit)[:, None]
        maps = folds(self.who, x, y)
        self.fold_units = [INDEX[unit] for unit in maps]
        self.fold_shape = (y.shape[0], x.shape[1])
        level = self.who.skin.mean() * self.glow
        self.fold_maps = (np.stack(list(maps.values())) * level).reshape(len(maps), -1).astype(np.float32)
        self.fold_box = (left - self.head[0], top - self.head[1], right - self.head[0], bottom - self.head[1])

    def _folded(self, aus: np.ndarray) -> np.ndarray:
        """The skin with the wrinkles of these intensities, before it is bent."""
        left, top, right, bottom = self.fold_box
        change = blend(aus[self.fold_units].astype(np.float32), self.fold_maps).reshape(self.fold_shape)
        skin = self.skin.copy()
        part = skin[top:bottom, left:right]
        for sign, apply in ((-1, cv2.subtract), (1, cv2.add)):
            amount = cv2.resize(np.clip(sign * change, 0, 255).astype(np.uint8), (right - left, bottom - top))
            apply(part, cv2.cvtColor(amount, cv2.COLOR_GRAY2BGR), dst=part)
        return skin

    def _bent(self, skin: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """The skin moved along the fields. A pixel looks up where it came from: p - u(p - u(p)), u the motion."""
        motion = blend(coefficients, self.fields).reshape(self.grid.shape)
        origin = self.grid - motion / np.float32(self.cell)
        motion = cv2.remap(motion, origin, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        rows, columns = self.grid.shape[:2]
        motion = cv2.resize(motion, (columns * self.cell, rows * self.cell), interpolation=cv2.INTER_LINEAR)
        height, width = skin.shape[:2]
        inside = motion[self.cell : self.cell + height, self.cell : self.cell + width]
        return cv2.remap(skin, self.pixels - inside, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    # ------------------------------------------------------------------ features
    def _patch(self, picture: np.ndarray, points: np.ndarray, pad: float) -> tuple[np.ndarray, np.ndarray]:
        """A float copy of the part of `picture` around `points`, and its corner (x, y)."""
        low = np.floor(points.min(0) - pad * self.unit).astype(int)
        high = np.ceil(points.max(0) + pad * self.unit).astype(int) + 1
        low = np.clip(low, 0, (picture.shape[1] - 1, picture.shape[0] - 1))
        return picture[low[1] : high[1], low[0] : high[0]].astype(np.float32), low

    def _draw_brow(self, picture: np.ndarray, centre: np.ndarray) -> None:
        t = np.linspace(0, 1, len(centre))
        half = np.interp(t, (0, 0.25, 0.65, 1), (0.36, 0.52, 0.46, 0.10)) * self.who.brow_thickness * self.unit
        offset = np.stack([np.zeros_like(half), half], 1)
        patch, corner = self._patch(picture, centre, 0.10)
        cover = mask(np.vstack([centre - offset, (centre + offset)[::-1]]) - corner, patch.shape[:2], 0.016 * self.unit)
        strength = cover.astype(np.float32) * self.strokes[: cover.shape[0], : cover.shape[1]]
        patch *= 1 + strength[..., None] * (self.brow_ratio - 1)
        _put(picture, patch, corner)

    def _draw_eye(
        self, picture: np.ndarray, upper: np.ndarray, lower: np.ndarray, pupil: np.ndarray, blink: float
    ) -> None:
        unit = self.unit
        upper = upper + np.float32(blink) * (lower - upper)
        upper[:, 1] = np.minimum(upper[:, 1], lower[:, 1])
        patch, corner = self._patch(picture, np.vstack([upper, lower]), 0.12)
        shape = patch.shape[:2]
        upper, lower = upper - corner, lower - corner
        down = np.array((0, unit))
        opening = mask(np.vstack([upper, lower[::-1]]), shape, 0).astype(np.float32)[..., None] / 255
        shift = pupil - corner - self.eyeball.shape[0] // 2
        ball = cv2.warpAffine(
            self.eyeball, np.float32([[1, 0, shift[0]], [0, 1, shift[1]]]), shape[::-1], borderMode=cv2.BORDER_REPLICATE
        )
        under_lid = mask(np.vstack([upper - 0.02 * down, (upper + 0.035 * down)[::-1]]), shape, 0.012 * unit)
        ball *= 1 - 0.42 * (under_lid.astype(np.float32) / 255)[..., None]
        patch += opening * (ball - patch)
        patch *= 1 - self._lines_of_eye(upper, lower, shape).astype(np.float32)[..., None] / 255
        _put(picture, patch, corner)

    def _lines_of_eye(self, upper: np.ndarray, lower: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        """Darkness (h, w) uint8 of lashes, crease and lower lid."""
        unit, lines = self.unit, np.zeros(shape, np.uint8)
        thin, thick = max(1, round(0.014 * unit)), (0.030 if self.who.sex == "f" else 0.022)
        down = np.array((0, unit))
        crease = upper[3:-2] - 0.055 * down
        cv2.polylines(lines, fixed(crease), False, 45, max(1, round(0.022 * unit)), cv2.LINE_AA, SHIFT)
        cv2.polylines(lines, fixed(lower), False, 90, thin, cv2.LINE_AA, SHIFT)
        lash = np.interp(np.linspace(0, 1, len(upper)), (0, 0.5, 0.85, 1), (0.3, 0.9, 1.1, 0.5))[:, None] * thick * down
        cv2.fillPoly(lines, fixed(np.vstack([upper + 0.006 * down, (upper - lash)[::-1]])), 205, cv2.LINE_AA, SHIFT)
        return cv2.GaussianBlur(lines, (3, 3), 0.0075 * unit)

    def _draw_mouth(
        self, picture: np.ndarray, top: np.ndarray, seam: np.ndarray, under: np.ndarray, bottom: np.ndarray
    ) -> None:
        unit = self.unit
        under[:, 1] = np.maximum(under[:, 1], seam[:, 1])
        top[:, 1] = np.minimum(top[:, 1], seam[:, 1] - 0.01 * unit)
        bottom[:, 1] = np.maximum(bottom[:, 1], under[:, 1] + 0.01 * unit)
        patch, corner = self._patch(picture, np.vstack([top, bottom]), 0.09)
        shape = patch.shape[:2]
        top, seam, under, bottom = top - corner, seam - corner, under - corner, bottom - corner

        def between(first: np.ndarray, second: np.ndarray, soft: float) -> np.ndarray:
            return mask(np.vstack([first, second[::-1]]), shape, soft * unit).astype(np.float32)[..., None] / 255

        lips = np.maximum(between(top, seam, 0.014), between(under, bottom, 0.014))
        patch *= 1 + lips * (self.lip_ratio - 1)
        patch *= 1 - 0.20 * between(top, seam, 0.016)
        moist = between(0.70 * under + 0.30 * bottom, 0.35 * under + 0.65 * bottom, 0.03)
        patch += 24 * self.glow * moist
        gap = float((under - seam)[:, 1].max())
        if gap > 0.01 * unit:
            cavity = between(seam, under, 0.006)
            patch += cavity * (self._inside_mouth(shape, seam, under, gap) - patch)
        lines = np.zeros(shape, np.uint8)
        thin = max(1, round(0.016 * unit))
        cv2.polylines(lines, fixed(seam), False, 165, thin, cv2.LINE_AA, SHIFT)
        if gap > 0.01 * unit:
            cv2.polylines(lines, fixed(under), False, 90, thin, cv2.LINE_AA, SHIFT)
        lines = cv2.GaussianBlur(lines, (3, 3), 0.009 * unit)
        patch *= 1 - lines.astype(np.float32)[..., None] / 255
        _put(picture, patch, corner)

    def _inside_mouth(self, shape: tuple[int, int], seam: np.ndarray, under: np.ndarray, gap: float) -> np.ndarray:
        """Teeth under the upper lip, dark behind, the tongue where the jaw is down: (h, w, 3) float."""
        unit, glow = self.unit, float(self.glow)
        inside = np.full((*shape, 3), (34, 26, 58), np.uint8)
        inner = slice(len(seam) // 6, len(seam) - len(seam) // 6)
        if gap > 0.13 * unit:
            tongue = np.vstack([under[inner] + (0, 0.04 * unit), (0.66 * under[inner] + 0.34 * seam[inner])[::-1]])
            cv2.fillPoly(inside, fixed(tongue), (72, 64, 138), cv2.LINE_AA, SHIFT)
        row = seam[inner]
        tall = min(0.060 * unit, 0.60 * gap) * (1 - 0.7 * np.linspace(-1, 1, len(row)) ** 4)
        teeth = np.vstack([row - (0, 0.03 * unit), (row + np.stack([np.zeros_like(tall), tall], 1))[::-1]])
        cv2.fillPoly(inside, fixed(teeth), (158 * glow, 176 * glow, 186 * glow), cv2.LINE_AA, SHIFT)
        return cv2.GaussianBlur(inside, (0, 0), 0.018 * unit).astype(np.float32)

    # ------------------------------------------------------------------ frame
    def frame(self, aus: np.ndarray, pose: np.ndarray, gaze: np.ndarray, index: int) -> np.ndarray:
        """One picture (h, w, 3) BGR uint8.

        `aus` (AUs,) intensities, 0 = not there, 1 = strong; `pose` (6,), see `geometry.POSE`; `gaze` (2,) shift of
        the irises in eye distances; `index` only picks the sensor noise.
        """
        sides = np.stack([aus * (1 - self.who.asymmetry), aus * (1 + self.who.asymmetry)], 1)
        coefficients = np.concatenate([np.clip(sides, 0, 1.4).ravel(), pose]).astype(np.float32)
        picture = self._bent(self._folded(aus), coefficients)
        offset = self.origin - self.head[:2]
        parts = {name: points * self.unit + offset for name, points in self.contours.at(coefficients).items()}
        blink = float(np.clip(aus[INDEX[45]], 0, 1))
        for side in "lr":
            pupil = parts[f"iris_{side}"][0] + np.asarray(gaze) * self.unit
            self._draw_eye(picture, parts[f"upper_{side}"], parts[f"lower_{side}"], pupil, blink)
            self._draw_brow(picture, parts[f"brow_{side}"])
        self._draw_mouth(picture, parts["lip_top"], parts["seam_top"], parts["seam_bottom"], parts["lip_bottom"])
        result = self.background.copy()
        left, top, right, bottom = self.head
        result[top:bottom, left:right] = picture
        return self._noisy(result, index)

    def _noisy(self, picture: np.ndarray, index: int) -> np.ndarray:
        """Sensor noise: one tile, shifted and turned differently in every frame."""
        rng = np.random.default_rng([self.who.person, 2, index])
        down, right = rng.integers(0, NOISE_ROOM, 2)
        window = np.s_[down : down + self.height, right : right + self.width]
        lighter, darker = self.noise if rng.random() < 0.5 else self.noise[::-1]
        return cv2.subtract(cv2.add(picture, lighter[window]), darker[window])


def _loose(x: np.ndarray, y: np.ndarray, chin: float) -> np.ndarray:
    """How freely the picture moves (h, w): 1 on the head, falling to 0 down the neck and off the head."""

    def ramp(distance: np.ndarray, full: float, none: float) -> np.ndarray:
        t = np.clip((none - distance) / (none - full), 0, 1)
        return t * t * (3 - 2 * t)

    return ramp(np.abs(x), 1.5, 1.95) * ramp(y, chin + 0.1, chin + 0.9) * ramp(-y, 1.9, 2.25)


def _strokes(who: Identity, unit: float) -> np.ndarray:
    """Density of brow hairs (h, w) in 0..1/255, larger than any brow."""
    rng = np.random.default_rng([who.person, 3])
    size = (int(1.3 * unit) + 8, int(1.6 * unit) + 8)
    hairs = cv2.GaussianBlur(
        rng.normal(0, 1, size).astype(np.float32), (0, 0), sigmaX=0.012 * unit + 0.3, sigmaY=0.03 * unit + 0.3
    )
    return np.clip(0.86 + 0.06 * hairs / hairs.std(), 0.6, 1).astype(np.float32) / 255


@cache
def _noise_tile(width: int, height: int) -> np.ndarray:
    """Noise of deviation 1, a little smooth as after demosaicing, and partly common to the channels."""
    rng = np.random.default_rng([width, height, 4])
    shape = (height + NOISE_ROOM, width + NOISE_ROOM)
    common = rng.standard_normal((*shape, 1), np.float32)
    tile = 0.9 * common + 0.45 * rng.standard_normal((*shape, 3), np.float32)
    tile = cv2.GaussianBlur(tile, (3, 3), 0.55)
    return tile / tile.std()


def _noise(who: Identity, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """What the sensor adds and what it takes, two uint8 tiles."""
    tile = _noise_tile(width, height) * who.noise
    return np.clip(tile, 0, 255).astype(np.uint8), np.clip(-tile, 0, 255).astype(np.uint8)


def _put(picture: np.ndarray, patch: np.ndarray, corner: np.ndarray) -> None:
    x, y = corner
    picture[y : y + patch.shape[0], x : x + patch.shape[1]] = np.clip(patch, 0, 255)
