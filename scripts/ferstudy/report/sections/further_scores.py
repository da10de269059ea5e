"""What UAR does not say: classes that are never answered, each class's precision, agreement beyond chance, confidence.

Folded away below the ranking; every number has its interval in the long table of scores.
"""

from ferstudy.evaluation.metrics import confusion, never_answered
from ferstudy.evaluation.probabilities import has_probabilities, reliability
from ferstudy.report.blocks import Details, PageTable, TableCell, TableRow, Text, columns, row, some
from ferstudy.report.numbers import DASH, interval, listed, uar
from ferstudy.report.ranking import Panel, RankedModel, pick, value
from ferstudy.report.sections import calibration, subgroups

COLUMNS = {
    "kappa": "#Kappa", "mcc": "#MCC", "top2": "#Top-2", "brier": "#Brier", "log_loss": "#Log loss", "ece": "#ECE",
    "auroc": "#AUROC",
}  # fmt: skip
OF_CLASSES = ("precision", "recall", "f1", "f2")
HOW = (
    "Kappa (Cohen's) and MCC (Matthews' correlation) are 0 at chance and 1 where all is right. Top-2: the truth is "
    "among the two likeliest. Of the probabilities: Brier (0 to 2), log loss and ECE (how far confidence and share of "
    "right answers are apart) are better the lower, AUROC (a class against the rest, mean over classes) the higher. "
    f"{DASH}: a model that answers with labels alone has none. Small print: 95 % intervals over subjects."
)


def blocks(panel: Panel) -> tuple:
    """The alarm, where a model never answers a class, and the folded tables."""
    alarm = "; ".join(_never(entry) for entry in panel.by_kind if _never(entry))
    told = alarm and Text(f"{alarm}: every test clip of such a class is missed, whatever the mean says.", "banner")
    tables = some(
        _by_class(panel), _table(panel), _reliability(panel), calibration.table(panel), subgroups.table(panel)
    )
    return some(told, tables and Details("More scores: by class, agreement, probabilities, groups of people", tables))


def _never(entry: RankedModel) -> str:
    """Which classes of the test rows a model never answers, in words; empty where there is none."""
    rows = entry.own.test_rows
    if rows is None:
        return ""
    names = [name for name, never in zip(rows.classes, never_answered(confusion(rows)), strict=True) if never]
    return f"`{entry.name}` never answers {listed(names)}" if names else ""


def _by_class(panel: Panel) -> PageTable | None:
    """Precision, recall and F1 of the best model and the baselines."""
    rows = []
    for entry in (one for one in panel.by_kind if one.own.baseline or panel.is_best(one.name)):
        scores = [[pick(entry.own.scores, "test", name, label=of) for name in OF_CLASSES] for of in panel.classes]
        if any(score for own in scores for score in own):
            rows.append(row(f"`{entry.name}`", *(" / ".join(uar(value(score), 2) for score in own) for own in scores)))
    if not rows:
        return None
    return PageTable(
        id=f"by-class-{panel.id}",
        caption=f"Precision / recall / F1 / F2 of each class on {panel.title}, test rows",
        columns=columns("Model", *(f"#{name}" for name in panel.classes)),
        rows=tuple(rows),
        how="The baselines and the best model. Precision: the share of the answers for a class that are right; a dash: "
        "it is never answered. Recall: the share of its clips that are named. F1: their harmonic mean. F2: the same, "
        "with a recall that weighs twice as much.",
    )


def _table(panel: Panel) -> PageTable | None:
    """Agreement and probabilities of all models; UAR on the clips with a face, where some have none."""
    wanted = [("test", metric, title) for metric, title in COLUMNS.items()]
    wanted += [("covered", "uar", "#UAR, clips with a face"), ("samples", "uar", "#UAR, frames or windows")]
    found = [[pick(entry.own.scores, rows, metric) for rows, metric, _ in wanted] for entry in panel.by_kind]
    kept = [i for i in range(len(wanted)) if any(scores[i] for scores in found)]
    rows = []
    for entry, scores in zip(panel.by_kind, found, strict=True):
        if any(scores):
            notes = [interval(s and s.low, s and s.high, 2).replace(DASH, "") for s in scores]
            cells = (TableCell(uar(value(scores[i])).replace("-", "−"), notes[i].replace("-", "−")) for i in kept)
            rows.append(TableRow((TableCell(f"`{entry.name}`"), *cells), "reference" if entry.own.baseline else ""))
    if not rows:
        return None
    return PageTable(
        id=f"further-{panel.id}",
        caption=f"Agreement and probabilities on {panel.title}, test rows",
        columns=columns("Model", *(wanted[i][2] for i in kept)),
        rows=tuple(rows),
        how=HOW,
    )


def _reliability(panel: Panel) -> PageTable | None:
    """How often the best model (else the first in the ranking) is right when it is as sure as this."""
    entries = [*filter(None, [panel.best]), *panel.entries]
    shown = next((one for one in entries if one.own.test_rows and has_probabilities(one.own.test_rows)), None)
    if shown is None:
        return None
    bins = reliability(shown.own.test_rows)
    return PageTable(
        id=f"reliability-{panel.id}",
        caption=f"Reliability of `{shown.name}` on {panel.title}, test rows",
        columns=columns("#Confidence", "#Right", "#Clips"),
        rows=tuple(row(uar(one.confidence), uar(one.right), str(one.clips)) for one in bins),
        how="Clips in bins of about equal number, by the highest probability that each was given. Where the two "
        "columns agree, the model is as sure as it is right. `reliability.csv` has the tables of all models.",
        compact=True,
    )
