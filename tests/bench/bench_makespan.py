"""The makespan of a made-up study of 5,000 jobs on 4, 16 and 64 GPUs, by the model, against what no order undercuts."""

import json
import os
import tempfile
from pathlib import Path

import bench_plan
import made_up_grid
from makespan import critical, ideal, makespan, tasks, turns

from ferstudy.jobs.job import Job
from ferstudy.study import jobs
from ferstudy.study.config import read_study
from ferstudy.study.every_job import every_job

# GPUs, and jobs without one at a time; how many jobs are submitted; whether so many of each kind (`gpu`, `no_gpu`).
RUNS = (
    (4, 50, 54, False),
    (4, 50, 54, True),
    (16, 50, 66, False),
    (16, 50, 66, True),
    (64, 50, 50, False),
    (64, 50, 114, False),
    (64, 50, 228, False),
    (64, 50, 114, True),
    (64, 50, 137, True),
    (64, 200, 264, False),
    (64, 200, 264, True),
)


def lines() -> list[dict]:
    """What `make bench` writes down, and the same with what is ready first going first."""
    work = tasks(made_up())
    best_line, found = turns(work), []
    for gpus, others, jobs_at_a_time, by_kind in RUNS:
        places = {"cpu": others, "gpu": gpus}
        # Where more are submitted than there are places, the same share more of each kind.
        share = jobs_at_a_time / (gpus + others)
        most = {kind: round(number * share) for kind, number in places.items()} if by_kind else None
        best = ideal(work, places)
        ours, plain = (makespan(work, places, jobs_at_a_time, line, most) for line in (best_line, None))
        name = f"{len(work)} jobs on {gpus} GPUs and {others} places without, by a model"
        asked = f"{jobs_at_a_time} submitted" + (" by kind" if by_kind else "")
        quality = f"{asked}; in no order {best / plain:.2f}; longest chain {critical(work) / 60:.1f} h; wanted is 0.85"
        found.append({"name": name, "baseline": best / 60, "ours": ours / 60, "ratio": best / ours, "unit": "h"})
        found[-1]["quality"] = quality
    return found


def made_up() -> list[tuple[str, Job]]:
    """The jobs of a study that nobody computes."""
    config = made_up_grid.config(*bench_plan.SIZES["5,065"])
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        made_up_grid.lay_out(Path(folder) / "study", config)
        os.chdir(Path(folder) / "study")
        study = read_study(config, bench_plan.ROOT / "workflow/schemas/config.schema.yaml", "config/config.yaml")
        os.chdir(before)
    return [*every_job(study), ("make_report", jobs.job(study, "make_report"))]


if __name__ == "__main__":
    print(json.dumps(lines(), indent=1))
