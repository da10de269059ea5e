"""The profile on a real SLURM: a study, killed and finished; jobs that break their limits, fail or are cancelled."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from cluster import GPUS, Cluster, missing
from conftest import ROOT, SNAKEMAKE

PATIENCE = 900  # s, for what takes a minute or two: a bound for what hangs, however slow the machine is
pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * PATIENCE)]

HERE = Path(__file__).parent
WHOLE_LOG = {"FERSTUDY_PROGRESS": "full"}  # Snakemake's own lines tell which job is which
HELD = "results/state/train_fold/drawn/held/two_stream/0/run0"
MODELS = [f"train_fold_wildcards_drawn_held_{arch}_{fold}_0" for arch in ("two_stream", "flow_svm") for fold in (0, 1)]
FINALS = [f"train_fold_wildcards_drawn_held_{arch}_final_0" for arch in ("two_stream", "flow_svm")]

# What the workflow does about failures, for small workflows.
KNOWS_WHY = f"""
import sys
sys.path.insert(0, {str(ROOT / "scripts")!r})
from ferstudy.study import attempts, watching
if workflow.is_main_process:
    attempts.know_why(lambda job, resource: 16000.0)
onstart:
    watching.keep_watch(lambda slurm_id: attempts.in_slurm(slurm_id).state)
"""

# Jobs that go wrong in the ways of a cluster. `mended` is the user's repair.
MISHAPS = """
rule all:
    input: expand("{name}.done", name=["slow", "hungry", "failing", "victim"])

rule slow:
    output: "slow.done"
    log: "logs/slow.log"
    resources: runtime=attempts.asks("slow", "runtime", lambda wildcards: 1)
    shell: "(test -e slow.once || {{ touch slow.once; sleep 300; }}; touch {output}) > {log} 2>&1"

rule hungry:
    output: "hungry.done"
    log: "logs/hungry.log"
    resources: mem_mb=attempts.asks("hungry", "mem_mb", lambda wildcards: 700)
    shell: "(python3 -c 'import time; held = bytes([1]) * 800_000_000; time.sleep(8)' && touch {output}) > {log} 2>&1"

rule failing:
    output: "failing.done"
    log: "logs/failing.log"
    shell:
        "(test -e mended || {{ echo 'failing.py: the disk is full: free some space'; exit 1; }}; touch {output})"
        " > {log} 2>&1"

rule victim:
    output: "victim.done"
    log: "logs/victim.log"
    shell: "(test -e mended || {{ scancel $SLURM_JOB_ID; sleep 300; }}; touch {output}) > {log} 2>&1"
"""

# A job that takes its first node down.
DEAD_NODE = """
rule stranded:
    output: "stranded.done"
    log: "logs/stranded.log"
    shell:
        "(test -e once || {{ touch once; "
        "scontrol update nodename=$SLURMD_NODENAME state=down reason=test; sleep 60; }}; touch {output}) > {log} 2>&1"
"""

# Jobs that go on where they stopped; one ends when it is told to, the other when it is killed.
LENT = """
rule all:
    input: "yielding.done", "stubborn.done"

rule lent:
    output: "{name}.done"
    log: "logs/{name}.log"
    resources: slurm_partition="spare"
    params: trap=lambda wildcards: ":" if wildcards.name == "stubborn" else "exit 1"
    shell:
        "(trap '{params.trap}' TERM; while test $(cat {wildcards.name}.steps | wc -l) -lt 25; "
        "do echo $SLURM_JOB_ID >> {wildcards.name}.steps; sleep 1; done; touch {output}) > {log} 2>&1"
"""

# One job after the other, long enough to be forgotten.
CHAIN = """
watching.FORGOTTEN_S = 15.0

rule second:
    input: "first.done"
    output: "second.done"
    log: "logs/second.log"
    shell: "(test -e once || {{ touch once; sleep 300; }}; touch {output}) > {log} 2>&1"

rule first:
    output: "first.done"
    log: "logs/first.log"
    shell: "(echo $SLURM_JOB_ID >> first.ran; sleep 45; touch {output}) > {log} 2>&1"
