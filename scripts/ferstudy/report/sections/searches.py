"""The searches of settings: what was tried, what it cost, what was chosen, and what of it can be repeated."""

import json
import math
import statistics
from typing import Any

from ferstudy.report.blocks import (
    Article,
    Details,
    PageTable,
    Section,
    TableCell,
    TableRow,
    Term,
    Terms,
    Text,
    columns,
    row,
    some,
)
from ferstudy.report.numbers import DASH, count, duration, listed, uar
from ferstudy.report.records import Results
from ferstudy.report.search_records import PlaceResults, SearchResults
from ferstudy.search.choose import MINIMISED
from ferstudy.search.trials import DONE, Trial

MOST_TRIALS = 30
METHODS = {
    "grid": "every point of a grid",
    "random": "random draws",
    "tpe": "Optuna's tree-structured Parzen estimator",
}


def section(results: Results) -> Section | None:
    """One part per search; None where nothing was searched."""
    parts = tuple(_search(search, results.public) for search in results.searches)
    return Section("search", "Search of settings", parts) if parts else None


def subject(search: SearchResults) -> str:
    """What is searched, names marked."""
    told = search.told
    if "backbone" in told:
        return f"backbone `{told['backbone']}` of `{told['recipe']}`"
    return f"`{told['architecture']}` on `{told['dataset']}`, `{told['protocol']}`"


def apart(search: SearchResults) -> bool:
    """Whether every fold (or outer fold) is searched for itself."""
    return len(search.places) > 1


def sentence(search: SearchResults) -> str:
    """How the settings were chosen, for the methods paragraph."""
    rows = "validation stills" if "backbone" in search.told else "validation rows"
    each = ", each fold for itself" if apart(search) else ""
    return (
        f"Settings of {subject(search)} were searched on {rows} only ({METHODS[search.told['method']]}; "
        f"{count(search.trials, 'trial')}{each}, {count(search.fits, 'fit')}), by `{search.told['select']}`. "
        f"Reproducible: {_reproducible(search)}."
    )


def _reproducible(search: SearchResults) -> str:
    said = dict.fromkeys(place.best["reproducible"] for place in search.places if place.best)
    return "; ".join(said) or "not known, the search has not ended"


def _search(search: SearchResults, public: bool) -> Article:
    tried = [(place, trial) for place in search.places for trial in place.trials]
    blocks = some(
        Text(_summary(search)),
        _table(search),
        Terms(_terms(search, [trial for _, trial in tried])),
        tried and Details(f"Trials: {len(tried)}", (_trials(search, tried),)),
        None if public else _failures(search),  # a reason may name a file
    )
    return Article(f"search-of-{search.name}", f"`{search.name}`: {subject(search)}", blocks)


def _summary(search: SearchResults) -> str:
    done = [place for place in search.places if place.best]
    failed = sum(place.best["failed"] for place in done)
    text = count(search.trials, "trial") + (f" in each of {len(search.places)} searches" if apart(search) else "")
    text += f": {METHODS[search.told['method']]}. "
    text += f"{count(failed, 'trial')} failed. " if failed else ""
    if len(done) < len(search.places):
        text += f"{count(len(search.places) - len(done), 'search has', 'searches have')} not ended. "
    if apart(search):
        text += (
            "Folds that test clips of their own are searched apart: no clip chooses settings of a model that it tests."
        )
    return text.strip()


def _terms(search: SearchResults, trials: list[Trial]) -> tuple[Term, ...]:
    select = f"`{search.told['select']}`"
    if "backbone" in search.told:
        judged = f"{select} on the validation stills, at the best epoch; no clip is read"
    else:
        judged = f"{select}, the folds' mean at their best common epoch, on validation rows; no test clip is read"
    folds = sum(len(place.trained) for place in search.places)
    times = "" if "backbone" in search.told else f" × {count(folds, 'fold')}"
    cost = f"{count(search.trials, 'trial')}{times} = {count(search.fits, 'fit')}"
    spent = math.fsum(trial.seconds for trial in trials)
    return (
        Term("Judged by", (f"{judged}.",)),
        Term("Cost", (f"{cost}{f', {duration(spent)} of training' if trials else ''}.",)),
        Term("Seed", (str(search.told["seed"]),)),
        Term("Reproducible", (f"{_reproducible(search)}.",)),
    )


