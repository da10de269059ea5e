"""What the page has read of what is trained before the grid: backbones and searches."""

from dataclasses import dataclass

from ferstudy.search.trials import Trial
from ferstudy.tables.history import Epoch
from ferstudy.tables.predictions import Predictions


@dataclass(frozen=True)
class BackboneResults:
    """One feature network and how it learned."""

    name: str
    recipe: str
    source: str
    history: list[Epoch] | None
    predictions: Predictions | None


@dataclass(frozen=True)
class PlaceResults:
    """One place of a search: the folds that it trained, the trainings that it serves, and what it found."""

    trained: tuple[str, ...]
    serves: tuple[str, ...]
    best: dict | None
    stale: bool  # `best` is of an earlier config
    trials: list[Trial]


@dataclass(frozen=True)
class SearchResults:
    """One search of settings: `told` is its entry in the config, `trials` and `fits` what it costs."""

    name: str
    told: dict
    trials: int  # of each place
    fits: int  # of all places
    places: tuple[PlaceResults, ...]
