"""Networks of others, in the four formats: their features are those of Keras, and what does not fit is refused."""

import dataclasses
import json
import os
import subprocess
from pathlib import Path

import cv2
import jobs_of
import keras
import numpy as np
import onnx
import pytest
from own_frames import config_of
from test_config import study_of

import describe_models
from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.jobs.run_network import RunNetwork
from ferstudy.models import copies, file
from ferstudy.models.network_files.offers import Offers
from ferstudy.protocols import elsewhere
from ferstudy.provenance import made_of
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.study import data_jobs, files, jobs, network_files
from ferstudy.study.every_job import every_job
from ferstudy.training import file_features

RNG = np.random.default_rng(3)
KERNEL = RNG.normal(size=(3, 3, 1, 4)).astype("float32")
CROPS = {
    "a": RNG.integers(0, 256, (5, 16, 16, 3), dtype="uint8"),
    "b": RNG.integers(0, 256, (2, 16, 16, 3), dtype="uint8"),
}
INPUT = {"size": 12, "colour": "grey", "range": [-1, 1], "layout": "nhwc"}
MAP = (10, 10, 4)


def network() -> keras.Model:
    """A convolution of KERNEL, and what follows it: (12, 12, 1) to a map (10, 10, 4) and two classes."""
    image = keras.Input((12, 12, 1), name="image")
    x = keras.layers.Conv2D(4, 3, use_bias=False, name="conv")(image)
    out = keras.layers.Dense(2, name="classes")(keras.layers.GlobalAveragePooling2D(name="pool")(x))
    model = keras.Model(image, out)
    model.get_layer("conv").set_weights([KERNEL])
    return model


def onnx_file(path: Path, sides=("n", 1, 12, 12), operation: str = "Conv", **more) -> Path:
    """The same convolution as ONNX, channels first."""
    weights = onnx.numpy_helper.from_array(np.ascontiguousarray(KERNEL.transpose(3, 2, 0, 1)), "kernel")
    node = onnx.helper.make_node(operation, ["image", "kernel"], ["map"], **more)
    value, kind = onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph([node], "g", [value("image", kind, sides)], [value("map", kind, None)], [weights])
    versions = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("lab", 1)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=versions, ir_version=9), path)
    return path


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> dict[str, Path]:
    """The network in every format."""
    import tensorflow as tf

    folder, whole = tmp_path_factory.mktemp("networks"), network()
    to_map = keras.Model(whole.input, whole.get_layer("conv").output)
    whole.save(folder / "net.keras")
    whole.save(folder / "net.h5")
    to_map.export(folder / "saved", verbose=False)
    lite = tf.lite.TFLiteConverter.from_saved_model(str(folder / "saved")).convert()
    (folder / "net.tflite").write_bytes(lite)
    onnx_file(folder / "net.onnx")
    onnx_file(folder / "one.onnx", sides=(1, 1, 12, 12))
    return {path.name: path for path in folder.iterdir()}


@pytest.fixture
def faces(tmp_path) -> Path:
    """A store of two clips."""
    with Writer(tmp_path / "faces.h5", (16, 16, 3), "uint8", attributes={"leaf": "lab"}) as store:
        for name, crops in CROPS.items():
            store.begin(name)
            store.add(crops, np.arange(len(crops)) * 2 + 7)
            store.end()
    return tmp_path / "faces.h5"


def expected(crops: np.ndarray) -> np.ndarray:
    """What the network gives for crops (T, 16, 16, 3), computed by hand but for the convolution, which is Keras's."""
    grey = [
        cv2.resize(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), (12, 12), interpolation=cv2.INTER_AREA) for crop in crops
    ]
    values = (np.stack(grey)[..., None] / 127.5 - 1).astype("float32")
    return np.asarray(keras.ops.conv(values, KERNEL))


def job_of(path: Path, faces: Path, out: Path, told: dict | None = None, **more) -> RunNetwork:
    told = {"input": INPUT, **(told or {})}
    kind = network_files.format_of({"path": str(path)})
    return RunNetwork(
        network=told,
        format=kind,
        file=str(path),
        threads=1,
        backend="tensorflow",
        faces=str(faces),
        out=str(out),
        **more,
    )