def _keys(search: SearchResults) -> dict[str, str]:
    """The searched keys with the titles of their columns: the last part alone, where it tells them apart."""
    last = [key.rpartition(".")[2] for key in sorted(search.told["space"])]
    searched = zip(sorted(search.told["space"]), last, strict=True)
    return {key: short if last.count(short) == 1 else key for key, short in searched}


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.4g}" if isinstance(value, float) else json.dumps(value)


def _range(dimension: list | dict) -> str:
    """What is tried for one setting."""
    if isinstance(dimension, list):
        return ", ".join(map(_shown, dimension))
    text = f"{_shown(dimension['low'])} to {_shown(dimension['high'])}"
    if dimension.get("step"):
        return f"{text} by {_shown(dimension['step'])}"
    return f"{text}, logarithmic" if dimension.get("log") else text


def _serves(place: PlaceResults) -> str:
    if not place.serves:
        return "all"
    return listed([f"`{fold}`" for fold in place.serves], 6)


def _table(search: SearchResults) -> PageTable:
    keys, select = _keys(search), search.told["select"]
    tried = [DASH] * 5 + [_range(search.told["space"][key]) for key in keys]
    rows = [TableRow((TableCell("tried"), *map(TableCell, tried)), "reference")]
    for place in search.places:
        best = place.best
        if best is None:
            cells = ["to do" if place.stale else "missing", *[DASH] * (4 + len(keys))]
            rows.append(row(_serves(place), *cells, kind="hole"))
            continue
        values = [trial.score for trial in place.trials if trial.state == DONE]
        middle = statistics.median(values) if values else math.nan
        numbers = [str(best["trials"]), str(best["failed"]), uar(best["score"]), uar(middle), str(best["epoch"])]
        rows.append(row(_serves(place), *numbers, *(_shown(best["overrides"][key]) for key in keys)))
    return PageTable(
        id=f"search-{search.name}",
        caption=f"What the search {search.name} found",
        columns=columns("For fold", "#Trials", "#Failed", f"#Best {select}", "#Median", "#Epoch", *keys.values()),
        rows=tuple(rows),
        how="First row: what was tried. Below: what was chosen, with its score after the named epoch, beside the "
        "median of all trials. It is the best of so many on the same rows and so optimistic; the test score is not.",
        compact=True,
    )


def _trials(search: SearchResults, tried: list[tuple[PlaceResults, Trial]]) -> PageTable:
    sign = 1 if search.told["select"] in MINIMISED else -1
    keys = _keys(search)
    ended = sorted(
        (pair for pair in tried if pair[1].state == DONE), key=lambda pair: (sign * pair[1].score, pair[1].trial)
    )
    rows = [
        row(*([_serves(place)] if apart(search) else []), str(trial.trial), uar(trial.score), str(trial.epoch),
            duration(trial.seconds), *(_shown(trial.settings[key]) for key in keys))
        for place, trial in ended[:MOST_TRIALS]
    ]  # fmt: skip
    more = f" {len(ended) - len(rows)} more are in the tables of the workers." if len(ended) > len(rows) else ""
    return PageTable(
        id=f"trials-{search.name}",
        caption=f"Trials of {search.name}, the best first",
        columns=columns(
            *(["For fold"] if apart(search) else []),
            "#Trial",
            f"#{search.told['select']}",
            "#Epoch",
            "#Time",
            *keys.values(),
        ),
        rows=tuple(rows),
        how=f"Neighbours that score alike say that the choice between them is chance.{more}",
        compact=True,
    )


def _failures(search: SearchResults) -> PageTable | None:
    found: dict[str, int] = {}
    for place in search.places:
        for failure in (place.best or {}).get("failures", []):
            found[failure["why"]] = found.get(failure["why"], 0) + failure["trials"]
    if not found:
        return None
    return PageTable(
        id=f"failures-{search.name}",
        caption=f"Why trials of {search.name} failed",
        columns=columns("Reason", "#Trials"),
        rows=tuple(row(why, str(number)) for why, number in sorted(found.items(), key=lambda pair: -pair[1])),
        how="A failed trial counts as tried and can never be chosen.",
        compact=True,
    )
