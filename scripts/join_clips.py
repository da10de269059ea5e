"""Join the clips tables of several datasets into that of their union."""

import argparse
import sys

from ferstudy.command import run
from ferstudy.tables import clips
from ferstudy.tables.write import write_rows


def main(argv: list[str] | None = None) -> None:
    """Write one clips table; a clip is called `<leaf>/<clip>` there, a subject `<leaf>/<subject>` unless shared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaves", required=True, nargs="+", help="names of the datasets")
    parser.add_argument("--clips", required=True, nargs="+", help="their clips tables, in the same order")
    parser.add_argument("--shared", action="store_true", help="a subject of one name is one person in all datasets")
    parser.add_argument("--out", required=True)
    args = parser.parse_args(argv)

    joined = [
        clip._replace(
            clip=f"{leaf}/{clip.clip}",
            subject=clip.subject and (clip.subject if args.shared else f"{leaf}/{clip.subject}"),
            group=clip.group and (clip.group if args.shared else f"{leaf}/{clip.group}"),
        )
        for leaf, path in zip(args.leaves, args.clips, strict=True)
        for clip in clips.read(path)
    ]
    write_rows(args.out, clips.COLUMNS, joined)


if __name__ == "__main__":
    sys.exit(run(main))
