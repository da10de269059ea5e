"""The file of an exported model: what it holds, how it is written, and how it is opened without trusting it."""

import hashlib
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from ferstudy.errors import StudyError
from ferstudy.models import bundle
from ferstudy.models.network_files import formats
from ferstudy.predict import safe_recipe
from ferstudy.predict.safe_model import check_family, check_keras, check_model, check_onnx, read_json
from ferstudy.predict.safe_zip import members
from ferstudy.video.recipe import Recipe
from ferstudy.whole_files import replacing

FORMAT = 1
TOLD, CARD, MODEL, BACKBONE = "export.json", "card.md", "model.zip", "backbone.zip"
NETWORK = r"network\.(keras|h5|hdf5|onnx|tflite)"
FILES = r"files/(model|config|cascade|align)\.[a-z0-9]{1,12}"  # that a recipe names
NAMES = rf"export\.json|card\.md|model\.zip|backbone\.zip|{NETWORK}|{FILES}"
SECTIONS = {"model": "detector", "config": "detector", "cascade": "detector", "align": "align"}
# What export.json tells, beside the digests of the members.
KEYS: dict[str, type | tuple[type, ...]] = {
    "format": int, "release": str, "dataset": str, "protocol": str, "architecture": str, "fold": str, "run": int,
    "evaluated": str, "recipe": dict, "flow": dict, "trim": dict, "kinds": list, "backbone": dict, "prior": list,
    "temperature": (float, type(None)), "threads": int, "backend": str, "batch": int, "frames": dict, "scores": dict,
    "licences": list, "sha256": dict,
}  # fmt: skip
KINDS = {"faces", "flow", "landmarks", "features"}


class Exported(NamedTuple):
    """An opened model: its folder of checked members, what export.json tells, and the model.json of its model.zip."""

    path: Path
    folder: Path
    told: dict[str, Any]
    described: dict[str, Any]
    digest: str  # SHA-256 of the file

    @property
    def name(self) -> str:
        """dataset/architecture."""
        return f"{self.told['dataset']}/{self.told['architecture']}"

    @property
    def classes(self) -> list[str]:
        """The names of the classes, in the order of every probability."""
        return self.described["classes"]

    @property
    def recipe(self) -> Recipe:
        """How its crops are made; the files that it names are those of the folder."""
        return Recipe.of(self.told["recipe"])


def network_name(path: Path, told: dict[str, Any]) -> str:
    """What a network file of others is called as a member; its ending says the format."""
    named = formats.format_of(str(path))
    ending = path.suffix.lower() if named == told.get("format", named) else f".{told['format']}"
    return f"network{ending}"


def write(path: str | Path, told: dict[str, Any], files: dict[str, bytes]) -> None:
    """Write the members `files` and export.json, which is `told` and their digests.

    Raises StudyError where anybody who opens it would refuse it: that shall be found in the study, not afterwards.
    """
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    text = json.dumps({**told, "format": FORMAT, "sha256": digests}, indent=1, sort_keys=True, ensure_ascii=False)
    with replacing(path) as temporary:
        with zipfile.ZipFile(temporary, "w") as archive:
            for name, content in (*sorted(files.items()), (TOLD, text.encode())):
                archive.writestr(zipfile.ZipInfo(name, bundle.TIME), content)
        with tempfile.TemporaryDirectory() as folder:
            opened(temporary, Path(folder))


def opened(path: Path, folder: Path) -> Exported:
    """The model in the file at `path`, its members checked and put into `folder`, which is empty.

    Raises StudyError, with what is wrong, for a file that was edited, damaged, made by another release or planted.
    """
    if not path.is_file():
        raise StudyError(f"{path}: there is no such file; expected an exported model (results/exports of a study)")
    found = members(path, str(path), NAMES)
    told = read_json(found.pop(TOLD, b""), f"{path}: {TOLD}")
    _check_told(path, told, found)
    described = check_model(found[MODEL], f"{path}: {MODEL}")
    classes, prior = described.get("classes"), told["prior"]
    named = isinstance(classes, list) and all(isinstance(each, str) and each.isprintable() for each in classes)
    if not named or not 0 < len(set(classes)) == len(classes):
        raise StudyError(f"{path}: {MODEL} names no classes; do not use this file")
    if len(prior) != len(classes):
        raise StudyError(f"{path}: there are {len(classes)} classes and a prior of {len(prior)}; do not use this file")
    _check_backbone(path, told, found)
    safe_recipe.check(told["recipe"], f"{path}: {TOLD}")
    told = {**told, "recipe": _with_files(path, told["recipe"], folder, found)}
    for name, content in found.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return Exported(path, folder, told, described, hashlib.sha256(path.read_bytes()).hexdigest())


