"""What a score owes to the dealing of the folds, and to the number of people who train: both by option."""

from typing import NamedTuple

from ferstudy.evaluation.ladder import Step, step
from ferstudy.evaluation.noise_floor import floor
from ferstudy.evaluation.paired import Settings
from ferstudy.protocols import kinds
from ferstudy.report.blocks import PageTable, Section, TableCell, TableRow, Text, columns
from ferstudy.report.figures import IntervalPlot, Line, PlotRow
from ferstudy.report.numbers import DASH, count, interval, listed, signed, signed_interval, uar
from ferstudy.report.ranking import pick
from ferstudy.report.records import ModelResults, ProtocolResults, Results
from ferstudy.report.scales import RATE, RATE_TICKS
from ferstudy.tables.scores import ScoreRow

FLOOR = (
    "The folds of a protocol were dealt again by other seeds, and the model trained and tested on each: the same data, "
    "the same model, other folds."
)
CURVE = (
    "The model was trained on fewer of each fold's training people, the same ones and some more from row to row; "
    "validation and test clips are the same in all rows."
)


class TrainedOn(NamedTuple):
    """A model that is trained on so many people; 0: on all."""

    people: int
    own: ModelResults
    score: ScoreRow | None


def section(results: Results) -> Section | None:
    """The noise floor and the learning curve; None where neither was asked for."""
    blocks = (*_floors(results), *_curves(results))
    return Section("stability", "Other folds, fewer people", blocks) if blocks else None


# ---- other folds
def _floors(results: Results) -> tuple:
    again = [own for own in results.beside if own.kind == "dealing"]
    of = results.study.dealings
    cells = dict.fromkeys((own.dataset, of[own.protocol], own.model) for own in again)
    texts, rows = [], []
    for dataset, protocol, model in cells:
        own = next(
            one for one in results.models if (one.dataset, one.protocol, one.model) == (dataset, protocol, model)
        )
        dealt = [
            own,
            *(one for one in again if (one.dataset, of[one.protocol], one.model) == (dataset, protocol, model)),
        ]
        found = [pick(one.scores, "test", "uar") for one in dealt]
        text, row = _floor(own, [score.value for score in found if score], len(dealt))
        texts += [Text(text)] * bool(text)
        rows.append(row)
    if not rows:
        return ()
    table = PageTable(
        id="noise-floor",
        caption="The noise floor: the same model under other folds",
        columns=columns("Model", "Setting", "#As dealt", "#Dealings", "#Mean", "#Deviation", "#Lowest", "#Highest",
                        "#Two apart by"),
        rows=tuple(rows),
        how="Test UAR. Two apart by: what the scores of two dealings differ by at most in 19 of 20 cases, by the "
        "deviation and the t distribution. All dealings share their people, so that other people would differ more.",
        compact=True,
    )  # fmt: skip
    return (Text(FLOOR), *texts, table)


def _floor(own: ModelResults, scores: list[float], planned: int) -> tuple[str, TableRow]:
    names = (TableCell(f"`{own.model}`"), TableCell(f"`{own.dataset}` `{own.protocol}`"))
    first = pick(own.scores, "test", "uar")
    dealings = f"{len(scores)} of {planned}" if len(scores) < planned else str(planned)
    start = (*names, TableCell(uar(first and first.value)), TableCell(dealings))
    told = floor(scores)
    if told is None:
        return "", TableRow((*start, *[TableCell(DASH)] * 5), "hole")
    text = (
        f"Over {len(scores)} dealings `{own.model}` on `{own.dataset}`, `{own.protocol}` has a test UAR of "
        f"{uar(told.mean)} ± {uar(told.deviation)} ({uar(told.low)} to {uar(told.high)}): scores of two studies that "
        f"differ in their folds alone may be {uar(told.apart)} apart, and less than that tells no two models apart."
    )
    return text, TableRow((*start, *(TableCell(uar(value)) for value in told)))


# ---- fewer people
def _curves(results: Results) -> tuple:
    fewer = [own for own in results.beside if own.kind == "curve"]
    told = results.study.beside
    blocks: list = []
    for dataset, protocol, model in dict.fromkeys((own.dataset, own.protocol, told[own.model].base) for own in fewer):
        place = (dataset, protocol)
        own = next(one for one in results.models if (one.dataset, one.protocol, one.model) == (*place, model))
        models = [(told[one.model].people, one) for one in fewer
                  if (one.dataset, one.protocol, told[one.model].base) == (*place, model)]  # fmt: skip
        rows = [
            TrainedOn(people, one, pick(one.scores, "test", "uar"))
            for people, one in [*sorted(models, key=lambda pair: pair[0]), (0, own)]
        ]
        protocols = next(one for one in results.protocols if (one.dataset, one.protocol) == place)
        blocks += _curve(results, rows, protocols)
    return (Text(CURVE), *blocks) if blocks else ()


