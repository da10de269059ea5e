"""Fusion: what each combination gains over its best member, and the weights it chose."""

from dataclasses import dataclass

from ferstudy.report import figures
from ferstudy.report.blocks import Cell, Column, Row, Table, columns
from ferstudy.report.figures import IntervalPlot, PlotRow
from ferstudy.report.load import Fusion
from ferstudy.report.numbers import DASH, count, listed, p_value, signed, signed_interval, uar
from ferstudy.report.ranking import Panel, number


@dataclass(frozen=True)
class Fused:
    """The fusions of one dataset and protocol."""

    id: str
    title: str
    summary: str
    plot: IntervalPlot | None
    table: Table
    weights: Table | None


def fusions(panels: list[Panel]) -> tuple[Fused, ...]:
    """One part per panel that plans fusions."""
    return tuple(_fused(panel) for panel in panels if panel.protocol.fusions or panel.fusions)


def _fused(panel: Panel) -> Fused:
    compared = panel.compare.get("fusions") or {}
    gains = {item["model"]: item for item in compared.get("gains") or []}
    names = list(dict.fromkeys([fusion.name for fusion in panel.protocol.fusions] + [e.name for e in panel.fusions]))
    names.sort(key=lambda name: -_development(panel, name))
    tried = compared.get("tried") or len(names)
    chosen = panel.chosen_fusion
    summary = f"{count(tried, 'combination was', 'combinations were')} tried"
    summary += (
        f"; `{chosen}` was chosen on development rows and is tested once, the others are shown grey." if chosen else "."
    )
    fits = {fusion.name: fusion for fusion in panel.protocol.fusions}
    return Fused(
        id=panel.id,
        title=panel.title,
        summary=summary,
        plot=_plot(panel, names, gains),
        table=_table(panel, names, gains, fits, compared),
        weights=_weights(panel, [fusion for fusion in panel.protocol.fusions if fusion.fit]),
    )


def _development(panel: Panel, name: str) -> float:
    entry = panel.entry(name)
    return entry.development.value if entry and entry.development else -1.0


def _plot(panel: Panel, names: list[str], gains: dict[str, dict]) -> IntervalPlot | None:
    shown = [gains[name] for name in names if name in gains and gains[name].get("difference") is not None]
    if not shown:
        return None
    scale, ticks = figures.differences([number(item.get(k)) for item in shown for k in ("difference", "low", "high")])
    rows = []
    for item in shown:
        chosen = item["model"] == panel.chosen_fusion
        verdict = "separable" if item.get("separable") else "not separable"
        mark = scale.mark(number(item["difference"]), item.get("low"), item.get("high"))
        text = f"{signed(number(item['difference']))}, {verdict}"
        rows.append(
            PlotRow(item["model"], f"over {item['reference']}", text, "square", "best" if chosen else "muted", mark)
        )
    return IntervalPlot(
        title=f"Gain of each fusion over its best member, {panel.title}",
        axis="difference in test UAR",
        ticks=ticks,
        lines=(figures.Line(scale.at(0.0), "no gain", "zero"),),
        rows=tuple(rows),
        how="The best member is the one that was best in development. Paired over subjects, with the 95 % interval; "
        "choosing "
        "the best of many fusions of equal members gains by the choice alone, so the verdict counts all that were "
        "tried.",
    )


def _table(panel: Panel, names: list[str], gains: dict[str, dict], fits: dict[str, Fusion], compared: dict) -> Table:
    rows = []
    for name in names:
        entry, gain, fit = panel.entry(name), gains.get(name, {}), fits.get(name)
        chosen = name == panel.chosen_fusion
        known = gain.get("difference") is not None
        cells = (
            Cell(f"`{name}`", "chosen in development" if chosen else ""),
            Cell(fit.method if fit else DASH),
            Cell(listed([f"`{member}`" for member in fit.members]) if fit else DASH),
            Cell(uar(entry.development.value) if entry and entry.development else DASH),
            Cell(
                uar(entry.test.value) if entry and entry.test else "missing",
                tone="best" if chosen else "",
                badge="leak" if panel.protocol.leak else "",
            ),
            Cell(signed(number(gain["difference"])) if known else DASH, f"over `{gain['reference']}`" if known else ""),
            Cell(signed_interval(number(gain.get("low")), number(gain.get("high")))),
            Cell(p_value(number(gain.get("p_max_t")))),
        )
        rows.append(Row(cells, "" if chosen else "muted" if entry and entry.test else "hole"))
    method = compared.get("method") or "paired over subjects"
    return Table(
        id=f"fusions-{panel.id}",
        caption=f"Fusions on {panel.title}",
        columns=columns(
            "Fusion", "Method", "Members", "#Development UAR", "#Test UAR", "#Gain", "#95 % interval", "#p, max-T"
        ),
        rows=tuple(rows),
        how="Parameters come from validation rows of other folds; test rows chose nothing. Method: "
        f"{method.rstrip('.')}.",
    )


def _weights(panel: Panel, fitted: list[Fusion]) -> Table | None:
    rows = []
    for fusion in fitted:
        test = [item for item in fusion.fit.get("parameters", []) if item.get("role") == "test"]
        for item in test[:1]:
            for member, weight in (item.get("weights") or {}).items():
                epoch = (item.get("epochs") or {}).get(member)
                cells = (
                    Cell(f"`{fusion.name}`"),
                    Cell(f"`{member}`"),
                    Cell(uar(weight, 2), level=figures.level(weight)),
                )
                rows.append(Row((*cells, Cell(DASH if epoch is None else str(epoch)))))
    if not rows:
        return None
    return Table(
        id=f"weights-{panel.id}",
        caption=f"Weights of the members on {panel.title}",
        columns=(Column("Fusion"), Column("Member"), Column("Weight", True), Column("Common epoch", True)),
        rows=tuple(rows),
        how="The weights used for the test rows (of the first fold, where the folds take turns); a maximum has no use "
        "for them.",
        compact=True,
    )
