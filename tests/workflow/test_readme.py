"""What the README tells a new user to type is true."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
import yaml
from test_config import SCHEMA, changed, study_of

from ferstudy.models.clip import ClipInputs
from ferstudy.study import check, modules
from ferstudy.study.check_searches import findings
from ferstudy.study.config import complete
from ferstudy.study.grid import Study
from ferstudy.study.search_places import costs

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.fixture
def example(tmp_path) -> Path:
    """The architecture of the README as a file."""
    path = tmp_path / "mean_mlp.py"
    path.write_text(re.search(r"```python\n(.*?)```", README, re.DOTALL)[1])
    return path


def test_the_architecture_of_the_readme_trains(example):
    namespace: dict = {}
    exec(compile(example.read_text(), str(example), "exec"), namespace)
    rng = np.random.default_rng(0)
    clips = [
        ClipInputs(str(i), np.arange(5), features=rng.normal(i % 2, 0.1, (5, 8)).astype("float16")) for i in range(32)
    ]
    samples = [sample for clip in clips for sample in namespace["samples"](clip, {})]
    batch = namespace["batch"](samples, {})
    keras.utils.set_random_seed(1)
    network = namespace["build"](2, {name: array.shape[1:] for name, array in batch.items()}, None, units=16)
    network.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    truth = np.arange(32) % 2
    network.fit(batch, truth, epochs=10, verbose=0)
    assert network.evaluate(batch, truth, verbose=0)[1] == 1


def test_the_workflow_accepts_it_by_its_name_alone(example, monkeypatch):
    family = modules.family
    monkeypatch.setattr(
        check, "families", lambda: ["mean_mlp", "cascade", "two_stream", "c3d", "linear", "frame_aggregation"]
    )
    monkeypatch.setattr(
        check, "family", lambda name: family(str(example.with_suffix(""))) if name == "mean_mlp" else family(name)
    )
    source = {"kind": "features", "recipe": "crop64", "backbone": "compact", "layer": "dense"}
    entry = {"family": "mean_mlp", "input": source, "settings": {"units": 32}, "training": {"epochs": 10}}
    assert "mean_mlp" in study_of(changed("architectures/mean_mlp", entry)).models("builtin", "kfold3", "architecture")


def test_the_search_of_the_readme_is_sound_and_costs_what_it_says():
    example = yaml.safe_load(re.search(r"```yaml\n(searches:.*?)```", README, re.DOTALL)[1])["searches"]
    config = complete(changed("searches", example), SCHEMA, "config/config.yaml")
    assert list(findings(config, yaml.safe_load(SCHEMA.read_text()))) == []
    (line,) = costs(Study(config).search_places)
    said = re.search(r"\(here (.*?)\)", README)[1]
    assert said in line


def test_commands_and_files_of_the_readme_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for line in re.findall(r"\bmake ([a-z ]+)", README) for name in line.split()[:1]}
    assert named <= targets
    for path in re.findall(r"\]\(([^)#]+)\)", README):
        assert path.startswith("http") or (ROOT / path).exists(), path


def test_every_rule_stands_in_the_readme():
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    for rule in re.findall(r"^(?:rule|checkpoint) (\w+):", rules, re.MULTILINE):
        assert rule in README, rule
