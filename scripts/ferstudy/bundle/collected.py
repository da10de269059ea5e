"""What a bundle holds of a study: its page with what lies beside it, and the files that its numbers come from."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import yaml

from ferstudy import paths
from ferstudy.bundle import without_names
from ferstudy.report import page_files, view
from ferstudy.report.names import without_private
from ferstudy.report.records import Results
from ferstudy.study.every_job import every_file

# Tables and records of a study, by the folder of results that they lie in; crops, videos and networks never are.
TAKEN = {
    "folds": (".csv",), "scores": (".csv",), "predictions": (".csv",), "fused": (".csv", ".json"),
    "external": (".csv", ".json"), "audit": (".json",), "compare": (".json",), "search": (".csv", ".json"),
    "models": ("run.json", "history.csv"), "backbones": ("history.csv",),
}  # fmt: skip
PAIRS = "pairs.csv"  # of the audit: every pair of clips and people that it found
OF_FERSTUDY = ("requirements.lock", "CITATION.cff", "LICENSE")
REPORT = "report"


class Permitted(NamedTuple):
    """What a bundle may show."""

    names: bool  # of people, clips and files
    faces: bool


def permitted(results: Results, with_names: bool) -> Permitted:
    """What the config, and whoever makes the bundle, allow.

    Names may be shown where nobody was recorded, or where it was asked for. Faces may be where names may, and where
    every dataset shows none or all of its people: faces of a few are for readers of the page, not for whoever gets it.
    """
    names = with_names or all(dataset.rendered for dataset in results.datasets)
    shown = {str(dataset.faces_in_report) for dataset in results.datasets}
    return Permitted(names, names and (shown <= {"none"} or shown <= {"all"}))


def collect(results: Results, public: Results, may: Permitted) -> dict[str, bytes]:
    """{path in the bundle: content}, in the study folder; `public` is the study as a public page has it."""
    files = _report(public, may) | _tables(results, public, may) | _clips(results, public, may)
    text = Path(paths.CONFIG).read_text(encoding="utf-8")
    files[paths.CONFIG] = (text if may.names else _config(text, public)).encode()
    for name in OF_FERSTUDY:
        if (paths.PROJECT / name).is_file():
            files[f"ferstudy/{name}"] = (paths.PROJECT / name).read_bytes()
    return files


def _report(public: Results, may: Permitted) -> dict[str, bytes]:
    """The page and what lies beside it: as they are where all of it may be shown, else made anew without names."""
    own = _below(Path(paths.PAGE).parent, REPORT)
    if may.faces:
        return own
    made = _public_page(public)
    if not may.names:
        return made
    return {**{path: content for path, content in own.items() if not path.endswith(".html")},
            f"{REPORT}/study.html": made[f"{REPORT}/study.html"]}  # fmt: skip


def _below(folder: Path, name: str) -> dict[str, bytes]:
    """The files of a finished page, below `folder`."""
    beside = [*map(Path, (paths.PAGE, *paths.REPORT_TEXTS))]
    beside += [path for folder in paths.REPORT_FOLDERS.values() for path in sorted(Path(folder).glob("*"))]
    kinds = (".html", ".md", ".bib", *page_files.KINDS)
    there = (path for path in beside if path.is_file() and path.suffix in kinds)
    return {f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in there}


def _public_page(public: Results) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        folders = {name: root / name for name in paths.REPORT_FOLDERS}
        texts = [root / Path(path).name for path in paths.REPORT_TEXTS]
        page_files.write(public, view.page(public), root / Path(paths.PAGE).name, texts=texts, **folders)
        return {
            f"{REPORT}/{path.relative_to(root).as_posix()}": path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }


def _tables(results: Results, public: Results, may: Permitted) -> dict[str, bytes]:
    """The planned tables and records that are there."""
    found = {}
    for path in (*every_file(results.study), paths.LEDGER, paths.FROZEN):
        if Path(path).is_file() and _is_taken(path, may):
            text = Path(path).read_text(encoding="utf-8")
            found[path] = (text if may.names else _nameless(path)(text, public.names)).encode()
    return found


def _is_taken(path: str, may: Permitted) -> bool:
    if path in (paths.LEDGER, paths.FROZEN):
        return True
    folder, name = Path(path).parts[1], Path(path).name
    if name == PAIRS:
        return may.names
    return name.endswith(TAKEN.get(folder, ()))


def _nameless(path: str) -> Callable:
    return without_names.record if path.endswith(".json") else without_names.table


def _clips(results: Results, public: Results, may: Permitted) -> dict[str, bytes]:
    """Whose clip is whose, and its class: without where it lay, and without what else is known of people."""
    found = {}
    for dataset in results.datasets:
        path = paths.clips(dataset.name)
        if Path(path).is_file():
            text = Path(path).read_text(encoding="utf-8")
            found[path] = (
                without_names.pathless(text) if may.names else without_names.table(text, public.names)
            ).encode()
    return found


def _config(text: str, public: Results) -> str:
    """The config as it was written, without comments and without what names people, folders and files."""
    told = without_private(yaml.safe_load(text))
    return public.names.anywhere(yaml.safe_dump(told, sort_keys=False, allow_unicode=True))