"""


class Job(NamedTuple):
    """A row of sacct."""

    number: str
    run: str
    partition: str
    state: str
    node: str
    tres: str
    megabytes: str
    minutes: str
    comment: str

    @property
    def gpus(self) -> int:
        """How many GPUs it had."""
        found = re.search(r"gres/gpu=(\d+)", self.tres)
        return int(found[1]) if found else 0


class Snakemake:
    """snakemake with the profile of a project, in a process group of its own; what it prints goes to a file."""

    def __init__(self, cluster: Cluster, profile: Path, snakefile: Path, folder: Path, *arguments: str):
        self.cluster, self.folder = cluster, folder
        self.file = folder.parent / f"{folder.name}.{time.monotonic_ns()}.txt"
        command = [SNAKEMAKE, "-s", snakefile, "--directory", folder, "--profile", profile]
        # Small jobs end soon, so ask soon.
        command += ["--slurm-init-seconds-before-status-checks", "6", "--latency-wait", "5", *arguments]
        with self.file.open("w") as file:
            self.process = subprocess.Popen(
                command,
                cwd="/",
                env={**cluster.environment, **WHOLE_LOG},
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.file.read_text()

    @property
    def submitted(self) -> dict[str, str]:
        """SLURM's number of every job submitted: Snakemake's number."""
        found = re.findall(r"^Job (\d+) has been submitted with SLURM jobid (\d+)", self.output, re.MULTILINE)
        return {slurm: own for own, slurm in found}

    @property
    def jobs(self) -> list[Job]:
        """What sacct knows of its jobs."""
        name = re.search(r"^SLURM run ID: (\S+)", self.output, re.MULTILINE)
        fields = "JobID,JobName,Partition,State,NodeList,AllocTRES,ReqMem,TimelimitRaw,Comment"
        query = ("sacct", "-X", "-P", "-n", "-S", "now-2hours", "-o", fields)
        lines = self.cluster.ask(*query, "--name", name[1]).splitlines() if name else []
        return [Job(*line.split("|")) for line in lines]

    @property
    def in_flight(self) -> set[str]:
        """The comments of the jobs that it has submitted and not seen the end of."""
        finished = set(re.findall(r"^Finished jobid: (\d+)", self.output, re.MULTILINE))
        return {job.comment for job in self.jobs if self.submitted.get(job.number) not in finished}

    def wait(self) -> "Snakemake":
        """Wait for its end."""
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            pytest.fail(f"snakemake takes longer than {PATIENCE} s:\n{self.output[-6000:]}")
        return self

    def finish(self) -> "Snakemake":
        """Wait for its end, which must be a good one."""
        assert self.wait().process.returncode == 0, self.output[-6000:]
        return self

    def kill(self) -> None:
        """SIGKILL, to it and to what it has started here; its jobs live on."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


def until(condition, what: str):
    """Wait for something, and return it."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, f"no {what} in {PATIENCE} s"
        time.sleep(0.5)
    return found


def training(state: Path) -> int | None:
    """The id of the process that trains with this state, once it has begun."""
    if not any(entry.is_dir() for entry in state.glob("*")):
        return None
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_text().split("\0")
            if (
                "python" in words[0]
                and any(HELD in word for word in words)
                and (folder / "cwd").resolve() == state.parents[7]
            ):
                return int(folder.name)
        except OSError:
            continue
    return None


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A running cluster."""
    if reason := missing():
        pytest.skip(reason)
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def project(make_project, tmp_path_factory):
    """A copy of the code and the study for clusters."""
    made = make_project(tmp_path_factory.mktemp("on_slurm"))
    shutil.copy(HERE / "config.yaml", made.study / "config/config.yaml")
    return made


@pytest.fixture(scope="module")
def run(cluster, project):
    """Start snakemake on a folder; what still runs at the end is killed."""
    started = []

    def start(folder: Path, *arguments: str, snakefile: Path = project.code / "workflow/Snakefile") -> Snakemake:
        started.append(Snakemake(cluster, project.code / "profiles/slurm", snakefile, folder, *arguments))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.kill()


@pytest.fixture(scope="module")
def run_other(run, tmp_path_factory):
    """Start another small workflow with the same profile."""

    def start(rules: str, *arguments: str) -> Snakemake:
        root = tmp_path_factory.mktemp("other")
        (root / "study").mkdir()
        (root / "Snakefile").write_text(KNOWS_WHY + rules)
        return run(root / "study", *arguments, snakefile=root / "Snakefile")

    return start


@pytest.fixture(scope="module", autouse=True)
def mishaps(run_other):
    """The jobs that go wrong: they mostly wait, so they run beside the study."""
    return run_other(MISHAPS)


