"""The bill of materials: what the lock file pins, as CycloneDX has it."""

import json
import re
from pathlib import Path

from packaging.requirements import Requirement

from ferstudy.bundle import packages

ROOT = Path(__file__).parents[2]
LOCK = f"""\
keras==3.9.0 \\
    --hash=sha256:{"a" * 64} \\
    --hash=sha256:{"b" * 64}
    # via ferstudy (pyproject.toml)
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:{"c" * 64}
    # via
    #   ferstudy (pyproject.toml)
    #   keras
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:{"d" * 64}
    # via keras
"""


def test_a_package_has_its_digests_its_marker_and_who_wants_it():
    told = json.loads(packages.bill(LOCK, "0.1.0"))
    keras, numpy, later = told["components"]
    assert keras["purl"] == "pkg:pypi/keras@3.9.0"
    assert [digest["content"][0] for digest in keras["hashes"]] == ["a", "b"]
    assert "properties" not in keras
    assert numpy["properties"] == [{"name": "python:marker", "value": "python_full_version < '3.12'"}]
    assert later["version"] == "2.5.5"
    assert {one["ref"]: one["dependsOn"] for one in told["dependencies"]} == {
        "ferstudy": ["pkg:pypi/keras@3.9.0", "pkg:pypi/numpy@2.4.6"],
        "pkg:pypi/keras@3.9.0": ["pkg:pypi/numpy@2.4.6", "pkg:pypi/numpy@2.5.5"],
        "pkg:pypi/numpy@2.4.6": [],
        "pkg:pypi/numpy@2.5.5": [],
    }


def test_the_lock_of_ferstudy_is_in_it_whole():
    lock = (ROOT / "requirements.lock").read_text()
    lines = [line.removesuffix("\\") for line in lock.splitlines() if line[:1].isalnum()]
    told = json.loads(packages.bill(lock, "0.1.0"))
    assert (told["bomFormat"], told["specVersion"], told["version"]) == ("CycloneDX", "1.6", 1)
    expected = {(one.name, str(one.specifier)) for one in map(Requirement, lines)}
    assert {(one["name"], f"=={one['version']}") for one in told["components"]} == expected
    assert sum(len(one["hashes"]) for one in told["components"]) == lock.count("--hash=sha256:")
    assert all(
        re.fullmatch("[0-9a-f]{64}", digest["content"]) for one in told["components"] for digest in one["hashes"]
    )
    refs = [one["bom-ref"] for one in told["components"]]
    assert len(refs) == len(set(refs))
    assert {one["ref"] for one in told["dependencies"]} == {"ferstudy", *refs}
    # Every package is there because something needs it.
    assert {on for one in told["dependencies"] for on in one["dependsOn"]} == set(refs)
