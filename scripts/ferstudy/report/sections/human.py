"""People on the same clips: how far they agree, how well each answers, and how far models are from their majority."""

from collections import Counter

import numpy as np

from ferstudy.evaluation import agreement, raters
from ferstudy.evaluation.ladder import Step, step
from ferstudy.evaluation.paired import Settings
from ferstudy.evaluation.raters import RaterScore
from ferstudy.evaluation.units import with_parties
from ferstudy.protocols import kinds
from ferstudy.report import ratings
from ferstudy.report.blocks import Article, PageTable, Section, Side, TableRow, Text, columns, row, some
from ferstudy.report.figures import BoxPlot
from ferstudy.report.numbers import DASH, count, listed, percent, signed, signed_interval, uar
from ferstudy.report.ranking import Panel, RankedModel, panels
from ferstudy.report.ratings import HumanAnswers
from ferstudy.report.records import Results
from ferstudy.tables.predictions import Predictions

ABOUT = (
    "What people answered to the same clips. The majority's recall of a class is the human ceiling: labels that people "
    "do not see in the faces are not to be expected of a model, and a model far above it may read something else than "
    "the face."
)
BOX_FROM = 5  # raters
REPEATED = (
    "every fold draws its test clips anew, so that a clip may be tested several times and no paired difference between "
    "a model and people is given."
)
NAMED = 20  # raters in the table; of more, the lowest and the highest


def section(results: Results) -> Section | None:
    """A part for each dataset with votes; None where the config names none."""
    parts = tuple(_dataset(results, dataset) for dataset in sorted(results.study.config["human"]))
    return Section("human", "People", (Text(ABOUT), *parts)) if parts else None


def reference(results: Results, panel: Panel) -> dict | None:
    """The majority on the test clips of a panel, as a row of reference; None without votes on them."""
    answers = ratings.of(results, panel.protocol.dataset)
    tested = {clip for roles in (panel.protocol.folds or {}).values() for clip in roles["test"]}
    known = {clip: answer for clip, answer in answers.majority.items() if clip in tested} if answers else {}
    if not known:
        return None
    own = raters.score(answers.who, known, answers.truth, answers.classes)
    share = f" of {len(tested)}" if len(known) < len(tested) else ""
    return {"name": f"{answers.who}, {len(known)}{share} clips", "uar": own.uar, "accuracy": own.accuracy}


def _dataset(results: Results, dataset: str) -> Article:
    answers = ratings.of(results, dataset)
    if answers is None:
        blocks = (Text("The votes are missing or could not be used: see the job import_votes.", "empty"),)
        return Article(f"human-{dataset}", f"`{dataset}`", blocks, dataset=dataset)
    own = [panel for panel in panels(results) if panel.protocol.dataset == dataset]
    tables = tuple(table for panel in own for table in _against(results, panel, answers))
    blocks = some(
        Text(_sentence(answers)),
        _agreement(answers),
        _ceiling(answers),
        _box(answers),
        _raters(results, answers),
        *tables,
    )
    return Article(f"human-{dataset}", f"`{dataset}`", blocks, dataset=dataset)


def _sentence(answers: HumanAnswers) -> str:
    notes = answers.notes
    text = f"{count(notes['used'], 'answer')} of {count(len(answers.scores), 'person', 'people')} to "
    text += f"{count(len(answers.majority), 'clip')} of {len(answers.truth)}."
    if notes["others"]:
        told = [f"“{answer}” ({number})" for answer, number in notes["others"].items()]
        text += f" Answers that are none of the classes count as wrong: {listed(told)}."
    if notes["left_out"]:
        text += f" {count(notes['left_out'], 'vote')} on clips that this study does not have are left out."
    return text


def _agreement(answers: HumanAnswers) -> PageTable:
    counts = agreement.counts(answers.ratings)
    votes = counts.sum(1)
    same = votes.min() == votes.max()
    ties = sum(not answer for answer in answers.majority.values())
    whole = raters.score("majority", answers.majority, answers.truth, answers.classes)
    mean = float(np.mean([one.uar for one in answers.scores]))
    rows = (
        row("Answers per clip", str(votes[0]) if same else f"{votes.min()} to {votes.max()}"),
        row("Fleiss' kappa", uar(agreement.fleiss_kappa(counts)) if same else f"{DASH} (needs as many for each clip)"),
        row("Krippendorff's alpha", uar(agreement.krippendorff_alpha(counts))),
        row("UAR of the raters, mean", uar(mean)),
        row("UAR of the majority", uar(whole.uar)),
        row("Accuracy of the majority", uar(whole.accuracy)),
        row("Clips without a majority", str(ties)),
    )
    return PageTable(
        id=f"agreement-{answers.dataset}",
        caption=f"Agreement of people on `{answers.dataset}`",
        columns=columns("What", "#Value"),
        rows=rows,
        how="Kappa and alpha say how far people agree with each other, whatever the label of the clip: 1 is always, 0 "
        "as often as by chance. Alpha takes any number of answers per clip, from two on. Where two answers to a clip "
        "are given equally often, it has no majority and counts as wrong.",
        compact=True,
    )


