"""Everything the page needs, read from a plan and a results folder of which any file may be missing."""

import csv
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.search import trials
from ferstudy.search.trials import Trial
from ferstudy.tables import clips, folds, history, predictions, rejected, scores, trims
from ferstudy.tables.clips import Clip
from ferstudy.tables.history import Epoch
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.rejected import Rejected
from ferstudy.tables.scores import Score
from ferstudy.tables.trims import Trim


class Hole(NamedTuple):
    """One file that the plan expects and that could not be used."""

    path: str
    what: str
    why: str  # "missing", or the sentence of the reader that refused it


class Run(NamedTuple):
    """One job as its benchmark file tells it; NaN where Snakemake measured nothing."""

    rule: str
    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Cell:
    """One model on one dataset under one protocol, with all that its jobs left behind."""

    dataset: str
    protocol: str
    model: str
    kind: str  # "architecture" or "fusion"
    family: str
    folds: tuple[str, ...]
    baseline: bool
    expected: int  # files planned
    found: int  # of these, files that could be read
    scores: list[Score] | None
    predictions: Predictions | None
    histories: dict[str, list[Epoch]]  # by "fold/run"
    records: list[dict]  # run.json of every training
    searches: tuple[str, ...] = ()  # those that set some of its settings


@dataclass(frozen=True)
class Faces:
    """How many clips of a leaf gave face crops under one recipe."""

    leaf: str
    recipe: str
    stores: tuple[Path, ...]
    summary: dict | None
    trims: list[Trim] | None  # None where nothing is trimmed


@dataclass(frozen=True)
class Dataset:
    """One dataset: what was indexed and what was left out."""

    name: str
    leaves: tuple[str, ...]
    classes: tuple[str, ...]
    clips: list[Clip] | None
    rejected: list[Rejected]
    faces: list[Faces]
    licence: str
    citation: str
    consent: str
    rendered: bool  # all clips were rendered: no person was recorded
    faces_in_report: Any  # "none", "all" or a list of subjects


@dataclass(frozen=True)
class Fusion:
    """One fusion with the parameters that its fit chose."""

    name: str
    method: str
    members: tuple[str, ...]
    fit: dict | None


@dataclass(frozen=True)
class Protocol:
    """One protocol on one dataset."""

    dataset: str
    protocol: str
    settings: dict
    folds: dict[str, dict[str, list[str]]] | None
    audit: dict | None
    compare: dict | None
    fusions: list[Fusion]

    @property
    def leak(self) -> str:
        """What every score of a leaking protocol says of itself; empty where the audit found no leak."""
        audit = self.audit or {}
        if audit.get("status") != "leak":
            return ""
        return f"leak accepted: {audit['accepted']}" if audit.get("accepted") else "leak, not accepted"

    @property
    def rotates(self) -> bool:
        """Whether the folds test each other's clips, so that the clips that choose a model also test it."""
        return bool(self.folds) and "final" not in self.folds

    @property
    def nested(self) -> bool:
        """Whether the protocol has outer and inner folds."""
        return any("." in fold for fold in self.folds or {})


@dataclass(frozen=True)
class Backbone:
    """One feature network and how it learned."""

    name: str
    source: str
    recipe: str
    history: list[Epoch] | None
    predictions: Predictions | None


@dataclass(frozen=True)
class Place:
    """One place of a search: the folds that it trained, the trainings that it serves, and what it found."""

    trained: tuple[str, ...]
    serves: tuple[str, ...]
    best: dict | None
    trials: list[Trial]


@dataclass(frozen=True)
class Search:
    """One search of settings: `told` is its entry in the config, `trials` and `fits` what it costs."""

    name: str
    told: dict
    trials: int  # of each place
    fits: int  # of all places
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Study:
    """A planned study and what exists of it."""

    title: str
    question: str
    config_path: str
    config: dict
    commit: str
    code: dict[str, str]  # the digest of each architecture's training code as it is now
    partial: bool
    public: bool
    cells: list[Cell]
    skips: list[dict]
    datasets: list[Dataset]
    protocols: list[Protocol]
    backbones: list[Backbone]
    runs: list[Run]
    searches: tuple[Search, ...] = ()
    face_comparison: dict | None = None
    holes: list[Hole] = field(default_factory=list)

    @property
    def touched(self) -> list[str]:
        """Architectures with a model that other code made than the present: `snakemake --touch` accepted it."""
        made = {(cell.model, record["code"]) for cell in self.cells for record in cell.records if record.get("code")}
        return sorted({model for model, code in made if self.code.get(model, code) != code})

    def dataset(self, name: str) -> Dataset | None:
        """The dataset called `name`."""
        return next((dataset for dataset in self.datasets if dataset.name == name), None)

    def cells_of(self, dataset: str, protocol: str) -> list[Cell]:
        """The cells of one dataset and protocol, in the order of the plan."""
        return [cell for cell in self.cells if (cell.dataset, cell.protocol) == (dataset, protocol)]


