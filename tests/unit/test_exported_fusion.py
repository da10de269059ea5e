"""A fusion in one file: it joins its members as they were joined in the study, and nobody can plant anything in it."""

import csv
import hashlib
import json
import zipfile
from pathlib import Path

import exported_file
import numpy as np
import pytest
import tiny

import predict_video
from ferstudy.errors import StudyError
from ferstudy.models import bundle
from ferstudy.predict import exported_fusion


def told(**changed) -> dict:
    return {
        "release": "0.1.0", "dataset": "lab", "protocol": "held", "architecture": "both", "fold": "final", "run": 0,
        "evaluated": "evaluated on clips held out", "scores": {}, "method": "weighted",
        "classes": exported_file.CLASSES, "members": ["one", "other"], "weights": [0.75, 0.25], "temperatures": [],
        "learned": {}, "temperature": None, **changed,
    }  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files of two models that answer alike."""
    folder = tmp_path_factory.mktemp("members")
    made = [exported_file.write(folder / "one.zip"), exported_file.write(folder / "other.zip", prior=[0.2, 0.8])]
    return [path.read_bytes() for path in made]


def planted(path: Path, files: list[bytes], **changed) -> Path:
    """A file whose digests are right: its maker means harm."""
    named = {f"member{number}.zip": content for number, content in enumerate(files)}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in named.items()}
    text = json.dumps({**told(), "format": exported_fusion.FORMAT, "sha256": digests, **changed})
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (*named.items(), (exported_fusion.TOLD, text.encode())):
            archive.writestr(zipfile.ZipInfo(name, bundle.TIME), content)
    return path


def opened(path: Path, folder: Path):
    folder.mkdir(exist_ok=True)
    return exported_fusion.opened(path, folder)


def test_a_fusion_is_its_members_and_what_joins_them(files, tmp_path):
    exported_fusion.write(tmp_path / "both.zip", told(temperatures=[1.5, 2.0]), files)
    assert exported_fusion.is_fusion(tmp_path / "both.zip")
    models, joined = opened(tmp_path / "both.zip", tmp_path / "opened")
    assert [model.classes for model in models] == [exported_file.CLASSES] * 2
    assert joined.weights.tolist() == [0.75, 0.25]
    assert joined.temperatures == (1.5, 2.0)
    assert not exported_fusion.is_fusion(exported_file.write(tmp_path / "one.zip"))


def test_a_film_is_answered_by_the_fusion_of_a_file(files, tmp_path):
    """Of two equal members at temperatures 1 and 2 the answer is the weighted mean of p and of p at temperature 2."""
    tiny.film(tmp_path / "videos", people=1)
    film = str(min((tmp_path / "videos").rglob("*.mp4")))
    exported_fusion.write(tmp_path / "both.zip", told(temperatures=[1.0, 2.0]), files)
    (tmp_path / "one.zip").write_bytes(files[0])
    found = {}
    for name in ("one", "both"):
        predict_video.main([film, "--model", str(tmp_path / f"{name}.zip"), "--out", str(tmp_path / name), "--no-film"])
        with (tmp_path / name / "answers.csv").open(newline="", encoding="utf-8") as file:
            (row,) = csv.DictReader(file)
        found[name] = np.array([float(row[f"p:{label}"]) for label in exported_file.CLASSES])
    cooled = found["one"] ** 0.5 / (found["one"] ** 0.5).sum()
    assert found["both"] == pytest.approx(0.75 * found["one"] + 0.25 * cooled)
    assert np.abs(found["both"] - found["one"]).max() > 1e-4
    for more in (["--fusion", "median"], ["--model", str(tmp_path / "one.zip")]):
        with pytest.raises(StudyError, match="an exported fusion joins its own members"):
            predict_video.main([film, "--model", str(tmp_path / "both.zip"), "--out", str(tmp_path / "no"), *more])


def test_a_fusion_without_one_of_its_members_is_refused(files, tmp_path):
    """By a method that needs no weights too, and where the digests of all are noted."""
    digests = {f"member{number}.zip": hashlib.sha256(content).hexdigest() for number, content in enumerate(files)}
    for changed in ({"sha256": digests}, {}):
        with pytest.raises(StudyError, match="its members are not those"):
            opened(planted(tmp_path / "half.zip", files[:1], method="median", **changed), tmp_path / "no")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"format": 99}, "has the format 99"),
        ({"method": "pickle"}, "nothing sound of method"),
        ({"weights": [1.0]}, "nothing sound of weights"),
        ({"weights": [-1.0, 2.0]}, "nothing sound of numbers"),
        ({"weights": ["1", "2"]}, "nothing sound of numbers"),
        ({"temperatures": [0, 1]}, "nothing sound of numbers"),
        ({"temperature": -1.0}, "nothing sound of temperature"),
        ({"evaluated": "\x1b[2J"}, "nothing sound of text"),
        ({"members": ["one"], "weights": [1.0]}, "its members are not those"),
        ({"classes": ["a", "b"]}, "has other classes"),
        ({"sha256": {}}, "edited or damaged|members are not those"),
        ({"method": "logistic", "learned": {"coefficients": [[1.0]], "intercepts": [0.0]}}, "does not fit"),
        (
            {"method": "tree", "learned": {"left": [0, -1], "right": [0, -1], "feature": [0], "threshold": [1]}},
            "its tree has no end",
        ),
    ],
)
def test_what_is_planted_is_refused_in_words(files, tmp_path, changed, why):
    with pytest.raises(StudyError, match=why):
        opened(planted(tmp_path / "bad.zip", files, **changed), tmp_path / "opened")


def test_members_are_opened_as_strictly_as_alone(files, tmp_path):
    bad = exported_file.planted(tmp_path / "bad.zip", {"../escape.sh": b"rm"}).read_bytes()
    with pytest.raises(StudyError, match="is not expected there"):
        opened(planted(tmp_path / "both.zip", [files[0], bad]), tmp_path / "opened")
    assert not (tmp_path / "escape.sh").exists()
    good = planted(tmp_path / "good.zip", files).read_bytes()
    (tmp_path / "edited.zip").write_bytes(good.replace(b"evaluated on clips held out", b"evaluated on clips held OUT"))
    with pytest.raises(StudyError, match="no whole zip"):
        opened(tmp_path / "edited.zip", tmp_path / "again")
