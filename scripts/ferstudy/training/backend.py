"""Choosing Keras's backend, its threads and its seed, before anything of it is imported."""

import atexit
import importlib.metadata
import os
import platform
import shutil
import tempfile
from functools import cache
from pathlib import Path

from ferstudy.surroundings import settle
from ferstudy.training.left_out import left_out
from ferstudy.training.quiet_start import without_greeting

# Of Keras, whatever it is by default. A training notes them in run.json.
SETTINGS = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}
# Imported by Keras and TensorFlow where they are installed, for galleries of pictures, wrappers and tables that no job
# of ours uses: a third of the time and a fifth of the memory of a start.
UNUSED = ("matplotlib", "pandas", "sklearn")


def choose(backend: str, threads: int) -> None:
    """Set what the backend reads from the environment; nothing of Keras may be imported yet.

    Thread counts are part of a result: they come from the study's settings, and never from the machine or from
    Snakemake's {threads}.
    """
    settle(os.environ)
    os.environ["KERAS_BACKEND"], os.environ["KERAS_HOME"] = backend, _home_of_keras()
    os.environ["KERAS_NNX_ENABLED"] = "0"
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = str(threads)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # leaves out the list of processor features, no warning
    if backend == "jax":
        os.environ["XLA_FLAGS"] = (
            f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()} intra_op_parallelism_threads={threads}"
        )


def start(backend: str, threads: int, seed: int) -> None:
    """Import the backend with its threads fixed, deterministic operations and all seeds set."""
    choose(backend, threads)
    with left_out(*UNUSED), without_greeting():
        import keras
    if backend == "tensorflow":
        import tensorflow

        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
        tensorflow.config.experimental.enable_op_determinism()
    for name, value in SETTINGS.items():
        getattr(keras.config, f"set_{name}")(value)
    keras.utils.set_random_seed(seed % 2**31)


@cache
def _home_of_keras() -> str:
    """A folder of this process without a keras.json, in which Keras would read anything, even what it then refuses.

    Its `models` are those of the user's own folder, lest weights be fetched again.
    """
    own = tempfile.mkdtemp(prefix="keras-")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    try:
        weights = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras", "models").absolute()
        weights.mkdir(parents=True, exist_ok=True)
        Path(own, "models").symlink_to(weights)
    except (OSError, RuntimeError):  # a home that cannot be written, or none: Keras fetches them into this folder
        pass
    return own


def versions(*packages: str) -> dict[str, str]:
    """The versions of Python and of those `packages` that are installed."""
    installed = {"python": platform.python_version()}
    for package in packages:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return installed
