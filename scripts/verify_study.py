"""Read every store, table and record of a finished study, and say which is damaged and what to do about it."""

import argparse
import sys
from contextlib import chdir
from pathlib import Path

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.study.finished_files import doubtful, told
from ferstudy.study.jobs_of_folder import jobs_of
from ferstudy.study.noted_jobs import METADATA, noted_jobs


def main(argv: list[str] | None = None) -> None:
    """Print what was read; raises StudyError with every file that is not as it was made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", required=True, type=Path, help="the study folder")
    args = parser.parse_args(argv)
    with chdir(args.directory):  # the paths of jobs are relative to the study
        jobs, noted = jobs_of(Path()), noted_jobs(Path())
        files = sum(len(job.listed("writes")) for _, job in jobs)
        if not noted:
            print(f"{METADATA} is not here: of what the files were made of, nothing is known. Copy it with the study.")
        doubted = list(doubtful(jobs, noted))
        if doubted:
            raise StudyError(told(doubted, files, str(args.directory)))
        print(f"{files} files of {len(jobs)} jobs were read: all are whole, and each was made of what is here.")


if __name__ == "__main__":
    sys.exit(run(main))
