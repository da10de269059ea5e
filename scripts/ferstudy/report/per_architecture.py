"""What was measured of each architecture on each dataset by jobs of its own: cost, early scores, maps."""

from ferstudy import paths
from ferstudy.explain import explained
from ferstudy.explain.explained import Explanation
from ferstudy.report.study_files import StudyFiles, read_json
from ferstudy.study import early_jobs, explain_jobs
from ferstudy.study.cost_jobs import measured
from ferstudy.study.grid import Study
from ferstudy.tables import early
from ferstudy.tables.early import EarlyRow


def costs(have: StudyFiles, study: Study) -> dict[tuple[str, str], dict]:
    """What one clip costs, by dataset and architecture."""
    read = {place: have.read(paths.cost(*place), f"cost of {place[1]}", read_json) for place in measured(study)}
    return {place: found for place, found in read.items() if found}


def early_scores(have: StudyFiles, study: Study) -> dict[tuple[str, str], list[EarlyRow]]:
    """The scores by the share of each clip that was seen."""
    read = {
        place: have.read(paths.early(*place), f"early scores of {place[1]}", early.read)
        for place in early_jobs.early(study)
    }
    return {place: found for place, found in read.items() if found}


def explanations(have: StudyFiles, study: Study) -> dict[tuple[str, str], Explanation]:
    """What each model looked at."""
    readers = {"json": read_json, "csv": explained.read_samples, "h5": explained.read_maps}
    read = {
        place: [
            have.read(paths.explained(*place, kind), f"maps of {place[1]}", reader) for kind, reader in readers.items()
        ]
        for place in explain_jobs.explained(study)
    }
    return {place: explained.joined(*found) for place, found in read.items() if None not in found}
