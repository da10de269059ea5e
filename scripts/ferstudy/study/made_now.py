"""What a command about a study makes by Snakemake before it can say more."""

import subprocess

from ferstudy.errors import StudyError


def make(snakemake: list[str], target: str) -> None:
    """Make what a plan needs to be exact: the clips, or the index, which is the clips and the folds."""
    command = [*snakemake, "--quiet", "progress", "rules", "reason", "host", "--", target]
    if subprocess.run(command, check=False).returncode:
        raise StudyError(f"there is no plan before the {target} can be made: what to do stands above")
