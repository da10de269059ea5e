"""What import_predictions is told."""

from dataclasses import dataclass

from ferstudy.jobs.job import Job, foreign, reads, setting, table, writes

# What is looked at of the clips: their paths too, by whose names they may be called.
HELD_AGAINST = ("clip", "path", "subject", "label")


@dataclass(frozen=True, kw_only=True)
class ImportPredictions(Job):
    """Hold predictions of others against clips, folds and classes, and write them as the study's own."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("name of the protocol")
    model: str = setting("what the model is called")
    classes: list[str] = setting("names of the classes")
    scores: str = setting("probabilities, logits or labels; empty: told by the columns", "")
    missing: str = setting("refuse, or wrong: a clip without an answer counts as an error", "refuse")
    predictions: list[str] = foreign("the files of others", [])
    made: str = reads("the file of a control, which the study makes itself", "")
    clips: str = table("the clips table", columns=HELD_AGAINST)
    folds: str = table("the fold table")
    out: str = writes("the predictions")
    notes: str = writes("what was found of them, JSON")
