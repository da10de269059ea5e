"""How often test rows were opened, and whether the plan was frozen before."""

from ferstudy.report.numbers import listed
from ferstudy.report.records import ProtocolResults, Results
from ferstudy.study import plan
from ferstudy.tables.ledger import Opening


def sentence(results: Results, protocol: ProtocolResults) -> str:
    """As "3rd opening; plan not frozen"."""
    of = (protocol.dataset, protocol.protocol)
    opened = [row for row in results.openings if row[1:3] == of]
    frozen = results.frozen.get("/".join(of))
    if not frozen:
        return f"Test rows: {_ordinal(len(opened))} opening; plan not frozen." if opened else (
            "Test rows: not opened yet; plan not frozen."
        )  # fmt: skip
    start = f"Test rows: frozen on {frozen['time'][:10]}"
    if changes := _changes(results, of, frozen, opened):
        return f"{start}, but the config changed since: {listed(changes, 6)}. {_times(len(opened)).capitalize()}."
    return f"{start}, {_times(len(opened))}."


def _changes(results: Results, of: tuple[str, str], frozen: dict, opened: list[Opening]) -> list[str]:
    """What is not as it was frozen: keys of the config, the folds, or an opening under another plan."""
    now = plan.plan(results.study, *of)
    found = plan.changed(frozen["plan"], now) if plan.digest(now) != frozen["config_sha256"] else []
    dealt = {row.folds_sha256 for row in opened} - {frozen["folds_sha256"]}
    found += ["the fold table"] if frozen["folds_sha256"] and dealt else []
    others = [row for row in opened if row.config_sha256 != frozen["config_sha256"]]
    return found or [f"the plan of the opening on {row.time[:10]}" for row in others]


def _times(number: int) -> str:
    return {0: "not opened yet", 1: "opened once", 2: "opened twice"}.get(number, f"opened {number} times")


def _ordinal(number: int) -> str:
    last = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"
