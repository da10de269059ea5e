"""Every rule runs in an environment that holds only what its own names: `--sdm conda`, offline, from a file:// channel.

The environments are real virtual environments of links to the installed packages (tests/conda_of_links.py); Snakemake
makes and activates them as it does with conda. What conda-forge would give is not known here.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import conda_of_links
import distributions
import imports_of
import numpy as np
import onnx
import pytest
import tiny
from conftest import ROOT

from ferstudy.study import dry_run

pytestmark = pytest.mark.drill

ENVIRONMENTS = ("networks", "report", "tables", "train", "video")
RULES = imports_of.rules()


def network(path: Path) -> None:
    """A convolution of (n, 1, 12, 12) as an ONNX file."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    kernel = onnx.numpy_helper.from_array(
        np.random.default_rng(3).normal(size=(4, 1, 3, 3)).astype("float32"), "kernel"
    )
    ends = [helper.make_tensor_value_info("image", kind, ("n", 1, 12, 12))]
    ends += [helper.make_tensor_value_info("map", kind, None)]
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "kernel"], ["map"])], "g", ends[:1], ends[1:], [kernel]
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


@pytest.fixture(scope="module")
def finished(make_project, tmp_path_factory):
    """A study that was run with --sdm conda to its end: the project, and how snakemake is called."""
    project = make_project(tmp_path_factory.mktemp("tooled") / "project", "tooled")
    tiny.film(project.study / "videos")
    network(project.study / "edges.onnx")
    conda_of_links.install(project.root / "conda")
    channel = conda_of_links.channel(project.root / "channel")
    for path in (project.code / "envs").glob("*.yaml"):
        path.write_text(path.read_text().replace("[conda-forge, nodefaults]", f"[{channel!r}]"))
    found = {"PATH": f"{project.root}/conda/bin:{os.environ['PATH']}"}

    def run(*arguments: str, conda: bool = True) -> subprocess.CompletedProcess:
        return project.snakemake(*(["--sdm", "conda"] if conda else []), *arguments, environment=found)

    done = run()
    assert done.returncode == 0, done.stdout[-6000:]
    return project, run, done.stdout


def test_a_study_runs_in_the_environments_of_its_rules(finished):
    project, run, said = finished
    assert (project.study / "results/report/study.html").is_file()
    made = sorted((project.study / ".snakemake/conda").glob("*_/pyvenv.cfg"))
    assert len(made) == len(ENVIRONMENTS)
    assert {RULES[rule][0] for rule in RULES if f"(Rule: {rule})" in said} == set(ENVIRONMENTS)
    assert "Nothing to be done" in run("--dry-run").stdout


def test_without_conda_everything_would_run_again(finished):
    """Hence a study decides once."""
    _, run, said = finished
    jobs = dry_run.planned([], lambda arguments: run(*arguments, conda=False).stdout)
    for rule in ("index_clips", "extract_faces", "run_network", "train_fold", "fit_fusion", "score", "make_report"):
        assert sum(job.rule == rule for job in jobs) == said.count(f"(Rule: {rule})"), rule
    assert "Software environment definition has changed" in run("--dry-run", conda=False).stdout


def test_a_package_that_an_environment_lacks_fails_here(finished):
    project, run, _ = finished
    path = project.code / "envs/tables.yaml"
    whole = path.read_text()
    path.write_text(whole.replace("  - scikit-learn=1.9\n", "").replace("  - skops=0.16\n", ""))
    fit = "results/fused/filmed/held/learnt.json"
    done = run("--force", "--allowed-rules", "fit_fusion", "--", fit)
    path.write_text(whole)
    assert done.returncode != 0
    log = next((project.study / "results/logs/fit_fusion").rglob("learnt.log")).read_text()
    assert "the package sklearn is missing: run `make venv`, or use the rule's environment (envs/)" in log


