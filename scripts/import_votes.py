"""Hold the votes of people against clips and classes, and write them as a table of the study."""

import json
import logging
import sys

from ferstudy.command import run
from ferstudy.evaluation.held_votes import hold
from ferstudy.jobs.import_votes import ImportVotes
from ferstudy.tables import clips, foreign_table
from ferstudy.tables.ratings import Rating
from ferstudy.tables.write import write_rows
from ferstudy.whole_files import write_text

log = logging.getLogger(__name__)


def main(job: ImportVotes) -> None:
    """Read, hold, write."""
    table = foreign_table.read(job.votes)
    known = clips.read(job.clips)
    ratings, notes = hold(table, known, job.classes, job.labels, job.other_answers, _key(job.key))
    write_rows(job.out, Rating._fields, ratings)
    write_text(job.notes, json.dumps({"dataset": job.dataset, **notes}, indent=1) + "\n")
    log.info("%s: %d of %d rows are votes on its clips", job.dataset, notes["used"], notes["rows"])
    if notes["others"]:
        log.info("%s: answers that are no class, and count as wrong: %s", job.dataset, notes["others"])


def _key(paths: list[str]) -> dict[str, str]:
    """The clip of each id of the rating pages."""
    if not paths:
        return {}
    table = foreign_table.read(paths)
    if not {"id", "clip"} <= table.columns.keys():
        raise table.refuse(f"found the columns {', '.join(table.columns)}; expected id and clip, as a rating page has")
    return dict(zip(table.columns["id"].tolist(), table.columns["clip"].tolist(), strict=True))


if __name__ == "__main__":
    sys.exit(run(main, ImportVotes))
