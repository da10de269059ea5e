"""Say what the jobs of a study asked a SLURM cluster for, and what they used, by its accounting."""

import argparse
import sys
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.study import accounting, efficiency


def main(argv: list[str] | None = None) -> None:
    """Print a line for each group of jobs, then what could be asked for instead; sacct is asked for what is open."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", required=True, type=Path, help="the study folder")
    folder = parser.parse_args(argv).directory
    rows = accounting.read(folder / paths.ACCOUNTED)
    if not rows:
        raise StudyError(
            f"{folder / paths.ACCOUNTED}: there is no job in it. It is written by runs with profiles/slurm where sacct "
            "is found; `make status` says what benchmarks measured"
        )
    rows = accounting.latest(accounting.filled(rows, pauses=()))
    found = efficiency.groups(rows, lambda path: efficiency.read_benchmark(folder / path))
    print("\n".join(efficiency.table(found)))
    if unknown := sum(group.unknown for group in found):
        print(f"sacct says nothing of {unknown} more: they run or wait, or this cluster keeps no accounting.")


if __name__ == "__main__":
    sys.exit(run(main))
