"""What audit_protocol is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.evaluated import ALL
from ferstudy.jobs.job import reads, setting, table, writes
from ferstudy.jobs.who import Who


@dataclass(frozen=True, kw_only=True)
class AuditProtocol(Who):
    """Audit a fold table: leaks, copies, selection on test clips, confounded folds."""

    dataset: str = setting("its name")
    name: str = setting("the protocol's name")
    protocol: dict[str, Any] = setting("the protocol")
    undeclared_union: bool = setting("nobody said whether its datasets share people", False)
    exact: list[str] = setting("how clips are called whose subjects are spelled as meant: see leaks.subjects", [])
    elsewhere: dict[str, list[str]] = setting("on what others trained the networks that are read, by backbone", {})
    names: list[str] = setting("of the dataset, its leaves and adapters, to be told from these", [])
    clips: str = table("the clips table", columns=ALL)
    folds: str = table("the fold table")
    stills: list[str] = reads("tables of the stills that train backbones", [])
    pictures: list[str] = reads("the stores of these stills", [])
    fingerprints: list[str] = reads("stores of the clips' full frames")
    descriptors: list[str] = reads("stores that describe the clips' faces", [])
    described_stills: list[str] = reads("stores that describe the faces on stills of real people", [])
    state: str = setting("undeclared folder: what the search for copies found, and of what", "")
    out: str = writes("the audit, JSON")
    pairs: str = writes("every pair that a check found")
