"""Write envs/<name>.def from envs/<name>.yaml: the same environment as an Apptainer image, for sites without conda.

Conda's packages become those of PyPI, in the versions of requirements.lock.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

import yaml

from ferstudy.command import run
from ferstudy.whole_files import write_text

ROOT = Path(__file__).parents[1]
# What conda-forge calls otherwise than PyPI; all else has one name.
PYPI = {"dlib": "dlib-bin", "face_recognition_models": "face-recognition-models", "matplotlib-base": "matplotlib"}
DEFINITION = """\
# Made by `make reference`. To be built in the folder of ferstudy: apptainer build envs/{name}.sif envs/{name}.def
Bootstrap: docker
From: python:{python}-slim

%files
    requirements.lock /opt/requirements.lock

%post
    # Its versions alone: it has no hashes of CUDA's libraries.
    grep -o '^[a-z0-9-]*==[^\\]*' /opt/requirements.lock > /opt/versions.txt
    pip install --no-cache-dir --constraint /opt/versions.txt \\
        {packages}
"""


class Environment(NamedTuple):
    """What an environment names: its Python, and packages by their names on PyPI with the version that is asked for."""

    python: str
    of_conda: dict[str, str]  # to the minor
    wheels: dict[str, str]  # whole; a name may have an extra, as in tensorflow[and-cuda]


def main(argv: list[str] | None = None) -> None:
    """Write a definition beside each environment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / "envs", help="where the environments are")
    args = parser.parse_args(argv)
    for path in sorted(args.folder.glob("*.yaml")):
        write_text(path.with_suffix(".def"), definition(path))


def read(path: Path) -> Environment:
    """The environment in a file for conda: `name=version` entries, and a `pip` entry of `name==version`."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
    conda = dict(entry.split("=") for entry in entries if isinstance(entry, str) and entry != "pip")
    wheels = [pin for entry in entries if isinstance(entry, dict) for pin in entry["pip"]]
    python = conda.pop("python")
    return Environment(
        python, {PYPI.get(name, name): version for name, version in conda.items()}, dict(p.split("==") for p in wheels)
    )


def definition(path: Path) -> str:
    """The Apptainer definition of an environment."""
    environment = read(path)
    packages = [*environment.of_conda, *(f"{name}=={version}" for name, version in environment.wheels.items())]
    quoted = [f"'{name}'" if re.search(r"[\[\]]", name) else name for name in packages]
    return DEFINITION.format(name=path.stem, python=environment.python, packages=" ".join(quoted))


if __name__ == "__main__":
    sys.exit(run(main))
