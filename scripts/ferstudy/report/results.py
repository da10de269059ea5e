"""The results of each dataset and protocol: plot, table, recall by class, contrasts and paired differences."""

import math
from dataclasses import dataclass

from ferstudy.report import figures, nested, same_function
from ferstudy.report.answers import chance_line, interval_row
from ferstudy.report.blocks import Cell, Column, Row, Table, columns, row
from ferstudy.report.figures import IntervalPlot, PlotRow
from ferstudy.report.numbers import DASH, count, interval, listed, p_value, signed, signed_interval, uar
from ferstudy.report.ranking import Entry, Panel, number, pick, spread

TRIALS = " “12 trials”: validation rows chose the model's settings among so many; without it, the config gives them."
SHAPES = (("dot", "architecture"), ("square", "fusion"), ("diamond", "linear baseline"), ("hollow", "development UAR"))


@dataclass(frozen=True)
class Contrast:
    """One two-class problem."""

    name: str
    summary: str
    scores: Table
    differences: Table | None


@dataclass(frozen=True)
class Results:
    """One dataset and protocol."""

    id: str
    title: str
    badge: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    plot: IntervalPlot | None
    table: Table
    apart: Table | None  # test scores by fold, where test sets are not pooled, or folds are nested
    recalls: Table | None
    against_references: IntervalPlot | None
    differences: tuple[Table, ...]
    contrasts: tuple[Contrast, ...]


def results(panels: list[Panel]) -> tuple[Results, ...]:
    """One part per panel."""
    return tuple(_results(panel) for panel in panels)


def _results(panel: Panel) -> Results:
    return Results(
        id=panel.id,
        title=panel.title,
        badge=panel.protocol.leak,
        notes=_notes(panel),
        warnings=same_function.warnings(entry.cell for entry in panel.entries),
        plot=_plot(panel) if any(entry.test for entry in panel.entries) else None,
        table=_table(panel, bool(panel.protocol.leak)),
        apart=nested.table(panel) if panel.protocol.nested else _apart(panel),
        recalls=_recalls(panel),
        against_references=_gain_plot(panel),
        differences=_differences(panel),
        contrasts=_contrasts(panel),
    )


def _notes(panel: Panel) -> tuple[str, ...]:
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
    if panel.protocol.nested:
        notes += nested.notes(panel)
    elif panel.protocol.rotates:
        notes.append(
            "No test set is held out: the clips that choose the best model and the fusion are tested too, by other "
            "folds' models, so that the chosen scores are a little optimistic."
        )
    if not panel.compare:
        notes.append("The comparison of the models is missing: no difference below is tested.")
    return tuple(notes)


def _plot(panel: Panel) -> IntervalPlot:
    order = [*panel.baselines, *(entry for entry in panel.entries if not entry.cell.baseline)]
    best = next((entry for entry in panel.baselines if entry.test), None)
    line = (
        (figures.Line(figures.RATE.at(best.test.value), f"{best.name} {uar(best.test.value, 2)}", "baseline"),)
        if best
        else ()
    )
    return IntervalPlot(
        title=f"Test UAR of every model on {panel.title}",
        axis="UAR (mean of the class recalls)",
        ticks=figures.RATE_TICKS,
        lines=chance_line(panel) + line,
        rows=tuple(interval_row(entry, panel, _what(entry, panel)) for entry in order),
        how="Filled mark: test UAR with its 95 % interval over subjects. Hollow dot: development UAR, which orders "
        "the rows "
        "below the baselines. Dashed: chance; dotted: the best baseline. Grey: fusions that were not chosen in "
        "development.",
        shapes=SHAPES,
    )


def _what(entry: Entry, panel: Panel) -> str:
    best = panel.best is not None and entry.name == panel.best.name
    text = entry.kind if entry.kind != "model" else entry.cell.family or "architecture"
    return f"{text}, best in development" if best else text


