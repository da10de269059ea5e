"""Rules whose jobs run beside Snakemake and in no allocation of their own, where the profile says so (decision 103).

`set-resources: {score: {here: 1}}` in a profile for a cluster makes `score` a local rule, as `localrules:` would in
the workflow. Standard library only: this is read at every parse of the workflow.
"""

from typing import Any

HERE = "here"


def run_here(workflow: Any) -> None:
    """Make those rules local, once all are there; 0 is as nothing said."""
    workflow.localrules(*(rule.name for rule in workflow.rules if _is_set(rule.resources)))


def _is_set(resources: Any) -> bool:
    return HERE in resources and bool(resources[HERE].value)
