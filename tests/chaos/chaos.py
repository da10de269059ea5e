"""Break runs of a small study at random places, finish them, and compare their scores with an undisturbed run.

    PYTHONPATH=scripts:tests python tests/chaos/chaos.py --runs 100 --seed 1

Every broken run must end with the same SHA-256 of scores and predictions. On this machine jobs, Snakemake or all of
them are killed, a run is interrupted, files may not grow, the disk is filled (where this program may mount one), and
of a run that was interrupted a store is corrupted, or a table cut off or given another digit, then found and deleted
as `make verify` says.
A run is broken while it runs its n-th job, n drawn among the jobs of an undisturbed run, however busy the machine is.
The jobs begin in a Python that has imported the libraries (tests/warm_python.py), so that most of a job is its work.
"""

import argparse
import hashlib
import math
import os
import random
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil
from warm_python import WarmPython

from ferstudy.surroundings import settle

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "tests/cluster/config.yaml"
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
COMPARED = ("results/scores/**/*.csv", "results/fused/**/*.csv", "results/report/data/[ps]*.csv")
LIMIT = 900  # s, of one run of the study
DISK_MB = 400  # the study takes 20
OTHERS = ("state", "logs", "benchmarks", "synthetic")  # below results: what is no file of a job's
SMALL = 20_000  # bytes, of a file
BREAKS = 2  # in each run, at most
INTO = 3  # s, into a job, at most
# Snakemake starts jobs by the Python that it takes itself for.
BY = "import sys; from snakemake.cli import main; sys.executable = sys.argv.pop(1); main()"


class Broken(NamedTuple):
    """One run of the study that was broken: how, and how it ended."""

    breaks: tuple[str, ...]
    seconds: float  # until it was finished
    ended: bool  # the last, undisturbed call succeeded
    same: bool  # with the scores and predictions of the undisturbed run


class Going:
    """A run of the study that goes on, with all its jobs."""

    def __init__(self, folder: Path, *command: str | Path, env: dict[str, str] | None = None):
        self.folder = folder
        self.log = (folder / "chaos.log").open("a")
        self.met = set()
        command += ("-s", ROOT / "workflow/Snakefile", "--directory", folder)
        self.process = subprocess.Popen(
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            start_new_session=True,
            # A shell has its background jobs ignore Ctrl-C, and they their children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def jobs(self) -> list[psutil.Process]:
        """The processes of the project's scripts that work in its folder, be they of an earlier run."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied):
                ours = any(part.startswith(str(ROOT / "scripts")) for part in process.cmdline())
                if ours and process.cwd() == str(self.folder):
                    found.append(process)
        return found

    def goes_on(self) -> bool:
        """Whether Snakemake has not ended."""
        return self.process.poll() is None

    def wait_for_job(self, number: float) -> int:
        """Wait until the run's job of this number has begun, or the run has ended; how many have begun."""
        while len(self.met) < number and self.goes_on():
            self.met.update(job.pid for job in self.jobs())
            time.sleep(0.05)
        return len(self.met)

    def end(self) -> int:
        """Wait until Snakemake has ended; its exit status."""
        status = self.process.wait(LIMIT)
        self.log.close()
        return status

    def wait_for_others(self) -> None:
        """Wait for the jobs of earlier runs, which live on after a kill."""
        while self.jobs():
            time.sleep(0.1)


Start = Callable[[Path], Going]  # starts a run of the study in a folder


def here(python: Path) -> Start:
    """Runs on this machine, whose jobs begin in `python`."""
    return lambda folder: Going(folder, sys.executable, "-c", BY, python, "--profile", ROOT / "profiles/local")


# ---- ways to break a run; each returns whether there was anything to break
def kill_job(run: Going, choice: random.Random) -> bool:
    """SIGKILL to one job, as the kernel does when memory is short."""
    jobs = run.jobs()
    if jobs:
        with suppress(psutil.NoSuchProcess):
            choice.choice(jobs).kill()
    return bool(jobs)


def kill_snakemake(run: Going, choice: random.Random) -> bool:
    """SIGKILL to Snakemake alone: its jobs live on, and the next run meets them."""
    run.process.kill()
    return True


def kill_all(run: Going, choice: random.Random) -> bool:
    """SIGKILL to everything at once: the power is cut."""
    everything = [run.process.pid, *(child.pid for child in psutil.Process(run.process.pid).children(recursive=True))]
    for pid in everything:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return True


def interrupt(run: Going, choice: random.Random) -> bool:
    """Ctrl-C."""
    os.killpg(run.process.pid, signal.SIGINT)
    return True


def terminate(run: Going, choice: random.Random) -> bool:
    """SIGTERM to Snakemake, as at a shutdown."""
    run.process.terminate()
    return True


def fill_disk(run: Going, choice: random.Random) -> bool:
    """No space is left for some seconds."""
    filler = run.folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 20))
    time.sleep(choice.uniform(2, 6))
    filler.unlink()
    return True


