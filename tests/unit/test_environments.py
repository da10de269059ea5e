"""The environments of the rules name what their scripts import, in the versions of the lock file."""

import re
import subprocess
from pathlib import Path

import distributions
import imports_of
import pytest
from packaging.requirements import Requirement

import describe_environments

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
RULES = imports_of.rules()


def locked(*files: str) -> dict[str, set[str]]:
    """Versions by package; a package can have one per Python version."""
    found: dict[str, set[str]] = {}
    for file in files or ("requirements.lock",):
        for name, version in re.findall(r"^([a-z0-9-]+)==([^ ]+)", (ROOT / file).read_text(), re.MULTILINE):
            found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_an_environment_pins_what_the_lock_pins(path):
    environment = describe_environments.read(path)
    for name, minor in environment.of_conda.items():
        assert minor in {re.match(r"\d+\.\d+", version)[0] for version in locked()[name]}, (
            f"{path.name}: {name}={minor}"
        )
    for name, version in environment.wheels.items():
        name = {"tensorflow[and-cuda]": "tensorflow-cpu"}.get(name, name)  # on a GPU machine under another name
        pinned = locked("requirements.lock", "envs/openvino.txt")[name]
        assert version in pinned, f"{path.name}: {name}=={version}, requirements.lock {pinned}"


def test_tensorflow_with_a_gpu_is_only_where_networks_are_trained():
    having = [path.stem for path in ENVIRONMENTS if "and-cuda" in path.read_text().partition("dependencies:")[2]]
    assert having == ["train"]


@pytest.mark.parametrize("rule", RULES)
def test_the_environment_of_a_rule_has_what_its_script_imports(rule):
    environment, script = RULES[rule]
    path = ROOT / "envs" / f"{environment}.yaml"
    held, wheels = distributions.of_environment(path), describe_environments.read(path).wheels
    provided = {module for name in held for module in distributions.modules(name)}
    provided |= {module for name, module in distributions.ON_DEMAND.items() if name in wheels}
    missing = {top: where for top, where in imports_of.packages(rule, script).items() if top not in provided}
    assert missing == {}, f"envs/{environment}.yaml lacks what these modules of {rule} import"


def test_what_is_said_to_be_unreached_is_imported_and_lacking():
    """An entry that is no longer needed hides the next fault."""
    for (rule, top), why in imports_of.UNREACHED.items():
        environment, script = RULES[rule]
        held = distributions.of_environment(ROOT / "envs" / f"{environment}.yaml")
        assert why
        assert top in imports_of.every_package(script)
        assert not any(top in distributions.modules(name) for name in held)


def test_no_job_imports_keras_before_its_backend_and_threads_are_set():
    """`backend.start` sets them; whatever a user's keras.json says would count otherwise."""
    assert {script for _, script in RULES.values() if {"keras", "tensorflow"} & imports_of.at_start(script)} == set()
    assert {"numpy", "ferstudy"} <= imports_of.at_start("convert_model")


def test_imports_in_functions_and_by_name_are_found():
    found = imports_of.modules("fit_fusion")
    assert "ferstudy/evaluation/stacking_machines.py" in found  # in a function of fusion.py
    assert "sklearn" in imports_of.packages("fit_fusion", "fit_fusion")
    assert "onnxruntime" in imports_of.packages("run_network", "run_network")  # a module that is loaded by its name
    assert "ferstudy/models/network_files/onnx_file.py" not in found


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_the_image_of_an_environment_is_made_from_it(path):
    assert path.with_suffix(".def").read_text() == describe_environments.definition(path), "run `make reference`"


def test_an_image_takes_its_versions_from_the_lock():
    """The definitions' own grep, of this lock file: a version for each package, and nothing that pip cannot read."""
    command = re.search(r"grep -o '([^']+)'", describe_environments.definition(ROOT / "envs/tables.yaml"))[1]
    found = subprocess.run(["grep", "-o", command, ROOT / "requirements.lock"], capture_output=True, text=True).stdout
    versions = [Requirement(line.strip()) for line in found.splitlines()]
    assert {requirement.name for requirement in versions} == set(locked())
    assert all(str(requirement.specifier).startswith("==") and not requirement.extras for requirement in versions)


def test_every_requirement_has_hashes():
    requirements = re.split(r"\n(?=[a-z])", (ROOT / "requirements.lock").read_text())
    assert len(requirements) > 50
    assert all("--hash=sha256:" in requirement for requirement in requirements)


@pytest.mark.parametrize(
    ("file", "package"), [("docs/requirements.txt", "mkdocs-material"), ("envs/openvino.txt", "openvino")]
)
def test_what_is_installed_on_demand_has_the_locked_versions(file, package):
    """`make docs` and `make export-tools` install into the same .venv: one version of each package, with hashes."""
    text = (ROOT / file).read_text()
    pins = re.findall(r"^([a-z0-9-]+)==([^ ]+)", text, re.MULTILINE)
    assert package in dict(pins)
    assert [pin for pin in pins if pin[0] in locked() and pin[1] not in locked()[pin[0]]] == []
    assert all("--hash=sha256:" in requirement for requirement in re.split(r"\n(?=[a-z])", text))


def test_every_environment_is_used_by_a_rule():
    assert {path.stem for path in ENVIRONMENTS} == {environment for environment, _ in RULES.values()}
