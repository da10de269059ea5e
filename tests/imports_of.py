"""What a rule's script imports, read from the code: through the library, within functions, and by name."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "scripts"
PACKAGE = "ferstudy"
# (rule, package): why a package that stands in a function of a module it imports is never asked for.
UNREACHED = {
    ("read_sound", "pyarrow"): "it writes what read_tables writes, and reads no table, so no parquet",
    ("index_clips", "pyarrow"): "datasets/frame_store.py reads tables; it is no adapter, and none imports it",
    ("make_stills", "pyarrow"): "as index_clips",
    ("explain_model", "jax"): "only where Keras runs on jax, which is an extra of the project (make jax)",
}
# What is opened as a file of its package and never imported.
OPENED = {"ferstudy/video/landmarks.py": "face_recognition_models"}


def rules() -> dict[str, tuple[str, str]]:
    """Environment and script of each rule that runs one."""
    text = "\n".join(path.read_text() for path in sorted((ROOT / "workflow/rules").glob("*.smk")))
    parts = re.split(r"^(?:rule|checkpoint) (\w+):\n", text, flags=re.MULTILINE)[1:]
    found = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        environment, script = re.search(r"envs/(\w+)\.yaml", body), re.search(r'command\("(\w+)"\)', body)
        assert environment, f"rule {name} names no environment (conda: ../../envs/<name>.yaml)"
        assert script, f"rule {name} runs no script"
        found[name] = (environment[1], script[1])
    return found


def modules(script: str) -> set[str]:
    """The script and all modules of ours that it can import, as paths below scripts/."""
    waiting, seen = [f"{script}.py", *_by_name(script)], set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [file for module in _imported(name) if (file := _ours(module))]
    return seen


def at_start(script: str) -> set[str]:
    """The packages that a script imports before its `main` begins: none of those within functions or by name."""
    waiting, seen, found = [f"{script}.py"], set(), set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            imported = _imported_at_start(name)
            waiting += [file for module in imported if (file := _ours(module))]
            found |= {module.split(".")[0] for module in imported}
    return found


def packages(rule: str, script: str) -> dict[str, str]:
    """The packages of others that a rule can import, each with the module of ours that does."""
    return {top: name for top, name in every_package(script).items() if (rule, top) not in UNREACHED}


def every_package(script: str) -> dict[str, str]:
    """The same, with those in functions that the rule does not call."""
    found = {}
    for name in sorted(modules(script)):
        for module in (*_imported(name), *([OPENED[name]] if name in OPENED else [])):
            top = module.split(".")[0]
            if top not in sys.stdlib_module_names and top != PACKAGE and not (SCRIPTS / f"{top}.py").is_file():
                found.setdefault(top, name)
    return found


@cache
def _imported(name: str) -> tuple[str, ...]:
    """Every module that a file imports, wherever in it."""
    return _imports(tuple(ast.walk(ast.parse((SCRIPTS / name).read_bytes()))))


@cache
def _imported_at_start(name: str) -> tuple[str, ...]:
    """Those that it imports outside of functions."""
    return _imports(tuple(ast.parse((SCRIPTS / name).read_bytes()).body))


def _imports(nodes: tuple[ast.AST, ...]) -> tuple[str, ...]:
    """The modules that these statements import; of `from a import b` both a and a.b."""
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(found)


def _ours(module: str) -> str:
    """The file of a module of ours; empty for one of others, and for a name within a module."""
    file = module.replace(".", "/") + ".py"
    return file if (SCRIPTS / file).is_file() else ""


def _by_name(script: str) -> list[str]:
    """What a script loads by name: the paths in its job's module, where `{...}` may be any module of that folder."""
    path = SCRIPTS / PACKAGE / "jobs" / f"{script}.py"
    texts = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.JoinedStr):
            texts.append("".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
    patterns = [text for text in texts if text.startswith(f"{PACKAGE}/") and text.endswith(".py")]
    return sorted(str(file.relative_to(SCRIPTS)) for pattern in patterns for file in SCRIPTS.glob(pattern))
