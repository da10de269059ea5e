"""Look at the videos, say what was found, and print what a run would execute: jobs per rule, and what is reused."""

import argparse
import subprocess
import sys
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.datasets.summary import summary
from ferstudy.errors import StudyError
from ferstudy.evaluation.expected import SUPPOSED, expected
from ferstudy.protocols import kinds
from ferstudy.study.config import study_in
from ferstudy.study.dry_run import measured, planned, searched, table, whole
from ferstudy.study.grid import Study
from ferstudy.study.modules import layout
from ferstudy.study.search_places import costs
from ferstudy.tables import clips, rejected
from ferstudy.tables.lineup import read_folds

EARLIER = (
    "These results are of a release before 0.1.0, which described its jobs otherwise: this release runs every job once "
    "again, with the same results. The command that runs the study, with `--touch --until train_fold` at its end and "
    "typed twice, accepts the finished models; the scores and the page are then made again in minutes."
)
REASONS = 3  # that are shown of a dataset's rejected rows


def main(argv: list[str] | None = None) -> None:
    """Index the videos, print the doctor's answer, deal the folds, say how sure a score can be, dry-run Snakemake."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", required=True, type=Path, help="the study folder")
    parser.add_argument("snakemake", nargs=argparse.REMAINDER, help="-- and the command that would run the study")
    args = parser.parse_args(argv)

    snakemake = [*(part for part in args.snakemake if part != "--"), "--directory", str(args.directory)]
    make(snakemake, "clips")
    # Snakemake has checked it already, in the study folder, from which its paths count.
    study = study_in(args.directory)
    doctor(study, args.directory)
    make(snakemake, "index")
    intervals(study, args.directory)
    jobs = planned(snakemake, dry_run)
    earlier = measured(args.directory / paths.BENCHMARKS)
    print(table(jobs, whole(study), earlier, searched(study)))
    if jobs and (args.directory / paths.EARLIER_PLAN).exists():
        print(EARLIER)
    for line in costs(study.search_places):
        print(line)
    if any(job.rule == "best_settings" for job in jobs):
        print("Where a search chooses other settings, the same run trains its models again, counted here or not.")


def make(snakemake: list[str], target: str) -> None:
    """Make what the plan needs to be exact: the clips, or the index, which is the clips and the folds."""
    command = [*snakemake, "--quiet", "progress", "rules", "reason", "host", "--", target]
    if subprocess.run(command, check=False).returncode:
        raise StudyError(f"there is no plan before the {target} can be made: what to do stands above")


def doctor(study: Study, directory: Path) -> None:
    """Print what was found of every dataset; raises StudyError naming those without a usable clip."""
    empty = []
    for leaf in study.all_leaves:
        found = clips.read(directory / paths.clips(leaf))
        refused = rejected.read(directory / paths.rejected_clips(leaf))
        noted = rejected.read_notes(directory / paths.notes(leaf))
        told = summary(found, refused, noted, REASONS)
        print(f"\n{leaf}\n" + "\n".join(f"  {line}" for line in told.splitlines()))
        if refused:
            print(f"  Every row: {directory / paths.rejected_clips(leaf)}")
        if not found:
            entry = study.datasets[leaf]
            empty.append(
                f"{leaf}: no usable clip in {directory / entry.get('root', '')}. The adapter {entry['adapter']} looks "
                f"there for:\n\n{layout(entry['adapter'])}\n"
            )
    if empty:
        raise StudyError("\n".join(empty) + "\nNothing can be planned before there are clips")
    print(flush=True)


def intervals(study: Study, directory: Path) -> None:
    """Print how wide the interval of each dataset's scores will be, by the people whom each protocol tests."""
    print(SUPPOSED)
    for dataset, protocol in study.pairs:
        folds = read_folds(directory / paths.folds(dataset, protocol))
        told = expected(clips.read(directory / paths.clips(dataset)), folds, kinds.scored(study.protocols[protocol]))
        for line in told or ["no clip is tested"]:
            print(f"  {dataset}, {protocol}: {line}")
    print(flush=True)


def dry_run(command: list[str]) -> str:
    """What a dry run prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StudyError(done.stdout + done.stderr)
    return done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(run(main))
