"""The page as frozen dataclasses of ready strings: everything computed, nothing yet HTML."""

from dataclasses import dataclass

from ferstudy.report.answers import Answer, answer
from ferstudy.report.confusions import Confusions, confusions
from ferstudy.report.cost import Cost, cost
from ferstudy.report.curves import Curves, curves
from ferstudy.report.data import Data, Folds, data, folds
from ferstudy.report.errors import Errors, errors
from ferstudy.report.faces import FaceComparison, face_comparison
from ferstudy.report.fusions import Fused, fusions
from ferstudy.report.limits import Limits, limits
from ferstudy.report.load import Study
from ferstudy.report.numbers import count
from ferstudy.report.provenance import Provenance, provenance
from ferstudy.report.ran import Ran, ran
from ferstudy.report.ranking import panels
from ferstudy.report.results import Results, results
from ferstudy.report.searches import Searched, searches


@dataclass(frozen=True)
class Page:
    """One report."""

    title: str
    commit: str
    banner: str  # what is missing, in a sentence; empty where nothing is
    sections: tuple[tuple[str, str], ...]  # (anchor, title) of the table of contents
    answer: Answer
    ran: Ran
    data: tuple[Data, ...]
    faces: FaceComparison | None
    folds: tuple[Folds, ...]
    results: tuple[Results, ...]
    confusions: tuple[Confusions, ...]
    fusions: tuple[Fused, ...]
    searches: tuple[Searched, ...]
    curves: tuple[Curves, ...]
    errors: tuple[Errors, ...]
    cost: Cost
    provenance: Provenance
    limits: Limits


SECTIONS = (
    ("answer", "Answer"),
    ("ran", "What ran"),
    ("data", "Data"),
    ("faces", "Detectors and trackers"),
    ("protocol", "Protocol and audit"),
    ("results", "Results"),
    ("confusions", "Confusions"),
    ("fusion", "Fusion"),
    ("search", "Search of settings"),
    ("curves", "Learning curves"),
    ("errors", "Errors"),
    ("cost", "Cost"),
    ("provenance", "Provenance"),
    ("limits", "Use and limits"),
)


def page(study: Study) -> Page:
    """The page of `study`."""
    ranked = panels(study)
    spent = cost(study.runs)
    optional = {"faces": study.face_comparison, "search": study.searches}
    absent = {anchor for anchor, content in optional.items() if not content}
    return Page(
        title=study.title,
        commit=study.commit[:12],
        banner=_banner(study),
        sections=tuple(section for section in SECTIONS if section[0] not in absent),
        answer=answer(study, ranked, spent),
        ran=ran(study),
        data=data(study),
        faces=face_comparison(study.face_comparison),
        folds=folds(study),
        results=results(ranked),
        confusions=confusions(ranked),
        fusions=fusions(ranked),
        searches=searches(study),
        curves=curves(study, ranked),
        errors=errors(study, ranked),
        cost=spent,
        provenance=provenance(study),
        limits=limits(study, ranked, spent),
    )


def _banner(study: Study) -> str:
    if not study.holes and not study.partial:
        return ""
    start = "This page was made after a run that failed. " if study.partial else ""
    if not study.holes:
        return f"{start}No planned file is missing."
    cells = sorted({f"`{c.model}` on `{c.dataset}`, `{c.protocol}`" for c in study.cells if c.found < c.expected})
    named = f": {'; '.join(cells[:4])}{' and more' if len(cells) > 4 else ''}" if cells else ""
    missing = count(len(study.holes), "planned file is", "planned files are")
    return f"{start}{missing} missing{named}. Holes are shown as holes."
