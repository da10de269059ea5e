"""Why there is no file: a sentence of what a converter said."""

import re

from ferstudy.errors import StudyError

NAMES = {"onnx": "ONNX", "openvino": "OpenVINO", "litert": "LiteRT"}
LONGEST = 200
# How TensorFlow's converter, onnxruntime and OpenVINO name an operation that they do not have.
LACKING = (
    r"'tf\.(\w+)' op is neither",
    r"invalid model\. In Node, \(\"[^\"]*\", (\w+),",
    r"-- (\w+)-\d+ with a message",
    r"rule found for operations: (\w+)-\d+",
)
ESTIMATOR = "a scikit-learn estimator is no network, and this format is written of networks alone"


def sentence(form: str, error: Exception) -> str:
    """What a converter raised, in one line: operations that the format lacks, else the first line of its message."""
    if isinstance(error, StudyError):
        return str(error)
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lacking = list(dict.fromkeys(name for pattern in LACKING for name in re.findall(pattern, text)))
    if lacking:
        return f"{NAMES[form]} has no operation for {', '.join(lacking)}"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = re.sub(r"(/[\w.-]+)+", "a file", lines[0] if lines else "without a word")
    return f"{NAMES[form]} cannot express this network ({type(error).__name__}: {said[:LONGEST]})"
