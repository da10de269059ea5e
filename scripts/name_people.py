"""Make people by face of the clips of a dataset that name nobody."""

import logging
import sys

from ferstudy.command import run
from ferstudy.jobs.name_people import NamePeople
from ferstudy.protocols.by_face import by_face
from ferstudy.tables import clips, people
from ferstudy.tables.write import write_rows


def main(job: NamePeople) -> None:
    """Write the table of people by face."""
    nameless = {clip.clip for clip in clips.read(job.clips) if not clip.subject}
    rows = by_face(nameless, job.descriptors)
    write_rows(job.out, people.COLUMNS, rows)
    told = (len(nameless), len(rows), len({row.face for row in rows}))
    logging.getLogger(__name__).info("%d clips name nobody; %d of them show a face, of %d people by face", *told)


if __name__ == "__main__":
    sys.exit(run(main, NamePeople))
