"""Faces that the first detector loses for their skin or light: the second one looks, and only where they are lost."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from completed import recipe_of, sections

from ferstudy.errors import StudyError
from ferstudy.synthetic.expression import perform
from ferstudy.synthetic.identity import SKIN, person
from ferstudy.synthetic.rendering import Renderer
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.detect import overlap
from ferstudy.video.detectors.build import build_second
from ferstudy.video.faces import find, tools
from ferstudy.video.recipe import Recipe

COUNT = 24
RECIPE = recipe_of({})


@pytest.fixture(scope="module")
def ready():
    return tools(RECIPE)


@pytest.fixture(scope="module")
def bright() -> list[np.ndarray]:
    """Somebody with deep skin in good light."""
    who = replace(person(701), skin=SKIN[6], lip=person(701).lip * SKIN[6] / person(701).skin)
    shown, renderer = perform(who, "surprise", np.random.default_rng(1), COUNT, 25), Renderer(who, 360, 480)
    return [renderer.frame(*at, i) for i, at in enumerate(zip(shown.aus, shown.pose, shown.gaze, strict=True))]


def dimmed(frames: list[np.ndarray], light: float) -> list[np.ndarray]:
    """`frames` in so much of the light, with the noise of a sensor."""
    random = np.random.default_rng(2)
    return [np.clip(light * frame + random.normal(0, 2, frame.shape), 0, 255).astype(np.uint8) for frame in frames]


def film(folder: Path, frames: list[np.ndarray]) -> Film:
    """A film of these very pixels."""
    folder.mkdir()
    for i, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"{i:03d}.bmp"), frame)
    return Film(folder)


@pytest.mark.parametrize("light", [pytest.param(0.3, marks=pytest.mark.slow), 0.15])
def test_deep_skin_in_low_light_is_found_where_haar_alone_loses_it(tmp_path, bright, ready, light):
    dark = dimmed(bright, light)
    with pytest.raises(Unusable, match=r"no face found|face lost"):
        find(film(tmp_path / "alone", dark), RECIPE, ready.detector)
    track = find(film(tmp_path / "dark", dark), RECIPE, ready.detector, ready.second)
    seen = find(film(tmp_path / "bright", bright), RECIPE, ready.detector)
    assert (track.first, len(track.boxes)) == (0, COUNT)
    assert overlap(track.boxes, seen.boxes).min() > 0.8  # the box is none of dlib's habit
    assert track.faces.tolist() == [1] * COUNT
    back = find(film(tmp_path / "back", dark[::-1]), RECIPE, ready.detector, ready.second)
    np.testing.assert_allclose(back.boxes[::-1], track.boxes, atol=1e-6)


@pytest.mark.slow
def test_where_the_light_goes_out_the_first_frames_are_not_all_there_is(tmp_path, bright, ready):
    frames = [*bright[:16], *dimmed(bright[16:], 0.15)]
    assert len(find(film(tmp_path / "alone", frames), RECIPE, ready.detector).boxes) < COUNT
    track = find(film(tmp_path / "both", frames), RECIPE, ready.detector, ready.second)
    assert len(track.boxes) == COUNT


class Unasked:
    """A second detector that must not be asked."""

    def faces(self, frame: np.ndarray) -> np.ndarray:
        raise AssertionError("Haar had the face in the whole clip")


def test_a_clip_whose_face_haar_finds_throughout_is_not_looked_at_twice(tmp_path, bright, ready):
    whole = film(tmp_path / "whole", bright)
    assert len(find(whole, RECIPE, ready.detector, Unasked()).boxes) == COUNT


@pytest.mark.parametrize("turn", [cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE])
def test_the_second_look_sees_no_face_in_a_turned_one_nor_in_noise(bright, ready, turn):
    (dark,) = dimmed(bright[:1], 0.15)
    assert len(ready.second.faces(dark)) == 1
    assert ready.second.faces(cv2.rotate(dark, turn)).shape == (0, 4)
    assert ready.second.faces(dimmed([np.full_like(dark, 60)], 0.1)[0]).shape == (0, 4)


def test_who_looks_second_is_said_by_the_recipe():
    assert build_second(recipe_of({"detector": {"second": "none"}}).detector) is None
    assert build_second(recipe_of({"detector": {"name": "hog"}}).detector) is None
    wrong = {**sections({})}
    wrong["detector"] = {**wrong["detector"], "second": "yunet"}
    with pytest.raises(StudyError, match="detector/second is 'yunet', expected none, hog"):
        build_second(Recipe.of(wrong).detector)
