"""Say what of a study is done, runs, failed and is to do, from its files alone; or open its page."""

import argparse
import json
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.report.failed_jobs import FailedJob, failed
from ferstudy.study.config import study_in
from ferstudy.study.dry_run import measured
from ferstudy.study.status import RuleStatus, going_on, statuses, table


def main(argv: list[str] | None = None) -> None:
    """Print the state of the study in a folder, or open its page in a browser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", required=True, type=Path, help="the study folder")
    parser.add_argument("--open", action="store_true", help="open the page in a browser, or say where it is")
    parser.add_argument("--json", action="store_true", help="the state as JSON, for programs")
    args = parser.parse_args(argv)
    lines = [opened(args.directory)] if args.open else [as_json(args.directory)] if args.json else state(args.directory)
    print("\n".join(lines))


def as_json(folder: Path) -> str:
    """The state for programs: the jobs of each rule, the mean CPU seconds of earlier ones, what failed last."""
    rows, means = statuses(study_in(folder), folder), measured(folder / paths.BENCHMARKS)
    told = {
        "going_on": going_on(folder),
        "rules": [row._asdict() | {"mean_cpu_seconds": means.get(row.rule)} for row in rows],
        "failed": [one._asdict() for one in _broken(rows, folder)],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def state(folder: Path) -> list[str]:
    """The lines of the study's state: a rule each, what failed, what to do."""
    rows = statuses(study_in(folder), folder)
    done, jobs = sum(row.done for row in rows), sum(row.jobs for row in rows)
    lines = table(rows, measured(folder / paths.BENCHMARKS))
    lines += [f"FAILED {one.rule} {one.job}: {one.line}" for one in _broken(rows, folder)]
    going = "a run goes on, or was killed (then: make unlock)" if going_on(folder) else "no run goes on"
    lines.append(f"{done} of {jobs} jobs have their files; {going}.")
    return lines if done < jobs else [*lines, "`make plan` says whether they are up to date."]


def _broken(rows: list[RuleStatus], folder: Path) -> Sequence[FailedJob]:
    """What failed last; nothing where all is done, whatever logs are left."""
    return failed(folder / paths.RESULTS) if any(row.done < row.jobs for row in rows) else ()


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
