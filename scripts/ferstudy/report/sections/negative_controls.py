"""Negative controls: an architecture that is trained again without what it should need, and what it still reaches."""

from typing import NamedTuple

import numpy as np

from ferstudy.evaluation.controls import FAR, chance, renamed
from ferstudy.protocols import kinds
from ferstudy.report.blocks import PageTable, TableCell, TableRow, columns
from ferstudy.report.numbers import DASH, interval, known, percent, uar
from ferstudy.report.ranking import pick, ranked
from ferstudy.report.records import ModelResults, ProtocolResults, Results
from ferstudy.study.beside import LABELS
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.scores import WHOLE, ScoreRow

SHOWS = {  # what a control still sees
    "face_masked": "around the face in its crop",
    "first_frame": "in the first frame",
    "background_only": "in the picture around the head",
}
TONES = {True: "good", False: "bad", None: "warn"}
ABOUT = (
    "A negative control is an architecture that is trained and tested again. `labels_permuted`: with the labels of "
    "other training clips. `face_masked`: with a grey ellipse over the face in every crop. `first_frame`: with the "
    "first frame in place of every frame. `background_only`: with the whole frame, the head under a grey rectangle. "
    "A score above chance says that part of the architecture's own score does not come from the face, or not from its "
    "movement. They stand in no ranking, test or fusion."
)


class Explained(NamedTuple):
    """What a control reached; `well` is False where something is wrong, None where something is to be known."""

    own: ModelResults
    fold: str
    score: ScoreRow | None
    of: float | None  # the score of the architecture itself
    must: str
    well: bool | None
    sentence: str


def table(results: Results) -> PageTable | None:
    """A row for each control and test score; None where none was asked for."""
    found = judged(results)
    if not found:
        return None
    return PageTable(
        id="negative-controls",
        caption="Negative controls",
        columns=columns("Control", "Setting", "#Test UAR", "#95 % interval", "#Architecture", "#Chance", "Verdict"),
        rows=tuple(_row(one, results) for one in found),
        how="Architecture: the test UAR of the same architecture as it is. At chance: the interval holds chance, which "
        "is that of a permutation within folds. `labels_permuted` varies more than its interval says, since a model "
        f"may learn one wrong name for all clips of a class: it must be within {FAR:g} deviations of what its own "
        "answers reach under random names.",
        compact=True,
    )


def judged(results: Results) -> list[Explained]:
    """Every negative control, with each of its test scores."""
    protocols = {(one.dataset, one.protocol): one for one in results.protocols}
    models = {(one.dataset, one.protocol, one.model): one for one in results.models}
    found = []
    for own in [one for one in results.beside if one.kind == "control"]:
        base, control = results.study.beside[own.model][:2]
        of = models.get((own.dataset, own.protocol, base))
        found += _judged(own, control, of, protocols[own.dataset, own.protocol])
    return found


def _judged(own: ModelResults, control: str, of: ModelResults | None, protocol: ProtocolResults) -> list[Explained]:
    scores, rows = ranked(own), own.test_rows
    tests = [scores.test] if scores.test else list(scores.apart)
    if not tests or rows is None:
        why = "has no test score yet" if own.holes else "there are no test clips"
        return [Explained(own, WHOLE, None, None, DASH, None, why)]
    found = []
    for score in tests:
        part = rows.where(rows.fold == score.fold) if score.fold else rows
        base = pick(of.scores, "test", "uar", score.fold) if of else None
        pooled = kinds.scored(protocol.settings) == "pooled"
        verdict = (
            _of_labels(score, part, pooled) if control == LABELS else _of_crops(score, part, pooled, base, control)
        )
        found.append(Explained(own, score.fold, score, base and base.value, *verdict))
    return found


def _of_labels(score: ScoreRow, rows: Predictions, pooled: bool) -> tuple[str, bool | None, str]:
    mean, spread = renamed(rows, pooled)
    must = f"{uar(mean, 2)} ± {uar(FAR * spread, 2)}"
    if mean + FAR * spread >= 1:
        return must, None, "too few classes or trainings to tell chance from truth"
    if abs(score.value - mean) <= FAR * spread + 1e-9:
        return must, True, "at chance as it must be"
    return (
        must,
        False,
        f"REACHED {uar(score.value, 2)} AND MUST BE AT CHANCE ({must}): training sees the truth of test clips",
    )


def _of_crops(
    score: ScoreRow, rows: Predictions, pooled: bool, base: ScoreRow | None, control: str
) -> tuple[str, bool | None, str]:
    guess = chance(rows.where(rows.run == np.min(rows.run)), pooled)[0]
    must = uar(guess, 3)
    if not known(score.low, score.high):
        return must, None, f"no interval, so nothing is told: {score.interval}"
    if score.low <= guess <= score.high:
        return must, True, f"at chance; by its interval, at most {uar(score.high, 2)}"
    if score.high < guess:
        return must, None, "below chance, which guessing is not either: are classes dealt unevenly to people or folds?"
    reaches = f"reaches {uar(score.value, 2)}"
    if base is None or base.value <= guess:
        return must, None, f"{reaches}, above chance: the answer stands {SHOWS[control]}"
    share = min(1.0, (score.value - guess) / (base.value - guess))
    much = "all" if share == 1 else percent(share)
    part = f"{much} of what the architecture is above chance stands {SHOWS[control]}"
    return must, None, f"{reaches} of the {uar(base.value, 2)}: {part}"


def _row(one: Explained, results: Results) -> TableRow:
    base, control = results.study.beside[one.own.model][:2]
    setting = " ".join(f"`{name}`" for name in (one.own.dataset, one.own.protocol, one.fold) if name)
    bounds = interval(one.score.low, one.score.high) if one.score else DASH
    return TableRow(
        (
            TableCell(f"`{control}`", note=f"of `{base}`"), TableCell(setting),
            TableCell(uar(one.score and one.score.value)), TableCell(bounds), TableCell(uar(one.of)),
            TableCell(one.must), TableCell(one.sentence, tone=TONES[one.well]),
        )
    )  # fmt: skip
