"""What the paired tests of a comparison allow to be said, and what they could not have told."""

from ferstudy.report.numbers import count, p_value
from ferstudy.report.ranking import Panel, RankedModel

LEVEL = 0.05


def against_baselines(panel: Panel) -> dict:
    """The family of differences between models and baselines; empty where nothing was compared."""
    return panel.compare.get("against_references") or {}


def models(panel: Panel) -> str:
    """How many models the claim "above every baseline" is corrected for, as "5 models"."""
    return count(against_baselines(panel).get("family") or 0, "model")


def claim(panel: Panel, model: str) -> dict:
    """The claim that `model` is above every baseline; empty where nothing was compared."""
    return next((one for one in against_baselines(panel).get("claims") or [] if one["model"] == model), {})


def units(panel: Panel) -> str:
    """What is resampled and flipped, as "8 test subjects"."""
    if panel.compare.get("unit") == "clips":
        return count(panel.compare.get("clips") or 0, "test clip")
    return count(panel.compare.get("subjects") or 0, "test subject")


def smallest_possible_p(panel: Panel) -> float:
    """The smallest corrected p that a sign-flip test over these subjects can give; 0 where that is no limit.

    With n subjects there are 2^n sign patterns, and the two that are most extreme always count: p >= 2 / 2^n. Holm
    multiplies the smallest p by the number of models; the number of baselines counts for nothing.
    """
    family = against_baselines(panel)
    differences, subjects = family.get("differences") or [], panel.compare.get("subjects") or 0
    if panel.compare.get("unit") != "subjects" or not subjects or not differences:
        return 0.0
    return min(1.0, 2.0 ** (1 - subjects) * (family.get("family") or 0))


def challenger(panel: Panel) -> str:
    """The model whose gain over the baselines is told: the best one, or the best network where a baseline did best."""
    if panel.best is None or not panel.best.own.baseline:
        return panel.best.name if panel.best else ""
    networks = [entry.name for entry in panel.entries if entry.kind == "model" and entry.test]
    return networks[0] if networks else ""


def smallest_gain(panel: Panel, model: str) -> dict | None:
    """The difference of `model` against the baseline that comes closest to it; None where there is none."""
    own = [
        item
        for item in panel.in_order(against_baselines(panel).get("differences"))
        if item["model"] == model and item.get("difference") is not None
    ]
    return min(own, key=lambda item: item["difference"], default=None)


def yardstick(panel: Panel) -> RankedModel | None:
    """The baseline that models are held against: the best one in development that has a test score."""
    return next((entry for entry in panel.baselines if entry.test), None)


def verdict_on(panel: Panel, model: str) -> str:
    """ "better": above every baseline; "worse": below the best one in development; "undecided"; "" where untested.

    Of a protocol with a leak that nobody accepted there is no verdict either.
    """
    if panel.protocol.withheld or panel.entry(model) is None or panel.entry(model).own.baseline:
        return ""
    if model in (panel.compare.get("separable_from_baseline") or []):
        return "better"
    own = [item for item in against_baselines(panel).get("differences") or [] if item["model"] == model]
    best = yardstick(panel)
    below = [item for item in own if best and item["reference"] == best.name and item.get("separable")]
    if any(item["difference"] < 0 for item in below):
        return "worse"
    return "undecided" if own else ""


def corrected_p(panel: Panel, model: str) -> str:
    """The p of the claim that `model` is above every baseline, with the name of its correction."""
    p = p_value(claim(panel, model).get("p_holm"))
    return f"p {p}, Holm".replace("p <", "p\u00a0<") if p.startswith("<") else f"p\u00a0=\u00a0{p}, Holm"


def audited(panels: tuple[Panel, ...]) -> dict[str, int]:
    """How many findings of the audits have each status, over all protocols."""
    found = {"pass": 0, "warning": 0, "leak": 0, "unknown": 0}
    for panel in panels:
        for finding in (finding for audit in panel.protocol.audits for finding in audit.get("findings", [])):
            found[finding["status"]] = found.get(finding["status"], 0) + 1
    return found
