"""Test scores by sex, age band and ethnicity, and how far a group is from all others, with intervals over people.

Under 10 people a group is counted and not scored.
"""

import math

import numpy as np

from ferstudy.evaluation import intervals, metrics
from ferstudy.evaluation.intervals import BOOTSTRAP_FROM, Interval
from ferstudy.evaluation.measures import sums
from ferstudy.evaluation.scoring import RESAMPLES, score_rows
from ferstudy.evaluation.units import units_of
from ferstudy.protocols.people import COLUMNS, facts
from ferstudy.tables.clips import Clip
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.scores import WHOLE

DIFFERENCE_RANGE = (-1.0, 1.0)


def subgroup_rows(test: Predictions, clips: list[Clip], evaluation: dict) -> list[tuple]:
    """Tuples of the columns of ScoreRow after "model", for pooled `test` rows: a group is "<column>: <value>".

    "group_uar": the UAR of the group's clips, over the classes that it shows. "group_difference": that of the group
    minus that of everyone else whose value is known, over the classes that both show; where there are two groups, of
    the first alone. The values of people who are tied (twins) count clip by clip.
    """
    of = {clip.clip: clip for clip in clips}
    found = []
    for column in COLUMNS:
        value = {name: "".join(facts([clip], column)) for name, clip in of.items()}
        values = np.array([value[name] for name in test.clip], dtype=object)
        names = sorted(set(values) - {""})
        if len(names) < 2:
            continue
        known = test.where(values != "")
        inside = {name: values[values != ""] == name for name in names}
        scored = {name: _people(known.where(own)) >= BOOTSTRAP_FROM for name, own in inside.items()}
        for name, own in inside.items():
            found.append(_score(known.where(own), f"{column}: {name}", evaluation, scored[name]))
        differing = names[:1] if len(names) == 2 else names
        for name in differing:
            own = inside[name]
            if scored[name] and _people(known.where(~own)) >= BOOTSTRAP_FROM:
                found.append(_difference(known, own, f"{column}: {name}", evaluation))
    return found


def _people(rows: Predictions) -> int:
    return units_of(rows.subject, rows.clip).number


def _score(rows: Predictions, label: str, evaluation: dict, scored: bool) -> tuple:
    """The UAR of one group; its counts alone where it is too small."""
    if scored:
        plain = {key: evaluation[key] for key in ("resamples", "seed") if key in evaluation}
        (row,) = [row for row in score_rows(rows, "test", plain) if (row[0], row[3]) == ("mean", "uar")]
        return ("mean", "test", WHOLE, "group_uar", label, *row[5:])
    people, clips = units_of(rows.subject, rows.clip), len(set(rows.clip))
    reason = intervals.none(f"{people.noun}, a group is scored from {BOOTSTRAP_FROM} on")
    return ("mean", "test", WHOLE, "group_uar", label, math.nan, *reason, people.subjects, clips)


def _difference(rows: Predictions, inside: np.ndarray, label: str, evaluation: dict) -> tuple:
    """The UAR of the rows `inside` a group minus that of the others; people are drawn within either."""
    sides = [rows.where(inside), rows.where(~inside)]
    shared = set(sides[0].truth) & set(sides[1].truth)
    sides = [side.where(np.isin(side.truth, list(shared))) for side in sides]
    values, drawn, units = [], [], []
    for number, side in enumerate(sides):
        runs, run = np.unique(side.run, return_inverse=True)
        own = units_of(side.subject, side.clip)
        (tensor, *_) = sums(side, {}, own, run, len(runs))
        seed = evaluation.get("seed", 1) + number  # two groups of people are drawn apart from each other
        (draws,) = intervals.resample([tensor], evaluation.get("resamples", RESAMPLES), seed)
        values.append(float(metrics.uar_of(tensor.sum(0)).mean()) if shared else math.nan)
        drawn.append(metrics.uar_of(draws).mean(1))
        units.append(own)
    subjects, clips = sum(one.subjects for one in units), len(set(rows.clip))
    if not shared:
        known = intervals.none("the groups show no class in common")
    else:
        low, high = intervals.expanded(drawn[0] - drawn[1], min(one.number for one in units), DIFFERENCE_RANGE)
        caution = next((f"; {one.caution}" for one in units if one.caution), "")
        text = f"expanded bootstrap over {units[0].noun} and {units[1].noun}, {len(drawn[0])} resamples{caution}"
        known = Interval(low, high, text)
    return ("mean", "test", WHOLE, "group_difference", label, values[0] - values[1], *known, subjects, clips)
