"""Choose the best settings of a search from the tables of its workers."""

import json
import logging
import shutil
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.jobs.best_settings import BestSettings
from ferstudy.search import trials
from ferstudy.search.choose import best
from ferstudy.whole_files import write_text

log = logging.getLogger(__name__)


def main(job: BestSettings) -> None:
    """Read the tables, choose, write; the state of the search is then removed."""
    chosen = best(job.search, [trial for path in job.workers for trial in trials.read(Path(path))])
    write_text(job.out, json.dumps(chosen, indent=1, sort_keys=True) + "\n")
    shutil.rmtree(job.state, ignore_errors=True)
    log.info(
        "%s: %s %.4f with %s, the best of %d trials (%d failed)", chosen["place"], chosen["select"], chosen["score"],
        json.dumps(chosen["overrides"]), chosen["trials"], chosen["failed"],
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(run(main, BestSettings))
