"""What happens before the first job: the environment that all jobs see, and the beginning of their shell commands."""

import os
import shlex
import sys
from pathlib import Path

from ferstudy import paths
from ferstudy.command import put_python_on_path
from ferstudy.errors import StudyError
from ferstudy.provenance import gates
from ferstudy.study import files, network_files
from ferstudy.study.grid import Study
from ferstudy.surroundings import settle
from ferstudy.training import finished

OTHERS_WRITE = 0o002  # whatever umask is set: who else is on the machine writes no result, lock or state of a study


def start(scripts: Path) -> str:
    """Settle the environment, and return what goes before the command of every rule.

    Raises StudyError where Snakemake cannot work in this folder or this locale.
    """
    if set("{}") & set(str(scripts)):
        raise StudyError(
            f"ferstudy lies in {str(scripts.parent)!r}: Snakemake takes a name in braces for a wildcard. Rename that "
            "folder, or move ferstudy to another one"
        )
    if sys.getfilesystemencoding() != "utf-8":
        raise StudyError(
            f"the locale is one of {sys.getfilesystemencoding()}, in which names of files are other ones than in the "
            "jobs. Type `export PYTHONUTF8=1`, and then the command again"
        )
    put_python_on_path()
    settle(os.environ)
    os.umask(os.umask(OTHERS_WRITE) | OTHERS_WRITE)
    # SLURM sends SIGTERM to a job's command and to the shell around it, which has to wait: a training saves its epoch.
    return f"set -euo pipefail; trap : TERM; SCRIPTS={shlex.quote(str(scripts))}; "


def begin(study: Study) -> None:
    """What the main process does once: forget what gates of an earlier run said, and say what there is to choose."""
    sys.stderr.writelines(f"{line}\n" for line in network_files.sentences(study.backbones))
    gates.forget(files.gates(study))


def end() -> None:
    """What the main process does once all is made: only then is no second copy of a training kept."""
    finished.forget(Path(paths.STATE))
