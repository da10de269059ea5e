"""Bundle a study for others: page, tables, configs, folds, predictions, records and their digests, as an RO-Crate."""

import argparse
import html
import os
import re
import sys
from pathlib import Path

from ferstudy import paths
from ferstudy.bundle import archive, collected
from ferstudy.bundle.crate import NotInFiles
from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.provenance import made_of
from ferstudy.provenance.record import commit
from ferstudy.provenance.release import release
from ferstudy.report.read import read
from ferstudy.report.records import Results
from ferstudy.report.sections.provenance import printed_config
from ferstudy.study import network_files
from ferstudy.study.config import study_in
from ferstudy.study.grid import Study
from ferstudy.study.page_job import make_report

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def main(argv: list[str] | None = None) -> None:
    """Write results/bundle.zip and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="the study folder")
    parser.add_argument(
        "--with-names", action="store_true", help="keep the names of people and clips, and their sex, age and ethnicity"
    )
    parser.add_argument("--licence", default="", help="the licence under which you give it away, as an address")
    parser.add_argument("--published", default="", help="the day as YYYY-MM-DD; that of the last opening if left out")
    given = parser.parse_args(argv)
    os.chdir(given.directory)
    study = study_in(Path())
    print("\n".join(bundle(study, given.with_names, given.licence, given.published)))


def bundle(study: Study, with_names: bool, licence: str, published: str) -> list[str]:
    """Write the bundle of the study in whose folder the process is; returns what is to be said of it.

    Raises StudyError where there is no page, where it is of another config, or where no day is known.
    """
    results, public = _results(study, study.config["report"]["public"]), _results(study, True)
    may = collected.permitted(results, with_names)
    _check_page(results)
    said = NotInFiles(_day(results, published), licence, release())
    every = archive.whole(results if may.names else public, collected.collect(results, public, may), may, said)
    archive.write(every, paths.BUNDLE)
    return [
        f"The bundle: {paths.BUNDLE}, {len(every)} files",
        "Names of people and clips: "
        + ("as in the data" if may.names else "numbers (OPTIONS=--with-names keeps them)"),
        "Faces: " + ("as on the page" if may.faces else "none, the page in it is a public one"),
    ]


def _results(study: Study, public: bool) -> Results:
    """All that the page of the study reads."""
    job = make_report(study)
    digests = made_of.content(job, paths.DIGESTS).get("networks", [])
    networks = dict(zip(network_files.paths_of(study.backbones), digests, strict=False))
    return read(study, paths.RESULTS, code=job.trainings, commit=commit(), public=public, networks=networks)


def _check_page(results: Results) -> None:
    """Raise StudyError where there is no page, or where it prints another config; a public one prints a part of it."""
    for path in (paths.PAGE, *paths.REPORT_TEXTS):
        if not Path(path).is_file():
            raise StudyError(f"{path} is missing: run the study to its end, then bundle it")
    if results.public:
        return
    if printed_config(results) not in html.unescape(Path(paths.PAGE).read_text(encoding="utf-8")):
        raise StudyError(f"{paths.PAGE} was made of another config than {paths.CONFIG}: run the study again")


def _day(results: Results, published: str) -> str:
    if not published and results.openings:
        return max(opening.time for opening in results.openings)[:10]
    if not DAY.fullmatch(published):
        found = f"found {published!r}" if published else "the study has no ledger that tells it"
        raise StudyError(f"--published: a day as YYYY-MM-DD is needed, {found}")
    return published


if __name__ == "__main__":
    sys.exit(run(main))