CHANNELS_FIRST = {"input": {**INPUT, "layout": "nchw"}}
WAYS = {
    "net.keras": {"output": "conv"}, "net.h5": {"output": "conv"}, "saved": {}, "net.tflite": {},
    "net.onnx": CHANNELS_FIRST, "one.onnx": CHANNELS_FIRST,
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("pool", ["average", "flatten"])
def test_features_are_those_of_keras(saved, faces, name, pool):
    told = {"input": INPUT, "pool": pool, **WAYS[name]}
    out = faces.with_name("out.h5")
    describe = file.describer(saved[name], told, 1)
    file_features.extract(faces, describe, told["input"], out, [], 0)
    with Store(out) as store:
        assert store.clips == ["a", "b"]
        for clip, crops in CROPS.items():
            maps = expected(crops)
            if pool == "average":
                maps = maps.mean((1, 2))
            elif told["input"]["layout"] == "nchw":
                maps = maps.transpose(0, 3, 1, 2)
            assert store.values(clip).dtype == np.float16
            np.testing.assert_allclose(store.values(clip), maps.reshape(len(crops), -1), atol=1e-2)
            assert list(store.column(clip, "frame")) == list(np.arange(len(crops)) * 2 + 7)


@pytest.mark.parametrize("name", [pytest.param("net.h5", marks=pytest.mark.slow), "net.onnx"])
def test_the_job_writes_the_same(saved, faces, name):
    """Through its script, in a process of its own; copies stand under their names."""
    told, out = WAYS[name], faces.with_name("out.h5")
    job = job_of(saved[name], faces, out, told, copies=["flip"], seed=1)
    done = subprocess.run(jobs_of.command(job), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with Store(out) as store:
        assert store.clips == ["a#flip", "b#flip"]
        flipped = copies.copy(CROPS["a"], "flip", "a", 1)
        np.testing.assert_allclose(store.values("a#flip"), expected(flipped).mean((1, 2)), atol=1e-2)
        assert store.attributes["leaf"] == "lab"


def test_what_a_file_offers_is_printed(saved):
    text = "\n".join(describe_models.offered(saved[name]) for name in ("net.h5", "net.onnx"))
    lines = [line.split(maxsplit=1) for line in text.splitlines()]
    assert ["inputs", "image (?, 12, 12, 1) float32"] in lines
    assert ["outputs", "classes (?, 2) float32"] in lines
    assert ["layers", "conv (?, 10, 10, 4) float32"] in lines
    assert ["inputs", "image (?, 1, 12, 12) float32"] in lines


def test_what_libraries_say_past_python_is_not_printed(monkeypatch, capfd):
    def greeting(path: Path, settings: dict) -> Offers:
        os.write(2, b"INFO: Created a delegate\n")
        return Offers([], [], [])

    monkeypatch.setattr(file, "offers", greeting)
    assert describe_models.offered(Path("net.tflite")) == "net.tflite"
    assert capfd.readouterr() == ("", "")


def test_an_ending_that_tells_nothing_is_refused(tmp_path):
    (tmp_path / "net.pt").touch()
    with pytest.raises(StudyError, match=r"net\.pt: its ending tells no format; expected one of \.keras, \.h5"):
        file.offers(tmp_path / "net.pt", {})


def test_mean_and_deviation_and_the_order_of_colours():
    crops = CROPS["b"]
    told = {"size": 16, "colour": "bgr", "range": [0, 1], "mean": [0.1, 0.2, 0.3], "std": [1, 2, 4], "layout": "nchw"}
    values = (crops[..., ::-1] / 255 - [0.1, 0.2, 0.3]) / [1, 2, 4]
    np.testing.assert_allclose(file.prepared(crops, told), values.transpose(0, 3, 1, 2), atol=1e-6)
    grey = file.prepared(crops[..., :1], {**told, "colour": "rgb", "mean": [0, 0, 0], "std": [1, 1, 1]})
    assert (grey[:, 0] == grey[:, 2]).all()


@pytest.mark.parametrize(
    ("shape", "how", "layout", "result"),
    [((2, 7), "average", "nhwc", 7), ((2, 3, 4, 5), "average", "nhwc", 5), ((2, 3, 4, 5), "average", "nchw", 3),
     ((2, 3, 4, 5), "flatten", "nhwc", 60), ((2, 9, 5), "average", "nchw", 5), ((2, 9, 5), "first", "nchw", 5),
     ((2, 6, 3, 4, 5), "average", "ncthw", 6)],
)  # fmt: skip
def test_what_is_kept_of_an_output(shape, how, layout, result):
    values = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    kept = file.pooled(values, how, layout)
    assert kept.shape == (2, result)
    if how == "first":
        assert (kept == values[:, 0]).all()


def test_a_clip_encoder_gives_a_vector_per_window(saved, faces, tmp_path):
    """Windows of 4 frames; the last one ends with the clip, and a clip of 2 frames repeats its last."""
    image = keras.Input((4, 12, 12, 1))
    mean = keras.layers.Lambda(lambda x: keras.ops.mean(x, (2, 3, 4)), output_shape=(4,))(image)
    keras.Model(image, mean).export(tmp_path / "clips", verbose=False)
    told = {"input": {**INPUT, "layout": "nthwc", "frames": 4, "range": [0, 255], "stride": 3}}
    describe = file.describer(tmp_path / "clips", told, 1)
    file_features.extract(faces, describe, told["input"], tmp_path / "out.h5", [], 0)
    means = {clip: (expected_grey(crops)).mean((1, 2)) for clip, crops in CROPS.items()}
    with Store(tmp_path / "out.h5") as store:
        np.testing.assert_allclose(store.values("a"), [means["a"][[0, 1, 2, 3]], means["a"][[1, 2, 3, 4]]], atol=0.1)
        assert list(store.column("a", "frame")) == [11, 13]
        np.testing.assert_allclose(store.values("b"), [means["b"][[0, 1, 1, 1]]], atol=0.1)
        assert list(store.column("b", "frame")) == [9]


def expected_grey(crops: np.ndarray) -> np.ndarray:
    grey = [cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY) for crop in crops]
    return np.stack([cv2.resize(each, (12, 12), interpolation=cv2.INTER_AREA) for each in grey]).astype("float32")


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("name", "told", "words"),
    [
        ("net.keras", {"input": {**INPUT, "size": 14}},
         r"samples of the shape \(14, 14, 1\) \(nhwc, grey\), and image takes \(12, 12, 1\)"),
        ("net.keras", {"input": {**INPUT, "colour": "rgb"}}, r"\(12, 12, 3\) \(nhwc, rgb\).*correct input/size"),
        ("net.onnx", {"input": INPUT},
         r"image takes \(1, 12, 12\); .*The file offers: inputs image \(\?, 1, 12, 12\) float32; outputs map"),
        ("net.h5", {"input": INPUT, "output": "conv9"},
         r"no output or layer named 'conv9'; write one of these to file/output.*conv \(\?, 10, 10, 4\) float32"),
        ("net.tflite", {"input": INPUT, "output": "conv"}, "no output or layer named 'conv'"),
        ("none.onnx", {"input": INPUT}, "there is no such file; relative paths"),
    ],
)  # fmt: skip
def test_what_a_file_does_not_offer_is_refused(saved, name, told, words):
    path = saved.get(name, saved["net.h5"].with_name(name))
    with pytest.raises(StudyError, match=words):
        file.describer(path, told, 1)


