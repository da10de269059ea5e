"""What network families, dataset adapters and rendered layouts say of themselves, read without importing them."""

import ast
from functools import cache
from pathlib import Path

from ferstudy.jobs.index_clips import OF_ALL

PACKAGE = Path(__file__).parents[1]


@cache
def family(name: str) -> dict:
    """What the module of a network family says of itself in top-level constants, read without importing it.

    TRAINER: "network" (Keras) or "estimator" (scikit-learn); INPUTS: the input kinds it takes; BACKBONE: whether it
    reads crops through a backbone; BASELINE: whether it stands in every report as something to beat; DEFAULTS and
    NETWORK: its settings with their defaults.
    """
    path = PACKAGE / "models" / f"{name}.py"
    constants = {"BASELINE": False, "BACKBONE": False, "DEFAULTS": {}, "NETWORK": {}}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        name = ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else ""
        if name in {"TRAINER", "INPUTS", "BASELINE", "BACKBONE", "DEFAULTS", "NETWORK"}:
            taken = isinstance(node.value, ast.Attribute)  # from another family, as in NETWORK = cascade.NETWORK
            constants[name] = family(node.value.value.id)[name] if taken else ast.literal_eval(node.value)
    return constants


def defaults(name: str) -> dict:
    """All settings of a family with their defaults."""
    return {**family(name)["DEFAULTS"], **family(name)["NETWORK"]}


def families() -> list[str]:
    """The network families: the modules of models/ that name a TRAINER."""
    return sorted(path.stem for path in (PACKAGE / "models").glob("*.py") if "TRAINER" in family(path.stem))


@cache
def adapters() -> dict[str, list[str]]:
    """The options of each dataset adapter (a module of datasets/ with a `scan`): its arguments, and OF_ALL."""
    found = {}
    for path in sorted((PACKAGE / "datasets").glob("*.py")):
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.FunctionDef) and node.name == "scan":
                own = [argument.arg for argument in (*node.args.args[1:], *node.args.kwonlyargs)]
                found[path.stem] = list(dict.fromkeys([*own, *OF_ALL]))
    return found


def layout(adapter: str) -> str:
    """What an adapter looks for: the first two paragraphs of its docstring, which are its data and their places."""
    module = ast.parse((PACKAGE / "datasets" / f"{adapter}.py").read_bytes())
    return "\n\n".join(ast.get_docstring(module).split("\n\n")[:2])


@cache
def layouts() -> list[str]:
    """The raw layouts that can be rendered: the modules of synthetic/layouts/ with a `file`."""
    return sorted(
        path.stem
        for path in (PACKAGE / "synthetic" / "layouts").glob("*.py")
        if any(isinstance(node, ast.FunctionDef) and node.name == "file" for node in ast.parse(path.read_bytes()).body)
    )
