"""The data: what was indexed, what was rejected and why, and how the folds divide it."""

from collections import Counter
from dataclasses import dataclass

from ferstudy.report import nested
from ferstudy.report.blocks import Cell, Column, Row, Table, Term, columns, row
from ferstudy.report.load import Dataset, Faces, Protocol, Study
from ferstudy.report.numbers import DASH, count, listed, percent
from ferstudy.tables.rejected import Rejected

MOST_REJECTED = 200
MOST_FOLDS = 12  # a longer table is folded away


@dataclass(frozen=True)
class Data:
    """One dataset."""

    id: str
    name: str
    summary: str
    terms: tuple[Term, ...]
    classes: Table | None
    reasons: Table | None
    rejected: Table | None
    coverage: Table | None
    trims: tuple[Table, ...]


@dataclass(frozen=True)
class Folds:
    """One protocol's folds and the audit's findings."""

    id: str
    title: str
    summary: str
    many: str  # how many folds, where their table is long
    folds: Table | None
    findings: Table | None
    badge: str


def data(study: Study) -> tuple[Data, ...]:
    """One part per dataset."""
    return tuple(_data(dataset, study.public) for dataset in study.datasets)


def _data(dataset: Dataset, public: bool) -> Data:
    rejected = dataset.rejected
    reasons = Counter((item.stage, item.reason) for item in rejected)
    return Data(
        id=dataset.name,
        name=dataset.name,
        summary=_summary(dataset),
        terms=_terms(dataset),
        classes=_classes(dataset),
        reasons=Table(
            id=f"reasons-{dataset.name}",
            caption=f"Why clips of {dataset.name} were rejected",
            columns=columns("Reason", "Stage", "#Clips"),
            rows=tuple(row(reason, stage, str(n)) for (stage, reason), n in reasons.most_common()),
            how="Rejected at index: never in a fold. Rejected at faces: stays in its fold, is left out of training and "
            "counts as an error when scored, so that no denominator shrinks silently.",
            compact=True,
        )
        if rejected
        else None,
        rejected=_rejected(dataset.name, rejected, public) if rejected else None,
        coverage=_coverage(dataset),
        trims=tuple(_trims(face, public) for face in dataset.faces if face.trims),
    )


def _summary(dataset: Dataset) -> str:
    if dataset.clips is None:
        return "The clips table is missing."
    clips = dataset.clips
    subjects = {clip.subject for clip in clips if clip.subject}
    unknown = sum(not clip.subject for clip in clips)
    text = f"{count(len(clips), 'clip')} of {count(len(subjects), 'subject')}"
    text += f" in {count(len(dataset.classes), 'class', 'classes')}"
    text += f"; the subject of {count(unknown, 'clip')} is not known" if unknown else ""
    sexes = Counter({clip.subject: clip.sex for clip in clips if clip.subject and clip.sex}.values())
    text += f"; subjects by sex: {listed([f'{n} {sex}' for sex, n in sorted(sexes.items())])}" if sexes else ""
    left = len(dataset.rejected)
    return f"{text}. {count(left, 'clip was', 'clips were')} rejected." if left else f"{text}. No clip was rejected."


def _terms(dataset: Dataset) -> tuple[Term, ...]:
    union = f"a union of {listed([f'`{leaf}`' for leaf in dataset.leaves])}" if len(dataset.leaves) > 1 else ""
    terms = [Term("Made of", (union,))] if union else []
    consent = "no person was recorded" if dataset.rendered else "TO STATE: what the people in the videos agreed to."
    return (
        *terms,
        Term("Licence", (dataset.licence or "TO STATE: the licence of the data.",)),
        Term(
            "Citation", (dataset.citation or ("none: rendered" if dataset.rendered else "TO STATE: how to cite it."),)
        ),
        Term("Consent", (dataset.consent or consent,)),
    )


