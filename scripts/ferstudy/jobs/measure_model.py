"""What measure_model is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, reads, setting, writes


@dataclass(frozen=True, kw_only=True)
class MeasureModel(Job):
    """Measure what one trained model costs per clip: operations, seconds, memory."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("the first protocol that trains it there")
    architecture: str = setting("name of the architecture")
    fold: str = setting("the first fold of this protocol; other folds have the same network")
    family: str = setting("module of ferstudy/models")
    kinds: list[str] = setting("kinds of stores that it reads")
    backend: str = setting("of Keras: tensorflow or jax")
    network: str = setting("module of the network of the backbone whose features it reads", "")
    layer: str = setting("layer of this backbone that is read", "")
    precision: str = setting("in what this backbone computes", "float32")
    model: str = reads("model.zip of the training")
    backbone: str = reads("model.zip of the backbone whose stored features are read", "")
    faces: list[str] = reads("stores of crops", [])
    flow: list[str] = reads("stores of flow", [])
    features: list[str] = reads("stores of features", [])
    landmarks: list[str] = reads("stores of landmarks", [])
    out: str = writes("what it costs")

    def modules(self) -> list[str]:
        return [f"ferstudy/models/{name}.py" for name in (self.family, self.network) if name]
