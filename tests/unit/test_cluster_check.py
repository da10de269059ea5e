"""Jobs that a cluster cannot take are refused before submission with what to change."""

import pytest
import yaml

from ferstudy.errors import StudyError
from ferstudy.study import cluster
from ferstudy.study.request import Request

SINFO = "cpu|(null)\ngpu|gpu:a100:4(S:0-1)\ngpu|gpu:v100:2\nold|gpu:2\n"
PARTITIONS = {
    "cpu": {"max_runtime": "1-00:00:00", "max_mem_mb": 64000, "max_threads": 16},
    "gpu": {
        "max_runtime": 720,
        "max_mem_mb": 128000,
        "max_threads": 16,
        "max_gpu": 4,
        "available_gpu_models": ["a100"],
    },
}
SMALL = Request("lstm", "architectures/lstm/needs", 4000, 60, 1, 0)


@pytest.fixture
def refusal(tmp_path, monkeypatch):
    """What `check` says of requests on a cluster whose sinfo prints SINFO; "" where it says nothing."""

    def ask(*requests: Request, partitions: dict = PARTITIONS, sbatch: str | None = "/usr/bin/sbatch") -> str:
        monkeypatch.setattr(cluster.shutil, "which", lambda name: sbatch)
        monkeypatch.setattr(cluster, "offered", lambda: cluster.read_sinfo(SINFO))
        path = tmp_path / "partitions.yaml"
        path.write_text(yaml.safe_dump({"partitions": partitions}))
        try:
            cluster.check(path, set(requests))
        except StudyError as error:
            return str(error)
        return ""

    return ask


def test_sinfo_lists_partitions_and_types_of_gpu():
    assert cluster.read_sinfo(SINFO) == {"cpu": set(), "gpu": {"a100", "v100"}, "old": {""}}


def test_jobs_that_fit_are_let_through(refusal):
    assert (
        refusal(SMALL, SMALL._replace(gpu=2), SMALL._replace(gpu=1, gpu_model="a100"), SMALL._replace(minutes=1440))
        == ""
    )


def test_without_sbatch_the_way_out_is_said(refusal):
    assert "no sbatch on the PATH" in refusal(SMALL, sbatch=None)
    assert "profiles/local" in refusal(SMALL, sbatch=None)


def test_an_unknown_partition_is_named_with_those_there_are(refusal):
    said = refusal(SMALL, partitions={**PARTITIONS, "long": {}})
    assert "partitions/long: this cluster has no such partition; sinfo lists cpu, gpu, old" in said


def test_a_gpu_type_that_does_not_exist_is_named(refusal):
    wrong = {**PARTITIONS, "gpu": {**PARTITIONS["gpu"], "available_gpu_models": ["h100"]}}
    assert "no GPU of type 'h100' there; sinfo shows a100, v100" in refusal(SMALL, partitions=wrong)
    assert "gpu has no h200" in refusal(SMALL._replace(gpu=1, gpu_model="h200"))


@pytest.mark.parametrize(
    ("change", "lack"),
    [
        ({"mem_mb": 200000}, "cpu allows 64000 MB; gpu allows 128000 MB"),
        ({"gpu": 1, "minutes": 900}, "cpu has no GPU; gpu allows 720 minutes"),
        ({"gpu": 8}, "cpu has no GPU; gpu has 4 GPU"),
        ({"threads": 64}, "cpu allows 16 threads; gpu allows 16 threads"),
    ],
    ids=["memory", "time", "gpus", "threads"],
)
def test_needs_that_no_partition_fits_are_refused_with_what_each_lacks(refusal, change, lack):
    said = refusal(SMALL._replace(**change))
    assert "lstm asks for" in said
    assert lack in said
    assert "Change architectures/lstm/needs" in said


PLACES = {
    "lr": {"search": "lr", "architecture": "lstm", "dataset": "talks"},
    "lr/2": {"search": "lr", "architecture": "lstm"},
    "head": {"search": "head", "backbone": "vgg16", "recipe": "crop"},
}


@pytest.mark.parametrize(
    ("rule", "wildcards", "expected"),
    [
        ("train_fold", {"arch": "c3d", "fold": "0"}, ("c3d", "architectures/c3d/needs in config.yaml")),
        ("train_fold", {"arch": "lstm.2people"}, ("lstm.2people", "architectures/lstm/needs in config.yaml")),
        ("fit_backbone", {"backbone": "vgg16"}, ("vgg16", "backbones/vgg16/needs in config.yaml")),
        ("search_worker", {"place": "lr/2", "worker": "0"}, ("lstm", "architectures/lstm/needs in config.yaml")),
        ("search_worker", {"place": "head", "worker": "0"}, ("vgg16", "backbones/vgg16/needs in config.yaml")),
        ("extract_faces", {"leaf": "talks", "shard": "0"}, ("extract_faces", "its rule's resources")),
    ],
)
def test_a_job_names_whose_needs_it_has_also_in_a_search(rule, wildcards, expected):
    assert cluster.asker(rule, wildcards, PLACES, "config.yaml") == expected


def test_gpus_that_the_cluster_does_not_show(refusal):
    wrong = {"cpu": {**PARTITIONS["cpu"], "max_gpu": 2}}
    assert "partitions/cpu/max_gpu: 2, but sinfo shows no GPU in this partition" in refusal(SMALL, partitions=wrong)


@pytest.mark.parametrize(
    ("text", "expected"),
    [(1440, 1440), ("24h", 1440), ("2d", 2880), ("1-12:00:00", 2160), ("00:30:00", 30), ("90m", 90)],
)
def test_limits_of_time_as_slurm_and_the_plugin_write_them(text, expected):
    assert cluster.minutes(text) == expected


def test_a_second_attempt_that_no_partition_takes_is_refused_before_the_first(refusal):
    long = {"cpu": {"max_runtime": 2880, "max_mem_mb": 64000}}
    asked = SMALL._replace(minutes=1500, again=True)
    assert (
        "the second attempt of lstm would need 3,000 minutes; cpu offers 2,880: ask for at most 1,440 minutes "
        "(architectures/lstm/needs)"
    ) in refusal(asked, partitions=long)
    assert refusal(asked._replace(minutes=1440), partitions=long) == ""
    assert refusal(asked._replace(again=False), partitions=long) == ""  # --retries 0
    said = refusal(SMALL._replace(mem_mb=33000, again=True), partitions=long)
    assert "the second attempt of lstm would need 66,000 MB; cpu offers 64,000: ask for at most 32,000 MB" in said


def test_a_second_attempt_counts_only_partitions_that_take_the_first(refusal):
    """The partition with more time has no GPU."""
    said = refusal(SMALL._replace(gpu=1, minutes=700, again=True))
    assert "would need 1,400 minutes; gpu offers 720: ask for at most 360 minutes" in said


def test_the_most_that_a_job_can_get_is_that_of_the_partitions_that_fit(tmp_path):
    settings = type("Settings", (), {"partition_config": tmp_path / "partitions.yaml"})
    settings.partition_config.write_text(yaml.safe_dump({"partitions": PARTITIONS}))
    assert cluster.most(SMALL, "mem_mb", settings) == 128000
    assert cluster.most(SMALL._replace(minutes=1000), "mem_mb", settings) == 64000
    assert cluster.most(SMALL._replace(gpu=1), "runtime", settings) == 720
    assert cluster.most(SMALL, "runtime", object()) == float("inf")
