"""What the jobs of a SLURM cluster asked for beside what they used, by its accounting (decision 101)."""

import math

from ferstudy.report.blocks import Details, PageTable, TableCell, TableRow, Text, columns, some
from ferstudy.report.numbers import DASH, count, duration, known, listed, percent
from ferstudy.report.records import Results
from ferstudy.study.efficiency import Group, advice

HOW = (
    "By `sacct`, of the last run that sent a job to SLURM, with each of its attempts; under it what was asked for, and "
    "beside it what Snakemake's benchmarks measured of the same jobs. Memory is that of the largest job, with the "
    "processes of Snakemake that run beside its command; SLURM looks every 30 s by default, so it misses peaks of "
    "shorter jobs. Cores in use are CPU time / (elapsed time × cores), over all jobs. The page's own job is left out."
)
SHOWN = 5  # sentences of advice


def blocks(results: Results) -> tuple:
    """A table by groups of jobs and a sentence where much was asked for and little used; nothing without SLURM."""
    found = [group for group in results.accounted if group.jobs]
    unknown = sum(group.unknown for group in results.accounted)
    if not found:
        said = f"SLURM ran {count(unknown, 'job')}; its accounting (`sacct`) said nothing of them." if unknown else ""
        return some(said and Text(said, "note"))
    told = [f"{text}." for text in map(advice, found) if text][:SHOWN]
    left = f"`sacct` had not answered for {count(unknown, 'job')} more." if unknown else ""
    facts = Text(_summary(found))
    return (
        facts,
        *some(*map(Text, told), left and Text(left, "note")),
        Details("Asked for and used", (_table(found),)),
    )


def _summary(found: list[Group]) -> str:
    jobs = sum(group.jobs for group in found)
    hours = [f"{_hours(sum(group.core_hours for group in found))} core hours"]
    gpu = sum(group.gpu_hours for group in found)
    hours += [f"{_hours(gpu)} GPU hours"] if gpu else []
    energy = sum(group.energy_j for group in found if known(group.energy_j))
    hours += [f"{energy / 3.6e6:.2g} kWh"] if energy else []
    return f"By SLURM's accounting, {count(jobs, 'job')} held {listed(hours)}."


def _hours(hours: float) -> str:
    """Of less than an hour two digits, so that little is not none."""
    return f"{hours:,.1f}" if hours >= 1 else f"{hours:.2g}"


def _table(found: list[Group]) -> PageTable:
    energy = any(known(group.energy_j) for group in found)
    titles = ("Jobs of", "#Ended", "#Longest", "#Benchmark", "#Cores in use", "#Memory", "#Benchmark", "#GPU hours")
    return PageTable(
        id="cost-slurm",
        caption="What jobs asked SLURM for, and what they used",
        columns=columns(*titles, "#Waited in the queue", *some(energy and "#Energy")),
        rows=tuple(TableRow(_cells(group, energy)) for group in found),
        how=HOW,
        compact=True,
    )


def _cells(group: Group, energy: bool) -> tuple[TableCell, ...]:
    share = percent(group.memory_share)
    cells = (
        TableCell(f"`{group.rule}`" + ("" if group.whose == group.rule else f" of `{group.whose}`")),
        TableCell(str(group.jobs), f"{group.failed} failed" if group.failed else ""),
        TableCell(duration(group.longest_s), f"of {duration(group.asked_s)}"),
        TableCell(duration(group.measured_s)),
        TableCell(percent(group.cpu_share), f"of {group.cores:.0f}" if known(group.cores) else ""),
        TableCell(_mb(group.peak_mb), f"{share} of {_mb(group.asked_mb)}" if known(group.peak_mb) else ""),
        TableCell(_mb(group.measured_mb)),
        TableCell(f"{group.gpu_hours:.2f}" if group.gpu_hours else DASH),
        TableCell(duration(group.waited_s)),
    )
    return (
        (*cells, TableCell(f"{group.energy_j / 1000:,.0f} kJ" if known(group.energy_j) else DASH)) if energy else cells
    )


def _mb(megabytes: float) -> str:
    """Megabytes, in which memory is asked for, also where it is much."""
    return f"{megabytes:,.0f} MB" if math.isfinite(megabytes) else DASH
