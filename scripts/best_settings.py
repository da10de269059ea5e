"""Choose the best settings of a search from the tables of its workers."""

import argparse
import json
import logging
import shutil
import sys
from pathlib import Path

from ferstudy.command import run, settings
from ferstudy.files import write_text
from ferstudy.search import trials
from ferstudy.search.choose import best

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Read the tables, choose, write; the state of the search is then removed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--search", type=settings, required=True, help="search, place, names, serves, and the config's")
    parser.add_argument("--workers", type=Path, nargs="+", required=True, help="the tables of all workers")
    parser.add_argument("--state", type=Path, required=True, help="folder of the live state, shared by the workers")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    chosen = best(args.search, [trial for path in args.workers for trial in trials.read(path)])
    write_text(args.out, json.dumps(chosen, indent=1, sort_keys=True) + "\n")
    shutil.rmtree(args.state, ignore_errors=True)
    log.info(
        "%s: %s %.4f with %s, the best of %d trials (%d failed)", chosen["place"], chosen["select"], chosen["score"],
        json.dumps(chosen["overrides"]), chosen["trials"], chosen["failed"],
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(run(main))
