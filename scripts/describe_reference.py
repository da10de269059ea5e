"""Write the pages of docs/reference that follow from the code: config keys, files of results, network families.

What stands in a page before its marker is written by hand and stays.
"""

import argparse
import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import yaml

import describe_config
from ferstudy import paths
from ferstudy.command import run
from ferstudy.whole_files import write_text

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "scripts/ferstudy"
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
EXAMPLE = ROOT / "docs/reference/example.yaml"
MARKER = "<!-- From here on made by `make reference`. -->\n"
PARTS = ("vector", "samples", "fit", "build")  # whose docstrings say what a family's settings do


def main(argv: list[str] | None = None) -> None:
    """Replace what follows the marker in each page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / "docs/reference")
    args = parser.parse_args(argv)
    for name, made in {"config": config(), "results": results(), "families": families()}.items():
        page = args.folder / f"{name}.md"
        before, _, _ = page.read_text(encoding="utf-8").partition(MARKER)
        write_text(page, f"{before}{MARKER}\n{made.strip()}\n")


# ---- config
def config() -> str:
    """All keys by section, each with its part of the example."""
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    shown = examples(EXAMPLE.read_text(encoding="utf-8"))
    page = describe_config.reference(schema)
    for name in schema["properties"]:
        title, below = f"## `{name}`\n\n", ""
        intro, _, rest = page.partition(title)[2].partition("\n\n")
        if not rest.startswith("```"):  # the key has no example of its own
            below = f"```yaml\n{shown[name]}```\n\n"
        page = page.replace(f"{title}{intro}\n\n", f"{title}{intro}\n\n{below}", 1)
    return page


def examples(text: str) -> dict[str, str]:
    """The sections of a config as they are written, by their key."""
    found: dict[str, str] = {}
    name = ""
    for line in text.splitlines(keepends=True):
        if line[0] not in " #\n":
            name = line.partition(":")[0]
        if name and line.strip():
            found[name] = found.get(name, "") + line
    return found


# ---- results
def results() -> str:
    """Every file of a results folder, and the columns of every table."""
    lines = ["## Files", "", "| file | what it is |", "|---|---|"]
    lines += [f"| `{path}` | {text} |" for path, text in files()]
    lines += ["", "## Tables"]
    modules = [f"ferstudy.tables.{path.stem}" for path in sorted((LIBRARY / "tables").glob("*.py"))]
    for module in [*modules, "ferstudy.search.trials"]:
        if hasattr(import_module(module), "COLUMNS"):
            lines += table(module)
    return "\n".join(lines)


def files() -> Iterator[tuple[str, str]]:
    """The path that each function of paths.py gives, and its description, in the order of the file."""
    for function in vars(paths).values():
        if inspect.isfunction(function) and function.__module__ == paths.__name__:
            path = function(*(f"<{each}>" for each in inspect.signature(function).parameters))
            if isinstance(path, str):
                yield path, sentence(function)


def table(module: str) -> list[str]:
    """The columns of one kind of table with their types and comments."""
    source = Path(inspect.getfile(import_module(module)))
    fields = dict(comments(source))
    name = module.rpartition(".")[2]
    about = paragraph(f"{sentence(import_module(module))} {rows_of(source)}")
    lines = ["", f"### {name}", "", about, "", "| column | type | |", "|---|---|---|"]
    for column in import_module(module).COLUMNS:
        kind, text = fields.get(column, ("", ""))
        lines.append(f"| `{column}` | {cell(kind)} | {cell(text)} |")
    if hasattr(import_module(module), "PREFIX"):
        lines.append(f"| `{import_module(module).PREFIX}<class>` | float | its probability; a column for each class |")
    return lines


def rows_of(source: Path) -> str:
    """What the first class of a table's module says of a row."""
    classes = [node for node in ast.parse(source.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    return sentence(classes[0])


def comments(source: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Of each field of the classes in a module: its type, and the comment behind it."""
    text = source.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            for field in node.body:
                if isinstance(field, ast.AnnAssign):
                    kind = ast.unparse(field.annotation).replace("np.ndarray", "")
                    yield field.target.id, (kind, lines[field.lineno - 1].partition("  # ")[2])


# ---- families
def families() -> str:
    """Every family and every backbone with what it reads, its settings and their defaults."""
    backbones = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))["properties"]["backbones"]["additionalProperties"]
    found: dict[str, list[str]] = {"Families": [], "Backbones": []}
    for path in sorted((LIBRARY / "models").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        stated = dict(constants(tree))
        if "TRAINER" in stated:
            found["Families"] += ["", f"### `{path.stem}`", "", *family(tree, stated)]
        elif path.stem in backbones["properties"]["network"]["enum"]:
            found["Backbones"] += ["", f"### `{path.stem}`", "", *backbone(tree, stated)]
    return "\n\n".join(f"## {title}\n" + "\n".join(lines) for title, lines in found.items())


def family(tree: ast.Module, stated: dict) -> list[str]:
    """What a family's module says of itself."""
    reads = " or ".join(f"`{kind}`" for kind in stated["INPUTS"])
    baseline = ", a baseline of every study that has it" if stated.get("BASELINE") else ""
    about = f"Reads {reads}; trained as {stated['TRAINER']}{baseline}."
    return [paragraph(sentence(tree)), "", paragraph(about), *settings(stated), *functions(tree, stated)]


def backbone(tree: ast.Module, stated: dict) -> list[str]:
    """What a backbone's module says of itself."""
    return [paragraph(sentence(tree)), *settings(stated), *functions(tree, stated)]


def settings(stated: dict) -> list[str]:
    """The table of a module's settings and their defaults."""
    rows = [row for name in ("DEFAULTS", "NETWORK") for row in defaults(stated.get(name, {}))]
    return ["", "| setting | default |", "|---|---|", *rows] if rows else []


def functions(tree: ast.Module, stated: dict) -> list[str]:
    """What the functions of a module do with its settings."""
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in PARTS]
    told = {node.name: ast.get_docstring(node) for node in found if ast.get_docstring(node)}
    return [line for name, text in told.items() for line in ("", paragraph(f"**`{name}`.** {spelled(text, stated)}"))]


def spelled(text: str, stated: dict) -> str:
    """Text with the words of a constant in place of the constant's name."""

    def words(match: re.Match) -> str:
        value = stated.get(match[0])
        return ", ".join(value) if isinstance(value, tuple) else match[0]

    return re.sub(r"\b[A-Z]{4,}\b", words, text)


def constants(tree: ast.Module) -> Iterator[tuple[str, object]]:
    """The constants at the top of a module; of one that is taken from another module, its text."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
            try:
                yield node.targets[0].id, ast.literal_eval(node.value)
            except ValueError:
                yield node.targets[0].id, ast.unparse(node.value)


def defaults(entry: dict | str) -> list[str]:
    """A row for each setting; one that names the module from which all are taken."""
    if isinstance(entry, str):
        return [f"| those of `{entry}` | |"]
    return [
        f"| `{name}` | `{yaml.safe_dump(value, default_flow_style=True).split(chr(10))[0]}` |"
        for name, value in entry.items()
    ]


# ---- both
def sentence(described: object) -> str:
    """The first paragraph of a docstring, as a cell."""
    text = ast.get_docstring(described) if isinstance(described, ast.AST) else inspect.getdoc(described)
    return cell((text or "").partition("\n\n")[0])


def paragraph(text: str) -> str:
    """Text in lines of at most 100 characters."""
    return textwrap.fill(" ".join(text.split()), 100, break_long_words=False, break_on_hyphens=False)


def cell(text: str) -> str:
    """Text in one line, without what would end a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    sys.exit(run(main))
