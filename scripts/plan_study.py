"""Look at the videos, say what was found, and print what a run would execute: jobs per rule, and what is reused."""

import argparse
import shutil
import subprocess
import sys
from contextlib import chdir
from itertools import pairwise
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.datasets.summary import summary
from ferstudy.errors import StudyError
from ferstudy.evaluation.expected import SUPPOSED, expected
from ferstudy.protocols import kinds
from ferstudy.study import cluster, site_profile, to_read
from ferstudy.study.config import study_in
from ferstudy.study.dry_run import Planned, measured, planned, read, request, searched, table, whole
from ferstudy.study.finished_files import damaged_inputs, told
from ferstudy.study.grid import Study
from ferstudy.study.jobs_of_folder import jobs_of
from ferstudy.study.made_now import make
from ferstudy.study.modules import layout
from ferstudy.study.search_places import costs
from ferstudy.tables import clips, rejected
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.spellings import answered

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
    parser.add_argument("--read-all", action="store_true", help="index on this machine, however much that reads")
    parser.add_argument("--elsewhere", action="store_true", help="the command indexes in jobs of a cluster")
    parser.add_argument("snakemake", nargs=argparse.REMAINDER, help="-- and the command that would run the study")
    args = parser.parse_args(argv)

    snakemake = [*(part for part in args.snakemake if part != "--"), "--directory", str(args.directory)]
    dry = subprocess.run([*snakemake, "--dry-run", "--", "clips"], capture_output=True, text=True, check=False)
    if dry.returncode:
        make(snakemake, "clips")  # fails as well, and says why
    # Snakemake has checked it already, in the study folder, from which its paths count.
    study = study_in(args.directory)
    amounts = to_read.to_read(study, read(dry.stdout + dry.stderr), args.directory)
    for line in to_read.told(amounts):
        print(line, flush=True)
    if not (args.read_all or args.elsewhere):
        to_read.refuse(amounts)
    make(snakemake, "clips")
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
    refuse_misfits(jobs, study, snakemake)
    refuse_damaged(jobs, args.directory)
    if any(job.rule == "best_settings" for job in jobs):
        print("Where a search chooses other settings, the same run trains its models again, counted here or not.")


def doctor(study: Study, directory: Path) -> None:
    """Print what was found of every dataset; raises StudyError naming those without a usable clip."""
    empty = []
    for leaf in study.all_leaves:
        found = clips.read(directory / paths.clips(leaf))
        refused = rejected.read(directory / paths.rejected_clips(leaf))
        noted = rejected.read_notes(directory / paths.notes(leaf))
        answer, _ = answered(study.datasets[leaf].get("options", {}))
        told = summary(found, refused, noted, REASONS, answer)
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


def refuse_misfits(jobs: list[Planned], study: Study, snakemake: list[str]) -> None:
    """Raises StudyError where no partition takes a job or its second attempt, in the words with which a run ends."""
    profile = next((Path(value) for option, value in pairwise(snakemake) if option == "--profile"), None)
    file = profile and site_profile.partition_file(profile)
    if file is None:
        if jobs and shutil.which("sbatch"):
            print("Whether the partitions of this cluster take these jobs, `make plan ON=slurm` says.")
        return
    again = site_profile.tries_again(profile)
    found = cluster.misfits(file, {request(job, study.search_places, again) for job in jobs})
    if found:
        raise StudyError(f"no run would begin: {cluster.refusal(file, found)}")


def refuse_damaged(jobs: list[Planned], directory: Path) -> None:
    """Raises StudyError where a planned job would read a damaged file: Snakemake deletes what was made of it first."""
    with chdir(directory):  # the paths of jobs are relative to the study
        whole = jobs_of(Path())
        found = list(damaged_inputs(whole, {path for job in jobs for path in job.output.split(", ")}))
    if found:
        raise StudyError(told(found, sum(len(job.listed("writes")) for _, job in whole), str(directory)))


def dry_run(command: list[str]) -> str:
    """What a dry run prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StudyError(done.stdout + done.stderr)
    return done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(run(main))
