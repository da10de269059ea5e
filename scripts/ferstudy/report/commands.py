"""Commands that make a part of the page again, written as README writes them: without paths of any machine."""

import shlex

from ferstudy import paths
from ferstudy.report.records import ModelResults, Results

START = '.venv/bin/snakemake -s workflow/Snakefile --directory ../my_study --profile "$PWD/profiles/local"'


def row_command(results: Results, own: ModelResults) -> str:
    """The command that makes the scores of a model on a dataset under a protocol, with all that they are made of.

    It is typed in the folder of ferstudy; ../my_study stands for the folder of the study. A combination of a pattern
    has no file of its own: the command makes those of the pattern. Empty where the study plans no such scores.
    """
    target = paths.scores(own.dataset, own.protocol, own.planned)
    return f"{START} -- {shlex.quote(target)}" if _planned(results, own) else ""


def _planned(results: Results, own: ModelResults) -> bool:
    cell = (own.dataset, own.protocol, own.planned)
    beside = {(*pair, name) for pair in results.study.pairs for name in results.study.controls}
    return cell in {other[:3] for other in (*results.study.cells, *results.study.trained)} | beside