@pytest.fixture(scope="module")
def killed(run, project, mishaps):
    """A run of the study whose snakemake is killed while a network trains; that training is held."""
    first = run(project.study)
    trainer = until(lambda: training(project.study / HELD), "training")
    os.kill(trainer, signal.SIGSTOP)
    first.kill()
    yield first, trainer
    if Path(f"/proc/{trainer}").exists():
        os.kill(trainer, signal.SIGCONT)


@pytest.fixture(scope="module")
def finished(cluster, run, project, killed):
    """The run that follows when the other orphans have ended; the held one goes on when another job wants its place."""
    name = re.search(r"^SLURM run ID: (\S+)", killed[0].output, re.MULTILINE)[1]
    left = ("squeue", "-h", "-t", "pending,running,completing", "--name", name)
    until(lambda: len(cluster.ask(*left).splitlines()) == 1, "end of the other orphans")
    run(project.study, "--unlock").finish()
    second = run(project.study, "--resources", "gpu=4", "no_gpu=4")  # which the profile offers in a comment
    log = project.study / f"results/logs/{HELD.removeprefix('results/state/')}.log"
    until(lambda: "another process is training" in log.read_text(errors="replace"), "second training that waits")
    os.kill(killed[1], signal.SIGCONT)
    return second.finish()


def test_a_killed_snakemake_is_followed_by_one_that_finishes(killed, finished, project):
    assert (project.study / "results/report/study.html").stat().st_size > 10_000
    log = (project.study / f"results/logs/{HELD.removeprefix('results/state/')}.log").read_text(errors="replace")
    assert "another job has finished this training: its files are taken" in log


def test_nothing_is_done_twice_but_what_was_in_flight(killed, finished):
    first, _ = killed
    assert f"rule_{MODELS[0]}" in first.in_flight
    jobs = [*first.jobs, *finished.jobs]
    assert {job.state for job in jobs} == {"COMPLETED"}
    counted = Counter(job.comment for job in jobs)
    assert {comment for comment, count in counted.items() if count > 1} <= first.in_flight
    assert max(counted.values()) <= 2


def test_no_training_of_an_orphan_is_repeated(killed, finished, project):
    """One that ended before the next run is not submitted again; of one that lived on, the files are taken."""
    orphans = {comment for comment in killed[0].in_flight if "train_fold" in comment}
    again = {job.comment for job in finished.jobs} & orphans
    assert f"rule_{MODELS[0]}" in again
    for comment in again:
        cell = comment.removeprefix("rule_train_fold_wildcards_drawn_held_")
        arch, fold, number = cell.rsplit("_", 2)
        log = (project.study / f"results/logs/train_fold/drawn/held/{arch}/{fold}/run{number}.log").read_text()
        assert "another job has finished this training: its files are taken" in log


def test_jobs_run_in_the_partition_that_fits_with_their_gpus(killed, finished):
    jobs = [*killed[0].jobs, *finished.jobs]
    places = {job.comment: (job.partition, job.gpus) for job in jobs}
    assert {f"rule_{name}" for name in (*MODELS, *FINALS)} <= set(places)
    for comment, place in places.items():
        assert place == (("gpu", 1) if "train_fold" in comment and "two_stream" in comment else ("cpu", 0)), comment
    asked = {job.comment: (job.megabytes, job.minutes) for job in jobs}
    assert asked[f"rule_{MODELS[0]}"] == ("2000M", "10")
    assert asked[f"rule_{MODELS[2]}"] == ("1000M", "5")


def test_a_second_run_submits_nothing(finished, run, project):
    again = run(project.study).finish()
    assert not again.submitted
    assert "Nothing to be done" in again.output


def test_short_jobs_run_beside_snakemake_where_the_profile_says_so(finished, run, project):
    """Seven jobs of tables cost no allocation, and make the same tables."""
    tables = ["score", "compare", "fit_fusion", "fuse", "audit_run"]
    sent = Counter(job.comment.partition("_wildcards_")[0] for job in finished.jobs)
    assert sum(sent[f"rule_{rule}"] for rule in tables) == 7
    results = project.study / "results"
    kinds = ("scores", "compare", "fused")
    before = {path: path.read_bytes() for kind in kinds for path in (results / kind).rglob("*.*") if path.is_file()}
    again = run(
        project.study, "--local-cores", "2", "--forcerun", *tables,
        "--set-resources", *(f"{rule}:here=1" for rule in tables),
    ).finish()  # fmt: skip
    assert [job.comment for job in again.jobs] == ["rule_make_report"]
    assert {rule for rule in tables if re.search(rf"^localrule {rule}:", again.output, re.MULTILINE)} == {*tables}
    assert {path: path.read_bytes() for path in before} == before


