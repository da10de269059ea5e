"""Predictions of others: where they come from, what came in of them, and what they may be used for."""

from ferstudy.report.blocks import PageTable, Section, TableCell, TableRow, Text, columns, row
from ferstudy.report.numbers import DASH, count, duration, listed
from ferstudy.report.ranking import Panel
from ferstudy.report.records import ModelResults, Results

ABOUT = (
    "These models were made elsewhere: only their answers came in, held against the clips, folds and classes of this "
    "study. They are scored, tested and compared as its own. What they learned from is what their authors say."
)
MAY = {
    True: "may be chosen, weighs a fusion: it has validation rows of every fold",
    False: "compared only: it has test rows alone, which may not choose a model, nor say what it weighs in a fusion",
}
LABELS = "labels alone: it has no probabilities to show, average or calibrate; it may vote"


def trained_on(own: ModelResults) -> str:
    """What its authors trained it on, as the config says it."""
    given = own.said.get("trained_on", "unknown")
    return given if isinstance(given, str) else listed(given) or "unknown"


def section(results: Results) -> Section | None:
    """A row for each model of others; None where there is none."""
    rows = tuple(_row(own) for own in results.models if own.kind == "external")
    if not rows:
        return None
    table = PageTable(
        id="external",
        caption="Models of others",
        columns=columns("Model", "Setting", "Trained on", "#Answers used", "#Without an answer", "What it may do"),
        rows=rows,
        how="Used: rows of the table that answer for a validation or test clip; training rows count for nothing. A "
        "clip without an answer counts as an error, as one without a face does.",
    )
    return Section("external", "Models of others", (Text(ABOUT), table))


def _row(own: ModelResults) -> TableRow:
    notes = own.notes
    name = TableCell(f"`{own.model}`", origin="external")
    cells = (TableCell(f"`{own.dataset}` `{own.protocol}`"), TableCell(trained_on(own)))
    if notes is None:
        return TableRow((name, *cells, *[TableCell(DASH)] * 2, TableCell("not imported yet")), "hole")
    told = [count(notes["by_file_name"], "clip is", "clips are") + " called by file name"] * bool(notes["by_file_name"])
    told += [f"not read: {listed(notes['unread'])}"] * bool(notes["unread"])
    told += ["probabilities from logits"] * (notes["kind"] == "logits")
    may = MAY[notes["validation"]] + (f"; {LABELS}" if own.labels_only else "")
    used = TableCell(f"{notes['used']} of {notes['rows']}", "; ".join(told))
    return TableRow((name, *cells, used, TableCell(str(notes["missing"])), TableCell(may)))


def notes(panel: Panel) -> list[str]:
    """What has to be said of the models of others beside the scores."""
    names = silent(panel, [entry.name for entry in panel.entries])
    return [f"{names}: no development UAR, since others gave test rows alone; so never called best."] if names else []


def silent(panel: Panel, names: list[str]) -> str:
    """Those of the models `names` of which others gave test rows alone; empty where there is none."""
    entries = [entry for entry in panel.entries if entry.name in names and entry.own.notes]
    return listed([f"`{entry.name}`" for entry in entries if not entry.own.notes["validation"]])


def cost(results: Results) -> PageTable | None:
    """What models of others cost, as stated; None where there is none."""
    stated = {own.model: own.said.get("cost", {}) for own in results.models if own.kind == "external"}
    if not stated:
        return None
    return PageTable(
        id="cost-external",
        caption="Models of others: cost as stated, not measured",
        columns=columns("Model", "#Parameters", "#Time"),
        rows=tuple(
            row(f"`{name}`", f"{own['parameters']:,}".replace(",", "\u2009") if "parameters" in own else DASH,
                duration(own.get("seconds")))
            for name, own in sorted(stated.items())
        ),
        how="From the config. A dash: nobody said it, and nothing was trained here that could be measured.",
        compact=True,
    )  # fmt: skip