@pytest.mark.parametrize("name", ["a.keras", "a.h5", "a.onnx", "a.tflite", "folder"])
def test_an_unreadable_file_is_refused(tmp_path, name):
    if name == "folder":
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_bytes(b"no network at all")
    with pytest.raises(StudyError, match=f"{name}: not a readable"):
        file.describer(tmp_path / name, {"input": INPUT}, 1)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.keras", b"no zip", "its bytes are not those of a .keras file. Download or export it again"),
        ("a.h5", b"no HDF5", "its bytes are not those of a .h5 file"),
        ("a.tflite", b"no flat buffer", "its bytes are not those of a .tflite file"),
        ("a.onnx", b"", "the file is empty"),
        ("a.onnx", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "it is a pointer of Git LFS"),
        ("a.onnx", b"\n<!DOCTYPE html><html>", "it is a web page"),
    ],
)
def test_a_file_that_is_something_else_says_what_it_is(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StudyError, match=f"{name}: not a readable .*{words}") as error:
        file.offers(tmp_path / name, {})
    assert "operations" not in str(error.value)


def test_weights_alone_are_no_network(tmp_path):
    network().save_weights(tmp_path / "net.weights.h5")
    with pytest.raises(StudyError, match="with its layers, not its weights alone"):
        file.offers(tmp_path / "net.weights.h5", {})


