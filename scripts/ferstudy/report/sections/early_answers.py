"""How early a model is right: the test UAR by how much of each clip it has seen."""

from ferstudy.report.blocks import Article, HowTo, PageTable, Section, Side, TableCell, TableRow, columns, some
from ferstudy.report.model_figures import UarCurve
from ferstudy.report.numbers import DASH, known, percent, uar
from ferstudy.report.ranking import Panel, RankedModel, panels
from ferstudy.report.records import Results
from ferstudy.study.cost_jobs import first_protocol
from ferstudy.tables.early import EarlyRow

MOST = 9  # models whose curves are drawn, of one dataset; all stand in its table
TICKS = ((0.1, "first tenth"), (0.5, "half"), (1.0, "whole"))
NEAR = 0.95  # of the UAR from whole clips
HOW = (
    "From left to right a model has seen more of each test clip, from its first tenth to the whole. The line is the "
    "UAR of all test clips, the band its 95 % interval, the dashed line chance. A clip too short by then for an answer "
    "counts as an error. The beginning of a clip is what the study cut: where clips were trimmed, the end of the "
    "neutral face was known already, so that a model in use would be later."
)
TABLE = (
    "The UAR from the first shares of each clip. Enough: the least share from which on the UAR stays at or above "
    f"{percent(NEAR)} of that from whole clips. Those are rates of the same people, so intervals of neighbours "
    "overlap and say nothing about their difference."
)


def section(results: Results) -> Section | None:
    """An article for each dataset of which models were scored early; None without any."""
    parts = tuple(article for panel in panels(results) if (article := _article(results, panel)))
    return Section("early", "How early", parts) if parts else None


def _article(results: Results, panel: Panel) -> Article | None:
    scored = [(entry, rows) for entry in panel.entries if (rows := _rows(results, panel, entry))]
    if not scored:
        return None
    charts = tuple(_curve(panel, *one) for one in scored[:MOST])
    more = f" The {MOST} best in development of {len(scored)}." if len(scored) > MOST else ""
    blocks = some(Side("charts", charts), HowTo(HOW + more), _table(panel, scored))
    return Article(f"early-{panel.id}", panel.title, blocks, dataset=panel.protocol.dataset)


def _rows(results: Results, panel: Panel, entry: RankedModel) -> list[EarlyRow]:
    """The scores of a model by share; those of another protocol, or that are not known, are none."""
    place = (panel.protocol.dataset, entry.name)
    rows = results.early.get(place, [])
    if not rows or first_protocol(results.study, *place) != panel.protocol.protocol:
        return []
    return rows if all(known(row.uar) for row in rows) else []


def _curve(panel: Panel, entry: RankedModel, rows: list[EarlyRow]) -> UarCurve:
    banded = all(known(row.low, row.high) for row in rows)
    return UarCurve(
        id=f"early-{panel.id}-{entry.name}",
        title=entry.name,
        note=f"whole clips {uar(rows[-1].uar, 2)}; {_enough(rows)}",
        across="by the share of each clip seen",
        places=tuple(row.share for row in rows),
        names=tuple(f"{100 * row.share:.0f} %" for row in rows),
        values=tuple(row.uar for row in rows),
        band=tuple((row.low, row.high) for row in rows) if banded else (),
        chance=panel.chance if known(panel.chance) else None,
        ticks=TICKS,
    )


def enough(rows: list[EarlyRow]) -> float | None:
    """The least share from which on the UAR stays at or above NEAR of that from whole clips; None for a UAR of 0."""
    wanted = NEAR * rows[-1].uar
    late = [i for i, row in enumerate(rows) if row.uar < wanted]
    return rows[late[-1] + 1 if late else 0].share if wanted > 0 else None


def _enough(rows: list[EarlyRow]) -> str:
    share = enough(rows)
    return f"enough from {percent(share)} on" if share else "never right"


def _table(panel: Panel, scored: list[tuple[RankedModel, list[EarlyRow]]]) -> PageTable:
    shares = [row.share for row in scored[0][1]]
    return PageTable(
        id=f"early-table-{panel.id}",
        caption=f"Test UAR by how much of each clip was seen, {panel.title}",
        columns=columns("Model", *(f"#{percent(share)}" for share in shares), "#Enough", "#Answered at the first"),
        rows=tuple(_row(*one) for one in scored),
        how=TABLE,
        compact=True,
    )


def _row(entry: RankedModel, rows: list[EarlyRow]) -> TableRow:
    share = enough(rows)
    cells = [TableCell(f"`{entry.name}`"), *(TableCell(uar(row.uar, 2)) for row in rows)]
    cells += [TableCell(percent(share) if share else DASH), TableCell(percent(rows[0].answered))]
    return TableRow(tuple(cells), kind="reference" if entry.own.baseline else "")