def test_a_version_that_no_channel_has_is_refused(finished):
    project, run, _ = finished
    path = project.code / "envs/tables.yaml"
    whole = path.read_text()
    path.write_text(whole.replace("numpy=2.5", "numpy=2.99"))
    said = run("--conda-create-envs-only").stdout
    path.write_text(whole)
    assert "PackagesNotFoundError: numpy=2.99 is in none of ['file://" in said


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_all_that_the_rules_of_an_environment_can_import_is_there(name, tmp_path):
    """Not only what the jobs above came by: every module, every package, and --help of each script."""
    distributions.make(tmp_path / "env", distributions.of_environment(ROOT / "envs" / f"{name}.yaml"))
    python, scripts = tmp_path / "env/bin/python", ROOT / "scripts"
    own = {rule: script for rule, (environment, script) in RULES.items() if environment == name}
    wanted = {top for rule, script in own.items() for top in imports_of.packages(rule, script)}
    wanted -= set(imports_of.OPENED.values())
    files = {file for script in own.values() for file in imports_of.modules(script) if file.startswith("ferstudy/")}
    wanted |= {file.removesuffix(".py").replace("/", ".") for file in files}
    code = f"import sys, importlib; sys.path.insert(0, {str(scripts)!r})\n"
    code += f"for name in {sorted(wanted)!r}: importlib.import_module(name)"
    alone = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | {
        "PYTHONNOUSERSITE": "1"
    }
    subprocess.run([python, "-c", code], check=True, env=alone, cwd=tmp_path)
    for script in sorted(set(own.values())):
        done = subprocess.run([python, scripts / f"{script}.py", "--help"], env=alone, capture_output=True, text=True)
        assert "--job" in done.stdout, done.stderr


APPTAINER = """#!{python}
import os, sys
if sys.argv[1] == "--version":
    sys.exit(print("apptainer version 1.3.4"))
image = next(i for i, part in enumerate(sys.argv) if part.endswith(".sif"))
print("image", sys.argv[image], "sees", sys.argv[sys.argv.index("--bind") + 1], flush=True)
os.execvp(sys.argv[image + 1], sys.argv[image + 1:])
"""


def test_with_apptainer_each_command_runs_in_the_image_of_its_rule(make_project, tmp_path):
    """By a look-alike that says what it was given and runs it here."""
    project = make_project(tmp_path / "project")
    tiny.film(project.study / "videos")
    tool = tmp_path / "bin/apptainer"
    tool.parent.mkdir()
    tool.write_text(APPTAINER.format(python=sys.executable))
    tool.chmod(0o755)
    found = {"PATH": f"{tool.parent}:{os.environ['PATH']}"}
    asked = ("--sdm", "apptainer", "--", "index")
    refused = project.snakemake(*asked, environment=found)
    assert refused.returncode != 0
    assert "apptainer build envs/video.sif envs/video.def" in refused.stdout
    for path in (project.code / "envs").glob("*.def"):
        path.with_suffix(".sif").touch()
    done = project.snakemake(*asked, environment=found)
    assert done.returncode == 0, done.stdout[-3000:]
    for rule in ("index_clips", "make_folds"):
        assert f"image {project.code}/envs/{RULES[rule][0]}.sif sees {project.code}" in done.stdout


def test_in_images_that_were_built_a_study_has_the_same_predictions(make_project, tmp_path):
    """By the real Apptainer, where it is installed and envs/*.def have been built beside them."""
    images = [ROOT / "envs" / f"{name}.sif" for name in ENVIRONMENTS]
    if not shutil.which("apptainer") or not all(map(Path.exists, images)):
        pytest.skip("needs apptainer and its images: apptainer build envs/NAME.sif envs/NAME.def")
    found = []
    for options in ((), ("--sdm", "apptainer")):
        project = make_project(tmp_path / f"project{len(options)}", "tooled")
        tiny.film(project.study / "videos")
        network(project.study / "edges.onnx")
        for image in images:
            (project.code / "envs" / image.name).symlink_to(image)
        done = project.snakemake(*options)
        assert done.returncode == 0, done.stdout[-6000:]
        results = project.study / "results"
        paths = [
            path for name in ("folds", "predictions", "fused", "scores") for path in results.glob(f"{name}/**/*.csv")
        ]
        found.append({path.relative_to(results): path.read_text() for path in paths})
    assert found[0] == found[1]
    assert {path.parts[0] for path in found[0]} == {"folds", "predictions", "fused", "scores"}
