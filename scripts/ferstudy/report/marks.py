"""How a model, and a difference between two, is drawn in an interval plot."""

from ferstudy.report import scales
from ferstudy.report.figures import Line, PlotRow
from ferstudy.report.numbers import interval, known, signed, uar
from ferstudy.report.ranking import Panel, RankedModel, value
from ferstudy.report.scales import RATE, Scale


def chance_line(panel: Panel, scale: Scale = RATE) -> tuple[Line, ...]:
    """The line of chance, where the number of classes is known."""
    if not known(panel.chance):
        return ()
    return (Line(scale.at(panel.chance), f"chance {uar(panel.chance, 2)}", "chance"),)


def score_row(entry: RankedModel, panel: Panel, note: str, scale: Scale = RATE) -> PlotRow:
    """One model's test UAR with its interval; a hole where it has no test score."""
    tone = "muted" if panel.was_left(entry) else "baseline" if entry.own.baseline else "plain"
    score = entry.test
    if score is None:
        return PlotRow(entry.name, note, "no score", entry.shape, "hole", None)
    text = uar(score.value)
    if known(score.low):
        text += f" ({interval(score.low, score.high, 2)})"
    mark = scale.mark(score.value, score.low, score.high, value(entry.development))
    return PlotRow(entry.name, note, text, entry.shape, "best" if panel.is_best(entry.name) else tone, mark)


def difference_scale(items: list[dict]) -> tuple[Scale, tuple[scales.Tick, ...]]:
    """An axis around zero that is wide enough for differences with their intervals, and its ticks."""
    reach = [item.get(key) for item in items for key in ("difference", "low", "high")]
    return scales.differences([number for number in reach if known(number)])


def difference_row(item: dict, scale: Scale, shape: str, tone: str) -> PlotRow:
    """One difference of test UAR with its interval and its verdict."""
    text = f"{signed(item['difference'])}, {verdict(item).removeprefix('separable: ')}"
    mark = scale.mark(item["difference"], item.get("low"), item.get("high"))
    return PlotRow(item["model"], f"over {item['reference']}", text, shape, tone, mark)


def power(item: dict) -> str:
    """What a test that found nothing would have seen, and, where that is asked, whether the models are equivalent."""
    told = []
    if not item.get("separable") and known(item.get("detectable")):
        told.append(f"would have seen {uar(item['detectable'], 2)}")
    if item.get("margin"):
        answer = {True: "yes", False: "no"}.get(item.get("equivalent"), "no interval to say")
        told.append(f"equivalent within {item['margin']:g}: {answer}")
    return "; ".join(told)


def verdict(item: dict) -> str:
    """What the test says of a difference, and in whose favour."""
    if not item.get("separable"):
        return "not separable"
    return "separable: better" if item["difference"] > 0 else "separable: worse"
