"""A correction of Snakemake 9.27: a run that is told to end (SIGTERM) ends, at whatever moment it is told.

A signal is handled by the main thread, between two steps of what it is doing. Snakemake's handler waits there for the
scheduler's lock. Where it is the main thread that holds the lock, as while it counts which jobs have ended, nobody will
ever free it: the run hangs until it is killed, and all that it has finished since waits with it. So the handler's work
is done by a thread of its own, which gets the lock as soon as it is free.
"""

from threading import Thread
from typing import Any


def hear_at_once() -> None:
    """Make SIGTERM end the runs of the process that this is called in; calling it twice changes nothing more."""
    from snakemake.scheduling.job_scheduler import JobScheduler

    if hasattr(JobScheduler, "_exit_when_free"):
        return
    JobScheduler._exit_when_free = JobScheduler.exit_gracefully

    def exit_gracefully(scheduler: Any, *_: Any) -> None:
        scheduler._user_kill = "graceful"  # at once: no further job starts
        Thread(target=scheduler._exit_when_free, daemon=True).start()

    JobScheduler.exit_gracefully = exit_gracefully