def limit_files(run: Going, choice: random.Random) -> bool:
    """What starts in the next seconds may write no large file, as where a quota is used up."""
    snakemake = psutil.Process(run.process.pid)
    without = snakemake.rlimit(resource.RLIMIT_FSIZE)
    snakemake.rlimit(resource.RLIMIT_FSIZE, (SMALL, without[1]))
    time.sleep(choice.uniform(2, 6))
    with suppress(psutil.NoSuchProcess):
        snakemake.rlimit(resource.RLIMIT_FSIZE, without)
    return True


def corrupt_store(run: Going, choice: random.Random) -> bool:
    """A byte of a store is another one."""
    return _damage(run, choice, "h5", lambda content: _flipped(content, choice))


def cut_table(run: Going, choice: random.Random) -> bool:
    """A table ends within a line."""
    return _damage(run, choice, "csv", lambda content: content.rstrip()[:-3])


def change_digit(run: Going, choice: random.Random) -> bool:
    """A digit of a table is another one: it is as readable as before."""
    return _damage(run, choice, "csv", lambda content: _other_digit(content, choice))


def _other_digit(content: bytes, choice: random.Random) -> bytes:
    """Of a table that has a digit: one of a header alone has none."""
    digits = [place for place, sign in enumerate(content) if chr(sign).isdigit()]
    if not digits:
        return content
    place = choice.choice(digits)
    return content[:place] + str(9 - int(content[place : place + 1])).encode() + content[place + 1 :]


def _flipped(content: bytes, choice: random.Random) -> bytes:
    """In the second half, where the frames lie."""
    place = choice.randrange(len(content) // 2, len(content))
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


def _damage(run: Going, choice: random.Random, kind: str, change: Callable[[bytes], bytes]) -> bool:
    """Interrupt the run, damage one of its files, and do what `make verify` says of it."""
    interrupt(run, choice)
    run.end()
    results = run.folder / "results"
    found = sorted(
        path
        for path in results.glob(f"*/**/*.{kind}")
        if path.relative_to(results).parts[0] not in OTHERS and path.stat().st_size > 100
    )
    if found:
        path = choice.choice(found)
        path.write_bytes(change(path.read_bytes()))
        verify = [sys.executable, ROOT / "scripts/verify_study.py", "--directory", run.folder]
        said = subprocess.run(verify, capture_output=True, text=True, check=False, timeout=LIMIT).stderr
        for line in said.splitlines():
            if line.startswith("  rm -r -- "):
                for name in shlex.split(line)[3:]:
                    whole = run.folder / name
                    shutil.rmtree(whole) if whole.is_dir() else whole.unlink()
    return bool(found)


Way = Callable[[Going, random.Random], bool]
WAYS: tuple[Way, ...] = (
    kill_job, kill_snakemake, kill_all, interrupt, terminate, fill_disk, limit_files, corrupt_store, cut_table,
    change_digit,
)  # fmt: skip


def digest(folder: Path) -> str:
    """The SHA-256 of the study's scores and predictions, by name and content."""
    whole = hashlib.sha256()
    for path in sorted(path for pattern in COMPARED for path in folder.glob(pattern)):
        whole.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def undisturbed(folder: Path, start: Start) -> tuple[str, int]:
    """The digest of a run that nobody breaks, and how many jobs it runs."""
    run = start(folder)
    jobs = run.wait_for_job(math.inf)
    if run.end():
        raise SystemExit(f"the undisturbed run failed: see {folder}/chaos.log")
    return digest(folder), jobs


def broken(folder: Path, start: Start, expected: str, jobs: int, choice: random.Random, ways: Sequence[Way]) -> Broken:
    """Start the study, break it once or several times while it runs one of its `jobs`, finish it."""
    begin, told = time.monotonic(), []
    for _ in range(choice.randint(1, BREAKS)):
        run = start(folder)
        begun = run.wait_for_job(choice.randint(1, max(1, jobs)))
        time.sleep(choice.uniform(0, INTO))
        way = choice.choice(ways)
        if run.goes_on() and way(run, choice):
            told.append(way.__name__)
        run.end()
        unlock(folder)
        jobs -= begun
    last = start(folder)
    ended = last.end() == 0
    last.wait_for_others()
    return Broken(tuple(told), time.monotonic() - begin, ended, digest(folder) == expected)


def unlock(folder: Path) -> None:
    """What a user does after a kill."""
    command = [SNAKEMAKE, "-s", ROOT / "workflow/Snakefile", "--directory", folder, "--unlock"]
    subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=LIMIT)


