"""A digest of the code behind a job, given to Snakemake as a param.

Snakemake 9 tracks the modification time of a script and no imported module at all; so each rule has
`params: code=code_digest(...)`, and a job runs again exactly when the logic that it runs has changed: not after a
touch, a checkout, a comment, a docstring or a new layout of the same code.
"""

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ferstudy.provenance.code_cache import cached

PACKAGE = "ferstudy"
OWN = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()  # what is cached was found by this very module
EMPTY = ("''", "[]", "{}", "False", "0")


@cache
def code_digest(scripts: str | Path, *names: str) -> str:
    """Digest of the files `names` below the folder `scripts` and of every module of ours that they import.

    Python files count by their syntax tree without docstrings, other files (templates) by their bytes. Imports inside
    functions count too; `import_module(name)` cannot be seen, so a rule that loads a module by name lists that file.
    A field that a job may leave out (`ferstudy/jobs`, its default is empty) is no code: without it all is the same.
    The text of a tree may differ between minor versions of Python, so another one can run jobs again once.
    """
    scripts = Path(scripts)
    parts = []
    waiting, seen = list(names), set(names)
    while waiting:
        name = waiting.pop()
        text, imported = _content(scripts, name)
        parts.append(f"{name}\0{text}")
        waiting += imported - seen
        seen |= imported
    return hashlib.sha256("\0".join(sorted(parts)).encode()).hexdigest()[:16]


@cache
def _content(scripts: Path, name: str) -> tuple[str, frozenset[str]]:
    """What counts of one file, and which of our files it imports."""
    path = scripts / name
    source = path.read_bytes()
    if path.suffix != ".py":
        return hashlib.sha256(source).hexdigest(), frozenset()
    of_a_job = path.parent == scripts / PACKAGE / "jobs"
    key = hashlib.sha256(repr((source, of_a_job, sys.version, OWN)).encode()).hexdigest()
    text, modules = cached(path, key, lambda: _found(path, source, of_a_job))
    files = (module.replace(".", "/") + ".py" for module in modules)
    return text, frozenset(file for file in files if (scripts / file).is_file())


def _found(path: Path, source: bytes, of_a_job: bool) -> list:
    """The text of a module that counts, and what it imports from the package."""
    tree = ast.parse(source, filename=str(path))
    if of_a_job:
        tree = _without_optional_fields(tree)
    imported = sorted({name for node in _statements(tree) for name in _imports(path, node)})
    return [ast.unparse(_without_docstrings(tree)), imported]


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """The node and the statements within it, without their expressions: these import and define nothing."""
    yield node
    for blocks in ("body", "handlers", "orelse", "finalbody", "cases"):
        # A body of a lambda is an expression, which no statement lists.
        for part in getattr(node, blocks, ()):
            yield from _statements(part)


def _imports(path: Path, node: ast.AST) -> Iterator[str]:
    """What a statement imports from the package; of `from a import b` both a and a.b, since either may be a module."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        if node.level:
            raise ValueError(f"{path}: relative imports cannot be followed; write `from {PACKAGE}...`")
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        return
    yield from (name for name in names if name.split(".")[0] == PACKAGE)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in list(_statements(tree)):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def _without_optional_fields(tree: ast.Module) -> ast.Module:
    """The module of a job without the fields that are empty where they are left out, as `x: str = reads("...", "")`."""
    for node in list(_statements(tree)):
        if isinstance(node, ast.ClassDef):
            node.body = [part for part in node.body if not _is_optional(part)] or [ast.Pass()]
    return tree


def _is_optional(part: ast.stmt) -> bool:
    if not (isinstance(part, ast.AnnAssign) and isinstance(part.value, ast.Call) and len(part.value.args) > 1):
        return False
    return ast.unparse(part.value.args[1]) in EMPTY
