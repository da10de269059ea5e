"""All that the page reads: a study and a results folder of which any file may be missing, refused or stale.

`StudyFiles.read` is the only way to a file.
"""

import csv
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ferstudy import paths
from ferstudy.report import combinations, per_architecture
from ferstudy.report.failed_jobs import failed
from ferstudy.report.names import Names
from ferstudy.report.records import (
    DatasetResults,
    FaceResults,
    ModelResults,
    ProtocolResults,
    Results,
)
from ferstudy.report.search_records import BackboneResults, PlaceResults, SearchResults
from ferstudy.report.stale import derived
from ferstudy.report.study_files import StudyFiles, read_json
from ferstudy.search import trials
from ferstudy.search.space import fits
from ferstudy.search.space import trials as trials_of
from ferstudy.study import accounting, beside, efficiency, files, result_jobs, teachers
from ferstudy.study.grid import Cell, Study
from ferstudy.study.modules import family
from ferstudy.study.patterns import is_pattern
from ferstudy.tables import clips, folds, history, ledger, predictions, ratings, rejected, scores
from ferstudy.tables import trims as trims_table
from ferstudy.tables.clips import Clip
from ferstudy.tables.predictions import Predictions

UNSCORED = ("architecture", teachers.KIND)  # of the trained cells, those that are in the grid, and those without scores
MEASURED = ("s", "cpu_time", "max_rss")  # of Snakemake's benchmark files


def read(
    study: Study,
    folder: str | Path,
    *,
    config_path: str = paths.CONFIG,
    code: dict[str, str] | None = None,
    commit: str = "",
    stale: Collection[str] = (),
    partial: bool = False,
    public: bool = False,
    networks: dict[str, str] | None = None,
) -> Results:
    """What lies below the results folder `folder` of `study`; the other arguments are explained in `Results`.

    `stale` are paths, relative to the study folder, of files that were made of an earlier config, code or input. What
    the study made of them is stale as well. Everything is in an order that does not depend on that of the config.
    """
    have = StudyFiles(Path(folder), derived(study, stale), public)
    pairs = sorted(study.pairs)
    datasets = tuple(_dataset(have, study, name) for name in sorted({dataset for dataset, _ in pairs}))
    known = {dataset.name: dataset.clips for dataset in datasets}
    _votes(have, study)
    names = Names.of(datasets, study.config) if public else None
    cells = sorted(study.cells, key=lambda cell: (cell.dataset, cell.protocol, cell.kind, cell.model))
    return Results(
        study=study,
        folder=have.folder,
        stale=have.stale,
        config_path=config_path,
        commit=commit,
        code=code or {},
        partial=partial,
        public=public,
        names=names,
        networks=networks or {},
        datasets=datasets,
        models=tuple(own for cell in cells for own in _models(have, study, cell)),
        controls=tuple(_model(have, study, Cell(*pair, name, "control")) for pair in pairs for name in study.controls),
        beside=tuple(_model(have, study, cell) for cell in sorted(study.trained) if cell.kind not in UNSCORED),
        protocols=tuple(_protocol(have, study, *pair, known[pair[0]], names) for pair in pairs),
        backbones=tuple(_backbone(have, *trained) for trained in study.trained_backbones),
        searches=tuple(_search(have, study, name) for name in _search_order(study)),
        face_comparison=_face_comparison(have, study),
        **_ledger(have.folder),
        **per_architecture.read(have, study),
        jobs=_jobs(have),
        accounted=tuple(_accounted(have.folder)),
        holes=tuple(have.holes),
        failed=failed(have.folder) if have.holes else (),
    )


def _face_comparison(have: StudyFiles, study: Study) -> dict | None:
    compared = study.config["report"].get("face_comparison")
    if not compared:
        return None
    return have.read(paths.face_comparison(compared["dataset"]), "comparison of detectors and trackers", read_json)


def _votes(have: StudyFiles, study: Study) -> None:
    """Votes of people whose import is missing are holes like others; what they say is read where it is shown."""
    for name in sorted(study.config["human"]):
        have.read(paths.ratings(name, "csv"), f"votes of people on {name}", ratings.read)
        have.read(paths.ratings(name, "json"), f"notes on votes of people on {name}", read_json)


def _ledger(folder: Path) -> dict[str, Any]:
    """The openings of test rows, and the plans that `make freeze` has kept; none where nobody did."""
    ledgers, plans = (folder / Path(path).name for path in (paths.LEDGER, paths.FROZEN))
    return {"openings": tuple(ledger.read(ledgers)), "frozen": read_json(plans) if plans.exists() else {}}


