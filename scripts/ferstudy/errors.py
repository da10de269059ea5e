"""The error that a person is meant to read."""


class StudyError(Exception):
    """Something the user can put right. The text says what was found, what was expected and what to do."""


# How a training begins its last sentence that had SIGTERM and saved what it had.
TOLD_TO_END = "told to end (SIGTERM)"
