"""The conda environments of the rules and the lock file name the same versions."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))


def locked() -> dict[str, set[str]]:
    """Versions by package; a package can have one per Python version."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==([^ ]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_an_environment_pins_what_the_lock_pins(path):
    pip = next(entry["pip"] for entry in yaml.safe_load(path.read_text())["dependencies"] if isinstance(entry, dict))
    for pin in pip:
        name, version = pin.split("==")
        # On a GPU machine TensorFlow comes with CUDA, under another name.
        name = {"tensorflow[and-cuda]": "tensorflow-cpu"}.get(name, name)
        assert version in locked()[name], f"{path.name} pins {pin}, requirements.lock {locked()[name]}"


def test_every_requirement_has_hashes():
    requirements = re.split(r"\n(?=[a-z])", (ROOT / "requirements.lock").read_text())
    assert len(requirements) > 50
    assert all("--hash=sha256:" in requirement for requirement in requirements)


def test_the_site_is_built_with_the_locked_versions():
    """`make docs` installs into the same .venv: what both name has one version, and all have hashes."""
    text = (ROOT / "docs/requirements.txt").read_text()
    pins = re.findall(r"^([a-z0-9-]+)==([^ ]+)", text, re.MULTILINE)
    assert "mkdocs-material" in dict(pins)
    assert [pin for pin in pins if pin[0] in locked() and pin[1] not in locked()[pin[0]]] == []
    assert all("--hash=sha256:" in requirement for requirement in re.split(r"\n(?=[a-z])", text))


def test_every_environment_is_used_by_a_rule():
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    assert {path.stem for path in ENVIRONMENTS} == set(re.findall(r"envs/(\w+)\.yaml", rules))
