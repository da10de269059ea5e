"""Accept the files of a finished study that was copied without their times, where their content says that it may.

A copy (`cp -r`, a download) gives every file another time, and Snakemake judges large files by time alone.
"""

import argparse
import sys
import time
from contextlib import chdir
from pathlib import Path

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.study.finished_files import doubtful, told
from ferstudy.study.jobs_of_folder import jobs_of
from ferstudy.study.made_now import make
from ferstudy.study.moved import settle
from ferstudy.study.noted_jobs import METADATA, noted_jobs


def main(argv: list[str] | None = None) -> None:
    """Check all files, set the times of those that are true, index the videos; raises StudyError naming the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", required=True, type=Path, help="the study folder")
    parser.add_argument("snakemake", nargs=argparse.REMAINDER, help="-- and the command that would run the study")
    args = parser.parse_args(argv)
    snakemake = [*(part for part in args.snakemake if part != "--"), "--directory", str(args.directory)]
    with chdir(args.directory):  # the paths of jobs are relative to the study
        doubts = accept(str(args.directory))
    make(snakemake, "clips")  # looks at the videos, whose times are others, too, and compares their digests
    if doubts:
        raise StudyError(doubts)


def accept(directory: str) -> str:
    """Set the times of all files of the study in this folder; return what there is to say of the doubtful ones."""
    jobs, noted = jobs_of(Path()), noted_jobs(Path())
    if not noted:
        raise StudyError(
            f"{METADATA} is not here, in which Snakemake notes what each file was made of: copy the whole study "
            "folder, with what begins with a dot (cp -r does)"
        )
    doubted = list(doubtful(jobs, noted))
    files = sum(len(job.listed("writes")) for _, job in jobs)
    settled = settle(jobs, noted, time.time(), {one.path for one in doubted if one.damaged})
    print(f"{settled} of {files} files were made of what is here: a run takes them as they are.", flush=True)
    return told(doubted, files, directory) if doubted else ""


if __name__ == "__main__":
    sys.exit(run(main))
