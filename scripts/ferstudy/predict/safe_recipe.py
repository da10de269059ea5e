"""Is a recipe that came from anybody one that faces can be found with? Keys, types and bounds of its values."""

from dataclasses import fields
from typing import Any, get_args, get_type_hints

from ferstudy.errors import StudyError
from ferstudy.video.recipe import Alignment, Cropping, Detection, Recipe, Tracking

SECTIONS = {"detector": Detection, "tracker": Tracking, "crop": Cropping, "align": Alignment}
LARGEST = 1e6  # of any number
SIZE = 2048  # px of a crop: above it only memory is filled
LEAST = {"every": 1, "misses": 1, "size": 8}


def check(recipe: dict[str, Any], called: str) -> None:
    """Raise StudyError, with the key, for a recipe that no study would have."""
    for name, part in recipe.items():
        if name not in SECTIONS or not isinstance(part, dict):
            raise StudyError(f"{called}: recipe/{name} is no section of a recipe; do not use this file")
        _check_section(name, part, called)
    made = Recipe.of(recipe)  # raises where a key is unknown or missing
    if made.crop.size > SIZE:
        raise StudyError(f"{called}: recipe/crop/size is {made.crop.size}, expected at most {SIZE}")


def _check_section(name: str, part: dict[str, Any], called: str) -> None:
    hints = get_type_hints(SECTIONS[name])
    for field in fields(SECTIONS[name]):
        if field.name not in part:
            continue
        value, hint = part[field.name], hints[field.name]
        kinds = get_args(hint) or (hint,)
        fits = isinstance(value, (int, *kinds) if float in kinds else kinds) and isinstance(value, bool) == (
            bool in kinds
        )
        if isinstance(value, int | float) and not isinstance(value, bool):
            fits = fits and LEAST.get(field.name, 0) <= value <= LARGEST
        if not fits:
            raise StudyError(f"{called}: recipe/{name}/{field.name} is {str(value)[:40]!r}; do not use this file")
