"""Many fusions of one pattern: every combination of so many members, each fitted and joined as a fusion of its own."""

from collections.abc import Collection

from ferstudy.evaluation.fitting_rows import by_place
from ferstudy.evaluation.fused import MemberRows, fuse
from ferstudy.evaluation.fusion import check_classes, fit_places, refusal
from ferstudy.evaluation.validation import Validation
from ferstudy.tables.lineup import Folds
from ferstudy.tables.predictions import Predictions


def fit_all(
    asked: dict,
    combinations: dict[str, list[str]],
    validations: list[Validation],
    folds: Folds,
    labels: Collection[str],
) -> dict[str, dict]:
    """The parameters of each combination, members by its name: `fusion.fit` of these members alone.

    `asked` is {"method", "calibration"}, `labels` are the members that answer with a class alone. Where a combination
    cannot be fused, "refused" says why, and it has no parameters.
    """
    places, found = by_place(validations, folds), {}
    for name, members in combinations.items():
        own = [one for one in validations if one.architecture in members]
        fusion = {**asked, "members": members}
        why = refusal(fusion, own, [label for label in labels if label in members])
        refused = {"method": asked["method"], "members": members, "classes": list(check_classes(own)), "refused": why}
        found[name] = {**refused, "parameters": []} if why else fit_places(fusion, own, places)
    return found


def fuse_all(fits: dict[str, dict], rows: MemberRows) -> list[Predictions]:
    """The rows of each combination that is not refused; `model` is its name."""
    return [fuse(fit, rows, name) for name, fit in fits.items() if not fit.get("refused")]
