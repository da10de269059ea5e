"""What extract_features is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, gate, reads, setting, writes


@dataclass(frozen=True, kw_only=True)
class ExtractFeatures(Job):
    """Describe every crop of a shard, or of augmented copies of its clips, by a layer of a backbone."""

    network: str = setting("the module of the backbone's network")
    layer: str = setting("the layer whose output is stored")
    precision: str = setting("float32 or bfloat16: how the network computes")
    threads: int = setting("threads of the processor")
    backend: str = setting("of Keras: tensorflow or jax")
    copies: list[str] = setting("names of the copies; empty for the clips themselves", [])
    seed: int = setting("of the noise of copies", 0)
    faces: str = reads("store of face crops, RGB or grey")
    passed: list[str] = gate("what says that enough clips have crops", [])
    backbone: str = reads("model.zip of the backbone")
    out: str = writes("store of features")

    def modules(self) -> list[str]:
        return [f"ferstudy/models/{self.network}.py"]
