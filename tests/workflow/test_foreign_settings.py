"""A training in a hostile environment and a usual one: the same bytes."""

import json
import shutil

import pytest
import tiny

pytestmark = pytest.mark.slow

TRAINED = "results/predictions/filmed/held/lstm/0/run0.csv"


def test_what_others_have_set_changes_no_byte(make_project, tmp_path):
    project = make_project(tmp_path / "project")
    tiny.film(project.study / "videos")
    project.edit("study/config/config.yaml", "shards: 2", "shards: 1")  # no process here shares its imports
    project.run(TRAINED)
    expected = (project.study / TRAINED).read_bytes()
    shutil.rmtree(project.study / "results")
    home, foreign, temporary = (tmp_path / name for name in ("home", "foreign", "a b"))
    for folder in (home / ".keras", foreign / "ferstudy", temporary):
        folder.mkdir(parents=True)
    theirs = {"floatx": "float8", "epsilon": 0.1, "backend": "jax", "image_data_format": "channels_first"}
    (home / ".keras/keras.json").write_text(json.dumps(theirs))
    for name in ("ferstudy/__init__", "h5py", "cv2", "keras"):
        (foreign / f"{name}.py").write_text("raise SystemExit('of somebody else')")
    done = project.snakemake(
        TRAINED,
        environment={
            "HOME": str(home), "PYTHONPATH": str(foreign), "TMPDIR": str(temporary), "KERAS_BACKEND": "jax",
            "PYTHONHASHSEED": "7", "PYTHONSAFEPATH": "1", "PYTHONOPTIMIZE": "2", "OMP_NUM_THREADS": "7", "LC_ALL": "C",
            "TF_ENABLE_ONEDNN_OPTS": "0", "OPENCV_IPP": "disabled", "NPY_DISABLE_CPU_FEATURES": "AVX2",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    assert (project.study / TRAINED).read_bytes() == expected
    record = json.loads((project.study / "results/models/filmed/held/lstm/0/run0/run.json").read_text())
    assert record["keras"] == {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}