def _table(panel: Panel, leaking: bool) -> Table:
    faceless = any(entry.coverage and entry.coverage.value < 1 for entry in panel.entries)
    runs = any(entry.seeds for entry in panel.entries)
    titles = [
        Column("Model"), Column("Development UAR", True), Column("Test UAR", True), Column("95 % interval", True),
        Column("Subjects", True), Column("Accuracy", True), Column("Macro-F1", True),
    ]  # fmt: skip
    titles += [Column("Coverage", True)] if faceless else []
    titles += [Column("Runs: deviation", True)] if runs else []
    titles += [
        Column("Folds: mean ± deviation", True, "not a confidence interval"),
        Column("Own best epochs", True, "selected on these rows"),
    ]
    width = len(titles)
    order = [*panel.baselines, *(entry for entry in panel.entries if not entry.cell.baseline)]
    rows = [*_reference_rows(panel, width), *(_row(entry, panel, leaking, faceless, runs) for entry in order)]
    return Table(
        id=f"scores-{panel.id}",
        caption=f"Scores on {panel.title}",
        columns=tuple(titles),
        rows=tuple(rows),
        how="Reference rows first, then the models by development UAR: the folds' validation rows at their common "
        "epoch, "
        "which chose the best model. Its test UAR is the one highlighted cell. The interval is that of the test UAR "
        "over "
        "the subjects counted beside it. The last column takes each fold at its own best epoch on the very rows that "
        "are "
        "scored: it flatters and ranks nothing." + (TRIALS if any(entry.searches for entry in order) else ""),
    )


def _reference_rows(panel: Panel, width: int) -> list[Row]:
    references = panel.compare.get("references")
    if references is None and math.isfinite(panel.chance):
        references = [{"name": "chance", "uar": panel.chance}]
    rows = []
    for item in references or []:
        name = f"{item['name']} ({item['class']})" if item.get("class") else item["name"]
        values = [uar(number(item.get(key))) for key in ("uar", "accuracy", "macro_f1")]
        cells = [name, DASH, values[0], DASH, DASH, values[1], values[2], *[DASH] * (width - 7)]
        rows.append(row(*cells, kind="reference"))
    return rows


def _row(entry: Entry, panel: Panel, leaking: bool, faceless: bool, runs: bool) -> Row:
    best = panel.best is not None and entry.name == panel.best.name
    test = entry.test
    grey = (
        test is not None and entry.cell.kind == "fusion" and bool(panel.compare) and entry.name != panel.chosen_fusion
    )
    folds = spread(entry.folds)
    seeds = spread(entry.seeds)
    cells = [
        Cell(f"`{entry.name}`", f"{_what(entry, panel)}{', not chosen' if grey else ''}"),
        Cell(uar(entry.development.value) if entry.development else DASH, _trials(entry)),
        Cell(
            uar(test.value) if test else "missing",
            badge="leak" if leaking and test else "",
            tone="best" if best else "",
        ),
        Cell(interval(test.low, test.high) if test else DASH),
        Cell(str(test.subjects) if test else DASH),
        Cell(uar(entry.accuracy.value) if entry.accuracy else DASH),
        Cell(uar(entry.macro_f1.value) if entry.macro_f1 else DASH),
    ]
    cells += [Cell(uar(entry.coverage.value) if entry.coverage else DASH)] if faceless else []
    cells += [Cell(f"± {uar(seeds[1])}" if seeds else DASH)] if runs else []
    cells += [
        Cell(f"{uar(folds[0])} ± {uar(folds[1])}" if folds else DASH),
        Cell(uar(entry.selected.value) if entry.selected else DASH, tone="muted"),
    ]
    kind = "reference" if entry.cell.baseline else "muted" if grey else "" if test else "hole"
    return Row(tuple(cells), kind)


