"""The intensity curves that the page may show."""

from ferstudy import paths
from ferstudy.report.records import FaceResults, Results
from ferstudy.report.study_files import StudyFiles
from ferstudy.tables import curves
from ferstudy.tables.curves import IntensityCurve


def of(results: Results, face: FaceResults) -> dict[str, IntensityCurve]:
    """{clip of the leaf: its curve} of the tables that are not stale.

    Asked for pictures alone: a missing table costs these and is no hole of the page.
    """
    have = StudyFiles(results.folder, results.stale)
    tables = [paths.trimmed(face.leaf, face.recipe, number, "curves.csv") for number in results.study.shards]
    return {row.clip: row for path in tables for row in have.read(path, "curves", curves.read) or []}
