"""What make_report is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, foreign, reads, setting, writes


@dataclass(frozen=True, kw_only=True)
class MakeReport(Job):
    """Make the page of the study."""

    config: dict[str, Any] = setting("the completed config, without what jobs ask of a machine")
    trainings: dict[str, str] = setting("digest of the code that trains each architecture now", {})
    results: str = setting("the folder of the results")
    templates: list[str] = setting("the page's templates, below scripts/", [])
    stage: str = setting("data: the page of the data stage, before anything is trained", "")
    partial: bool = setting("say on the page that the run failed", False)
    stale: list[str] = setting("files that an earlier config, code or input has made", [])
    networks: list[str] = foreign("files of backbones that others have trained", [])
    files: list[str] = reads("the tables of the study, and the crops that may be shown", [])
    page: str = writes("the page, HTML")
    answer: str = writes("the answer of the page in words, text", "")
    tables: str = writes("folder of the results tables and of every table of the page, .csv and .tex", "")
    data: str = writes("folder of the long tables of scores, predictions, folds and clips", "")
    cards: str = writes("folder of a card of each model, .md", "")
    texts: list[str] = writes("methods in words, their sources, and the checklist for reviewers", [])
    figures: str = writes("folder of every figure of the page, .svg and .pdf", "")

    def modules(self) -> list[str]:
        return self.templates
