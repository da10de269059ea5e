"""Fit the parameters of a fusion from its members' validation rows."""

import argparse
import json
import logging
import sys

from ferstudy.command import run, settings, sources
from ferstudy.evaluation import fusion, validation
from ferstudy.files import write_text
from ferstudy.tables import lineup

log = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> None:
    """Parse, read, fit, write. The JSON is that of `fusion.fit`, with dataset, protocol and model."""
    parser = argparse.ArgumentParser(description="Fit the parameters of a fusion.")
    parser.add_argument("--fusion", required=True, type=settings, help='{"method", "members"}')
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--protocol", required=True)
    parser.add_argument("--name", required=True, help="the fusion's name")
    parser.add_argument("--folds", required=True, help="the fold table")
    parser.add_argument("--validation", required=True, nargs="+", help="validation.h5 of every member, fold and run")
    parser.add_argument(
        "--validation-keys", required=True, nargs="+", help="architecture/fold/run of each, in the same order"
    )
    parser.add_argument("--out", required=True, help="the parameters, JSON")
    arguments = parser.parse_args(argv)

    validations = validation.read_all(sources(arguments.validation, arguments.validation_keys))
    found = fusion.fit(arguments.fusion, validations, lineup.read_folds(arguments.folds))
    found = {"dataset": arguments.dataset, "protocol": arguments.protocol, "model": arguments.name, **found}
    write_text(arguments.out, json.dumps(found, indent=1, allow_nan=False) + "\n")
    log.info("%s: %d parameter sets from %d files", arguments.name, len(found["parameters"]), len(validations))


if __name__ == "__main__":
    sys.exit(run(main))
