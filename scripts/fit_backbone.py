"""Train a backbone on single face crops, so that its features can describe the frames of videos."""

import argparse
import sys
from pathlib import Path

from ferstudy.command import run, settings
from ferstudy.training import backend


def main(argv: list[str] | None = None) -> None:
    """Read the command line, train, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stills", type=Path, required=True, help="store of the stills, BGR")
    parser.add_argument("--table", type=Path, required=True, help="still, subject, label, role")
    parser.add_argument("--backbone", type=settings, required=True, help="network, settings, training")
    parser.add_argument("--recipe", type=settings, required=True, help="the recipe of the video crops")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--backend", choices=["tensorflow", "jax"], required=True)
    parser.add_argument("--out-dir", type=Path, required=True)
    args = parser.parse_args(argv)
    backend.start(args.backend, args.threads, args.seed)
    from ferstudy.training import backbone  # imports Keras, which must find its threads set

    backbone.run(args.stills, args.table, args.backbone, args.recipe, args.seed, args.out_dir)


if __name__ == "__main__":
    sys.exit(run(main))
