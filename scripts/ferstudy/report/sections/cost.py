"""What the study cost, from Snakemake's benchmark files."""

from dataclasses import dataclass

import pandas as pd

from ferstudy.report import figures
from ferstudy.report.blocks import Details, PageTable, Section, Text, columns, or_else, row, some
from ferstudy.report.numbers import count, duration, memory
from ferstudy.report.records import Results
from ferstudy.report.sections import asked_and_used, externals, model_cost

HOW = (
    "CPU time counts all threads of a job; job time is what its jobs would take one after another; memory is the "
    "largest resident set of one job. From the benchmark files, so a job that was not run again keeps its old cost."
)
MOST_BARS = 9
HOLE = "No benchmark file was found, so nothing is said about the cost."


@dataclass(frozen=True)
class Spent:
    """Sums over all jobs; NaN where nothing was measured."""

    jobs: int
    cpu_seconds: float
    seconds: float
    peak_mb: float
    peak_rule: str


def spent(results: Results) -> Spent:
    """What all jobs took together, and the largest of them."""
    jobs = results.jobs
    peak = jobs.loc[jobs["max_rss"].idxmax()] if jobs["max_rss"].notna().any() else None
    return Spent(
        jobs=len(jobs),
        cpu_seconds=float(jobs["cpu_time"].sum()),
        seconds=float(jobs["s"].sum()),
        peak_mb=float("nan") if peak is None else float(peak["max_rss"]),
        peak_rule="" if peak is None else f"`{peak['rule']}`",
    )


def section(results: Results) -> Section:
    """The cost of each rule by CPU time, the dearest first."""
    jobs = results.jobs
    rules = jobs.groupby("rule").agg(
        jobs=("s", "size"), cpu=("cpu_time", lambda own: own.sum(min_count=1)), s=("s", "sum"), peak=("max_rss", "max")
    )
    rules = rules.sort_values(["cpu", "rule"], ascending=[False, True], na_position="last")
    short = int(jobs["cpu_time"].isna().sum())
    note = f"{count(short, 'job was', 'jobs were')} too short for Snakemake to measure." if short else ""
    blocks = (
        figures.bars("cost", "CPU time by rule", _bars(rules)),
        Details("Jobs, job time and memory of each rule", (_table(rules),)),
        *some(note and Text(note, "note")),
    )
    whole = or_else(blocks if len(jobs) else (), HOLE) + asked_and_used.blocks(results) + some(externals.cost(results))
    return Section("cost", "Cost", (*model_cost.articles(results), *whole))


def _bars(rules: pd.DataFrame) -> list[tuple[str, float, str]]:
    """The dearest rules, and what the others took together."""
    cpu = rules["cpu"].fillna(0.0)
    first = len(cpu) if len(cpu) <= MOST_BARS else MOST_BARS - 1
    bars = [(name, value, duration(rules["cpu"][name])) for name, value in cpu[:first].items()]
    rest = cpu[first:]
    return [*bars, (f"{len(rest)} others", rest.sum(), duration(rest.sum()))] if len(rest) else bars


def _table(rules: pd.DataFrame) -> PageTable:
    return PageTable(
        id="cost-rules",
        caption="Cost of each rule",
        columns=columns("Rule", "#Jobs", "#CPU time", "#Job time", "#Peak memory"),
        rows=tuple(
            row(f"`{own.Index}`", str(own.jobs), duration(own.cpu), duration(own.s), memory(own.peak))
            for own in rules.itertuples()
        ),
        how=HOW,
        compact=True,
    )
