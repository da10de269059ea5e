"""Make the report: one HTML page that needs nothing beside itself, and the results tables as files."""

import logging
import sys
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.files import write_text
from ferstudy.jobs.make_report import MakeReport
from ferstudy.plan import plan
from ferstudy.provenance.record import commit
from ferstudy.report import html, load, ranking, tables, view
from ferstudy.study.grid import Study

log = logging.getLogger(__name__)


def main(job: MakeReport) -> None:
    """Read what exists, write the page and the tables."""
    told = plan(Study(job.config), "config/config.yaml", job.trainings)
    study = load.study(told, job.results, commit(), job.partial, job.public)
    write_text(job.page, html.render(view.page(study)))
    tables.write(ranking.panels(study), job.tables)
    log.info("%s: %d cells, %d files missing", job.page, len(study.cells), len(study.holes))
    if not job.partial:
        Path(paths.PARTIAL_PAGE).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(run(main, MakeReport))
