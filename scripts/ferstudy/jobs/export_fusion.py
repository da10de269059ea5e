"""What export_fusion is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, reads, setting, writes


@dataclass(frozen=True, kw_only=True)
class ExportFusion(Job):
    """Put a fusion and the exported models that it joins into one file."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("the protocol whose fusion it is")
    fusion: str = setting("name of the fusion")
    fold: str = setting("the fold of its members")
    run: int = setting("the first run")
    members: list[str] = setting("the architectures that it joins")
    exports: list[str] = reads("the exported model of each member")
    fit: str = reads("the parameters that fit_fusion wrote")
    fused: str = reads("what the fusion predicted")
    scores: str = reads("the scores of the fusion under the protocol")
    out: str = writes("the exported fusion")
