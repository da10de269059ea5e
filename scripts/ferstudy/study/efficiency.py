"""What the jobs of a cluster asked for beside what they used, by groups: a rule and, where it has one, a model."""

import csv
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from ferstudy.study.accounting import Sent

LONG_S = 60  # SLURM looks at memory every 30 s by default: of a shorter job it may not have seen the peak
SPARE = 1.25  # times the peak: jobs like these differ
STEP_MB = 500
LEAST_MB = 600  # a job holds two processes of Snakemake beside its own command
MUCH_MB = 1000  # that could be given back; less is worth no sentence
IDLE = 0.5  # below this share of its cores a job with several had too many


class Group(NamedTuple):
    """Jobs with the same needs; NaN where nobody knows. Times in seconds, memory in MB."""

    rule: str
    whose: str
    where: str  # the key to change
    jobs: int  # that have ended, with each attempt
    failed: int
    unknown: int  # of which sacct said nothing
    asked_mb: float
    asked_s: float
    peak_mb: float  # by sacct: of the job that used most
    longest_s: float
    measured_mb: float  # by Snakemake's benchmarks
    measured_s: float
    cores: float
    cpu_share: float  # of the cores, over all jobs
    core_hours: float
    gpu_hours: float
    waited_s: float  # in the queue, mean
    energy_j: float  # of all jobs
    seen: bool  # whether a job ran long enough for its memory to be seen

    @property
    def name(self) -> str:
        """ "extract_faces", or "train_fold of c3d"."""
        return self.rule if self.whose == self.rule else f"{self.rule} of {self.whose}"

    @property
    def memory_share(self) -> float:
        """How much of the memory asked for was used at most."""
        return self.peak_mb / self.asked_mb if self.asked_mb else math.nan


def groups(rows: Iterable[Sent], benchmark: Callable[[str], tuple[float, float]]) -> list[Group]:
    """The groups, those that held most first; `benchmark(path)` are the seconds and MB that Snakemake measured."""
    found: dict[tuple[str, str], list[Sent]] = {}
    for row in rows:
        found.setdefault((row.rule, row.whose), []).append(row)
    made = [_group(own, benchmark) for own in found.values()]
    return sorted(made, key=lambda group: (-group.gpu_hours, -group.core_hours, group.name))


def _group(rows: list[Sent], benchmark: Callable[[str], tuple[float, float]]) -> Group:
    ended = [row for row in rows if row.used.state]
    measured = [benchmark(path) for path in sorted({row.benchmark for row in rows})]
    held = [row.used.elapsed_s * row.used.cores for row in ended]
    spent = [(row.used.cpu_s, own) for row, own in zip(ended, held, strict=True) if row.used.cpu_s >= 0 and own > 0]
    hold = sum(own for _, own in spent)
    return Group(
        rule=rows[0].rule,
        whose=rows[0].whose,
        where=rows[0].where,
        jobs=len(ended),
        failed=sum(row.used.state != "COMPLETED" for row in ended),
        unknown=len(rows) - len(ended),
        asked_mb=_most(row.asked_mb for row in rows),
        asked_s=60 * _most(row.asked_minutes for row in rows),
        peak_mb=_most(row.used.peak_mb for row in ended),
        longest_s=_most(row.used.elapsed_s for row in ended),
        measured_mb=_most(peak for _, peak in measured),
        measured_s=_most(seconds for seconds, _ in measured),
        cores=_most(row.used.cores for row in ended),
        cpu_share=sum(cpu for cpu, _ in spent) / hold if hold else math.nan,
        core_hours=sum(_known(held)) / 3600,
        gpu_hours=sum(_known(row.gpus * row.used.elapsed_s for row in ended)) / 3600,
        waited_s=_mean(row.used.waited_s for row in ended),
        energy_j=sum(_known(row.used.energy_j for row in ended)) or math.nan,
        seen=any(row.used.elapsed_s >= LONG_S for row in ended),
    )


def advice(group: Group) -> str:
    """A sentence where much was asked for and little used; "" elsewhere."""
    told = [text for text in (_of_memory(group), _of_cores(group)) if text]
    return f"{group.name} {'; it '.join(told)}" if told else ""


def _of_memory(group: Group) -> str:
    peak = _most([group.peak_mb, group.measured_mb])
    if not (group.seen and group.peak_mb > 0):
        return ""
    enough = max(LEAST_MB, STEP_MB * math.ceil(SPARE * peak / STEP_MB))
    if group.asked_mb < 2 * enough or group.asked_mb - enough < MUCH_MB:
        return ""
    rule = f"set-resources: {{{group.rule}: {{mem_mb: {enough}}}}} in the profile"
    key = rule if group.whose == group.rule else f"memory_mb: {enough} ({group.where})"
    return f"asked for {_gigabytes(group.asked_mb)} GB and used {_gigabytes(peak)}: {key} would do"


def _of_cores(group: Group) -> str:
    if not (group.seen and group.cores > 1 and group.cpu_share < IDLE):
        return ""
    return f"had {group.cores:.0f} cores and kept {group.cores * group.cpu_share:.1f} busy: fewer threads would do"


def read_benchmark(path: Path) -> tuple[float, float]:
    """Seconds and the peak in MB, of a file of Snakemake's; NaN for what it does not say."""
    try:
        with open(path, newline="", encoding="utf-8") as lines:
            row = next(csv.DictReader(lines, delimiter="\t"))
    except (OSError, StopIteration, UnicodeDecodeError, csv.Error):
        return math.nan, math.nan
    seconds, cpu, peak = (_float(row.get(name)) for name in ("s", "cpu_time", "max_rss"))
    # One that ended before Snakemake looked twice has "0.00" CPU seconds and the memory of its shell.
    return seconds, peak if cpu > 0 else math.nan


def table(found: list[Group]) -> list[str]:
    """Lines for people: a group each, then the advice."""
    rows = [("jobs of", "ended", "longest", "asked", "CPU", "memory", "asked", "benchmark", "GPU h", "kJ", "waited")]
    rows += [
        (
            group.name,
            f"{group.jobs}{f' ({group.failed} failed)' if group.failed else ''}",
            *(_text(seconds / 60, "{:.1f} min") for seconds in (group.longest_s, group.asked_s)),
            _text(100 * group.cpu_share, "{:.0f} %"),
            *(_text(peak, "{:.0f} MB") for peak in (group.peak_mb, group.asked_mb, group.measured_mb)),
            _text(group.gpu_hours or math.nan, "{:.2f}"),
            _text(group.energy_j / 1000, "{:.0f}"),
            _text(group.waited_s, "{:.0f} s"),
        )
        for group in found
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return lines + [f"{text}." for group in found if (text := advice(group))]


def _text(value: float, form: str) -> str:
    return form.format(value) if math.isfinite(value) else "-"


def _gigabytes(megabytes: float) -> str:
    return f"{megabytes / 1000:.1f}".removesuffix(".0")


def _float(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def _known(values: Iterable[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)]


def _most(values: Iterable[float]) -> float:
    return max(_known(values), default=math.nan)


def _mean(values: Iterable[float]) -> float:
    known = _known(values)
    return fmean(known) if known else math.nan
