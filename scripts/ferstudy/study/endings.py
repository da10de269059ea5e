"""Why a job ended, and what its next attempt is given: decided from what SLURM, its accounting and its log say.

Standard library only: this is read at every parse of the workflow.
"""

import errno
import os
import re
from typing import NamedTuple

from ferstudy.command import SYSTEM
from ferstudy.errors import TOLD_TO_END

NEAR = 0.8  # of the memory asked for: SLURM samples it, and a job that grew beyond in between was killed for it


class Kind(NamedTuple):
    """What follows from a reason."""

    again: bool = True
    free: bool = False  # whether the next attempt uses up none of the profile's `retries`
    grows: str = ""  # the resource of which the next attempt gets more
    bound: int = 1  # free attempts after this reason; 0 for any number


MEMORY = Kind(grows="mem_mb")
TIME = Kind(grows="runtime")
PREEMPTED = Kind(free=True, bound=0)
NODE = Kind(free=True, bound=5)
# Who cancels a job twice wants it gone.
CANCELLED = Kind(free=True, bound=1)
LOST = Kind(free=True, bound=3)
UNSENT = Kind(free=True, bound=4)
ONCE_MORE = Kind()
FINAL = Kind(again=False)


class Ending(NamedTuple):
    """Why a job ended, in a sentence for people that says where it is a guess."""

    kind: Kind
    sentence: str


# What SLURM calls the state of a job that has ended.
STATES = {
    "OUT_OF_MEMORY": Ending(MEMORY, "it needed more memory than it had asked for"),
    "TIMEOUT": Ending(TIME, "its time was over"),
    "DEADLINE": Ending(TIME, "its deadline was over"),
    "NODE_FAIL": Ending(NODE, "its node failed"),
    "BOOT_FAIL": Ending(NODE, "its node did not start"),
    "PREEMPTED": Ending(PREEMPTED, "it was preempted"),
    "CANCELLED": Ending(CANCELLED, "it was cancelled"),
    "FORGOTTEN": Ending(LOST, "SLURM knows it no longer, and its files are not there"),
}
# What a file server says once may be over a minute later; all else that a job says of itself stays true.
PASSING = (errno.ESTALE, errno.EIO, errno.ETIMEDOUT, errno.ENOTCONN, errno.ESHUTDOWN)


class Known(NamedTuple):
    """What SLURM and its accounting know of a job."""

    state: str = ""  # of the job itself; "" where no SLURM ran it, or nobody knows
    steps: tuple[str, ...] = ()  # the states of its steps
    used_mb: float = 0.0  # the peak of the step that used most; 0 where unknown
    preempted: bool = False  # it was told to go, also where it then ended by itself and counts as FAILED


def ending(known: Known, said: str, asked_mb: float) -> Ending:
    """Why a job ended.

    `said` is the sentence with which the job's own log ends ("" where it ends without one), `asked_mb` the memory that
    it had asked for (0 where nobody knows).
    """
    if known.state in STATES and not known.preempted:
        return STATES[known.state]
    if known.preempted:
        return STATES["PREEMPTED"]
    if any(step.startswith("OUT_OF_ME") for step in known.steps):
        return STATES["OUT_OF_MEMORY"]
    if said:
        return _by_its_own_words(said)
    if not known.used_mb or not asked_mb:
        return Ending(MEMORY, "it was killed without a word; that it lacked memory is a guess")
    peak = f"the {known.used_mb:,.0f} MB that it was seen to use of {asked_mb:,.0f} MB"
    if known.used_mb >= NEAR * asked_mb:
        return Ending(MEMORY, f"it was killed without a word; by {peak}, it lacked memory")
    return Ending(ONCE_MORE, f"it was killed without a word, and not for its memory by {peak}")


def _by_its_own_words(said: str) -> Ending:
    if said.startswith(TOLD_TO_END):
        return Ending(PREEMPTED, said)
    if said.startswith(SYSTEM[errno.ENOMEM]) or f"{os.strerror(errno.ENOMEM)}:" in said:
        return Ending(MEMORY, said)
    if any(f"{os.strerror(code)}: {SYSTEM[code]}" in said for code in PASSING):
        return Ending(ONCE_MORE, said)
    return Ending(FINAL, said)


def last_words(log: str, rule: str) -> str:
    """The sentence with which a script ends its log (`ferstudy.command.run`); "" where it ends without one."""
    lines = [line for line in log.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    return last.removeprefix(f"{rule}.py: ") if last.startswith(f"{rule}.py: ") else ""


def read_sacct(text: str) -> Known:
    """From `sacct -P -n -o JobID,State,MaxRSS`, e.g. `7|FAILED|` and `7.0|FAILED|1024K`."""
    rows = [line.split("|") for line in text.splitlines() if line.count("|") == 2]
    whole = [state.split()[0] for number, state, _ in rows if "." not in number and state]
    steps = [state for number, state, _ in rows if "." in number]
    # A job that was requeued has a row for each time that it ran; the last one counts.
    return Known(whole[-1] if whole else "", tuple(steps), max((megabytes(used) for *_, used in rows), default=0.0))


def read_scontrol(text: str) -> Known:
    """From `scontrol show job`, which answers without accounting, for some minutes after a job's end."""
    state = re.search(r"\bJobState=(\w+)", text)
    return Known(state[1] if state else "", preempted=bool(re.search(r"\bPreemptTime=\d", text)))


def megabytes(amount: str) -> float:
    """An amount of memory as SLURM writes it: `812K`, `1.50G`, `700M`; 0 for what is no amount."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)[cn]?", amount.strip())
    return float(found[1]) * {"": 2**-20, "K": 2**-10, "M": 1, "G": 2**10, "T": 2**20}[found[2]] if found else 0.0
