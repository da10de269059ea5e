"""The house in order: sizes, names and where facts stand."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
RULES = {path: path.read_text("utf-8") for path in sorted((ROOT / "workflow").rglob("*.smk"))}


@pytest.fixture(scope="module")
def modules() -> dict[Path, list[ast.AST]]:
    """The parts of every module of the scripts, parsed once: not when tests are collected, which each worker does."""
    wanted = (ast.FunctionDef, ast.ClassDef, ast.Constant)
    trees = {path: ast.walk(ast.parse(path.read_text("utf-8"))) for path in sorted(SCRIPTS.rglob("*.py"))}
    return {path: [node for node in nodes if isinstance(node, wanted)] for path, nodes in trees.items()}


def test_no_module_has_more_than_300_lines_and_no_function_more_than_50(modules):
    long = [path.name for path in modules if len(path.read_text("utf-8").splitlines()) > 300]
    functions = [
        f"{path.name}: {node.name}"
        for path, nodes in modules.items()
        for node in nodes
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 50
    ]
    assert (long, functions) == ([], [])


def test_the_workflow_keeps_what_needs_snakemake():
    common = RULES[ROOT / "workflow/rules/common.smk"]
    assert len(common.splitlines()) <= 120
    assert all("lambda" not in text.split("params:")[-1] for path, text in RULES.items() if path.name != "common.smk")


def test_a_class_has_its_name_alone(modules):
    places = defaultdict(list)
    for path, nodes in modules.items():
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(SCRIPTS)))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_names_of_files_stand_in_paths_alone(modules):
    """Below results/; what is said to people may name a file."""
    found = [
        f"{path.name}: {node.value}"
        for path, nodes in modules.items()
        if path.name != "paths.py"
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.match(r"results/\S*$", node.value)
    ]
    found += [f"{path.name}: {name}" for path, text in RULES.items() for name in re.findall(r"[\"']results/\S*", text)]
    assert found == []
