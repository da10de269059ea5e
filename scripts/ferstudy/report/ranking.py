"""The scores of one dataset under one protocol, in the order in which they are shown; and as tables for papers."""

import math
import statistics
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from ferstudy import paths
from ferstudy.fold import Fold
from ferstudy.report.latex import escaped
from ferstudy.report.numbers import DASH, interval, uar
from ferstudy.report.records import DatasetResults, ModelResults, ProtocolResults, Results, SearchResults
from ferstudy.tables.scores import WHOLE, ScoreRow
from ferstudy.whole_files import write_text


@dataclass(frozen=True)
class RankedModel:
    """One model with its scores; None where a score does not exist."""

    own: ModelResults
    development: ScoreRow | None
    common: ScoreRow | None  # at one epoch of all folds
    selected: ScoreRow | None  # at each fold's own best epoch
    test: ScoreRow | None
    accuracy: ScoreRow | None
    macro_f1: ScoreRow | None
    coverage: ScoreRow | None
    folds: tuple[float, ...]  # development UAR of each fold
    seeds: tuple[float, ...]  # test UAR of each run, where there are several
    apart: tuple[ScoreRow, ...]  # test UAR of each fold where test sets are not pooled
    searches: tuple[SearchResults, ...] = ()  # those that set some of its settings

    @property
    def name(self) -> str:
        """The model's name."""
        return self.own.model

    @property
    def shape(self) -> str:
        """How the model is drawn: kinds differ in shape, not in colour alone."""
        return {"fusion": "square", "baseline": "diamond", "external": "triangle", "model": "dot"}[self.kind]

    @property
    def kind(self) -> str:
        """What the model is, in a word."""
        if self.own.kind in ("fusion", "external"):
            return self.own.kind
        return "baseline" if self.own.baseline else "model"

    @property
    def rank(self) -> tuple[float, str]:
        """What models are sorted by: the highest development UAR first, then by name."""
        known = self.development is not None and math.isfinite(self.development.value)
        return (-self.development.value if known else 1.0, self.name)


@dataclass(frozen=True)
class Panel:
    """All models of one dataset and protocol."""

    dataset: DatasetResults | None
    protocol: ProtocolResults
    entries: tuple[RankedModel, ...]  # by development UAR, highest first; by name where there is none
    ranked: bool  # False: no validation rows, so no model is "best"
    best: RankedModel | None
    chance: float
    compare: dict  # empty where it cannot be used
    uncompared: str  # why it cannot, as in "the comparison is ..."
    left: tuple[RankedModel, ...] = ()  # combinations of patterns that were not chosen: they stand among fusions alone

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
    def baselines(self) -> tuple[RankedModel, ...]:
        """The linear baselines."""
        return tuple(entry for entry in self.entries if entry.own.baseline)

    @property
    def fusions(self) -> tuple[RankedModel, ...]:
        """The fusions, combinations of patterns among them, in the order of all."""
        own = [entry for entry in self.entries if entry.own.kind == "fusion"]
        return tuple(sorted([*own, *self.left], key=lambda entry: entry.rank))

    @property
    def by_kind(self) -> tuple[RankedModel, ...]:
        """The baselines, then the other models."""
        return (*self.baselines, *(entry for entry in self.entries if not entry.own.baseline))

    @property
    def chosen_fusion(self) -> str:
        """The fusion that was chosen on cross-fitted rows; empty where none was."""
        return (self.compare.get("fusions") or {}).get("chosen") or ""

    def entry(self, name: str | None) -> RankedModel | None:
        """The entry of the model called `name`."""
        return next((entry for entry in (*self.entries, *self.left) if entry.name == name), None)

    def is_best(self, name: str) -> bool:
        """Whether the model called `name` was best in development."""
        return self.best is not None and self.best.name == name

    def was_left(self, entry: RankedModel) -> bool:
        """Whether it is a fusion that development did not choose, of those that were compared."""
        return entry.kind == "fusion" and bool(self.compare) and entry.name != self.chosen_fusion

    def by_rank(self, names: list[str] | None, without: RankedModel | None = None) -> list[str]:
        """`names` by their places in the ranking, without that of one model."""
        place = {entry.name: i for i, entry in enumerate(self.entries)}
        kept = [name for name in names or [] if without is None or name != without.name]
        return sorted(kept, key=lambda name: (place.get(name, len(place)), name))

    def in_order(self, differences: list[dict] | None) -> list[dict]:
        """Differences of a comparison by their models' and references' places in the ranking."""
        everything = sorted([*self.entries, *self.left], key=lambda entry: entry.rank)
        place = {entry.name: i for i, entry in enumerate(everything)}

        def key(item: dict) -> tuple:
            return tuple((place.get(item[name], len(place)), item[name]) for name in ("model", "reference"))

        return sorted(differences or [], key=key)


def value(score: ScoreRow | None) -> float | None:
    """The value of a score; None where it does not exist."""
    return None if score is None else score.value


def pick(scores: list[ScoreRow] | None, rows: str, metric: str, fold: str = WHOLE, label: str = "") -> ScoreRow | None:
    """The score over these rows: the mean over runs where there is one, else the first run's."""
    wanted = (rows, fold, metric, label)
    found = [score for score in scores or [] if (score.rows, score.fold, score.metric, score.label) == wanted]
    return next((score for score in found if score.run == "mean"), found[0] if found else None)