class Folder:
    """Reads files and remembers those that could not be read."""

    def __init__(self) -> None:
        self.holes: list[Hole] = []

    def read(self, path: str | None, what: str, reader: Callable[[str], Any]) -> Any:
        """`reader(path)`, or None and a hole where the file is missing or refused."""
        if not path or not Path(path).exists():
            self.holes.append(Hole(str(path or ""), what, "missing"))
            return None
        try:
            return reader(path)
        except (StudyError, ValueError, KeyError, OSError) as error:
            self.holes.append(Hole(str(path), what, f"cannot be read: {error}"))
            return None


def _json(path: str) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def study(plan: dict, results: str | Path, commit: str = "", partial: bool = False, public: bool = False) -> Study:
    """The study that `plan` describes, with what lies below `results` (and the paths in the plan) read in.

    `commit` is that of the code that makes the page; `partial` says that the run failed; `public` leaves out all that
    shows or names a person or a file.
    """
    folder = Folder()
    config = plan.get("config") or {}
    datasets = [_dataset(folder, entry) for entry in plan.get("datasets", [])]
    tables = {dataset.name: dataset.clips for dataset in datasets}
    return Study(
        title=plan.get("title") or "A study of facial expressions in video",
        question=plan.get("question") or "",
        config_path=plan.get("config_path") or "",
        config=config,
        commit=commit,
        code=plan.get("code") or {},
        partial=partial,
        public=public,
        cells=[_cell(folder, entry) for entry in plan.get("cells", [])],
        skips=list(plan.get("skips", [])),
        datasets=datasets,
        protocols=[_protocol(folder, entry, config, tables) for entry in plan.get("protocols", [])],
        backbones=[_backbone(folder, entry) for entry in plan.get("backbones", [])],
        searches=tuple(_search(folder, entry) for entry in plan.get("searches", [])),
        face_comparison=folder.read(plan["face_comparison"], "comparison of detectors and trackers", _json)
        if plan.get("face_comparison")
        else None,
        runs=benchmarks(plan.get("benchmarks") or Path(results) / "benchmarks"),
        holes=folder.holes,
    )


def _dataset(folder: Folder, entry: dict) -> Dataset:
    name = entry["name"]
    paths = [
        *entry.get("rejected", []),
        *(path for face in entry.get("faces", []) for path in face.get("rejected", [])),
    ]
    rows = [folder.read(path, f"rejected clips of {name}", rejected.read) or [] for path in dict.fromkeys(paths)]
    faces = [
        Faces(
            face["leaf"],
            face["recipe"],
            tuple(Path(path) for path in face.get("stores", [])),
            folder.read(face.get("summary"), f"face coverage of {face['leaf']}", _json),
            _trims(folder, face) if face.get("trims") else None,
        )
        for face in entry.get("faces", [])
    ]
    return Dataset(
        name=name,
        leaves=tuple(entry.get("leaves", [name])),
        classes=tuple(entry.get("classes", [])),
        clips=folder.read(entry.get("clips"), f"clips of {name}", clips.read),
        rejected=[row for table in rows for row in table],
        faces=faces,
        licence=entry.get("licence") or "",
        citation=entry.get("citation") or "",
        consent=entry.get("consent") or "",
        rendered=bool(entry.get("rendered")),
        faces_in_report=entry.get("faces_in_report") or "none",
    )


def _trims(folder: Folder, face: dict) -> list[Trim]:
    tables = [folder.read(path, f"trimming of {face['leaf']}", trims.read) for path in face["trims"]]
    return [trim for table in tables for trim in table or []]


