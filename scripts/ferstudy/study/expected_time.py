"""How many minutes a job of a cluster asks for, by jobs like it that were measured.

Less than planned, so that it is started in a gap of the queue (backfill), and more where its shard has so many frames
that the plan would not do.

Standard library only: this is read at every parse of the workflow.
"""

import csv
import math
import re
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ferstudy import paths

# The wildcards that two jobs of a rule share which take about as long; others are folds, runs, workers and shards.
ALIKE = ("dataset", "arch", "leaf", "recipe", "hidden", "table", "sound", "backbone", "layer", "place", "stills")
MARGIN = 3  # times the slowest: nodes differ, and so do files and neighbours
START = 10  # minutes in any case: Snakemake and the libraries start, perhaps from a slow disk
FRESH_S = 600  # for which benchmarks are not read again


class Measured(NamedTuple):
    """An earlier job of a rule: its wildcards as a path between slashes, and how long it took."""

    path: str
    seconds: float
    when: float  # it was measured


def minutes(rule: str, wildcards: Mapping[str, str], planned: int) -> int:
    """What a job asks for, where `planned` is what the config or the rule says."""
    shared = [f"/{wildcards[name]}/" for name in ALIKE if name in wildcards]
    alike = [each for each in _measured(rule, int(time.monotonic() / FRESH_S)) if all(s in each.path for s in shared)]
    if not alike:
        return planned
    if "shard" not in wildcards:
        return min(planned, _asked(max(each.seconds for each in alike)))
    own = frames(wildcards["leaf"], wildcards["shard"])
    rates = [each.seconds / count for each in alike if (count := _frames_of(each, wildcards["leaf"]))]
    return _asked(max(rates) * own) if rates and own else planned


def _asked(seconds: float) -> int:
    return 10 * math.ceil((MARGIN * seconds / 60 + START) / 10)


@cache
def _measured(rule: str, when: int) -> list[Measured]:
    """The earlier jobs of a rule, by Snakemake's benchmark files; `when` only makes them be read anew."""
    folder, found = Path(paths.BENCHMARKS) / rule, []
    for path in folder.rglob("*.tsv"):
        try:
            with open(path, newline="", encoding="utf-8") as file:
                seconds = float(next(csv.DictReader(file, delimiter="\t"))["s"])
        except (OSError, ValueError, KeyError, TypeError, StopIteration):
            continue
        name = path.relative_to(folder).with_suffix("").as_posix()
        found.append(Measured(f"/{name}/", seconds, path.stat().st_mtime))
    return found


def _frames_of(measured: Measured, leaf: str) -> int:
    """The frames that an earlier job read; 0 where its shard has been dealt anew since."""
    number = re.search(r"/(\d+)(?:\.copies)?/$", measured.path)
    return frames(leaf, number[1], measured.when) if number else 0


def frames(leaf: str, shard: str, before: float = math.inf) -> int:
    """How many frames the clips of a shard have; 0 where its table is not there, or was not `before` a time."""
    path = Path(paths.shard(leaf, int(shard)))
    try:
        written = path.stat().st_mtime
        return _counted(path, written) if written <= before else 0
    except (OSError, ValueError, KeyError, TypeError):
        return 0


@cache
def _counted(path: Path, written: float) -> int:
    with open(path, newline="", encoding="utf-8") as file:
        return sum(int(row["end"]) - int(row["start"]) for row in csv.DictReader(file))
