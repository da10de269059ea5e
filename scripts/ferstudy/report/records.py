"""What the page has read of each part of a study. None, or nothing, stands for a file that could not be used."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from ferstudy.explain.explained import Explanation
from ferstudy.fold import Fold
from ferstudy.protocols.acceptance import unaccepted
from ferstudy.report.failed_jobs import FailedJob
from ferstudy.report.names import Names, without_private
from ferstudy.report.numbers import count, listed
from ferstudy.report.search_records import BackboneResults, SearchResults
from ferstudy.study.efficiency import Group
from ferstudy.study.grid import Study
from ferstudy.tables.clips import Clip
from ferstudy.tables.early import EarlyRow
from ferstudy.tables.history import Epoch
from ferstudy.tables.ledger import Opening
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.rejected import Note, Rejected
from ferstudy.tables.robustness import RobustnessRow
from ferstudy.tables.scores import ScoreRow
from ferstudy.tables.trims import Trim

MISSING = "missing"
STALE = "from an earlier config; to do"


class Hole(NamedTuple):
    """One planned file that could not be used."""

    path: str  # relative to the study folder
    what: str
    why: str  # MISSING, STALE, or the sentence of the reader that refused it


@dataclass(frozen=True)
class ModelResults:
    """One model on one dataset under one protocol, with all that its jobs left behind."""

    dataset: str
    protocol: str
    model: str
    kind: str  # as of study.grid.Cell
    family: str  # empty but for an architecture
    baseline: bool
    folds: tuple[str, ...]
    searches: tuple[str, ...]  # those that set some of its settings
    expected: int  # files planned
    holes: tuple[Hole, ...]  # of these, what could not be used
    scores: list[ScoreRow] | None
    predictions: Predictions | None
    histories: dict[str, list[Epoch]]  # by "fold/run"
    records: list[dict]  # run.json of every training
    said: dict[str, Any] = field(default_factory=dict)  # of predictions of others: their config entry
    notes: dict[str, Any] | None = None  # what their import noted
    members: tuple[str, ...] = ()  # of a fusion
    pattern: str = ""  # of which it is a combination

    @property
    def planned(self) -> str:
        """What the study calls it: a combination by its pattern."""
        return self.pattern or self.model

    @property
    def found(self) -> int:
        """How many of its planned files could be read."""
        return self.expected - len(self.holes)

    @property
    def stale(self) -> bool:
        """Whether one of its files was made of an earlier config, so that it is to do."""
        return any(hole.why == STALE for hole in self.holes)

    @property
    def labels_only(self) -> bool:
        """Whether it answers with a class alone, so that its probabilities are none."""
        return (self.notes or {}).get("kind") == "labels"

    @property
    def test_rows(self) -> Predictions | None:
        """Its test rows; None where there are none."""
        rows = self.predictions and self.predictions.where(self.predictions.role == "test")
        return rows if rows is not None and len(rows) else None


@dataclass(frozen=True)
class FaceResults:
    """How many clips of a leaf gave face crops under one recipe, or have a usable table of another tool."""

    leaf: str
    recipe: str  # or the table's name
    summary: dict | None
    trims: list[Trim] | None  # None where nothing is trimmed
    what: str = "faces"  # or "tables"

    def found(self, clip: str) -> list[tuple[int, int]]:
        """(frames with a crop, frames) of the `clip` of a dataset; nothing where it has no crops."""
        kept = (self.summary or {}).get("kept", {})
        name = clip if clip in kept else clip.removeprefix(f"{self.leaf}/")
        return [tuple(kept[name])] if name in kept else []

    def lost_shares(self, clips: Sequence[Clip]) -> dict[str, float]:
        """{clip: share of its frames without a crop}: 1 for one rejected at faces, nothing for one not asked for."""
        rejected = {row["clip"] for row in (self.summary or {}).get("rejected", ())}
        shares = {clip.clip: 1 - have / of for clip in clips for have, of in self.found(clip.clip)}
        none = {clip.clip for clip in clips if {clip.clip, clip.clip.removeprefix(f"{self.leaf}/")} & rejected}
        return {**shares, **dict.fromkeys(none - shares.keys(), 1.0)}


@dataclass(frozen=True)
class DatasetResults:
    """One dataset: what was indexed and what was left out."""

    name: str
    leaves: tuple[str, ...]
    classes: tuple[str, ...]
    clips: list[Clip] | None
    rejected: list[Rejected]
    notes: list[Note]
    unread: str  # why not all of what was rejected is known; empty where it is
    faces: tuple[FaceResults, ...]
    licence: str
    citation: str
    consent: str
    rendered: bool  # all clips were rendered: no person was recorded
    faces_in_report: Any  # "none", "all" or a list of subjects

    def shows(self, subject: str) -> bool:
        """Whether the config lets faces of `subject` be shown."""
        allowed = self.faces_in_report
        return allowed == "all" or (isinstance(allowed, list) and subject in allowed)


@dataclass(frozen=True)
class ProtocolResults:
    """One protocol on one dataset. `fits` has what each fusion's fit chose, None where it is missing."""

    dataset: str
    protocol: str
    settings: dict
    folds: dict[str, dict[str, list[str]]] | None
    audit: dict | None  # of the fold table, before anything was trained
    run_audit: dict | None  # of what was trained, searched, fused and scored
    compare: dict | None
    fits: dict[str, dict | None]

    def refused(self, model: str) -> str:
        """Why a fusion was not made of its members, which are of others; empty where it was."""
        return (self.fits.get(model) or {}).get("refused", "")

    @property
    def leak(self) -> str:
        """What every score of a leaking protocol says of itself; empty where the audit found no leak."""
        leaking = [audit for audit in self.audits if audit.get("status") == "leak"]
        if leaks := [finding["check"] for audit in leaking for finding in unaccepted(audit)]:
            return f"leak, not accepted: {listed(leaks)}"
        reasons = [f"{check} ({reason})" for audit in leaking for check, reason in audit["accepted"].items()]
        return f"leak accepted: {'; '.join(reasons)}" if reasons else ""

    @property
    def leaking(self) -> str:
        """`leak` after what leaks: the folds, or what was fitted, chosen and fused on them; empty without a leak."""
        if not self.leak:
            return ""
        of_folds = bool(self.audit) and self.audit.get("status") == "leak"
        return f"{'This protocol leaks' if of_folds else 'What was run under this protocol leaks'} ({self.leak})"

    @property
    def withheld(self) -> bool:
        """Whether nothing may be said of its models: an audit has found a leak that the config does not accept."""
        return any(unaccepted(audit) for audit in self.audits if audit.get("status") == "leak")

    @property
    def audits(self) -> list[dict]:
        """The audits that there are: of the fold table and of the run."""
        return [audit for audit in (self.audit, self.run_audit) if audit]

    @property
    def rotates(self) -> bool:
        """Whether the folds test each other's clips, so that the clips that choose a model also test it."""
        return bool(self.folds) and not any(Fold.parse(fold).is_final for fold in self.folds)

    @property
    def nested(self) -> bool:
        """Whether the protocol has outer and inner folds."""
        return any(Fold.parse(fold).outer for fold in self.folds or {})


