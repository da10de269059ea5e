"""What run_network is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, foreign, gate, reads, setting, writes


@dataclass(frozen=True, kw_only=True)
class RunNetwork(Job):
    """Describe every crop of a shard, or of augmented copies of its clips, by a network of a file."""

    network: dict[str, Any] = setting("format, input, output, pool: see models.file")
    format: str = setting("the module of ferstudy/models/network_files that reads the file")
    file: str = foreign("the network's file, or folder of a SavedModel")
    beside: list[str] = foreign("files of weights that belong to it", [])
    threads: int = setting("threads of the processor")
    backend: str = setting("of Keras: tensorflow or jax")
    copies: list[str] = setting("names of the copies; empty for the clips themselves", [])
    seed: int = setting("of the noise of copies", 0)
    faces: str = reads("store of face crops, RGB or grey")
    passed: list[str] = gate("what says that enough clips have crops", [])
    out: str = writes("store of features")

    def modules(self) -> list[str]:
        return [f"ferstudy/models/network_files/{self.format}.py"]
