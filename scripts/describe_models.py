"""Print every architecture and backbone that a study configures: inputs, layers, parameters, operations per sample.

Of a network file (Keras, ONNX, TensorFlow Lite, SavedModel) it prints what the file offers to `network: file`. Of
configs it prints a line for each network, with --json all as JSON: {study: {name: {family, inputs, output, parameters,
trainable, operations, layers: [[class, output shape, parameters], ...]}}}. A sample is what a network sees at once.
"""

import argparse
import json
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.models.network_files.formats import format_of
from ferstudy.study import yaml_file
from ferstudy.study.config import complete
from ferstudy.study.settled import settled
from ferstudy.training import backend
from ferstudy.video.captured_stderr import CapturedStderr

ROOT = Path(__file__).parents[1]


def main(argv: list[str] | None = None) -> None:
    """Read the configs, build the networks, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = [ROOT / "config/config.yaml", *sorted((ROOT / "config/studies").glob("*.yaml"))]
    parser.add_argument("configs", type=Path, nargs="*", default=default, help="all of this repository's if left out")
    parser.add_argument("--json", action="store_true", help="print JSON in place of a table")
    parser.add_argument("--backend", choices=["tensorflow", "jax"], default="tensorflow", help="the backend of Keras")
    args = parser.parse_args(argv)
    configs = [path for path in args.configs if path.suffix in (".yaml", ".yml")]
    others = [path for path in args.configs if path not in configs]
    if configs or any(format_of(str(path)) in ("keras", "savedmodel") for path in others):
        backend.start(args.backend, 1, seed=0)
    for path in others:
        print(offered(path))
    if configs:
        print_studies(configs, args.json)


def print_studies(configs: list[Path], as_json: bool) -> None:
    """What the studies have of networks, a line each or as JSON; Keras has its backend."""
    from ferstudy.study.describe import describe

    found = {}
    for path in configs:
        config = yaml_file.read(path)
        found[path.stem] = describe(settled(complete(config, ROOT / "workflow/schemas/config.schema.yaml", str(path))))
    if as_json:
        print(json.dumps(found, indent=1))
        return
    for study, models in found.items():
        for name, model in models.items():
            numbers = f"{model['parameters']:>12,} {model['trainable']:>12,} {model['operations'] / 1e6:>12,.1f} M"
            print(f"{study:30} {name:24} {model['family']:18} {numbers}  {model['inputs']}")


def offered(path: Path) -> str:
    """The inputs, outputs and layers of a network file, a line each."""
    from ferstudy.models import file

    with CapturedStderr():  # LiteRT greets past Python; what fails is raised
        parts = file.offers(path, {})._asdict()
    return "\n".join([str(path), *(f"  {part:8} {tensor}" for part, tensors in parts.items() for tensor in tensors)])


if __name__ == "__main__":
    sys.exit(run(main))
