"""What people answered to the clips of a dataset, as the page takes it."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from ferstudy import paths
from ferstudy.evaluation import raters
from ferstudy.evaluation.raters import RaterScore
from ferstudy.report.read import StudyFiles, read_json
from ferstudy.report.records import Results
from ferstudy.tables import ratings
from ferstudy.tables.ratings import Rating


@dataclass(frozen=True)
class HumanAnswers:
    """The votes on the clips of one dataset, what was noted of them, and the truth by clip."""

    dataset: str
    classes: tuple[str, ...]
    ratings: list[Rating]
    notes: dict
    truth: dict[str, str]

    @cached_property
    def majority(self) -> dict[str, str]:
        """The answer of the majority to each clip; empty for a tie."""
        return raters.majority(self.ratings)

    @cached_property
    def scores(self) -> list[RaterScore]:
        """The scores of each rater."""
        return raters.each(self.ratings, self.truth, self.classes)

    @property
    def who(self) -> str:
        """Whose answer the majority's is, as "humans, majority of 8 to 12": so many answered each clip."""
        votes = Counter(one.clip for one in self.ratings).values()
        few, many = min(votes), max(votes)
        if many == 1:
            return "humans, majority" if len(self.scores) == 1 else "humans, one each"
        return f"humans, majority of {few}" + (f" to {many}" if many > few else "")


def of(results: Results, dataset: str) -> HumanAnswers | None:
    """The votes on a dataset; None where none are given, or where they could not be used."""
    own = results.dataset(dataset)
    if dataset not in results.study.config["human"] or own is None or own.clips is None:
        return None
    have = StudyFiles(results.folder, results.stale)
    given = have.read(paths.ratings(dataset, "csv"), "votes of people", ratings.read)
    notes = have.read(paths.ratings(dataset, "json"), "notes on votes", read_json)
    truth = {clip.clip: clip.label for clip in own.clips}
    if not given or notes is None or any(one.clip not in truth for one in given):
        return None
    return HumanAnswers(dataset, own.classes, given, notes, truth)
