"""Stop a dataset of which too many clips have no face crops."""

import argparse
import json
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.files import write_text
from ferstudy.video.coverage import verdict


def main(argv: list[str] | None = None) -> None:
    """Write one line if the summary passes; fail with the counts and the commonest reasons if not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--summary", required=True, help="what sum_faces wrote")
    parser.add_argument("--out", required=True, help="the file that says it passed")
    arguments = parser.parse_args(argv)
    write_text(arguments.out, verdict(json.loads(Path(arguments.summary).read_text(encoding="utf-8"))) + "\n")


if __name__ == "__main__":
    sys.exit(run(main))
