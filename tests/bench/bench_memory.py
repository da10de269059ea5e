"""Peak memory of the two networks that read whole clips, at the thesis's full size: 16 clips of 100x160x160x3 a step.

The architectures are those of config/studies/thesis_bu4dfe.yaml: their `micro_batch` splits a batch into parts with the
gradient of the whole. One epoch of one step, then the prediction of a whole batch, by the functions that the workflow's
jobs call, in a process of its own on one thread. `python bench_memory.py` prints the lines alone.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PRESET = ROOT / "config/studies/thesis_bu4dfe.yaml"
NAMES = ("c3d", "convlstm")
LIMIT = 20_000  # MB that a job of such a network may take
CLASSES = 6


def architecture(name: str) -> dict:
    """The entry of the preset."""
    return yaml.safe_load(PRESET.read_text(encoding="utf-8"))["architectures"][name]


def measure(name: str) -> dict[str, float]:
    """Peak MB before the first step, after a step, and after predicting as many clips; in a process of its own."""
    from ferstudy.training import backend

    backend.start("tensorflow", 1, 1)
    from importlib import import_module

    import numpy as np
    from families import whole

    from ferstudy.models.clip import ClipInputs
    from ferstudy.training.clip_samples import ClipSamples, gather
    from ferstudy.training.fit import Task, at_once, fit, predict, prepare
    from ferstudy.training.loop import complete

    entry = architecture(name)
    family, settings = import_module(f"ferstudy.models.{entry['family']}"), whole(entry["family"], entry["settings"])
    training = {**entry["training"], "epochs": 1}
    rng, frames, side = np.random.default_rng(0), settings["length"], settings["size"]
    clips = {
        str(i): ClipInputs(
            str(i), np.arange(frames), faces=rng.integers(0, 256, (frames, side, side, 3), dtype="uint8")
        )
        for i in range(training["batch"])
    }
    data = gather(family, list(clips), np.arange(len(clips)) % CLASSES, clips, settings)
    nobody = ClipSamples(np.zeros(0, int), [], np.zeros(0, int))
    task = Task(family, settings, complete(training), CLASSES, data, nobody, np.full(CLASSES, 1 / CLASSES), 1)
    network, _ = prepare(task)
    before = peak()
    fit(network, task)
    trained = peak()
    predict(network, task, data, at_once(training))
    return {"before": before, "trained": trained, "predicted": peak()}


def peak() -> float:
    """The most memory (MB) that this process has held; a process of Linux starts at 0, unlike with getrusage."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


def lines() -> list[dict]:
    """What `make bench` writes down: the limit against the peak."""
    return [line for name in NAMES for line in _lines(name)]


def _lines(name: str) -> list[dict]:
    entry = architecture(name)
    settings, training = entry["settings"], entry["training"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}/scripts{os.pathsep}{ROOT}/tests", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, __file__, name]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    size = f"{settings['length']}x{settings['size']}x{settings['size']}x3"
    about = f"peak memory: {name}, {training['batch']} clips of {size}"
    before = f"{found['before']:.0f} MB before the first step; the baseline is the limit"
    return [
        _against(f"{about}: a training step, {training['micro_batch']} at once", found["trained"], before),
        _against(f"{about}: then predicting them, {training['micro_batch']} at once", found["predicted"], before),
    ]


def _against(name: str, found: float, quality: str) -> dict:
    return {
        "name": name, "baseline": LIMIT, "ours": found, "ratio": LIMIT / found, "unit": "MB", "quality": quality
    }  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(measure(sys.argv[1])))
    else:
        for each in lines():
            print(json.dumps(each))