def _ceiling(answers: HumanAnswers) -> PageTable:
    """What people recall of each class, on all clips that were rated."""
    rows = []
    for name in answers.classes:
        majority = [answer == name for clip, answer in answers.majority.items() if answers.truth[clip] == name]
        given = [one.label for one in answers.ratings if answers.truth[one.clip] == name]
        wrong = Counter(label for label in given if label != name).most_common(1)
        told = f"{wrong[0][0]} ({percent(wrong[0][1] / len(given))})" if wrong else DASH
        shares = [uar(float(np.mean(own))) if own else DASH for own in (majority, [one == name for one in given])]
        rows.append(row(name, str(len(majority)), *shares, told))
    return PageTable(
        id=f"ceiling-{answers.dataset}",
        caption=f"The human ceiling of each class of `{answers.dataset}`",
        columns=columns("Class", "#Clips", "#Majority: recall", "#Single answers: right", "Most frequent other answer"),
        rows=tuple(rows),
        how="On all clips that were rated. The majority's recall is the ceiling; beside it the share of all single "
        "answers that are right, and what was answered instead most often, with its share of all answers.",
        compact=True,
    )


def _box(answers: HumanAnswers) -> Side | None:
    if len(answers.scores) < BOX_FROM:
        return None
    whole = raters.score("majority", answers.majority, answers.truth, answers.classes)
    chance = 1 / len(answers.classes)
    plot = BoxPlot(
        id=f"raters-plot-{answers.dataset}",
        title="UAR of each rater",
        note=f"{count(len(answers.scores), 'rater')}: box from the lower to the upper quartile, median, and a stroke "
        "for each; a rater's UAR is over the classes that he or she was shown",
        values=tuple(one.uar for one in answers.scores),
        lines=(("common", whole.uar), ("final", chance)),
        texts=(f"majority {whole.uar:.2f}", f"chance {chance:.2f}"),
    )
    return Side("charts", (plot,))


def _raters(results: Results, answers: HumanAnswers) -> PageTable:
    """Every rater; of many, those at both ends. A public page has numbers in the place of their names."""
    number = {one.rater: i for i, one in enumerate(answers.scores, 1)}
    ordered = sorted(answers.scores, key=lambda one: (-one.uar, one.rater))
    cut = NAMED // 2
    shown = ordered if len(ordered) <= NAMED else ordered[:cut] + ordered[-cut:]
    left = f" The {cut} highest and the {cut} lowest of {len(ordered)}." if len(ordered) > NAMED else ""
    return PageTable(
        id=f"raters-{answers.dataset}",
        caption=f"Raters of `{answers.dataset}`",
        columns=columns("Rater", "#Clips", "#Classes", "#Accuracy", "#UAR"),
        rows=tuple(_rater(one, f"rater {number[one.rater]}" if results.public else one.rater) for one in shown),
        how=f"On all clips that a rater has answered; UAR over the classes of these clips.{left}",
        compact=True,
    )


def _rater(one: RaterScore, name: str) -> TableRow:
    return row(name, str(one.clips), str(one.classes), uar(one.accuracy), uar(one.uar))


def _against(results: Results, panel: Panel, answers: HumanAnswers) -> tuple[PageTable | Text, ...]:
    """The best model (else the first) against the majority, by class; test sets that are not pooled each for itself."""
    entry = panel.best or next((one for one in panel.entries if one.own.test_rows is not None), None)
    if entry is None or entry.own.test_rows is None:
        return ()
    rows = entry.own.test_rows
    rows = with_parties(rows, panel.dataset.clips) if panel.dataset and panel.dataset.clips else rows
    how = kinds.scored(panel.protocol.settings)
    if how == "repeats":
        return (Text(f"{panel.title}: {REPEATED}", "note"),)
    if how == "pooled":
        return some(_minus_human(results, panel, answers, entry, rows))
    return some(
        *(_minus_human(results, panel, answers, entry, rows.where(rows.fold == fold), fold) for fold in _folds(rows))
    )


def _folds(rows: Predictions) -> list[str]:
    return sorted(set(rows.fold.tolist()))


def _minus_human(
    results: Results, panel: Panel, answers: HumanAnswers, entry: RankedModel, rows: Predictions, fold: str = ""
) -> PageTable | None:
    """The test `rows` of a model against the majority; None where no clip of them has votes."""
    human = raters.as_model(rows, answers.majority)
    if not len(human):
        return None
    where = f"{panel.title}{f', fold {fold}' if fold else ''}"
    told = results.study.config["evaluation"]
    settings = Settings(resamples=told["resamples"], seed=told["seed"])
    tested = Counter(human.truth.tolist())
    lines = [
        _line(name, _of_class(rows, name), _of_class(human, name), settings) for name in panel.classes if tested[name]
    ]
    return PageTable(
        id=f"model-minus-human-{f'{fold}-' if fold else ''}{panel.id}",
        caption=f"`{entry.name}` and the majority of people on {where}, by class",
        columns=columns(
            "Class", "#Clips", "#People: recall", "#Model: recall", "#Model minus people", "#95 % interval"
        ),
        rows=(*lines, _line("UAR", rows, human, settings)),
        how=f"{_which(entry, panel)} Only test clips that people have rated. People's recall is the ceiling of "
        "a class. The interval is paired, over subjects, and not corrected for the number of classes.",
        compact=True,
    )


def _which(entry: RankedModel, panel: Panel) -> str:
    return "The best model in development." if panel.is_best(entry.name) else "The first model: none is called best."


def _of_class(rows: Predictions, name: str) -> Predictions:
    return rows.where(rows.truth == name)


def _line(name: str, rows: Predictions, human: Predictions, settings: Settings) -> TableRow:
    found: Step | str = step(rows, human, settings)
    if isinstance(found, str):
        return row(name, *[DASH] * 4, found, kind="hole")
    bounds = signed_interval(found.low, found.high) if found.low is not None else found.interval
    numbers = (str(found.clips), uar(found.reference), uar(found.uar), signed(found.worth), bounds)
    return row(name, *numbers)
