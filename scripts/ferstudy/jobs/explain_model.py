"""What explain_model is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, reads, setting, writes


@dataclass(frozen=True, kw_only=True)
class ExplainModel(Job):
    """Say of some test clips what a trained model answered sample by sample, and where on the face it looked."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("a protocol that trains it there")
    architecture: str = setting("name of the architecture")
    fold: str = setting("the first fold of this protocol with test clips, which are explained")
    family: str = setting("module of ferstudy/models")
    kinds: list[str] = setting("kinds of stores that it reads")
    backend: str = setting("of Keras: tensorflow or jax")
    network: str = setting("module of the network of the backbone whose features it reads", "")
    layer: str = setting("layer of this backbone that is read", "")
    without: str = setting("why there can be no map, in words", "")
    everybody: bool = setting("whether everybody's face may be shown", False)
    people: list[str] = setting("subjects whose faces may be shown, if not everybody's", [])
    model: str = reads("model.zip of the training")
    predictions: str = reads("the predictions of the training")
    backbone: str = reads("model.zip of the backbone whose stored features are read", "")
    faces: list[str] = reads("stores of crops", [])
    flow: list[str] = reads("stores of flow", [])
    features: list[str] = reads("stores of features", [])
    landmarks: list[str] = reads("stores of landmarks", [])
    out: str = writes("by what the maps were made, and what the sanity check found")
    samples: str = writes("probabilities of every sample of the explained clips")
    maps: str = writes("their maps")

    def modules(self) -> list[str]:
        """The families, and what explains a network or an estimator."""
        return [f"ferstudy/models/{name}.py" for name in (self.family, self.network) if name]
