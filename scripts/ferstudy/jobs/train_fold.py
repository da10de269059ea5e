"""What train_fold is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, gate, reads, setting, stores, table, writes
from ferstudy.jobs.trained import TRAINED


@dataclass(frozen=True, kw_only=True)
class TrainFold(Job):
    """Train one architecture on one fold, and predict its validation and test clips."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("name of the protocol")
    architecture: str = setting("name of the architecture")
    fold: str = setting("k, final, k.j, k.final or deploy")
    run: int = setting("number of the repetition; each has its own seed")
    family: str = setting("module of ferstudy/models")
    trainer: str = setting("network (Keras) or estimator (scikit-learn)")
    input: dict[str, Any] = setting("kind, recipe, backbone, layer, copies")
    sampling: dict[str, Any] = setting("how clips are cut into samples")
    settings: dict[str, Any] = setting("the settings of the family")
    training: dict[str, Any] = setting("epochs, optimizer, loss, ...")
    classes: list[str] = setting("names of the classes")
    seed: int = setting("the study's seed")
    threads: int = setting("threads of the processor")
    backend: str = setting("of Keras: tensorflow or jax")
    select: str = setting("what is best: a column of the history")
    permuted: bool = setting("whether training clips have each other's labels: a negative control", False)
    people: int = setting("so many people train, for a learning curve; 0 for all", 0)
    without: str = setting("the fold whose validation clips do not train: that fold's student is taught by this", "")
    precision: str = setting("in what a backbone within the architecture computes", "float32")
    clips: str = table("the clips table", columns=TRAINED)
    folds: str = table("the fold table")
    best: str = table("what a search chose", "")
    taught: str = table("what a teacher answers to the training clips", "")
    audit: str = gate("the audit of the fold table")
    passed: list[str] = gate("what says that faces and audit have passed")
    faces: list[str] = stores("stores of crops", [])
    flow: list[str] = stores("stores of flow", [])
    features: list[str] = stores("stores of features", [])
    landmarks: list[str] = stores("stores of landmarks", [])
    copies: list[str] = stores("stores of features of augmented copies", [])
    listings: list[str] = reads("files that stand for the stores, where a study has many shards", [])
    frozen: str = reads("model.zip of a backbone that runs within the architecture", "")
    earlier: list[str] = reads("histories of the folds, for a training without validation clips", [])
    state: str = setting("undeclared folder: a checkpoint must outlive a killed job")
    model: str = writes("the model")
    history: str = writes("losses and scores of every epoch")
    record: str = writes("run.json: how it was trained")
    samples: str = writes("probabilities of every sample")
    validation: str = writes("probabilities of the validation clips after every epoch")
    predictions: str = writes("probabilities of the validation and test clips")

    def modules(self) -> list[str]:
        return self.loaded(self.trainer, self.family)

    @staticmethod
    def loaded(trainer: str, family: str) -> list[str]:
        """What a training of this family loads by name: no other family's code counts."""
        return [f"ferstudy/training/{trainer}.py", f"ferstudy/models/{family}.py"]
