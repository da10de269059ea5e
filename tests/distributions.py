"""Environments made of what is installed here: links to the packages that an environment names and what those need."""

import importlib.metadata as metadata
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import describe_environments

ON_DEMAND = {"openvino": "openvino"}  # packages that a command of the Makefile installs, and their modules
HERE = {"tensorflow": "tensorflow-cpu"}  # what stands in for a package that needs a GPU's libraries


def installed(name: str) -> metadata.Distribution:
    """The distribution of a PyPI name, with or without an extra."""
    plain = canonicalize_name(Requirement(name).name)
    return metadata.distribution(HERE.get(plain, plain))


def closure(names: list[str]) -> dict[str, metadata.Distribution]:
    """The distributions of these names and of all that they declare to need, by name."""
    waiting, found = list(names), {}
    while waiting:
        wanted = waiting.pop()
        if wanted in ON_DEMAND:
            continue
        distribution = installed(wanted)
        name = canonicalize_name(distribution.metadata["Name"])
        if name in found:
            continue
        found[name] = distribution
        for text in distribution.requires or []:
            need = Requirement(text)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                waiting.append(need.name)
    return found


@cache
def of_environment(path: Path) -> dict[str, metadata.Distribution]:
    """The distributions that the environment in a file holds."""
    environment = describe_environments.read(path)
    return closure([*environment.of_conda, *environment.wheels])


@cache
def modules(name: str) -> frozenset[str]:
    """The top-level modules and packages that a distribution brings."""
    first = {file.parts[0] for file in metadata.distribution(name).files or [] if ".." not in file.parts}
    return frozenset(part.split(".")[0] for part in first if not part.endswith(".dist-info"))


def make(folder: Path, distributions: dict[str, metadata.Distribution]) -> None:
    """Make a virtual environment at `folder` that holds links to the files of these distributions, and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    library = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    for distribution in distributions.values():
        for file in distribution.files or []:
            if ".." in file.parts:  # commands: scripts need none
                continue
            target = library / file
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                os.symlink(distribution.locate_file(file), target)
