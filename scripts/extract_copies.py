"""Describe augmented copies of every clip of a shard by a layer of a trained backbone.

They are stored as clips named `<clip>#<copy>`; only those of training clips may be read by a training.
"""

import argparse
import json
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.training import backend


def main(argv: list[str] | None = None) -> None:
    """Read the command line, copy, extract, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True, help="store of face crops, RGB or grey")
    parser.add_argument("--backbone", type=Path, required=True, help="model.zip of the backbone")
    parser.add_argument("--layer", required=True, help="name of the layer whose output is stored")
    parser.add_argument("--copies", type=json.loads, required=True, help="names of copies, a JSON list")
    parser.add_argument("--seed", type=int, required=True, help="of the noise")
    parser.add_argument("--precision", default="float32", help="float32 or bfloat16: how the network computes")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--backend", choices=["tensorflow", "jax"], required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    backend.start(args.backend, args.threads, seed=0)
    from ferstudy.training import features  # imports Keras, which must find its threads set

    features.extract_copies(args.faces, args.backbone, args.layer, args.out, args.copies, args.seed, args.precision)


if __name__ == "__main__":
    sys.exit(run(main))
