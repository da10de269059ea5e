"""Write a trained model in a format of devices, and measure it against the model: size, seconds, answers, UAR."""

import importlib.metadata
import json
import logging
import shutil
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ferstudy.command import run
from ferstudy.convert import agreement, latency, refused
from ferstudy.convert.reading import Reading
from ferstudy.convert.sample_arrays import padded, shapes
from ferstudy.errors import StudyError
from ferstudy.jobs.convert_model import ConvertModel
from ferstudy.models import bundle
from ferstudy.tables import clips as clips_table
from ferstudy.training import backend, cost
from ferstudy.whole_files import write_text

log = logging.getLogger(__name__)
NEEDED = {
    "onnx": ("onnx", "onnxruntime", "tf2onnx"),
    "openvino": ("onnx", "onnxruntime", "openvino", "tf2onnx"),
    "litert": ("ai_edge_litert",),
}


def main(job: ConvertModel) -> None:
    """Convert, measure and write."""
    folder = Path(job.folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    described = bundle.describe(job.model)
    found = _estimator() if "trusted_types" in described else _converted(job, described, folder)
    if found["error"]:
        log.warning("%s", found["error"])
        shutil.rmtree(folder)
        folder.mkdir()
    cell = [job.dataset, job.protocol, job.architecture, job.fold, job.run]
    told = {"cell": cell, "format": job.form, "precision": job.precision, "code": job.code, **found}
    write_text(job.out, json.dumps(told, indent=1, sort_keys=True) + "\n")


def _estimator() -> dict[str, Any]:
    return {"error": refused.ESTIMATOR}


def _converted(job: ConvertModel, described: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What was measured of a network."""
    _require_tools(job.form)
    backend.start("tensorflow", 1, seed=0)  # its exporters are complete, and it runs what JAX has trained
    from ferstudy.convert.fixed import fixed  # these import Keras, which must find its threads set
    from ferstudy.models import saved_network

    network = saved_network.load(job.model)
    family, form = (import_module(f"ferstudy.{name}") for name in (f"models.{job.family}", f"convert.{job.form}_form"))
    table = clips_table.read(job.clips)
    read = Reading(job, table, family, described)
    wanted = shapes([*read.judged.inputs, *read.calibration, *read.longest])
    calibration = [padded(batch, wanted) for batch in read.calibration]
    try:
        form.write(fixed(network, calibration[0]), folder, job.precision, calibration)
        answer = form.reader(folder)
        converted = np.concatenate([answer(padded(batch, wanted)) for batch in read.judged.inputs])
    except Exception as error:  # converters and runtimes raise what their parsers raise
        log.warning("%s: %s", type(error).__name__, error)
        return {"error": refused.sentence(job.form, error)}
    if not np.isfinite(converted).all():
        return {"error": f"the file of {refused.NAMES[job.form]} answers with what are no numbers, so it is not kept"}
    original = np.concatenate([network.predict_on_batch(batch) for batch in read.judged.inputs])
    pair = [read.by_clip(samples) for samples in (original, converted)]
    clip = read.typical()
    whole = [padded(batch, wanted) for batch in clip]
    spent = latency.in_turns(
        [lambda: [network.predict_on_batch(batch) for batch in clip], lambda: [answer(batch) for batch in whole]]
    )
    return {
        "error": "",
        **_files(folder, job.model),
        "inputs": {
            name: {"shape": list(each.shape), "dtype": str(each.dtype)} for name, each in calibration[0].items()
        },
        "classes": described["classes"],
        "calibrated_on": len(calibration) if job.precision == "int8" else 0,
        "judged_on": read.role,
        "latency": {"samples": len(clip), "original": spent[0], "converted": spent[1]},
        "agreement": agreement.agreement(*(np.stack(list(own.values())) for own in pair)),
        "uar": agreement.scored(read.test, pair[1], table, job.evaluation) if read.role == "test" else {},
        "versions": {name: importlib.metadata.version(name.replace("_", "-")) for name in ("keras", *NEEDED[job.form])},
        **cost.machine(),
    }


def _require_tools(form: str) -> None:
    if missing := [name for name in NEEDED[form] if not find_spec(name)]:
        raise StudyError(
            f"{refused.NAMES[form]} is written with {', '.join(missing)}, which is not installed: run `make "
            "venv` and `make export-tools`, or take the format out of export_formats"
        )


def _files(folder: Path, model: str) -> dict[str, Any]:
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    return {"files": sizes, "bytes": sum(sizes.values()), "original_bytes": Path(model).stat().st_size}


if __name__ == "__main__":
    sys.exit(run(main, ConvertModel))
