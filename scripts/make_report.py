"""Make the report: one HTML page that needs nothing beside itself, its figures, and the results as tables."""

import logging
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.jobs.make_report import MakeReport
from ferstudy.provenance.record import commit
from ferstudy.report import page_files, view
from ferstudy.report.read import read
from ferstudy.study import network_files
from ferstudy.study.grid import Study

log = logging.getLogger(__name__)
Out = str | Path | None


def make(
    study: Study,
    results: str | Path,
    out: str | Path,
    *,
    answer: Out = None,
    figures: Out = None,
    data: Out = None,
    tables: Out = None,
    cards: Out = None,
    texts: Sequence[str | Path] = (),
    code: dict[str, str] | None = None,
    config_path: str = paths.CONFIG,
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
        answer: see page_files.write, as of `figures`, `data`, `tables`, `cards` and `texts`.
        figures: a folder.
        data: a folder.
        tables: a folder.
        cards: a folder.
        texts: paths.
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
    page_files.write(
        found, page, out, answer=answer, figures=figures, data=data, tables=tables, cards=cards, texts=texts
    )
    log.info("%s: %d cells, %d files missing or to do", out, len(found.cells), len(found.holes))


def main(job: MakeReport) -> None:
    """Make the report; a whole one takes the place of a partial one."""
    make(
        Study(job.config),
        job.results,
        job.page,
        answer=job.answer,
        figures=job.figures,
        data=job.data,
        tables=job.tables,
        cards=job.cards,
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
