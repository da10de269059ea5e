"""Stills for training backbones, with their labels and roles: rendered crops of built-in people, or a set of yours."""

import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.datasets.stills import collect
from ferstudy.jobs.make_stills import MakeStills
from ferstudy.synthetic.stills import TRIES, plan, render
from ferstudy.tables import rejected
from ferstudy.tables.rejected import Rejected
from ferstudy.tables.write import write_rows

PROCESSES = 2  # the rule asks for as many threads


def main(job: MakeStills) -> None:
    """Write the store of pictures and the tables."""
    store, table = Path(job.store), Path(job.table)
    if "adapter" in job.stills:
        collect({**job.stills, "root": job.root or job.file}, store, table, Path(job.rejected))
        return
    faceless = render(plan(job.stills), store, table, PROCESSES)
    rows = (Rejected("", name, "faces", "no face", f"in {TRIES} poses") for name in faceless)
    write_rows(job.rejected, rejected.COLUMNS, rows)


if __name__ == "__main__":
    sys.exit(run(main, MakeStills))
