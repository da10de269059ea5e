"""Choosing Keras's backend, its threads and its seed, before anything of it is imported."""

import importlib.metadata
import os
import platform

from ferstudy.surroundings import settle

# Of Keras, whatever ~/.keras/keras.json says. A training notes them in run.json.
SETTINGS = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}


def choose(backend: str, threads: int) -> None:
    """Set what the backend reads from the environment; nothing of Keras may be imported yet.

    Thread counts are part of a result: they come from the study's settings, and never from the machine or from
    Snakemake's {threads}.
    """
    settle(os.environ)
    os.environ["KERAS_BACKEND"] = backend
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
    if backend == "tensorflow":
        import tensorflow

        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
        tensorflow.config.experimental.enable_op_determinism()
    import keras

    for name, value in SETTINGS.items():
        getattr(keras.config, f"set_{name}")(value)
    keras.utils.set_random_seed(seed % 2**31)


def versions(*packages: str) -> dict[str, str]:
    """The versions of Python and of those `packages` that are installed."""
    installed = {"python": platform.python_version()}
    for package in packages:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return installed
