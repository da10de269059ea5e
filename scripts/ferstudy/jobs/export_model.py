"""What export_model is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, foreign, reads, setting, writes


@dataclass(frozen=True, kw_only=True)
class ExportModel(Job):
    """Put a trained model and all that predicting needs into one file."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("the protocol whose model it is")
    architecture: str = setting("name of the architecture")
    fold: str = setting("deploy, else final, else the first fold")
    run: int = setting("the first run")
    kinds: list[str] = setting("kinds of stores that it reads")
    recipe: dict[str, Any] = setting("how its crops are made, without flow and trim")
    flow: dict[str, Any] = setting("how flow is computed, where it is read", {})
    trim: dict[str, Any] = setting("how clips are trimmed, where those of the dataset are", {})
    backbone: dict[str, Any] = setting("layer and precision of a backbone, or the network of a file", {})
    licences: list[str] = setting("what the config says of the licences of data and weights, a sentence each", [])
    model: str = reads("model.zip of the training")
    record: str = reads("run.json of the training")
    trained_backbone: str = reads("model.zip of the backbone whose stored features are read", "")
    predictions: str = reads("what it predicted; empty for a model that is tested on nothing", "")
    scores: str = reads("the scores of the architecture under the protocol")
    faces: list[str] = reads("the summaries of the faces of each leaf: how long its clips are")
    network: str = foreign("a network file of others that describes frames", "")
    files: list[str] = foreign("files that the recipe names", [])
    out: str = writes("the exported model")
