"""Film ten example videos, of five rendered people with two expressions each, and list them in manifest.csv.

They stand in for videos of one's own in docs/tutorial.md: `python scripts/film_example.py --out ../first_study/videos`.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from ferstudy.command import run
from ferstudy.synthetic.dataset import plan, render

CLASSES = ["happiness", "surprise"]
FILM = {"people": 5, "clips_per_class": 1, "frames": 50, "size": [480, 360], "seed": 11}


def main(argv: list[str] | None = None) -> None:
    """Render the videos; the true intensities, which only tests need, are thrown away."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, type=Path, help="folder of the videos; it must be new or empty")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        render(plan(FILM, CLASSES), args.out, Path(folder) / "truth.h5", processes=1)


if __name__ == "__main__":
    sys.exit(run(main))
