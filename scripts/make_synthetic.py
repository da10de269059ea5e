"""Render a dataset of built-in faces: videos in a raw layout, and a store with the truth about every frame."""

import argparse
import sys
from pathlib import Path

from ferstudy.command import run, settings
from ferstudy.synthetic.dataset import plan, render


def main(argv: list[str] | None = None) -> None:
    """Render the videos; the truth store is written last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", required=True, type=settings, help="the `render` section of the dataset")
    parser.add_argument("--classes", required=True, type=settings, help='{"classes": [...]}')
    parser.add_argument("--root", required=True, type=Path, help="folder of the videos")
    parser.add_argument("--truth", required=True, type=Path, help="store of the true intensities")
    parser.add_argument("--processes", type=int, default=1)
    args = parser.parse_args(argv)
    render(plan(args.settings, args.classes["classes"]), args.root, args.truth, args.processes)


if __name__ == "__main__":
    sys.exit(run(main))