def test_what_fits_no_partition_is_refused_before_submission(finished, run, project):
    project.edit(
        "study/config/config.yaml", "memory_mb: 2000, minutes: 10, gpu: 1", "memory_mb: 2000, minutes: 10, gpu: 9"
    )
    refused = run(project.study, "--forcerun", "train_fold").wait()
    assert refused.process.returncode != 0
    assert not refused.submitted
    assert "two_stream asks for 2000 MB, 10 minutes" in refused.output
    assert "Change architectures/two_stream/needs" in refused.output
    project.edit("study/config/config.yaml", "gpu: 9", "gpu: 1")


@pytest.fixture(scope="module")
def survived(mishaps):
    """The jobs that go wrong, at their end."""
    return mishaps.wait()


def attempts(run: Snakemake, rule: str) -> list[Job]:
    return [job for job in run.jobs if job.comment == f"rule_{rule}"]


def message(run: Snakemake, rule: str) -> str:
    """What snakemake prints of the first failure of a job."""
    return run.output.split(f"Error in rule {rule}:", 1)[1].split("\n[", 1)[0]


def test_a_job_over_its_time_limit_gets_more(survived):
    first, second = attempts(survived, "slow")
    assert (first.state, first.minutes) == ("TIMEOUT", "1")
    assert (second.state, second.minutes) == ("COMPLETED", "2")
    assert first.megabytes == second.megabytes == "1500M"
    assert "Why: its time was over" in message(survived, "slow")


def test_a_job_over_its_memory_gets_more(survived):
    first, second = attempts(survived, "hungry")
    assert first.state in {"FAILED", "OUT_OF_MEMORY"}
    assert (first.megabytes, second.megabytes, second.state) == ("700M", "1400M", "COMPLETED")
    assert first.minutes == second.minutes == "30"
    assert "lacked memory" in message(survived, "hungry") or "needed more memory" in message(survived, "hungry")


def test_what_stays_as_it_is_is_not_tried_again_and_a_cancelled_job_once_for_the_same(survived):
    assert survived.process.returncode != 0
    assert [job.state for job in attempts(survived, "failing")] == ["FAILED"]
    said = message(survived, "failing")
    assert "logs/failing.log" in said
    assert "Why: the disk is full: free some space" in said
    assert "reason unavailable" not in said
    victims = attempts(survived, "victim")
    assert [job.state.split()[0] for job in victims] == ["CANCELLED"] * 2
    assert len({(job.megabytes, job.minutes) for job in victims}) == 1
    said = message(survived, "victim")
    assert "SLURM status is: 'CANCELLED'. Why: it was cancelled" in said
    assert "logs/victim.log" in said


def test_a_rerun_resumes(survived, run):
    (survived.folder / "mended").touch()
    again = run(survived.folder, snakefile=survived.folder.parent / "Snakefile").finish()
    assert sorted(job.comment for job in again.jobs) == ["rule_failing", "rule_victim"]
    assert {job.state for job in again.jobs} == {"COMPLETED"}


def test_a_job_of_a_dead_node_runs_once_more_on_another_without_a_retry(survived, run_other):
    stranded = run_other(DEAD_NODE, "--retries", "0").finish()
    first, second = attempts(stranded, "stranded")
    assert (first.state, second.state) == ("NODE_FAIL", "COMPLETED")
    assert first.node != second.node
    assert (first.megabytes, first.minutes) == (second.megabytes, second.minutes)


