"""Bars are cut off whatever their colour, and nothing else is."""

import cv2
import numpy as np
import pytest

from ferstudy.bars import inner


def film(frames: int = 8, height: int = 120, width: int = 160) -> np.ndarray:
    """Something smooth that moves, darker and brighter than any bar in places."""
    rng = np.random.default_rng(4)
    large = cv2.GaussianBlur(rng.normal(size=(height, width + frames)), (0, 0), 8)
    large = np.clip(120 + 60 * large / large.std(), 0, 255).astype("u1")
    return np.stack([large[:, i : i + width] for i in range(frames)])


def coarse(frames: np.ndarray) -> np.ndarray:
    return np.stack([cv2.imdecode(cv2.imencode(".jpg", f, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 0) for f in frames])


@pytest.mark.parametrize("value", [0, 16, 255])
@pytest.mark.parametrize(("tall", "wide"), [(12, 0), (0, 30), (12, 20)])
def test_bars_of_one_grey_are_cut_off(value, tall, wide):
    boxed = coarse(np.pad(film(), ((0, 0), (tall, tall), (wide, wide)), constant_values=value))
    rows, columns = inner(boxed)
    height, width = boxed.shape[1:]
    for found, bar, side in ((rows, tall, height), (columns, wide, width)):
        assert abs(found.start - bar) <= 2
        assert abs(side - found.stop - bar) <= 2


def test_films_without_bars_are_left_whole():
    plain = film()
    wall = plain.copy()
    wall[:, :30] = 200  # a wall above a head: the line below it is the wall's own for the most part
    wall[:, 30:60, :100] = 200
    for frames in (plain, wall, np.zeros_like(plain), np.full_like(plain, 255)):
        assert inner(frames) == (slice(0, 120), slice(0, 160))