def _dataset(have: StudyFiles, study: Study, name: str) -> DatasetResults:
    leaves = study.leaves(name)
    made = [(leaf, recipe) for leaf in leaves for recipe in study.recipes_on(leaf)]
    listed = [paths.rejected_clips(part) for part in dict.fromkeys((*leaves, name))]
    noted = [*map(paths.notes, leaves), *files.of_tables(study, leaves, "notes.csv")]
    listed += files.of_tables(study, leaves, "rejected.csv")
    listed += [paths.rejected_faces(*face, number) for face in made for number in study.shards]
    rows = [have.read(path, f"rejected clips of {name}", rejected.read) or [] for path in listed]
    whole = [row for table in rows for row in table]
    faceless = {(row.path, row.clip) for row in whole if row.stage in rejected.LOST}
    unread = next((hole.why for hole in have.holes if hole.path in listed), "")
    entries = [study.datasets[leaf] for leaf in leaves]
    said = {
        key: "; ".join(dict.fromkeys(entry[key] for entry in entries if entry[key]))
        for key in ("licence", "citation", "consent")
    }
    shown = entries[0]["faces_in_report"]
    return DatasetResults(
        name=name,
        leaves=tuple(leaves),
        classes=tuple(study.classes(name)),
        clips=have.read(paths.clips(name), f"clips of {name}", clips.read),
        # A damaged file is noticed twice, and counted where it counts as an error.
        rejected=[row for row in whole if row.stage in rejected.LOST or (row.path, row.clip) not in faceless],
        notes=[note for path in noted for note in have.read(path, f"notes on {name}", rejected.read_notes) or []],
        unread=unread,
        faces=(
            *(_faces(have, study, *face) for face in made),
            *(_table(have, leaf, table) for leaf in leaves for table in study.tables_on(leaf)),
        ),
        rendered=all(leaf in study.rendered for leaf in leaves),
        # A union shows faces only where each of its datasets shows all of them.
        faces_in_report=shown if all(entry["faces_in_report"] == shown for entry in entries) else "none",
        **said,
    )


def _faces(have: StudyFiles, study: Study, leaf: str, recipe: str) -> FaceResults:
    trims = None
    if study.trims(leaf, recipe):
        cut = [paths.trimmed(leaf, recipe, number, "csv") for number in study.shards]
        trims = [row for path in cut for row in have.read(path, f"trimming of {leaf}", trims_table.read) or []]
    summary = have.read(paths.coverage(leaf, recipe, "json"), f"face coverage of {leaf}", read_json)
    return FaceResults(leaf, recipe, summary, trims)


def _table(have: StudyFiles, leaf: str, table: str) -> FaceResults:
    summary = have.read(paths.coverage(leaf, table, "json", "tables"), f"coverage by tables of {leaf}", read_json)
    return FaceResults(leaf, table, summary, None, "tables")


def _models(have: StudyFiles, study: Study, cell: Cell) -> list[ModelResults]:
    """The results of a cell: of a pattern those of each combination."""
    whole = _model(have, study, cell)
    if cell.kind != "fusion":
        return [whole]
    if not is_pattern(study.fusions[cell.model]):
        return [replace(whole, members=tuple(study.fusions[cell.model]["members"]))]
    return combinations.split(whole, result_jobs.fusions(study, *cell[:3]))


def _model(have: StudyFiles, study: Study, cell: Cell) -> ModelResults:
    name = f"{cell.model} on {cell.dataset}, {cell.protocol}"
    before, own = len(have.holes), cell.model in study.architectures
    trained = beside.trainings(study, cell)
    trainings = [(fold, run) for fold in trained for run in study.runs] if own else []
    files_of = {
        file: [paths.model(*cell[:3], *training, file) for training in trainings]
        for file in ("history.csv", "run.json")
    }
    predicted = [paths.predictions(*cell[:3], *one) for one in trainings] or files.predictions(study, *cell[:3])
    scored = have.read(paths.scores(*cell[:3]), f"scores of {name}", scores.read)
    tables = [have.read(path, f"predictions of {name}", predictions.read) for path in predicted]
    epochs = [have.read(path, f"history of {name}", history.read) for path in files_of["history.csv"]]
    records = [have.read(path, f"run record of {name}", read_json) for path in files_of["run.json"]]
    noted = [paths.imported(*cell[:3], "json")] if cell.model in (*study.external, *study.controls) else []
    notes = [have.read(path, f"notes on {name}", read_json) for path in noted]
    kind = study.architectures[cell.model]["family"] if own else ""
    return ModelResults(
        **cell._asdict(),
        family=kind,
        baseline=bool(kind) and family(kind)["BASELINE"],
        folds=tuple(trained),
        searches=tuple(sorted(study.searches_behind(cell))),
        expected=1 + len(tables) + len(epochs) + len(records) + len(notes),
        holes=tuple(have.holes[before:]),
        scores=scored,
        predictions=_joined([table for table in tables if table is not None and len(table)]),
        histories={f"{fold}/{run}": each for (fold, run), each in zip(trainings, epochs, strict=True) if each},
        records=[record for record in records if record],
        said=study.config["external"].get(cell.model, {}),
        notes=next(iter(notes), None),
    )


