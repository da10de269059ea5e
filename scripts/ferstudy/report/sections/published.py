"""Published numbers in a table of their own: those of the config in their order, then those that are known."""

from collections.abc import Iterator

from ferstudy.report.blocks import Heading, PageTable, TableRow, columns, row
from ferstudy.report.known_numbers import KNOWN
from ferstudy.report.records import Results

COLUMNS = ("source", "dataset", "method", "score", "protocol", "n", "unit", "selection", "comparable")
UNSTATED = "not stated"


def blocks(results: Results) -> tuple:
    """The table; never sorted, and nothing in it is marked as best."""
    rows = tuple(_rows(results))
    if not rows:
        return ()
    table = PageTable(
        id="published",
        caption="Published numbers",
        columns=columns(*(key.capitalize() for key in COLUMNS)),
        rows=rows,
        how="As their authors report them, under their own protocols, in the order of the config and not by score; the "
        "last column says whether they can be compared, and if not, why. Below those of the config stand numbers "
        "that were read in the sources named (`literature: false` under `report` leaves them out).",
    )
    return (Heading("Published numbers", level=3), table)


def _rows(results: Results) -> Iterator[TableRow]:
    report = results.study.config["report"]
    for entry in report.get("published") or []:
        given = {**entry, "comparable": "yes" if entry["comparable"] is True else entry["comparable"]}
        yield row(*(str(given.get(key, UNSTATED)) for key in COLUMNS))
    if not report.get("literature", True):
        return
    of_adapter: dict[str, str] = {}
    for name in results.study.all_leaves:
        entry = results.study.datasets[name]
        if "render" not in entry:  # built-in faces in the layout of a dataset are not that dataset
            of_adapter.setdefault(entry["adapter"], name)
    for known in KNOWN:
        if known.adapter in of_adapter:
            given = {**known._asdict(), "dataset": of_adapter[known.adapter]}
            yield row(*(given[key] or UNSTATED for key in COLUMNS))
