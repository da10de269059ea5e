"""Count the clips of a dataset that have face crops, or a usable table, and why the others have none."""

import json
import sys

from ferstudy.command import run
from ferstudy.jobs.sum_faces import SumFaces
from ferstudy.video.coverage import summary
from ferstudy.whole_files import write_text


def main(job: SumFaces) -> None:
    """Write the summary, whatever it says: check_gate judges it."""
    found = summary(job.leaf, job.clips, job.faces, job.rejected, job.limit, job.index, job.what or "faces", job.joined)
    write_text(job.out, json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(run(main, SumFaces))
