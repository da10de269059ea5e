"""Opening an exported model that came from anybody: what it should be, and planted and damaged ones."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import exported_file
import h5py
import numpy as np
import pytest
from keras import constraints, initializers, regularizers

from ferstudy.errors import StudyError
from ferstudy.models import bundle
from ferstudy.predict import exported, loaded_model, safe_model
from ferstudy.predict.safe_zip import members

RUN = "import pathlib; pathlib.Path({!r}).write_text('ran')"


class Planted:
    """Runs code where it is unpickled."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self):
        return exec, (RUN.format(str(self.mark)),)


@pytest.fixture
def mark(tmp_path):
    """A file that is there if planted code has run."""
    yield tmp_path / "ran"
    assert not (tmp_path / "ran").exists()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "opened").mkdir()
    return tmp_path / "opened"


def zipped(files: dict[str, bytes], way: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", way) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def refused(path: Path, folder: Path, match: str) -> None:
    with pytest.raises(StudyError, match=match):
        exported.opened(path, folder)
    assert not list(folder.iterdir())


def test_what_is_written_is_opened_and_its_bytes_are_those_of_its_content(tmp_path, folder):
    path, files = tmp_path / "a.zip", {exported.MODEL: exported_file.model(tmp_path), exported.CARD: b"# card"}
    for name in ("a.zip", "b.zip"):
        exported.write(tmp_path / name, exported_file.told(), files)
    assert path.read_bytes() == (tmp_path / "b.zip").read_bytes()
    model = exported.opened(path, folder)
    assert (model.name, model.classes, model.recipe.crop.size) == ("lab/flow_svm", exported_file.CLASSES, 32)
    assert sorted(each.name for each in folder.iterdir()) == ["card.md", "model.zip"]
    assert loaded_model.streams(model) == ""


def test_an_edited_member_is_named(tmp_path, folder):
    path = exported_file.write(tmp_path / "a.zip")
    files = members(path, "a", ".*")
    files["card.md"] = b"# UAR 1.0"
    path.write_bytes(zipped(files))
    refused(path, folder, r"card\.md was edited or damaged")


def test_another_format_says_which_release_made_it(tmp_path, folder):
    path = exported_file.planted(tmp_path / "a.zip", {}, format=2, release="9.0.0")
    refused(path, folder, r"format 2 of release '9\.0\.0', and this release reads format 1")


@pytest.mark.parametrize("name", ["../escaped.txt", "/tmp/escaped.txt", "files/../../escaped.h5", "model.pkl", "w.npz"])
def test_a_member_that_is_not_expected_is_refused(tmp_path, folder, name):
    refused(exported_file.planted(tmp_path / "a.zip", {name: b"x"}), folder, "is not expected there")


def test_a_link_is_refused(tmp_path, folder):
    path = exported_file.write(tmp_path / "a.zip")
    with zipfile.ZipFile(path, "a") as archive:
        entry = zipfile.ZipInfo("files/model.onnx")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    refused(path, folder, "is a link")


def test_a_bomb_is_refused_before_it_grows(tmp_path, folder):
    content = zipped({"card.md": b"0" * (1 << 26)}, zipfile.ZIP_DEFLATED)
    assert len(content) < 1 << 20
    (tmp_path / "a.zip").write_bytes(content)
    refused(tmp_path / "a.zip", folder, "is compressed")
    inner = zipped({bundle.DESCRIPTION: b"0" * (1 << 26)}, zipfile.ZIP_DEFLATED)
    refused(exported_file.planted(tmp_path / "b.zip", {exported.MODEL: inner}), folder, r"model\.zip.*is compressed")


def test_a_member_that_claims_to_be_larger_than_the_file_is_refused():
    content = bytearray(zipped({"card.md": b"#"}))
    at = content.index(b"PK\x01\x02") + 20
    content[at : at + 8] = (1 << 20).to_bytes(4, "little") * 2
    with pytest.raises(StudyError, match="larger than itself"):
        members(bytes(content), "a", ".*")


def test_a_member_that_is_there_twice_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("card.md", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("card.md", b"2")
    with pytest.raises(StudyError, match="twice"):
        members(out.getvalue(), "a", ".*")


def test_a_pickle_among_the_arrays_of_an_estimator_is_never_loaded(tmp_path, folder, mark):
    made = exported_file.model(tmp_path)
    files = members(made, "a", ".*")
    arrays = members(files[safe_model.SKOPS], "a", ".*")
    out = io.BytesIO()
    np.save(out, np.array([Planted(mark)], dtype=object), allow_pickle=True)
    arrays |= {name: out.getvalue() for name in arrays if name.endswith(".npy")}
    files[safe_model.SKOPS] = zipped(arrays)
    path = exported_file.planted(tmp_path / "a.zip", {exported.MODEL: zipped(files)})
    with pytest.raises(StudyError, match="cannot be loaded here"):
        loaded_model.load(exported.opened(path, folder))
    arrays["planted.pkl"] = pickle.dumps(Planted(mark))
    files[safe_model.SKOPS] = zipped(arrays)
    (tmp_path / "second").mkdir()
    second = exported_file.planted(tmp_path / "b.zip", {exported.MODEL: zipped(files)})
    refused(second, tmp_path / "second", r"planted\.pkl' is not expected")


def test_a_type_that_no_estimator_has_is_named(tmp_path, folder, mark):
    files = members(exported_file.model(tmp_path), "a", ".*")
    arrays = members(files[safe_model.SKOPS], "a", ".*")
    schema = json.loads(arrays["schema.json"])
    schema |= {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "content": {}}
    files[safe_model.SKOPS] = zipped({**arrays, "schema.json": json.dumps(schema).encode()})
    path = exported_file.planted(tmp_path / "a.zip", {exported.MODEL: zipped(files)})
    with pytest.raises(StudyError, match=r"os\.system|posix\.system|cannot be loaded"):
        loaded_model.load(exported.opened(path, folder))


def weights(change=None) -> bytes:
    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        file["layers/dense/vars/0"] = np.zeros((2, 2), "f4")
        if change:
            change(file)
    return out.getvalue()


def keras_file(layer: dict, change=None) -> bytes:
    network = {"class_name": "Functional", "module": "keras.src.models.functional", "config": {"layers": [layer]}}
    files = {"config.json": json.dumps(network).encode(), "metadata.json": b"{}", "model.weights.h5": weights(change)}
    return zipped(files)


DENSE = {"class_name": "Dense", "module": "keras.layers", "config": {"units": 2}}


@pytest.mark.parametrize(
    "layer",
    [
        {"class_name": "Lambda", "module": "keras.layers", "config": {"function": {"class_name": "__lambda__"}}},
        {"class_name": "TFSMLayer", "module": "keras.layers", "config": {"filepath": "/tmp"}},
        {"class_name": "StringLookup", "module": "keras.layers", "config": {"vocabulary": "/etc/passwd"}},
        {"class_name": "system", "module": "os", "config": "true"},
        {"class_name": "Dense", "module": "os.path", "config": {}},
        {"class_name": "get_file", "module": "keras.utils", "config": {}},
        {"class_name": "Frozen", "module": "ferstudy.models.online_cascade", "registered_name": "other>Frozen"},
        {"class_name": "Dense", "module": "keras.layers", "config": {"a": {"class_name": "function", "module": "os"}}},
        {"class_name": ["Dense"], "module": "keras.layers"},
    ],
    ids=lambda layer: str(layer["class_name"]),
)  # fmt: skip
def test_a_layer_that_does_more_than_compute_is_named(layer):
    safe_model.check_keras(keras_file(DENSE), "network")
    with pytest.raises(StudyError, match=r"holds|has no name"):
        safe_model.check_keras(keras_file(layer), "network")


def test_numbers_of_keras_2_which_says_no_module_are_no_code():
    """Start values, penalties and bounds of a layer, all that Keras has; what only sounds like them is refused."""

    def layer(number: str) -> bytes:
        numbers = {"kernel_initializer": {"class_name": number, "config": {}}}
        return keras_file({"class_name": "Dense", "config": numbers})

    kinds = [one for where in (initializers, regularizers, constraints) for one in vars(where).values()]
    names = {one.__name__ for one in kinds if isinstance(one, type)}
    for name in names - {"Initializer", "Regularizer", "Constraint", "STFT"}:  # STFT is younger than Keras 2
        safe_model.check_keras(layer(name), "network")
    with pytest.raises(StudyError, match=r"keras\.ZerosOf"):
        safe_model.check_keras(layer("ZerosOf"), "network")


def test_a_layer_of_code_in_an_old_file_is_named():
    def old(layer: str):
        config = {"class_name": "Sequential", "config": {"layers": [{"class_name": layer, "config": {}}]}}
        return weights(lambda file: file.attrs.__setitem__("model_config", json.dumps(config)))

    safe_model.check_keras(old("Dense"), "network")
    with pytest.raises(StudyError, match=r"keras\.Lambda"):
        safe_model.check_keras(old("Lambda"), "network")


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.__setitem__("elsewhere", h5py.ExternalLink("/etc/passwd", "/")),
        lambda file: file.create_dataset("raw", (4,), "u1", external=[("/etc/passwd", 0, 4)]),
        lambda file: file.create_dataset("vast", (1 << 40,), "f4", chunks=(1024,)),
    ],
    ids=["link", "outside", "vast"],
)
def test_weights_that_lie_elsewhere_or_are_vast_are_refused(change):
    with pytest.raises(StudyError, match=r"another place|another file"):
        safe_model.check_keras(keras_file(DENSE, change), "network")