def test_an_operation_of_ones_own_is_refused(tmp_path):
    path = onnx_file(tmp_path / "own.onnx", operation="Magic", domain="lab")
    with pytest.raises(StudyError, match=r"Magic.*export the network without them"):
        file.describer(path, CHANNELS_FIRST, 1)


def saved_onnx(path: Path, model: onnx.ModelProto, **how) -> Path:
    """The file that was written."""
    onnx.save(model, path, **how)
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ir_version": 99}, r"file: Unsupported model IR version: 99, .*Export it for an older version"),
        ({"opset": 99}, r"file: ONNX Runtime only .*Opset 99 .*Export it for an older version"),
        ({"lost": True}, r"file: External data path .*put that beside it, under the name"),
    ],
)
def test_what_is_no_operation_of_ones_own_is_not_called_one(tmp_path, change, words):
    model = onnx.load(onnx_file(tmp_path / "net.onnx"))
    model.ir_version = change.get("ir_version", model.ir_version)
    model.opset_import[0].version = change.get("opset", 17)
    beside = {"save_as_external_data": True, "location": "net.data", "size_threshold": 0} if "lost" in change else {}
    path = saved_onnx(tmp_path / "net.onnx", model, **beside)
    (tmp_path / "net.data").unlink(missing_ok=True)
    with pytest.raises(StudyError, match=words) as refused:
        file.offers(path, {})
    assert "one's own" not in str(refused.value)


def test_a_free_side_that_the_network_itself_does_not_take_is_told(tmp_path):
    path = onnx_file(tmp_path / "free.onnx", sides=("n", "c", "h", "w"))
    colour = {"input": {**CHANNELS_FIRST["input"], "colour": "rgb"}}
    with pytest.raises(StudyError, match=r"does not run on samples of the shape \(3, 12, 12\): .*Correct input/size"):
        file.describer(path, colour, 1)(CROPS["a"])


def test_a_range_that_whole_numbers_cannot_tell_is_refused(tmp_path):
    path = onnx_file(tmp_path / "net.onnx")
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.UINT8
    model.graph.node.insert(0, onnx.helper.make_node("Cast", ["image"], ["numbers"], to=onnx.TensorProto.FLOAT))
    model.graph.node[1].input[0] = "numbers"
    saved_onnx(path, model)
    whole = {"input": {**CHANNELS_FIRST["input"], "range": [0, 255]}}
    assert file.describer(path, whole, 1)(CROPS["a"]).any()
    with pytest.raises(StudyError, match=r"takes whole numbers \(uint8\), and input/range \[0, 1\] leaves none"):
        file.describer(path, {"input": {**CHANNELS_FIRST["input"], "range": [0, 1]}}, 1)


def test_free_sides_are_filled_and_an_output_without_samples_is_refused(tmp_path):
    describe = file.describer(onnx_file(tmp_path / "free.onnx", sides=("n", 1, "h", "w")), CHANNELS_FIRST, 1)
    assert describe(CROPS["a"]).shape == (5, 4)
    node = onnx.helper.make_node("ReduceMean", ["image"], ["one"], axes=[0], keepdims=0)
    value, kind = onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph([node], "g", [value("image", kind, ["n", 1, 12, 12])], [value("one", kind, None)])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, tmp_path / "summed.onnx")
    with pytest.raises(StudyError, match=r"gives the shape .* for 5 samples; its first side must be theirs"):
        file.describer(tmp_path / "summed.onnx", CHANNELS_FIRST, 1)(CROPS["a"])


