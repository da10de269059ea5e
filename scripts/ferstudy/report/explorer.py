"""What the ranking and the confusions of the first screen are made of: each model's answer to each test clip, once.

The page's scripts read it as JSON (html.data): templates/js/explorer.js draws from it what is asked for.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from ferstudy.report.blocks import Encoded
from ferstudy.report.commands import row_command
from ferstudy.report.explanations import MOST_STRIPS, ROW, fails, of_model
from ferstudy.report.figures import IntervalPlot
from ferstudy.report.ranking import Panel, RankedModel, value
from ferstudy.report.records import DatasetResults, Results
from ferstudy.report.seen_by_people import answers
from ferstudy.report.shown_samples import ShownSamples
from ferstudy.report.strips import crops, small_picture
from ferstudy.report.timelines import ClipMap, Timelines
from ferstudy.report.verdicts import verdict_on
from ferstudy.tables.predictions import Predictions

NO_FACE, NO_ROW = 254, 255  # answers that are no class
MOST_PICTURES = 1_150_000  # characters: as many clips have a strip as fit
MOST_PROBABILITIES = 1_500_000  # bytes over all models: as many models have theirs as fit
# The same of several settings, whose tables are long already: pictures have what all else of the explorer leaves of it.
MOST_OF_SEVERAL = 1_330_000
MOST_PROBABILITIES_OF_SEVERAL = 450_000  # in equal parts for the settings


class ExplorerClip(NamedTuple):
    """One test clip; `strip` is the place of its picture among those of the explorer, -1 for none."""

    clip: str
    subject: str
    truth: int
    strip: int
    people: str  # what people answered, such as "disgust 5, sadness 3"


class ExplorerModel(NamedTuple):
    """One model. `answers` are bytes (rounds * clips) and `probabilities` bytes (rounds * clips * classes), in base64.

    An answer is the number of a class, NO_FACE or NO_ROW; a probability is in per cent. A round is a run, or another
    fold that tests the same clips. Without test rows all are empty.
    """

    name: str
    kind: str
    best: bool
    verdict: str  # against the best baseline
    test: float | None
    development: float | None
    rounds: int
    answers: str
    probabilities: str
    command: str  # that makes its scores
    samples: ShownSamples | None
    maps: tuple[ClipMap, ...]
    maps_fail: bool  # the sanity check


@dataclass(frozen=True)
class ExplorerPanel:
    """One dataset and protocol; the rows of `plot` are `models`, in the same order."""

    id: str
    title: str
    classes: tuple[str, ...]
    clips: tuple[ExplorerClip, ...]
    models: tuple[ExplorerModel, ...]
    plot: IntervalPlot


@dataclass(frozen=True)
class Explorer:
    """The ranking of each panel, whose models and cells can be selected; `strips` and `maps` are data URIs."""

    id: str
    panels: tuple[ExplorerPanel, ...]
    strips: tuple[str, ...]
    maps: tuple[str, ...]

    @property
    def blocks(self) -> tuple[IntervalPlot, ...]:
        """The figures in it."""
        return tuple(panel.plot for panel in self.panels)


def explorer(results: Results, shown: list[tuple[Panel, IntervalPlot]]) -> Explorer:
    """The explorer of `shown`: panels with the plot of their ranking, whose rows are those of `panel.by_kind`."""
    timelines = Timelines(results, len(shown))
    clips_of = [_clips(panel) for panel, _ in shown]
    times = [
        (timelines.samples(panel, _places(clips)), timelines.maps(panel, _places(clips)))
        for (panel, _), clips in zip(shown, clips_of, strict=True)
    ]
    several = len(shown) > 1
    most = MOST_PROBABILITIES_OF_SEVERAL // len(shown) if several else MOST_PROBABILITIES
    models_of = [
        _models(results, panel, _places(clips), most, own)
        for (panel, _), clips, own in zip(shown, clips_of, times, strict=True)
    ]
    strips = Strips(results, MOST_OF_SEVERAL - _taken(results, timelines, models_of) if several else MOST_PICTURES)
    parts = []
    for (panel, plot), clips, models in zip(shown, clips_of, models_of, strict=True):
        pictures, people = strips.of(panel.dataset, _by_interest(panel, clips)), answers(results, panel.dataset)
        named = tuple(
            ExplorerClip(
                results.named(clip), results.named(subject), panel.classes.index(truth), pictures.get(clip, -1),
                people.get(clip, ""),
            )
            for clip, subject, truth in clips
        )  # fmt: skip
        title = panel.title.replace("`", "")
        parts.append(ExplorerPanel(panel.id, title, panel.classes, named, models, plot))
    return Explorer("explorer", tuple(parts), tuple(strips.pictures), tuple(timelines.pictures))


def _models(
    results: Results, panel: Panel, places: dict[str, int], room: int, over_time: tuple[dict, dict]
) -> tuple[ExplorerModel, ...]:
    """The models of a panel, by kind; those first in development have their probabilities, as many as fit in `room`."""
    found = {}
    for entry in panel.entries:
        own = over_time[0].get(entry.name), over_time[1].get(entry.name, ())
        found[entry.name] = _model(results, panel, entry, places, room, *own)
        room -= len(found[entry.name].probabilities) * 3 // 4
    return tuple(found[entry.name] for entry in panel.by_kind)


def _taken(results: Results, timelines: Timelines, models_of: list[tuple[ExplorerModel, ...]]) -> int:
    """What maps, samples, answers and probabilities of models take of the room of pictures."""
    looked_at = MOST_STRIPS + ROW * len(results.explained) if results.explained else 0
    answered = sum(len(model.probabilities) + len(model.answers) for models in models_of for model in models)
    return sum(timelines.characters.values()) + looked_at + answered


class Strips:
    """The small strips of the page, each clip's once, as long as there is room."""

    def __init__(self, results: Results, room: int):
        """`room` are the characters that they may take."""
        self.results = results
        self.pictures: list[str] = []
        self._places: dict[tuple[str, str], int] = {}
        self._left = room

    def of(self, dataset: DatasetResults | None, clips: list[tuple[str, str]]) -> dict[str, int]:
        """{clip: place of its picture} of (clip, subject), those first that are to have one before others."""
        if dataset is None or self.results.public:
            return {}
        for clip, subject in clips:
            if self._left <= 0:
                break
            if dataset.shows(subject) and (dataset.name, clip) not in self._places:
                self._add(dataset, clip)
        return {clip: place for (name, clip), place in self._places.items() if name == dataset.name}

    def _add(self, dataset: DatasetResults, clip: str) -> None:
        pixels = crops(self.results, dataset, clip)
        if pixels is not None:
            self._places[dataset.name, clip] = len(self.pictures)
            self.pictures.append(small_picture(pixels))
            self._left -= len(self.pictures[-1])


