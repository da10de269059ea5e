"""What a person does in a clip: action units over time, head motion, gaze and blinks."""

from typing import NamedTuple

import numpy as np

from ferstudy.synthetic.action_units import AUS, DRAWN, EMFACS, EXPRESSIONS, INDEX, NEUTRAL, SIGNATURE, WHOSE
from ferstudy.synthetic.identity import Identity

LABELS = (*sorted(EMFACS), NEUTRAL, "contempt")  # a clip's seed has a label's place here: new ones go to the end
COURSES = ("onset_apex_offset", "onset_apex")  # neutral to neutral, neutral to the peak
# The least intensity at the apex of the units without which an expression would be another.
FLOOR = {14: 0.5, 25: 0.5, 26: 0.5}
WEAK = 0.25  # likewise of any other such unit
POSE_SPREAD = np.array([0.06, 0.05, 0.045, 0.020, 0.13, 0.09])  # of the slow head motion; order: geometry.POSE
POSE_AT_REST = np.array([0.0, 0.0, 0.020, 0.0, 0.05, 0.04])
GAZE_SPREAD = np.array([0.022, 0.009])  # eye distances


class Performance(NamedTuple):
    """The truth about one clip of n frames."""

    label: str
    aus: np.ndarray  # (n, AUs) float32, the intensities that are drawn: 0 = not there, 1 = strong
    intensity: np.ndarray  # (n,) float32, the onset-apex-offset curve times the strength of the clip
    pose: np.ndarray  # (n, 6) float32, see geometry.POSE
    gaze: np.ndarray  # (n, 2) float32, eye distances


def apex(who: Identity, label: str, rng: np.random.Generator, difficulty: float) -> np.ndarray:
    """Intensities (AUs,) at full display, without the resting face: how this person shows `label` this time.

    `difficulty` (0 or more, 1 = the standard) scales what makes classes overlap: units come out weaker or stronger,
    are left out, and a second expression is mixed in.
    """
    weights = np.zeros(len(AUS))
    jitter = np.clip(rng.normal(1, 0.38 * difficulty, DRAWN), 0.2, 1.5)[WHOSE]
    kept = (rng.random(DRAWN) >= 0.20 * difficulty)[WHOSE]
    for unit, weight in EXPRESSIONS.get(label, {}).items():
        weights[INDEX[unit]] = weight * jitter[INDEX[unit]] * (kept[INDEX[unit]] or unit in SIGNATURE[label])
    if label == "happiness":
        weights[INDEX[25]] = who.open_smile * jitter[INDEX[25]]
    second = sorted(EMFACS)[rng.integers(len(EMFACS))]
    share = 0.85 * difficulty * rng.random() ** 1.4 * (0.4 if label == NEUTRAL else 1)
    for unit, weight in EMFACS[second].items():
        weights[INDEX[unit]] = max(weights[INDEX[unit]], share * weight)
    return weights * who.gain


def with_floor(intensities: np.ndarray, label: str) -> np.ndarray:
    """`intensities` (AUs,) at the apex with the units that make the expression at least at FLOOR."""
    raised = intensities.copy()
    for unit in SIGNATURE.get(label, ()):
        raised[INDEX[unit]] = max(raised[INDEX[unit]], FLOOR.get(unit, WEAK))
    return raised


