"""An exported model of a linear machine on flow, made in milliseconds, for the tests of what opens it."""

import hashlib
import json
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
from completed import sections

from ferstudy.models import bundle, linear, saved_estimator
from ferstudy.models.clip import ClipInputs
from ferstudy.predict import exported

CLASSES = ["anger", "joy $x$ = <b>雪</b>"]  # a name may hold anything
FLOW = {"method": "farneback", "segment": 4, "step": 2, "keep": "sum"}
SETTINGS = {"grid": 2, "parts": 1, "start": 5, "C": 1.0}


def told(**changed) -> dict:
    """What export.json says."""
    return {
        "release": "0.1.0", "dataset": "lab", "protocol": "held", "architecture": "flow_svm", "fold": "final", "run": 0,
        "evaluated": "evaluated on clips held out", "flow": FLOW, "trim": {}, "kinds": ["flow"], "backbone": {},
        "recipe": sections({"detector": {"scale": 0.5}, "crop": {"size": 32}}), "prior": [0.5, 0.5],
        "temperature": 2.0, "threads": 1, "backend": "tensorflow", "batch": 32, "frames": {"median": 12, "longest": 12},
        "scores": {"own": {}, "study": {}}, "licences": [], **changed,
    }  # fmt: skip


@cache
def machine():
    """A fitted machine."""
    random = np.random.default_rng(1)
    clips = [
        ClipInputs(
            str(i), np.arange(3), flow=random.normal(0.1 * (i % 2), 3, (3, 8, 8, 2)).astype("f2"),
            first=np.arange(3), length=np.full(3, 3),
        )
        for i in range(12)
    ]  # fmt: skip
    return linear.fit(clips, np.arange(12) % 2, list("aabbccddeeff"), SETTINGS, 1)


def model(folder: Path, classes: list[str] | None = None, **changed) -> bytes:
    """A model.zip; `changed` are keys of its model.json."""
    described = {
        "architecture": "flow_svm", "family": "linear", "input": {}, "sampling": SETTINGS, "normalisation": {},
        "windows": {"kind": "whole", "every": 1, "overlap": {}, "shortest": 1}, "classes": classes or CLASSES,
        "versions": {"python": "3"}, **changed,
    }  # fmt: skip
    path = folder / "made.zip"
    saved_estimator.save(path, described, machine())
    return path.read_bytes()


def write(path: Path, **changed) -> Path:
    """The exported model at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exported.write(path, told(**changed), {exported.MODEL: model(path.parent), exported.CARD: b"# card"})
    return path


def planted(path: Path, more: dict[str, bytes], **changed) -> Path:
    """An exported model with other or more members, whose digests are right: its maker means harm."""
    files = {exported.MODEL: model(path.parent), exported.CARD: b"# card", **more}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    text = json.dumps({**told(), "format": exported.FORMAT, "sha256": digests, **changed})
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (*files.items(), (exported.TOLD, text.encode())):
            archive.writestr(zipfile.ZipInfo(name, bundle.TIME), content)
    return path
