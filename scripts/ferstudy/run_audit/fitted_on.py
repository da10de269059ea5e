"""Whether all that learns in a training (scaler, components, SMOTE, calibration, network) saw training rows alone.

The record has the digest of the clips that the trainer was handed, which the fold table must give again; the saved
scalers and components count the rows that they were fitted on.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from ferstudy.models import bundle, saved_estimator
from ferstudy.run_audit.faults import Fault
from ferstudy.run_audit.training_files import Dealt, TrainingFiles
from ferstudy.tables import fitted_rows

CHECK, TITLE = "fitted", "What was fitted saw training rows alone"
OLD = "its record does not say on which rows it was fitted: an earlier version made it, train it again"
OF_FRAMES = ("frame_aggregation",)  # families whose scaler sees frames, of which a record keeps no number
SEEN = ("n_samples_seen_", "n_samples_")  # of scikit-learn's scalers, and of its principal components


def faults(one: TrainingFiles, dealt: Dealt) -> Iterator[Fault]:
    """What the record and the saved model of a training say against the fold table."""
    roles, record = dealt.roles(one.fold), one.record
    cell = {"architecture": one.architecture, "fold": one.fold, "run": one.run}
    if other := {name: record["cell"][name] for name, value in cell.items() if record["cell"][name] != value}:
        yield Fault(one.where, f"its record is of {', '.join(f'{name} {value}' for name, value in other.items())}")
    yield from of_record(one.where, record, roles, dealt.sha256)
    for role in ("validation", "test"):
        if record[f"{role}_clips"] != len(roles[role]):
            told = f"its record has {record[f'{role}_clips']} {role} clips, the fold table {len(roles[role])}"
            yield Fault(one.where, told)
    if one.trainer == "estimator" and "fitted" in record and record["settings"]["family"] not in OF_FRAMES:
        yield from _of_steps(one, dealt)


def of_backbone(name: str, place: dict, path: str, dealt: Dealt) -> Iterator[Fault]:
    """The same of a backbone that learned from the frames of a fold's own clips; `place` is dataset, protocol, fold."""
    described, where = bundle.describe(path), f"backbone `{name}`, fold {place['fold']}"
    read = {key: described["input"].get(key) for key in place}
    if read != place:
        yield Fault(where, f"it learned from {' / '.join(str(value) for value in read.values())}")
    yield from of_record(where, described, dealt.roles(place["fold"]), dealt.sha256)


def of_record(where: str, record: dict, roles: dict[str, set[str]], sha256: str) -> Iterator[Fault]:
    """What a record with `fitted` and `folds_sha256` says against the `roles` of its fold."""
    fitted = record.get("fitted")
    if record.get("folds_sha256", sha256) != sha256:
        yield Fault(where, "it was trained under another fold table than the one that is scored")
    if fitted is None:
        yield Fault(where, OLD, status="unknown")
        return
    strange = {*fitted["without"]} - roles["train"]
    kept = roles["train"] - {*fitted["without"]}
    if strange:
        yield Fault(where, "it left out clips that are none of its training clips", frozenset(strange))
    if fitted["sha256"] != fitted_rows.digest(kept):
        yield _beyond(where, fitted["sha256"], roles, kept)
    elif fitted["clips"] != len(kept):
        yield Fault(where, f"it was fitted on {fitted['clips']} clips by its record, on {len(kept)} by the fold table")


def _beyond(where: str, found: str, roles: dict[str, set[str]], kept: set[str]) -> Fault:
    """A digest that is not that of the training clips: which role was added to them, if that explains it."""
    for added in (("test",), ("validation",), ("validation", "test")):
        clips = set().union(*(roles[role] for role in added))
        if clips and found == fitted_rows.digest(kept | clips):
            return Fault(where, f"it was fitted on its {' and '.join(added)} clips too", frozenset(clips))
    return Fault(where, "it was fitted on other clips than the training clips of the fold table")


def steps(model: Any) -> list[tuple[str, float]]:
    """The steps of a fitted pipeline, or of one that was calibrated, that count their rows, and how many they saw."""
    machines = [part.estimator for part in getattr(model, "calibrated_classifiers_", [])] or [model]
    found = []
    for step in (step for machine in machines for step in getattr(machine, "named_steps", {"": machine}).values()):
        seen = next((getattr(step, name) for name in SEEN if hasattr(step, name)), None)
        if seen is not None:
            found.append((type(step).__name__, float(np.max(seen))))
    return found


def _of_steps(one: TrainingFiles, dealt: Dealt) -> Iterator[Fault]:
    """Scalers and components that have seen another number of rows than the training had."""
    expected, resampled = one.record["fitted"]["rows"], one.record["settings"]["training"].get("resample")
    if resampled == "smote":
        expected = _after_smote(one, dealt)
    for name, seen in steps(saved_estimator.load(one.model)):
        if abs(seen - expected) > 1e-6 * max(expected, 1):
            what = "training rows and those that SMOTE makes of them" if resampled == "smote" else "training rows"
            yield Fault(one.where, f"its {name} was fitted on {seen:g} rows, and there are {expected} {what}")


def _after_smote(one: TrainingFiles, dealt: Dealt) -> int:
    """Rows after SMOTE: each class has as many as the largest; a clip has one row, and one for each copy."""
    fitted = one.record["fitted"]
    kept = dealt.roles(one.fold)["train"] - {*fitted["without"]}
    counts = Counter(dealt.clips[clip].label for clip in kept if clip in dealt.clips)
    return max(counts.values(), default=0) * len(counts) * fitted["rows"] // max(fitted["clips"], 1)
