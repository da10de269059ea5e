"""Votes of people in a config: does the section `human` fit the rest?

Standard library only: this is read at every parse of the workflow.
"""

from collections.abc import Iterator
from pathlib import Path

from ferstudy.study.grid import classes_of


def listed(given: str | list[str]) -> list[str]:
    """One file or several, as a list."""
    return [given] if isinstance(given, str) else given


def findings(config: dict) -> Iterator[str]:
    """What does not fit in the section `human`, a sentence each."""
    for dataset, entry in config["human"].items():
        place = f"human/{dataset}"
        if dataset not in config["grid"]:
            yield f"{place}: the grid has no dataset named {dataset!r}; it has {', '.join(config['grid'])}"
            continue
        for key in ("votes", "key"):
            for path in listed(entry.get(key, [])):
                if not Path(path).is_file():
                    where = "relative paths are looked for in the study folder"
                    yield f"{place}/{key}: there is no file {path!r}; {where}"
        classes = classes_of(config["datasets"], dataset)
        for answer, name in entry["labels"].items():
            if name not in classes:
                yield f"{place}/labels/{answer}: {name!r} is none of the classes {', '.join(classes)}"
