"""The error that a person is meant to read."""


class StudyError(Exception):
    """Something the user can put right. The text says what was found, what was expected and what to do."""
