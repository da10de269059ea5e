"""The table of stills: a row for each picture of the store beside it; the subject is empty where nobody names it."""

from pathlib import Path

from ferstudy.tables.rows import read_rows

COLUMNS = ("still", "subject", "label", "role")  # of the roles of folds


def training(path: str | Path) -> list[dict[str, str]]:
    """The rows of the stills that a backbone learns from."""
    return [row for row in read_rows(path, COLUMNS) if row["role"] == "train"]
