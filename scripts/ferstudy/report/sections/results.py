"""The results of each dataset and protocol: plot, scores, recalls, what is said of them; then published numbers."""

from ferstudy.report import figures
from ferstudy.report.blocks import (
    Article,
    Column,
    PageTable,
    Section,
    TableCell,
    TableRow,
    Text,
    columns,
    or_else,
    row,
    some,
)
from ferstudy.report.numbers import DASH, count, interval, known, listed, shown, uar
from ferstudy.report.ranking import Panel, RankedModel, panels, pick, spread, value
from ferstudy.report.records import Results
from ferstudy.report.sections import (
    differences,
    externals,
    further_scores,
    human,
    nested,
    over_datasets,
    published,
    same_function,
    variances,
)
from ferstudy.report.sections.rankings import what

TRIALS = " “12 trials”: validation rows chose the model's settings among so many; without it, the config gives them."


def section(results: Results) -> Section:
    """One part per panel, then all datasets together, then the published numbers."""
    parts = tuple(_panel(panel, human.reference(results, panel)) for panel in panels(results))
    more = (*over_datasets.blocks(results), *published.blocks(results))
    blocks = (*or_else(parts, "Nothing was planned."), *more)
    return Section("results", "Results", blocks)


def _panel(panel: Panel, people: dict | None) -> Article:
    tested = any(entry.test for entry in panel.entries)
    warnings = same_function.warnings(entry.own for entry in panel.entries)
    blocks = some(
        None if tested else Text("No model has a test score here.", "empty"),
        _scores(panel, people),
        variances.table(panel),
        *(Text(warning, "banner") for warning in warnings),
        nested.table(panel) if panel.protocol.nested else _apart(panel),
        Text(" ".join(_notes(panel)), "note"),
        _recalls(panel),
        *further_scores.blocks(panel),
        *differences.blocks(panel),
    )
    return Article(f"results-{panel.id}", panel.title, blocks, panel.protocol.leak, panel.protocol.dataset)


def _notes(panel: Panel) -> list[str]:
    notes = []
    if not panel.ranked and any(entry.test for entry in panel.entries):
        notes.append("No validation rows: the models stand by name and none of them is called best.")
    kinds = sorted({entry.test.interval for entry in panel.entries if entry.test and entry.test.interval})
    notes += [f"Intervals: {listed(kinds)}."] if kinds else []
    if panel.compare.get("caution"):
        notes.append(f"Caution: {panel.compare['caution'].rstrip('.')}.")
    if panel.compare.get("best_reason"):
        notes.append(f"Best: {panel.compare['best_reason'].rstrip('.')}.")
    searched = [f"`{e.name}`" for e in panel.entries if any("architecture" in s.told for s in e.searches)]
    if searched:
        notes.append(
            f"The settings of {listed(searched)} were chosen by the validation rows that their development UAR is of: "
            "it is the more optimistic, the more trials there were; the test UAR is not."
        )
    notes += externals.notes(panel)
    if panel.protocol.nested:
        notes += nested.notes(panel)
    elif panel.protocol.rotates:
        notes.append(
            "No test set is held out: the clips that choose the best model and the fusion are tested too, by other "
            "folds' models, so that the chosen scores are a little optimistic."
        )
    if not panel.compare:
        notes.append(f"The comparison of the models is {panel.uncompared}: no difference below is tested.")
    return notes


def _scores(panel: Panel, people: dict | None) -> PageTable:
    faceless = any(entry.coverage and entry.coverage.value < 1 for entry in panel.entries)
    runs = any(entry.seeds for entry in panel.entries)
    titles = ("Model", "#Development UAR", "#Test UAR", "#95 % interval", "#Subjects", "#Accuracy", "#Macro-F1")
    titles += ("#Coverage",) * faceless + ("#Runs: deviation",) * runs
    warned = (
        Column("Folds: mean ± deviation", True, "not a confidence interval"),
        Column("One common epoch", True, "selected on these rows"),
        Column("Own best epochs", True, "selected on these rows"),
    )
    rows = (
        *_references(panel, people, len(titles) + len(warned)),
        *(_row(entry, panel, faceless, runs) for entry in panel.by_kind),
    )
    return PageTable(
        id=f"scores-{panel.id}",
        caption=f"Scores on {panel.title}",
        columns=columns(*titles) + warned,
        rows=rows,
        how="References and linear baselines first, then the models by development UAR: each fold's validation rows at "
        "the epoch that is best for the other folds; it chose the best model. Its test UAR is the one highlighted "
        "cell. The interval is that of the test UAR over the subjects counted beside it. The last columns take the "
        "folds at one common epoch, or each at its own best one, on the very rows that are scored: they flatter and "
        "rank nothing." + (TRIALS if any(entry.searches for entry in panel.entries) else ""),
    )