def ranked(own: ModelResults, searches: tuple[SearchResults, ...] = ()) -> RankedModel:
    """The scores of a model, sorted out; `searches` are those of the study."""
    scores = own.scores or []
    uars = [score for score in scores if score.metric == "uar"]
    runs = [score for score in uars if (score.rows, score.fold) == ("test", WHOLE) and score.run != "mean"]
    folds = {score.fold for score in uars if score.rows == "development"} - {WHOLE}
    per_fold = [
        pick(scores, "development", "uar", fold)
        for fold in sorted(folds - {Fold.parse(fold).outer for fold in folds if fold})
    ]
    apart = dict.fromkeys(score.fold for score in uars if score.rows == "test" and score.fold != WHOLE)
    return RankedModel(
        own=own,
        development=pick(scores, "development", "uar"),
        common=pick(scores, "common", "uar"),
        selected=pick(scores, "selected", "uar"),
        test=pick(scores, "test", "uar"),
        accuracy=pick(scores, "test", "accuracy"),
        macro_f1=pick(scores, "test", "macro_f1"),
        coverage=pick(scores, "test", "coverage"),
        folds=tuple(score.value for score in per_fold if math.isfinite(score.value)),
        seeds=tuple(score.value for score in runs) if len(runs) > 1 else (),
        apart=tuple(pick(scores, "test", "uar", fold) for fold in apart),
        searches=tuple(search for search in searches if search.name in own.searches),
    )


@lru_cache(maxsize=1)  # every section asks for the panels of the one study that is being shown
def panels(results: Results) -> tuple[Panel, ...]:
    """One panel per dataset and protocol of the study, by name."""
    return tuple(_panel(results, protocol) for protocol in results.protocols)


def _panel(results: Results, protocol: ProtocolResults) -> Panel:
    dataset = results.dataset(protocol.dataset)
    models = results.models_of(protocol.dataset, protocol.protocol)
    everything = sorted((ranked(own, results.searches) for own in models), key=lambda entry: entry.rank)
    chosen = ((protocol.compare or {}).get("fusions") or {}).get("chosen")
    left = [entry for entry in everything if entry.own.pattern and entry.name != chosen]
    entries = [entry for entry in everything if entry not in left]
    known = any(entry.rank[0] <= 0 for entry in entries)
    compare = protocol.compare or {}
    best = next((entry for entry in entries if entry.name == compare.get("best")), None)
    if best is None and known and not compare:
        best = next((entry for entry in entries if entry.own.kind != "fusion" and entry.development), None)
    return Panel(
        dataset=dataset,
        protocol=protocol,
        entries=tuple(entries),
        ranked=known,
        best=best,
        chance=1 / len(dataset.classes) if dataset and dataset.classes else math.nan,
        compare=compare,
        uncompared=results.why(paths.compare(protocol.dataset, protocol.protocol)),
        left=tuple(left),
    )


def spread(values: tuple[float, ...]) -> tuple[float, float] | None:
    """Mean and sample deviation; None for fewer than two values."""
    return (statistics.fmean(values), statistics.stdev(values)) if len(values) > 1 else None


# ---- the tables of a paper


def write(results: Results, folder: str | Path) -> None:
    """Write results.csv, one row per model with all digits, and a LaTeX table per dataset and protocol."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_row(panel, entry) for panel in panels(results) for entry in panel.entries]
    write_text(folder / "results.csv", pd.DataFrame(rows).to_csv(index=False))
    for panel in panels(results):
        write_text(folder / f"{panel.protocol.dataset}.{panel.protocol.protocol}.tex", latex(panel))


def _trials(entry: RankedModel) -> str:
    """Among how many trials the settings were chosen, as 75, or 75+20 with its backbone's; empty without a search."""
    return "+".join(str(search.trials) for search in entry.searches)


def _row(panel: Panel, entry: RankedModel) -> dict:
    test = entry.test
    return {
        "dataset": panel.protocol.dataset,
        "protocol": panel.protocol.protocol,
        "model": entry.name,
        "kind": entry.kind,
        "best": int(panel.is_best(entry.name)),
        "development_uar": value(entry.development),
        "test_uar": value(test),
        "test_low": test and test.low,
        "test_high": test and test.high,
        "interval": test and test.interval,
        "subjects": "" if test is None else str(test.subjects),
        "clips": "" if test is None else str(test.clips),
        "accuracy": value(entry.accuracy),
        "macro_f1": value(entry.macro_f1),
        "common_epoch_uar": value(entry.common),
        "own_best_epochs_uar": value(entry.selected),
        "leak": panel.protocol.leak,
        "trials": _trials(entry),
    }


def latex(panel: Panel) -> str:
    """The scores of one panel as a LaTeX table (booktabs), best in development in bold."""
    searched = any(entry.searches for entry in panel.entries)
    rows = [[r"\emph{chance}", DASH, uar(panel.chance), *[DASH] * (4 + searched)]]
    for entry in panel.entries:
        name, test = escaped(entry.name), entry.test
        bounds = interval(test.low, test.high).replace(" to ", "–") if test else DASH
        rows.append([
            rf"\textbf{{{name}}}" if panel.is_best(entry.name) else name,
            uar(value(entry.development)), uar(test.value) if test else "missing", bounds,
            str(test.subjects) if test else DASH, uar(value(entry.accuracy)), uar(value(entry.macro_f1)),
            *([_trials(entry) or DASH] if searched else []),
        ])  # fmt: skip
    titles = ["Model", "Dev. UAR", "Test UAR", r"95\,\% interval", "Subjects", "Accuracy", "Macro-F1"]
    frame = pd.DataFrame(rows, columns=[*titles, *["Trials"] * searched]).replace("–", "--", regex=True)
    body = frame.to_latex(index=False, escape=False, column_format="l" + "r" * (len(frame.columns) - 1))
    leak = f"% THIS PROTOCOL LEAKS: {escaped(panel.protocol.leak)}\n" if panel.protocol.leak else ""
    return "% made by ferstudy; needs \\usepackage{booktabs}\n" + leak + body
