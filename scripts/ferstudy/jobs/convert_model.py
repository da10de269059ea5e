"""What convert_model is told."""

from dataclasses import dataclass
from typing import Any

from ferstudy.jobs.evaluated import SCORED
from ferstudy.jobs.job import Job, reads, setting, table, writes


@dataclass(frozen=True, kw_only=True)
class ConvertModel(Job):
    """Write a trained model in a format of devices, and measure it against the model."""

    dataset: str = setting("name of the dataset")
    protocol: str = setting("the protocol whose model it is")
    architecture: str = setting("name of the architecture")
    family: str = setting("module of ferstudy/models")
    fold: str = setting("deploy, else final, else the first fold")
    run: int = setting("the first run")
    form: str = setting("onnx, openvino or litert")
    precision: str = setting("float32, float16 or int8")
    kinds: list[str] = setting("kinds of stores that it reads")
    evaluation: dict[str, Any] = setting("how differences are tested: resamples, flips, seed")
    model: str = reads("model.zip of the training")
    record: str = reads("run.json of the training")
    predictions: str = reads("what it predicted; empty for a model that is tested on nothing", "")
    clips: str = table("the clips table", columns=SCORED)
    folds: str = table("the fold table")
    faces: list[str] = reads("stores of crops", [])
    flow: list[str] = reads("stores of flow", [])
    features: list[str] = reads("stores of features", [])
    landmarks: list[str] = reads("stores of landmarks", [])
    out: str = writes("what was measured (JSON)")
    folder: str = writes("the model's files; empty where the format cannot express it")

    def modules(self) -> list[str]:
        return [f"ferstudy/models/{self.family}.py", f"ferstudy/convert/{self.form}_form.py"]
