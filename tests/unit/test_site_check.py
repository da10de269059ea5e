"""`make check-cluster`: what would go wrong on a cluster, by outputs in the form of SLURM 22.05's own commands."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

import check_cluster
from ferstudy.errors import StudyError
from ferstudy.study import folder_check, site_check

SINFO = "cpu|(null)\ngpu|gpu:a100:4(S:0-1)\ngpu|gpu:v100:2\nold|gpu:2\ndown|(null)\n"
NODES = "cpu|64000|16|(null)\ncpu|128000+|32|(null)\ngpu|256000|32|gpu:a100:4(S:0-1)\nold|32000|8|gpu:2\n"
PARTITIONS = """\
PartitionName=cpu AllowAccounts=ALL Default=YES QoS=N/A MaxTime=2-00:00:00 State=UP TotalCPUs=48
PartitionName=gpu AllowAccounts=ALL Default=NO QoS=N/A MaxTime=12:00:00 State=UP TotalCPUs=32
PartitionName=old AllowAccounts=ALL Default=NO QoS=N/A MaxTime=UNLIMITED State=UP TotalCPUs=8
PartitionName=down AllowAccounts=ALL Default=NO QoS=N/A MaxTime=UNLIMITED State=DRAIN TotalCPUs=8
"""
CONFIG = """\
Configuration data as of 2026-11-29T04:00:00
AccountingStorageEnforce = associations,limits
AccountingStorageType   = accounting_storage/slurmdbd
JobAcctGatherParams     = (null)
MaxJobCount             = 10000
MinJobAge               = 300 sec
TaskPlugin              = task/affinity,task/cgroup

Slurmctld(primary) at head is UP
"""
ACCOUNTS = "faces|normal,long|200\nother|normal|\n"
PROFILE = {"jobs": 50, "slurm-status-command": "squeue", "default-resources": {"slurm_account": "faces"}}
CPU = {"cpu": {"max_runtime": 2880, "max_mem_mb": 64000, "max_threads": 16}}
GPU = {"gpu": {"max_runtime": "12:00:00", "max_gpu": 4, "available_gpu_models": ["a100"]}}


def said(profile: dict = PROFILE, partitions: dict = CPU, **outputs: str) -> list[str]:
    """What is found where the cluster's commands print what stands above, or `outputs` instead."""
    answers = {
        "sbatch": "slurm 22.05.8", "list": SINFO, "nodes": NODES, "partition": PARTITIONS, "config": CONFIG,
        "assoc": ACCOUNTS,
    } | outputs  # fmt: skip

    def ask(*command: str) -> str:
        if command[0] == "sinfo":
            return answers["nodes" if "-N" in command else "list"]
        return answers[next(name for name in ("sbatch", "partition", "config", "assoc") if name in command)]

    return [doubt.said for doubt in site_check.doubts(ask, profile, partitions, "me")]


def test_nothing_is_said_of_a_cluster_that_will_do():
    assert said() == []
    assert said(partitions=CPU | GPU) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"sbatch": ""}, "sbatch was not found on the PATH: expected on a node that submits jobs. Go to a login node"),
        ({"list": ""}, "sinfo gives no answer: expected the list of partitions. Is slurmctld running"),
        ({"partitions": {"long": {}}}, "long: the cluster has no such partition, it has cpu, down, gpu, old. Name"),
        ({"partitions": {"down": {}}}, "down: the partition is DRAIN, expected UP"),
        ({"partitions": {"cpu": {"max_runtime": 60, "max_gpu": 1}}}, "cpu: max_gpu is 1, and sinfo shows no GPU there"),
        ({"partitions": {"gpu": {"max_runtime": 60, "available_gpu_models": ["h100"]}}},
         "sinfo shows a100, v100. Write"),
        ({"partitions": {"cpu": {"max_runtime": "3-00:00:00"}}},
         "max_runtime is 3-00:00:00, and MaxTime is 2-00:00:00: "),
        ({"partitions": {"gpu": {}}}, "gpu: no max_runtime, and MaxTime is 12:00:00. Write max_runtime: 720"),
        ({"partitions": {"cpu": {"max_runtime": 1, "max_mem_mb": 128001}}},
         "max_mem_mb is 128001, and its largest node has 128000 MB"),
        ({"partitions": {"old": {"max_gpu": 3}}}, "max_gpu is 3, and its largest node has 2 GPUs"),
        ({"config": CONFIG.replace("300 sec", "60 sec")}, "MinJobAge is 60 s, expected 200 or more: squeue forgets"),
        ({"config": CONFIG.replace("slurmdbd", "none"), "profile": {"slurm-status-command": "sacct"}},
         "Write slurm-status-command: squeue"),
        ({"config": CONFIG.replace(",task/cgroup", "")}, "neither cgroups (TaskPlugin) nor OverMemoryKill"),
        ({"config": CONFIG.replace("10000", "20")}, "jobs is 50, the cluster holds 20 (MaxJobCount). Lower jobs"),
        ({"assoc": ""},
         "me has no account (sacctmgr show assoc user=me), and AccountingStorageEnforce is associations,limits"),
        ({"assoc": "other|normal|\n"}, "slurm_account is faces, and me has other. Write one of these"),
        ({"profile": {"jobs": 5}}, "me has the accounts faces, other, and the profile names none"),
        ({"profile": {"default-resources": {"slurm_account": "other", "qos": "long"}}},
         "qos is long, and me may use normal."),
        ({"assoc": "faces|normal|20\n"}, "jobs is 50, and me may have 20 waiting or running (MaxSubmitJobs)"),
    ],
)  # fmt: skip
def test_each_thing_is_a_sentence_that_says_what_to_do(changed, sentence):
    (found,) = said(**changed)
    assert sentence in found


