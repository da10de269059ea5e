"""What the config leaves out by `skip`, for checks that run before there is a study.

Standard library only: this is read at every parse of the workflow.
"""


def skipped(config: dict, dataset: str, protocol: str, kind: str, name: str) -> bool:
    """Whether the model `name`, of a `kind` (architecture or fusion), does not run there."""
    return any(
        rule["dataset"] == dataset and rule.get("protocol", protocol) == protocol and rule.get(kind) == name
        for rule in config["skip"]
    )
