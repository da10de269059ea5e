"""What the page says of a nested protocol beside what it says of every protocol."""

import statistics

from ferstudy.fold import Fold
from ferstudy.report.blocks import Column, PageTable, TableRow, row
from ferstudy.report.numbers import count, interval, listed, uar
from ferstudy.report.ranking import Panel
from ferstudy.report.records import ProtocolResults

CHOICE = (
    "Within an outer fold, the people whom it tests choose nothing. Which model is best over all outer folds is chosen "
    "on people whom other outer folds test."
)
OUTER = (
    "Each outer fold's final models on the people whom that fold tests. Nested cross-validation is often reported by "
    "the mean over outer folds; the test UAR above pools the rows instead, since a recall over few people is noisy."
)


def notes(panel: Panel) -> tuple[str, ...]:
    """How development scores are made, what was chosen on whom, and what choosing in each outer fold gives."""
    found = panel.compare.get("procedure")
    text = "Nested: development scores are means over outer folds, whose inner folds choose each other's epochs. "
    if not found:
        return (text + CHOICE,)
    chosen = listed([f"{fold}: `{model}`" for fold, model in found["chosen"].items()], 12)
    sure = interval(found["low"], found["high"])
    return (
        text + CHOICE,
        (
            f"Where every outer fold chooses among all models by its own development rows alone ({chosen}), the pooled "
            f"test UAR is {uar(found['uar'])} (95 % interval {sure}): what this way of choosing is worth, since no "
            "clip helped to choose the model that is tested on it."
        ),
    )


def table(panel: Panel) -> PageTable | None:
    """The test UAR of every model in each outer fold, and their mean; None without a score."""
    folds = list(dict.fromkeys(score.fold for entry in panel.entries for score in entry.apart))
    rows: list[TableRow] = []
    for entry in panel.entries:
        own = {score.fold: score.value for score in entry.apart}
        if own:
            each = (uar(own.get(name)) for name in folds)
            kind = "reference" if entry.own.baseline else ""
            rows.append(row(f"`{entry.name}`", *each, uar(statistics.fmean(own.values())), kind=kind))
    if not rows:
        return None
    return PageTable(
        id=f"outer-{panel.id}",
        caption=f"Test UAR of each outer fold on {panel.title}",
        columns=(Column("Model"), *(Column(f"Fold {name}", True) for name in folds), Column("Mean", True)),
        rows=tuple(rows),
        how=OUTER,
    )


def fits(protocol: ProtocolResults) -> str:
    """The methods sentence: how many fits a nested protocol takes, and from where final models have their epochs."""
    finals = [fold for fold in protocol.folds or {} if Fold.parse(fold).is_final]
    inner = len(protocol.folds or {}) - len(finals)
    return (
        f"`{protocol.dataset}`, `{protocol.protocol}` is nested: {count(len(finals), 'outer fold')} of "
        f"{count(inner // max(1, len(finals)), 'inner fold')} and a final model, {inner + len(finals)} fits of each "
        "architecture and run. The final model of an outer fold took its epochs from that fold's inner folds alone."
    )