def test_a_cluster_without_accounting_asks_for_no_account():
    assert said(config=CONFIG.replace("slurmdbd", "none"), assoc="") == []


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
tmpfs /dev/shm tmpfs rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/scratch\\040of\\040node xfs rw 0 0
lustre@tcp:/work /work lustre rw,flock 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/home/me/study", "nfs4"), ("/home/scratch of node/study", "xfs"), ("/work", "lustre"), ("/worked", "ext4")],
)
def test_the_file_system_of_a_folder(folder, kind):
    assert folder_check.file_system(Path(folder), MOUNTS)[0] == kind


def test_folders_on_a_disk_of_the_node_are_doubted_together(tmp_path, monkeypatch):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path.resolve()}/shared nfs rw 0 0\n")
    monkeypatch.setattr(folder_check, "MOUNTS", mounts)
    places = {tmp_path / "shared/study": "the study", tmp_path / "a": "ferstudy", tmp_path / "b": "its Python packages"}
    (found,) = folder_check.doubts(places)
    assert not found.sure
    assert f"{tmp_path}/a (ferstudy), {tmp_path}/b (its Python packages)" in found.said


def test_a_folder_is_tried_and_left_as_it_was(tmp_path, monkeypatch):
    assert list(folder_check.use(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []
    (missing,) = folder_check.use(tmp_path / "nowhere")
    assert "cannot be written (No such file or directory)" in missing.said

    now = folder_check.time.time()
    monkeypatch.setattr(folder_check.time, "time", lambda: now + 60)
    (late,) = folder_check.use(tmp_path)
    assert "the file server's clock is 60 s behind that of this node" in late.said
    monkeypatch.undo()

    monkeypatch.setattr(fcntl, "flock", lambda file, how: None)
    (together,) = folder_check.use(tmp_path)
    assert "two locks on one file are given at once" in together.said

    def none(file, how):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    (refused,) = folder_check.use(tmp_path)
    assert "flock fails (No locks available)" in refused.said


@pytest.fixture
def site(tmp_path, monkeypatch) -> Path:
    """Commands on the PATH that print what stands above, and a profile; the study folder is beside them."""
    programs = tmp_path / "bin"
    programs.mkdir()
    answers = {
        "sbatch": "echo slurm 22.05.8",
        "sinfo": 'case "$*" in *-N*) cat nodes;; *) cat list;; esac',
        "scontrol": 'case "$*" in *partition*) cat partition;; *) cat config;; esac',
        "sacctmgr": "cat assoc",
    }
    for name, text in {
        "nodes": NODES,
        "list": SINFO,
        "partition": PARTITIONS,
        "config": CONFIG,
        "assoc": ACCOUNTS,
    }.items():
        (programs / name).write_text(text)
    for name, answer in answers.items():
        (programs / name).write_text(f"#!/bin/sh\ncd {programs}\n{answer}\n")
        (programs / name).chmod(0o755)
    profile = tmp_path / "profile"
    profile.mkdir()
    (profile / "config.yaml").write_text("jobs: 50\nslurm-status-command: squeue\nslurm-partition-config: mine.yaml\n")
    (profile / "mine.yaml").write_text("partitions: {cpu: {max_runtime: 5000}}\n")
    (tmp_path / "study").mkdir()
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return tmp_path


def test_the_command_asks_the_cluster_and_changes_nothing(site, capsys):
    before = sorted(site.rglob("*"))
    with pytest.raises(StudyError) as raised:
        check_cluster.main(["--directory", str(site / "study"), "--profile", str(site / "profile")])
    assert str(raised.value).startswith(
        "this will not work:\n  partitions.yaml, cpu: max_runtime is 5000, and MaxTime is"
    )
    assert "Not sure: " in capsys.readouterr().out  # two accounts, and none in the profile
    assert sorted(site.rglob("*")) == before


def test_a_cluster_that_does_not_answer_is_no_traceback(site):
    (site / "bin/sinfo").write_text(
        "#!/bin/sh\necho 'slurm_load_partitions: Unable to contact slurm controller' >&2\nexit 1\n"
    )
    with pytest.raises(StudyError, match="sinfo gives no answer"):
        check_cluster.main(["--directory", str(site / "study"), "--profile", str(site / "profile")])
    with pytest.raises(StudyError, match="nothing: there is no such folder"):
        check_cluster.main(["--directory", str(site / "nothing")])
