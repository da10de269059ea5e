"""Who a built-in person is: the parameters that a renderer draws and a performance bends."""

from dataclasses import dataclass

import numpy as np

from ferstudy.synthetic.action_units import DRAWN, INDEX, WHOSE

ENTROPY = 20240229  # one world of people: a person's look depends on the person's number alone

# Light to deep, sRGB as (red, green, blue).
SKIN = np.array(
    [(241, 209, 188), (229, 188, 162), (214, 169, 137), (194, 146, 112), (164, 116, 83), (128, 86, 60), (102, 70, 54)],
    float,
)
HAIR = np.array([(28, 24, 23), (52, 36, 28), (84, 58, 40), (122, 88, 58), (176, 140, 94), (120, 62, 36)], float)
IRIS = np.array([(88, 62, 40), (60, 44, 32), (104, 96, 62), (92, 118, 130), (98, 112, 84)], float)
GREY_HAIR = np.array((168, 166, 164), float)
BACKGROUND = np.array([(176, 180, 184), (150, 160, 170), (186, 178, 166), (128, 142, 146), (160, 168, 156)], float)
CLOTH = np.array(
    [(56, 66, 84), (92, 96, 100), (120, 66, 62), (70, 92, 84), (168, 160, 148), (40, 42, 48), (96, 82, 110)], float
)


@dataclass(frozen=True, eq=False)
class Identity:
    """One person. Lengths are in units of the distance between the eyes; colours are sRGB, 0..255.

    Sex and age are parameters that were drawn first and drive the look a little: they are the truth about the person,
    not a guess from the picture.
    """

    person: int
    sex: str  # "f" or "m"
    age: int  # years
    # where the head is and how large, as fractions of the frame width and height
    distance: float  # between the eyes / frame width (of a portrait: 3/4 of the height, if that is less)
    centre: tuple[float, float]  # of the eyes
    # shape
    face_width: float  # half, at the cheekbones
    jaw_width: float  # half, at the mouth
    chin: float  # height of the chin below the eyes
    eye_width: float  # half
    eye_upper: float
    eye_lower: float
    eye_tilt: float
    brow_height: float
    brow_thickness: float
    brow_arch: float
    nose_length: float
    nose_width: float  # half
    nose_bridge: float
    mouth_height: float
    mouth_width: float  # half
    lip_upper: float
    lip_lower: float
    hairline: float
    hair_length: float  # how far below the eyes the hair ends
    hair_volume: float
    parting: float  # of the fringe, -1..1
    # colours and light
    skin: np.ndarray
    hair: np.ndarray
    iris: np.ndarray
    lip: np.ndarray
    background: np.ndarray
    cloth: np.ndarray
    stubble: float  # 0..1
    light: np.ndarray  # unit vector towards the light: right, down, towards the camera
    ambient: float
    noise: float  # grey levels of the sensor
    # habits
    gain: np.ndarray  # per action unit: how strongly this person shows it
    asymmetry: np.ndarray  # per action unit: image right against image left
    resting: np.ndarray  # per action unit: intensity of the face at rest
    open_smile: float  # AU25 when smiling
    side: int  # of the face that shows AU14: -1 image left, 1 image right

    @property
    def subject(self) -> str:
        """A name in the style of BU-4DFE: the sex and a number of at least three digits."""
        return f"{self.sex.upper()}{self.person:03d}"


def person(number: int) -> Identity:
    """The person with this number (0 or more). Even numbers are women, odd ones men, so any range is balanced."""
    rng = np.random.default_rng(np.random.SeedSequence(ENTROPY, spawn_key=(number,)))
    sex = "fm"[number % 2]
    age = int(rng.integers(19, 66))
    looks = {**_placement(rng), **_shape(rng, sex, age), **_colours(rng, sex, age)}
    return Identity(person=number, sex=sex, age=age, **looks, **_habits(rng))


def _placement(rng: np.random.Generator) -> dict:
    return {
        "distance": rng.uniform(0.178, 0.208),
        "centre": (0.5 + rng.uniform(-0.03, 0.03), 0.42 + rng.uniform(-0.025, 0.025)),
    }


