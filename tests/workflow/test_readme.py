"""What README and docs tell a new user to type is true."""

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
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ARCHITECTURE = (ROOT / "docs/how-to/architecture.md").read_text()
SEARCH = (ROOT / "docs/how-to/search.md").read_text()


@pytest.fixture
def example(tmp_path) -> Path:
    """The architecture of the how-to page as a file."""
    path = tmp_path / "mean_mlp.py"
    path.write_text(re.search(r"```python\n(.*?)```", ARCHITECTURE, re.DOTALL)[1])
    return path


@pytest.mark.slow
def test_the_architecture_of_the_docs_trains(example):
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
    for module in (check, modules):
        monkeypatch.setattr(
            module, "family", lambda name: family(str(example.with_suffix("")) if name == "mean_mlp" else name)
        )
    entry = yaml.safe_load(re.search(r"```yaml\n(architectures:\n  mean_mlp.*?)```", ARCHITECTURE, re.DOTALL)[1])
    entry = entry["architectures"]["mean_mlp"]
    assert "mean_mlp" in study_of(changed("architectures/mean_mlp", entry)).models("builtin", "kfold3", "architecture")


def test_the_search_of_the_docs_is_sound_and_costs_what_it_says():
    example = yaml.safe_load(re.search(r"```yaml\n(searches:.*?)```", SEARCH, re.DOTALL)[1])["searches"]
    config = complete(changed("searches", example), SCHEMA, "config/config.yaml")
    assert list(findings(config, yaml.safe_load(SCHEMA.read_text()))) == []
    (line,) = costs(Study(config).search_places)
    said = re.search(r"\(here (.*?)\)", SEARCH)[1]
    assert said in line


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_commands_and_files_of_a_page_exist(page):
    text = page.read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = re.findall(r"(?:^|`)make ([a-z -]+)", text, re.MULTILINE)
    assert {target for line in commands for target in line.split()} <= targets
    for path in re.findall(r"(?:\.venv/bin/python|`)\s?(scripts/\w+\.py)", text):
        assert (ROOT / path).exists(), path


def test_every_rule_and_every_command_stands_in_the_docs():
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    page = (ROOT / "docs/explanation/data.md").read_text()
    for rule in re.findall(r"^(?:rule|checkpoint) (\w+):", rules, re.MULTILINE):
        assert re.search(rf"\b{rule}\b", page), rule
    commands = (ROOT / "docs/reference/commands.md").read_text()
    for target in re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE):
        assert target == "help" or f"`make {target}" in commands, target
