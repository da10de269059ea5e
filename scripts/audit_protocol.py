"""Audit a protocol's fold table: leaks, copies, selection on test clips, confounded folds. It never fails."""

import argparse
import json
import logging
import sys
from pathlib import Path

from ferstudy.command import run, settings
from ferstudy.files import write_text
from ferstudy.protocols.audit import audit
from ferstudy.tables import clips


def main(argv: list[str] | None = None) -> None:
    """Write the audit; see --help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", required=True, help="the clips table of the dataset")
    parser.add_argument("--folds", required=True, help="the fold table; its name is the protocol's")
    parser.add_argument("--protocol", required=True, type=settings, help="the protocol, as JSON")
    parser.add_argument("--dataset", required=True, help="its name")
    parser.add_argument("--stills", nargs="*", default=[], help="tables of the stills that train backbones")
    parser.add_argument("--fingerprints", nargs="*", default=[], help="stores of the clips' full frames")
    parser.add_argument("--undeclared-union", action="store_true", help="nobody said whether its datasets share people")
    parser.add_argument("--out", required=True, help="the audit, JSON")
    args = parser.parse_args(argv)

    name = Path(args.folds).stem
    found = audit(
        clips.read(args.clips), args.folds, args.stills, args.dataset, args.protocol, name, args.undeclared_union,
        args.fingerprints,
    )  # fmt: skip
    write_text(args.out, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    for each in found["findings"]:
        logging.getLogger(__name__).info("%-8s%s: %s", each["status"], each["title"], each["text"])


if __name__ == "__main__":
    sys.exit(run(main))