def _shape(rng: np.random.Generator, sex: str, age: int) -> dict:
    """Means after ordinary adult proportions; men get wider jaws, thicker brows and thinner lips."""
    man = sex == "m"
    uniform = rng.uniform
    return {
        "face_width": uniform(1.05, 1.17) + 0.03 * man,
        "jaw_width": uniform(0.80, 0.93) + 0.06 * man,
        "chin": uniform(1.66, 1.80) + 0.05 * man,
        "eye_width": uniform(0.222, 0.252),
        "eye_upper": uniform(0.082, 0.105) - 0.006 * man,
        "eye_lower": uniform(0.046, 0.060),
        "eye_tilt": uniform(-0.015, 0.045),
        "brow_height": uniform(-0.355, -0.30) + 0.02 * man,
        "brow_thickness": uniform(0.070, 0.090) + 0.022 * man,
        "brow_arch": uniform(0.030, 0.075) - 0.022 * man,
        "nose_length": uniform(0.66, 0.76) + 0.02 * man,
        "nose_width": uniform(0.245, 0.315) + 0.015 * man,
        "nose_bridge": uniform(0.85, 1.15),
        "mouth_height": uniform(1.08, 1.16),
        "mouth_width": uniform(0.365, 0.425),
        "lip_upper": uniform(0.060, 0.092) - 0.010 * man,
        "lip_lower": uniform(0.086, 0.122) - 0.010 * man,
        "hairline": uniform(-1.12, -0.96) - 0.10 * man * (age > 45),
        "hair_length": uniform(0.25, 0.55) - 0.35 if man else uniform(0.9, 2.6),
        "hair_volume": uniform(0.06, 0.13) if man else uniform(0.10, 0.22),
        "parting": uniform(-0.7, 0.7),
    }


def _colours(rng: np.random.Generator, sex: str, age: int) -> dict:
    tone = rng.uniform(0, len(SKIN) - 1.001)
    skin = SKIN[int(tone)] + (tone % 1) * (SKIN[int(tone) + 1] - SKIN[int(tone)]) + rng.normal(0, 3, 3)
    dark = tone > 3.2
    hair = HAIR[rng.integers(2 if dark else len(HAIR))] * rng.uniform(0.85, 1.15)
    grey = np.clip((age - 42) / 25 + rng.normal(0, 0.2), 0, 0.85)
    light = np.array([rng.uniform(-0.42, 0.42), rng.uniform(-0.60, -0.30), 1.0])
    lipstick = rng.uniform(0.1, 0.5) if sex == "f" else 0.0
    return {
        "skin": skin,
        "hair": np.clip(hair + grey * (GREY_HAIR - hair), 12, 235),
        "iris": IRIS[rng.integers(2 if dark else len(IRIS))] + rng.normal(0, 4, 3),
        "lip": skin * ((0.88, 0.62, 0.64) if not dark else (1.02, 0.68, 0.74)) * (1 - 0.25 * lipstick)
        + np.array((34, 0, 8)) * lipstick,
        "background": BACKGROUND[rng.integers(len(BACKGROUND))] * rng.uniform(0.72, 1.08) + rng.normal(0, 4, 3),
        "cloth": np.clip(CLOTH[rng.integers(len(CLOTH))] * rng.uniform(0.7, 1.2) + rng.normal(0, 5, 3), 15, 225),
        "stubble": rng.uniform(0, 0.8) if sex == "m" else 0.0,
        "light": light / np.linalg.norm(light),
        "ambient": rng.uniform(0.52, 0.64) + 0.02 * tone,  # deep skin is exposed a little longer
        "noise": rng.uniform(1.8, 3.6),
    }


def _habits(rng: np.random.Generator) -> dict:
    resting = np.clip(rng.normal(0, 0.05, DRAWN), 0, 0.14)[WHOSE]
    # A resting mouth is closed and even, resting eyes are open.
    resting[[INDEX[unit] for unit in (14, 16, 25, 26, 45)]] = 0
    return {
        "gain": np.clip(rng.normal(0.95, 0.15, DRAWN), 0.6, 1.3)[WHOSE],
        "asymmetry": rng.normal(0, 0.07, DRAWN)[WHOSE],
        "resting": resting,
        "open_smile": float(rng.uniform(0, 0.7) * (rng.random() < 0.6)),
        "side": int(rng.choice((-1, 1))),
    }
