"""What the jobs of the workflow find around them."""

import os
import sys


def put_python_on_path() -> None:
    """Put this interpreter's folder first on PATH: an unactivated virtual environment has no `python` there.

    Conda's activation, where it is used, comes later and wins.
    """
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
