"""Fusion: what each combination gains over its best member, and what it did to its members."""

from ferstudy.report import figures
from ferstudy.report.blocks import (
    Article,
    PageTable,
    Section,
    TableCell,
    TableRow,
    Text,
    columns,
    or_else,
    some,
)
from ferstudy.report.figures import IntervalPlot
from ferstudy.report.marks import difference_row, difference_scale, power
from ferstudy.report.numbers import count, listed, p_value, signed, signed_interval, uar
from ferstudy.report.ranking import Panel, RankedModel, panels, value
from ferstudy.report.records import Results
from ferstudy.report.sections import externals, fused_members


def section(results: Results) -> Section:
    """One part per panel that plans fusions."""
    parts = tuple(_panel(panel, results.study.fusions) for panel in panels(results) if panel.fusions)
    return Section("fusion", "Fusion", or_else(parts, "No fusion was planned."))


def _panel(panel: Panel, config: dict[str, dict]) -> Article:
    compared = panel.compare.get("fusions") or {}
    gains = panel.in_order(compared.get("gains"))
    tried = count(compared.get("tried") or len(panel.fusions), "combination was", "combinations were")
    chosen = panel.chosen_fusion
    then = (
        f"; `{chosen}` was chosen on development rows and is tested once, the others are shown grey." if chosen else "."
    )
    blocks = some(
        Text(f"{tried} tried{then}"),
        _plot(panel, gains),
        _table(panel, gains, config),
        *fused_members.blocks(panel),
    )
    return Article(f"fusion-{panel.id}", panel.title, blocks, dataset=panel.protocol.dataset)


def _plot(panel: Panel, gains: list[dict]) -> IntervalPlot | None:
    shown = [item for item in gains if item.get("difference") is not None]
    if not shown:
        return None
    scale, ticks = difference_scale(shown)
    tones = {True: "best", False: "muted"}
    return IntervalPlot(
        id=f"fusion-gains-{panel.id}",
        title=f"Gain of each fusion over its best member, {panel.title}",
        axis="difference in test UAR",
        ticks=ticks,
        lines=(figures.Line(scale.at(0.0), "no gain", "zero"),),
        rows=tuple(
            difference_row(item, scale, "square", tones[item["model"] == panel.chosen_fusion]) for item in shown
        ),
        how="The best member is the one that was best in development. Paired over subjects, with the 95 % interval; "
        "choosing the best of many fusions of equal members gains by the choice alone, so the verdict counts all that "
        "were tried. The interval does not: it may miss zero where the verdict is “not separable”.",
    )


def _table(panel: Panel, gains: list[dict], config: dict[str, dict]) -> PageTable:
    gain_of = {gain["model"]: gain for gain in gains}
    method = (panel.compare.get("fusions") or {}).get("method") or "paired over subjects"
    return PageTable(
        id=f"fusions-{panel.id}",
        caption=f"Fusions on {panel.title}",
        columns=columns(
            "Fusion", "Method", "Members", "#Development UAR", "#Test UAR", "#Gain", "#95 % interval", "#p, max-T"
        ),
        rows=tuple(
            _row(panel, entry, gain_of.get(entry.name, {}), config[entry.own.planned]) for entry in panel.fusions
        ),
        how="Parameters come from validation rows of other folds; test rows chose nothing. Method: "
        f"{method.rstrip('.')}.",
    )


def _row(panel: Panel, entry: RankedModel, gain: dict, config: dict) -> TableRow:
    chosen, gained = entry.name == panel.chosen_fusion, gain.get("difference") is not None
    refused = panel.protocol.refused(entry.name)
    absent = "not fused" if refused else "to do" if entry.own.stale else "missing"
    cells = (
        TableCell(f"`{entry.name}`", refused or ("chosen in development" if chosen else _unchosen(panel, entry))),
        TableCell(
            config["method"], "members at their temperatures" if config.get("calibration") == "temperature" else ""
        ),
        TableCell(listed([f"`{member}`" for member in sorted(entry.own.members or config["members"])])),
        TableCell(uar(value(entry.development))),
        TableCell(
            uar(entry.test.value) if entry.test else absent,
            tone="best" if chosen else "",
            badge="leak" if panel.protocol.leak else "",
        ),
        TableCell(signed(gain.get("difference")), f"over `{gain['reference']}`" if gained else ""),
        TableCell(signed_interval(gain.get("low"), gain.get("high"))),
        TableCell(p_value(gain.get("p_max_t")), power(gain)),
    )
    return TableRow(cells, "" if chosen else "muted" if entry.test else "hole")


def _unchosen(panel: Panel, entry: RankedModel) -> str:
    """Why a fusion cannot be chosen; empty where it could be."""
    names = externals.silent(panel, list(entry.own.members))
    return f"cannot be chosen: test rows alone of {names}" if names else ""
