"""The scores of one dataset under one protocol, in the order in which they are shown."""

import math
import statistics
from dataclasses import dataclass

from ferstudy.evaluation.lineup import outer
from ferstudy.report.load import Cell, Dataset, Protocol, Search, Study
from ferstudy.tables.scores import WHOLE, Score


@dataclass(frozen=True)
class Entry:
    """One model with its scores; None where a score does not exist."""

    cell: Cell
    development: Score | None
    selected: Score | None  # at each fold's own best epoch
    test: Score | None
    accuracy: Score | None
    macro_f1: Score | None
    coverage: Score | None
    folds: tuple[float, ...]  # development UAR of each fold
    seeds: tuple[float, ...]  # test UAR of each run, where there are several
    apart: tuple[Score, ...]  # test UAR of each fold where test sets are not pooled
    searches: tuple[Search, ...] = ()  # those that set some of its settings

    @property
    def name(self) -> str:
        """The model's name."""
        return self.cell.model

    @property
    def shape(self) -> str:
        """How the model is drawn: kinds differ in shape, not in colour alone."""
        return "square" if self.cell.kind == "fusion" else "diamond" if self.cell.baseline else "dot"

    @property
    def kind(self) -> str:
        """What the model is, in a word."""
        return "fusion" if self.cell.kind == "fusion" else "baseline" if self.cell.baseline else "model"


@dataclass(frozen=True)
class Panel:
    """All models of one dataset and protocol."""

    dataset: Dataset | None
    protocol: Protocol
    entries: tuple[Entry, ...]  # by development UAR, highest first; by name where there is none
    ranked: bool  # False: no validation rows, so no model is "best"
    best: Entry | None
    chance: float
    compare: dict  # empty where it is missing

    @property
    def id(self) -> str:
        """The panel's part of anchors."""
        return f"{self.protocol.dataset}-{self.protocol.protocol}"

    @property
    def title(self) -> str:
        """The panel's name, names marked."""
        return f"`{self.protocol.dataset}`, `{self.protocol.protocol}`"

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, as far as anything knows them."""
        return self.dataset.classes if self.dataset else ()

    @property
    def baselines(self) -> tuple[Entry, ...]:
        """The linear baselines."""
        return tuple(entry for entry in self.entries if entry.cell.baseline)

    @property
    def fusions(self) -> tuple[Entry, ...]:
        """The fusions."""
        return tuple(entry for entry in self.entries if entry.cell.kind == "fusion")

    @property
    def chosen_fusion(self) -> str:
        """The fusion that was chosen on cross-fitted rows; empty where none was."""
        return (self.compare.get("fusions") or {}).get("chosen") or ""

    def entry(self, name: str | None) -> Entry | None:
        """The entry of the model called `name`."""
        return next((entry for entry in self.entries if entry.name == name), None)


def pick(scores: list[Score], rows: str, metric: str, fold: str = WHOLE, label: str = "") -> Score | None:
    """The score over these rows: the mean over runs where there is one, else the first run's."""
    wanted = (rows, fold, metric, label)
    found = [score for score in scores if (score.rows, score.fold, score.metric, score.label) == wanted]
    return next((score for score in found if score.run == "mean"), found[0] if found else None)


def entry(cell: Cell, searches: tuple[Search, ...] = ()) -> Entry:
    """The scores of `cell`, sorted out; `searches` are those of the study."""
    scores = cell.scores or []
    own = [score for score in scores if score.metric == "uar"]
    runs = [score for score in own if (score.rows, score.fold) == ("test", WHOLE) and score.run != "mean"]
    folds = {score.fold for score in own if score.rows == "development"} - {WHOLE}
    per_fold = [pick(scores, "development", "uar", fold) for fold in sorted(folds - set(map(outer, folds)))]
    return Entry(
        cell=cell,
        development=pick(scores, "development", "uar"),
        selected=pick(scores, "selected", "uar"),
        test=pick(scores, "test", "uar"),
        accuracy=pick(scores, "test", "accuracy"),
        macro_f1=pick(scores, "test", "macro_f1"),
        coverage=pick(scores, "test", "coverage"),
        folds=tuple(score.value for score in per_fold if score and math.isfinite(score.value)),
        seeds=tuple(score.value for score in runs) if len(runs) > 1 else (),
        apart=tuple(
            pick(scores, "test", "uar", fold)
            for fold in dict.fromkeys(score.fold for score in own if score.rows == "test" and score.fold != WHOLE)
        ),
        searches=tuple(search for search in searches if search.name in cell.searches),
    )


def panels(study: Study) -> list[Panel]:
    """One panel per dataset and protocol of the plan."""
    return [_panel(study, protocol) for protocol in study.protocols]


def _panel(study: Study, protocol: Protocol) -> Panel:
    dataset = study.dataset(protocol.dataset)
    entries = [entry(cell, study.searches) for cell in study.cells_of(protocol.dataset, protocol.protocol)]
    ranked = any(_development(item) > -1 for item in entries)
    entries.sort(key=lambda item: (-_development(item), item.name))
    compare = protocol.compare or {}
    best = next((item for item in entries if item.name == compare.get("best")), None)
    if best is None and ranked and not compare:
        best = next((item for item in entries if item.cell.kind == "architecture" and item.development), None)
    return Panel(
        dataset=dataset,
        protocol=protocol,
        entries=tuple(entries),
        ranked=ranked,
        best=best,
        chance=1 / len(dataset.classes) if dataset and dataset.classes else math.nan,
        compare=compare,
    )


def _development(item: Entry) -> float:
    known = item.development is not None and math.isfinite(item.development.value)
    return item.development.value if known else -1.0


def spread(values: tuple[float, ...]) -> tuple[float, float] | None:
    """Mean and sample deviation; None for fewer than two values."""
    return (statistics.fmean(values), statistics.stdev(values)) if len(values) > 1 else None


def number(value: float | None) -> float:
    """A number of the comparison; null there is NaN here."""
    return math.nan if value is None else float(value)
