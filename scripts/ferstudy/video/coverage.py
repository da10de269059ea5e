"""How many clips of a dataset have face crops, or a usable table of another tool, and whether that is enough."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.store.read import Store
from ferstudy.tables import rejected, shards

FORGOTTEN = "no crops and no reason"
NAMES = {"faces": "face crops", "tables": "usable table"}
# Clips that the study does not want, rather than lost ones.
UNWANTED = (
    "no label", "label is none of the classes", "subject lacks a class", "shorter than ", "audio only",
    "left out by an option", "not chosen",
)  # fmt: skip
SHOWN = 3
# What to do about a reason, which begins so; all else is the matter of the file, which the detail of its row tells.
ADVICE = {
    "no face found": "look at the contact sheets of `make data`. Small faces: lower detector/smallest of the recipe, "
    "or raise detector/scale; others: another detector/name; a picture that is turned: turn the video",
    "face lost": "lower detector/covered_frames of the recipe, if a part of each clip is enough, or detector/every",
    "landmarks lost": "lower detector/covered_frames of the recipe, or take out align",
    "no landmarks found": "take align out of the recipe",
    "file missing": "correct the path in the table, the root of the dataset, or fetch the files",
    "video shorter than its clip": "correct start and end in the table",
    "clip ends after the video": "correct start and end in the table",
    "codec not supported": "convert the videos, as with `ffmpeg -i old.mp4 -c:v libx264 new.mp4`",
    "no table": "correct root or pattern of the table, or make the missing tables",
    "two tables": "say by pattern which one is meant, or take the other away",
    "other columns": "make the tables with the same version of the tool, or name columns that all have",
    "column missing": "correct the column's name in the table's entry",
    "too few sure frames": "lower minimum or covered_frames of the table, or make its tables again",
    "gap in the frames": "fetch the missing images, or set options: {gaps: skip}",
}


def summary(
    leaf: str,
    clips: Iterable[str | Path],
    stores: Iterable[str | Path],
    tables: Iterable[str | Path],
    limit: float,
    index: str | Path | None = None,
    what: str = "faces",
    joined: Iterable[str | Path] = (),
) -> dict:
    """What became of the clips in the shard tables `clips`: counts, reasons, and whether at most `limit` are missing.

    `stores` are the stores of crops, `tables` the rejected tables. A clip that is in neither is counted as rejected
    with the reason FORGOTTEN. What the `index` rejected although it is a clip of one of the classes (a video that is
    not there) counts as a clip without crops; clips that the study does not want (UNWANTED) do not count at all. A
    dataset without a clip does not pass. "kept" has of each clip with crops [frames with a crop, its frames].
    `what` "tables": the stores are of the rows of tables; "columns" has the sets of columns of these and of
    the stores `joined`, whose clips are trained with these; more than one does not pass.
    """
    path_of = {part.clip: part.path for table in clips for part in shards.read(table)}
    covered: dict[str, list[int]] = {}
    for path in stores:
        with Store(path) as store:
            covered |= {
                clip: [len(of := store.column(clip, "of")), int(of[0])] for clip in store.clips if clip in path_of
            }
    known = {row.clip: row for table in tables for row in rejected.read(table)}
    missing = [
        known.get(clip, rejected.Rejected(path, clip, what, FORGOTTEN))
        for clip, path in path_of.items()
        if clip not in covered
    ]
    missing += [row for row in rejected.read(index) if row.clip and row.clip not in path_of] if index else []
    missing = [row for row in missing if not row.reason.startswith(UNWANTED)]
    count = len(covered) + len(missing)
    reasons = Counter(row.reason for row in missing)
    columns = _columns([*stores, *joined]) if what == "tables" else []
    told = {"what": what, "columns": columns} if what == "tables" else {}
    return {
        "leaf": leaf,
        **told,
        "clips": count,
        "covered": count - len(missing),
        "frames": sum(frames for frames, _ in covered.values()),
        "kept": covered,
        "limit": limit,
        "passed": bool(path_of) and len(missing) <= limit * count and FORGOTTEN not in reasons and len(columns) <= 1,
        "reasons": dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        "rejected": [row._asdict() for row in missing],
    }


def _columns(stores: Iterable[str | Path]) -> list[list[str]]:
    """The sets of columns of the stores that have clips."""
    found = set()
    for path in stores:
        with Store(path) as store:
            found |= {store.attributes["columns"]} if store.clips else set()
    return sorted(map(json.loads, found))


def verdict(summed: dict) -> str:
    """One line about a dataset, `summed` by `summary`; raises StudyError if it did not pass."""
    count, missing, leaf = summed["clips"], summed["clips"] - summed["covered"], summed["leaf"]
    index = paths.rejected_clips(leaf)
    if not count:
        raise StudyError(f"{leaf}: no clips; look at {index} for the reasons")
    what = summed.get("what", "faces")
    counts = f"{leaf}: {missing} of {count} clips ({missing / count:.0%}) have no {NAMES[what]}"
    if len(summed.get("columns", ())) > 1:
        one, other = map(set, summed["columns"][:2])
        raise StudyError(
            f"{leaf}: the tables of different shards or joined datasets have other columns, such as "
            f"{', '.join(sorted(one ^ other))}. Make all tables with the same tool, or name `columns` that all have"
        )
    if summed["passed"]:
        return f"{counts}; up to {summed['limit']:.0%} are accepted"
    reasons = ", ".join(f"{number} x {reason}" for reason, number in list(summed["reasons"].items())[:SHOWN])
    examples = ", ".join(row["path"] or row["clip"] for row in summed["rejected"][:SHOWN])
    if FORGOTTEN in summed["reasons"]:
        raise StudyError(f"{counts}: {reasons} ({examples}). Delete results/{what}/{leaf} and run again")
    advice = dict.fromkeys(advised(reason) for reason in list(summed["reasons"])[:SHOWN])
    raise StudyError(
        f"{counts}, accepted are {summed['limit']:.0%}: {reasons} (for example {examples}). What to do: "
        f"{'; '.join(advice)}. Or raise datasets/{leaf}/reject_limit: then these clips count as errors"
    )


def advised(reason: str) -> str:
    """What to do about clips that were rejected for `reason`, in words."""
    known = next((advice for begins, advice in ADVICE.items() if reason.startswith(begins)), "")
    return (
        f"{reason}: {known}" if known else f"{reason}: repair the files, or take them out; each row's detail says why"
    )
