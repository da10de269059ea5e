"""Error analysis: the test clips that a model got wrong while it was sure."""

import numpy as np
import pandas as pd

from ferstudy.report.blocks import Article, Details, PageTable, Section, Side, Text, columns, or_else, row, some
from ferstudy.report.figures import Strip
from ferstudy.report.numbers import DASH, count, uar
from ferstudy.report.ranking import Panel, panels
from ferstudy.report.records import DatasetResults, Results
from ferstudy.report.sections.confusions import tested
from ferstudy.report.strips import STRIP, strip
from ferstudy.tables.predictions import Predictions

MOST_CLIPS = 8


def section(results: Results) -> Section:
    """One part per panel whose best model has test rows."""
    parts = []
    for panel in panels(results):
        rows = panel.best.own.test_rows if panel.best else None
        if rows is not None:
            parts.append(_panel(results, panel, rows))
    return Section("errors", "Errors", or_else(tuple(parts), "No best model has test rows."))


def surest_mistakes(rows: Predictions) -> Predictions:
    """The covered rows with a wrong answer, the surest first; ties by clip name. A clip stands there once."""
    wrong = np.flatnonzero(rows.covered & (rows.predicted != rows.truth))
    sure = rows.probabilities[wrong].max(1)
    order = sorted(range(len(wrong)), key=lambda i: (-sure[i], rows.clip[wrong[i]]))
    found = rows.where(wrong[order])
    return found.where(~pd.Series(found.clip).duplicated().to_numpy())


def _panel(results: Results, panel: Panel, rows: Predictions) -> Article:
    mistakes = surest_mistakes(rows)
    first = mistakes.where(np.arange(len(mistakes)) < MOST_CLIPS)
    faceless = int((~rows.covered).sum())
    wrong = int((rows.predicted != rows.truth).sum())
    summary = f"`{panel.best.name}` is wrong on {wrong} of {tested(rows)}"
    lost = "an answer" if panel.best.own.kind == "external" else "a face"
    summary += f", {faceless} of them without {lost}." if faceless else "."
    strips, pixels = _strips(results, panel.dataset, first)
    seen = f"Faces of the {count(len(strips), 'surest mistake')}"
    faces = (Details(seen, (Side("strips", strips), Text(pixels, "note"))),) if strips else (Text(pixels, "note"),)
    table = _table(results, panel, first) if len(first) else None
    if panel.best.own.labels_only:
        summary += " It answers with labels alone: its probabilities are 1, and no mistake is surer than another."
    blocks = some(Text(summary), table, *faces)
    return Article(f"errors-{panel.id}", panel.title, blocks, dataset=panel.protocol.dataset)


def _table(results: Results, panel: Panel, rows: Predictions) -> PageTable:
    position = {name: i for i, name in enumerate(rows.classes)}
    named = [(results.named(rows.clip[i]), results.named(rows.subject[i])) for i in range(len(rows))]
    return PageTable(
        id=f"errors-{panel.id}-surest",
        caption=f"Surest mistakes of {panel.best.name} on {panel.title}",
        columns=columns("Clip", "Subject", "Truth", "Answer", "#Its probability", "#That of the truth"),
        rows=tuple(
            row(clip, subject or DASH, rows.truth[i], rows.predicted[i], uar(rows.probabilities[i].max(), 2),
                uar(rows.probabilities[i, position[rows.truth[i]]], 2))
            for i, (clip, subject) in enumerate(named)
        ),
        how="Test clips with a wrong answer, by the probability of that answer. A label is somebody's judgement too: a "
        "sure mistake may be a wrong label.",
        compact=True,
    )  # fmt: skip


def _strips(results: Results, dataset: DatasetResults | None, rows: Predictions) -> tuple[tuple[Strip, ...], str]:
    shows = dataset is not None and not results.public
    wanted = [i for i in range(len(rows)) if shows and dataset.shows(rows.subject[i])]
    if not wanted:
        return (), "No face is shown: `faces_in_report` does not allow it."
    strips = some(*(strip(results, dataset, rows.clip[i], _answer(rows, i)) for i in wanted))
    if not strips:
        return (), "No face is shown: the face crops of these clips are missing."
    return strips, f"{STRIP} crops of each clip, evenly spaced in time. `faces_in_report` allows them."


def _answer(rows: Predictions, i: int) -> str:
    return f"{rows.truth[i]}, answered {rows.predicted[i]} ({uar(rows.probabilities[i].max(), 2)})"
