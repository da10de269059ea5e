"""Settings of `report` that name architectures (true for all of the grid, or a list of names), or their protocols."""

from collections.abc import Iterator

from ferstudy.study.cost_jobs import of_grid
from ferstudy.study.grid import Study

KEYS = ("explain", "robustness")


def asked(study: Study, key: str) -> list[tuple[str, str]]:
    """(dataset, architecture) of the grid that report/`key` asks for."""
    names = study.config["report"][key]
    return [place for place in of_grid(study) if names is True or (names and place[1] in names)]


def findings(config: dict) -> Iterator[str]:
    """Names that no architecture, or no protocol, has."""
    known = config["architectures"]
    for key in KEYS:
        names = config["report"][key]
        for name in names if isinstance(names, list) else []:
            if name not in known:
                yield f"report/{key}: no architecture named {name!r}; there are {', '.join(known)}"
    for name in config["report"]["explain_protocols"]:
        if name not in config["protocols"]:
            yield f"report/explain_protocols: no protocol named {name!r}; there are {', '.join(config['protocols'])}"
