"""What ran: the grid of cells, the skipped ones with their reasons, and the holes."""

from dataclasses import dataclass

from ferstudy.report.blocks import Cell, Column, Row, Table, columns, row
from ferstudy.report.load import Cell as StudyCell
from ferstudy.report.load import Hole, Study
from ferstudy.report.numbers import count, listed

MOST_HOLES = 40


@dataclass(frozen=True)
class Ran:
    """The grid and what is not in it."""

    summary: str
    grid: Table | None
    holes: Table | None
    hole_count: str


def ran(study: Study) -> Ran:
    """The grid of `study`."""
    models = list(dict.fromkeys([cell.model for cell in study.cells] + [_name(skip) for skip in study.skips]))
    settings = [(protocol.dataset, protocol.protocol) for protocol in study.protocols]
    settings = settings or list(dict.fromkeys((cell.dataset, cell.protocol) for cell in study.cells))
    rows = tuple(
        Row((Cell(f"`{model}`", _kind(study, model)), *(_state(study, model, *at) for at in settings)))
        for model in models
    )
    grid = Table(
        id="grid",
        caption="The planned grid: dataset and protocol by model",
        columns=(Column("Model"), *(Column(f"`{dataset}` `{protocol}`") for dataset, protocol in settings)),
        rows=rows,
        how="“scored” means that every file of the cell exists; a hole says what is missing; a skipped cell gives the "
        "reason written in the config. Nothing is left out of this table.",
        compact=True,
    )
    return Ran(
        summary=f"{count(len(models), 'model')} on {count(len(settings), 'combination')} of dataset and protocol, "
        f"{count(len(study.cells), 'cell')} planned and {len(study.skips)} skipped.",
        grid=grid if models and settings else None,
        holes=_holes(study.holes) if study.holes else None,
        hole_count=count(len(study.holes), "file"),
    )


def _name(skip: dict) -> str:
    return skip.get("model") or skip.get("architecture") or skip.get("fusion") or "all models"


def _kind(study: Study, model: str) -> str:
    cell = next((cell for cell in study.cells if cell.model == model), None)
    if cell is None:
        return ""
    if cell.kind == "fusion":
        return "fusion"
    return f"{cell.family}, baseline" if cell.baseline else cell.family


def _state(study: Study, model: str, dataset: str, protocol: str) -> Cell:
    cell = next((c for c in study.cells if (c.dataset, c.protocol, c.model) == (dataset, protocol, model)), None)
    if cell is not None:
        return _progress(cell)
    for skip in study.skips:
        if skip.get("dataset") in (dataset, None) and skip.get("protocol") in (protocol, None) and _name(skip) == model:
            return Cell("skipped", skip.get("because", "no reason is given"), tone="muted")
    return Cell("not planned", tone="muted")


def _progress(cell: StudyCell) -> Cell:
    if cell.scores is not None and cell.found == cell.expected:
        return Cell("scored", _folds(cell), tone="good")
    if cell.scores is not None:
        return Cell("scored in part", f"{cell.found} of {cell.expected} files", tone="warn")
    if cell.found == 0:
        return Cell("missing", "failed or not run", tone="bad")
    return Cell("not scored", f"{cell.found} of {cell.expected} files", tone="bad")


def _folds(cell: StudyCell) -> str:
    numbered = [fold for fold in cell.folds if not fold.endswith(("final", "deploy"))]
    finals = [fold for fold in cell.folds if fold.endswith("final")]
    parts = [count(len(numbered), "fold")] if numbered else []
    parts += finals if len(finals) == 1 else [count(len(finals), "final")] if finals else []
    text = listed([*parts, *(["deploy"] if "deploy" in cell.folds else [])])
    return f"{text}; settings searched" if cell.searches else text


def _holes(holes: list[Hole]) -> Table:
    """One row per kind of file and cell: a failed fold would otherwise fill a page."""
    groups: dict[tuple[str, str], list[Hole]] = {}
    for hole in holes:
        groups.setdefault((hole.what, hole.why), []).append(hole)
    shown = list(groups.items())[:MOST_HOLES]
    more = f" {count(len(groups) - len(shown), 'more row')} not listed." if len(groups) > len(shown) else ""
    return Table(
        id="holes",
        caption="Files that the plan expects and this page could not use",
        columns=columns("What", "#Files", "The first", "Why"),
        rows=tuple(
            row(what, str(len(own)), f"`{own[0].path}`" if own[0].path else "–", why) for (what, why), own in shown
        ),
        how="Run the same command again: exactly the missing files are made. The log of the rule says why one "
        f"failed.{more}",
        compact=True,
    )