def _classes(dataset: Dataset) -> Table | None:
    if not dataset.clips:
        return None
    lost = {item.clip for item in dataset.rejected if item.stage == "faces"}
    rows = []
    for name in dataset.classes:
        own = [clip for clip in dataset.clips if clip.label == name]
        faceless = sum(clip.clip in lost or clip.clip.rpartition("/")[2] in lost for clip in own)
        share = len(own) / len(dataset.clips)
        people = len({clip.subject for clip in own if clip.subject})
        cells = (Cell(name), Cell(str(len(own))), Cell(percent(share)), Cell(str(people) if people else DASH))
        rows.append(Row((*cells, Cell(str(faceless), tone="warn" if faceless else ""))))
    return Table(
        id=f"classes-{dataset.name}",
        caption=f"Classes of {dataset.name}",
        columns=columns("Class", "#Clips", "#Share", "#Subjects", "#Without a face"),
        rows=tuple(rows),
        how="Clips that can be assigned to folds. Misses are not random: a class whose faces are lost more often is "
        "scored lower for that alone.",
        compact=True,
    )


def _rejected(name: str, rejected: list[Rejected], public: bool) -> Table:
    shown = rejected[:MOST_REJECTED]
    where = (lambda item: item.clip or DASH) if public else (lambda item: item.path or item.clip)
    caption = f"Rejected clips of {name}"
    if len(shown) < len(rejected):
        caption += f", the first {len(shown)} of {len(rejected)}"
    return Table(
        id=f"rejected-{name}",
        caption=caption,
        columns=columns("Clip" if public else "File", "Stage", "Reason", "Detail"),
        rows=tuple(row(where(item), item.stage, item.reason, item.detail or DASH) for item in shown),
        how="One line per file that could not be used; the last column is what the reader of the file reported.",
        compact=True,
    )


def _coverage(dataset: Dataset) -> Table | None:
    if not any(face.summary for face in dataset.faces):
        return None
    rows = []
    for face in dataset.faces:
        summary = face.summary or {}
        name = Cell(f"`{face.recipe}`", f"`{face.leaf}`" if face.leaf != dataset.name else "")
        if not summary:
            rows.append(Row((name, Cell("missing"), Cell(DASH), Cell(DASH)), "hole"))
            continue
        share = summary["covered"] / summary["clips"] if summary["clips"] else 0.0
        gate = Cell("passed", tone="good") if summary.get("passed") else Cell("stopped", tone="bad")
        covered = Cell(f"{summary['covered']} of {summary['clips']}", percent(share))
        rows.append(Row((name, covered, Cell(percent(1 - summary.get("limit", 0.2))), gate)))
    return Table(
        id=f"coverage-{dataset.name}",
        caption=f"Face crops of {dataset.name}",
        columns=columns("Recipe", "#Clips with a face", "#Least allowed", "Gate"),
        rows=tuple(rows),
        how="A clip counts as covered when the recipe found and could follow a face in it.",
        compact=True,
    )


def _trims(face: Faces, public: bool) -> Table:
    decisions = Counter(trim.decision for trim in face.trims)
    rows = []
    for decision, number in decisions.most_common():
        own = [trim for trim in face.trims if trim.decision == decision]
        kept = sum(trim.last - trim.first + 1 for trim in own) / max(1, sum(trim.frames for trim in own))
        named = "" if public or decision == "trimmed" else listed([trim.clip for trim in own], 6)
        rows.append(Row((Cell(decision, named), Cell(str(number)), Cell(percent(kept)))))
    return Table(
        id=f"trims-{face.leaf}-{face.recipe}",
        caption=f"Neutral beginnings and ends of {face.leaf}, {face.recipe}",
        columns=columns("Decision", "#Clips", "#Frames kept"),
        rows=tuple(rows),
        how="The thesis's rule on a curve of intensity. An anomaly has its maximum at the very end and is left whole. "
        "A table of your own (`trims`) overrides any decision. The rule has seen the whole clip, so a model "
        "trained on what it leaves is none for streams.",
        compact=True,
    )


