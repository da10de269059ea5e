"""The predictions table of a fusion: its members' rows joined clip by clip."""

from dataclasses import replace

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation.development import at_epoch
from ferstudy.evaluation.fusion import combine
from ferstudy.evaluation.temperature import scaled
from ferstudy.evaluation.validation import Validation
from ferstudy.tables.predictions import Predictions, concatenate


class MemberRows:
    """The rows of all members: validation rows at every epoch, test rows as they were predicted."""

    def __init__(self, validations: list[Validation], tables: list[Predictions], dataset: str, protocol: str):
        self.dataset, self.protocol = dataset, protocol
        self._validations = {(one.architecture, one.fold, one.run): one for one in validations}
        self._tests, self._alone = _tests(tables), _alone(tables)
        self._at_epoch: dict[tuple, Predictions] = {}

    def of(self, member: str, fitted: dict) -> Predictions:
        """The rows of a member for one entry of "parameters" of a fit, at its temperature where it has one.

        Raises StudyError where there are none.
        """
        part = self._of_role(member, fitted)
        if part is None:
            raise StudyError(
                f"{member} has no {fitted['role']} rows for fold {fitted['fold']}, run {fitted['run']}; train it, or "
                "leave it out"
            )
        if "temperatures" not in fitted:
            return part
        cooled = scaled(part.probabilities, part.covered, fitted["temperatures"][member])
        return replace(part, probabilities=cooled)

    def _of_role(self, member: str, fitted: dict) -> Predictions | None:
        fold, run = fitted["fold"], fitted["run"]
        if fitted["role"] != "validation":
            return self._tests.get((member, fold, self._alone.get(member, run)))
        one, epoch = self._validations.get((member, fold, run)), fitted["epochs"][member]
        if one is None or epoch is None:
            return None
        key = (member, fold, run, epoch)
        if key not in self._at_epoch:  # a pattern asks for the same rows in many combinations
            self._at_epoch[key] = at_epoch(one, epoch, self.dataset, self.protocol)
        return self._at_epoch[key]


def fuse(fit: dict, rows: MemberRows, name: str) -> Predictions:
    """All rows of the fusion `name` that `fit` (see `fusion.fit`) has parameters for.

    Validation rows are the members' at their common epochs, test rows the members' own. Run r fuses the members' run r;
    a member with one run says the same in each. `samples` counts the covered members that were joined: of a
    subset those that the budget allows, the others say nothing even where they alone saw a face.
    """
    parts = []
    for fitted in fit["parameters"]:
        names = [name for name in fit["members"] if fit["method"] != "subset" or fitted["weights"][name] > 0]
        members = [rows.of(name, fitted) for name in names]
        weights = np.array([fitted["weights"][name] for name in names])
        joined = join(members, fit["method"], weights, name, fitted.get("learned"))
        parts.append(replace(joined, run=np.full(len(joined), fitted["run"])))
    if not parts:
        raise StudyError(f"fusion {name}: the fold table has neither validation nor test rows to fuse")
    return concatenate(parts)


def _tests(tables: list[Predictions]) -> dict[tuple[str, str, int], Predictions]:
    """The test rows of each (model, fold, run)."""
    parts_of: dict[tuple[str, str, int], list[Predictions]] = {}
    for table in tables:
        rows = table.where(table.role == "test")
        for key in dict.fromkeys(zip(rows.model, rows.fold, rows.run.tolist(), strict=True)):
            mask = (rows.model == key[0]) & (rows.fold == key[1]) & (rows.run == key[2])
            parts_of.setdefault(key, []).append(rows.where(mask))
    return {key: concatenate(parts) for key, parts in parts_of.items()}


def _alone(tables: list[Predictions]) -> dict[str, int]:
    """The run of each model that has one run."""
    runs: dict[str, set[int]] = {}
    for table in tables:
        for model, run in set(zip(table.model.tolist(), table.run.tolist(), strict=True)):
            runs.setdefault(model, set()).add(run)
    return {model: min(own) for model, own in runs.items() if len(own) == 1}


def join(
    members: list[Predictions], method: str, weights: np.ndarray, name: str, learned: dict | None = None
) -> Predictions:
    """The fused rows of one fold, run and role, in the clip order of the first member; see `fusion.combine`."""
    first = members[0]
    aligned = [first]
    for member in members[1:]:
        position = {clip: i for i, clip in enumerate(member.clip)}
        if member.classes != first.classes or position.keys() != set(first.clip) or len(position) != len(member):
            raise StudyError(
                f"fusion {name}, fold {first.fold[0]}: {first.model[0]} and the member beside it do not have the same "
                f"clips and classes ({len(first)} and {len(member)} clips); train both from the same fold table"
            )
        aligned.append(member.where(np.array([position[clip] for clip in first.clip], dtype=int)))
    covered = np.stack([member.covered for member in aligned])
    probabilities, any_covered = combine(
        np.stack([member.probabilities for member in aligned]), covered, method, weights, learned
    )
    labels = np.array(first.classes, dtype=object)[probabilities.argmax(1)]
    changed = {
        "model": np.full(len(first), name, dtype=object),
        "predicted": np.where(any_covered, labels, ""),
        "covered": any_covered,
        "samples": covered.sum(0),
        "probabilities": probabilities,
    }
    return Predictions(**{**vars(first), **changed})
