"""What a dry run of Snakemake would execute, as a table that a person reads before a cluster is asked for anything."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from ferstudy import paths
from ferstudy.counted import counted
from ferstudy.study.cluster import asker
from ferstudy.study.every_job import INDEX, every_job
from ferstudy.study.grid import Study
from ferstudy.study.modules import PACKAGE
from ferstudy.study.request import Request

# Whose result others read by content (docs/explanation/decisions/030-tables-by-content.md), and who writes for these.
BY_CONTENT = (
    "index_clips", "join_clips", "name_people", "make_folds", "sum_faces", "audit_protocol", "check_gate",
    "best_settings", "ask_teacher",
)  # fmt: skip
BEFORE_THESE = ("fingerprint_clips", "describe_people", "describe_stills", "make_stills", "search_worker")


class Planned(NamedTuple):
    """One job of a dry run."""

    rule: str
    gpu: int
    mem_mb: int
    minutes: int
    output: str
    wildcards: tuple[tuple[str, str], ...] = ()
    threads: int = 1
    gpu_model: str = ""


def rules() -> list[str]:
    """The rules that have jobs."""
    return sorted(path.stem for path in (PACKAGE / "jobs").glob("*.py") if (PACKAGE.parent / path.name).is_file())


def planned(snakemake: list[str], run: Callable[[list[str]], str]) -> list[Planned]:
    """Every job that a `snakemake` command is known to run, each once; `run` gives what a command prints.

    Snakemake looks at no job below one that is about to run: those that read its result by content are compared when it
    has run. Where such a writer is planned, a second dry run leaves all of them out, and a third who writes for them.
    """
    dry = [*snakemake, "--dry-run", "--quiet", "reason"]
    jobs = read(run(dry))
    for hiding, left_out in ((BY_CONTENT, BY_CONTENT), (BEFORE_THESE, BY_CONTENT + BEFORE_THESE)):
        if any(job.rule in hiding for job in jobs):
            others = [rule for rule in rules() if rule not in left_out]
            jobs += read(run([*dry, "--allowed-rules", "all", *others]))
    return list(dict.fromkeys(jobs))


def read(dry_run: str) -> list[Planned]:
    """The jobs in the text of `snakemake --dry-run` (with rules and resources printed)."""
    jobs = []
    for block in re.split(r"^\[.*\]\n(?=(?:local)?(?:rule|checkpoint) )", dry_run, flags=re.MULTILINE)[1:]:
        rule = re.match(r"(?:local)?(?:rule|checkpoint) (\w+):", block)[1]
        resources = dict(re.findall(r"(\w+)=(\d+)\b", _line(block, "resources")))
        amounts = (int(resources.get(name, 0)) for name in ("gpu", "mem_mb", "runtime"))
        output = _line(block, "output").replace(" (update)", "")
        wildcards = tuple(re.findall(r"(\w+)=([^,]*)", _line(block, "wildcards")))
        model = re.search(r"\bgpu_model=([\w.-]+)", _line(block, "resources"))
        threads = int(_line(block, "threads") or 1)
        jobs.append(Planned(rule, *amounts, output, wildcards, threads, model[1] if model else ""))
    return [job for job in jobs if job.rule not in {"all", "index"}]


def _line(block: str, key: str) -> str:
    found = re.search(rf"^    {key}: (.*)$", block, re.MULTILINE)
    return found[1] if found else ""


def request(job: Planned, places: Mapping[str, Mapping], again: bool) -> Request:
    """What a planned job asks a cluster for; `places` are `Study.search_places`, `again`: it is tried a second time."""
    name, where = asker(job.rule, dict(job.wildcards), places, paths.CONFIG)
    return Request(name, where, job.mem_mb, job.minutes, job.threads, job.gpu, job.gpu_model, again)


def whole(study: Study) -> Counter:
    """How many jobs of each rule a study has, but for the index and the page."""
    return Counter(rule for rule, _ in every_job(study) if rule not in INDEX)


def measured(benchmarks: Path) -> dict[str, float]:
    """Mean CPU seconds of a rule's jobs in earlier runs, by Snakemake's benchmark files."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for path in benchmarks.rglob("*.tsv"):
        with open(path, newline="", encoding="utf-8") as file:
            row = next(csv.DictReader(file, delimiter="\t"), {})
        if re.fullmatch(r"[\d.]+", row.get("cpu_time") or ""):
            seconds[path.relative_to(benchmarks).parts[0]].append(float(row["cpu_time"]))
    return {rule: sum(values) / len(values) for rule, values in seconds.items()}