def folds(study: Study) -> tuple[Folds, ...]:
    """One part per dataset and protocol."""
    return tuple(_folds(study, protocol) for protocol in study.protocols)


def _folds(study: Study, protocol: Protocol) -> Folds:
    audit = protocol.audit or {}
    said = {key: value for key, value in protocol.settings.items() if key != "accept_leak" and value is not False}
    settings = ", ".join(f"{key} {_plain(value)}" for key, value in said.items())
    return Folds(
        id=f"{protocol.dataset}-{protocol.protocol}",
        title=f"`{protocol.dataset}`, `{protocol.protocol}`",
        summary=f"Settings: {settings}." if settings else "",
        many=str(len(protocol.folds)) if len(protocol.folds or {}) > MOST_FOLDS else "",
        folds=_fold_table(study, protocol),
        findings=_findings(protocol, audit, study.public) if audit else None,
        badge=protocol.leak,
    )


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _fold_table(study: Study, protocol: Protocol) -> Table | None:
    if not protocol.folds:
        return None
    dataset = study.dataset(protocol.dataset)
    units = {clip.clip: clip.unit for clip in (dataset.clips or [])} if dataset else {}
    known = any(clip.subject for clip in (dataset.clips or [])) if dataset else False
    rows = []
    for fold, roles in protocol.folds.items():
        cells = [Cell(f"`{fold}`")]
        for role in ("train", "validation", "test"):
            clips = roles.get(role, [])
            people = len({units.get(clip, clip) for clip in clips})
            cells.append(
                Cell(str(len(clips)) if clips else DASH, count(people, "subject" if known else "unit") if clips else "")
            )
        rows.append(Row(tuple(cells)))
    return Table(
        id=f"folds-{protocol.dataset}-{protocol.protocol}",
        caption=f"Folds of {protocol.dataset}, {protocol.protocol}: clips and subjects by role",
        columns=(Column("Fold"), Column("Train", True), Column("Validation", True), Column("Test", True)),
        rows=tuple(rows),
        how=f"{_independence(protocol)} Validation rows choose epochs, fusions and the best model. {_choice(protocol)}",
        compact=True,
    )


def _independence(protocol: Protocol) -> str:
    """What the audit says of people in two roles; nothing is claimed without it."""
    findings = (protocol.audit or {}).get("findings", [])
    told = [item["text"] for item in findings if item["check"] == "subjects"]
    return told[0] if told else "Whether a subject has two roles has not been audited."


def _choice(protocol: Protocol) -> str:
    if protocol.nested:
        return nested.CHOICE
    if protocol.rotates:
        return (
            "The clips that choose the best model are tested too, by other folds' models: its score is a little "
            "optimistic. Subjects held out by `test` give a clean choice."
        )
    return "The held-out test rows choose nothing."


TONES = {"pass": "good", "warning": "warn", "leak": "bad", "unknown": "warn"}


def _findings(protocol: Protocol, audit: dict, public: bool) -> Table:
    order = {"leak": 0, "warning": 1, "unknown": 2, "pass": 3}
    rows = []
    for item in sorted(audit.get("findings", []), key=lambda item: order.get(item["status"], 0)):
        clips = item.get("clips", [])
        note = f"{count(len(clips), 'clip')}: {listed(clips, 4)}" if clips and not public else ""
        status = Cell(item["status"], tone=TONES.get(item["status"], "bad"))
        rows.append(Row((Cell(item.get("title") or item.get("check", "")), status, Cell(item.get("text", ""), note))))
    return Table(
        id=f"audit-{protocol.dataset}-{protocol.protocol}",
        caption=f"Audit of {protocol.dataset}, {protocol.protocol}",
        columns=columns("Check", "Status", "Finding"),
        rows=tuple(rows),
        how="A leak stops the study unless the config accepts it with a reason; a warning is printed and left to the "
        "reader; unknown means that the data do not say.",
    )
