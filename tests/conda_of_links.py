"""A look-alike of conda for tests without a network: the five commands that Snakemake calls.

`channel` writes the lock file down as a channel, a folder with a repodata.json; `install` makes a `conda` that takes
packages from such channels (file:// addresses). A spec `name=1.2` that no record of theirs fulfils is refused, as conda
does. An environment is links to the installed packages that it names and to what those need, for the tests' Python.
"""

import json
import re
import sys
from pathlib import Path

import distributions
import yaml
from packaging.requirements import Requirement

import describe_environments

ACTIVATE = 'export CONDA_PREFIX="$1"\nexport PATH="$1/bin:$PATH"\n'


def channel(folder: Path, python: str = "3.12") -> str:
    """Write the channel of the lock file's packages, in their versions for a Python; return its address."""
    conda = {pypi: name for name, pypi in describe_environments.PYPI.items()}
    records = {}
    for name, version in locked(python).items():
        records[f"{name}-{version}-0.conda"] = {"name": conda.get(name, name), "version": version}
    folder.mkdir(parents=True)
    (folder / "repodata.json").write_text(json.dumps({"packages.conda": records}))
    return folder.resolve().as_uri()


def locked(python: str) -> dict[str, str]:
    """The versions of the lock file for a Python, by their names on PyPI."""
    text = (describe_environments.ROOT / "requirements.lock").read_text()
    lines = [Requirement(line.rstrip("\\ ")) for line in text.splitlines() if re.match(r"[a-z0-9-]+==", line)]
    fitting = {"python_full_version": f"{python}.0", "python_version": python}
    return {line.name: str(line.specifier)[2:] for line in lines if not line.marker or line.marker.evaluate(fitting)}


def install(folder: Path) -> None:
    """Put `conda` and its `activate` into `folder`/bin."""
    (folder / "bin").mkdir(parents=True)
    roots = [str(Path(__file__).parent), str(describe_environments.ROOT / "scripts")]
    command = f"import sys; sys.path[:0] = {roots!r}; import conda_of_links; conda_of_links.main(sys.argv[1:])"
    (folder / "bin/conda").write_text(f"#!{sys.executable}\n{command}\n")
    (folder / "bin/conda").chmod(0o755)
    (folder / "bin/activate").write_text(ACTIVATE)


def main(arguments: list[str]) -> None:
    """Answer as conda does."""
    prefix = str(Path(sys.argv[0]).resolve().parents[1])
    if arguments == ["--version"]:
        print("conda 24.11.1")
    elif arguments[0] == "info":
        print(json.dumps({"conda_prefix": prefix, "root_prefix": prefix, "platform": "linux-64"}))
    elif arguments[0] == "config":
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif arguments[0] == "clean":
        print("nothing is kept that could be removed")
    elif arguments[:2] == ["env", "create"]:
        create(*(Path(arguments[arguments.index(option) + 1]) for option in ("--file", "--prefix")))
    else:
        sys.exit(f"conda of the tests: {arguments} is not known")


def create(file: Path, prefix: Path) -> None:
    """Make the environment of a file at `prefix`."""
    told = yaml.safe_load(file.read_text())
    records = [record for address in told["channels"] for record in _records(address)]
    for spec in (entry for entry in told["dependencies"] if isinstance(entry, str) and "=" in entry):
        name, version = spec.split("=")
        if name != "python" and not any(_fulfils(record, name, version) for record in records):
            sys.exit(f"PackagesNotFoundError: {spec} is in none of {told['channels']}")
    distributions.make(prefix, distributions.of_environment(file))


def _records(address: str) -> list[dict]:
    if not address.startswith("file://"):
        return []
    return list(
        json.loads((Path(address.removeprefix("file://")) / "repodata.json").read_text())["packages.conda"].values()
    )


def _fulfils(record: dict, name: str, version: str) -> bool:
    return record["name"] == name and f"{record['version']}.".startswith(f"{version}.")
