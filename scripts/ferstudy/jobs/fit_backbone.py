"""What fit_backbone is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, foreign, gate, reads, setting, table, writes
from ferstudy.jobs.trained import TRAINED


@dataclass(frozen=True, kw_only=True)
class FitBackbone(Job):
    """Train a backbone: on stills of other people, or on frames of a fold's own training clips."""

    backbone: dict[str, Any] = setting("network, settings, training, phases, weights, frames")
    crop: dict[str, Any] = setting("how the crops of the videos are made")
    threads: int = setting("threads of the processor")
    seed: int = setting("the study's seed")
    backend: str = setting("of Keras: tensorflow or jax")
    weights: str = foreign("the file of weights that it starts from", "")
    best: str = table("what a search chose", "")
    stills: str = reads("store of the stills, BGR", "")
    labels: str = reads("still, subject, label, role", "")
    dataset: str = setting("whose frames it learns from", "")
    protocol: str = setting("and under which protocol", "")
    fold: str = setting("and of which fold's training clips", "")
    classes: list[str] = setting("names of the classes of that dataset", [])
    clips: str = table("the clips table", "", columns=TRAINED)
    folds: str = table("the fold table", "")
    audit: str = gate("the audit of the fold table", "")
    passed: list[str] = gate("what says that faces and audit have passed", [])
    frames: list[str] = reads("stores of the clips' crops", [])
    earlier: list[str] = reads("model.zip of the folds, for a training without validation clips", [])
    state: str = setting("undeclared folder: a training that was killed goes on from it")
    model: str = writes("the network")
    history: str = writes("losses and scores of every epoch")
    predictions: str = writes("of its validation pictures")

    def modules(self) -> list[str]:
        return [f"ferstudy/models/{self.backbone['network']}.py"]