def test_preempted_jobs_go_on_as_often_as_it_takes_without_a_retry(cluster, run_other):
    """The partition that lends its node takes it back twice."""
    lent = run_other(LENT, "--retries", "0")

    def steps(name: str) -> list[str]:
        file = lent.folder / f"{name}.steps"
        return file.read_text().split() if file.exists() else []

    for times in (1, 2):
        until(lambda: all(len(set(steps(name))) == times for name in ("yielding", "stubborn")), "jobs that run")  # noqa: B023
        time.sleep(2)
        cluster.ask("sbatch", "-p", "urgent", "--exclusive", "-o", "/dev/null", "--wrap", "sleep 1")
    lent.finish()
    for name in ("yielding", "stubborn"):
        assert len(steps(name)) == 25  # none was repeated
        assert len(set(steps(name))) == 3
        jobs = [job for job in lent.jobs if job.comment.endswith(name)]
        assert [job.state for job in jobs][2:] == ["COMPLETED"]
        # What ends before the time of grace is over is FAILED to SLURM; only scontrol tells that it was preempted.
        assert {job.state for job in jobs[:2]} <= {"FAILED", "PREEMPTED"}
        assert len({(job.megabytes, job.minutes) for job in jobs}) == 1
    assert lent.output.count("Why: it was preempted") == 4


def test_slurmctld_may_be_away_and_may_forget_a_job(survived, cluster, run_other):
    """Away at the first submission, while a job ends, and then without memory of the one that runs."""
    cluster.away()
    chain = run_other(CHAIN, "--retries", "0")
    until(lambda: "submissions wait for it" in chain.output, "word of a slurmctld that does not answer")
    cluster.back()
    until(lambda: (chain.folder / "first.ran").exists(), "job that runs")
    cluster.away()
    until(lambda: "SLURM has not answered for" in chain.output, "word of a silent SLURM")
    cluster.back()
    until(lambda: (chain.folder / "once").exists(), "second job")
    cluster.away()
    cluster.back("-c")
    chain.finish()
    assert len((chain.folder / "first.ran").read_text().split()) == 1
    # Told by sacct where slurmctld has said so to accounting when it began anew.
    assert re.search("Why: (SLURM knows it no longer|it was cancelled)", message(chain, "second"))


def test_a_cluster_is_checked_before_any_job_is_sent(cluster, project, tmp_path):
    """Nothing speaks against this one but what nobody can tell; a partition that is not there and GPUs are missed."""
    profile = tmp_path / "slurm"
    shutil.copytree(ROOT / "profiles/slurm", profile)
    before = cluster.ask("squeue", "-h", "-t", "all", "-o", "%i")

    def said() -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, ROOT / "scripts/check_cluster.py", "--directory", project.study, "--profile", profile],
            env=cluster.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    code, good = said()
    assert code == 0, good
    assert "will not work" not in good
    partitions = profile / "partitions.yaml"
    told = yaml.safe_load(partitions.read_text())["partitions"]
    told = {"elsewhere": told["cpu"], "cpu": {**told["cpu"], "max_gpu": 2}, "gpu": {**told["gpu"], "max_gpu": GPUS}}
    partitions.write_text(yaml.safe_dump({"partitions": told}))
    code, bad = said()
    assert code == 1
    assert "elsewhere: the cluster has no such partition, it has cpu, gpu, spare, urgent" in bad
    assert "cpu: max_gpu is 2, and sinfo shows no GPU there" in bad
    assert "gpu:" not in bad
    assert cluster.ask("squeue", "-h", "-t", "all", "-o", "%i") == before


@pytest.mark.drill
def test_a_training_that_slurm_ends_goes_on_and_is_bit_identical_in_the_end(finished, run, project, tmp_path):
    """It is held in the middle, so that its time runs out; the second attempt has more, and the first one's state."""
    whole, limited = (project.copy(tmp_path / name) for name in ("whole", "limited"))
    for each in (whole, limited):
        each.edit("study/config/config.yaml", "training: {epochs: 1}", "training: {epochs: 200}")
    limited.edit("study/config/config.yaml", "minutes: 10", "minutes: 1")
    whole.run()
    started = run(limited.study, snakefile=limited.code / "workflow/Snakefile")
    state = limited.study / HELD
    until(lambda: any(len(file.read_text().splitlines()) > 2 for file in state.glob("*/history.csv")), "epoch")
    os.kill(training(state), signal.SIGSTOP)
    started.finish()
    first, second = attempts(started, MODELS[0])
    assert (first.state, first.minutes) == ("TIMEOUT", "1")
    assert (second.state, second.minutes) == ("COMPLETED", "2")
    log = limited.study / f"results/logs/{HELD.removeprefix('results/state/')}.log"
    assert "goes on after epoch" in log.read_text(errors="replace")
    cell = HELD.removeprefix("results/state/train_fold/")
    for name in (f"results/models/{cell}/model.zip", f"results/predictions/{cell}.csv"):
        assert (limited.study / name).read_bytes() == (whole.study / name).read_bytes()
