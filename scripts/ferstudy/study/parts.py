"""Parts of config entries."""

from typing import Any

from ferstudy.study.grid import Study


def some(entry: dict, *keys: str) -> dict[str, Any]:
    """These keys of a config entry, those that it has."""
    return {key: entry[key] for key in keys if key in entry}


def who(study: Study, dataset: str) -> dict[str, Any]:
    """The tables of who is who of a dataset, as fields of a job; none where nobody has written one."""
    entry = study.datasets[dataset]
    joined = [leaf for leaf in entry.get("union", []) if "people" in study.datasets[leaf]]
    return {
        **some(entry, "people"),
        "joined_people": [study.datasets[leaf]["people"] for leaf in joined],
        "joined_names": ["" if entry.get("subjects") == "shared" else f"{leaf}/" for leaf in joined],
    }