def _trials(entry: Entry) -> str:
    """How many trials chose the settings of a model; empty where the config gives them."""
    whose = "members" if entry.cell.kind == "fusion" else ""
    texts = []
    for search in entry.searches:
        text = count(search.trials, "trial") + (" per fold" if len(search.places) > 1 else "")
        owner = whose or ("backbone" if "backbone" in search.told else "")
        texts.append(f"{text}, {owner}" if owner else text)
    return "; ".join(texts)


def _apart(panel: Panel) -> Table | None:
    names = list(dict.fromkeys(score.fold for entry in panel.entries for score in entry.apart))
    if not names:
        return None
    rows = []
    for entry in panel.entries:
        own = {score.fold: score for score in entry.apart}
        cells = (
            Cell(
                uar(own[name].value),
                f"{interval(own[name].low, own[name].high, 2)}, {count(own[name].subjects, 'subject')}",
            )
            if name in own
            else Cell(DASH)
            for name in names
        )
        rows.append(
            Row((Cell(f"`{entry.name}`", _what(entry, panel)), *cells), "reference" if entry.cell.baseline else "")
        )
    return Table(
        id=f"apart-{panel.id}",
        caption=f"Test UAR of each test set on {panel.title}",
        columns=(Column("Model"), *(Column(name, True) for name in names)),
        rows=tuple(rows),
        how="The test sets are different populations: each has its own score, interval and subjects, and there is no "
        "mean.",
    )


def _recalls(panel: Panel) -> Table | None:
    rows = []
    for entry in panel.entries:
        found = [pick(entry.cell.scores or [], "test", "recall", label=name) for name in panel.classes]
        if any(found):
            cells = (Cell(uar(s.value, 2), level=figures.level(s.value)) if s else Cell(DASH) for s in found)
            rows.append(Row((Cell(f"`{entry.name}`"), *cells)))
    if not rows:
        return None
    return Table(
        id=f"recalls-{panel.id}",
        caption=f"Recall of each class on {panel.title}, test rows",
        columns=(Column("Model"), *(Column(name, True) for name in panel.classes)),
        rows=tuple(rows),
        how="The share of a class's clips that a model names; the mean of a row is its UAR. Darker is higher.",
    )


def _gain_plot(panel: Panel) -> IntervalPlot | None:
    family = (panel.compare.get("against_references") or {}).get("differences") or []
    family = [item for item in family if item.get("difference") is not None]
    if not family:
        return None
    reach = [number(item.get(key)) for item in family for key in ("difference", "low", "high")]
    scale, ticks = figures.differences(reach)
    order = {entry.name: i for i, entry in enumerate(panel.entries)}
    family.sort(key=lambda item: (item["reference"], order.get(item["model"], len(order))))
    return IntervalPlot(
        title=f"Gain over the baselines on {panel.title}",
        axis="difference in test UAR",
        ticks=ticks,
        lines=(figures.Line(scale.at(0.0), "no difference", "zero"),),
        rows=tuple(_gain_row(item, scale, panel) for item in family),
        how="The paired difference of test UAR with its 95 % interval over subjects. Right of the line: the model is "
        "better. “separable” is the verdict of the test below, corrected for the size of the family; the intervals "
        "are not, so one "
        "may miss zero and still not be separable.",
    )


def _gain_row(item: dict, scale: figures.Scale, panel: Panel) -> PlotRow:
    value = number(item["difference"])
    entry = panel.entry(item["model"])
    mark = scale.mark(value, item.get("low"), item.get("high"))
    verdict = "separable" if item.get("separable") else "not separable"
    best = panel.best is not None and item["model"] == panel.best.name
    tone = "best" if best else "plain" if item.get("separable") else "muted"
    label = item["model"]
    return PlotRow(
        label, f"over {item['reference']}", f"{signed(value)}, {verdict}", entry.shape if entry else "dot", tone, mark
    )


