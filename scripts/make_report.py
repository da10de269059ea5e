"""Make the report: one HTML page that needs nothing beside itself, and the results tables as files."""

import argparse
import json
import logging
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.files import write_text
from ferstudy.provenance.record import commit
from ferstudy.report import html, load, ranking, tables, view

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Parse, read what exists, write the page and the tables."""
    parser = argparse.ArgumentParser(
        description="Make the report of a study; files that are missing are shown as holes."
    )
    parser.add_argument("--plan", required=True, help="the planned cells, skips and settings, JSON")
    parser.add_argument("--results", required=True, help="the results folder")
    parser.add_argument("--out", required=True, help="the page, HTML")
    parser.add_argument("--tables", required=True, help="folder for the results tables, .csv and .tex")
    parser.add_argument("--partial", action="store_true", help="say on the page that the run failed")
    parser.add_argument(
        "--public", action="store_true", help="no pixel of a person, no clip name and no path of a video"
    )
    arguments = parser.parse_args(argv)

    if not Path(arguments.plan).exists():
        raise StudyError(f"{arguments.plan}: no such plan; run snakemake, which writes it before this script starts")
    plan = json.loads(Path(arguments.plan).read_text(encoding="utf-8"))
    study = load.study(plan, arguments.results, commit(), arguments.partial, arguments.public)
    write_text(arguments.out, html.render(view.page(study)))
    tables.write(ranking.panels(study), arguments.tables)
    log.info("%s: %d cells, %d files missing", arguments.out, len(study.cells), len(study.holes))


if __name__ == "__main__":
    sys.exit(run(main))
