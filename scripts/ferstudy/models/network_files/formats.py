"""The formats of network files, told by their endings. Standard library only: this is read at every parse."""

from pathlib import PurePath

MODULES = {"keras": "keras_file", "onnx": "onnx_file", "tflite": "tflite_file", "savedmodel": "saved_model"}
ENDINGS = {".keras": "keras", ".h5": "keras", ".hdf5": "keras", ".onnx": "onnx", ".tflite": "tflite", "": "savedmodel"}


def format_of(path: str) -> str:
    """The format of a file by its ending, a folder's is savedmodel; empty where the ending tells nothing."""
    return ENDINGS.get(PurePath(path).suffix.lower(), "")


def module_of(name: str) -> str:
    """The module that reads the format called `name`."""
    return f"ferstudy.models.network_files.{MODULES[name]}"
