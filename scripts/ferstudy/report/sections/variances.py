"""Where the uncertainty of each test UAR comes from, where runs are repeated."""

from ferstudy.report.blocks import PageTable, columns, row
from ferstudy.report.numbers import DASH, count, uar
from ferstudy.report.ranking import Panel


def table(panel: Panel) -> PageTable | None:
    """The deviations of the UAR by source; None where nothing was repeated."""
    found = {name: one for name, one in (panel.compare.get("variance") or {}).items() if panel.entry(name)}
    if not found:
        return None
    some = next(iter(found.values()))
    rows = []
    for name in panel.by_rank(list(found)):
        one = found[name]
        parts = [one["people"], one["seeds"], one["training"]]
        total = sum(part**2 for part in parts if part is not None) ** 0.5
        rows.append(
            row(f"`{name}`", *(DASH if part is None else f"± {uar(part)}" for part in parts), f"± {uar(total)}")
        )
    untold = " Training folds: not to be told, as one training set is tested, or each fold tests one person."
    one_set = untold if some["training"] is None else ""
    return PageTable(
        id=f"variance-{panel.id}",
        caption=f"Where the uncertainty of the test UAR comes from on {panel.title}",
        columns=columns("Model", "#People", "#Seeds", "#Training folds", "#Together"),
        rows=tuple(rows),
        how=f"Standard deviations of the mean UAR over {count(some['runs'], 'run')}, if one source alone varied: which "
        "people are tested, the seeds of training, which people each fold trains on. From the mean squares of a nested "
        "analysis of variance (random effects, method of moments; Searle, Casella and McCulloch 1992); a negative "
        f"estimate is 0, and with few runs or folds all are rough.{one_set}",
    )
