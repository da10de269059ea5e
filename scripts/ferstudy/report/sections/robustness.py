"""How models stand clips that are darker, blurred, noisy, partly hidden or turned."""

from itertools import groupby

from ferstudy.report.blocks import Article, HowTo, PageTable, Section, Side, TableCell, TableRow, Text, columns, some
from ferstudy.report.model_figures import UarCurve
from ferstudy.report.numbers import interval, known, signed, signed_interval, uar
from ferstudy.report.ranking import Panel, RankedModel, panels
from ferstudy.report.records import Results
from ferstudy.study import named_in_report, robustness_jobs
from ferstudy.study.cost_jobs import first_protocol
from ferstudy.tables.robustness import RobustnessRow

MOST = 2  # models whose curves are drawn, of one dataset; all stand in its table
UNITS = {
    "darkness": (100, " %", "of the light is taken away"),
    "blur": (100, " %", "of the crop's side is the deviation of a Gaussian filter"),
    "noise": (100, " %", "of white is the deviation of Gaussian noise, new in every frame"),
    "mouth hidden": (100, " %", "of the width and of the height of the mouth's region lie under one grey"),
    "eyes hidden": (100, " %", "of the width and of the height of the eyes' region lie under one grey"),
    "rotation": (1, "°", "is how far the crop is turned to the right"),
}
HOW = (
    "The test clips again, with their stored crops made worse before the model reads them; nothing is trained again. "
    "Flow and features of a backbone are made again of the altered crops. The face was found in the clean film: in a "
    "dark or blurred one finding it would fail too, which is not counted here. The line is the UAR of all test clips, "
    "the band its 95 % interval, the dashed line chance. Hidden regions stand at fixed places of the face's box and "
    "do not move with the face."
)
TABLE = (
    "Test UAR with its interval by the strength of each alteration. Change: the UAR at "
    "the greatest strength less that of the unaltered clips, with the interval of this difference, paired by person."
)


def section(results: Results) -> Section | None:
    """An article for each dataset of which models were measured; None without any."""
    parts = tuple(article for panel in panels(results) if (article := _article(results, panel)))
    return Section("robustness", "Worse pictures", parts) if parts else None


def _article(results: Results, panel: Panel) -> Article | None:
    measured = [(entry, rows) for entry in panel.entries if (rows := _rows(results, panel, entry))]
    blind = _blind(results, panel)
    if not measured and not blind:
        return None
    charts = tuple(curve for entry, rows in measured[:MOST] for curve in _curves(panel, entry, rows))
    more = f" Drawn are the {MOST} best in development of {len(measured)}." if len(measured) > MOST else ""
    strengths = " ".join(f"{name.capitalize()}: the number {unit[2]}." for name, unit in UNITS.items())
    blocks = some(
        Side("charts", charts) if charts else None,
        HowTo(f"{HOW}{more} {strengths}") if measured else None,
        *(_table(panel, *one) for one in measured),
        Text(f"Not measured: {'; '.join(blind)}.", "note") if blind else None,
    )
    return Article(f"robustness-{panel.id}", panel.title, blocks, dataset=panel.protocol.dataset)


def _rows(results: Results, panel: Panel, entry: RankedModel) -> list[RobustnessRow]:
    """The scores of a model; those of another protocol, or that are not known, are none."""
    place = (panel.protocol.dataset, entry.name)
    rows = results.robustness.get(place, [])
    if not rows or first_protocol(results.study, *place) != panel.protocol.protocol:
        return []
    return rows if all(known(row.uar) for row in rows) else []


def _blind(results: Results, panel: Panel) -> list[str]:
    """Models that the config asks for and that see no pictures, each with the reason."""
    study, found = results.study, []
    for dataset, name in named_in_report.asked(study, "robustness"):
        if (dataset, first_protocol(study, dataset, name)) == (panel.protocol.dataset, panel.protocol.protocol):
            why = robustness_jobs.blind(study, dataset, name)
            found += [f"`{name}`: {why}"] if why else []
    return found


def _by_alteration(rows: list[RobustnessRow]) -> list[tuple[str, list[RobustnessRow]]]:
    """(alteration, rows by strength), each beginning with the row of the unaltered clips."""
    whole, *rest = rows
    return [(name, [whole, *own]) for name, own in groupby(rest, lambda row: row.alteration)]


def _strength(name: str, row: RobustnessRow) -> str:
    factor, unit, _ = UNITS[name]
    return f"{factor * row.strength:g}{unit}" if row.strength else "0"


def _curves(panel: Panel, entry: RankedModel, rows: list[RobustnessRow]) -> list[UarCurve]:
    return [_curve(panel, entry, name, own) for name, own in _by_alteration(rows)]


def _curve(panel: Panel, entry: RankedModel, name: str, rows: list[RobustnessRow]) -> UarCurve:
    banded = all(known(row.low, row.high) for row in rows)
    places = tuple(row.strength / rows[-1].strength for row in rows)
    names = tuple(_strength(name, row) for row in rows)
    return UarCurve(
        id=f"robustness-{panel.id}-{entry.name}-{name.replace(' ', '-')}",
        title=f"{entry.name}: {name}",
        note=f"{uar(rows[0].uar, 2)} as they are, {uar(rows[-1].uar, 2)} at {names[-1]}",
        across=f"by strength of the alteration ({name})",
        places=places,
        names=names,
        values=tuple(row.uar for row in rows),
        band=tuple((row.low, row.high) for row in rows) if banded else (),
        chance=panel.chance if known(panel.chance) else None,
        ticks=tuple(zip(places, names, strict=True)),
    )


def _table(panel: Panel, entry: RankedModel, rows: list[RobustnessRow]) -> PageTable:
    parts = _by_alteration(rows)
    levels = [f"#{word}" for word in ("Unaltered", *("Weak", "Middle", "Strong")[: len(parts[0][1]) - 1])]
    return PageTable(
        id=f"robustness-table-{panel.id}-{entry.name}",
        caption=f"Test UAR of {entry.name} on worse pictures, {panel.title}",
        columns=columns("Alteration", *levels, "#Change"),
        rows=tuple(
            TableRow((TableCell(name), *(_cell(name, row) for row in own), _change(own[-1]))) for name, own in parts
        ),
        how=TABLE,
        compact=True,
    )


def _cell(name: str, row: RobustnessRow) -> TableCell:
    within = f" ({interval(row.low, row.high, 2)})" if known(row.low, row.high) else ""
    at = f" at {_strength(name, row)}" if row.strength else ""
    return TableCell(f"{uar(row.uar, 2)}{within}{at}")


def _change(row: RobustnessRow) -> TableCell:
    if not known(row.change_low, row.change_high):
        return TableCell(signed(row.change, 2))
    return TableCell(f"{signed(row.change, 2)} ({signed_interval(row.change_low, row.change_high, 2)})")
