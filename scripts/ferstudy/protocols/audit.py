"""The first audit of a protocol: may its scores be believed at all?"""

from collections.abc import Collection
from pathlib import Path

from ferstudy.jobs.audit_protocol import AuditProtocol
from ferstudy.protocols import (
    by_face,
    confounding,
    duplicates,
    elsewhere,
    fold_table,
    kept_search,
    kinds,
    leaks,
    on_stills,
    who_is_who,
    who_said,
)
from ferstudy.protocols.findings import Finding, accepted, worst
from ferstudy.protocols.pictures import equal_pictures
from ferstudy.tables import clips, folds, lineup, people
from ferstudy.tables.pairs import Pair
from ferstudy.tables.rows import read_rows
from ferstudy.tables.stills import COLUMNS


def audit(job: AuditProtocol) -> tuple[dict, list[Pair]]:
    """The audit of a job's fold table as a JSON object, and every pair that its checks found.

    The object has the findings with their clips, the worst status, the folds in which nothing can be trained, and what
    is accepted, the reason by check: a leak that the protocol accepts stays a leak, and the reason goes with it.
    """
    table = clips.read(job.clips)
    said = who_said.read(job, table)
    line = lineup.read(job.folds, who_said.tied(table, said))
    expected = kinds.names(job.protocol)
    copies = kept_search.or_search(
        job.state, job.code, line, job.fingerprints, lambda: duplicates.measured(line, job.fingerprints)
    )
    by_hand = ", ".join(filter(None, (job.people, *job.joined_people)))
    in_stills = people_in_stills(job.stills) | on_stills.named_by_hand(said, table, job.stills, by_hand)
    findings = check(line, in_stills, copies, job.undeclared_union, job.exact, expected)
    if job.descriptors:
        findings.append(who_is_who.who_is_who(line, job.descriptors, said))
    if job.described_stills:
        findings.append(_on_stills(job, line, said))
    if job.faces:
        findings.append(by_face.apart(line, people.read(job.faces, table)))
    if job.pictures:
        findings.append(equal_pictures(job.stills, job.pictures))
    if job.elsewhere:
        findings.append(elsewhere.networks(job.elsewhere, job.names))
    told = {
        "dataset": job.dataset,
        "protocol": job.name,
        "folds_sha256": folds.digest(job.folds),
        "findings": [finding.described() for finding in findings],
        "status": worst(findings),
        "untrainable": confounding.untrainable(line),
        "accepted": accepted(findings, job.protocol.get("accept_leak") or {}),
    }
    return told, [pair for finding in findings for pair in finding.pairs]


def _on_stills(job: AuditProtocol, line: lineup.Lineup, said: who_said.Said) -> Finding:
    tables = {Path(path).stem: path for path in job.stills}
    described = [on_stills.read(tables[Path(store).stem], store) for store in job.described_stills]
    return on_stills.on_stills(line, job.descriptors, described, said)


def check(
    line: lineup.Lineup,
    people: dict[str, str],
    copies: Finding,
    undeclared_union: bool = False,
    exact: Collection[str] = (),
    expected: Collection[str] = (),
) -> list[Finding]:
    """All findings, leaks first.

    `people`: see leaks.stills; `copies`: that of duplicates.measured; `undeclared_union`, `exact`: see leaks.subjects;
    `expected`: see fold_table.table.
    """
    return [
        leaks.subjects(line, undeclared_union, exact),
        leaks.groups(line),
        leaks.files(line),
        copies,
        leaks.selection(line),
        leaks.held_out(line),
        leaks.stills(line, people),
        fold_table.table(line, expected),
        confounding.classes(line),
        *(confounding.confounding(line, column) for column in confounding.TITLES),
    ]


def people_in_stills(tables: list[str]) -> dict[str, str]:
    """The name of the stills table by subject; the subject is empty where stills name none."""
    return {row["subject"]: Path(path).stem for path in tables for row in read_rows(path, COLUMNS)}
