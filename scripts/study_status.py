"""Say what of a study is done, runs, failed and is to do, from its files alone; or open its page."""

import argparse
import webbrowser
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.report.failed_jobs import failed
from ferstudy.study import yaml_file
from ferstudy.study.config import complete
from ferstudy.study.dry_run import measured
from ferstudy.study.grid import Study
from ferstudy.study.status import going_on, statuses, table

SCHEMA = Path(__file__).parents[1] / "workflow/schemas/config.schema.yaml"


def main(argv: list[str] | None = None) -> None:
    """Print the state of the study in a folder, or open its page in a browser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", required=True, type=Path, help="the study folder")
    parser.add_argument("--open", action="store_true", help="open the page in a browser, or say where it is")
    args = parser.parse_args(argv)
    print("\n".join([opened(args.directory)] if args.open else state(args.directory)))


def state(folder: Path) -> list[str]:
    """The lines of the study's state: a rule each, what failed, what to do."""
    path = folder / "config/config.yaml"
    rows = statuses(Study(complete(yaml_file.read(path), SCHEMA, str(path))), folder)
    done, jobs = sum(row.done for row in rows), sum(row.jobs for row in rows)
    lines = table(rows, measured(folder / paths.BENCHMARKS))
    broken = [one for one in failed(folder / paths.RESULTS) if done < jobs]
    lines += [f"FAILED {one.rule} {one.job}: {one.line}" for one in broken]
    going = "a run goes on, or was killed (then: make unlock)" if going_on(folder) else "no run goes on"
    lines.append(f"{done} of {jobs} jobs have their files; {going}.")
    return lines if done < jobs else [*lines, "`make plan` says whether they are up to date."]


def opened(folder: Path) -> str:
    """Open the whole page, else the one of a failed run, else that of the data; the sentence about it."""
    for name in (paths.PAGE, paths.PARTIAL_PAGE, paths.DATA_PAGE):
        page = (folder / name).resolve()
        if page.exists():
            seen = webbrowser.open(page.as_uri())
            return f"The page: {page}" + ("" if seen else " (no browser was found here)")
    raise StudyError(f"{folder}: there is no page yet; `make run` makes it, `make status` says how far it is")


if __name__ == "__main__":
    raise SystemExit(run(main))
