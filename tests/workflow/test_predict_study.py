"""No skew: what a study has predicted of its test clips is what predict_video says of the same films."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import own_process
import pytest

from ferstudy import paths
from ferstudy.study.modules import families
from ferstudy.tables import clips, predictions, trims

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a study of every family, and that of what its exported models say of its test clips.

    In a process of its own: a backend starts once, with the threads of whoever is first.
    """
    folder, away = tmp_path_factory.mktemp("study"), tmp_path_factory.mktemp("away")
    tests = Path(own_process.__file__).parent
    found = os.pathsep.join(map(str, (tests, tests.parent / "scripts")))
    command = [sys.executable, own_process.__file__, folder, away]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": found}, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return folder, away


def test_every_family_and_every_kind_of_input_is_in_the_study(whole):
    folder, away = whole
    assert {entry["family"] for entry in own_process.FAMILIES.values()} == set(families())
    assert sorted(path.stem for path in (away / "models").iterdir()) == sorted(
        [*own_process.FAMILIES, *own_process.FUSIONS]
    )
    cut = [row for row in trims.read(folder / paths.trimmed("mine", "crop32", 0, "csv")) if row.decision == "trimmed"]
    assert cut  # trimming is on the way


@pytest.mark.parametrize("name", own_process.FAMILIES)
def test_a_model_predicts_its_test_clips_as_in_the_study(whole, name):
    _compare(whole, name, own_process.tested(whole[0], name))


@pytest.mark.parametrize("name", own_process.FUSIONS)
def test_a_fusion_in_one_file_predicts_its_test_clips_as_in_the_study(whole, name):
    stored = predictions.read(whole[0] / paths.fused("mine", "held", name, "csv"))
    _compare(whole, name, stored.where((stored.fold == "final") & (stored.role == "test")))


def _compare(whole, name, stored):
    folder, away = whole
    film = {clip.clip: Path(clip.path).name for clip in clips.read(folder / paths.clips("mine"))}
    with open(away / "out" / name / "answers.csv", newline="", encoding="utf-8") as table:
        found = {Path(row["video"]).name: row for row in csv.DictReader(table)}
    answers = np.array([[float(found[film[clip]][f"p:{label}"]) for label in stored.classes] for clip in stored.clip])
    assert len(stored) == 4
    assert stored.covered.all()
    assert np.abs(answers - stored.probabilities).max() < 1e-4
    assert np.ptp(stored.probabilities[:, 0]) > 1e-6  # clips have different answers, so there is something to miss
