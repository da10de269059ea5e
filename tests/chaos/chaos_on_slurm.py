"""Chaos on the SLURM of the tests: a study whose jobs, Snakemake, controller, nodes or disk are broken, then finished.

    PYTHONPATH=scripts:tests:tests/cluster python tests/chaos/chaos_on_slurm.py --runs 20 --seed 1

As chaos.py, with what only a cluster has: slurmctld is killed and started again, starts without memory of its jobs, a
node is down or loses its power for a moment, half of the jobs are cancelled. Jobs are sent to SLURM, but for the short
ones that the profile offers to run beside Snakemake, and begin in a Python of their own.
"""

import random
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from chaos import (
    ROOT,
    SNAKEMAKE,
    Going,
    Start,
    Way,
    asked,
    change_digit,
    chaos,
    corrupt_store,
    cut_table,
    disk,
    fill_disk,
    interrupt,
    kill_job,
    kill_snakemake,
    passed,
    terminate,
)
from cluster import NODES, Cluster, ClusterError, missing

# As profiles/slurm/config.yaml offers it, in a comment.
BESIDE = ("score", "compare", "fit_fusion", "fuse", "audit_run", "sum_faces", "check_gate", "list_stores")
QUEUED = ("squeue", "-h", "-t", "pending,running,completing", "-o", "%i")


class GoingOnSlurm(Going):
    """A run whose jobs SLURM starts: Snakemake is not their parent."""

    def __init__(self, folder: Path, cluster: Cluster):
        self.cluster = cluster
        asks = ("--slurm-init-seconds-before-status-checks", "6", "--latency-wait", "5", "--local-cores", "2")
        beside = ("--set-resources", *(f"{rule}:here=1" for rule in BESIDE))
        super().__init__(
            folder, SNAKEMAKE, "--profile", ROOT / "profiles/slurm", *asks, *beside, env=cluster.environment
        )

    def wait_for_others(self) -> None:
        """Wait until SLURM runs nothing more."""
        while self.cluster.ask(*QUEUED):
            time.sleep(0.5)
        super().wait_for_others()


def kill_slurmctld(run: GoingOnSlurm, choice: random.Random) -> bool:
    """The controller is killed, and comes back after some seconds."""
    run.cluster.kill("slurmctld")
    time.sleep(choice.uniform(1, 20))
    run.cluster.back()
    return True


def forget_jobs(run: GoingOnSlurm, choice: random.Random) -> bool:
    """The controller comes back without memory of any job."""
    run.cluster.away()
    run.cluster.back("-c")
    return True


def take_node_down(run: GoingOnSlurm, choice: random.Random) -> bool:
    """A node is taken out of service with its jobs, and given back after some seconds."""
    node = choice.choice(NODES)
    run.cluster.ask("scontrol", "update", f"nodename={node}", "state=down", "reason=chaos")
    time.sleep(choice.uniform(1, 20))
    with suppress(ClusterError):  # it has come back by itself, as its slurmd has spoken
        run.cluster.ask("scontrol", "update", f"nodename={node}", "state=resume")
    return True


def cut_power_of_node(run: GoingOnSlurm, choice: random.Random) -> bool:
    """A node loses its power with all that runs there, and starts again."""
    run.cluster.cut_power(choice.choice(NODES))
    return True


def cancel_half(run: GoingOnSlurm, choice: random.Random) -> bool:
    """Half of the jobs are cancelled."""
    jobs = run.cluster.ask(*QUEUED).split()
    for job in choice.sample(jobs, (len(jobs) + 1) // 2):
        with suppress(ClusterError):  # it has just ended
            run.cluster.ask("scancel", job)
    return bool(jobs)


OF_A_CLUSTER: tuple[Way, ...] = (cancel_half, take_node_down, cut_power_of_node, kill_slurmctld, forget_jobs)
WAYS: tuple[Way, ...] = (
    kill_job, kill_snakemake, interrupt, terminate, fill_disk, corrupt_store, cut_table, change_digit, *OF_A_CLUSTER,
)  # fmt: skip


def on(cluster: Cluster) -> Start:
    """Runs whose jobs are sent to a cluster."""
    return lambda folder: GoingOnSlurm(folder, cluster)


def main() -> int:
    """Break, finish, compare; exit status 1 where a run did not end with the same scores."""
    args = asked(__doc__)
    if reason := missing():
        sys.exit(reason)
    with tempfile.TemporaryDirectory(prefix="ferstudy-slurm-") as daemons, disk() as (folder, own):
        cluster = Cluster(Path(daemons))
        cluster.start()
        try:
            ways = [way for way in WAYS if own or way is not fill_disk]
            done = chaos(folder, on(cluster), args.runs, args.seed, ways)
        finally:
            cluster.stop()
    return int(passed(done) < len(done))


if __name__ == "__main__":
    sys.exit(main())
