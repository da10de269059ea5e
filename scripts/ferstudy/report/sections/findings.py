"""The findings of an audit as a table of the page."""

from ferstudy.report.blocks import PageTable, TableCell, TableRow, columns
from ferstudy.report.numbers import count, listed

TONES = {"pass": "good", "warning": "warn", "leak": "bad", "unknown": "warn"}
ORDER = ("leak", "warning", "unknown", "pass")


def table(audit: dict, *, id: str, caption: str, how: str) -> PageTable:
    """A row per finding of `audit`, the worst first; the other arguments are the table's own."""
    found = sorted(audit.get("findings", []), key=_rank)
    return PageTable(
        id=id, caption=caption, columns=columns("Check", "Status", "Finding"), rows=tuple(map(_row, found)), how=how
    )


def _rank(item: dict) -> int:
    return ORDER.index(item["status"]) if item["status"] in ORDER else 0


def _row(item: dict) -> TableRow:
    clips = item.get("clips", [])
    note = f"{count(len(clips), 'clip')}: {listed(clips, 4)}" if clips else ""
    status = TableCell(item["status"], tone=TONES.get(item["status"], "bad"))
    return TableRow(
        (TableCell(item.get("title") or item.get("check", "")), status, TableCell(item.get("text", ""), note))
    )
