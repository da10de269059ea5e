"""The images of `--sdm apptainer` are those of the rules' environments, and are asked for before any job."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.settings.types import DeploymentMethod, DeploymentSettings

from ferstudy.errors import StudyError
from ferstudy.study.images import name_images, refuse_missing


def workflow(*methods: DeploymentMethod, arguments: str = "") -> SimpleNamespace:
    """Two rules with an environment and one without."""
    rules = [
        SimpleNamespace(name=name, conda_env=environment, container_img=None)
        for name, environment in (("train_fold", "/x/envs/train.yaml"), ("score", "/x/envs/tables.yaml"), ("all", None))
    ]
    settings = DeploymentSettings(deployment_method=set(methods), apptainer_args=arguments)
    return SimpleNamespace(rules=rules, deployment_settings=settings)


def test_a_rule_has_the_image_of_its_environment_and_the_images_see_the_code():
    asked = workflow(DeploymentMethod.APPTAINER, arguments="--nv")
    name_images(asked, Path("/our_cöde"))
    assert [rule.container_img for rule in asked.rules] == [
        "/our_cöde/envs/train.sif",
        "/our_cöde/envs/tables.sif",
        None,
    ]
    assert asked.deployment_settings.apptainer_args == "--nv --bind '/our_cöde'"


@pytest.mark.parametrize("sign", [" ", "'", "(", "&", ",", ":"])
def test_a_folder_that_a_command_of_an_image_cannot_name_is_refused(sign, tmp_path, monkeypatch):
    """Seen with Apptainer 1.4: each of these ended every job, with words about something else."""
    with pytest.raises(StudyError, match=f"ferstudy lies in .*no .*{re.escape(sign)}.* may be in that name"):
        name_images(workflow(DeploymentMethod.APPTAINER), Path(f"/our{sign}code"))
    (tmp_path / f"my{sign}study").mkdir()
    monkeypatch.chdir(tmp_path / f"my{sign}study")
    if sign == ":":
        with pytest.raises(StudyError, match="the study lies in "):
            name_images(workflow(DeploymentMethod.APPTAINER), Path("/ours"))
    else:
        name_images(workflow(DeploymentMethod.APPTAINER), Path("/ours"))


@pytest.mark.parametrize("methods", [(), (DeploymentMethod.CONDA,)])
def test_without_apptainer_no_image_is_named(methods):
    asked = workflow(*methods)
    name_images(asked, Path("/our code"))
    assert {rule.container_img for rule in asked.rules} == {None}
    assert asked.deployment_settings.apptainer_args == ""


def test_an_image_that_a_job_needs_and_nobody_built_is_named_with_its_command(tmp_path):
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs/tables.sif").touch()
    jobs = [SimpleNamespace(container_img_url=str(tmp_path / f"envs/{name}.sif")) for name in ("train", "tables")]
    with pytest.raises(StudyError, match=r"envs/train\.sif envs/train\.def$") as caught:
        refuse_missing([*jobs, SimpleNamespace(container_img_url=None)])
    assert "tables" not in str(caught.value)
    refuse_missing(jobs[1:])
