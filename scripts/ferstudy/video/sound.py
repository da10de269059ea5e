"""The sound of a film as log-mel energies, a row for each frame of its picture.

Windows of 25 ms every 10 ms, 40 mel bands from 50 to 8000 Hz, natural logarithm of the mean power: the usual features
of speech (Davis and Mermelstein 1980 without their cosine transform). A row is the mean of the windows that lie in the
time of its frame, so that sound and face can be read side by side.
"""

from functools import lru_cache
from pathlib import Path

import av
import numpy as np

from ferstudy.video.times import Times, zero_of
from ferstudy.video.unusable import Unusable

RATE = 16_000  # samples a second
WINDOW, HOP = 400, 160  # samples
BANDS, LOWEST, HIGHEST = 40, 50.0, 8000.0  # Hz
QUIET = 1e-10  # power of what is no sound: keeps the logarithm finite
BLOCK = 4096  # windows transformed at once


def rows(path: str | Path, times: Times) -> tuple[np.ndarray, np.ndarray]:
    """(log-mel energies (frames, BANDS) float32, heard (frames,) bool) of the frames of the film at `path`.

    `heard` is False for a frame in whose time there is no sound. Raises Unusable with the reason "no sound" or "sound
    cannot be read".
    """
    samples, begin = _samples(Path(path))
    mel = log_mel(samples)
    middle = begin + (np.arange(len(mel)) * HOP + WINDOW / 2) / RATE
    edges = np.append(times.shown, times.end)
    frame = np.searchsorted(edges, middle, side="right") - 1
    inside = (frame >= 0) & (frame < len(times.shown))
    sums = np.zeros((len(times.shown), BANDS))
    np.add.at(sums, frame[inside], mel[inside])
    number = np.bincount(frame[inside], minlength=len(times.shown))
    # A frame shorter than a hop may hold no middle of a window; a window that reaches over it is then its sound.
    empty = np.flatnonzero(number == 0)
    if len(middle) and len(empty):
        centre = (edges[empty] + edges[empty + 1]) / 2
        nearest = np.clip(np.searchsorted(middle, centre), 0, len(middle) - 1)
        near = np.abs(middle[nearest] - centre) <= WINDOW / 2 / RATE
        sums[empty[near]], number[empty[near]] = mel[nearest[near]], 1
    return (sums / np.maximum(number, 1)[:, None]).astype("float32"), number > 0


def log_mel(samples: np.ndarray) -> np.ndarray:
    """The log-mel energies (windows, BANDS) of samples (n,) at RATE."""
    if len(samples) < WINDOW:
        return np.zeros((0, BANDS))
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    shape, bank = np.hanning(WINDOW), filters()
    found = []
    for start in range(0, len(windows), BLOCK):
        power = np.abs(np.fft.rfft(windows[start : start + BLOCK] * shape)) ** 2 / WINDOW
        found.append(np.log(power @ bank.T + QUIET))
    return np.concatenate(found)


@lru_cache(maxsize=1)
def filters() -> np.ndarray:
    """The triangular mel filters (BANDS, WINDOW // 2 + 1), each with a sum of 1; mel is 2595 log10(1 + f / 700)."""
    mel = 2595 * np.log10(1 + np.array([LOWEST, HIGHEST]) / 700)
    corners = 700 * (10 ** (np.linspace(*mel, BANDS + 2) / 2595) - 1)
    frequency = np.fft.rfftfreq(WINDOW, 1 / RATE)
    low, peak, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    bank = np.maximum(0, np.minimum((frequency - low) / (peak - low), (high - frequency) / (high - peak)))
    # The lowest triangles are narrower than the step of the transform, and may hold none of its frequencies.
    nearest = np.abs(frequency - peak).argmin(1)
    bank[bank.sum(1) == 0, nearest[bank.sum(1) == 0]] = 1
    return bank / bank.sum(1, keepdims=True)


def _samples(path: Path) -> tuple[np.ndarray, float]:
    """(samples (n,) float32 at RATE, when the first is heard, in s on the film's time line)."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise Unusable("no sound", "the film has no stream of sound")
            stream, zero = container.streams.audio[0], zero_of(container)
            resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
            parts, begin = [], None
            for frame in container.decode(stream):
                if begin is None:
                    begin = frame.time or 0.0
                parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
            parts += [part.to_ndarray()[0] for part in resampler.resample(None)]
    except (av.FFmpegError, OSError, ValueError) as error:
        raise Unusable("sound cannot be read", str(error)) from None
    if not parts:
        raise Unusable("no sound", "the stream of sound is empty")
    return np.concatenate(parts), begin - zero
