"""What of a study is done, runs and is to do, from its files alone: while a run goes on, here or on a cluster."""

import base64
import binascii
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.study.page_job import make_report

LOCKS, INCOMPLETE = Path(".snakemake/locks"), Path(".snakemake/incomplete")  # below the study folder


class RuleStatus(NamedTuple):
    """The jobs of one rule. A job is done when its files are there; whether they are up to date `make plan` says."""

    rule: str
    done: int
    running: int
    jobs: int


def statuses(study: Study, folder: Path) -> list[RuleStatus]:
    """Every rule of the study with its jobs, in the order of the way from videos to the page."""
    begun = in_work(folder / INCOMPLETE) if going_on(folder) else set()
    done, running, whole = Counter(), Counter(), Counter()
    for rule, job in (*every_job(study), ("make_report", make_report(study))):
        files = job.listed("writes")
        started = begun.intersection(files)
        whole[rule] += 1
        running[rule] += bool(started)
        done[rule] += not started and all((folder / path).exists() for path in files)
    return [RuleStatus(rule, done[rule], running[rule], number) for rule, number in whole.items()]


def going_on(folder: Path) -> bool:
    """Whether a run holds the study, or was killed and left its lock."""
    return any((folder / LOCKS).glob("*"))


def in_work(incomplete: Path) -> set[str]:
    """The files that are being made, as Snakemake notes them: their paths in base64, long ones in pieces."""
    found = set()
    for path in incomplete.rglob("*"):
        pieces = path.relative_to(incomplete).parts
        name = "".join(piece.removeprefix("@") for piece in pieces)
        try:
            found.add(base64.urlsafe_b64decode(name).decode("utf-8"))
        except (binascii.Error, UnicodeDecodeError):
            continue  # a folder of pieces
    return found


def table(rows: Iterable[RuleStatus], means: dict[str, float]) -> list[str]:
    """Lines for people: done of all, what runs, and CPU time that is left by the means of earlier jobs."""
    lines, left, unknown = [], 0.0, []
    for row in rows:
        rest = row.jobs - row.done
        tail = f"   {row.running} running" if row.running else ""
        lines.append(f"  {row.rule:<20}{row.done:>6} of {row.jobs}{tail}")
        left += rest * means.get(row.rule, 0.0)
        unknown += [row.rule] if rest and row.rule not in means else []
    if left:
        told = f", and what {', '.join(unknown)} will need, which was not measured yet" if unknown else ""
        minutes = f"About {left / 60:.0f} CPU minutes are" if left >= 60 else "Less than a CPU minute is"
        lines.append(f"{minutes} left{told}.")
    return lines
