"""What an audit can find."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.protocols.acceptance import how_to_accept, unaccepted
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


def named(names: Collection[str], number: int = 5) -> str:
    """`some` of people, groups or clips, each between backticks: a public page tells such names by them."""
    return some([f"`{name}`" for name in names], number)


def accepted(findings: list[Finding], reasons: dict[str, str]) -> dict[str, str]:
    """Of the `reasons` by check those of checks that have found a leak: the others accept nothing."""
    leaking = {finding.check for finding in findings if finding.status == "leak"}
    return {check: reason.strip() for check, reason in sorted(reasons.items()) if check in leaking and reason.strip()}


def admit(path: str | Path, trained: bool) -> str:
    """Read an audit; return what to print if it lets the study go on, else raise StudyError with what is wrong.

    A leak that is not accepted is, and where models are `trained` on the folds, a class that none of them would see.
    """
    audit = json.loads(Path(path).read_text(encoding="utf-8"))
    lines = [f"{finding['status']:8}{finding['title']}: {finding['text']}" for finding in audit["findings"]]
    if leaks := unaccepted(audit):
        told = "; ".join(f"{finding['title']}: {finding['text']} Clips: {some(finding['clips'])}" for finding in leaks)
        raise StudyError(
            f"protocol {audit['protocol']} on {audit['dataset']} leaks. {told}. "
            f"Every pair is in {paths.pairs(audit['dataset'], audit['protocol'])}. Or accept it: "
            f"{how_to_accept(audit['protocol'], leaks)}"
        )
    if trained and (lacking := audit["untrainable"]):
        raise StudyError(
            f"protocol {audit['protocol']} on {audit['dataset']}: nothing can be trained where a class is never seen. "
            f"{some(lacking)}. Take the class out of the study, let more people show it, or deal the folds anew "
            f"(protocols/{audit['protocol']}/refold, or fewer folds)"
        )
    lines += [f"The leak was accepted ({check}): {reason}" for check, reason in audit["accepted"].items()]
    return "\n".join([f"{audit['dataset']}, {audit['protocol']}: {audit['status']}", *lines])
