"""The gate behind an audit: fails on a leak that the protocol does not accept."""

import argparse
import sys

from ferstudy.command import run
from ferstudy.files import write_text
from ferstudy.protocols.findings import admit


def main(argv: list[str] | None = None) -> None:
    """Write what the audit found, or fail; see --help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audit", required=True, help="the audit, JSON")
    parser.add_argument("--out", required=True, help="a text file that says that it passed")
    args = parser.parse_args(argv)

    told = admit(args.audit)
    print(told)
    write_text(args.out, told + "\n")


if __name__ == "__main__":
    sys.exit(run(main))
