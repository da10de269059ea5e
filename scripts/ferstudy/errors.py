"""The error that a person is meant to read, and what the operating system has said where it comes in other words."""

import re


class StudyError(Exception):
    """Something the user can put right. The text says what was found, what was expected and what to do."""


# How a training begins its last sentence that had SIGTERM and saved what it had.
TOLD_TO_END = "told to end (SIGTERM)"


def number_of(error: BaseException) -> int:
    """The system's number of an error; HDF5 tells of it in words, in errors of any kind; 0 where there is none."""
    found = re.search(r"\berrno = (\d+)", str(error))
    return getattr(error, "errno", None) or (int(found[1]) if found else 0)
