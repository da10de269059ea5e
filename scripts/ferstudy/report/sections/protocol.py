"""The protocols: how the folds divide the data, and what the audit found."""

from ferstudy import paths
from ferstudy.report.blocks import (
    Article,
    Column,
    Details,
    PageTable,
    Section,
    TableCell,
    TableRow,
    Text,
    or_else,
    some,
)
from ferstudy.report.numbers import DASH, count
from ferstudy.report.records import ProtocolResults, Results
from ferstudy.report.sections import candidates, findings, fold_picture, nested, openings, run_audits

MOST_FOLDS = 12  # a longer table is folded away
UNAUDITED = "The audit is {}: nothing says that this protocol is clean."


def section(results: Results) -> Section:
    """One part per dataset and protocol."""
    parts = tuple(_protocol(results, protocol) for protocol in results.protocols)
    return Section("protocol", "Protocol and audit", or_else(parts, "No protocol was planned."))


def _protocol(results: Results, protocol: ProtocolResults) -> Article:
    dataset, name = protocol.dataset, protocol.protocol
    every = results.config["protocols"][name]
    said = {key: value for key, value in every.items() if key != "accept_leak" and value is not False}
    settings = "; ".join(f"{key} {_plain(said[key])}" for key in sorted(said, key=lambda key: (key != "kind", key)))
    table = _fold_table(results, protocol)
    if table and len(protocol.folds) > MOST_FOLDS:
        table = Details(f"Folds: {len(protocol.folds)}", (table,))
    unread = results.why(paths.folds(dataset, name)) or "missing"
    unaudited = results.why(paths.audit(dataset, name, "json")) or "missing"
    blocks = some(
        settings and Text(f"Settings: {settings}."),
        fold_picture.of(results, protocol),
        table or Text(f"The fold table is {unread}.", "empty"),
        _findings(protocol) or Text(UNAUDITED.format(unaudited), "empty"),
        candidates.faces(results, protocol),
        run_audits.found(results, protocol),
        Text(openings.sentence(results, protocol)),
    )
    return Article(f"protocol-{dataset}-{name}", f"`{dataset}`, `{name}`", blocks, protocol.leak, dataset)


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _fold_table(results: Results, protocol: ProtocolResults) -> PageTable | None:
    if not protocol.folds:
        return None
    dataset = results.dataset(protocol.dataset)
    units = {clip.clip: clip.unit for clip in (dataset.clips or [])} if dataset else {}
    known = any(clip.subject for clip in (dataset.clips or [])) if dataset else False
    rows = []
    for fold, roles in protocol.folds.items():
        cells = [TableCell(f"`{fold}`")]
        for role in ("train", "validation", "test"):
            clips = roles.get(role, [])
            people = len({units.get(clip, clip) for clip in clips})
            cells.append(
                TableCell(
                    str(len(clips)) if clips else DASH, count(people, "subject" if known else "unit") if clips else ""
                )
            )
        rows.append(TableRow(tuple(cells)))
    return PageTable(
        id=f"folds-{protocol.dataset}-{protocol.protocol}",
        caption=f"Folds of {protocol.dataset}, {protocol.protocol}: clips and subjects by role",
        columns=(Column("Fold"), Column("Train", True), Column("Validation", True), Column("Test", True)),
        rows=tuple(rows),
        how=f"{_independence(protocol)} Validation rows choose epochs, fusions and the best model. {_choice(protocol)}",
        compact=True,
    )


def _independence(protocol: ProtocolResults) -> str:
    """What the audit says of people in two roles; nothing is claimed without it."""
    findings = (protocol.audit or {}).get("findings", [])
    told = [item["text"] for item in findings if item["check"] == "subjects"]
    return told[0] if told else "Whether a subject has two roles has not been audited."


def _choice(protocol: ProtocolResults) -> str:
    if protocol.nested:
        return nested.CHOICE
    if protocol.rotates:
        return (
            "The clips that choose the best model are tested too, by other folds' models: its score is a little "
            "optimistic. Subjects held out by `test` give a clean choice."
        )
    return "The held-out test rows choose nothing."


def _findings(protocol: ProtocolResults) -> PageTable | None:
    if not protocol.audit:
        return None
    return findings.table(
        protocol.audit,
        id=f"audit-{protocol.dataset}-{protocol.protocol}",
        caption=f"Audit of {protocol.dataset}, {protocol.protocol}",
        how="A leak stops the study unless the config accepts it with a reason; a warning is printed and left to the "
        "reader; unknown means that the data do not say. Every pair that a check found stands in "
        f"`{paths.pairs(protocol.dataset, protocol.protocol)}`.",
    )
