"""The painted parts of a person: everything that keeps its shape or is bent as a whole."""

import cv2
import numpy as np

from ferstudy.synthetic import outlines
from ferstudy.synthetic.canvas import Canvas
from ferstudy.synthetic.geometry import bump, depth, pair
from ferstudy.synthetic.identity import Identity

LONG = 1.7  # hair that ends below this height falls over the shoulders


def portrait(who: Identity, width: int, height: int) -> Canvas:
    """Background, clothes, neck, head and hair of `who`, without brows, eyes and lips, facing the camera."""
    canvas = Canvas(width, height, who.centre, who.distance * min(width, 0.75 * height))
    rng = np.random.default_rng([who.person, 1])
    _background(canvas, who, rng)
    strands = _strands(canvas, who, rng)
    _body(canvas, who, rng, strands)
    _face(canvas, who, rng)
    _front_hair(canvas, who, strands)
    canvas.picture = np.clip(cv2.GaussianBlur(canvas.picture, (0, 0), 0.5), 0, 255)
    return canvas


def _background(canvas: Canvas, who: Identity, rng: np.random.Generator) -> None:
    falloff = 1 - 0.10 * canvas.x * np.sign(who.light[0]) / 2.5 - 0.05 * canvas.y + canvas.clouds(rng, 4, 5, 0.025)
    vignette = 1 - 0.02 * (canvas.x**2 + canvas.y**2)
    canvas.picture[:] = who.background * (falloff * vignette)[..., None]


def _strands(canvas: Canvas, who: Identity, rng: np.random.Generator) -> np.ndarray:
    """Brightness (h, w) about 1 of hair that falls from the crown, with a sheen where it faces the light."""
    angle = np.arctan2(canvas.x - 0.25 * who.parting, canvas.y + 2.3)
    turn = 3 * (angle + np.pi) / (2 * np.pi)
    fine, coarse = rng.normal(0, 0.10, 900), rng.normal(0, 0.14, 120)
    lines = sum(
        np.interp(turn * len(hairs) % (len(hairs) - 1), np.arange(len(hairs)), hairs) for hairs in (fine, coarse)
    )
    sheen = 0.32 * bump(canvas.x, canvas.y, 1.4 * who.light[0], -1.42, 0.75, 0.20) + 0.10 * canvas.x * who.light[0]
    return np.clip(0.92 + lines + sheen - 0.05 * canvas.y, 0.35, 1.7).astype(np.float32)


def _body(canvas: Canvas, who: Identity, rng: np.random.Generator, strands: np.ndarray) -> None:
    """What lies behind and below the face."""
    x, y, side = canvas.x, canvas.y, who.light[0]
    behind = 0.98 - 0.45 * bump(x, y, 0, 1.2, 0.80, 0.9)  # the neck shades the hair behind it
    canvas.fill(outlines.hair(who), who.hair, 0.02, strands * behind)
    under_chin = np.clip(0.86 - 0.30 * bump(x, y, 0, who.chin + 0.02, 0.9, 0.33) + 0.2 * x * side, 0.3, 1.1)
    canvas.fill(outlines.neck(who), who.skin, 0.02, under_chin)
    cloth = np.clip(0.92 + 0.14 * x * side - 0.05 * (y - 2.5), 0.5, 1.2) + canvas.clouds(rng, 9, 12, 0.03)
    canvas.fill(outlines.garment(who), who.cloth, 0.015, cloth)
    for sign in (-1, 1):
        if outlines.has_short_hair(who):
            canvas.fill(outlines.ear(who, sign), who.skin * (0.82, 0.76, 0.74), 0.018)
            canvas.fill(outlines.ear(who, sign, inner=True), who.skin * 0.62, 0.03)
        elif who.hair_length > LONG:
            canvas.fill(outlines.lock(who, sign), who.hair * 0.95, 0.025, strands)


def _normals(canvas: Canvas, who: Identity) -> np.ndarray:
    """Unit normals (h, w, 3) of the head towards the camera, slightly smoothed as skin is."""
    surface = cv2.GaussianBlur(depth(who, canvas.x, canvas.y).astype(np.float32), (0, 0), 0.030 * canvas.unit)
    scale = canvas.unit / 8
    right = cv2.Sobel(surface, cv2.CV_32F, 1, 0, ksize=3, scale=scale)
    down = cv2.Sobel(surface, cv2.CV_32F, 0, 1, ksize=3, scale=scale)
    normals = np.dstack([-right, -down, np.ones_like(right)])
    return normals / np.linalg.norm(normals, axis=-1, keepdims=True)


