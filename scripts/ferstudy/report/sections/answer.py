"""The first screen: what was asked, what was found, how sure, how clean, at what cost."""

import math

from ferstudy import paths
from ferstudy.report.blocks import Fact, Facts, Lead, Section, Term, Terms, Text, some
from ferstudy.report.certainty import sure
from ferstudy.report.explorer import explorer
from ferstudy.report.numbers import count, duration, interval, known, listed, memory, signed, uar
from ferstudy.report.ranking import Panel, RankedModel, panels, value
from ferstudy.report.records import Results, lacking
from ferstudy.report.sections import rankings
from ferstudy.report.sections.cost import Spent, spent
from ferstudy.report.sentences import MOST_PANELS, lead, subjects
from ferstudy.report.verdicts import audited, challenger, claim, smallest_gain, verdict_on

UAR = (
    "UAR, the unweighted average recall, is the share of each class's clips that is named right, averaged over the "
    "classes: a frequent class counts no more than a rare one. Development scores choose, test scores report."
)


def section(results: Results) -> Section:
    """The first screen of the study."""
    planned, cost = panels(results), spent(results)
    scored = [panel for panel in planned if any(entry.test or entry.apart for entry in panel.entries)]
    said = (
        Term("How sure", sure(scored)),
        Term("Clean", _clean(results, planned)),
        Term("Cost", _cost(cost)),
        Term("Complete", _complete(results)),
    )
    facts = Facts((*_score_facts(scored), _clean_fact(planned), _cost_fact(cost)))
    drawn = [(panel, rankings.plot(panel)) for panel in scored]
    shown = explorer(results, drawn) if drawn else None
    uar_told = Text(UAR, "note") if scored else None
    blocks = some(Lead(lead(scored, len(planned))), uar_told, facts, rankings.settings_map(scored), shown, Terms(said))
    return Section("answer", "Answer", blocks, quiet=True)


def _score_facts(scored: list[Panel]) -> tuple[Fact, ...]:
    if len(scored) != 1:
        return tuple(_panel_fact(panel) for panel in scored[:MOST_PANELS])
    panel = scored[0]
    best = panel.best
    if best is None or best.test is None:
        return (_panel_fact(panel),)
    gain = _gain_fact(panel, best)
    return (
        Fact(
            "Best in development", f"`{best.name}`", f"{best.kind}, development UAR {uar(value(best.development), 2)}"
        ),
        Fact(
            "Test UAR",
            uar(best.test.value, 2),
            panel.protocol.leak or _bounds(best),
            "bad" if panel.protocol.leak else "",
        ),
        gain,
    )


def _bounds(best: RankedModel) -> str:
    """The interval of a test score, and of how many people it is."""
    test = best.test
    return f"{interval(test.low, test.high, 2) if known(test.low, test.high) else 'no interval'}, {subjects(best)}"


def _gain_fact(panel: Panel, best: RankedModel) -> Fact:
    """The best network or fusion against the baseline that comes closest to it."""
    if panel.protocol.withheld:
        return Fact("Over the baseline", "withheld", panel.protocol.leak, "bad")
    name = challenger(panel)
    gap = smallest_gain(panel, name)
    if gap is None:
        return Fact("Over the baseline", "not tested", "no paired difference")
    hardest = claim(panel, name).get("reference") or gap["reference"]  # that it is least surely above
    told = {"better": "better than every baseline", "worse": f"worse than `{gap['reference']}`"}
    verdict = verdict_on(panel, name)
    label = "Over the baseline" if name == best.name else f"`{name}` over baselines"
    note = told.get(verdict, f"undecided: not separable from `{hardest}`")
    if panel.protocol.leak:
        return Fact(label, signed(gap["difference"], 2), f"{note}; {panel.protocol.leak}", "bad")
    return Fact(label, signed(gap["difference"], 2), note, {"better": "good", "worse": "bad"}.get(verdict, "warn"))


