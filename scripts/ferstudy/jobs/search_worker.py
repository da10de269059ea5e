"""What search_worker is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, gate, reads, setting, stores, table, writes
from ferstudy.jobs.trained import TRAINED


@dataclass(frozen=True, kw_only=True)
class SearchWorker(Job):
    """Train one worker's share of a search's trials, of an architecture or of a backbone on stills."""

    search: dict[str, Any] = setting("search, place, names, serves, method, space, trials, ...")
    worker: int = setting("which share of the trials, from 0")
    entry: dict[str, Any] = setting("the architecture or the backbone that is searched")
    trainer: str = setting("network (Keras) or estimator (scikit-learn)", "network")
    precision: str = setting("in what a backbone within the architecture computes", "float32")
    crop: dict[str, Any] = setting("of a backbone: how the crops of the videos are made", {})
    classes: list[str] = setting("names of the classes of the dataset", [])
    seed: int = setting("the study's seed")
    threads: int = setting("threads of the processor")
    backend: str = setting("of Keras: tensorflow or jax")
    select: str = setting("what is best: a column of the history")
    clips: str = table("the clips table", "", columns=TRAINED)
    folds: str = table("the fold table", "")
    audit: str = gate("the audit of the fold table", "")
    passed: list[str] = gate("what says that faces and audit have passed", [])
    faces: list[str] = stores("stores of crops", [])
    flow: list[str] = stores("stores of flow", [])
    features: list[str] = stores("stores of features", [])
    landmarks: list[str] = stores("stores of landmarks", [])
    copies: list[str] = stores("stores of features of augmented copies", [])
    listings: list[str] = reads("files that stand for the stores, where a study has many shards", [])
    frozen: str = reads("model.zip of a backbone that runs within the architecture", "")
    stills: str = reads("of a backbone: store of the stills", "")
    labels: str = reads("of a backbone: still, subject, label, role", "")
    state: str = setting("undeclared folder, shared by the workers: a journal must outlive a killed job")
    out: str = writes("the table of this worker's trials")

    def modules(self) -> list[str]:
        if "network" in self.entry:
            return ["ferstudy/search/stills.py", f"ferstudy/models/{self.entry['network']}.py"]
        trainer = f"ferstudy/training/{self.trainer}.py"
        return ["ferstudy/search/clips.py", trainer, f"ferstudy/models/{self.entry['family']}.py"]