def _occlusion(x: np.ndarray, y: np.ndarray, who: Identity) -> np.ndarray:
    """Where little light gets in (h, w), 0..1 of it lost: sockets, under the nose and lip, beside the nose, the rim."""
    nose, mouth, old = who.nose_length, who.mouth_height, np.clip((who.age - 30) / 35, 0, 1)
    return (
        0.10 * pair(x, y, 0.30, -0.03, 0.11, 0.10)
        + 0.05 * pair(x, y, 0.52, -0.15, 0.20, 0.06)
        + (0.05 + 0.10 * old) * pair(x, y, 0.46, 0.17, 0.16, 0.035)
        + 0.13 * bump(x, y, 0, nose + 0.09, 0.17, 0.05)
        + 0.10 * pair(x, y, who.nose_width + 0.05, nose - 0.02, 0.035, 0.09)
        + 0.06 * bump(x, y, 0, 0.5 * (nose + 0.1 + mouth), 0.035, 0.08)
        + 0.15 * bump(x, y, 0, mouth + 0.215, 0.20, 0.04)
        + 0.05 * pair(x, y, who.mouth_width + 0.06, mouth + 0.02, 0.05, 0.06)
        + 0.16 * np.clip((np.abs(x) - 0.72) / 0.5, 0, 1) ** 2
        + (0.03 + 0.13 * old)
        * (ridge(x, y, (who.nose_width + 0.06, nose - 0.04), (who.mouth_width + 0.10, mouth - 0.06), 0.035))
    )


def ridge(x: np.ndarray, y: np.ndarray, start: tuple, end: tuple, width: float) -> np.ndarray:
    """A line of soft profile between two points of the right side, and its mirror image: (h, w) 0..1."""
    x, start, end = np.abs(x), np.array(start), np.array(end)
    along = end - start
    t = np.clip(((x - start[0]) * along[0] + (y - start[1]) * along[1]) / (along @ along), 0, 1)
    distance = (x - start[0] - t * along[0]) ** 2 + (y - start[1] - t * along[1]) ** 2
    return np.exp(-0.5 * distance / width**2)


def _skin_colour(canvas: Canvas, who: Identity) -> np.ndarray:
    """Skin (h, w, 3) before light: redder cheeks and nose, lids darker, a man's beard bluish."""
    x, y = canvas.x, canvas.y
    red = 0.10 * pair(x, y, 0.62, 0.52, 0.24, 0.20) + 0.11 * bump(x, y, 0, who.nose_length, 0.16, 0.12)
    dark = 0.04 * pair(x, y, 0.5, -0.09, 0.22, 0.07)
    beard = bump(x, y, 0, who.mouth_height + 0.35, 0.62, 0.30) + 0.75 * bump(
        x, y, 0, who.mouth_height - 0.17, 0.34, 0.07
    )
    beard = 0.30 * who.stubble * np.clip(beard + 0.4 * pair(x, y, 0.85, 0.95, 0.16, 0.35), 0, 1)
    weights = np.dstack([dark + beard, red + dark + beard * 0.96, red * 1.1 + dark + beard * 0.88])
    return who.skin.astype(np.float32) * (1 - weights)


def _face(canvas: Canvas, who: Identity, rng: np.random.Generator) -> None:
    x, y = canvas.x, canvas.y
    normals = _normals(canvas, who)
    diffuse = np.clip(
        (np.einsum("hwc,c->hw", normals, who.light.astype(np.float32)) + 0.3) / 1.3, 0, 1
    )  # skin scatters light round the edge
    half = who.light + np.array((0, 0, 1))
    shine = np.clip(np.einsum("hwc,c->hw", normals, (half / np.linalg.norm(half)).astype(np.float32)), 0, 1) ** 24
    grain = canvas.clouds(rng, 40, 56, 0.012) + canvas.clouds(rng, 150, 200, 0.014)
    shade = (who.ambient + (1.14 - who.ambient) * diffuse) * (1 - _occlusion(x, y, who)) * (1 + grain)
    cover = canvas.cover(outlines.face(who), 0.016)
    canvas.lay(cover, _skin_colour(canvas, who) * shade[..., None] + 22 * shine[..., None])
    for sign in (-1, 1):
        canvas.fill(outlines.nostril(who, sign), who.skin * 0.30, 0.016)


def _front_hair(canvas: Canvas, who: Identity, strands: np.ndarray) -> None:
    """The hair over the forehead, and the shadow it throws."""
    cover = canvas.cover(outlines.hair(who), 0.02) * canvas.cover(outlines.above_hairline(who), 0.028)
    shadow = cv2.GaussianBlur(cover, (0, 0), 0.07 * canvas.unit)
    canvas.picture *= (1 - 0.30 * shadow * (1 - cover))[..., None]
    canvas.lay(cover, who.hair, strands)


