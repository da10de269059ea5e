"""What a plan costs: CPU seconds and memory of Snakemake, of nothing that was made and of a whole study, by its jobs.

`ours` is a dry run of a made-up study (20 architectures, 10 fusions), `baseline` the aim of 5 s and 3 ms a job.
`python bench_plan.py` prints the lines alone, of all sizes or of those named: `python bench_plan.py 100 5,065`.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import made_up_grid

from ferstudy.study.config import read_study
from ferstudy.study.every_job import every_job

ROOT = Path(__file__).parents[2]
SIZES = {
    "100": (1, 3, 1),
    "425": (1, 18, 1),
    "1,435": (5, 8, 13),
    "5,065": (5, 10, 150),
    "10,000": (10, 10, 150),
    "20,000": (20, 10, 150),
}
FINISHED = ("5,065",)  # of which a whole study is planned too: to pretend it costs more than to plan it
OPTIONS = ["-s", str(ROOT / "workflow/Snakefile"), "--cores", "1", "--max-checksum-file-size", "50MB"]
DRY = [*OPTIONS, "--dry-run", "--quiet", "all"]


def lines(sizes: dict[str, tuple[int, int, int]] = SIZES) -> list[dict]:
    """What `make bench` writes down."""
    found = []
    for called, size in sizes.items():
        with tempfile.TemporaryDirectory() as folder:
            jobs, costs = measured(Path(folder) / "study", size, called in FINISHED)
        for what, (seconds, memory) in costs.items():
            name = f"a plan of {jobs} jobs, {what}"
            limit = 5 + 0.003 * jobs
            line = {"name": name, "baseline": limit, "ours": seconds, "ratio": limit / seconds, "unit": "CPU-s"}
            found.append({**line, "quality": f"{memory:.0f} MB at most, {1000 * seconds / jobs:.1f} ms a job"})
    return found


def measured(root: Path, size: tuple[int, int, int], finished: bool) -> tuple[int, dict[str, tuple[float, float]]]:
    """The number of jobs of a study of (datasets, folds, shards); CPU seconds and MB of its plans."""
    config = made_up_grid.config(*size)
    made_up_grid.lay_out(root, config)
    before = os.getcwd()
    os.chdir(root)
    study = read_study(config, ROOT / "workflow/schemas/config.schema.yaml", "config/config.yaml")
    os.chdir(before)
    costs = {"none made": cost(root, "-m", "snakemake", *DRY)}
    if finished:
        made_up_grid.pretend(root, study)
        cost(root, str(Path(__file__).with_name("finish_all.py")), *DRY)
        costs["all made"] = cost(root, "-m", "snakemake", *DRY)
    return sum(1 for _ in every_job(study)) + 1, costs


def cost(root: Path, *command: str) -> tuple[float, float]:
    """CPU seconds and MB of a command of Python in a folder."""
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
    code += "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_utime + used.ru_stime, used.ru_maxrss)"
    done = subprocess.run(
        [sys.executable, "-c", code, sys.executable, *command],
        cwd=root, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    seconds, kilobytes = done.stdout.split()[-2:]
    return float(seconds), int(kilobytes) / 1024


if __name__ == "__main__":
    chosen = {name: SIZES[name] for name in sys.argv[1:]} or SIZES
    print(json.dumps(lines(chosen), indent=1))