def _panel_fact(panel: Panel) -> Fact:
    best = panel.best
    label = f"UAR on `{panel.protocol.dataset}`, `{panel.protocol.protocol}`"
    if best is None or best.test is None:
        return Fact(label, "no best", "see the results")
    note = f"`{best.name}`: {_bounds(best)}"
    if panel.protocol.leak:
        return Fact(label, uar(best.test.value, 2), f"`{best.name}`: {panel.protocol.leak}", "bad")
    return Fact(label, uar(best.test.value, 2), note)


def _clean_fact(panels: tuple[Panel, ...]) -> Fact:
    found = audited(panels)
    checked = [panel for panel in panels if panel.protocol.audit]
    if not checked:
        return Fact("Protocol", "not audited", "no audit of this config", "warn")
    parts = [f"{found['pass']} checks pass"]
    parts += [count(found["warning"], "warning")] if found["warning"] else []
    parts += [f"{found['unknown']} unknown"] if found["unknown"] else []
    note = ", ".join(parts)
    if found["leak"]:
        return Fact("Protocol", count(found["leak"], "leak"), note, "bad")
    unrun = sum(panel.protocol.run_audit is None for panel in checked)
    note += f", what was run is not audited in {unrun} of {len(panels)}" if unrun else ""
    whole = len(checked) == len(panels)
    note += "" if whole else f", {len(panels) - len(checked)} of {len(panels)} not audited"
    findings = [item for panel in checked for item in panel.protocol.audit["findings"]]
    if any(item["check"] == "subjects" and item["status"] == "unknown" for item in findings):
        return Fact("Protocol", "subjects unknown", f"no leak found; {note}", "warn")
    return Fact("Protocol", "no leak", note, "good" if whole and not unrun else "warn")


def _cost_fact(cost: Spent) -> Fact:
    if not cost.jobs:
        return Fact("Cost", "not measured", "no benchmark file was found")
    return Fact("Cost", duration(cost.cpu_seconds), f"of CPU time in {count(cost.jobs, 'job')}")


def _clean(results: Results, panels: tuple[Panel, ...]) -> tuple[str, ...]:
    texts = []
    for panel in panels:
        audit = panel.protocol.audit
        if audit is None:
            file = paths.audit(panel.protocol.dataset, panel.protocol.protocol, "json")
            texts.append(f"{panel.title}: not audited, the file is {results.why(file)}.")
            continue
        found = audited((panel,))
        parts = [f"{found['pass']} of {sum(found.values())} checks pass"]
        parts += [count(found["leak"], "leak")] if found["leak"] else ["no leak found"]
        parts += [count(found["warning"], "warning")] if found["warning"] else []
        parts += [f"{found['unknown']} cannot be known"] if found["unknown"] else []
        tail = f" {panel.protocol.leaking}: every score wears the badge." if panel.protocol.leak else ""
        tail += "" if panel.protocol.run_audit else " What was trained and fused is not audited."
        texts.append(f"{panel.title}: {', '.join(parts)}.{tail}")
    if results.touched:
        names = listed([f"`{name}`" for name in results.touched])
        texts.append(
            f"Models of {names} were made by other code than the present one (`snakemake --touch` accepted it)."
        )
    return tuple(texts) or ("No protocol was planned.",)


def _cost(cost: Spent) -> tuple[str, ...]:
    if not cost.jobs:
        return ("Not measured: no benchmark file was found.",)
    text = f"{duration(cost.cpu_seconds)} of CPU time, {duration(cost.seconds)} of job time, {count(cost.jobs, 'job')}"
    peak = f"; the largest job held {memory(cost.peak_mb)} ({cost.peak_rule})" if math.isfinite(cost.peak_mb) else ""
    return (f"{text}{peak}.",)


def _complete(results: Results) -> tuple[str, ...]:
    done = sum(own.scores is not None and not own.holes for own in results.cells)
    planned = count(len(results.cells), "planned cell is", "planned cells are")
    texts = [f"{done} of {planned} whole"]
    texts[0] += (
        f", {count(len(results.study.skips), 'cell was', 'cells were')} skipped for a stated reason."
        if results.study.skips
        else "."
    )
    if results.holes:
        texts.append(f"{lacking(results.holes, 'file is', 'files are')}: see what ran.")
    return tuple(texts)
