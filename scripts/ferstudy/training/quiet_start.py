"""Importing TensorFlow without the greeting that no setting of it turns off."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from ferstudy.video.captured_stderr import CapturedStderr

# It says twice at each start that results may differ in the last bits from those of TF_ENABLE_ONEDNN_OPTS=0.
GREETING = re.compile(
    rb"^(WARNING: All log messages before absl::InitializeLog\(\) |I\d{4} .*\] oneDNN custom operations are on\.).*\n?",
    re.MULTILINE,
)


@contextmanager
def without_greeting() -> Iterator[None]:
    """Within this block, what is printed waits until its end, and what TensorFlow greets with is left out of it."""
    captured = CapturedStderr()
    try:
        with captured:
            yield
    finally:
        os.write(2, GREETING.sub(b"", captured.text))
