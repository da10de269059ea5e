"""Make the report: one HTML page that needs nothing beside itself, its figures, and the results as tables."""

import logging
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.jobs.make_report import MakeReport
from ferstudy.provenance.record import commit
from ferstudy.report import charts, html, long_tables, methods, ranking, reviewers, table_files, view
from ferstudy.report.blocks import Page
from ferstudy.report.read import read
from ferstudy.report.records import Results
from ferstudy.study import network_files
from ferstudy.study.grid import Study
from ferstudy.whole_files import write_text

log = logging.getLogger(__name__)

FILES = (".csv", ".tex", ".svg", ".pdf")  # what the folders of a page hold
TEXTS = {
    Path(paths.METHODS).name: methods.markdown,
    Path(paths.BIBLIOGRAPHY).name: methods.bibtex,
    Path(paths.CHECKLIST).name: reviewers.as_csv,
    Path(paths.CHECKLIST_TEXT).name: reviewers.as_markdown,
}


def make(
    study: Study,
    results: str | Path,
    out: str | Path,
    *,
    figures: str | Path | None = None,
    data: str | Path | None = None,
    tables: str | Path | None = None,
    texts: Sequence[str | Path] = (),
    code: dict[str, str] | None = None,
    config_path: str = "config/config.yaml",
    stale: Collection[str] = (),
    partial: bool = False,
    public: bool = False,
    stage: str = "",
    networks: Sequence[str] = (),
) -> None:
    """Write the page of `study` to `out`, made of what lies below the folder `results`.

    Args:
        study: the study of a completed config.
        results: its results folder; files that are missing are shown as holes.
        out: the page, HTML.
        figures: folder for every figure of the page as SVG and PDF; None for none.
        data: folder for the tables of report/long_tables.py; None for none.
        tables: folder for results.csv, a LaTeX table per dataset and protocol, and every table of the page as CSV and
            LaTeX; None for none.
        texts: paths of the texts beside the page, each called as one of TEXTS.
        code: the digest of each architecture's training code as it is now.
        config_path: where the config is, as the page names it.
        stale: paths, relative to the study folder, of files made of an earlier config, code or input: these, and what
            the study makes of them, are holes.
        partial: say on the page that the run failed.
        stage: "data" for the page of the data stage alone.
        public: no pixel of a person, and no name of a person, clip or file, in any of these files.
        networks: the digest of each network file, in the order of their backbones' names.
    """
    found = read(
        study, results, config_path=config_path, code=code, commit=commit(), stale=stale, partial=partial,
        public=public, networks=dict(zip(network_files.paths_of(study.backbones), networks, strict=False)),
    )  # fmt: skip
    page = view.data_page(found) if stage == "data" else view.page(found)
    write_text(out, html.render(page))
    _write_folders(found, page, figures, data, tables)
    for path in texts:
        write_text(path, TEXTS[Path(path).name](found))
    log.info("%s: %d cells, %d files missing or to do", out, len(found.cells), len(found.holes))


def _write_folders(
    found: Results, page: Page, figures: str | Path | None, data: str | Path | None, tables: str | Path | None
) -> None:
    """What lies beside the page, as far as a folder is given for it."""
    for folder in filter(None, (figures, data, tables)):
        _without_earlier_files(Path(folder))
    if figures:
        charts.write(page, figures)
    if data:
        long_tables.write(found, data)
    if tables:
        ranking.write(found, tables)
        table_files.write(page, tables)


def _without_earlier_files(folder: Path) -> None:
    """Remove what an earlier page has left: a table that this study no longer has would be taken for its own."""
    for path in folder.glob("*"):
        if path.suffix in FILES:
            path.unlink()


def main(job: MakeReport) -> None:
    """Make the report; a whole one takes the place of a partial one."""
    make(
        Study(job.config),
        job.results,
        job.page,
        figures=job.figures,
        data=job.data,
        tables=job.tables,
        texts=job.texts,
        code=job.trainings,
        stale=job.stale,
        partial=job.partial,
        public=job.config["report"]["public"],
        stage=job.stage,
        networks=job.content.get("networks", []),
    )
    if not job.partial and not job.stage:
        Path(paths.PARTIAL_PAGE).unlink(missing_ok=True)
        Path(paths.EARLIER_PLAN).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(run(main, MakeReport))
