"""The dataset doctor: what an adapter finds in a folder, before there is any study.

`python scripts/inspect_dataset.py --adapter NAME --root DIR --out FILE` writes the clips table to FILE and what was
rejected to FILE's .rejected.csv, and prints a summary.
"""

import argparse
import json
import sys
from pathlib import Path

from ferstudy.command import run
from ferstudy.datasets.index import index, known, load, printable
from ferstudy.datasets.summary import stills_summary, summary
from ferstudy.errors import StudyError
from ferstudy.tables import clips, rejected
from ferstudy.tables.rejected import Note, Rejected
from ferstudy.tables.spellings import answered
from ferstudy.tables.stills import COLUMNS
from ferstudy.tables.write import write_rows


def main(argv: list[str] | None = None) -> None:
    """Write the clips table and the rejected table, and print a summary."""
    args = arguments().parse_args(argv)
    refusals = args.rejected or args.out.with_suffix(".rejected.csv")
    if args.adapter in known("stills") and args.adapter not in known("scan"):
        found, refused = stills(args)
        write_rows(args.out, COLUMNS, found)
        print(stills_summary(found, refused))
    else:
        notes: list[Note] = []
        found, refused = index(
            args.adapter,
            args.root,
            args.classes,
            args.labels,
            args.options,
            args.shortest,
            args.require_all_classes,
            notes=notes,
        )
        write_rows(args.out, clips.COLUMNS, found)
        print(summary(found, refused, notes, answer=answered(args.options)[0]))
    write_rows(refusals, rejected.COLUMNS, refused)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapter", required=True, help="a module of ferstudy/datasets")
    parser.add_argument("--root", required=True, type=Path, help="the folder of the videos")
    parser.add_argument("--out", required=True, type=Path, help="the clips table to write")
    parser.add_argument("--rejected", type=Path, help="what was rejected; beside the other if left out")
    parser.add_argument("--classes", nargs="+", help="names of the classes; every label if left out")
    parser.add_argument("--labels", type=json.loads, default={}, help="class by name in the data, as JSON")
    parser.add_argument("--options", type=json.loads, default={}, help="what the adapter itself can be told, as JSON")
    parser.add_argument("--shortest", type=int, default=1, help="frames that a clip must have, where known here")
    parser.add_argument("--require-all-classes", action="store_true", help="leave out people who lack a class")
    return parser


def stills(args: argparse.Namespace) -> tuple[list[tuple], list[Rejected]]:
    """What is found, and what is not, in a dataset of single images."""
    found, refused = [], []
    try:
        for item in load(args.adapter, "stills").stills(args.root, **args.options):
            if isinstance(item, Rejected):
                refused.append(item)
                continue
            name, subject, label, role = (printable(str(cell)) for cell in item[:4])
            label = args.labels.get(label, label)
            if label and (not args.classes or label in args.classes):
                found.append((name, subject, label, role))
            else:
                reason = "label is none of the classes" if label else "no label"
                refused.append(Rejected(str(args.root), name, "index", reason, label))
    except StudyError:
        raise
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"
        refused.append(Rejected(str(args.root), "", "index", "annotation cannot be read", detail))
    return found, refused


if __name__ == "__main__":
    sys.exit(run(main))
