"""What measure_robustness is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.evaluated import SCORED
from ferstudy.jobs.job import reads, setting, table, writes
from ferstudy.jobs.who import Who


@dataclass(frozen=True, kw_only=True)
class MeasureRobustness(Who):
    """Score one architecture on test clips that are darker, blurred, noisy, partly hidden or turned."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("the first protocol that trains it there")
    architecture: str = setting("name of the architecture")
    family: str = setting("module of ferstudy/models")
    kinds: list[str] = setting("kinds of stores that it reads, which are made again of altered crops")
    backend: str = setting("of Keras: tensorflow or jax")
    threads: int = setting("threads of the model")
    evaluation: dict[str, Any] = setting("resamples, seed, pool, repeats")
    margin: float = setting("that of the crops, in parts of the face's side")
    extend: float = setting("that of the crops, in parts of the face's height")
    flow: dict[str, Any] = setting("method, segment, step and keep, where it reads flow", {})
    network: str = setting("module of the network of the backbone whose features it reads", "")
    layer: str = setting("layer of this backbone that is read", "")
    precision: str = setting("of this backbone", "")
    clips: str = table("the clips table: whose clips belong together, and who is in them", columns=SCORED)
    folds: str = table("the fold table")
    models: list[list[Any]] = reads("fold, path of its model.zip")
    predictions: list[list[Any]] = reads("fold, path of its predictions, in the same order")
    backbones: list[list[Any]] = reads("fold, path of model.zip of the backbone that describes its crops", [])
    crops: list[str] = reads("stores of crops")
    out: str = writes("the scores by alteration and strength")

    def modules(self) -> list[str]:
        return [f"ferstudy/models/{name}.py" for name in (self.family, self.network) if name]