def _joined(tables: list[Predictions]) -> Predictions | None:
    """All rows of a model. None without rows, or if classes differ."""
    if not tables or len({table.classes for table in tables}) != 1:
        return None
    return predictions.concatenate(tables)


def _protocol(
    have: StudyFiles, study: Study, dataset: str, protocol: str, known: list[Clip] | None, names: Names | None
) -> ProtocolResults:
    name, table = f"{dataset}, {protocol}", paths.folds(dataset, protocol)
    told = {"audit": paths.audit(dataset, protocol, "json"), "run_audit": paths.run_audit(dataset, protocol)}
    audits = {of: have.read(path, f"{of.replace('_', ' ')} of {name}", read_json) for of, path in told.items()}
    return ProtocolResults(
        dataset=dataset,
        protocol=protocol,
        settings=study.protocols[protocol],
        folds=have.read(table, f"folds of {name}", lambda path: folds.read(path, known, folds.ACCEPTED))
        if known
        else None,
        **{of: names.audit(audit) if names and audit else audit for of, audit in audits.items()},
        compare=have.read(paths.compare(dataset, protocol), f"comparison of {name}", read_json),
        fits=combinations.fits(
            {
                fusion: have.read(
                    paths.fused(dataset, protocol, fusion, "json"),
                    f"parameters of fusion {fusion} on {name}",
                    read_json,
                )
                for fusion in sorted(study.models(dataset, protocol, "fusion"))
            }
        ),
    )


def _backbone(have: StudyFiles, name: str, recipe: str, source: str) -> BackboneResults:
    def file(kind: str, reader: Callable[[Path], Any]) -> Any:
        return have.read(paths.backbone(name, recipe, source, f"{kind}.csv"), f"{kind} of backbone {name}", reader)

    return BackboneResults(name, recipe, source, file("history", history.read), file("predictions", predictions.read))


def _search_order(study: Study) -> list[str]:
    """The searches of architectures by name, then those of backbones."""
    return sorted(study.searches, key=lambda name: ("backbone" in study.searches[name], name))


def _search(have: StudyFiles, study: Study, name: str) -> SearchResults:
    entry = study.searches[name]
    own = {place: told for place, told in study.search_places.items() if told["search"] == name}
    places = []
    for place, told in own.items():
        best = have.read(paths.best(place), f"best settings of the search {name}", read_json)
        tables = [paths.trials(place, worker) for worker in range(told["workers"])]
        tried = [
            trial for path in tables for trial in have.read(path, f"trials of the search {name}", trials.read) or []
        ]
        stale = paths.best(place) in have.stale
        places.append(PlaceResults(tuple(told["names"]), tuple(told["serves"]), best, stale, tried))
    number = fits(entry, sum(len(place.trained) for place in places))
    return SearchResults(name, entry, trials_of(entry), number, tuple(places))


def _accounted(folder: Path) -> list[efficiency.Group]:
    """What SLURM's accounting says of the jobs of a study, beside Snakemake's benchmarks, without the page's own."""
    study = folder.parent
    rows = [row for row in accounting.read(study / paths.ACCOUNTED) if row.rule != accounting.PAGE_RULE]
    return efficiency.groups(rows, lambda path: efficiency.read_benchmark(study / path))


def _jobs(have: StudyFiles) -> pd.DataFrame:
    """The jobs below the folder of Snakemake's benchmark files, `<rule>/...`; the first folder names the rule.

    The report itself is left out: the same study must give the same page a second time.
    """
    folder = have.folder / "benchmarks"
    rows = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        if rule != "make_report":
            with open(path, newline="", encoding="utf-8") as file:
                job = path.relative_to(folder).with_suffix("").as_posix()
                rows += [{**row, "rule": rule, "job": job} for row in csv.DictReader(file, delimiter="\t")]
    jobs = pd.DataFrame(rows, columns=["rule", "job", *MEASURED])
    jobs[[*MEASURED]] = jobs[[*MEASURED]].apply(pd.to_numeric, errors="coerce")  # "NA", "-": too short to measure
    # A job that ended before Snakemake looked twice has "0.00" CPU seconds and the memory of its shell.
    jobs.loc[~(jobs["cpu_time"] > 0), ["cpu_time", "max_rss"]] = float("nan")
    return jobs
