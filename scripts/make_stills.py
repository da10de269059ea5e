"""Render stills of built-in people for training backbones: cropped faces, their labels and roles."""

import argparse
import sys
from pathlib import Path

from ferstudy.command import run, settings
from ferstudy.synthetic.stills import plan, render


def main(argv: list[str] | None = None) -> None:
    """Write the store of pictures and the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", required=True, type=settings, help="the entry of `stills` in the config")
    parser.add_argument("--classes", type=settings, default={}, help='{"classes": [...]}, if not among the settings')
    parser.add_argument("--out", required=True, type=Path, help="store of the pictures")
    parser.add_argument("--table", required=True, type=Path)
    parser.add_argument("--processes", type=int, default=1)
    args = parser.parse_args(argv)
    render(plan({**args.settings, **args.classes}), args.out, args.table, args.processes)


if __name__ == "__main__":
    sys.exit(run(main))
