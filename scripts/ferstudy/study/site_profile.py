"""What a profile of Snakemake says of a site, read before Snakemake itself reads it."""

from pathlib import Path
from typing import Any

import yaml

from ferstudy.errors import StudyError

PARTITIONS = "slurm-partition-config"


def read(profile: Path) -> dict[str, Any]:
    """The settings in the folder of a profile."""
    return _read(profile / "config.yaml")


def partition_file(profile: Path) -> Path | None:
    """The file with the partitions of a cluster, which must be there; None where the profile names none."""
    told = read(profile)
    if PARTITIONS not in told:
        return None
    _read(profile / told[PARTITIONS])
    return profile / told[PARTITIONS]


def tries_again(profile: Path) -> bool:
    """Whether a job that lacked something is tried a second time."""
    return int(read(profile).get("retries", 0)) > 0


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise StudyError(f"{path}: there is no such file; --profile is a folder such as profiles/slurm")
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise StudyError(f"{path}: no YAML ({error}); correct it, or take profiles/slurm as an example") from None
