"""List the clips of one dataset, reject what cannot be used, and deal the clips to shards.

Alone it is a dataset doctor: `python scripts/index_clips.py --adapter NAME --root DIR --out FILE` writes the clips
table to FILE and what was rejected to FILE's .rejected.csv, and prints a summary.
"""

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ferstudy.command import run, settings
from ferstudy.datasets.index import index, known, load, printable, shard_of
from ferstudy.datasets.summary import stills_summary, summary
from ferstudy.errors import StudyError
from ferstudy.tables import clips, rejected, shards
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected
from ferstudy.tables.write import write_rows

STILLS = ("still", "subject", "label", "role")


def main(argv: list[str] | None = None) -> None:
    """Write the clips table, the rejected table and one table per shard; or the first two and a summary."""
    args = arguments().parse_args(argv)
    shard_tables = args.shard_tables or []
    if args.out:
        args.clips, args.rejected = args.out, args.rejected or str(Path(args.out).with_suffix(".rejected.csv"))
    elif not (args.clips and args.rejected and shard_tables):
        raise StudyError("give --out FILE, or all of --clips, --rejected and --shard-tables")
    chosen = args.classes or {}
    if args.out and args.adapter in known("stills") and args.adapter not in known("scan"):
        diagnose_stills(args, chosen)
        return
    found, refused = index(
        args.adapter,
        args.root,
        chosen.get("classes"),
        chosen.get("labels", {}),
        args.options,
        args.shortest,
        args.require_all_classes,
        args.state,
    )
    write(args, shard_tables, found, refused)
    if args.out:
        print(summary(found, refused))
    else:
        tell(args.root, found, refused)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapter", required=True, help="a module of ferstudy/datasets")
    parser.add_argument("--root", required=True, type=Path, help="the folder of the videos")
    parser.add_argument("--out", help="the clips table of a single dataset; prints a summary")
    parser.add_argument("--classes", type=settings, help='{"classes": [...], "labels": {...}}; default: every label')
    parser.add_argument("--options", type=settings, default={}, help="what the adapter itself can be told, as JSON")
    parser.add_argument("--shortest", type=int, default=1, help="frames that a clip must have, where known here")
    parser.add_argument("--require-all-classes", action="store_true", help="leave out people who lack a class")
    parser.add_argument("--state", type=Path, help="a folder to remember digests in, for the next time")
    parser.add_argument("--clips")
    parser.add_argument("--rejected")
    parser.add_argument("--shard-tables", nargs="+")
    return parser


def write(args: argparse.Namespace, shard_tables: Sequence[str], found: list[Clip], refused: list[Rejected]) -> None:
    """Write all tables; in a shard the clips of one film follow each other, so that it is decoded once."""
    write_rows(args.clips, clips.COLUMNS, found)
    write_rows(args.rejected, rejected.COLUMNS, refused)
    in_film_order = sorted(found, key=lambda clip: (clip.path, clip.start or 0, clip.clip))
    for number, path in enumerate(shard_tables):
        mine = (clip for clip in in_film_order if shard_of(clip, len(shard_tables)) == number)
        write_rows(path, shards.COLUMNS, ((c.clip, c.path, c.start, c.end, c.digest) for c in mine))


def tell(root: Path, found: list[Clip], refused: list[Rejected]) -> None:
    """Log what was found."""
    log = logging.getLogger(__name__)
    log.info("%d clips of %d subjects in %s", len(found), len({clip.subject for clip in found}), root)
    for label, count in sorted(Counter(clip.label for clip in found).items()):
        log.info("  %5d  %s", count, label)
    for reason, count in Counter(row.reason for row in refused).most_common():
        log.info("rejected: %d, %s", count, reason)


def diagnose_stills(args: argparse.Namespace, chosen: dict) -> None:
    """The doctor for datasets of single images."""
    labels, found, refused = chosen.get("labels", {}), [], []
    try:
        for item in load(args.adapter, "stills").stills(args.root, **args.options):
            if isinstance(item, Rejected):
                refused.append(item)
                continue
            name, subject, label, role = (printable(str(cell)) for cell in item[:4])
            label = labels.get(label, label)
            if label and (not chosen.get("classes") or label in chosen["classes"]):
                found.append((name, subject, label, role))
            else:
                reason = "label is none of the classes" if label else "no label"
                refused.append(Rejected(str(args.root), name, "index", reason, label))
    except StudyError:
        raise
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"
        refused.append(Rejected(str(args.root), "", "index", "annotation cannot be read", detail))
    write_rows(args.clips, STILLS, found)
    write_rows(args.rejected, rejected.COLUMNS, refused)
    print(stills_summary(found, refused))


if __name__ == "__main__":
    sys.exit(run(main))
