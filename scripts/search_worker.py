"""Train one worker's share of a search's trials; several workers share a journal and may run at the same time."""

import argparse
import sys
from importlib import import_module
from pathlib import Path

from ferstudy.command import run, settings
from ferstudy.search import trials
from ferstudy.search.best import merged
from ferstudy.tables.write import write_rows
from ferstudy.training import backend, state, with_backbone
from ferstudy.training.assignment import Conditions

STORES = ("faces", "flow", "features", "landmarks", "copies")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, train, write."""
    args = _parse(argv)
    args.settings = with_backbone.add_backbone(_shortened(args.settings, args.search), args.frozen, args.precision)
    objective = _objective(args)
    key = objective.key(search=args.search, settings=args.settings, study=args.study, code=args.code)
    with state.locked(args.state):  # two workers must not clear away at once what an earlier version has left
        folder = state.own_folder(args.state, key)
    with state.locked(folder / f"worker{args.worker}") as waited:
        if waited and args.out.exists():
            return
        from ferstudy.search.work import work  # imports Optuna, which a refusal need not wait for

        found = work(args.search, args.worker, objective, folder)
        write_rows(args.out, trials.COLUMNS, [trial.cells() for trial in found])


def _shortened(entry: dict, search: dict) -> dict:
    """What is searched with the epochs of the search, and with the first of a backbone's phases, if it says so."""
    if search.get("phases"):
        entry = {**entry, "phases": entry.get("phases", [])[: search["phases"]]}
    if search.get("epochs"):
        entry = merged(entry, {"overrides": {"training.epochs": search["epochs"]}})
        for phase in entry.get("phases", []):
            phase.pop("epochs", None)
    return entry


def _objective(args: argparse.Namespace):
    """What is trained: its module is loaded by name, so that the rule's digest has only the one that is meant."""
    if "backbone" in args.search:
        _start(args)  # before anything that imports Keras, which must find its threads set
        stills = import_module("ferstudy.search.stills")
        return stills.Stills(args.settings, args.study["seed"], args.stills, args.table, args.recipe)
    clips = import_module("ferstudy.search.clips")
    tables = {"clips": args.clips, "folds": args.folds, "audit": args.audit}
    stores, conditions = {kind: getattr(args, kind) for kind in STORES}, Conditions(**args.study)
    found = clips.Clips(args.search, args.settings, conditions, args.trainer, tables, args.coverage, stores)
    if args.trainer == "network":
        _start(args)
    return found


def _start(args: argparse.Namespace) -> None:
    backend.start(args.study["backend"], args.study["threads"], args.study["seed"])


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--search", type=settings, required=True, help="search, place, names, serves, and the config's")
    parser.add_argument("--worker", type=int, required=True, help="which share of the trials, from 0")
    parser.add_argument("--settings", type=settings, required=True, help="the architecture, or the backbone")
    parser.add_argument("--study", type=settings, required=True, help="classes, seed, threads, backend, select")
    parser.add_argument("--trainer", choices=["network", "estimator"], default="network")
    for name in ("clips", "folds", "audit"):
        parser.add_argument(f"--{name}", type=Path, help="of an architecture")
    parser.add_argument("--coverage", type=Path, nargs="*", default=[], help="face summaries of the leaves")
    for kind in STORES:
        parser.add_argument(f"--{kind}", type=Path, nargs="*", default=[], help=f"stores of {kind}")
    parser.add_argument("--frozen", type=Path, nargs="*", default=[], help="model.zip of a backbone that runs within")
    parser.add_argument("--precision", default="float32", help="in what that backbone computes")
    parser.add_argument("--stills", type=Path, help="of a backbone: store of the stills")
    parser.add_argument("--table", type=Path, help="of a backbone: still, subject, label, role")
    parser.add_argument("--recipe", type=settings, help="of a backbone: the recipe of the video crops")
    parser.add_argument("--code", required=True, help="digest of the code behind this job")
    parser.add_argument("--state", type=Path, required=True, help="folder of the live state, shared by the workers")
    parser.add_argument("--out", type=Path, required=True, help="the table of this worker's trials")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(run(main))
