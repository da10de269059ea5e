"""What other programs have set changes no result: environment variables, ~/.keras/keras.json, names of folders."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import matplotlib as mpl
import pytest
from test_folds import folds_only, make_clips

from ferstudy.bundle import archive
from ferstudy.datasets.digests import Digests
from ferstudy.errors import StudyError
from ferstudy.protocols.deal import deal
from ferstudy.protocols.linked_people import parties
from ferstudy.report import charts
from ferstudy.report.figures import bars
from ferstudy.search import journal
from ferstudy.store.write import Writer
from ferstudy.study.start import start
from ferstudy.surroundings import SET, settle
from ferstudy.tables import ledger
from ferstudy.tables.ledger import Opening
from ferstudy.training import state
from ferstudy.training.left_out import left_out
from ferstudy.whole_files import write_text

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.mark.parametrize(
    "name",
    [
        "PYTHONPATH", "PYTHONSTARTUP", "PYTHONSAFEPATH", "PYTHONOPTIMIZE", "KERAS_BACKEND", "KERAS_MAX_EPOCHS",
        "TF_ENABLE_ONEDNN_OPTS", "TF_XLA_FLAGS", "XLA_FLAGS", "JAX_ENABLE_X64", "NVIDIA_TF32_OVERRIDE",
        "OMP_NUM_THREADS", "OPENBLAS_CORETYPE", "MKL_CBWR", "NPY_DISABLE_CPU_FEATURES", "OPENCV_FFMPEG_CAPTURE_OPTIONS",
        "SKLEARN_ASSUME_FINITE", "GIT_DIR",
    ],
)  # fmt: skip
def test_what_could_change_a_result_is_removed(name):
    environment = {name: "1"}
    settle(environment)
    assert environment == SET


@pytest.mark.parametrize(
    "name", ["PATH", "HOME", "TMPDIR", "KERAS_HOME", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "SLURM_CONF",
             "TF_CPP_MIN_LOG_LEVEL", "TF_FORCE_GPU_ALLOW_GROWTH", "MPLCONFIGDIR", "HDF5_USE_FILE_LOCKING"]
)  # fmt: skip
def test_what_says_where_things_are_is_left_alone(name):
    environment = {name: "1"}
    settle(environment)
    assert environment == {name: "1", **SET}


def test_a_hash_seed_of_others_is_replaced_and_the_place_of_cuda_stays():
    environment = {"PYTHONHASHSEED": "7", "XLA_FLAGS": "--xla_gpu_autotune_level=0 --xla_gpu_cuda_data_dir=/cuda"}
    settle(environment)
    assert environment == {**SET, "XLA_FLAGS": "--xla_gpu_cuda_data_dir=/cuda"}


@pytest.mark.parametrize("name", ["a b", "it's $HOME", 'x "y" `id` $(id)', "ü;&"])
def test_a_command_finds_the_scripts_in_a_folder_of_any_name(name, monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    command = start(Path(f"/{name}/scripts")) + 'printf %s "$SCRIPTS"'
    assert subprocess.check_output(["bash", "-c", command], text=True) == f"/{name}/scripts"


@pytest.mark.parametrize(("umask", "mode"), [(0o000, 0o664), (0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_nobody_else_writes_what_a_study_makes_and_a_stricter_umask_counts(tmp_path, monkeypatch, umask, mode):
    """Results, logs, the lock of a training, the journal of a search, digests, the ledger."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    before = os.umask(umask)
    try:
        command = start(Path("/a/scripts")) + f"echo told > {tmp_path}/job.log"
        subprocess.run(["bash", "-c", command], check=True)
        write_text(tmp_path / "results/table.csv", "a\n")
        with state.locked(tmp_path / "state"):
            pass
        with journal.FileLock(tmp_path / "journal.lock"):
            pass
        Digests(tmp_path, tmp_path).save()
        ledger.append(tmp_path / "ledger.csv", Opening(*["x"] * len(Opening._fields)))
        with Writer(tmp_path / "faces.h5", (1,), "u1"):
            pass
        archive.write({"a": b"1"}, tmp_path / "bundle.zip")
    finally:
        os.umask(before)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 8
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {oct(mode)}


def test_braces_in_the_name_of_the_folder_are_refused_with_a_sentence():
    with pytest.raises(StudyError, match=r"ferstudy lies in '/a \{x\}/b': .* wildcard. Rename that folder"):
        start(Path("/a {x}/b/scripts"))


def test_a_locale_that_is_not_utf_8_is_refused_with_a_sentence(monkeypatch):
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "iso8859-1")
    with pytest.raises(StudyError, match=r"one of iso8859-1, .* Type `export PYTHONUTF8=1`"):
        start(Path("/a/scripts"))


