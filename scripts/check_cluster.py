"""Tell what would go wrong on this SLURM cluster, before any job is sent: each thing with what to do about it."""

import argparse
import getpass
import subprocess
import sys
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.study import cluster, folder_check, site_check, site_profile
from ferstudy.study.site_check import Doubt

PROFILE = Path(__file__).parents[1] / "profiles/slurm"
PATIENCE = 30  # s that a command of the cluster may take


def main(argv: list[str] | None = None) -> None:
    """Print what may go wrong; raises StudyError with what will."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", required=True, type=Path, help="the study folder")
    parser.add_argument("--profile", type=Path, default=PROFILE, help="the folder of the profile (profiles/slurm)")
    args = parser.parse_args(argv)
    found = list(doubts(args.directory, args.profile))
    for doubt in found:
        if not doubt.sure:
            print(f"Not sure: {doubt.said}.", flush=True)
    sure = [doubt.said for doubt in found if doubt.sure]
    if sure:
        raise StudyError("this will not work:\n" + "\n".join(f"  {said}." for said in sure))
    print("Nothing was found that speaks against this cluster." if not found else "All else is as it should be.")


def doubts(directory: Path, profile: Path) -> list[Doubt]:
    """All that was found, of the cluster and of the folders."""
    if not directory.is_dir():
        raise StudyError(f"{directory}: there is no such folder; make it with `make study NAME=... DIR=...`")
    told = site_profile.read(profile)
    file = site_profile.partition_file(profile)
    partitions = cluster.read(file) if file else {}
    found = list(site_check.doubts(ask, told, partitions, getpass.getuser()))
    places = {directory: "the study", paths.PROJECT: "ferstudy", Path(sys.prefix): "its Python packages"}
    return [*found, *folder_check.doubts(places), *folder_check.use(directory)]


def ask(*command: str) -> str:
    """What a command of the cluster prints; "" where it fails, takes too long or is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(run(main))