def difference_table(id: str, caption: str, family: dict, how: str) -> Table | None:
    """The table of a family of paired differences; None where it is empty."""
    items = family.get("differences") or []
    if not items:
        return None
    simultaneous = any(item.get("p_max_t") is not None for item in items)
    titles = ["Model", "Against", "#Difference", "#95 % interval", "#p", "#p, Holm"]
    titles += ["#p, max-T"] if simultaneous else []
    titles += ["Verdict", "#Only model", "#Only reference", "#p, McNemar"]
    rows = []
    for item in items:
        cells = [
            Cell(f"`{item['model']}`"),
            Cell(f"`{item['reference']}`"),
            Cell(signed(number(item.get("difference")))),
            Cell(signed_interval(number(item.get("low")), number(item.get("high")))),
            Cell(p_value(number(item.get("p")))),
            Cell(p_value(number(item.get("p_holm")))),
        ]
        cells += [Cell(p_value(number(item.get("p_max_t"))))] if simultaneous else []
        separable = item.get("separable")
        cells.append(Cell("separable" if separable else "not separable", tone="good" if separable else "muted"))
        only = (item.get("only_model"), item.get("only_reference"))
        cells += [Cell(DASH if n is None else str(n)) for n in only]
        cells.append(Cell(p_value(number(item.get("p_mcnemar"))), tone="muted"))
        rows.append(Row(tuple(cells)))
    method = family.get("method") or "sign-flip permutation over subjects"
    return Table(
        id=id,
        caption=caption,
        columns=tuple(
            column._replace(badge="assumes independent clips") if column.title == "p, McNemar" else column
            for column in columns(*titles)
        ),
        rows=tuple(rows),
        how=f"{how} Family of {count(family.get('family', len(items)), 'test')}. Method: {method.rstrip('.')}. “Only "
        "model” "
        "counts the clips that it alone has right.",
    )


def _differences(panel: Panel) -> tuple[Table, ...]:
    not_equal = "“Not separable” is no proof of equality, and it is not transitive: no groups follow from it."
    families = (
        ("references", "Models against the baselines", "Model minus baseline, paired over subjects."),
        ("best", "Models against the best in development", f"Model minus best, paired over subjects. {not_equal}"),
    )
    tables = (
        difference_table(
            f"{key}-{panel.id}", f"{caption}, {panel.title}", panel.compare.get(f"against_{key}") or {}, how
        )
        for key, caption, how in families
    )
    return tuple(table for table in tables if table)


def _contrasts(panel: Panel) -> tuple[Contrast, ...]:
    found = []
    for name, item in (panel.compare.get("contrasts") or {}).items():
        classes = item.get("classes", [])
        rows = []
        for entry in panel.entries:
            score = pick(entry.cell.scores or [], "test", "contrast", label=name)
            value = score.value if score else number((item.get("scores") or {}).get(entry.name))
            bounds = interval(score.low, score.high) if score else DASH
            people = str(score.subjects) if score else DASH
            kind = "reference" if entry.cell.baseline else ""
            rows.append(row(f"`{entry.name}`", uar(value), bounds, people, kind=kind))
        id = f"contrast-{len(found) + 1}-{panel.id}"
        table = Table(
            id=id,
            caption=f"Contrast {name} on {panel.title}",
            columns=columns("Model", "#Test UAR", "#95 % interval", "#Subjects"),
            rows=(row("chance", uar(0.5), DASH, DASH, kind="reference"), *rows),
            how="Only clips of the two classes; the likelier of the two is the answer. Chance is 0.5.",
            compact=True,
        )
        people = count(item.get("subjects") or 0, "subject")
        summary = f"{listed(classes)}: {count(item.get('clips') or 0, 'clip')} of {people}."
        gains = difference_table(
            f"{id}-differences",
            f"Contrast {name}: models against the baselines, {panel.title}",
            item,
            "Paired over subjects.",
        )
        found.append(Contrast(name, summary, table, gains))
    return tuple(found)