def of_keras(code: str, **environment: str) -> str:
    """What `code` prints in a process of its own after a training's start."""
    code = f"from ferstudy.training import backend; backend.start('tensorflow', 1, 0); import keras, json; {code}"
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS), **environment}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("where", [".keras", "theirs"])
def test_weights_that_keras_has_fetched_are_found_and_nothing_is_left(where, tmp_path):
    models, temporary = tmp_path / where / "models", tmp_path / "tmp"
    temporary.mkdir()
    models.mkdir(parents=True)
    (models / "a.h5").write_text("weights")
    code = "print(open(keras.utils.get_file('a.h5', 'file:///nowhere/a.h5', cache_subdir='models')).read())"
    told = {"KERAS_HOME": str(tmp_path / where)} if where == "theirs" else {}
    assert of_keras(code, HOME=str(tmp_path), TMPDIR=str(temporary), **told) == "weights\n"
    assert list(temporary.iterdir()) == []
    assert list((tmp_path / where).iterdir()) == [models]


@pytest.mark.slow
def test_a_home_that_nobody_can_write_ends_nothing():
    assert of_keras("print(keras.config.floatx())", HOME="/dev/null") == "float32\n"


@pytest.mark.slow
def test_keras_starts_without_what_it_does_not_need_which_is_there_afterwards():
    code = """
import sys
print(sorted({"matplotlib", "pandas", "sklearn", "scipy.stats"} & set(sys.modules)))
import matplotlib.pyplot, pandas, sklearn.linear_model
table = pandas.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
network = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones")])
network.compile(loss="mse")
print(network.predict(table, verbose=0).ravel().tolist(), network.evaluate(table, table, verbose=0))
"""
    assert of_keras(code).splitlines() == ["[]", "[1.0, 2.0, 3.0, 4.0] 0.0"]


def test_what_is_left_out_cannot_be_imported_until_the_end_and_what_is_there_stays(tmp_path, monkeypatch):
    for name in ("left_here", "left_there"):
        (tmp_path / f"{name}.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    there = import_module("left_there")
    with left_out("left_here", "left_there"):
        assert find_spec("left_here") is None
        assert import_module("left_there") is there
        with pytest.raises(ImportError):
            import_module("left_here")
    with suppress(KeyError), left_out("left_here"):
        raise KeyError
    assert import_module("left_here").__file__ == str(tmp_path / "left_here.py")
    assert import_module("left_there") is there


@pytest.mark.slow
@pytest.mark.parametrize(
    "theirs",
    [
        {"floatx": "float8"},  # which Keras refuses
        {"image_data_format": "rows", "epsilon": "small", "backend": "nobody's"},
        {"floatx": "float64", "epsilon": 0.1, "backend": "jax", "image_data_format": "channels_first"},
        {"floatx": "float16", "nnx_enabled": True},
    ],
)
def test_what_a_home_says_of_keras_changes_no_layer(theirs, tmp_path):
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras/keras.json").write_text(json.dumps(theirs))
    code = (
        "k = keras.config; "
        "x = keras.layers.Conv1D(2, 1)(keras.Input((5, 1)));"
        "print(json.dumps([k.backend(), k.floatx(), k.epsilon(), k.image_data_format(), x.shape, str(x.dtype)]))"
    )
    said = json.loads(of_keras(code, HOME=str(tmp_path), KERAS_MAX_EPOCHS="1"))
    assert said == ["tensorflow", "float32", 1e-7, "channels_last", [None, 5, 2], "float32"]


def test_a_folder_for_temporary_files_may_have_a_blank_in_its_name(tmp_path, monkeypatch):
    whole = parties(make_clips(8, mean=1.2), ["label", "sex"])
    expected = deal(whole, folds_only(3), 1)
    odd, study = tmp_path / "a b", tmp_path / "study"
    odd.mkdir()
    study.mkdir()
    monkeypatch.chdir(study)
    for name in ("TMP", "TMPDIR"):
        monkeypatch.setenv(name, str(odd))
    assert deal(whole, folds_only(3), 1) == expected
    assert list(study.iterdir()) == []


def test_a_matplotlibrc_changes_no_figure(monkeypatch):
    chart = bars("x", "X", [("a", 0.5, "half")])
    expected = charts._bytes(chart, "svg")
    with mpl.rc_context({"axes.facecolor": "red", "axes.linewidth": 9, "xtick.labelsize": 30}):
        assert charts._bytes(chart, "svg") == expected
