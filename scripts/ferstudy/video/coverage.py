"""How many clips of a dataset have face crops, and whether that is enough."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ferstudy.errors import StudyError
from ferstudy.store.read import Store
from ferstudy.tables import rejected, shards

FORGOTTEN = "no crops and no reason"
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
) -> dict:
    """What became of the clips in the shard tables `clips`: counts, reasons, and whether at most `limit` are missing.

    `stores` are the stores of crops, `tables` the rejected tables. A clip that is in neither is counted as rejected
    with the reason FORGOTTEN. What the `index` rejected although it is a clip of one of the classes (a video that is
    not there) counts as a clip without crops; clips that the study does not want (UNWANTED) do not count at all. A
    dataset without a clip does not pass. "kept" has of each clip with crops [frames with a crop, its frames].
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
        known.get(clip, rejected.Rejected(path, clip, "faces", FORGOTTEN))
        for clip, path in paths.items()
        if clip not in covered
    ]
    missing += [row for row in rejected.read(index) if row.clip and row.clip not in paths] if index else []
    missing = [row for row in missing if not row.reason.startswith(UNWANTED)]
    count = len(covered) + len(missing)
    reasons = Counter(row.reason for row in missing)
    return {
        "leaf": leaf,
        "clips": count,
        "covered": count - len(missing),
        "frames": sum(frames for frames, _ in covered.values()),
        "kept": covered,
        "limit": limit,
        "passed": bool(paths) and len(missing) <= limit * count and FORGOTTEN not in reasons,
        "reasons": dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        "rejected": [row._asdict() for row in missing],
    }


def verdict(summed: dict) -> str:
    """One line about a dataset, `summed` by `summary`; raises StudyError if it did not pass."""
    count, missing = summed["clips"], summed["clips"] - summed["covered"]
    if not count:
        raise StudyError(
            f"{summed['leaf']}: no clips; look at results/clips/{summed['leaf']}.rejected.csv for the reasons"
        )
    counts = f"{summed['leaf']}: {missing} of {count} clips ({missing / count:.0%}) have no face crops"
    if summed["passed"]:
        return f"{counts}; up to {summed['limit']:.0%} are accepted"
    reasons = ", ".join(f"{number} x {reason}" for reason, number in list(summed["reasons"].items())[:SHOWN])
    examples = ", ".join(row["path"] for row in summed["rejected"][:SHOWN])
    if FORGOTTEN in summed["reasons"]:
        raise StudyError(f"{counts}: {reasons} ({examples}). Delete results/faces/{summed['leaf']} and run again")
    raise StudyError(
        f"{counts}, accepted are {summed['limit']:.0%}: {reasons} (for example {examples}). Repair the videos, "
        f"change the detector in the recipe, or raise datasets.{summed['leaf']}.reject_limit"
    )
