"""Test UAR by sex, age band and ethnicity, and how far each group is from everyone else."""

from ferstudy.report.blocks import PageTable, TableCell, TableRow, columns
from ferstudy.report.numbers import DASH, interval, signed, signed_interval, uar
from ferstudy.report.ranking import Panel, pick, value


def table(panel: Panel) -> PageTable | None:
    """The groups of the best model (else of the first in the ranking that has some); None without any."""
    entries = [*filter(None, [panel.best]), *panel.entries]
    shown = next((one for one in entries if any(_labels(one.own.scores))), None)
    if shown is None:
        return None
    rows = []
    for label in _labels(shown.own.scores):
        score = pick(shown.own.scores, "test", "group_uar", label=label)
        apart = pick(shown.own.scores, "test", "group_difference", label=label)
        separable = apart is not None and (apart.low > 0 or apart.high < 0)
        cells = (
            TableCell(label),
            TableCell(str(score.subjects)),
            TableCell(str(score.clips)),
            TableCell(uar(score.value), interval(score.low, score.high, 2).replace(DASH, "")),
            TableCell(
                signed(value(apart)),
                signed_interval(apart and apart.low, apart and apart.high, 2).replace(DASH, ""),
                tone="warn" if separable else "",
            ),
        )
        rows.append(TableRow(cells))
    return PageTable(
        id=f"groups-{panel.id}",
        caption=f"`{shown.name}` by groups of people on {panel.title}, test rows",
        columns=columns("Group", "#Subjects", "#Clips", "#UAR", "#Minus everyone else"),
        rows=tuple(rows),
        how="Everyone else: the other people whose value is known, on the classes that both show; of two groups the "
        "difference stands once. Groups of fewer than 10 subjects are counted and not scored. Small print: 95 % "
        "intervals over subjects, not corrected for the number of groups. Groups can differ in more than their name: "
        "in what they were filmed with, or how clearly they act.",
    )


def _labels(scores: list | None) -> list[str]:
    return [score.label for score in scores or [] if score.metric == "group_uar"]
