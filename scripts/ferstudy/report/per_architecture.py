"""What jobs of its own measured of each architecture on each dataset: cost, early scores, robustness, maps, exports."""

from typing import Any

from ferstudy import paths
from ferstudy.explain import explained
from ferstudy.explain.explained import Explanation
from ferstudy.report.study_files import StudyFiles, read_json
from ferstudy.study import early_jobs, explain_jobs, robustness_jobs
from ferstudy.study.cost_jobs import measured
from ferstudy.study.exports import converted
from ferstudy.study.grid import Study
from ferstudy.tables import early, robustness
from ferstudy.tables.early import EarlyRow
from ferstudy.tables.robustness import RobustnessRow


def read(have: StudyFiles, study: Study) -> dict[str, Any]:
    """The fields of Results that hold it."""
    return {
        "costs": _costs(have, study),
        "early": _early(have, study),
        "robustness": _robustness(have, study),
        "explained": _explained(have, study),
        "conversions": _conversions(have, study),
    }


def _costs(have: StudyFiles, study: Study) -> dict[tuple[str, str], dict]:
    found = {place: have.read(paths.cost(*place), f"cost of {place[1]}", read_json) for place in measured(study)}
    return {place: one for place, one in found.items() if one}


def _early(have: StudyFiles, study: Study) -> dict[tuple[str, str], list[EarlyRow]]:
    found = {
        place: have.read(paths.early(*place), f"early scores of {place[1]}", early.read)
        for place in early_jobs.early(study)
    }
    return {place: one for place, one in found.items() if one}


def _robustness(have: StudyFiles, study: Study) -> dict[tuple[str, str], list[RobustnessRow]]:
    found = {
        place: have.read(paths.robustness(*place), f"robustness of {place[1]}", robustness.read)
        for place in robustness_jobs.robust(study)
    }
    return {place: one for place, one in found.items() if one}


def _explained(have: StudyFiles, study: Study) -> dict[tuple[str, str, str], Explanation]:
    readers = {
        "json": read_json,
        "csv": explained.read_samples,
        "h5": lambda path: (explained.read_maps(path), explained.read_faces(path)),
    }
    found = {
        place: [
            have.read(paths.explained(*place, kind), f"maps of {place[2]}", reader) for kind, reader in readers.items()
        ]
        for place in explain_jobs.explained(study)
    }
    return {place: explained.joined(*one) for place, one in found.items() if None not in one}


def _conversions(have: StudyFiles, study: Study) -> tuple[dict, ...]:
    named = [(paths.converted(*one, ".json"), f"{'-'.join(one[2:])} of {one[1]}") for one in converted(study)]
    return tuple(found for path, name in named if (found := have.read(path, name, read_json)))