def _curve(results: Results, rows: list[TrainedOn], protocol: ProtocolResults) -> list:
    own, everyone = rows[-1].own, _people(results, protocol)
    rows = [row for row in rows if row.people < everyone[0] or not everyone[1]]
    at = f"{own.dataset}-{own.protocol}-{own.model}"
    title = f"`{own.model}` on `{own.dataset}`, `{own.protocol}`"
    steps = [_gain(results, rows[-1], row) for row in rows]
    table = PageTable(
        id=f"learning-curve-{at}",
        caption=f"Training people: {title}",
        columns=columns("Training people", "#Test UAR", "#95 % interval", "#All against these", "#95 % interval"),
        rows=tuple(_row(row, gain, everyone) for row, gain in zip(rows, steps, strict=True)),
        how="All against these: the test UAR with all training people minus that with so many, on the same test clips, "
        "with its paired interval over test people.",
        compact=True,
    )
    plot = IntervalPlot(
        id=f"people-{at}",
        title=f"Test UAR by training people: {title}",
        axis="test UAR",
        ticks=RATE_TICKS,
        lines=(Line(RATE.at(1 / len(results.study.classes(own.dataset))), "chance", "chance"),),
        rows=tuple(_plotted(row, everyone) for row in rows),
        how="Dot: test UAR; bar: its 95 % interval over test people.",
    )
    return [Text(_verdict(rows, steps, title)), table, plot]


def _people(results: Results, protocol: ProtocolResults) -> tuple[int, str]:
    """The most training people of a fold that is tested, and all of them in words; (0, "") where that is unknown."""
    dataset = results.dataset(protocol.dataset)
    unit = {clip.clip: clip.unit for clip in (dataset.clips if dataset else None) or []}
    numbers = [
        len({unit[name] for name in roles["train"]}) for roles in (protocol.folds or {}).values() if roles["test"]
    ]
    if not numbers:
        return 0, ""
    return max(numbers), f"all, {min(numbers)}" + (f" to {max(numbers)}" if max(numbers) > min(numbers) else "")


def _gain(results: Results, whole: TrainedOn, row: TrainedOn) -> Step | None:
    rows, other = whole.own.test_rows, row.own.test_rows
    if (
        row is whole
        or rows is None
        or other is None
        or kinds.scored(results.study.protocols[row.own.protocol]) != "pooled"
    ):
        return None
    told = results.study.config["evaluation"]
    found = step(rows, other, Settings(resamples=told["resamples"], seed=told["seed"]))
    return found if isinstance(found, Step) else None


def _row(row: TrainedOn, gain: Step | None, everyone: tuple[int, str]) -> TableRow:
    known, score = gain is not None, row.score
    cells = (
        str(row.people or everyone[1] or "all"), uar(score and score.value),
        interval(score.low, score.high) if score else DASH, signed(gain.worth) if known else DASH,
        signed_interval(gain.low, gain.high) if known else DASH,
    )  # fmt: skip
    return TableRow(tuple(map(TableCell, cells)), "" if score else "hole")


def _plotted(row: TrainedOn, everyone: tuple[int, str]) -> PlotRow:
    score, label = row.score, f"{row.people or everyone[1] or 'all'} people"
    if score is None:
        return PlotRow(label, "", "missing", "dot", "muted", None)
    text = f"{uar(score.value)} ({interval(score.low, score.high)})"
    mark = RATE.mark(score.value, score.low, score.high)
    return PlotRow(label, "", text, "dot", "plain" if row.people else "best", mark)


def _verdict(rows: list[TrainedOn], steps: list[Step | None], title: str) -> str:
    """Whether the last people that were added have helped, as far as this study can tell."""
    known = [(row.people, gain) for row, gain in zip(rows, steps, strict=True) if gain]
    if not known:
        return f"{title}: whether more training people help cannot be told here; the scores stand below."
    last, gain = known[-1]
    told = f"{signed(100 * gain.worth, 1)} points"
    bounds = [None if bound is None else 100 * bound for bound in (gain.low, gain.high)]
    told += f" ({signed_interval(*bounds, 1)})" if None not in bounds else ""
    if gain.separable and gain.worth > 0:
        return (
            f"{title}: more people help. From {count(last, 'training person', 'training people')} to all, the score "
            f"rises by {told}; the curve still goes up, so that still more people would be worth recording."
        )
    helped = [people for people, one in known if one.separable and one.worth > 0]
    before = f" All are better than {listed([str(people) for people in helped])}." if helped else ""
    return (
        f"{title}: from {count(last, 'training person', 'training people')} to all, the score changes by {told}, which "
        f"is not separable from nothing.{before} This study does not show that more people would help."
    )