def _check_told(path: Path, told: dict[str, Any], found: dict[str, bytes]) -> None:
    if told.get("format") != FORMAT:
        raise StudyError(
            f"{path}: has the format {told.get('format')!r} of release {told.get('release')!r}, and this release reads "
            f"format {FORMAT}; use the release that made it, or export the model again"
        )
    for key, kind in KEYS.items():
        if key not in told or not isinstance(told[key], kind):
            raise StudyError(f"{path}: {TOLD} says nothing sound of {key!r}; do not use this file")
    _check_values(path, told)
    if MODEL not in found or told["sha256"].keys() != found.keys():
        raise StudyError(f"{path}: its members are not those that {TOLD} lists; do not use this file")
    for name, content in found.items():
        if hashlib.sha256(content).hexdigest() != told["sha256"][name]:
            raise StudyError(f"{path}: {name} was edited or damaged, its SHA-256 is not the one noted; fetch it again")


def _check_values(path: Path, told: dict[str, Any]) -> None:
    """What is used as a number is one, and what is shown in a terminal is text."""
    if not told["kinds"] or not all(kind in KINDS for kind in told["kinds"]):
        raise StudyError(f"{path}: the model reads {told['kinds']}, expected some of {', '.join(sorted(KINDS))}")
    shown = [told[key] for key in ("release", "dataset", "protocol", "architecture", "fold", "evaluated")]
    numbers = [told["frames"].get("median"), told["frames"].get("longest"), *told["prior"]]
    if told["trim"]:
        numbers += [told["trim"].get(key) for key in ("threshold", "end", "most", "anomaly")]
    sound = {
        "text": all(map(str.isprintable, shown)),
        "numbers": all(isinstance(each, int | float) and 0 <= each < 1e9 for each in numbers),
        "temperature": told["temperature"] is None or 0 < told["temperature"] < 1e3,
        "backend": told["backend"] in ("tensorflow", "jax"),
        "threads": 0 < told["threads"] < 1000,
        "batch": 0 < told["batch"] <= 65536,
    }
    for what, good in sound.items():
        if not good:
            raise StudyError(f"{path}: {TOLD} says nothing sound of {what}; do not use this file")


def _check_backbone(path: Path, told: dict[str, Any], found: dict[str, bytes]) -> None:
    """What describes frames: a backbone of the study, or a network of others."""
    if BACKBONE in found:
        check_family(check_model(found[BACKBONE], f"{path}: {BACKBONE}").get("family"), str(path))
    for name in found:
        if name.startswith("network.") and name.endswith(("keras", "h5", "hdf5")):
            check_keras(found[name], f"{path}: {name}")
        if name.startswith("network.") and name.endswith("onnx"):
            check_onnx(found[name], f"{path}: {name}")
    needed = "features" in told["kinds"]
    if needed != any(name == BACKBONE or name.startswith("network.") for name in found):
        raise StudyError(f"{path}: the network that describes frames is missing, or not needed; do not use this file")


def _with_files(path: Path, recipe: dict, folder: Path, found: dict[str, bytes]) -> dict:
    """The recipe, whose files are those in `folder`; of OpenCV's own cascades the name stays."""
    recipe = {name: dict(part) for name, part in recipe.items()}
    for key, section in SECTIONS.items():
        entries, field = recipe.get(section, {}), "model" if key == "align" else key
        name = entries.get(field)
        if not name:
            continue
        if name in found:
            entries[field] = str(folder / name)
        elif key != "cascade" or not name.isidentifier():
            raise StudyError(f"{path}: its recipe names the file {name!r}, which is not in it; do not use this file")
    return recipe
