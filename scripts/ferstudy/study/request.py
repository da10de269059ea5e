"""What a kind of job asks a cluster for."""

from typing import NamedTuple


class Request(NamedTuple):
    """What one kind of job asks for."""

    name: str  # whose needs these are, for messages
    where: str  # the key to change
    mem_mb: int
    minutes: int
    threads: int
    gpu: int
    gpu_model: str = ""
    again: bool = False  # whether it is tried a second time
