"""Commands that make again what the page shows, as README.md writes them: to be run in the folder of ferstudy."""

import shlex

from ferstudy import paths
from ferstudy.report.records import ModelResults, Results

CONFIG = "config/config.yaml"  # which the workflow reads unless it is told of another


def row_command(results: Results, own: ModelResults) -> str:
    """The command that makes the scores of one model on one dataset and protocol, and all that they need."""
    # The page does not name a folder of the machine that made it: the study is where README.md has it.
    other = results.config_path != CONFIG and not results.public
    config = f" --configfile {shlex.quote(results.config_path)}" if other else ""
    target = shlex.quote(paths.scores(own.dataset, own.protocol, own.model))
    return (
        '.venv/bin/snakemake -s workflow/Snakefile --directory ../my_study --profile "$PWD/profiles/local"'
        f"{config} -- {target}"
    )
