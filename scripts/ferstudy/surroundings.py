"""The environment variables that jobs see: what could change a result is removed or set, whoever set it before.

Not `command.py`, which all jobs import: a line more in this list repeats the trainings, and no extraction.
"""

import re
from collections.abc import MutableMapping

# Left alone: what says where things are, how much is logged, and which processors there are.
KEPT = re.compile(r"KERAS_HOME|TF_CPP_\w+|TF_FORCE_GPU_ALLOW_GROWTH|TF_GPU_ALLOCATOR|JAX_PLATFORMS|GIT_SSL_\w+")
REMOVED = re.compile(
    r"(PYTHON|KERAS_|TF_|XLA_|JAX_|OPENCV_|NPY_|SCIPY_|SKLEARN_|OMP_|KMP_|GOMP_|MKL_|OPENBLAS_|BLIS_|GIT_)\w+"
    r"|NVIDIA_TF32_OVERRIDE"
)
SET = {
    "PYTHONNOUSERSITE": "1",  # packages of ~/.local would come before those of a rule's environment
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",  # names of files are UTF-8 in every locale
}
CUDA = "--xla_gpu_cuda_data_dir="  # where CUDA lies: of the flags, the one that changes no result


def settle(environment: MutableMapping[str, str]) -> None:
    """Take out of `environment` what others have set for Python, Keras and the libraries below, and put in ours."""
    cuda = [flag for flag in environment.get("XLA_FLAGS", "").split() if flag.startswith(CUDA)]
    for name in list(environment):
        if REMOVED.fullmatch(name) and not KEPT.fullmatch(name):
            del environment[name]
    environment.update(SET, **({"XLA_FLAGS": " ".join(cuda)} if cuda else {}))
