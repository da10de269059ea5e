"""What the study cost, from Snakemake's benchmark files."""

import math
from dataclasses import dataclass

from ferstudy.report import figures
from ferstudy.report.blocks import Table, columns, row
from ferstudy.report.figures import Bar
from ferstudy.report.load import Run
from ferstudy.report.numbers import DASH, count, duration, memory


@dataclass(frozen=True)
class Cost:
    """Sums over all jobs, and the table per rule."""

    jobs: int
    cpu_seconds: float
    seconds: float
    peak_mb: float
    peak_rule: str
    bars: tuple[Bar, ...]
    table: Table | None
    unmeasured: str


def _total(values: list[float]) -> float:
    return math.fsum(value for value in values if math.isfinite(value))


def cost(runs: list[Run]) -> Cost:
    """The cost of `runs`, rules by CPU time, the dearest first."""
    rules: dict[str, list[Run]] = {}
    for run in runs:
        rules.setdefault(run.rule, []).append(run)
    spent = {rule: _total([run.cpu_seconds for run in own]) for rule, own in rules.items()}
    order = sorted(rules, key=lambda rule: -spent[rule])
    peaks = [run for run in runs if math.isfinite(run.peak_mb)]
    peak = max(peaks, key=lambda run: run.peak_mb, default=None)
    short = sum(not math.isfinite(run.cpu_seconds) for run in runs)
    return Cost(
        jobs=len(runs),
        cpu_seconds=_total([run.cpu_seconds for run in runs]),
        seconds=_total([run.seconds for run in runs]),
        peak_mb=peak.peak_mb if peak else math.nan,
        peak_rule=f"`{peak.rule}`" if peak else "",
        bars=figures.bars([(rule, spent[rule], _cpu(rules[rule])) for rule in order]),
        table=_table(rules, order) if runs else None,
        unmeasured=f"{count(short, 'job was', 'jobs were')} too short for Snakemake to measure." if short else "",
    )


def _cpu(runs: list[Run]) -> str:
    """The CPU time of `runs`; a dash where none was measured."""
    return (
        duration(_total([run.cpu_seconds for run in runs]))
        if any(math.isfinite(run.cpu_seconds) for run in runs)
        else DASH
    )


def _table(rules: dict[str, list[Run]], order: list[str]) -> Table:
    rows = []
    for rule in order:
        runs = rules[rule]
        peak = max((run.peak_mb for run in runs if math.isfinite(run.peak_mb)), default=math.nan)
        wall = _total([run.seconds for run in runs])
        rows.append(row(f"`{rule}`", str(len(runs)), _cpu(runs), duration(wall), memory(peak)))
    return Table(
        id="cost-rules",
        caption="Cost of each rule",
        columns=columns("Rule", "#Jobs", "#CPU time", "#Job time", "#Peak memory"),
        rows=tuple(rows),
        how="CPU time counts all threads of a job; job time is what its jobs would take one after another; memory is "
        "the "
        "largest resident set of one job. From the benchmark files, so a job that was not run again keeps its old "
        "cost.",
        compact=True,
    )
