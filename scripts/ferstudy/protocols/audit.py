"""The first audit of a protocol: may its scores be believed at all?"""

from collections.abc import Iterable
from pathlib import Path

from ferstudy.protocols import confounding, duplicates, leaks
from ferstudy.protocols.findings import Finding, worst
from ferstudy.tables import folds, lineup
from ferstudy.tables.clips import Clip
from ferstudy.tables.rows import read_rows

STILLS = ("still", "subject", "label", "role")


def audit(
    clips: list[Clip],
    table: str | Path,
    stills: list[str],
    dataset: str,
    protocol: dict,
    name: str,
    undeclared_union: bool = False,
    fingerprints: Iterable[str | Path] = (),
) -> dict:
    """The audit of the fold table at `table` as a JSON object: findings with their clips, the worst status, acceptance.

    Args:
        clips: those of the dataset.
        table: the fold table.
        stills: tables of the stills that train backbones.
        dataset: its name.
        protocol: its settings, of which `accept_leak` counts here: the status stays a leak, the reason goes with it.
        name: the protocol's name.
        undeclared_union: see leaks.subjects.
        fingerprints: the stores of the clips' full frames.
    """
    findings = check(lineup.read(table, clips), people_in_stills(stills), undeclared_union, fingerprints)
    status = worst(findings)
    return {
        "dataset": dataset,
        "protocol": name,
        "folds_sha256": folds.digest(table),
        "findings": [finding._asdict() for finding in findings],
        "status": status,
        "accepted": str(protocol.get("accept_leak", "")).strip() if status == "leak" else "",
    }


def check(
    line: lineup.Lineup,
    people: dict[str, str],
    undeclared_union: bool = False,
    fingerprints: Iterable[str | Path] = (),
) -> list[Finding]:
    """All findings, leaks first. `people`: see leaks.stills."""
    return [
        leaks.subjects(line, undeclared_union),
        leaks.groups(line),
        leaks.files(line),
        duplicates.duplicates(line, fingerprints),
        leaks.selection(line),
        leaks.held_out(line),
        leaks.stills(line, people),
        confounding.table(line),
        confounding.classes(line),
        *(confounding.confounding(line, column) for column in confounding.TITLES),
    ]


def people_in_stills(tables: list[str]) -> dict[str, str]:
    """The name of the stills table by subject; the subject is empty where stills name none."""
    return {row["subject"]: Path(path).stem for path in tables for row in read_rows(path, STILLS)}
