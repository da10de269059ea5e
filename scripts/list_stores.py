"""Note what the stores of all shards hold: one file that trainings have as their input in place of each shard."""

import json
import sys

from ferstudy.command import run
from ferstudy.jobs.list_stores import ListStores
from ferstudy.store.read import checksums
from ferstudy.whole_files import write_text


def main(job: ListStores) -> None:
    """Read the stores' heads, and write."""
    write_text(job.out, json.dumps({path: checksums([path]) for path in job.stores}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(run(main, ListStores))
