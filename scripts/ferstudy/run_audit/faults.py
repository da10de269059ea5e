"""What a check of a run found wrong, and the finding that it makes."""

from collections.abc import Iterable
from typing import NamedTuple

from ferstudy.protocols.findings import STATUSES, Finding, finding

SHOWN = 4  # faults that a sentence has room for


class Fault(NamedTuple):
    """One thing that a record or table says and that what it was made of does not."""

    where: str  # which model, fold and run, or which file
    what: str
    clips: frozenset[str] = frozenset()
    status: str = "leak"  # of STATUSES


def judged(check: str, title: str, faults: Iterable[Fault], fine: str) -> Finding:
    """The finding of a check: its faults, the worst first; `fine` is its text where there are none."""
    found = sorted(faults, key=lambda fault: -STATUSES.index(fault.status))
    if not found:
        return finding(check, title, "pass", fine)
    told = "; ".join(f"{fault.where}: {fault.what}" for fault in found[:SHOWN])
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    clips = {clip for fault in found for clip in fault.clips}
    return finding(check, title, found[0].status, f"{told}{more}.", clips)