# ---------------------------------------------------------------- in a study

FILE = {"path": "net.onnx", "input": {"size": 12}}
READ = {"kind": "features", "recipe": "crop", "backbone": "own"}


def config_with(backbone: dict | None = None, wanted: dict | None = None, family: str = "linear", **more) -> dict:
    """A sound config whose only architecture reads a file."""
    config = config_of()
    config["backbones"] = {"own": {"network": "file", "file": FILE, **(backbone or {})}, **more}
    config["architectures"] = {"svm": {"family": family, "input": {**READ, **(wanted or {})}}}
    return config


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A study folder with the file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "PROJECT", tmp_path / "ferstudy")
    return onnx_file(tmp_path / "net.onnx")


def test_a_study_of_a_file_trains_no_backbone(here):
    study = study_of(config_with(wanted={"copies": ["flip"]}))
    rules = [rule for rule, _ in every_job(study)]
    assert "fit_backbone" not in rules
    assert "extract_features" not in rules
    assert rules.count("run_network") == 2 * len(study.shards)
    stores = files.stores(study, "videos", "held", "svm", "final", "features")
    assert stores == [f"results/features/videos/crop/own/file/output/{shard}.h5" for shard in study.shards]
    (job,) = [job for rule, job in every_job(study) if rule == "run_network" and job.out.endswith("/0.copies.h5")]
    wildcards = {"leaf": "videos", "recipe": "crop", "backbone": "own", "shard": "0"}
    assert job == jobs.job(study, "run_network", **wildcards, copies=".copies")
    assert job.modules() == ["ferstudy/models/network_files/onnx_file.py"]


def test_another_file_at_the_same_path_is_another_job(here):
    study = study_of(config_with())
    (job, *_) = [job for rule, job in every_job(study) if rule == "run_network"]
    before = made_of.content(job, "digests.json")
    (here.parent / "net.onnx.data").write_bytes(b"weights beside")
    onnx_file(here, sides=(1, 1, 12, 12))
    after = made_of.content(dataclasses.replace(job, beside=network_files.beside(job.file)), "digests.json")
    assert before["file"] != after["file"]
    assert len(after["beside"][0]) == 64
    folder = here.parent / "saved"
    folder.mkdir()
    digests = []
    for text in ("one", "two"):
        (folder / "part").write_text(text)
        digests.append(made_of.content(dataclasses.replace(job, file="saved"), "digests.json")["file"])
    assert digests[0] != digests[1]


def test_a_file_below_weights_may_lie_in_ferstudy_itself(here):
    told = {"file": {**FILE, "path": "weights/lab/net.onnx"}}
    with pytest.raises(StudyError, match=r"own/file/path: there is no file 'weights/lab/net.onnx'; relative paths are"):
        study_of(config_with(told))
    place = paths.PROJECT / "weights/lab"
    place.mkdir(parents=True)
    here.rename(place / "net.onnx")
    (job, *_) = [job for rule, job in every_job(study_of(config_with(told))) if rule == "run_network"]
    assert job.file == "weights/lab/net.onnx"
    assert len(made_of.content(job, "digests.json")["file"]) == 64


STILLS = {"compact": {"network": "compact", "source": "frames"}}