def perform(
    who: Identity,
    label: str,
    rng: np.random.Generator,
    frames: int,
    fps: float,
    difficulty: float = 1.0,
    course: str = COURSES[0],
) -> Performance:
    """One clip: neutral, onset, apex, offset, neutral. With the course onset_apex it ends in the middle of the apex."""
    times = _phases(rng)
    t = np.linspace(0, {"onset_apex_offset": 1, "onset_apex": times[1:3].mean()}[course], frames)
    strength = float(np.clip(rng.normal(0.76, 0.18 * difficulty), 0.35, 1.05)) * (label != NEUTRAL)
    peak = with_floor(apex(who, label, rng, difficulty) * (strength or 1), label)
    lags = rng.normal(0, 0.025, DRAWN)[WHOSE]  # units do not move in step
    shape = np.stack([_envelope(t - lag, times) for lag in lags], 1)
    restless = 0.03 * np.stack([_drift(rng, frames, fps) for _ in range(DRAWN)], 1)[:, WHOSE]
    aus = np.clip(who.resting + peak * shape + restless * (who.resting + peak * shape > 0.02), 0, 1.3)
    aus[:, INDEX[45]] = _blinks(rng, frames, fps)
    pose = np.stack([_drift(rng, frames, fps) * rng.uniform(0.3, 1) for _ in POSE_SPREAD], 1) * POSE_SPREAD
    pose += POSE_AT_REST * rng.normal(0, 1, 6)
    gaze = np.stack([_drift(rng, frames, fps) for _ in GAZE_SPREAD], 1) * GAZE_SPREAD
    curve = _envelope(t, times) * strength
    return Performance(label, *(part.astype(np.float32) for part in (aus, curve, pose, gaze)))


def pose_for(who: Identity, label: str, rng: np.random.Generator, difficulty: float = 1.0) -> Performance:
    """One picture (n = 1): an expression near its apex, at a random intensity of 0.5 to 1, the head held anyhow."""
    strength = rng.uniform(0.5, 1.0) * (label != NEUTRAL)
    aus = who.resting + apex(who, label, rng, difficulty) * (strength or 1)
    if strength:
        aus = with_floor(aus, label)
    aus[INDEX[45]] = 0.25 * rng.random() ** 4
    pose = POSE_SPREAD * rng.uniform(-1, 1, 6) + POSE_AT_REST * rng.normal(0, 1, 6)
    gaze = GAZE_SPREAD * rng.uniform(-1, 1, 2)
    parts = (np.clip(aus, 0, 1.3), np.float64(strength), pose, gaze)
    return Performance(label, *(np.asarray(part, np.float32)[None] for part in parts))


def _phases(rng: np.random.Generator) -> np.ndarray:
    """Where onset, apex, offset and rest begin, as fractions of the clip; the onset is faster than the offset."""
    onset = rng.uniform(0.08, 0.20)
    top = onset + rng.uniform(0.12, 0.26)
    offset = top + rng.uniform(0.22, 0.36)
    return np.array([onset, top, offset, min(offset + rng.uniform(0.16, 0.28), 0.98)])


def _envelope(t: np.ndarray, times: np.ndarray) -> np.ndarray:
    """0 before the onset, 1 at the apex, 0 after the offset, smooth in between (n,)."""
    onset, top, offset, rest = times
    rising = np.clip((t - onset) / (top - onset), 0, 1)
    falling = np.clip((rest - t) / (rest - offset), 0, 1)
    level = np.minimum(rising, falling)
    return level * level * (3 - 2 * level)


def _drift(rng: np.random.Generator, frames: int, fps: float) -> np.ndarray:
    """A slow random motion (n,) that starts anywhere and stays within -1..1; its memory is about half a second."""
    reach = max(2, round(0.5 * fps))
    window = np.hanning(2 * reach + 1)
    steps = rng.normal(0, 1, frames + 2 * reach)
    motion = np.convolve(steps, window / np.sqrt((window**2).sum()), "valid")
    return np.tanh(0.6 * motion)


def _blinks(rng: np.random.Generator, frames: int, fps: float) -> np.ndarray:
    """Intensity of AU45 (n,): a blink every 1.5 to 5 seconds, 0.1 s to close and 0.15 s to open."""
    seconds = np.arange(frames) / fps
    closed, start = np.zeros(frames), rng.uniform(0.0, 2.5)
    while start < seconds[-1]:
        away = seconds - start
        closed = np.maximum(closed, np.clip(1.25 - np.abs(away) / np.where(away < 0, 0.10, 0.15), 0, 1))
        start += rng.uniform(1.5, 5.0)
    return closed