def test_an_onnx_file_may_not_read_another_one(tmp_path, folder):
    onnx = pytest.importorskip("onnx", reason="onnx, which writes such files, is not installed")
    weights, shape = onnx.numpy_helper.from_array(np.ones((1, 32, 32, 1), "f4"), "w"), (1, 32, 32, 1)
    taken, given = (onnx.helper.make_tensor_value_info(name, 1, shape) for name in "xy")
    node = onnx.helper.make_node("Mul", ["x", "w"], ["y"])
    made = onnx.helper.make_model(onnx.helper.make_graph([node], "g", [taken], [given], [weights]))
    safe_model.check_onnx(made.SerializeToString(), "network")
    onnx.external_data_helper.set_external_data(made.graph.initializer[0], "../../etc/passwd")
    more = {"network.onnx": made.SerializeToString()}
    refused(exported_file.planted(tmp_path / "a.zip", more, kinds=["features"]), folder, "lie in another file")


@pytest.mark.parametrize("family", ["os", "../evil", "linear.os", "no_such_family", None, 3])
def test_a_family_that_this_release_lacks_is_named(tmp_path, folder, family):
    made = exported_file.model(tmp_path, family=family)
    path = exported_file.planted(tmp_path / "a.zip", {exported.MODEL: made})
    if family is None:
        with pytest.raises(StudyError, match="family"):
            loaded_model.load(exported.opened(path, folder))
        return
    refused(path, folder, "is none of this release")


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"recipe": "crop64"}, "nothing sound of 'recipe'"),
        ({"kinds": ["pickles"]}, "the model reads"),
        ({"kinds": ["features"]}, "the network that describes frames is missing"),
        ({"prior": [1.0]}, "2 classes and a prior of 1"),
        ({"evaluated": "\x1b[2J"}, "nothing sound of text"),
        ({"temperature": 0.0}, "nothing sound of temperature"),
        ({"frames": {"median": "3", "longest": 3}}, "nothing sound of numbers"),
        ({"trim": {"curve": "flow"}}, "nothing sound of numbers"),
        ({"sha256": {}}, "its members are not those"),
    ],
)
def test_what_is_told_is_checked(tmp_path, folder, changed, match):
    refused(exported_file.planted(tmp_path / "a.zip", {}, **changed), folder, match)


