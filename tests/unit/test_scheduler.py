"""The scheduler of the project (workflow/plugins): the order of jobs, what fits, and Snakemake that runs with it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from snakemake_interface_scheduler_plugins.interfaces.jobs import (
    GroupJobSchedulerInterface,
    SingleJobSchedulerInterface,
)
from snakemake_interface_scheduler_plugins.registry import SchedulerPluginRegistry
from snakemake_interface_scheduler_plugins.tests import TestSchedulerBase as SnakemakesOwn
from snakemake_scheduler_plugin_ferstudy import GPU, NO_GPU, Scheduler
from snakemake_scheduler_plugin_ferstudy.order import fitting, order

PLENTY = {"_cores": sys.maxsize, "_nodes": 1000, "_job_count": sys.maxsize}


class TestByTheInterface(SnakemakesOwn):
    """What Snakemake asks of every scheduler."""

    __test__ = True

    def get_scheduler_cls(self) -> type[Scheduler]:
        return Scheduler

    def get_scheduler_settings(self) -> None:
        return None


class One(SingleJobSchedulerInterface):
    """What the scheduler knows of a job of Snakemake."""

    input = output = log = benchmark = ()

    def __init__(self, name: str, after: Iterable["One"] = (), dataset: str = "", priority: int = 0, **asked: int):
        self.output, self.after, self.priority = [name], list(after), priority
        self.wildcards_dict = {"dataset": dataset} if dataset else {"shard": "0"}
        self.scheduler_resources = {"_cores": 1, "_nodes": 1, "_job_count": 1, **asked}

    def add_aux_resource(self, name: str, value: int) -> None:
        assert name not in self.scheduler_resources
        self.scheduler_resources[name] = value


class Together(GroupJobSchedulerInterface):
    """A group of them, as Snakemake 9.27 has it: its jobs are no function."""

    jobs = frozenset()

    def __init__(self, *jobs: One):
        self.jobs, self.priority = frozenset(jobs), max(job.priority for job in jobs)
        self.scheduler_resources = {"_cores": len(jobs), "_nodes": 1, "_job_count": 1}


class Graph:
    """The jobs of a study, of which some are done."""

    def __init__(self, jobs: list[One]):
        self.all, self.done, self.asked = jobs, set(), 0

    def needrun_jobs(self) -> list[One]:
        self.asked += 1
        return [job for job in self.all if job not in self.done]

    def job_dependencies(self, job: One) -> list[One]:
        return job.after


def study() -> tuple[dict[str, One], Graph]:
    """Two datasets and their union; of each clips, crops and a training, and a backbone for all of them."""
    jobs: dict[str, One] = {}

    def made(name: str, *after: str, dataset: str = "", **asked: int) -> None:
        jobs[name] = One(name, [jobs[other] for other in after], dataset, **asked)

    made("stills")
    made("backbone", "stills", gpu=1)
    for leaf in ("zoe", "max"):
        made(f"clips {leaf}")
        made(f"crops {leaf}", f"clips {leaf}")
        made(f"boxes {leaf}", f"crops {leaf}")  # that only the page shows
    for dataset, leaves in {"all": ["zoe", "max"], "max": ["max"], "zoe": ["zoe"]}.items():
        crops = [f"crops {leaf}" for leaf in leaves]
        made(f"train {dataset}", "backbone", *crops, dataset=dataset, gpu=1)
        made(f"score {dataset}", f"train {dataset}", dataset=dataset)
    made("page", *(name for name in jobs if name[:5] in ("score", "boxes", "clips")))
    return jobs, Graph(list(jobs.values()))


def executed(graph: Graph, available: dict, scheduler: Scheduler | None = None) -> list[list[str]]:
    """The names of what runs together, in turns, until all is done."""
    scheduler = scheduler or Scheduler(graph, None, None)
    turns = []
    while waiting := set(graph.needrun_jobs()):
        ready = {job for job in waiting if graph.done.issuperset(job.after)}
        chosen = scheduler.select_jobs(ready, waiting, available, {})
        graph.done.update(chosen)
        turns.append([job.output[0] for job in chosen])
    return turns


IN_TURN = (
    "clips max, stills, backbone, crops max, train max, score max, clips zoe, crops zoe, train zoe, score zoe, "
    "train all, score all, boxes max, boxes zoe, page"
)


def test_one_dataset_is_finished_after_the_other_a_union_after_its_parts_and_what_only_the_page_shows_at_the_end():
    """By hand: the union has the first name of all and takes the most jobs; max and zoe take as many, in this order."""
    _, graph = study()
    assert executed(graph, {**PLENTY, "_nodes": 1}) == [[name] for name in IN_TURN.split(", ")]


def test_all_that_is_ready_runs_where_there_is_room():
    _, graph = study()
    assert [sorted(turn) for turn in executed(graph, PLENTY)] == [
        ["clips max", "clips zoe", "stills"],
        ["backbone", "crops max", "crops zoe"],
        ["boxes max", "boxes zoe", "train all", "train max", "train zoe"],
        ["score all", "score max", "score zoe"],
        ["page"],
    ]


def test_a_run_that_goes_on_has_the_order_of_the_first():
    """Half of the study is done, and only the rest is told as being to run."""
    whole = IN_TURN.split(", ")
    for done in range(len(whole)):
        jobs, graph = study()
        graph.done.update(jobs[name] for name in whole[:done])
        assert [turn[0] for turn in executed(graph, {**PLENTY, "_nodes": 1})] == whole[done:]


def test_jobs_that_a_checkpoint_has_replaced_are_asked_about_once():
    jobs, graph = study()
    scheduler = Scheduler(graph, None, None)
    clips = [jobs["clips zoe"], jobs["clips max"]]
    for _ in range(3):
        assert scheduler.select_jobs(clips, graph.all, {"_nodes": 1}, {}) == [jobs["clips max"]]
    assert graph.asked == 1
    anew = One("crops max", [jobs["clips max"]])
    graph.all[graph.all.index(jobs["crops max"])] = anew
    for job in graph.all:
        job.after = [anew if other is jobs["crops max"] else other for other in job.after]
    for _ in range(3):
        assert scheduler.select_jobs([jobs["crops zoe"], anew], graph.all, {"_nodes": 1}, {}) == [anew]
    assert graph.asked == 2


def test_a_priority_counts_before_the_order():
    jobs, graph = study()
    jobs["crops zoe"].priority = 1
    ready = {jobs["crops max"], jobs["crops zoe"], jobs["stills"]}
    chosen = Scheduler(graph, None, None).select_jobs(ready, graph.all, PLENTY, {})
    assert [job.output[0] for job in chosen] == ["crops zoe", "stills", "crops max"]


def test_a_group_stands_where_the_first_of_its_jobs_does_and_asks_for_all_of_them():
    jobs, graph = study()
    group = Together(jobs["crops zoe"], jobs["clips max"])
    ready = {jobs["crops max"], jobs["train zoe"], group}
    scheduler = Scheduler(graph, None, None)
    assert scheduler.select_jobs(ready, graph.all, PLENTY, {}) == [group, jobs["crops max"], jobs["train zoe"]]
    assert scheduler.select_jobs(ready, graph.all, {**PLENTY, "_cores": 1}, {}) == [jobs["crops max"]]
    assert scheduler.select_jobs(ready, graph.all, {**PLENTY, "no_gpu": 1}, {})[0] is group


def test_jobs_without_a_gpu_hold_places_where_the_profile_counts_them():
    jobs, graph = study()
    ready = [jobs[name] for name in ("stills", "clips max", "clips zoe", "train max", "train zoe")]
    scheduler = Scheduler(graph, None, None)
    scheduler.select_jobs(ready, graph.all, PLENTY, {})
    assert not any("no_gpu" in job.scheduler_resources for job in ready)
    for _ in range(2):  # what did not fit is asked again
        chosen = scheduler.select_jobs(ready, graph.all, {**PLENTY, "gpu": 1, "no_gpu": 2}, {})
        assert [job.output[0] for job in chosen] == ["clips max", "stills", "train max"]
    assert [job.scheduler_resources.get("no_gpu") for job in ready] == [1, 1, 1, None, None]


@pytest.mark.parametrize(
    ("available", "fits"),
    [
        ({"mem_mb": 10}, ["large", "small", "text", "none"]),
        ({"mem_mb": 9}, ["large", "text", "none"]),  # 8 are taken, 2 do not fit any more
        ({"mem_mb": 7}, ["small", "text", "none"]),  # what does not fit is left out, and the next one looked at
        ({"mem_mb": 0}, ["text", "none"]),
        ({"mem_mb": "much"}, ["large", "small", "text", "none"]),
        ({"disk_mb": 0, "here": 0}, ["large", "small", "text", "none"]),  # of which nobody has said anything
        ({"_job_count": 2}, ["large", "small"]),
        ({}, ["large", "small", "text", "none"]),
    ],
)
def test_what_fits_is_taken_in_turn(available, fits):
    asked = {
        "large": {"mem_mb": 8, "_job_count": 1},
        "small": {"mem_mb": 2, "_job_count": 1},
        "text": {"mem_mb": "unknown", "_job_count": 1},
        "none": {"_job_count": 1},
    }
    assert fitting(asked, asked.__getitem__, available) == fits


def test_a_shared_job_has_the_turn_of_the_first_that_waits_for_it():
    waits = {"shared": [], "of b": ["shared"], "of a": ["shared"], "more of a": ["of a"], "nobody's": []}
    found = order(waits, lambda job: job[-1] if " of " in f" {job}" else "", str)
    assert sorted(found, key=found.get) == ["shared", "of b", "of a", "more of a", "nobody's"]
    assert found["shared"] == (0, 1, "shared")


def test_the_profiles_name_a_scheduler_that_snakemake_finds():
    for name in ("local", "slurm"):
        profile = yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text())
        plugin = SchedulerPluginRegistry().get_plugin(profile["scheduler"])
        assert (plugin.scheduler, plugin.settings_cls) == (Scheduler, None)


def test_the_profile_offers_to_count_what_the_scheduler_knows():
    text = (ROOT / "profiles/slurm/config.yaml").read_text()
    offered = yaml.safe_load(re.search(r"^# (resources: .*)$", text, re.MULTILINE)[1])["resources"]
    assert [entry.partition("=")[0] for entry in offered] == [GPU, NO_GPU]


TOY = """
DATASETS = ["all", "max", "zoe"]
LEAVES = {"all": ["zoe", "max"], "max": ["max"], "zoe": ["zoe"]}
TOLD = "echo {output} >> order.txt; touch {output}"
ALONE = "mkdir {rule} || touch clash; sleep 0.5; rmdir {rule}; touch {output}"
wildcard_constraints:
    leaf="[a-z]+"