@dataclass(frozen=True, eq=False)
class Results:
    """A study and what exists of it.

    `code` has the digest of each architecture's training code as it is now, `commit` is that of the code that makes the
    page; `partial` says that the run failed; `networks` are the digests of network files by backbone; `public` leaves
    out all that shows or names a person or a file. `jobs` is a frame of one row per job: rule, job
    (`<rule>/<wildcards>`), s, cpu_time and max_rss (NaN where Snakemake measured nothing).
    """

    study: Study
    folder: Path
    stale: frozenset[str]  # paths of files that are not made of the present config
    config_path: str
    commit: str
    code: dict[str, str]
    partial: bool
    public: bool
    names: Names | None  # what a public page says instead of names
    networks: dict[str, str]
    models: tuple[ModelResults, ...]
    controls: tuple[ModelResults, ...]  # those that are made of tables
    beside: tuple[ModelResults, ...]  # what is trained beside the grid
    datasets: tuple[DatasetResults, ...]
    protocols: tuple[ProtocolResults, ...]
    backbones: tuple[BackboneResults, ...]
    searches: tuple[SearchResults, ...]
    face_comparison: dict | None
    openings: tuple[Opening, ...]  # of test rows, by the ledger
    frozen: dict[str, dict]  # plans by "dataset/protocol"
    jobs: pd.DataFrame
    holes: tuple[Hole, ...]
    failed: tuple[FailedJob, ...] = ()  # jobs whose log says that they failed, where files are missing
    costs: dict[tuple[str, str], dict] = field(default_factory=dict)  # per clip, by dataset and architecture
    early: dict[tuple[str, str], list[EarlyRow]] = field(default_factory=dict)  # by dataset and architecture
    robustness: dict[tuple[str, str], list[RobustnessRow]] = field(default_factory=dict)  # the same
    # By dataset, protocol and architecture.
    explained: dict[tuple[str, str, str], Explanation] = field(default_factory=dict)
    accounted: tuple[Group, ...] = ()  # of the jobs of a SLURM cluster
    conversions: tuple[dict, ...] = ()  # exported models in formats of devices, as convert_model writes them

    @property
    def title(self) -> str:
        """The title of the study."""
        return self.study.config["report"]["title"]

    @property
    def question(self) -> str:
        """The question that the study asks; may be empty."""
        return self.study.config["report"]["question"]

    @property
    def config(self) -> dict:
        """The config as the page prints it: without what jobs ask of a machine, and lists without order are sorted."""
        told = self.study.config
        for_page = {
            section: {
                name: {key: value for key, value in entry.items() if key != "needs"}
                for name, entry in told[section].items()
            }
            for section in ("architectures", "backbones")
        }
        fusions = {name: {**entry, "members": sorted(entry["members"])} for name, entry in told["fusions"].items()}
        grid = {dataset: sorted(protocols) for dataset, protocols in told["grid"].items()}
        whole = {**told, **for_page, "fusions": fusions, "grid": grid}
        return without_private(whole) if self.public else whole

    def named(self, name: str) -> str:
        """The name of a person, clip or file as the page has it; a public one has a number."""
        return self.names.one(name) if self.names and name else name

    @cached_property
    def touched(self) -> list[str]:
        """Architectures with a model that other code made than the present: `snakemake --touch` accepted it."""
        made = {(own.model, record["code"]) for own in self.models for record in own.records if record.get("code")}
        return sorted({model for model, code in made if self.code.get(model, code) != code})

    def dataset(self, name: str) -> DatasetResults | None:
        """The dataset called `name`."""
        return next((dataset for dataset in self.datasets if dataset.name == name), None)

    def models_of(self, dataset: str, protocol: str) -> list[ModelResults]:
        """The models of one dataset and protocol, by kind and name."""
        return [model for model in self.models if (model.dataset, model.protocol) == (dataset, protocol)]

    @cached_property
    def cells(self) -> list[ModelResults]:
        """One entry for each cell of the study: the combinations of a pattern are one."""
        first: dict[tuple[str, str, str], ModelResults] = {}
        for own in self.models:
            first.setdefault((own.dataset, own.protocol, own.planned), own)
        return list(first.values())

    def why(self, path: str) -> str:
        """Why the file at `path` could not be used, as in "the file is ..."; empty where it could."""
        return next((hole.why for hole in self.holes if hole.path == path), "")


def lacking(holes: Sequence[Hole], one: str, many: str) -> str:
    """ "3 files are missing, 2 from an earlier config"; `one` and `many` are "file is" and "files are"."""
    stale = sum(hole.why == STALE for hole in holes)
    if stale == len(holes):
        return f"{count(stale, one, many)} from an earlier config"
    text = f"{count(len(holes) - stale, one, many)} missing"
    return f"{text}, {stale} from an earlier config" if stale else text
