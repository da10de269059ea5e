"""The temperatures of a model, as its scores have them."""

from ferstudy.report.ranking import RankedModel


def temperatures(entry: RankedModel) -> list[float]:
    """The temperatures of a model's test rows, or of its development rows where no test row has one."""
    found = [score for score in entry.own.scores or [] if score.metric == "temperature"]
    return [score.value for score in found if score.rows == "test"] or [score.value for score in found]
