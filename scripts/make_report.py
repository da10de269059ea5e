"""Make the report: one HTML page that needs nothing beside itself, its figures, and the results as tables."""

import argparse
import json
import logging
import sys
from collections.abc import Collection
from pathlib import Path

from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.files import write_text
from ferstudy.provenance.record import commit
from ferstudy.report import charts, html, long_tables, ranking, view
from ferstudy.report.read import read
from ferstudy.study.grid import Study

log = logging.getLogger(__name__)


def make(
    study: Study,
    results: str | Path,
    out: str | Path,
    *,
    figures: str | Path | None = None,
    data: str | Path | None = None,
    tables: str | Path | None = None,
    code: dict[str, str] | None = None,
    config_path: str = "config/config.yaml",
    stale: Collection[str] = (),
    partial: bool = False,
    public: bool = False,
) -> None:
    """Write the page of `study` to `out`, made of what lies below the folder `results`.

    Args:
        study: the study of a completed config.
        results: its results folder; files that are missing are shown as holes.
        out: the page, HTML.
        figures: folder for every figure of the page as SVG and PDF; None for none.
        data: folder for scores.csv, predictions.csv, folds.csv and clips.csv (report/long_tables.py); None for none.
        tables: folder for results.csv and a LaTeX table per dataset and protocol; None for none.
        code: the digest of each architecture's training code as it is now.
        config_path: where the config is, as the page names it.
        stale: paths, relative to the study folder, of files made of an earlier config, code or input: these, and what
            the study makes of them, are holes.
        partial: say on the page that the run failed.
        public: no pixel of a person, no clip name and no path of a video.
    """
    found = read(
        study, results, config_path=config_path, code=code, commit=commit(), stale=stale, partial=partial, public=public
    )
    page = view.page(found)
    write_text(out, html.render(page))
    if figures:
        charts.write(page, figures)
    if data:
        long_tables.write(found, data)
    if tables:
        ranking.write(found, tables)
    log.info("%s: %d cells, %d files missing or to do", out, len(found.models), len(found.holes))


def main(argv: list[str] | None = None) -> None:
    """Parse, read the plan, make the report."""
    parser = argparse.ArgumentParser(
        description="Make the report of a study; files that are missing are shown as holes."
    )
    parser.add_argument("--plan", required=True, help="{config: completed, config_path, code, stale}, JSON")
    parser.add_argument("--results", required=True, help="the results folder")
    parser.add_argument("--out", required=True, help="the page, HTML")
    parser.add_argument("--figures", help="folder for the page's figures, .svg and .pdf")
    parser.add_argument("--data", help="folder for the long tables, .csv")
    parser.add_argument("--tables", help="folder for the results tables, .csv and .tex")
    parser.add_argument("--partial", action="store_true", help="say on the page that the run failed")
    parser.add_argument(
        "--public", action="store_true", help="no pixel of a person, no clip name and no path of a video"
    )
    arguments = vars(parser.parse_args(argv))

    path = Path(arguments.pop("plan"))
    if not path.exists():
        raise StudyError(f"{path}: no such plan; run snakemake, which writes it before this script starts")
    plan = json.loads(path.read_text(encoding="utf-8"))
    make(Study(plan.pop("config")), **arguments, **plan)


if __name__ == "__main__":
    sys.exit(run(main))
