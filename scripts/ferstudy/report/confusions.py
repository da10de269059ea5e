"""Confusion matrices of the test rows."""

from dataclasses import dataclass

from ferstudy.evaluation.metrics import NO_FACE, confusion
from ferstudy.report import figures
from ferstudy.report.figures import Matrix
from ferstudy.report.load import test_rows
from ferstudy.report.numbers import count
from ferstudy.report.ranking import Entry, Panel


@dataclass(frozen=True)
class Confusions:
    """The matrices of one dataset and protocol."""

    id: str
    title: str
    large: tuple[Matrix, ...]
    others: tuple[Matrix, ...]


def confusions(panels: list[Panel]) -> tuple[Confusions, ...]:
    """One part per panel that has test rows."""
    parts = []
    for panel in panels:
        chosen = _chosen(panel)
        large = [found for entry, role in chosen if (found := _matrix(entry, role))]
        rest = [entry for entry in panel.entries if entry.name not in {entry.name for entry, _ in chosen}]
        others = [found for entry in rest if (found := _matrix(entry, entry.kind))]
        if large or others:
            parts.append(Confusions(panel.id, panel.title, tuple(large), tuple(others)))
    return tuple(parts)


def _chosen(panel: Panel) -> list[tuple[Entry, str]]:
    """The best model, the chosen (else best) fusion and the best baseline, each once."""
    fusion = panel.entry(panel.chosen_fusion) or next(iter(panel.fusions), None)
    picks = [
        (panel.best, "best in development"),
        (fusion, "best fusion"),
        (next(iter(panel.baselines), None), "best baseline"),
    ]
    seen: dict[str, tuple[Entry, str]] = {}
    for entry, role in picks:
        if entry is not None:
            seen.setdefault(entry.name, (entry, role))
    return list(seen.values())


def _matrix(entry: Entry, role: str) -> Matrix | None:
    rows = test_rows(entry.cell)
    if rows is None:
        return None
    runs = len(set(rows.run.tolist()))
    note = count(len(rows), "test clip") + (f", {runs} runs added up" if runs > 1 else "")
    return figures.matrix(entry.name, role, note, rows.classes, confusion(rows), NO_FACE)
