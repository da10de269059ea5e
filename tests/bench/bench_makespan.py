"""The makespan of a made-up study of 5,000 jobs on 4, 16 and 64 GPUs, by the model, against what no order undercuts."""

import json
import os
import tempfile
from pathlib import Path

import bench_plan
import made_up_grid
from makespan import critical, ideal, makespan, tasks

from ferstudy.study import jobs
from ferstudy.study.config import read_study
from ferstudy.study.every_job import every_job

PLACES = ((4, 50), (16, 50), (64, 50), (64, 200))  # GPUs, and jobs without one at a time


def lines() -> list[dict]:
    """What `make bench` writes down."""
    config = made_up_grid.config(*bench_plan.SIZES["5,065"])
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        made_up_grid.lay_out(Path(folder) / "study", config)
        os.chdir(Path(folder) / "study")
        study = read_study(config, bench_plan.ROOT / "workflow/schemas/config.schema.yaml", "config/config.yaml")
        os.chdir(before)
    work = tasks([*every_job(study), ("make_report", jobs.job(study, "make_report"))])
    found = []
    for gpus, others in PLACES:
        places = {"cpu": others, "gpu": gpus}
        best, ours = ideal(work, places), makespan(work, places)
        name = f"{len(work)} jobs on {gpus} GPUs and {others} places without, by a model"
        quality = f"longest chain {critical(work) / 60:.1f} h; wanted is a ratio of 0.85"
        found.append({"name": name, "baseline": best / 60, "ours": ours / 60, "ratio": best / ours, "unit": "h"})
        found[-1]["quality"] = quality
    return found


if __name__ == "__main__":
    print(json.dumps(lines(), indent=1))