def _cell(folder: Folder, entry: dict) -> Cell:
    name = f"{entry['model']} on {entry['dataset']}, {entry['protocol']}"
    before = len(folder.holes)
    scored = folder.read(entry.get("scores"), f"scores of {name}", scores.read)
    tables = [folder.read(path, f"predictions of {name}", predictions.read) for path in entry.get("predictions", [])]
    histories = {
        key: folder.read(path, f"history of {name}", history.read) for key, path in entry.get("histories", {}).items()
    }
    records = [folder.read(path, f"run record of {name}", _json) for path in entry.get("runs_json", [])]
    expected = 1 + len(tables) + len(histories) + len(records)
    return Cell(
        dataset=entry["dataset"],
        protocol=entry["protocol"],
        model=entry["model"],
        kind=entry.get("kind", "architecture"),
        family=entry.get("family") or "",
        folds=tuple(entry.get("folds", [])),
        baseline=bool(entry.get("baseline")),
        expected=expected,
        found=expected - (len(folder.holes) - before),
        scores=scored,
        predictions=_joined([table for table in tables if table is not None and len(table)], entry["model"]),
        histories={key: epochs for key, epochs in histories.items() if epochs},
        records=[record for record in records if record],
        searches=tuple(entry.get("searches", [])),
    )


def _joined(tables: list[Predictions], model: str) -> Predictions | None:
    """All rows of `model`; a fusion pattern keeps many models in one table. None without rows, or if classes differ."""
    if not tables or len({table.classes for table in tables}) != 1:
        return None
    rows = predictions.concatenate(tables)
    own = rows.model == model
    return rows.where(own) if own.any() and not own.all() else rows


def _protocol(folder: Folder, entry: dict, config: dict, tables: dict[str, list[Clip] | None]) -> Protocol:
    name = f"{entry['dataset']}, {entry['protocol']}"
    known = tables.get(entry["dataset"])
    return Protocol(
        dataset=entry["dataset"],
        protocol=entry["protocol"],
        settings=config.get("protocols", {}).get(entry["protocol"], {}),
        folds=folder.read(entry.get("folds"), f"folds of {name}", lambda path: folds.read(path, known, accepted=True))
        if known
        else None,
        audit=folder.read(entry.get("audit"), f"audit of {name}", _json),
        compare=folder.read(entry.get("compare"), f"comparison of {name}", _json),
        fusions=[
            Fusion(
                fusion["name"],
                fusion.get("method", ""),
                tuple(fusion.get("members", [])),
                folder.read(fusion.get("fit"), f"parameters of fusion {fusion['name']} on {name}", _json),
            )
            for fusion in entry.get("fusions", [])
        ],
    )


def _backbone(folder: Folder, entry: dict) -> Backbone:
    name = entry["name"]
    return Backbone(
        name=name,
        source=entry.get("source", ""),
        recipe=entry.get("recipe", ""),
        history=folder.read(entry.get("history"), f"history of backbone {name}", history.read),
        predictions=folder.read(entry.get("predictions"), f"predictions of backbone {name}", predictions.read),
    )


def _search(folder: Folder, entry: dict) -> Search:
    name = entry["name"]
    places = [
        Place(
            tuple(place["trained"]),
            tuple(place["serves"]),
            folder.read(place["best"], f"best settings of the search {name}", _json),
            [
                trial
                for path in place["tables"]
                for trial in folder.read(path, f"trials of the search {name}", trials.read) or []
            ],
        )
        for place in entry["places"]
    ]
    told = {key: value for key, value in entry.items() if key not in ("name", "trials", "fits", "places")}
    return Search(name, told, entry["trials"], entry["fits"], tuple(places))


def benchmarks(folder: str | Path) -> list[Run]:
    """The jobs below a folder of Snakemake benchmark files, `<rule>/...`; the first folder names the rule.

    The report itself is left out: the same study must give the same page a second time.
    """
    folder = Path(folder)
    runs = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        if rule == "make_report":
            continue
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                seconds, spent, peak = (_number(row.get(column)) for column in ("s", "cpu_time", "max_rss"))
                # A job that ended before Snakemake looked twice has "0.00" CPU seconds and the memory of its shell.
                runs.append(Run(rule, seconds, spent, peak) if spent else Run(rule, seconds, math.nan, math.nan))
    return runs


def _number(text: str | None) -> float:
    """A measured value; Snakemake writes "NA" or "-" where a job was too short to measure."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return float("nan")


def test_rows(cell: Cell) -> Predictions | None:
    """The test rows of a cell; None where there are none."""
    if cell.predictions is None:
        return None
    rows = cell.predictions.where(np.asarray(cell.predictions.role == "test", dtype=bool))
    return rows if len(rows) else None
