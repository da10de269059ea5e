"""The MOSSE tracker: a correlation filter that learns while it follows (Bolme et al., CVPR 2010).

Written here because OpenCV's gives up or goes on, on the same frames, by what the memory held before.
"""

import cv2
import numpy as np

RATE = 0.125  # of learning, as in the paper
SIGMA = 2.0  # px of the wished-for peak
WARPS, TURN = 8, 0.1  # small random warps of the first frame, to learn from more than one picture; radians and share
TINY = 1e-3
SMALLEST = 8  # px of a box


class Mosse:
    """Follows the centre of a box whose size it keeps, to fractions of a pixel; it always says that it follows."""

    def init(self, frame: np.ndarray, box: tuple[float, ...]) -> None:
        """Begin in the grey `frame` (height, width) uint8 with `box` (x, y, w, h) in px."""
        x, y, width, height = box
        self._box, self._centre = (width, height), np.array([x + width / 2, y + height / 2])
        self._size = size = (max(SMALLEST, round(width)), max(SMALLEST, round(height)))
        self._window = cv2.createHanningWindow(size, cv2.CV_32F)
        columns, rows = np.meshgrid(*(np.arange(side) - side // 2 for side in size))
        self._wish = np.fft.rfft2(np.exp(-(columns**2 + rows**2) / (2 * SIGMA**2)))
        patch = self._patch(frame)
        self._above = self._below = 0.0
        rng = np.random.default_rng(0)
        for warp in range(WARPS):
            self._learn(_warped(patch, rng) if warp else patch, 1.0)

    def update(self, frame: np.ndarray) -> tuple[bool, tuple[float, ...]]:
        """(True, its box (x, y, w, h)) in the next grey `frame`."""
        response = np.fft.irfft2(
            self._above / (self._below + TINY) * self._spectrum(self._patch(frame)), self._size[::-1]
        )
        row, column = np.unravel_index(response.argmax(), response.shape)
        across, down = _summit(np.roll(response[row], -column)), _summit(np.roll(response[:, column], -row))
        move = np.array([column + across - self._size[0] // 2, row + down - self._size[1] // 2])
        self._centre = np.clip(self._centre + move, 0, frame.shape[1::-1])
        self._above, self._below = (1 - RATE) * self._above, (1 - RATE) * self._below
        self._learn(self._patch(frame), RATE)
        (x, y), (width, height) = self._centre, self._box
        return True, (x - width / 2, y - height / 2, width, height)

    def _patch(self, frame: np.ndarray) -> np.ndarray:
        return cv2.getRectSubPix(frame, self._size, tuple(float(value) for value in self._centre), patchType=cv2.CV_32F)

    def _spectrum(self, patch: np.ndarray) -> np.ndarray:
        patch = np.log1p(patch)
        return np.fft.rfft2((patch - patch.mean()) / (patch.std() + TINY) * self._window)

    def _learn(self, patch: np.ndarray, share: float) -> None:
        seen = self._spectrum(patch)
        self._above = self._above + share * self._wish * seen.conj()
        self._below = self._below + share * np.abs(seen) ** 2


def _warped(patch: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = patch.shape
    turn, scale = rng.uniform(-TURN, TURN), 1 + rng.uniform(-TURN, TURN)
    matrix = cv2.getRotationMatrix2D((width // 2, height // 2), float(np.degrees(turn)), float(scale))
    return cv2.warpAffine(patch, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)


def _summit(values: np.ndarray) -> float:
    """Where between its neighbours the peak at values[0] of a periodic curve lies, -0.5 to 0.5: on a parabola."""
    before, peak, after = values[-1], values[0], values[1]
    bend = before - 2 * peak + after
    return float((before - after) / (2 * bend)) if bend < 0 else 0.0
