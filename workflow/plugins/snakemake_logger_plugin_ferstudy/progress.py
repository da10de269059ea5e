"""What a run says while it goes on: lines for people, made of the events that Snakemake logs. No clock, no terminal."""

from collections import Counter
from dataclasses import dataclass, field

BRIEF = 240  # characters of why a job failed, while the others go on
QUIET_SECONDS = 60  # after which a line says that the run still goes on
MEND = "Mend the cause and give the same command again: it runs what failed, and what waits for it."


@dataclass
class Job:
    """One job that was started."""

    rule: str
    name: str  # its wildcards, as builtin/rotating/c3d/2/0
    log: str
    began: float

    @property
    def called(self) -> str:
        """Its rule and its wildcards."""
        return f"{self.rule} {self.name}".rstrip()


@dataclass
class Progress:
    """The state of a run. `means` are seconds per job of a rule, measured in earlier runs."""

    means: dict[str, float] = field(default_factory=dict)
    planned: Counter = field(default_factory=Counter)  # jobs by rule
    done: Counter = field(default_factory=Counter)
    total: int = 0  # jobs in all, once one is done: a checkpoint may add some, or find that some need not run
    targets: int = 0  # 1 where one of them is the target, which does nothing
    seconds: dict[str, list[float]] = field(default_factory=dict)  # of the jobs of this run, by rule
    told: dict[int, Job] = field(default_factory=dict)  # jobs of which Snakemake has said what they are
    running: dict[int, Job] = field(default_factory=dict)
    failed: dict[int, tuple[Job, str]] = field(default_factory=dict)  # with the last line of the log
    interrupted: bool = False
    ending: bool = False  # by SIGTERM: what runs is waited for, and nothing more is started
    last: float = 0.0  # when a line was said
    widest: int = 1  # jobs that went on side by side

    def plan(self, jobs: dict[str, int], now: float) -> str:
        """The jobs of each rule that are to run; more may follow, once it is known who the people are."""
        self.planned = Counter({rule: number for rule, number in jobs.items() if rule not in ("total", "all")})
        self.targets = jobs.get("all", 0)
        total, self.last = sum(self.planned.values()), now
        return f"{total} {'job' if total == 1 else 'jobs'} to run" if total else ""

    def start(self, number: int, rule: str, wildcards: dict, log: list[str], now: float) -> None:
        """A job that starts."""
        name = "/".join(str(value) for value in wildcards.values())
        self.told[number] = self.running[number] = Job(rule, name, log[0] if log else "", now)
        self.widest = max(self.widest, len(self.running))

    def finish(self, number: int, now: float) -> str:
        """A job that has ended well: a line when it was the last of its rule, or when nothing was said for long."""
        job = self.running.pop(number, None) or self.told.get(number)
        if job is None or job.rule == "all":
            return ""
        self.done[job.rule] += 1
        again = self.failed.pop(number, None) is not None  # a profile may try a job once more
        self.seconds.setdefault(job.rule, []).append(now - job.began)
        going_on = any(other.rule == job.rule for other in self.running.values())
        whole = self.done[job.rule] >= self.planned[job.rule] and not going_on
        if again and not whole:
            return f"   AGAIN   {job.called}: done at another attempt"
        if not whole and now - self.last < QUIET_SECONDS:
            return ""
        self.last = now
        of = max(self.planned[job.rule], self.done[job.rule])
        return f"{self.counts():>9}  {job.rule:<18} {self.done[job.rule]} of {of}{self._tail(now)}"

    def count(self, total: int) -> None:
        """Snakemake has counted its jobs anew."""
        self.total = total - self.targets

    def fail(self, number: int, rule: str, log: list[str], last_line: str) -> str:
        """A job that has failed; one that was broken off with the run has not."""
        job = self.running.pop(number, None) or self.told.get(number) or Job(rule, "", log[0] if log else "", 0.0)
        if self.interrupted:
            return ""
        self.failed[number] = (job, last_line)
        if len(last_line) > BRIEF:  # the end of the run has it whole
            last_line = f"{last_line[:BRIEF].rpartition(' ')[0]} … (all of it at the end)"
        return f"   FAILED  {job.called}: {last_line or 'its log says why'}"

    def counts(self) -> str:
        """How many of all jobs are done, as "12/63"."""
        done = sum(self.done.values())
        return f"{done}/{max(self.total or sum(self.planned.values()), done)}"

    def status(self, now: float, width: int) -> str:
        """What is going on in one line of at most `width` characters; what counts stands first."""
        if self.interrupted or self.ending:
            line = f"{self.counts()} done   stopping, waiting for {self._rules() or 'the last jobs'}"
        else:
            line = f"{self.counts()} done{self._tail(now)}"
        return line if len(line) <= width else f"{line[: max(0, width - 1)]}…"

    def _rules(self) -> str:
        """The rules whose jobs go on."""
        going_on = Counter(job.rule for job in list(self.running.values()))
        return ", ".join(f"{rule} {n}" if n > 1 else rule for rule, n in sorted(going_on.items()))

    def _tail(self, now: float) -> str:
        left, rules = self.left(now), self._rules()
        parts = [f"about {minutes(left)} left"] if left else []
        parts += [f"{len(self.failed)} failed"] if self.failed else []
        parts += [f"running: {rules}"] if rules else []
        return f"   {'   '.join(parts)}" if parts else ""

    def left(self, now: float) -> float:
        """Seconds that are left, if as many jobs go on side by side as did; 0 where a rule to come was never measured.

        What runs counts by what is left of it.
        """
        if sum(self.done.values()) >= self.total > 0:
            return 0.0
        whole = 0.0
        for rule, number in self.planned.items():
            own = self.seconds.get(rule)
            mean = sum(own) / len(own) if own else self.means.get(rule)
            rest = max(0, number - self.done[rule])
            if rest and mean is None:
                return 0.0
            spent = [now - job.began for job in list(self.running.values()) if job.rule == rule]
            whole += rest * (mean or 0.0) - sum(min(seconds, mean or 0.0) for seconds in spent)
        return whole / self.widest

    def end(self) -> list[str]:
        """What the run ends with: the jobs that failed, each with its log and the log's last line."""
        stopped = "interrupted" if self.interrupted else "ended early on request" if self.ending else ""
        goes_on = [f"{stopped}; the same command goes on where it stopped"] if stopped else []
        if not self.failed:
            return goes_on
        lines = [f"{len(self.failed)} {'job' if len(self.failed) == 1 else 'jobs'} failed:"]
        for job, line in self.failed.values():
            lines += [f"  {job.called}: {line or 'its log says why'}", f"    {job.log}"]
        return [*lines, *(goes_on or [MEND])]


def minutes(seconds: float) -> str:
    """Seconds as a person says them: "40 s", "12 min", "3.5 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