def test_settings_that_would_fill_the_memory_are_refused(tmp_path, folder):
    made = exported_file.model(tmp_path, sampling={"grid": 1 << 30})
    refused(exported_file.planted(tmp_path / "a.zip", {exported.MODEL: made}), folder, "would fill the memory")


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [("crop", "size", 1 << 40), ("crop", "size", "64"), ("detector", "every", 0), ("detector", "cascade", 3),
     ("tracker", "cuts", 1), ("crop", "margin", float("nan")), ("crop", None, []), ("detector", "scale", -1)],
)  # fmt: skip
def test_a_recipe_that_no_study_has_is_refused(tmp_path, folder, section, key, value):
    recipe = exported_file.told()["recipe"]
    recipe = {**recipe, section: {**recipe[section], key: value} if key else value}
    refused(exported_file.planted(tmp_path / "a.zip", {}, recipe=recipe), folder, f"recipe/{section}")


def test_a_recipe_may_name_no_file_of_the_machine(tmp_path, folder):
    recipe = exported_file.told()["recipe"]
    recipe = {**recipe, "detector": {**recipe["detector"], "cascade": "/etc/passwd"}}
    with pytest.raises(StudyError, match="names the file '/etc/passwd', which is not in it"):
        exported.opened(exported_file.planted(tmp_path / "a.zip", {}, recipe=recipe), folder)


def test_a_damaged_file_is_refused_in_words(tmp_path):
    """Bytes changed, cut off and put in by chance: a sentence, or a file that is as sound as before."""
    whole = exported_file.write(tmp_path / "a.zip").read_bytes()
    random, path, opened, sentences = np.random.default_rng(3), tmp_path / "b.zip", 0, []
    for i in range(150):
        content = bytearray(whole)
        for at in random.integers(0, len(content), 1 + i % 4):
            content[at] = random.integers(0, 256)
        if i % 3 == 0:
            content = content[: random.integers(0, len(content))]
        if i % 5 == 0:
            at = len(content) - int(random.integers(0, min(400, len(content)) or 1))  # the list of members
            content[at:at] = random.bytes(3)
        path.write_bytes(bytes(content))
        (tmp_path / str(i)).mkdir()
        try:
            exported.opened(path, tmp_path / str(i))
            opened += 1
        except StudyError as error:
            sentences.append(str(error))
    assert opened < 15
    assert all(str(path) in sentence for sentence in sentences)


def test_a_missing_file_says_what_is_expected(tmp_path, folder):
    refused(tmp_path / "none.zip", folder, "expected an exported model")


def test_layers_of_the_families_are_all_known():
    """A family with a new layer must be exportable too; layers of ferstudy's own have their own rule."""
    import re

    found = set()
    for path in (*safe_model.MODELS.glob("*.py"), safe_model.MODELS.parent / "training/decision.py"):
        found |= set(re.findall(r"\blayers\.([A-Z][A-Za-z0-9]+)", path.read_text("utf-8")))
    assert found - safe_model.LAYERS <= {"Layer"}
    assert len(found) > 30