def folds(who: Identity, x: np.ndarray, y: np.ndarray) -> dict[int, np.ndarray]:
    """Per action unit the wrinkles and bulges it makes: change of brightness (h, w), as a fraction, dark below 0."""
    nose, mouth, corner = who.nose_length, who.mouth_height, who.mouth_width
    lined = 0.35 + 0.65 * np.clip((who.age - 20) / 40, 0, 1)

    def line(start: tuple, end: tuple, width: float, strength: float) -> np.ndarray:
        return strength * (0.4 * ridge(x, y, start, end, 2.4 * width) - ridge(x, y, start, end, width))

    return {
        1: lined * (line((0, -0.76), (0.34, -0.74), 0.022, 0.12) + line((0, -0.64), (0.30, -0.64), 0.022, 0.07)),
        2: lined * (line((0.32, -0.77), (0.8, -0.70), 0.022, 0.10) + line((0.32, -0.66), (0.75, -0.62), 0.02, 0.05)),
        4: (0.5 + 0.5 * lined) * line((0.10, -0.38), (0.075, -0.14), 0.026, 0.26)
        - 0.08 * bump(x, y, 0, -0.25, 0.13, 0.14),
        6: lined * (line((0.84, 0.02), (1.0, -0.03), 0.02, 0.13) + line((0.84, 0.08), (1.0, 0.13), 0.02, 0.13))
        + line((0.30, 0.17), (0.68, 0.18), 0.03, 0.13),
        9: line((0.05, 0.0), (0.15, 0.11), 0.022, 0.20) + line((0.05, 0.12), (0.16, 0.22), 0.022, 0.17)
        + line((who.nose_width + 0.03, nose - 0.1), (corner, mouth - 0.22), 0.03, 0.22),
        12: line((who.nose_width + 0.06, nose), (corner + 0.16, mouth - 0.05), 0.036, 0.24)
        + 0.09 * pair(x, y, 0.62, 0.56, 0.20, 0.17),
        15: line((corner + 0.05, mouth + 0.10), (corner + 0.09, mouth + 0.26), 0.03, 0.10)
        - 0.07 * bump(x, y, 0, mouth + 0.40, 0.20, 0.10),
        16: line((0, mouth + 0.36), (0.2, mouth + 0.33), 0.03, 0.12),
        20: line((corner + 0.12, mouth - 0.12), (corner + 0.15, mouth + 0.16), 0.03, 0.14),
        23: line((0, mouth - 0.15), (0.3, mouth - 0.11), 0.028, 0.10)
        + line((0, mouth + 0.19), (0.28, mouth + 0.17), 0.028, 0.12),
        14: line((corner + 0.13, mouth - 0.11), (corner + 0.14, mouth + 0.07), 0.028, 0.26) * (who.side * x > 0),
    }  # fmt: skip


def eyeball(who: Identity, unit: float) -> np.ndarray:
    """An eye without lids, (s, s, 3) RGB float, the pupil in the middle, `unit` pixels per eye distance."""
    size = 2 * int(np.ceil(0.34 * unit)) + 1
    axis = ((np.arange(size) - size // 2) / unit).astype(np.float32)
    radius = np.hypot(axis[None, :], axis[:, None])
    glow = who.ambient + 0.9 * (1.05 - who.ambient)
    white = np.array((226, 219, 214), np.float32) * (0.80 + 0.12 * who.skin.mean() / 255) * glow
    picture = white * (1 - 0.9 * np.clip(radius - 0.10, 0, None))[..., None]
    spokes = 1 + 0.10 * np.sin(23 * np.arctan2(axis[:, None], axis[None, :]) + who.person)
    iris = who.iris.astype(np.float32) * glow * (0.75 + 3.2 * radius[..., None]) * spokes[..., None]
    edge = 0.9 / unit
    for colour, reach in ((iris * 0.42, 0.118), (iris, 0.105), (np.float32((14, 12, 12)), 0.047)):
        cover = np.clip((reach - radius) / (2 * edge) + 0.5, 0, 1)[..., None]
        picture = picture + cover * (colour - picture)
    glint = np.hypot(axis[None, :] - 0.038 * np.sign(who.light[0]), axis[:, None] + 0.036)
    cover = np.clip((0.020 - glint) / (2 * edge) + 0.5, 0, 1)[..., None] * 0.9
    return (picture + cover * (238 - picture)).astype(np.float32)
