"""The scripts of the page: the modules of templates/js as one, each after those that it imports."""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "templates" / "js"
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=function|const|async)", re.MULTILINE)


@cache
def joined(first: str = "main") -> str:
    """The module `first` and all that it imports, as one script without imports: a page is one file.

    The modules share one scope, so that a name that two of them have is a syntax error (tests/unit/test_page_scripts).
    """
    return "\n".join(_body(name) for name in _in_order(first, []))


def _in_order(name: str, seen: list[str]) -> list[str]:
    if name not in seen:
        for needed in IMPORT.findall(_text(name)):
            _in_order(needed, seen)
        seen.append(name)
    return seen


def _text(name: str) -> str:
    return (FOLDER / f"{name}.js").read_text(encoding="utf-8")


def _body(name: str) -> str:
    return EXPORT.sub("", IMPORT.sub("", _text(name)))