def started(folder: Path) -> WarmPython:
    """The Python of the jobs, in a folder of its own."""
    environment = dict(os.environ)
    settle(environment)
    (folder / "warm").mkdir()
    return WarmPython(folder / "warm", environment)


def study_in(folder: Path) -> Path:
    """A fresh study."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "config").mkdir(parents=True)
    shutil.copy(CONFIG, folder / "config/config.yaml")
    return folder


def chaos(place: Path, start: Start, runs: int, seed: int, ways: Sequence[Way]) -> list[Broken]:
    """Break `runs` studies below `place`; prints a line for each, and what came of all."""
    choice = random.Random(seed)
    expected, jobs = undisturbed(study_in(place / "undisturbed"), start)
    print(f"undisturbed: {jobs} jobs, {expected[:12]}", flush=True)
    done = []
    for number in range(1, runs + 1):
        folder = study_in(place / str(number))
        done.append(one := broken(folder, start, expected, jobs, choice, ways))
        said = "same scores" if one.same else "OTHER SCORES" if one.ended else "NOT FINISHED"
        print(f"{number}/{runs}: {', '.join(one.breaks) or 'nothing'}: {said}, {one.seconds:.0f} s", flush=True)
        if one.ended and one.same:
            shutil.rmtree(folder)
    counts = Counter(way for one in done for way in one.breaks)
    print(f"{passed(done)} of {len(done)} ended with the same scores and predictions; " + ", ".join(
        f"{way} {number}" for way, number in sorted(counts.items())))  # fmt: skip
    return done


def passed(done: list[Broken]) -> int:
    """How many ended with the scores of the undisturbed run."""
    return sum(one.ended and one.same for one in done)


@contextmanager
def disk() -> Iterator[tuple[Path, bool]]:
    """A folder, and whether it is a small disk of its own, which can be filled."""
    with tempfile.TemporaryDirectory(prefix="ferstudy-chaos-") as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "ferstudy-chaos", folder]
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
        if not mounted:
            print("no disk can be mounted here, so none is filled (needs root)")
        try:
            yield Path(folder), mounted
        finally:
            if mounted:
                subprocess.run(["umount", "-l", folder], check=True)


def asked(what: str) -> argparse.Namespace:
    """What the command line says of `what`."""
    parser = argparse.ArgumentParser(description=what, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> int:
    """Break, finish, compare; exit status 1 where a run did not end with the same scores."""
    args = asked(__doc__)
    with disk() as (folder, own):
        warm = started(folder)
        try:
            ways = [way for way in WAYS if own or way is not fill_disk]
            done = chaos(folder, here(warm.python), args.runs, args.seed, ways)
        finally:
            warm.end()
    return int(passed(done) < len(done))


if __name__ == "__main__":
    sys.exit(main())
