"""How many clips of a dataset have face crops, or a usable table of another tool, and whether that is enough."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

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
    paths = {part.clip: part.path for table in clips for part in shards.read(table)}
    covered: dict[str, list[int]] = {}
    for path in stores:
        with Store(path) as store:
            covered |= {
                clip: [len(of := store.column(clip, "of")), int(of[0])] for clip in store.clips if clip in paths
            }
    known = {row.clip: row for table in tables for row in rejected.read(table)}
    missing = [
        known.get(clip, rejected.Rejected(path, clip, what, FORGOTTEN))
        for clip, path in paths.items()
        if clip not in covered
    ]
    missing += [row for row in rejected.read(index) if row.clip and row.clip not in paths] if index else []
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
        "passed": bool(paths) and len(missing) <= limit * count and FORGOTTEN not in reasons and len(columns) <= 1,
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
    count, missing = summed["clips"], summed["clips"] - summed["covered"]
    if not count:
        raise StudyError(
            f"{summed['leaf']}: no clips; look at results/clips/{summed['leaf']}.rejected.csv for the reasons"
        )
    what = summed.get("what", "faces")
    counts = f"{summed['leaf']}: {missing} of {count} clips ({missing / count:.0%}) have no {NAMES[what]}"
    if len(summed.get("columns", ())) > 1:
        one, other = map(set, summed["columns"][:2])
        raise StudyError(
            f"{summed['leaf']}: the tables of different shards or joined datasets have other columns, such as "
            f"{', '.join(sorted(one ^ other))}. Make all tables with the same tool, or name `columns` that all have"
        )
    if summed["passed"]:
        return f"{counts}; up to {summed['limit']:.0%} are accepted"
    reasons = ", ".join(f"{number} x {reason}" for reason, number in list(summed["reasons"].items())[:SHOWN])
    examples = ", ".join(row["path"] or row["clip"] for row in summed["rejected"][:SHOWN])
    if FORGOTTEN in summed["reasons"]:
        raise StudyError(f"{counts}: {reasons} ({examples}). Delete results/{what}/{summed['leaf']} and run again")
    cure = {
        "faces": "Repair the videos, change the detector in the recipe,",
        "tables": "Make the tables again, lower `minimum` or `covered_frames` of the table,",
    }
    raise StudyError(
        f"{counts}, accepted are {summed['limit']:.0%}: {reasons} (for example {examples}). {cure[what]} "
        f"or raise datasets.{summed['leaf']}.reject_limit"
    )
