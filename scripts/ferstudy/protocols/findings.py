"""What an audit can find."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.tables.pairs import Pair

STATUSES = ("pass", "unknown", "warning", "leak")  # from harmless to worst


class Finding(NamedTuple):
    """The result of one check."""

    check: str  # id, the same on every run
    title: str
    status: str  # of STATUSES
    text: str  # what was found, with counts; what to do about it
    clips: list[str]  # the clips concerned, sorted
    pairs: tuple[Pair, ...] = ()  # all of them: a sentence names few

    def described(self) -> dict:
        """The finding for the audit's JSON; the pairs have a table of their own."""
        return {name: value for name, value in self._asdict().items() if name != "pairs"}


def finding(
    check: str, title: str, status: str, text: str, clips: set[str] | None = None, pairs: Iterable[Pair] = ()
) -> Finding:
    """A finding with its clips in order."""
    return Finding(check, title, status, text, sorted(clips or ()), tuple(pairs))


def worst(findings: list[Finding]) -> str:
    """The status of the whole audit."""
    return max((finding.status for finding in findings), key=STATUSES.index, default="pass")


def some(names: set[str] | list[str], number: int = 5) -> str:
    """The first few names for a sentence, and how many more there are."""
    names = sorted(names)
    more = f" and {len(names) - number} more" if len(names) > number else ""
    return ", ".join(names[:number]) + more


def admit(path: str | Path) -> str:
    """Read an audit; return what to print if it lets the study go on, else raise StudyError with the leaks."""
    audit = json.loads(Path(path).read_text(encoding="utf-8"))
    lines = [f"{finding['status']:8}{finding['title']}: {finding['text']}" for finding in audit["findings"]]
    leaks = [finding for finding in audit["findings"] if finding["status"] == "leak"]
    if leaks and not audit["accepted"]:
        told = "; ".join(f"{finding['title']}: {finding['text']} Clips: {some(finding['clips'])}" for finding in leaks)
        raise StudyError(
            f"protocol {audit['protocol']} on {audit['dataset']} leaks. {told}. "
            f"Every pair is in {paths.pairs(audit['dataset'], audit['protocol'])}. Or accept it: set "
            f"protocols/{audit['protocol']}/accept_leak to the reason, and every score carries the badge"
        )
    if leaks:
        lines.append(f"The leak was accepted: {audit['accepted']}")
    return "\n".join([f"{audit['dataset']}, {audit['protocol']}: {audit['status']}", *lines])
