"""Describe every face crop of a shard by a layer of a trained backbone."""

import argparse
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.training import backend


def main(argv: list[str] | None = None) -> None:
    """Read the command line, extract, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path, required=True, help="store of face crops, RGB or grey")
    parser.add_argument("--backbone", type=Path, required=True, help="model.zip of the backbone")
    parser.add_argument("--layer", required=True, help="name of the layer whose output is stored")
    parser.add_argument("--precision", default="float32", help="float32 or bfloat16: how the network computes")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--backend", choices=["tensorflow", "jax"], required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    backend.start(args.backend, args.threads, seed=0)
    from ferstudy.training import features  # imports Keras, which must find its threads set

    features.extract(args.faces, args.backbone, args.layer, args.out, args.precision)


if __name__ == "__main__":
    sys.exit(run(main))
