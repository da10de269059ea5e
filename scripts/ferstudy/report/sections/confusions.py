"""Confusion matrices of the test rows."""

from ferstudy.evaluation.metrics import confusion
from ferstudy.report import figures
from ferstudy.report.blocks import Article, Details, HowTo, Section, Side, or_else, some
from ferstudy.report.figures import Matrix
from ferstudy.report.numbers import count
from ferstudy.report.ranking import Panel, RankedModel, panels
from ferstudy.report.records import Results
from ferstudy.tables.predictions import Predictions

HOW = (
    "A row holds the test clips of one true class; shading and per cent are shares of the row; the diagonal, outlined, "
    "is right. The small number beside a class counts its clips."
)


def section(results: Results) -> Section:
    """One part per panel that has test rows."""
    parts = tuple(part for panel in panels(results) if (part := _panel(panel)))
    return Section("confusions", "Confusions", or_else(parts, "No test row exists."))


def _panel(panel: Panel) -> Article | None:
    chosen = _chosen(panel)
    large = some(*(_matrix(panel, entry, role) for role, entry in chosen))
    shown = {entry.name for _, entry in chosen}
    rest = [entry for entry in panel.entries if entry.name not in shown]
    others = some(*(_matrix(panel, entry, entry.kind, small=True) for entry in rest))
    if not large and not others:
        return None
    folded = others and Details("The other models", (Side("matrices", others),))
    return Article(
        f"confusions-{panel.id}", panel.title, some(Side("matrices", large), HowTo(HOW), folded),
        dataset=panel.protocol.dataset,
    )  # fmt: skip


def _chosen(panel: Panel) -> list[tuple[str, RankedModel]]:
    """The best model, the chosen (else best) fusion and the best baseline, each once."""
    fusion = panel.entry(panel.chosen_fusion) or next(iter(panel.fusions), None)
    picks = {
        "best in development": panel.best,
        "chosen fusion": fusion,
        "best baseline": next(iter(panel.baselines), None),
    }
    seen: dict[str, tuple[str, RankedModel]] = {}
    for role, entry in picks.items():
        if entry is not None:
            seen.setdefault(entry.name, (role, entry))
    return list(seen.values())


def tested(rows: Predictions) -> str:
    """How much was tested, as "24 test clips": each is answered once by each run, and by each fold that tests it."""
    clips, runs = count(len(set(rows.clip.tolist())), "test clip"), len(set(rows.run.tolist()))
    if len(rows) == len(set(rows.clip.tolist())):
        return clips
    return f"{count(len(rows), 'answer')} to {clips}{f' in {runs} runs' if runs > 1 else ''}"


def _matrix(panel: Panel, entry: RankedModel, role: str, small: bool = False) -> Matrix | None:
    rows = entry.own.test_rows
    if rows is None:
        return None
    return figures.matrix(
        f"confusion-{panel.id}-{entry.name}", entry.name, role, tested(rows), rows, confusion(rows), small
    )
