"""The file of an exported fusion: the files of its members as they are, and what joins them."""

import hashlib
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ferstudy.errors import StudyError
from ferstudy.evaluation.fusion import METHODS, combine
from ferstudy.models import bundle
from ferstudy.predict import exported
from ferstudy.predict.exported import Exported
from ferstudy.predict.safe_model import read_json
from ferstudy.predict.safe_zip import members
from ferstudy.whole_files import replacing

FORMAT = 1
TOLD = "fusion.json"
NAMES = r"fusion\.json|member[0-9]{1,3}\.zip"
KEYS: dict[str, type | tuple[type, ...]] = {
    "format": int, "release": str, "dataset": str, "protocol": str, "architecture": str, "fold": str, "run": int,
    "evaluated": str, "scores": dict, "method": str, "classes": list, "members": list, "weights": list,
    "temperatures": list, "learned": dict, "temperature": (float, type(None)), "sha256": dict,
}  # fmt: skip


class Joined(NamedTuple):
    """What joins the members of a fusion, see evaluation.fusion: `weights` (members,), their temperatures or ()."""

    method: str
    weights: np.ndarray
    temperatures: tuple[float, ...] = ()
    learned: dict[str, Any] | None = None
    temperature: float | None = None  # of the joined answer
    name: str = ""
    evaluated: str = ""


def is_fusion(path: Path) -> bool:
    """Whether the file at `path` says that it is a fusion; whether it is a sound one, `opened` finds."""
    try:
        with zipfile.ZipFile(path) as archive:
            return TOLD in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def write(path: str | Path, told: dict[str, Any], files: list[bytes]) -> None:
    """Write the members' `files` and fusion.json, which is `told` and their digests.

    Raises StudyError where anybody who opens it would refuse it.
    """
    named = {f"member{number}.zip": content for number, content in enumerate(files)}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in named.items()}
    text = json.dumps({**told, "format": FORMAT, "sha256": digests}, indent=1, sort_keys=True, ensure_ascii=False)
    with replacing(path) as temporary:
        with zipfile.ZipFile(temporary, "w") as archive:
            for name, content in (*named.items(), (TOLD, text.encode())):
                archive.writestr(zipfile.ZipInfo(name, bundle.TIME), content)
        with tempfile.TemporaryDirectory() as folder:
            opened(temporary, Path(folder))


def opened(path: Path, folder: Path) -> tuple[list[Exported], Joined]:
    """The members of the fusion at `path`, each opened by `exported.opened` below `folder`, and what joins them.

    Raises StudyError, with what is wrong, for a file that was edited, damaged, made by another release or planted.
    """
    found = members(path, str(path), NAMES)
    told = read_json(found.pop(TOLD, b""), f"{path}: {TOLD}")
    _check(path, told, found)
    models = []
    for number in range(len(found)):
        member = folder / f"member{number}.zip"
        member.write_bytes(found[member.name])
        (folder / str(number)).mkdir()
        models.append(exported.opened(member, folder / str(number)))
    for model in models:
        if model.classes != told["classes"]:
            raise StudyError(f"{path}: {model.name} has other classes than the fusion; do not use this file")
    joined = Joined(
        told["method"],
        np.array(told["weights"], float),
        tuple(told["temperatures"]),
        told["learned"] or None,
        told["temperature"],
        f"{told['dataset']}/{told['architecture']}",
        told["evaluated"],
    )
    _try(path, joined, len(models), len(told["classes"]))
    return models, joined


def _check(path: Path, told: dict[str, Any], found: dict[str, bytes]) -> None:
    if told.get("format") != FORMAT:
        raise StudyError(
            f"{path}: has the format {told.get('format')!r} of release {told.get('release')!r}, and this release reads "
            f"format {FORMAT}; use the release that made it, or export the fusion again"
        )
    for key, kind in KEYS.items():
        if key not in told or not isinstance(told[key], kind):
            raise StudyError(f"{path}: {TOLD} says nothing sound of {key!r}; do not use this file")
    texts = [told[key] for key in ("release", "dataset", "protocol", "architecture", "fold", "evaluated")]
    count, temperatures = len(told["members"]), told["temperatures"]
    numbers = [*told["weights"], *temperatures]
    sound = {
        "text": all(isinstance(each, str) and each.isprintable() for each in (*texts, *told["members"])),
        "method": told["method"] in METHODS,
        "weights": len(told["weights"]) == count and len(temperatures) in (0, count),
        "numbers": all(isinstance(each, int | float) and 0 <= each < 1e3 for each in numbers) and 0 not in temperatures,
        "temperature": told["temperature"] is None or 0 < told["temperature"] < 1e3,
    }
    for what, good in sound.items():
        if not good:
            raise StudyError(f"{path}: {TOLD} says nothing sound of {what}; do not use this file")
    listed = {f"member{number}.zip" for number in range(count)}
    if not count or not found.keys() == listed == told["sha256"].keys():
        raise StudyError(f"{path}: its members are not those that {TOLD} lists; do not use this file")
    for name, content in found.items():
        if hashlib.sha256(content).hexdigest() != told["sha256"].get(name):
            raise StudyError(f"{path}: {name} was edited or damaged, its SHA-256 is not the one noted; fetch it again")


def _try(path: Path, joined: Joined, count: int, classes: int) -> None:
    """Join answers that say nothing: what a machine has learned has to fit the number of members and classes."""
    learned = joined.learned or {}
    if "left" in learned and not all(
        node < child < len(learned["left"]) or child < 0
        for side in ("left", "right")
        for node, child in enumerate(learned.get(side, []))
    ):
        raise StudyError(f"{path}: its tree has no end; do not use this file")
    try:
        rows = np.full((count, 1, classes), 1 / classes)
        told, _ = combine(rows, np.ones((count, 1), bool), joined.method, joined.weights, joined.learned)
        good = told.shape == (1, classes) and np.isfinite(told).all()
    except Exception:  # whatever numpy makes of what was planted
        good = False
    if not good:
        raise StudyError(f"{path}: what joins its members does not fit them; do not use this file")
