"""What make_synthetic is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.job import Job, setting, writes


@dataclass(frozen=True, kw_only=True)
class MakeSynthetic(Job):
    """Render a dataset of built-in faces."""

    render: dict[str, Any] = setting("the dataset's `render`: layout, people, clips_per_class, frames, size, seed, ...")
    classes: list[str] = setting("names of the classes")
    root: str = setting("folder of the videos")
    truth: str = writes("store of the true intensities")

    def modules(self) -> list[str]:
        return [f"ferstudy/synthetic/layouts/{self.render['layout']}.py"]