def _clips(panel: Panel) -> list[tuple[str, str, str]]:
    """(clip, subject, truth) of every clip that a model of the panel was tested on, in the order of the names."""
    tables = [entry.own.test_rows for entry in panel.entries if entry.own.test_rows is not None]
    found = {
        (clip, subject or "", truth)
        for rows in tables
        for clip, subject, truth in zip(rows.clip, rows.subject, rows.truth, strict=True)
        if truth in panel.classes
    }
    return sorted(found)


def _places(clips: list[tuple[str, str, str]]) -> dict[str, int]:
    return {clip: i for i, (clip, *_) in enumerate(clips)}


def _by_interest(panel: Panel, clips: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """(clip, subject): what the best model has wrong first, then what most models have wrong."""
    wrong: dict[str, int] = {}
    for entry in panel.entries:
        rows = entry.own.test_rows
        if rows is not None:
            weight = len(panel.entries) if panel.is_best(entry.name) else 1
            for clip in rows.clip[rows.predicted != rows.truth]:
                wrong[clip] = wrong.get(clip, 0) + weight
    return [(clip, subject) for clip, subject, _ in sorted(clips, key=lambda one: (-wrong.get(one[0], 0), one[0]))]


def _model(
    results: Results,
    panel: Panel,
    entry: RankedModel,
    places: dict[str, int],
    room: int,
    samples: ShownSamples | None,
    maps: tuple[ClipMap, ...],
) -> ExplorerModel:
    """One model; its probabilities are left out where they are more than `room` bytes, or where it has none."""
    rows = entry.own.test_rows
    answered, shares = _answers(rows, panel.classes, places)
    told = shares.size <= room and rows is not None and set(rows.classes) == set(panel.classes)
    return ExplorerModel(
        name=entry.name,
        kind=entry.kind,
        best=panel.is_best(entry.name),
        verdict=verdict_on(panel, entry.name),
        test=value(entry.test),
        development=value(entry.development),
        rounds=len(answered),
        answers=Encoded.of(answered.tobytes()),
        probabilities=Encoded.of(shares.tobytes()) if told and not entry.own.labels_only else "",
        command="" if entry.own.pattern else row_command(results, entry.own),
        samples=samples,
        maps=maps,
        maps_fail=bool((found := of_model(results, panel, entry.name)) and fails(found)),
    )


def _answers(rows: Predictions | None, classes: tuple[str, ...], places: dict[str, int]) -> tuple[np.ndarray, ...]:
    """The answers (rounds, clips) and the probabilities in per cent (rounds, clips, classes), both uint8."""
    if rows is None:
        return np.zeros((0, len(places)), "uint8"), np.zeros((0, len(places), len(classes)), "uint8")
    rows = rows.where(np.array([clip in places for clip in rows.clip], bool))
    rows = rows.where(np.lexsort((rows.fold.astype(str), rows.run)))
    rounds = pd.Series(rows.clip).groupby(rows.clip).cumcount().to_numpy()
    at = rounds, np.array([places[clip] for clip in rows.clip], int)
    shape = (int(rounds.max(initial=-1)) + 1, len(places))
    answered, shares = np.full(shape, NO_ROW, "uint8"), np.zeros((*shape, len(classes)), "uint8")
    answered[at] = [classes.index(name) if name in classes else NO_FACE for name in rows.predicted]
    known = [(i, rows.classes.index(name)) for i, name in enumerate(classes) if name in rows.classes]
    for i, column in known:
        shares[*at, i] = (100 * rows.probabilities[:, column]).round()
    return answered, shares
