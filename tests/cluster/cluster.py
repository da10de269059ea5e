"""A real SLURM on one machine: munge, accounting in MariaDB, one controller, a node with GPUs and three without.

Everything lies in one folder and is ended by its own process ids, and trusts only its own munge key. Needs root
and the Debian packages of `PACKAGES`. By hand:

    python tests/cluster/cluster.py start|stop|status FOLDER
"""

import argparse
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

PACKAGES = "munge slurmctld slurmd slurm-client slurmdbd mariadb-server"
PROGRAMS = ("munged", "mariadbd", "mariadb-install-db", "slurmdbd", "slurmctld", "slurmd", "sbatch", "sacctmgr")
SYSTEM = Path("/etc/slurm")
CONFIGS = ("slurm.conf", "gres.conf", "cgroup.conf")
ASIDE = ".before-ferstudy"
NODES = ("n1", "n2", "n3", "n4")
GPUS = 4

SLURM = """
ClusterName=ferstudy
SlurmctldHost={host}({address})
SlurmctldPort={ctld}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CredType=cred/munge
StateSaveLocation={folder}/slurmctld
SlurmdSpoolDir={folder}/slurmd-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd-%n.log
# Listen where the name of this machine points to, not on every interface.
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
# Accounting, with GPUs and with the comment, in which Snakemake writes the rule.
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort={dbd}
AccountingStoragePass={folder}/munge.sock
AccountingStorageTRES=gres/gpu
AccountingStoreFlags=job_comment
# Memory is sampled, and a job above its limit is killed: without cgroups nothing else would do it.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=2
JobAcctGatherParams=OverMemoryKill
# squeue must remember finished jobs until Snakemake has asked.
MinJobAge=300
OverTimeLimit=0
KillWait=2
SlurmctldTimeout=30
SlurmdTimeout=20
MessageTimeout=10
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_min_interval=2000,batch_sched_delay=1,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
GresTypes=gpu
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
# Nodes may announce more than this machine has.
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname={host} NodeAddr={address} Port={n1} CPUs=8 RealMemory=16000 Gres=gpu:a100:{gpus}
NodeName=n2 NodeHostname={host} NodeAddr={address} Port={n2} CPUs=8 RealMemory=16000
NodeName=n3 NodeHostname={host} NodeAddr={address} Port={n3} CPUs=8 RealMemory=16000
NodeName=n4 NodeHostname={host} NodeAddr={address} Port={n4} CPUs=8 RealMemory=16000
# Without DefMemPerCPU a job that asks for no memory takes a whole node.
PartitionName=cpu Nodes=n2,n3 Default=YES MaxTime=2-00:00:00 DefaultTime=10 DefMemPerCPU=500
PartitionName=gpu Nodes=n1 MaxTime=1-00:00:00 DefaultTime=10 DefMemPerCPU=500
# A node that one partition lends until another wants it.
PartitionName=spare Nodes=n4 MaxTime=1-00:00:00 DefaultTime=10 DefMemPerCPU=500 PriorityTier=1 GraceTime=6
PartitionName=urgent Nodes=n4 MaxTime=1-00:00:00 DefaultTime=10 DefMemPerCPU=500 PriorityTier=2 PreemptMode=OFF
"""

SLURMDBD = """
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
DbdHost=localhost
DbdPort={dbd}
# As above: 127.0.0.1, and not every interface.
CommunicationParameters=NoInAddrAny
SlurmUser=root
LogFile={folder}/log/slurmdbd.log
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm_acct
"""


class ClusterError(Exception):
    """The cluster cannot be started, and why."""


def missing() -> str:
    """Why no cluster can be started here; "" where one can."""
    if os.geteuid() != 0:
        return "a test cluster needs root"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"no {', '.join(absent)}: apt-get install --no-install-recommends {PACKAGES}" if absent else ""


