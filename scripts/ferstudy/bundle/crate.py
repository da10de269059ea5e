"""RO-Crate 1.1 metadata of a bundle: what it is, what is in it, and what made it (https://w3id.org/ro/crate/1.1)."""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import quote

from ferstudy.report.records import Results

NAME = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "https://w3id.org/ro/crate/1.1"
FORMATS = {
    ".html": "text/html", ".csv": "text/csv", ".json": "application/json", ".md": "text/markdown",
    ".tex": "application/x-tex", ".bib": "application/x-bibtex", ".svg": "image/svg+xml", ".pdf": "application/pdf",
    ".yaml": "application/yaml",
}  # fmt: skip


class NotInFiles(NamedTuple):
    """What the study's files do not say of the bundle."""

    published: str  # a day, YYYY-MM-DD
    licence: str  # an address; empty where nobody has said it
    release: str  # of ferstudy


def metadata(results: Results, files: Mapping[str, bytes], said: NotInFiles) -> str:
    """The JSON-LD of a bundle of `files`, by path; who made the study is left out, as no file says it."""
    software, shown = _software(results, said), results.names.anywhere if results.names else str
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": shown(results.title),
        "description": shown(results.question) or "TO STATE: the question of the study.",
        "datePublished": said.published,
        "hasPart": [{"@id": quote(path)} for path in sorted(files)],
        "mentions": [{"@id": "#run"}],
    }
    if said.licence:
        root["license"] = {"@id": said.licence}
    sources = [_source(results, dataset) for dataset in results.datasets]
    if sources:
        root["isBasedOn"] = [{"@id": source["@id"]} for source in sources]
    graph = [
        {"@id": NAME, "@type": "CreativeWork", "conformsTo": {"@id": PROFILE}, "about": {"@id": "./"}},
        root,
        *(_file(path, files[path]) for path in sorted(files)),
        _run(software),
        *software,
        *sources,
        *([{"@id": said.licence, "@type": "CreativeWork", "name": said.licence}] if said.licence else []),
    ]
    return json.dumps({"@context": CONTEXT, "@graph": graph}, indent=1, ensure_ascii=False) + "\n"


def _file(path: str, content: bytes) -> dict[str, Any]:
    """A file; of one whose content is not known yet, the list of digests, without its size."""
    form = FORMATS.get(PurePosixPath(path).suffix, "text/plain")
    told = {"@id": quote(path), "@type": "File", "name": path, "encodingFormat": form}
    return {**told, "contentSize": str(len(content))} if content else told


def _run(software: list[dict]) -> dict[str, Any]:
    """The run of the study, of which the bundle is the result."""
    return {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "The run of the study",
        "instrument": [{"@id": one["@id"]} for one in software],
        "result": {"@id": "./"},
    }


def _software(results: Results, said: NotInFiles) -> list[dict[str, Any]]:
    """ferstudy and the packages that the run records name, each with its version."""
    records = [record for own in results.models for record in own.records]
    used = {(name, str(version)) for one in records for name, version in (one.get("versions") or {}).items()}
    version = f"{said.release} (commit {results.commit})" if results.commit else said.release
    own = {"@id": "#ferstudy", "@type": "SoftwareApplication", "name": "ferstudy"}
    return [
        {**own, "softwareVersion": version} if version else own,
        *(
            {
                "@id": f"#{quote(name)}-{quote(version)}",
                "@type": "SoftwareApplication",
                "name": name,
                "softwareVersion": version,
            }
            for name, version in sorted(used)
        ),
    ]


def _source(results: Results, dataset: Any) -> dict[str, Any]:
    """The data of a study, which are not in the bundle."""
    shown = results.names.anywhere if results.names else str
    told = {
        "@id": f"#data-{dataset.name}",
        "@type": "Dataset",
        "name": dataset.name,
        "description": "The videos, which are not in this bundle.",
    }
    said = {"license": dataset.licence, "citation": dataset.citation}
    return {**told, **{key: shown(text) for key, text in said.items() if text and "TO STATE" not in text}}
