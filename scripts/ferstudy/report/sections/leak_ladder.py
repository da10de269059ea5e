"""The leak ladder: the same models under several protocols, and what each protocol is worth against the honest one."""

from typing import NamedTuple

import numpy as np

from ferstudy.evaluation.ladder import Step, step
from ferstudy.evaluation.paired import Settings
from ferstudy.evaluation.units import with_parties
from ferstudy.protocols import kinds
from ferstudy.report.blocks import PageTable, Section, TableCell, TableRow, Text, columns
from ferstudy.report.numbers import DASH, listed, signed, signed_interval, uar
from ferstudy.report.records import ModelResults, ProtocolResults, Results
from ferstudy.tables.predictions import Predictions

ABOUT = (
    "The same models are trained and tested under several protocols. What one that leaks gives more than `{}`, on the "
    "same clips, is what its leak is worth: no model is better for it."
)


class Rung(NamedTuple):
    """A model under a protocol; `part` names the dataset that a fold tests, where folds are not pooled."""

    own: ModelResults
    protocol: ProtocolResults
    part: str
    step: Step | str  # or why there is none


def section(results: Results) -> Section | None:
    """A table for each dataset; None where the config names no protocol of reference."""
    reference = results.config["report"].get("ladder")
    rungs = _rungs(results, reference) if reference else []
    if not rungs:
        return None
    datasets = dict.fromkeys(one.own.dataset for one in rungs)
    blocks = []
    for dataset in datasets:
        own = [one for one in rungs if one.own.dataset == dataset]
        blocks += [*map(Text, _sentences(own, reference)), _table(dataset, own, reference)]
    return Section("ladder", "What a leak is worth", (Text(ABOUT.format(reference)), *blocks))


def _rungs(results: Results, reference: str) -> list[Rung]:
    """The rungs by dataset and model, the highest score first."""
    protocols = {(one.dataset, one.protocol): one for one in results.protocols}
    honest = {(one.dataset, one.model): one for one in results.models if one.protocol == reference}
    found = []
    for own in results.models:
        base = honest.get((own.dataset, own.model))
        if base and own.protocol != reference:
            found += _of_model(results, own, base, protocols[own.dataset, own.protocol])
    return sorted(found, key=lambda one: (one.own.dataset, one.own.model, -_worth(one), one.own.protocol, one.part))


def _worth(one: Rung) -> float:
    return one.step.worth if isinstance(one.step, Step) else -np.inf


def _of_model(results: Results, own: ModelResults, base: ModelResults, protocol: ProtocolResults) -> list[Rung]:
    rows, reference = (_rows(results, one) for one in (own, base))
    if rows is None or reference is None:
        return [Rung(own, protocol, "", "has no test rows" if own.test_rows is None else "the reference has none")]
    told = results.study.config["evaluation"]
    settings = Settings(resamples=told["resamples"], seed=told["seed"])
    if kinds.scored(protocol.settings) != "apart":
        return [Rung(own, protocol, "", step(rows, reference, settings))]
    parts = [rows.where(rows.fold == fold) for fold in dict.fromkeys(rows.fold)]
    return [Rung(own, protocol, _leaf(part), step(part, reference, settings)) for part in parts]


def _rows(results: Results, own: ModelResults) -> Predictions | None:
    """The test rows of a model, with who is one person."""
    rows, dataset = own.test_rows, results.dataset(own.dataset)
    return with_parties(rows, dataset.clips) if rows is not None and dataset and dataset.clips else rows


def _leaf(rows: Predictions) -> str:
    """The dataset of a union that a fold tests."""
    return str(rows.clip[0]).partition("/")[0]


def _sentences(rungs: list[Rung], reference: str) -> list[str]:
    """What each protocol is worth for each model, in points."""
    found = []
    for model in dict.fromkeys(one.own.model for one in rungs):
        own = [one for one in rungs if one.own.model == model and isinstance(one.step, Step)]
        told = [f"{_name(one)} {signed(100 * one.step.worth, 1)}" for one in own]
        if told:
            found.append(f"`{model}`, in points of UAR against `{reference}`: {listed(told)}.")
    return found


def _name(one: Rung) -> str:
    return f"`{one.own.protocol}`" + (f" (tested on `{one.part}`)" if one.part else "")


def _table(dataset: str, rungs: list[Rung], reference: str) -> PageTable:
    return PageTable(
        id=f"ladder-{dataset}",
        caption=f"What a leak is worth on `{dataset}`",
        columns=columns("Model", "Protocol", "Leaks", "#Training clips", "#Clips", "#Test UAR", f"#`{reference}`",
                        "#Points", "#95 % interval", "Verdict"),
        rows=tuple(map(_row, rungs)),
        how=f"Points: 100 times the test UAR minus that under `{reference}`, on the clips that both test; its interval "
        "is paired, over people. Leaks: what the audit found in the folds, see there. Training clips: in the mean of "
        "the folds; a protocol that trains on more may be better for that alone.",
        compact=True,
    )  # fmt: skip


def _row(one: Rung) -> TableRow:
    leaks = [found["check"] for found in (one.protocol.audit or {}).get("findings", []) if found["status"] == "leak"]
    names = (
        TableCell(f"`{one.own.model}`"), TableCell(_name(one)), TableCell(listed(leaks) or "none found"),
        TableCell(_training_clips(one.protocol)),
    )  # fmt: skip
    if isinstance(one.step, str):
        return TableRow((*names, *[TableCell(DASH)] * 5, TableCell(one.step)), "hole")
    told = one.step
    low, high = (None if bound is None else 100 * bound for bound in (told.low, told.high))
    numbers = (
        str(told.clips), uar(told.uar), uar(told.reference), signed(100 * told.worth, 1), signed_interval(low, high, 1)
    )  # fmt: skip
    return TableRow((*names, *map(TableCell, numbers), _verdict(told, bool(leaks))))


def _verdict(told: Step, leaks: bool) -> TableCell:
    if not told.separable:
        return TableCell("not separable from the reference")
    if told.worth < 0:
        return TableCell("harder than the reference")
    return TableCell("what the leak gives" if leaks else "easier than the reference, without a leak", tone="warn")


def _training_clips(protocol: ProtocolResults) -> str:
    counts = [len(roles["train"]) for roles in (protocol.folds or {}).values() if roles["test"]]
    return f"{np.mean(counts):.0f}" if counts else DASH
