"""What Snakemake is told where a study cannot run: a sentence about the user's files."""

from snakemake_interface_common.exceptions import ApiError


class StudyRefused(ApiError):
    """Snakemake prints it as "Error: ..." and nothing else.

    Of any other error it names the lines of the workflow's own files on its way, as its traceback has them; none of
    them is to blame for a config.
    """

    __traceback__ = None