def searched(study: Study) -> dict[str, str]:
    """Which models are trained with searched settings, in a line for each rule that trains them."""
    trained = [
        (cell, [name for name in study.searches_behind(cell) if "architecture" in study.searches[name]])
        for cell in study.cells
        if cell.kind == "architecture"
    ]
    cells = [f"{cell.model} on {cell.dataset}/{cell.protocol} ({', '.join(names)})" for cell, names in trained if names]
    found = {name: entry for name, entry in study.searches.items() if "backbone" in entry}
    backbones = [f"{entry['backbone']} of {entry['recipe']} ({name})" for name, entry in found.items()]
    return {rule: "; ".join(models) for rule, models in (("fit_backbone", backbones), ("train_fold", cells)) if models}


def table(
    jobs: list[Planned], study: Counter, earlier: dict[str, float], searched: Mapping[str, str] | None = None
) -> str:
    """Jobs per rule, with and without GPU, what is reused, and what is asked for at most.

    `searched` are the models with searched settings by the rule that trains them; that rule gets a mark.
    """
    if not jobs:
        return "Nothing has to run: every file of the study is there and up to date."
    planned = [job.rule for job in jobs]
    rules = list(dict.fromkeys([*(rule for rule in study if rule in planned), *planned]))
    rows = [("rule", "run", "on GPU", "on CPU", "reused", "each at most")]
    for rule in rules:
        mine = [job for job in jobs if job.rule == rule]
        gpu = sum(job.gpu > 0 for job in mine)
        memory, minutes = max(job.mem_mb for job in mine), max(job.minutes for job in mine)
        limits = f"{memory} MB, {minutes} min" if memory else "the profile's default"
        reused = str(max(0, study[rule] - len(mine))) if rule in study else ""
        mark = " *" if rule in (searched or {}) else ""
        rows.append((rule + mark, str(len(mine)), str(gpu), str(len(mine) - gpu), reused, limits))
    gpus = sum(job.gpu > 0 for job in jobs)
    kept = sum(max(0, number - sum(job.rule == rule for job in jobs)) for rule, number in study.items())
    rows.append(("total", str(len(jobs)), str(gpus), str(len(jobs) - gpus), str(kept), ""))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if i in (0, 5) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    lines += hours(jobs, earlier)
    lines += [f"* {rule} takes searched settings for {models}." for rule, models in (searched or {}).items()]
    return "\n".join(lines)


def hours(jobs: list[Planned], earlier: dict[str, float]) -> list[str]:
    """How long the jobs take: by the mean CPU seconds of a rule's earlier jobs; where there are none, the limits.

    Limits are the times after which a cluster ends a job, and say nothing of how long it will take.
    """
    known = [job for job in jobs if job.rule in earlier]
    others = [job for job in jobs if job.rule not in earlier]
    lines = []
    if known:
        spent = sum(earlier[job.rule] for job in known) / 3600
        jobs_told = f"{len(known)} of {counted(len(jobs), 'job')}"
        lines.append(f"By the means of earlier runs {_hours(spent)} of CPU time, for {jobs_told}.")
    if others:
        which = f"For the other {len(others)}, " if known else ""
        kinds = {"GPU": [job for job in others if job.gpu], "CPU": [job for job in others if not job.gpu]}
        spent = {kind: sum(job.minutes for job in mine) / 60 for kind, mine in kinds.items() if mine}
        told = ", ".join(f"{_hours(hours)} of {kind} jobs" for kind, hours in spent.items())
        asked = f"sked for at most (limits, not estimates): {told}."
        lines.append(f"{which}a{asked}" if which else f"A{asked}")
    return lines


def _hours(hours: float) -> str:
    """Hours as people say them: "0 h", "less than 0.1 h", "2.4 h", "31 h"."""
    if 0 < hours < 0.1:
        return "less than 0.1 h"
    return f"{hours:.0f} h" if hours >= 10 or hours == round(hours) else f"{hours:.1f} h"
