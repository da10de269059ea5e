"""Stills for training backbones, with their labels and roles: rendered crops of built-in people, or a set of yours."""

import argparse
import sys
from pathlib import Path

from ferstudy.command import run, settings
from ferstudy.datasets.stills import collect
from ferstudy.synthetic.stills import TRIES, plan, render
from ferstudy.tables import rejected
from ferstudy.tables.rejected import Rejected
from ferstudy.tables.write import write_rows


def main(argv: list[str] | None = None) -> None:
    """Write the store of pictures and the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", required=True, type=settings, help="the entry of `stills` in the config")
    parser.add_argument("--classes", type=settings, default={}, help='{"classes": [...]}, if not among the settings')
    parser.add_argument("--out", required=True, type=Path, help="store of the pictures")
    parser.add_argument("--table", required=True, type=Path)
    parser.add_argument("--rejected", type=Path, help="table of what could not be used; beside the other if left out")
    parser.add_argument("--processes", type=int, default=1)
    args = parser.parse_args(argv)
    chosen = {**args.settings, **args.classes}
    refusals = args.rejected or args.table.with_suffix(".rejected.csv")
    if "adapter" in chosen:
        collect(chosen, args.out, args.table, refusals)
        return
    faceless = render(plan(chosen), args.out, args.table, args.processes)
    rows = (Rejected("", name, "faces", "no face", f"in {TRIES} poses") for name in faceless)
    write_rows(refusals, rejected.COLUMNS, rows)


if __name__ == "__main__":
    sys.exit(run(main))
