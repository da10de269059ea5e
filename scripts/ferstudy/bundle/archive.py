"""The bundle as a file: what is in it in words, its digests, and a zip whose bytes are those of its content."""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from ferstudy.bundle import crate, packages
from ferstudy.bundle.collected import Permitted
from ferstudy.bundle.crate import NotInFiles
from ferstudy.errors import StudyError
from ferstudy.report.records import Results
from ferstudy.whole_files import replacing

SUMS = "SHA256SUMS"
README = "README.md"
DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
TEXT = """# {title}

{question}

This is a study made with ferstudy: its page, and the tables and records that every number on it comes from.

| what | where |
|---|---|
| the page, for a browser | `report/study.html` |
| tables of the page, CSV and LaTeX | `report/tables/` |
| figures of the page, SVG and PDF | `report/figures/` |
| scores and more as long tables | `report/data/` |
| methods in words with sources | `report/methods.md`, `report/methods.bib` |
| checklist for reviewers | `report/checklist.md`, `report/checklist.csv` |
| the config | `config/config.yaml` |
| which clip has which class and role | `results/clips/`, `results/folds/` |
| answers of every model to every clip, and scores | `results/predictions/`, `results/fused/`, `results/scores/` |
| paired tests | `results/compare/` |
| audits | `results/audit/` |
| what each training was and used | `results/models/**/run.json` |
| when test rows were opened | `results/ledger.csv` |
| versions of all packages, with their digests | `ferstudy/requirements.lock` |
| the same as a bill of materials (CycloneDX 1.6) | `ferstudy/sbom.cdx.json` |
| all of this for machines (RO-Crate 1.1) | `ro-crate-metadata.json` |

## What is not in it

No video, no face crop, no still, no feature and no trained network: each of them could show a person. {faces}
{names}

The tables are those that lay in the study folder when the bundle was made. Whether another code, config or video would
make them differently is what `snakemake --dry-run` says in that folder.

## How to check it

`sha256sum --check SHA256SUMS` in the unpacked folder says whether a file was changed. With `results/folds` and
`results/predictions` the scores can be computed again: the UAR of a model is the mean over classes of the share of
their test rows whose `predicted` is `truth`.
"""
WITH_FACES = "The page shows faces, since the config permits it for all people of all datasets."
WITHOUT_FACES = "The page shows no face."
WITH_NAMES = "People and clips have the names that they have in the data. The config is as it was written, folders too."
WITHOUT_NAMES = (
    "People, groups, clips and files have numbers instead of names, the same number in every file. Sex, age and "
    "ethnicity of single people are left out, as are paths; scores of groups of at least 10 people stand in the tables "
    "of scores. Whoever has the data can find out who is who from the order of clips and the answers to them."
)


def whole(results: Results, files: Mapping[str, bytes], may: Permitted, said: NotInFiles) -> dict[str, bytes]:
    """The files of a bundle with its README, its metadata and its digests, which cover all but themselves."""
    shown = results.names.anywhere if results.names else str
    told = TEXT.format(
        title=shown(results.title),
        question=shown(results.question),
        faces=WITH_FACES if may.faces and b"data:image" in files["report/study.html"] else WITHOUT_FACES,
        names=WITH_NAMES if may.names else WITHOUT_NAMES,
    )
    every = {**files, README: told.encode()}
    if lock := files.get(packages.LOCK):
        every[packages.NAME] = packages.bill(lock.decode(), said.release).encode()
    every[crate.NAME] = crate.metadata(results, {**every, SUMS: b""}, said).encode()
    sums = "".join(f"{hashlib.sha256(every[path]).hexdigest()}  {path}\n" for path in sorted(every))
    return {**every, SUMS: sums.encode()}


def write(files: Mapping[str, bytes], path: str | Path) -> None:
    """Write the zip: files by name, one date, one mode. Raises StudyError for a name that leads out of its folder."""
    for name in files:
        if name.startswith("/") or "\\" in name or {"", ".", ".."} & {*name.split("/")}:
            raise StudyError(f"{path}: {name!r} would be unpacked outside of the bundle's folder; rename what it is of")
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, DATE)
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # as on Linux, wherever it is written
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, files[name])
