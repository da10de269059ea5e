"""Parts of config entries."""

from typing import Any

from ferstudy import paths
from ferstudy.study.grid import Study


def some(entry: dict, *keys: str) -> dict[str, Any]:
    """These keys of a config entry, those that it has."""
    return {key: entry[key] for key in keys if key in entry}


def who(study: Study, dataset: str) -> dict[str, Any]:
    """The tables that say who is who in a dataset, as fields of a job (jobs.who); none where nobody asked for one."""
    entry = study.datasets[dataset]
    joined = [leaf for leaf in entry.get("union", []) if "people" in study.datasets[leaf]]
    return {
        **some(entry, "people"),
        "joined_people": [study.datasets[leaf]["people"] for leaf in joined],
        "faces": [paths.people_by_face(leaf) for leaf in study.leaves(dataset) if study.names_by_face(leaf)],
        "joined_names": ["" if entry.get("subjects") == "shared" else f"{leaf}/" for leaf in joined],
    }
