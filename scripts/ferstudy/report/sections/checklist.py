"""The checklist for reviewers: what they ask, what the files of the study answer, and where that stands."""

from ferstudy import paths
from ferstudy.report.blocks import Details, PageTable, Section, TableCell, TableRow, Text, columns
from ferstudy.report.numbers import DASH
from ferstudy.report.records import Results
from ferstudy.report.sections import reviewers

TONES = {reviewers.YES: "good", reviewers.NO: "bad", reviewers.UNKNOWN: "warn", reviewers.NOT: "muted"}


def section(results: Results) -> Section:
    """How many questions have which answer, and the checklist, folded away."""
    every = reviewers.asked(results)
    counts = [f"{sum(one.answer == answer for one in every)} {answer}" for answer in TONES]
    text = (
        f"{len(every)} questions that reviewers ask, answered from the files of the study: {', '.join(counts)}. The "
        f"same as `{paths.CHECKLIST}` and `{paths.CHECKLIST_TEXT}`."
    )
    return Section("reviewers", "Checklist for reviewers", (Text(text), Details("The checklist", (_table(every),))))


def _table(every: tuple[reviewers.ReviewItem, ...]) -> PageTable:
    rows = (
        TableRow((
            TableCell(one.question), TableCell(one.answer, tone=TONES[one.answer]), TableCell(one.says),
            TableCell(f"#{one.section}" if one.section else DASH), TableCell(f"`{one.file}`"),
        ))
        for one in every
    )  # fmt: skip
    return PageTable(
        id="reviewers-checklist",
        caption="Checklist for reviewers",
        columns=columns("Question", "Answer", "What it rests on", "Section", "File"),
        rows=tuple(rows),
        how="Yes is what a reviewer hopes for. Over several protocols the worst answer stands. Unknown: no file of the "
        "study says it. A section is named by the end of its address.",
        compact=True,
    )
