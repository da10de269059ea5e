"""With `--sdm apptainer`, the image of each rule: `envs/train.sif`, built of `envs/train.def`, as its `train.yaml`.

Standard library only: this is read at every parse of the workflow.
"""

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ferstudy.errors import StudyError

APPTAINER = "apptainer"
# Snakemake writes the path of an image into a command as it is, and Apptainer ends a path at a comma or a colon.
UNFIT, UNFIT_STUDY = re.compile(r"[^\w@%+=./-]"), re.compile(":")


def name_images(workflow: Any, project: Path) -> None:
    """Give each rule of the workflow the image of its environment, and the images the folder of the code, `project`.

    Without `--sdm apptainer` none is named: Snakemake looks at every image that is.

    Raises:
        StudyError: a folder has a name that the command of an image cannot give.
    """
    settings = workflow.deployment_settings
    if any(str(method) == APPTAINER for method in settings.deployment_method):
        for what, folder, unfit in (("ferstudy", project, UNFIT), ("the study", Path.cwd(), UNFIT_STUDY)):
            if sign := unfit.search(str(folder)):
                raise StudyError(
                    f"{what} lies in {str(folder)!r}: with --sdm apptainer no {sign[0]!r} may be in that name. Rename "
                    "the folder, or move it to another one"
                )
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
