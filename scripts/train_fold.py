"""Train one architecture on one fold and predict its validation and test clips."""

import argparse
import hashlib
import json
import logging
import sys
import time
from importlib import import_module
from pathlib import Path

from ferstudy.command import run, settings
from ferstudy.search.best import merged, note
from ferstudy.store.read import checksums
from ferstudy.tables import history
from ferstudy.training import backend, frozen, inputs, job, outputs, state, with_copies

log = logging.getLogger(__name__)
STORES = ("faces", "flow", "features", "landmarks")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, train, write."""
    args = _parse(argv)
    best = json.loads(args.best[0].read_text(encoding="utf-8")) if args.best else None
    if best:
        args.settings = merged(args.settings, best)
    args.settings = frozen.settled(args.settings, args.frozen, args.precision)
    task = job.read(args.cell, args.settings, args.study, args.clips, args.folds, args.audit, args.coverage)
    args.state.mkdir(parents=True, exist_ok=True)
    with state.locked(args.state) as waited:
        if waited and outputs.exist(args.out_dir, args.predictions):
            log.info("the process that was waited for has written all files")
            return
        _train(args, task, best)
        state.remove(args.state)


def _train(args: argparse.Namespace, task: job.Job, best: dict | None) -> None:
    """Train under the lock."""
    started = time.monotonic()
    if args.trainer == "network":
        backend.start(args.study["backend"], args.study["threads"], task.seed)
    trainer = import_module(f"ferstudy.training.{args.trainer}")
    stores = {kind: getattr(args, kind) for kind in STORES}
    entry = args.settings["input"]
    needed = tuple(entry["kind"].split("+"))
    digests = {kind: checksums(stores[kind]) for kind in needed}
    if args.copies:
        digests["copies"] = checksums(args.copies)
    earlier = [history.read(path) for path in args.earlier]
    key = state.key(
        cell=args.cell, settings=args.settings, study=args.study, code=args.code, inputs=digests,
        folds=task.folds_sha256, clips=hashlib.sha256(args.clips.read_bytes()).hexdigest(),
        earlier=[path.read_text() for path in args.earlier],
    )  # fmt: skip
    wanted = [name for names in task.roles.values() for name in names]
    arrays = inputs.load(needed, stores, wanted)
    log.info("%d of %d clips have stored frames", len(arrays), len(wanted))
    task, arrays = with_copies.enlarge(task, arrays, with_copies.read(entry, args.copies, task.roles["train"]))
    trained = trainer.train(task, arrays, earlier, state.own_folder(args.state, key))
    record = {"code": args.code, "inputs_sha256": digests, "seconds": round(time.monotonic() - started, 2)}
    if best:
        record["search"] = note(best)
    outputs.write(task, trained, args.out_dir, args.predictions, record)


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cell", type=settings, required=True, help="dataset, protocol, architecture, fold, run")
    parser.add_argument("--settings", type=settings, required=True, help="family, input, settings, training")
    parser.add_argument("--study", type=settings, required=True, help="classes, seed, threads, backend, select")
    parser.add_argument("--trainer", choices=["network", "estimator"], required=True)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--folds", type=Path, required=True)
    parser.add_argument("--audit", type=Path, required=True)
    parser.add_argument("--coverage", type=Path, nargs="*", default=[], help="face summaries of the leaves")
    for kind in STORES:
        parser.add_argument(f"--{kind}", type=Path, nargs="*", default=[], help=f"stores of {kind}")
    parser.add_argument("--copies", type=Path, nargs="*", default=[], help="stores of features of copies")
    parser.add_argument("--frozen", type=Path, nargs="*", default=[], help="model.zip of a backbone that runs within")
    parser.add_argument("--precision", default="float32", help="in what that backbone computes")
    parser.add_argument("--earlier", type=Path, nargs="*", default=[], help="histories of the folds, for final")
    parser.add_argument("--best", type=Path, nargs="*", default=[], help="best.json of a search, if there is one")
    parser.add_argument("--code", required=True, help="digest of the code behind this job")
    parser.add_argument("--state", type=Path, required=True, help="folder of the live state")
    parser.add_argument("--out-dir", type=Path, required=True)
    parser.add_argument("--predictions", type=Path, required=True)
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(run(main))
