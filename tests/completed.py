"""Parts of a config as a study has them: what a test gives, completed by the schema."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from ferstudy.protocols import kinds
from ferstudy.study.config import complete
from ferstudy.video.detect import Haar
from ferstudy.video.detectors.build import build
from ferstudy.video.recipe import Recipe

SCHEMA = Path(__file__).parents[1] / "workflow/schemas/config.schema.yaml"


def sections(given: dict) -> dict:
    """The sections of a recipe, each with all its keys; one that may be left out is there where it is given."""
    return study(json.dumps(given))["recipes"]["tested"]


@cache
def study(recipe: str) -> dict:
    """The least config that has this recipe (JSON), completed."""
    config = {
        "datasets": {"lab": {"adapter": "manifest", "classes": ["anger", "fear"]}},
        "protocols": {"kfold3": {"kind": "kfold"}},
        "grid": {"lab": ["kfold3"]},
        "recipes": {"tested": json.loads(recipe)},
        "architectures": {"c3d": {"family": "c3d", "input": {"kind": "faces", "recipe": "tested"}}},
    }
    return complete(config, SCHEMA, "config.yaml")


def recipe_of(given: dict) -> Recipe:
    """The recipe of these sections."""
    return Recipe.of(sections(given))


def detector_of(settings: dict) -> Any:
    """The detector with these settings, the others as the schema has them."""
    return build(recipe_of({"detector": settings}).detector)


def haar(**settings: object) -> Haar:
    """The Haar detector with these settings."""
    return detector_of(settings)


def protocol_of(given: dict) -> dict:
    """A protocol with what the schema has for every kind, as far as its kind has such keys."""
    filled = study("{}")["protocols"]["kfold3"]
    return {**{key: filled[key] for key in kinds.KEYS.get(given.get("kind"), {}) if key in filled}, **given}
