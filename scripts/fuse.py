"""Fuse the members' rows of all folds and runs into one predictions table."""

import argparse
import json
import logging
import sys
from pathlib import Path

from ferstudy.command import run, settings, sources
from ferstudy.errors import StudyError
from ferstudy.evaluation import validation
from ferstudy.evaluation.fused import fuse
from ferstudy.tables import predictions
from ferstudy.tables.write import write_rows

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Parse, read, fuse, write."""
    parser = argparse.ArgumentParser(description="Fuse the predictions of several architectures.")
    parser.add_argument("--fusion", required=True, type=settings, help='{"method", "members"}')
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--protocol", required=True)
    parser.add_argument("--name", required=True, help="the fusion's name")
    parser.add_argument("--fit", required=True, help="the parameters that fit_fusion wrote")
    parser.add_argument("--folds", help="the fold table (the parameters already follow it)")
    parser.add_argument("--validation", required=True, nargs="+", help="validation.h5 of every member, fold and run")
    parser.add_argument("--validation-keys", required=True, nargs="+", help="architecture/fold/run of each")
    parser.add_argument("--predictions", required=True, nargs="+", help="predictions tables of every member")
    parser.add_argument("--out", required=True, help="the fused predictions table")
    arguments = parser.parse_args(argv)

    fit = json.loads(Path(arguments.fit).read_text(encoding="utf-8"))
    if any(fit[key] != arguments.fusion[key] for key in ("method", "members")):
        raise StudyError(f"{arguments.fit} was fitted for another method or other members; run fit_fusion again")
    validations = validation.read_all(sources(arguments.validation, arguments.validation_keys))
    tables = [predictions.read(path) for path in arguments.predictions]
    fused = fuse(fit, validations, tables, arguments.dataset, arguments.protocol, arguments.name)
    write_rows(arguments.out, predictions.header(fused.classes), fused.rows())
    log.info("%s: %d rows from %d members", arguments.name, len(fused), len(fit["members"]))


if __name__ == "__main__":
    sys.exit(run(main))
