"""High dynamic range (PQ, HLG) as a standard screen shows it, simply: one curve and one matrix, the same in all frames.

Diffuse white, 203 cd/m² (ITU-R BT.2408), is nearly the white of the screen; what is brighter is compressed.
"""

from functools import cache

import cv2
import numpy as np
from av.video.reformatter import ColorTrc

WHITE = 203  # cd/m²
HLG_PEAK, HLG_GAMMA = 1000, 1.2  # cd/m², the screen for which HLG's system gamma is 1.2 (BT.2100)
KNEE = 0.75  # of the screen's white, above which light is compressed
GAMMA = 2.4  # of the screen (BT.1886)
MOST, STEPS = 10_000 / WHITE, 1 << 14  # of the table from light to grey levels, in equal steps of the root of light
# BT.2020 to BT.709 (BT.2087), for blue, green, red.
TO_709 = np.array([[1.1187, -0.1006, -0.0182], [-0.0083, 1.1329, -0.1246], [-0.0728, -0.5876, 1.6605]], np.float32)
LUMA = np.array([[0.0593, 0.6780, 0.2627]], np.float32)  # of BT.2020, for blue, green, red
TRANSFERS = {int(ColorTrc.SMPTE2084): "PQ", int(ColorTrc.ARIB_STD_B67): "HLG"}


def standard(picture: np.ndarray, transfer: str) -> np.ndarray:
    """`picture` (h, w, 3) uint16 BGR in BT.2020 as uint8 BGR in BT.709; `transfer` is "PQ" or "HLG"."""
    light = _light(transfer)[picture]
    if transfer == "HLG":
        light *= (cv2.transform(light, LUMA) ** (HLG_GAMMA - 1))[..., None] * np.float32(HLG_PEAK / WHITE)
    light = cv2.transform(light, TO_709)
    root = np.sqrt(np.clip(light, 0, MOST, out=light), out=light)
    return _levels()[(root * np.float32((STEPS - 1) / MOST**0.5)).astype(np.uint16)]


@cache
def _light(transfer: str) -> np.ndarray:
    """Light of each 16-bit value: of PQ in units of WHITE, of HLG of the scene in 0..1."""
    signal = np.linspace(0, 1, 1 << 16)
    if transfer == "HLG":
        light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    else:
        power = signal ** (1 / 78.84375)
        light = (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125) * MOST
    return light.astype(np.float32)


@cache
def _levels() -> np.ndarray:
    """Grey level for the root of light, from 0 to MOST."""
    light = np.linspace(0, MOST**0.5, STEPS) ** 2
    beyond = np.maximum(light - KNEE, 0) / (1 - KNEE)
    return np.rint(255 * (np.minimum(light, KNEE) + (1 - KNEE) * (1 - np.exp(-beyond))) ** (1 / GAMMA)).astype(np.uint8)
