"""How sure the answer is: on how many people, what cannot be told apart, what the tests could not have told."""

from ferstudy.report.numbers import count, known, listed, p_value, signed, signed_interval, uar
from ferstudy.report.ranking import Panel
from ferstudy.report.sentences import MOST_PANELS, subjects
from ferstudy.report.verdicts import LEVEL, challenger, corrected_p, models, smallest_gain, smallest_possible_p, units


def sure(scored: list[Panel]) -> tuple[str, ...]:
    """How sure the answer is: on how many people, what cannot be told apart, what the tests could not have told."""
    texts = []
    for panel in scored[:MOST_PANELS]:
        texts += _sure_of(panel)
    if scored and not texts:
        return ("No model is called best, so that none is compared with it.",)
    return tuple(texts) or ("Nothing can be said before there is a test score.",)


def _sure_of(panel: Panel) -> list[str]:
    best, compare = panel.best, panel.compare
    on = f"On {panel.title}: "
    texts = []
    if best is not None and best.test is not None:
        texts.append(f"{on}{subjects(best)}; interval: {best.test.interval or 'not stated'}.")
    others = panel.by_rank(compare.get("not_separable_from_best"), without=panel.best)
    tested = len((compare.get("against_best") or {}).get("differences") or [])
    if panel.protocol.leak:
        about = "interval and tests say" if best is not None and tested else "an interval says"
        texts.append(f"{on}{panel.protocol.leaking}: {about} nothing of new people.")
    if panel.protocol.withheld:
        return texts
    if best is not None and tested:
        text = f"{on if best.test is None else ''}Of {count(tested, 'other model')} tested against `{best.name}`, "
        cannot = "none can" if len(others) == tested else f"{len(others)} cannot"
        told = f"{cannot} be told apart from it: {listed([f'`{name}`' for name in others])}."
        text += told if others else "every one is separable from it."
        texts.append(text)
    texts += _baseline_sentence(panel)
    if compare.get("caution"):
        texts.append(f"Caution: {compare['caution']}")
    return texts


def _baseline_sentence(panel: Panel) -> list[str]:
    """The gain of the best model over the baseline that comes closest, and whether the test could have told."""
    name = challenger(panel)
    gap = smallest_gain(panel, name)
    if gap is None:
        return []
    whose = "Its gain" if name == panel.best.name else f"The gain of the best network, `{name}`,"
    bounds = signed_interval(gap.get("low"), gap.get("high"), 2)
    sure = f" (95 % interval {bounds}, not corrected for the number of tests)" if known(gap.get("low")) else ""
    gain = signed(gap["difference"], 2)
    text = f"{whose} over the baseline `{gap['reference']}` is {gain}{sure}; "
    text += f"above every baseline: {corrected_p(panel, name)}."
    floor = smallest_possible_p(panel)
    if floor >= LEVEL:
        text += (
            f" With {units(panel)} and {models(panel)} no corrected p can fall below {p_value(floor)}: the test could "
            "not have told any model apart, however good."
        )
    elif not gap.get("separable") and known(gap.get("detectable")):
        seen = uar(gap["detectable"], 2)
        text += f" One test over {units(panel)} with this spread sees a difference of {seen} in about 8 of 10 studies."
    return [text]
