"""How every script of the workflow starts and ends."""

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable

from ferstudy.errors import StudyError


def run(main: Callable[[], None]) -> int:
    """Run a script's `main`; return its exit status. The last line of a failed job's log says what to do."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        main()
    except BrokenPipeError:  # whoever read the output has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except StudyError as error:
        print(f"{os.path.basename(sys.argv[0])}: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        traceback.print_exc()
        print(
            f"{os.path.basename(sys.argv[0])}: unexpected {type(error).__name__}: {error}. "
            "This is a defect of ferstudy, not of your data: please report it with this log.",
            file=sys.stderr,
        )
        return 1
    return 0


def settings(text: str) -> dict:
    """An argparse type: a JSON object, as the rules pass the settings of a job."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, found {text[:60]}")
    return value


def sources(paths: list[str], keys: list[str]) -> list[tuple[str, str, int, str]]:
    """(architecture, fold, run, path) of each file, as a command line names them: keys "architecture/fold/run"."""
    if len(paths) != len(keys):
        raise StudyError(f"{len(paths)} files of validation rows but {len(keys)} keys; each file needs its key")
    parts = [key.split("/") for key in keys]
    return [
        (architecture, fold, int(run.removeprefix("run")), path)
        for (architecture, fold, run), path in zip(parts, paths, strict=True)
    ]