rule page:
    input: expand("{dataset}.score", dataset=DATASETS), expand("{leaf}.boxes", leaf=["zoe", "max"])
    output: "page"
    shell: TOLD
checkpoint clips:
    output: update("{leaf}.clips")
    shell: TOLD
rule crops:
    input: ancient("{leaf}.clips")
    output: "{leaf}.crops"
    shell: TOLD
rule boxes:
    input: "{leaf}.crops"
    output: "{leaf}.boxes"
    shell: TOLD
rule train:
    input: lambda wildcards: [f"{leaf}.crops" for leaf in LEAVES[wildcards.dataset]]
    output: "{dataset}.model"
    shell: TOLD
rule score:
    input: "{dataset}.model"
    output: "{dataset}.score"
    shell: TOLD
rule alone:
    input: expand("{rule}{number}.{rule}", rule=["with_gpu", "without"], number=[1, 2, 3])
rule with_gpu:
    output: "{any}.with_gpu"
    resources: gpu=1
    shell: ALONE
rule without:
    output: "{any}.without"
    resources: gpu=0
    shell: ALONE
"""


def snakemake(folder: Path, *arguments: str) -> str:
    """A real run of the toy study with the project's scheduler."""
    (folder / "Snakefile").write_text(TOY)
    command = [Path(sys.executable).with_name("snakemake"), "--scheduler", "ferstudy", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow/plugins")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.slow
def test_snakemake_runs_one_dataset_after_the_other(tmp_path):
    snakemake(tmp_path, "--cores", "1")
    assert (tmp_path / "order.txt").read_text().splitlines() == [
        "max.clips", "max.crops", "max.model", "max.score", "zoe.clips", "zoe.crops", "zoe.model", "zoe.score",
        "all.model", "all.score", "max.boxes", "zoe.boxes", "page",
    ]  # fmt: skip


@pytest.mark.slow
def test_snakemake_keeps_to_the_places_of_each_kind(tmp_path):
    said = snakemake(tmp_path, "--cores", "6", "--resources", "gpu=1", "no_gpu=1", "--", "alone")
    assert said.count("Finished jobid") == 7
    assert not (tmp_path / "clash").exists()
