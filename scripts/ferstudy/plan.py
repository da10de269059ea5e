"""What the page's job is told, as JSON: the completed config and the digest of each architecture's training code.

Standard library only: it is made at every parse of the workflow.
"""

from ferstudy.study.grid import Study


def plan(study: Study, config_path: str, code: dict[str, str]) -> dict:
    """The plan of a study; what jobs need of a machine is left out, since it makes no other page."""
    sections = {
        section: {
            name: {key: value for key, value in entry.items() if key != "needs"}
            for name, entry in study.config[section].items()
        }
        for section in ("architectures", "backbones")
    }
    return {"config": {**study.config, **sections}, "config_path": config_path, "code": code}