def test_what_is_read_otherwise(here, capsys):
    config = config_with({"otherwise": {"backbone": "compact", "layer": "dense"}}, **STILLS)
    study = study_of(config)
    assert study.architectures["svm"]["input"]["backbone"] == "own"
    assert network_files.sentences(study.backbones) == ["Backbone own: the file net.onnx is there and is read."]
    assert study.trained_backbones == []
    here.unlink()
    assert type(study)(study.config).architectures["svm"]["input"]["backbone"] == "own"  # the page says what was read
    study = study_of(config)
    assert study.architectures["svm"]["input"] == {**READ, "backbone": "compact", "layer": "dense"}
    (line,) = network_files.sentences(study.backbones)
    assert line == "Backbone own: there is no file net.onnx, so dense of compact is read instead."
    assert {rule for rule, _ in every_job(study)} >= {"fit_backbone", "extract_features"}
    assert study.trained_elsewhere("videos", "held") == {}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (config_with({"stills": "people"}), "own/stills: means nothing with network: file; the file is run as it is"),
        (config_with({"source": "frames"}), "own/source: means nothing with network: file"),
        (config_with({"phases": [{"unfreeze": "head"}]}), "own/phases: means nothing"),
        (config_with({"precision": "bfloat16"}), "own/precision: means nothing"),
        (config_with({"file": {**FILE, "path": "net.pt"}}), "own/file/format: missing; the ending of 'net.pt'"),
        (config_with({"file": {**FILE, "path": "no.onnx"}}), "own/file/path: there is no file 'no.onnx'"),
        (config_with({"file": {**FILE, "input": {"size": 12, "mean": [1]}}}), "mean: found 1 numbers; rgb has 3"),
        (config_with({"file": {**FILE, "input": {"size": 12, "range": [1, 0]}}}), r"input/range: found \[1, 0\]"),
        (config_with({"file": {**FILE, "input": {"size": 12, "frames": 8}}}), "layout: found nhwc with frames"),
        (config_with({"file": {**FILE, "input": {"size": 12, "stride": 8}}}), "stride: means nothing without frames"),
        (config_with({"otherwise": {"backbone": "none", "layer": "x"}}), "otherwise/backbone: 'none' is no backbone"),
        (config_with(wanted={"layer": "add_4"}), "svm/input/layer: own is a file, .* backbones/own/file/output"),
        (config_with(wanted={"kind": "faces"}, family="online_cascade"), "online_cascade runs a backbone that"),
    ],
)  # fmt: skip
def test_what_a_file_cannot_be_is_refused(here, config, words):
    with pytest.raises(StudyError, match=words):
        study_of(config)


def test_vectors_of_windows_stand_beside_no_crops(here):
    told = {"file": {**FILE, "input": {"size": 12, "frames": 8, "layout": "nthwc"}}}
    config = config_with(told, {"kind": "faces+features"}, "cascade")
    with pytest.raises(StudyError, match="own has one vector per window of frames, which cannot stand beside crops"):
        study_of(config)


def test_what_others_trained_goes_to_the_audit_and_to_nothing_else(here):
    told = {}
    for names in (None, "unknown", ["ferplus"]):
        study = study_of(config_with({"trained_on": names} if names else {}))
        audit = data_jobs.audit_protocol(study, "videos", "held")
        told[str(names)] = {rule: job.to_json() for rule, job in every_job(study)}
        assert audit.elsewhere == {"own": ["ferplus"] if names == ["ferplus"] else []}
        assert audit.names == ["manifest", "videos"]
    assert told["None"] == told["unknown"]
    assert {rule for rule, text in told["unknown"].items() if told["['ferplus']"][rule] != text} == {"audit_protocol"}


def test_weights_of_others_count_too(here):
    known = {}
    for weights in ("none", "imagenet", "net.onnx"):
        config = config_of({"network": "vgg16", "weights": weights}, {"layer": "fc1"})
        study = study_of(config)
        known[weights] = study.trained_elsewhere("videos", "held")
        if weights == "none":
            assert "elsewhere" not in json.loads(data_jobs.audit_protocol(study, "videos", "held").to_json())
    assert known == {"none": {}, "imagenet": {"own": ["imagenet"]}, "net.onnx": {"own": []}}


@pytest.mark.parametrize(
    ("told", "status", "words"),
    [
        ([], "unknown", "Nobody said on what own was trained"),
        (["CREMA-D"], "leak", "own was trained on CREMA-D, which is tested here"),
        (["fer2013", "Lab"], "leak", "trained on Lab, which"),
        (["fer2013"], "unknown", "trained on fer2013: nobody knows who is in it"),
        (["imagenet"], "pass", "trained on imagenet, as stated in the config; it is no dataset of named people"),
        (["BU-4DFE"], "pass", "own was trained on BU-4DFE, as stated in the config."),
    ],
)
def test_the_audit_of_networks_from_elsewhere(told, status, words):
    found = elsewhere.networks({"own": told, "other": ["imagenet"]}, ["lab", "cremad", "all"])
    assert found.status == status
    assert words in found.text
