"""Write what a teacher answers to the training clips of a student, by models that were not trained on them."""

import logging
import sys

from ferstudy.command import run
from ferstudy.evaluation import teaching, validation
from ferstudy.jobs.ask_teacher import AskTeacher
from ferstudy.tables import predictions
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.write import write_rows

log = logging.getLogger(__name__)


def main(job: AskTeacher) -> None:
    """Read, fuse, write."""
    names = ("dataset", "protocol", "student", "fold", "run", "teacher", "method", "members", "calibration")
    told = {name: getattr(job, name) for name in names}
    tables = [predictions.read(path) for path in job.predictions]
    rows = teaching.answers(told, validation.read_all(job.validation), tables, read_folds(job.folds))
    write_rows(job.out, predictions.header(rows.classes), rows.rows())
    right = (rows.predicted == rows.truth).sum()
    log.info("%s is right on %d of %d training clips that it has not learned", job.teacher, right, len(rows))


if __name__ == "__main__":
    sys.exit(run(main, AskTeacher))
