"""Judge a fold list without a video: people, clips and classes in every role, and what leaks.

    python scripts/check_folds.py LIST... [--subjects COLUMN | --pattern REGEX] [--format FORM]

A LIST is a file, or a folder whose files are named train, test, fold_1 and the like. Forms: table (CSV with a header),
dfew, emobox, emotion_fan, mae_dfer, names (a clip in each line), ogm_ge, roles (JSON); told by the first line if left
out. The people are told by a column, by a pattern whose groups find the person in a clip's name, or by how published
datasets name their files. The exit status is 1 where something leaks.
"""

import argparse
import sys

from ferstudy.command import run
from ferstudy.protocols import list_check, public_lists
from ferstudy.protocols.findings import worst


def main(argv: list[str] | None = None) -> None:
    """Read, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lists", nargs="+", metavar="LIST", help="a list of clips with their roles or folds")
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--subjects", default="", metavar="COLUMN", help="the column (or JSON key) that names the person")
    told.add_argument("--pattern", default="", metavar="REGEX", help="finds the person in a clip's name")
    parser.add_argument("--format", default="", choices=["", *public_lists.FORMS], help="the form of the lists")
    args = parser.parse_args(argv)
    rows, form = public_lists.read(args.lists, args.format, args.subjects)
    judged = list_check.judge(list_check.shortened(rows), args.pattern)
    clips = judged.lineup.clips.values()
    number = len({clip.subject for clip in clips} - {""})
    print(f"{len(clips)} clips, {number} people (told by {judged.told_by}), form {form}\n")
    print(list_check.table(judged) + "\n")
    for finding in judged.findings:
        print(f"{finding.status:8}{finding.title}: {finding.text}")
    if worst(judged.findings) == "leak":
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(run(main))
