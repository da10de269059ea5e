"""What ran: the grid of cells, the skipped ones with their reasons, and the holes."""

from ferstudy import paths
from ferstudy.fold import Fold
from ferstudy.report.blocks import (
    Column,
    Details,
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
from ferstudy.report.failed_jobs import FailedJob
from ferstudy.report.numbers import DASH, count, listed
from ferstudy.report.ranking import panels
from ferstudy.report.records import Hole, ModelResults, Results

MOST_HOLES = 40


def section(results: Results) -> Section:
    """The grid of the study."""
    models = _models(results)
    places = [(panel.protocol.dataset, panel.protocol.protocol) for panel in panels(results)]
    skips = results.study.skips
    summary = (
        f"{count(len(models), 'model')} on {count(len(places), 'combination')} of dataset and protocol, "
        f"{count(len(results.cells), 'cell')} planned and {len(skips)} skipped."
    )
    grid = (_grid(results, models, places),) if models and places else ()
    holes = results.holes and Details(f"Holes: {count(len(results.holes), 'file')}", (_holes(results.holes),))
    blocks = some(Text(summary), *or_else(grid, "No cell was planned."), _failed(results), holes)
    return Section("ran", "What ran", blocks)


def _models(results: Results) -> list[str]:
    """All models by their best development UAR, then by name; last what is skipped everywhere."""
    ranks: dict[str, tuple] = {}
    for panel in panels(results):
        for entry in (*panel.entries, *panel.left):
            ranks[entry.own.planned] = min(entry.rank, ranks.get(entry.own.planned, entry.rank))
    skipped = {skip.model for skip in results.study.skips} - ranks.keys()
    return [*sorted(ranks, key=ranks.get), *sorted(skipped)]


def _grid(results: Results, models: list[str], places: list[tuple[str, str]]) -> PageTable:
    return PageTable(
        id="grid",
        caption="The planned grid: dataset and protocol by model",
        columns=(Column("Model"), *(Column(f"`{dataset}` `{protocol}`") for dataset, protocol in places)),
        rows=tuple(
            TableRow((TableCell(f"`{model}`", _kind(results, model)), *(_state(results, model, *at) for at in places)))
            for model in models
        ),
        how="“scored” means that every file of the cell exists; a hole says what is missing; a skipped cell gives the "
        "reason written in the config. Nothing is left out of this table.",
        compact=True,
    )


def _kind(results: Results, model: str) -> str:
    own = next((own for own in results.cells if own.planned == model), None)
    if own is None:
        return ""
    if own.kind != "architecture":
        return f"{own.kind}, a pattern" if own.pattern else own.kind
    return f"{own.family}, baseline" if own.baseline else own.family


def _state(results: Results, model: str, dataset: str, protocol: str) -> TableCell:
    own = next((own for own in results.models_of(dataset, protocol) if own.planned == model), None)
    if own is not None:
        told = next((each for each in results.protocols if (each.dataset, each.protocol) == (dataset, protocol)), None)
        refused = told.refused(model) if not own.pattern and told and not own.holes else ""
        return TableCell("not fused", refused, tone="warn") if refused else _progress(results, own)
    skip = next((skip for skip in results.study.skips if skip[:3] == (dataset, protocol, model)), None)
    return TableCell("skipped", skip.because, tone="muted") if skip else TableCell("not planned", tone="muted")


def _progress(results: Results, own: ModelResults) -> TableCell:
    files = f"{own.found} of {own.expected} files"
    if not own.holes:
        return TableCell("scored", _folds(own), tone="good")
    if own.stale:
        return TableCell("to do", f"from an earlier config: {files} are of this one", tone="bad")
    if own.scores is not None:
        return TableCell("scored in part", files, tone="warn")
    if own.found == 0:
        return TableCell("missing", _why(results, own) or "failed or not run", tone="bad")
    return TableCell("not scored", _why(results, own) or files, tone="bad")


def _why(results: Results, own: ModelResults) -> str:
    """The last line of the log of the cell's first job that failed; empty where none is known to have failed."""
    cell = f"{own.dataset}/{own.protocol}/{own.planned}"
    return next((last_line(results, one) for one in results.failed if f"{one.job}/".startswith(f"{cell}/")), "")


def _folds(own: ModelResults) -> str:
    named = [Fold.parse(fold) for fold in own.folds]
    numbered = [str(fold) for fold in named if fold.number is not None]
    finals = [str(fold) for fold in named if fold.is_final]
    parts = [count(len(numbered), "fold")] if numbered else []
    parts += finals if len(finals) == 1 else [count(len(finals), "final")] if finals else []
    text = listed([*parts, *(str(fold) for fold in named if fold.is_deploy)])
    return f"{text}; settings searched" if own.searches else text


def last_line(results: Results, job: FailedJob) -> str:
    """What the log of a failed job ends with; it may name anybody."""
    return "its log says why" if results.public else job.line


def _failed(results: Results) -> PageTable | None:
    """The jobs that failed, with the last line of each log."""
    if not results.failed:
        return None
    return PageTable(
        id="failed",
        caption=f"Failed: {count(len(results.failed), 'job')}",
        columns=columns("Rule", "Job", "The last line of its log"),
        rows=tuple(row(f"`{job.rule}`", job.job, last_line(results, job)) for job in results.failed[:MOST_HOLES]),
        how=f"The logs stand in {paths.RESULTS}/logs. Mend the cause and run the same command again: exactly what "
        "failed, and what waits for it, is made.",
        compact=True,
        open=True,
    )


def _holes(holes: tuple[Hole, ...]) -> PageTable:
    """One row per kind of file and cell: a failed fold would otherwise fill a page."""
    groups: dict[tuple[str, str], list[Hole]] = {}
    for hole in holes:
        groups.setdefault((hole.what, hole.why), []).append(hole)
    shown = list(groups.items())[:MOST_HOLES]
    more = f" {count(len(groups) - len(shown), 'more row')} not listed." if len(groups) > len(shown) else ""
    return PageTable(
        id="holes",
        caption="Files that the plan expects and this page could not use",
        columns=columns("What", "#Files", "The first", "Why"),
        rows=tuple(
            row(what, str(len(own)), f"`{own[0].path}`" if own[0].path else DASH, why) for (what, why), own in shown
        ),
        how=f"Run the same command again: exactly these files are made. The log of the rule says why one failed.{more}",
        compact=True,
    )
