"""Train a backbone on single face crops, so that its features can describe the frames of videos.

On stills of other people (--stills, --table), or on frames of a fold's own training clips (--frames, --clips, --folds,
--audit, --coverage, --cell, --classes, and --earlier where the fold has no validation clips). With --state a training
that was killed goes on.
"""

import argparse
import hashlib
import json
import logging
import sys
from pathlib import Path

from ferstudy.command import run, settings
from ferstudy.search.best import merged
from ferstudy.store.read import checksums
from ferstudy.training import assignment, backend, state
from ferstudy.training.assignment import Conditions, TrainedCell

log = logging.getLogger(__name__)
FRAMES = ("clips", "folds", "audit", "cell", "classes")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, train, write."""
    args = _parse(argv)
    for path in args.best:
        args.backbone = merged(args.backbone, json.loads(path.read_text(encoding="utf-8")))
    if args.state is None:
        _train(args, None)
        return
    with state.locked(args.state) as waited:
        if waited and all((args.out_dir / name).exists() for name in ("model.zip", "history.csv", "predictions.csv")):
            log.info("the process that was waited for has written all files")
            return
        _train(args, state.own_folder(args.state, _key(args)))
        state.remove(args.state)


def _train(args: argparse.Namespace, own: Path | None) -> None:
    """Train under the lock."""
    task = _job(args) if args.frames else None  # gates come before the heavy imports
    seed = args.seed if task is None else task.seed
    backend.start(args.backend, args.threads, seed)
    from ferstudy.training import backbone  # imports Keras, which must find its threads set

    if task is None:
        backbone.on_stills(args.stills, args.table, args.backbone, args.recipe, seed, args.out_dir, own)
    else:
        backbone.on_frames(task, args.frames, args.backbone, args.recipe, args.earlier, args.out_dir, own)


def _job(args: argparse.Namespace) -> assignment.Training:
    cell = TrainedCell(**args.cell, architecture=args.backbone["network"], run=0)
    conditions = Conditions(args.classes, args.seed, args.threads, args.backend)
    return assignment.read(cell, args.backbone, conditions, args.clips, args.folds, args.audit, args.coverage)


def _key(args: argparse.Namespace) -> str:
    """A name for this very training: all that its result depends on."""
    weights = args.backbone.get("weights", "none")
    files = [args.table, args.clips, args.folds, *args.earlier, Path(weights)]
    return state.key(
        backbone=args.backbone, recipe=args.recipe, cell=args.cell, classes=args.classes, seed=args.seed,
        threads=args.threads, backend=args.backend, code=args.code, stores=checksums(args.frames or [args.stills]),
        files=[hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file and file.is_file()],
    )  # fmt: skip


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stills", type=Path, help="store of the stills, BGR")
    parser.add_argument("--table", type=Path, help="still, subject, label, role")
    parser.add_argument("--frames", type=Path, nargs="*", default=[], help="face stores of the fold's clips")
    parser.add_argument("--clips", type=Path, help="clips table")
    parser.add_argument("--folds", type=Path, help="fold table")
    parser.add_argument("--audit", type=Path, help="audit of the fold table")
    parser.add_argument("--coverage", type=Path, nargs="*", default=[], help="face summaries of the leaves")
    parser.add_argument("--cell", type=settings, help="dataset, protocol, fold")
    parser.add_argument("--classes", type=json.loads, help="the classes of the dataset, a JSON list")
    parser.add_argument("--earlier", type=Path, nargs="*", default=[], help="model.zip of the folds, for final")
    parser.add_argument("--backbone", type=settings, required=True, help="network, settings, training, phases, weights")
    parser.add_argument("--recipe", type=settings, required=True, help="the recipe of the video crops")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--backend", choices=["tensorflow", "jax"], required=True)
    parser.add_argument("--best", type=Path, nargs="*", default=[], help="best.json of a search, if there is one")
    parser.add_argument("--code", default="", help="digest of the code behind this job")
    parser.add_argument("--state", type=Path, help="folder of the live state")
    parser.add_argument("--out-dir", type=Path, required=True)
    args = parser.parse_args(argv)
    if bool(args.stills) == bool(args.frames):
        parser.error("give either --stills and --table, or --frames and what belongs to it")
    needed = FRAMES if args.frames else ("table",)
    if missing := [f"--{name}" for name in needed if getattr(args, name) is None]:
        parser.error(f"{'--frames' if args.frames else '--stills'} needs {', '.join(missing)} too")
    return args


if __name__ == "__main__":
    sys.exit(run(main))