def _references(panel: Panel, people: dict | None, width: int) -> list[TableRow]:
    references = panel.compare.get("references")
    if references is None and known(panel.chance):
        references = [{"name": "chance", "uar": panel.chance}]
    if people:  # their votes stand in a table of their own: what the clips table counts of votes is left out
        references = [one for one in references or [] if not one["name"].startswith("people,")] + [people]
    rows = []
    for item in references or []:
        name = f"{item['name']} ({item['class']})" if item.get("class") else item["name"]
        values = [uar(item.get(key)) for key in ("uar", "accuracy", "macro_f1")]
        cells = [name, DASH, values[0], DASH, DASH, values[1], values[2], *[DASH] * (width - 7)]
        rows.append(row(*cells, kind="reference"))
    return rows


def _row(entry: RankedModel, panel: Panel, faceless: bool, runs: bool) -> TableRow:
    test, grey = entry.test, entry.test is not None and panel.was_left(entry)
    folds, seeds = spread(entry.folds), spread(entry.seeds)
    cells = [
        TableCell(
            f"`{entry.name}`",
            panel.protocol.refused(entry.name) or what(entry, panel),
            origin="external" if entry.kind == "external" else "",
        ),
        TableCell(uar(value(entry.development)), _trials(entry)),
        TableCell(
            uar(test.value) if test else "not fused" if panel.protocol.refused(entry.name) else _absent(entry),
            badge="leak" if panel.protocol.leak and test else "",
            tone="best" if panel.is_best(entry.name) else "",
        ),
        TableCell(interval(test and test.low, test and test.high)),
        TableCell(shown(test and test.subjects)),
        TableCell(uar(value(entry.accuracy))),
        TableCell(uar(value(entry.macro_f1))),
    ]
    cells += [TableCell(uar(value(entry.coverage)))] * faceless
    cells += [TableCell(f"± {uar(seeds[1])}" if seeds else DASH)] * runs
    cells += [
        TableCell(f"{uar(folds[0])} ± {uar(folds[1])}" if folds else DASH),
        TableCell(uar(value(entry.common)), tone="muted"),
        TableCell(uar(value(entry.selected)), tone="muted"),
    ]
    kind = "reference" if entry.own.baseline else "muted" if grey else "" if test or entry.apart else "hole"
    return TableRow(tuple(cells), kind)


def _absent(entry: RankedModel) -> str:
    """What stands in the place of a test UAR: missing, of an earlier config and so to do, or not pooled."""
    return "to do" if entry.own.stale else "below, each for itself" if entry.apart else "missing"


def _trials(entry: RankedModel) -> str:
    """How many trials chose the settings of a model; empty where the config gives them."""
    whose = "members" if entry.kind == "fusion" else ""
    texts = []
    for search in entry.searches:
        text = count(search.trials, "trial") + (" per fold" if len(search.places) > 1 else "")
        owner = whose or ("backbone" if "backbone" in search.told else "")
        texts.append(f"{text}, {owner}" if owner else text)
    return "; ".join(texts)


def _apart(panel: Panel) -> PageTable | None:
    """Test scores by fold, where test sets are not pooled."""
    names = list(dict.fromkeys(score.fold for entry in panel.entries for score in entry.apart))
    if not names:
        return None
    rows = []
    leaves = {one["fold"]: one["dataset"] for one in panel.compare.get("within") or []}
    for entry in panel.entries:
        own = {score.fold: score for score in entry.apart}
        scores = [own.get(name) for name in names]
        notes = [s and f"{interval(s.low, s.high, 2)}, {count(s.subjects, 'subject')}" for s in scores]
        cells = (TableCell(uar(value(s)), note or "") for s, note in zip(scores, notes, strict=True))
        kind = "reference" if entry.own.baseline else ""
        rows.append(TableRow((TableCell(f"`{entry.name}`", what(entry, panel)), *cells), kind))
    return PageTable(
        id=f"apart-{panel.id}",
        caption=f"Test UAR of each test set on {panel.title}",
        columns=(Column("Model"), *(Column(leaves.get(name, name), True) for name in names)),
        rows=tuple(rows),
        how="The test sets are different populations: each has its own score, interval and subjects, and there is no "
        "mean.",
    )


def _recalls(panel: Panel) -> PageTable | None:
    rows = []
    for entry in panel.entries:
        own = [value(pick(entry.own.scores, "test", "recall", label=name)) for name in panel.classes]
        if any(recall is not None for recall in own):
            cells = (TableCell(uar(r, 2), level=-1 if r is None else figures.level(r)) for r in own)
            rows.append(TableRow((TableCell(f"`{entry.name}`"), *cells)))
    if not rows:
        return None
    return PageTable(
        id=f"recalls-{panel.id}",
        caption=f"Recall of each class on {panel.title}, test rows",
        columns=(Column("Model"), *(Column(name, True) for name in panel.classes)),
        rows=tuple(rows),
        how="The share of a class's clips that a model names; the mean of a row is its UAR. What stands out is higher.",
    )
