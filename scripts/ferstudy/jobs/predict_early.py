"""What predict_early is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.evaluated import SCORED
from ferstudy.jobs.job import reads, setting, table, writes
from ferstudy.jobs.who import Who


@dataclass(frozen=True, kw_only=True)
class PredictEarly(Who):
    """Score one architecture by how much of each test clip it has seen."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("the first protocol that trains it there")
    architecture: str = setting("name of the architecture")
    family: str = setting("module of ferstudy/models")
    kinds: list[str] = setting("kinds of stores that it reads")
    backend: str = setting("of Keras: tensorflow or jax")
    threads: int = setting("threads of the model")
    evaluation: dict[str, Any] = setting("resamples, seed, pool, repeats")
    clips: str = table("the clips table: whose clips belong together, and who is in them", columns=SCORED)
    folds: str = table("the fold table")
    models: list[list[Any]] = reads("fold, path of its model.zip")
    predictions: list[list[Any]] = reads("fold, path of its predictions, in the same order")
    stores: list[list[Any]] = reads("fold, kind, path of each store")
    out: str = writes("the scores by share")

    def modules(self) -> list[str]:
        return [f"ferstudy/models/{self.family}.py"]
