"""With `--sdm apptainer`, the image of each rule: `envs/train.sif`, built of `envs/train.def`, as its `train.yaml`.

Standard library only: this is read at every parse of the workflow.
"""

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ferstudy.errors import StudyError

APPTAINER = "apptainer"


def name_images(workflow: Any, project: Path) -> None:
    """Give each rule of the workflow the image of its environment, and the images the folder of the code, `project`.

    Without `--sdm apptainer` none is named: Snakemake looks at every image that is.
    """
    settings = workflow.deployment_settings
    if any(str(method) == APPTAINER for method in settings.deployment_method):
        for rule in workflow.rules:
            if rule.conda_env is not None:
                rule.container_img = str(project / "envs" / f"{Path(str(rule.conda_env)).stem}.sif")
        settings.apptainer_args = f"{settings.apptainer_args} --bind {shlex.quote(str(project))}".strip()


def refuse_missing(jobs: Iterable[Any]) -> None:
    """Before the first job: each would fail by itself.

    Raises:
        StudyError: jobs that are to run have images that nobody has built.
    """
    images = {Path(job.container_img_url) for job in jobs if job.container_img_url}
    if missing := sorted(image for image in images if not image.is_file()):
        build = "; ".join(f"apptainer build envs/{image.name} envs/{image.stem}.def" for image in missing)
        raise StudyError(
            f"--sdm apptainer needs images that are not there; build them in {missing[0].parents[1]}: {build}"
        )
