"""What make_stills is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, folder, foreign, setting, writes


@dataclass(frozen=True, kw_only=True)
class MakeStills(Job):
    """Stills that train backbones: rendered, or read from files of the user's."""

    stills: dict[str, Any] = setting("the entry of `stills` in the config")
    file: str = foreign("a file with the user's stills", "")
    root: str = folder("a folder with the user's stills", "")
    store: str = writes("store of the pictures")
    table: str = writes("still, subject, label, role")
    rejected: str = writes("what could not be used")

    def modules(self) -> list[str]:
        return [f"ferstudy/datasets/{self.stills['adapter']}.py"] if "adapter" in self.stills else []