class Cluster:
    """A cluster with all its files in `folder`."""

    def __init__(self, folder: Path):
        self.folder = Path(folder).resolve()

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which sbatch, squeue, sacct and snakemake reach this cluster."""
        return {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf")}

    def start(self) -> None:
        """Start all daemons and wait until all nodes are idle; on failure nothing stays behind."""
        if reason := missing():
            raise ClusterError(reason)
        _refuse_a_second()
        try:
            self._configure()
            self._link()
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the jobs, then the daemons, and give /etc/slurm back."""
        if _alive(self._pid("slurmctld")):
            self._try("scancel", "--user=root", "--signal=KILL")
            self._try("scancel", "--user=root")
            _wait(lambda: not self._try("squeue", "-h"), 15)
        for name in (*(f"slurmd-{node}" for node in NODES), "slurmctld", "slurmdbd", "mariadbd", "munged"):
            _end(self._pid(name))
        for pid in _processes_of_jobs():  # scancel does not reach a job of a node that is down
            _end(pid)
        self._unlink()

    def ask(self, *command: str) -> str:
        """Run a command of SLURM and return what it prints."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise ClusterError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def away(self) -> None:
        """End slurmctld and accounting alone: jobs live on, and no command of SLURM is answered."""
        for name in ("slurmctld", "slurmdbd"):
            _end(self._pid(name))

    def back(self, *options: str) -> None:
        """Start both again and wait until they answer; with `-c` slurmctld has forgotten all jobs."""
        self._daemon("slurmdbd", MYSQL_UNIX_PORT=f"{self.folder}/mysql.sock")
        self._daemon("slurmctld", *options)
        if not _wait(lambda: bool(self._try("sinfo", "-h")), 30):
            raise ClusterError(f"slurmctld does not answer; see {self.folder}/log")

    def kill(self, name: str) -> None:
        """SIGKILL to a daemon."""
        _kill([self._pid(name)])

    def cut_power(self, node: str) -> None:
        """All that runs on a node is gone at once; then it starts again, and says that it has just started."""
        jobs = self.ask("squeue", "-h", "-w", node, "-o", "%A").split()
        self.kill(f"slurmd-{node}")
        _kill(_keepers_of_jobs(jobs))  # before the jobs: nobody tells how they ended
        _kill(_processes_of_jobs(node))
        self._daemon("slurmd", "-N", node, "-b")

    def _try(self, *command: str) -> str:
        try:
            return self.ask(*command)
        except (ClusterError, subprocess.TimeoutExpired):
            return ""

    def _configure(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("", "log", "slurmctld", "mysql", "dev"):
            (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o755)
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(128))
        host = socket.gethostname()
        values = {
            "folder": self.folder,
            "host": host.split(".")[0],
            "address": socket.gethostbyname(host),
            "gpus": GPUS,
        }
        ports = ("ctld", "dbd", *NODES)
        values |= dict(zip(ports, _free_ports(values["address"], len(ports)), strict=True))
        (self.folder / "slurm.conf").write_text(SLURM.format(**values))
        database = self.folder / "slurmdbd.conf"
        database.touch(mode=0o600)
        database.write_text(SLURMDBD.format(**values))
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        (self.folder / "gres.conf").write_text("".join(map(self._gpu, range(GPUS))))

    def _gpu(self, number: int) -> str:
        """A line of gres.conf: slurmd refuses GPUs without a device file, and any character device will do."""
        device = self.folder / f"dev/gpu{number}"
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        return f"NodeName=n1 Name=gpu Type=a100 File={device}\n"

    def _link(self) -> None:
        """Put the configuration where SLURM looks without SLURM_CONF, which the plugin's job step drops."""
        SYSTEM.mkdir(exist_ok=True)
        for name in CONFIGS:
            place = SYSTEM / name
            if place.exists() and not _is_ours(place):
                place.rename(place.with_name(name + ASIDE))
            place.unlink(missing_ok=True)
            place.symlink_to(self.folder / name)

    def _unlink(self) -> None:
        for name in CONFIGS:
            place = SYSTEM / name
            if place.is_symlink() and place.readlink() == self.folder / name:
                place.unlink()
                if (aside := place.with_name(name + ASIDE)).exists():
                    aside.rename(place)

    def _start(self) -> None:
        folder, log = self.folder, self.folder / "log"
        self._daemon(
            "munged", "--force", f"--key-file={folder}/munge.key", f"--socket={folder}/munge.sock",
            f"--pid-file={folder}/munged.pid", f"--log-file={log}/munged.log", f"--seed-file={folder}/munge.seed",
        )  # fmt: skip
        self._start_database()
        self._daemon("slurmdbd", MYSQL_UNIX_PORT=f"{folder}/mysql.sock")
        _wait(lambda: "ferstudy" in self._try("sacctmgr", "-i", "-n", "list", "cluster") or self._register(), 20)
        self._daemon("slurmctld")
        for node in NODES:
            self._daemon("slurmd", "-N", node)
        if not _wait(lambda: set(self._try("sinfo", "-h", "-N", "-t", "idle", "-o", "%N").split()) == {*NODES}, 30):
            raise ClusterError(f"the nodes do not become idle; see {log}")

    def _register(self) -> bool:
        """Make the cluster known to the accounting, before the controller starts."""
        self._try("sacctmgr", "-i", "add", "cluster", "ferstudy")
        return False

    def _start_database(self) -> None:
        """MariaDB with a socket and no port."""
        folder, sock = self.folder, f"--socket={self.folder}/mysql.sock"
        common = ("--no-defaults", "--user=root", f"--datadir={folder}/mysql")
        self._daemon("mariadb-install-db", *common, "--auth-root-authentication-method=normal")
        with (folder / "log/mariadbd.log").open("w") as log:
            subprocess.Popen(
                ["mariadbd", *common, sock, f"--pid-file={folder}/mariadbd.pid", "--skip-networking",
                 "--innodb-buffer-pool-size=64M", "--innodb-lock-wait-timeout=900"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        if not _wait(lambda: self._answers("mariadb", "--no-defaults", sock, "-e", "select 1"), 30):
            raise ClusterError(f"MariaDB does not answer; see {folder}/log/mariadbd.log")

    def _answers(self, *command: str) -> bool:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0

    def _daemon(self, *command: str, **environment: str) -> None:
        """Run a program that goes into the background by itself."""
        with (self.folder / "log" / f"{command[0]}.start.log").open("a") as log:
            done = subprocess.run(
                command,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=60,
                check=False,
            )
        if done.returncode:
            raise ClusterError(f"{command[0]} does not start; see {log.name}")

    def _pid(self, name: str) -> int:
        """The process id of a daemon; 0 where it never ran, or another program has got its number since."""
        try:
            pid = int((self.folder / f"{name}.pid").read_text())
            return pid if Path(f"/proc/{pid}/comm").read_text().strip() == name.partition("-")[0] else 0
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return 0


def _refuse_a_second() -> None:
    """There is one /etc/slurm/slurm.conf, so there is one test cluster at a time."""
    place = SYSTEM / "slurm.conf"
    if _is_ours(place):
        folder = place.readlink().parent
        if _alive(Cluster(folder)._pid("slurmctld")):
            raise ClusterError(f"another test cluster runs; end it with: python tests/cluster/cluster.py stop {folder}")


def _is_ours(place: Path) -> bool:
    """Whether a file in /etc/slurm is a link made by a test cluster, perhaps one that is gone."""
    return place.is_symlink() and (not place.exists() or (place.readlink().parent / "munge.key").exists())


def _free_ports(address: str, count: int) -> list[int]:
    """Ports of an address of this machine that nobody uses."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((address, 0))
        return [each.getsockname()[1] for each in sockets]


def _alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return bool(pid) and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _processes_of_jobs(node: str = "") -> list[int]:
    """The processes that a test cluster has started, on one node or all; there is one cluster at a time."""
    sought = f"SLURMD_NODENAME={node}" if node else "SLURM_CLUSTER_NAME=ferstudy"
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended, or belongs to somebody else
            if sought.encode() in place.read_bytes().split(b"\0"):
                found.append(int(place.parent.name))
    return found


def _keepers_of_jobs(jobs: list[str]) -> list[int]:
    """The processes of SLURM, one for each step of a job, that tell how it ended."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if place.read_text().startswith(tuple(f"slurmstepd: [{job}." for job in jobs)):
                found.append(int(place.parent.name))
    return found


def _kill(pids: list[int]) -> None:
    for pid in filter(_alive, pids):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _wait(lambda: not any(map(_alive, pids)), 5)


def _end(pid: int) -> None:
    for sign, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        if _alive(pid):
            os.kill(pid, sign)
            _wait(lambda: not _alive(pid), seconds)


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until a condition holds; False where it does not in time."""
    end = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return bool(holds)


def main() -> None:
    """Start, stop or show a cluster by hand."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["start", "stop", "status"])
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    cluster = Cluster(args.folder)
    try:
        if args.command == "start":
            cluster.start()
            print(f"export SLURM_CONF={cluster.folder}/slurm.conf")
        elif args.command == "stop":
            cluster.stop()
        else:
            print(cluster.ask("sinfo", "-N", "-o", "%N %P %T %c %m %G"))
    except ClusterError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
