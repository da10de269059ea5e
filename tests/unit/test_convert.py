"""Trained networks in the formats of devices: the same answers, honest rows, and jobs that concern nothing else."""

import dataclasses
import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from completed import SCHEMA
from fake_study import build

import convert_model
from ferstudy import paths
from ferstudy.convert import agreement, latency, refused, rows
from ferstudy.convert.sample_arrays import padded, shapes
from ferstudy.errors import StudyError
from ferstudy.jobs.convert_model import ConvertModel
from ferstudy.models import bundle
from ferstudy.models.clip import Sample
from ferstudy.report.blocks import PageTable, walk
from ferstudy.report.numbers import DASH, THIN
from ferstudy.report.read import read
from ferstudy.report.sections import exports
from ferstudy.store.write import Writer
from ferstudy.study.check import check
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.tables import clips as clips_table
from ferstudy.tables import folds as folds_table
from ferstudy.tables import predictions
from ferstudy.tables.clips import Clip
from ferstudy.tables.folds import Assignment
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.write import write_rows
from ferstudy.training import inputs
from ferstudy.whole_files import write_text

CLASSES = ["anger", "fear", "joy"]
TOLERANCE = {"float32": 1e-4, "float16": 1e-2, "int8": 0.05}


def tools(form: str):
    """A mark that skips where what writes the format is not installed."""
    missing = [name for name in convert_model.NEEDED[form] if not find_spec(name)]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed: make venv, make export-tools")


FORMS = [pytest.param(form, marks=tools(form)) for form in convert_model.NEEDED]


def tiny(name: str, rng: np.random.Generator):
    """A network that was never trained, and the inputs of some samples of several lengths."""
    import keras

    keras.utils.set_random_seed(1)
    family_name = "cascade" if name in ("lstm", "bilstm", "cnn1d", "separable") else name
    family = import_module(f"ferstudy.models.{family_name}")
    if family_name == "cascade":
        settings = {**family.DEFAULTS, **family.NETWORK, "cell": name, "units": 4, "frames": 12,
                    "filters": [16, 16], "dense": 4}  # fmt: skip
        if name == "separable":
            settings |= {"cell": "cnn1d", "separable": True}
        lengths = (12, 5, 9)
        samples = [Sample(0, n, {"features": rng.normal(size=(n, 6)).astype("float16")}) for n in lengths]
        statistics = {"mean": [0.1] * 6, "variance": [2.0] * 6}
    elif family_name == "two_stream":
        settings = {**family.DEFAULTS, **family.NETWORK, "size": 48, "width": 0.5, "dense": 32}
        shape = (48, 48, 3)
        samples = [
            Sample(0, 1, {key: rng.uniform(-1, 1, shape).astype("float16") for key in ("rgb", "flow")})
            for _ in range(3)
        ]
        statistics = {}
    else:
        settings = {**family.DEFAULTS, **family.NETWORK, "padding": "same", "dense": [8]}
        samples = [Sample(0, 16, {"frames": rng.uniform(-1, 1, (16, 32, 32, 1)).astype("float16")}) for _ in range(3)]
        statistics = {}
    shapes = {key: array.shape[1:] for key, array in family.batch(samples[:1], settings).items()}
    network = family.build(len(CLASSES), shapes, statistics, **settings)
    return network, [family.batch([sample], settings) for sample in samples], settings


def converted(name: str, form: str, precision: str, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (samples, classes) of the network and of its file."""
    from ferstudy.convert.fixed import fixed

    network, batches, _ = tiny(name, np.random.default_rng(3))
    wanted = shapes(batches)
    ready = [padded(batch, wanted) for batch in batches]
    module = import_module(f"ferstudy.convert.{form}_form")
    module.write(fixed(network, ready[0]), folder, precision, ready)
    answer = module.reader(folder)
    own = np.concatenate([network.predict_on_batch(batch) for batch in batches])
    return own, np.concatenate([answer(batch) for batch in ready])


# ---------------------------------------------------------------- files answer as networks do


def when(name: str, precision: str) -> tuple:
    """At every check one network in whole numbers; later its other precisions, and whole numbers of the others."""
    if precision == "int8":
        return () if name == "lstm" else (pytest.mark.slow,)
    return (pytest.mark.slow,) if name == "lstm" else (pytest.mark.drill,)


ANSWERS = [
    pytest.param(name, precision, marks=when(name, precision))
    for name in ("lstm", "cnn1d", "separable", "two_stream")
    for precision in TOLERANCE
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("name", "precision"), ANSWERS)
def test_a_file_answers_as_its_network(tmp_path, name, form, precision):
    own, found = converted(name, form, precision, tmp_path)
    assert found.shape == own.shape == (3, len(CLASSES))
    np.testing.assert_allclose(found, own, atol=TOLERANCE[precision])
    assert len(np.unique(own.round(4), axis=0)) == 3  # the samples differ, so equality says something


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bilstm", pytest.param("c3d", marks=tools("onnx"))])
def test_further_networks_answer_alike_in_the_format_that_has_them(tmp_path, name):
    own, found = converted(name, "onnx" if name == "c3d" else "litert", "float32", tmp_path)
    np.testing.assert_allclose(found, own, atol=1e-4)


@pytest.mark.parametrize(
    "precision", ["float32", *(pytest.param(each, marks=pytest.mark.slow) for each in ("float16", "int8"))]
)
def test_a_format_without_an_operation_says_which(tmp_path, precision):
    """LiteRT has no pooling in three dimensions: TensorFlow's would be needed on the device."""
    with pytest.raises(Exception, match="MaxPool3D") as caught:
        converted("c3d", "litert", precision, tmp_path)
    assert refused.sentence("litert", caught.value) == "LiteRT has no operation for MaxPool3D"


@pytest.mark.parametrize(
    ("form", "said", "sentence"),
    [
        (
            "openvino",
            "\x1b[1mCannot read\x1b[0m /some/where/model.onnx\nat /some/where.cpp:12\n",
            "OpenVINO cannot express this network (ValueError: Cannot read a file)",
        ),
        (
            "onnx",
            'Load model from /tmp/x/model.onnx failed:This is an invalid model. In Node, ("a/Gelu/Erfc", Erfc, "", -1)',
            "ONNX has no operation for Erfc",
        ),
        (
            "openvino",
            "Failed operations detailed log:\n-- Loop-18 with a message:\n",
            "OpenVINO has no operation for Loop",
        ),
        ("openvino", "No conversion rule found for operations: Erfc-15\n", "OpenVINO has no operation for Erfc"),
    ],
)
def test_what_a_converter_said_is_one_line_without_colours_and_paths(form, said, sentence):
    assert refused.sentence(form, ValueError(said)) == sentence


@tools("openvino")
def test_whole_numbers_that_openvino_computes_wrongly_make_no_file(tmp_path, monkeypatch):
    """Its convolutions over time were seen to answer at random in int8; onnxruntime has the same numbers."""
    form = import_module("ferstudy.convert.openvino_form")
    monkeypatch.setattr(form, "reader", lambda folder: lambda batch: np.array([[1.0, 0.0, 0.0]]))
    with pytest.raises(StudyError, match=r"OpenVINO computes this int8 network wrongly: .* 0\.[1-9]. apart"):
        converted("cnn1d", "openvino", "int8", tmp_path)


# ---------------------------------------------------------------- the job


PEOPLE = {f"person{n:02d}": "test" if n < 10 else "train" for n in range(80)}


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A trained fold on disk, 10 people who test and 70 who train, of one clip each of each of three classes."""
    from ferstudy.models import saved_network

    rng = np.random.default_rng(1)
    network, _, settings = tiny("lstm", rng)
    told = {"family": "cascade", "sampling": settings, "classes": CLASSES, "input": {"kind": "features"},
            "windows": {"kind": "whole", "every": 1, "shortest": 1}}  # fmt: skip
    saved_network.save(tmp_path / "model.zip", told, network)
    clips = [Clip(f"{who}_{label}", "x.avi", who, label) for who in PEOPLE for label in CLASSES]
    write_rows(tmp_path / "clips.csv", clips_table.COLUMNS, clips)
    dealt = [Assignment("0", clip.clip, PEOPLE[clip.subject]) for clip in clips]
    write_rows(tmp_path / "folds.csv", folds_table.COLUMNS, dealt)
    with Writer(tmp_path / "features.h5", (6,), "float16", attributes={"leaf": "lab"}) as writer:
        for clip in clips:
            frames = int(rng.integers(3, 8))
            writer.begin(clip.clip)
            writer.add(rng.normal(size=(frames, 6)).astype("float16"), np.arange(frames))
            writer.end()
    tested = [clip for clip in clips if PEOPLE[clip.subject] == "test"]
    table = Predictions.of(
        CLASSES, np.full((len(tested), 3), 1 / 3), dataset="lab", protocol="kfold", model="lstm", fold="0", run=0,
        role="test", clip=[clip.clip for clip in tested], subject=[clip.subject for clip in tested],
        truth=[clip.label for clip in tested], predicted="anger", covered=True, samples=1,
    )  # fmt: skip
    write_rows(tmp_path / "predictions.csv", predictions.header(table.classes), table.rows())
    (tmp_path / "run.json").write_text(json.dumps({"prior": [1 / 3] * 3}))
    monkeypatch.setattr(convert_model.backend, "start", lambda *_, **__: None)  # Keras runs here already
    monkeypatch.setattr(latency, "LEAST", 2)
    monkeypatch.setattr(latency, "LONGEST", 0.0)
    return tmp_path


def job(folder: Path, form: str = "litert", precision: str = "float32", **changes) -> ConvertModel:
    told = ConvertModel(
        dataset="lab", protocol="kfold", architecture="lstm", family="cascade", fold="0", run=0, form=form,
        precision=precision, kinds=["features"], evaluation={"resamples": 5000, "flips": 500, "seed": 1},
        model=str(folder / "model.zip"), record=str(folder / "run.json"), predictions=str(folder / "predictions.csv"),
        clips=str(folder / "clips.csv"), folds=str(folder / "folds.csv"), features=[str(folder / "features.h5")],
        out=str(folder / "out.json"), folder=str(folder / "out"),
    )  # fmt: skip
    return dataclasses.replace(told, **changes)


def ran(told: ConvertModel) -> dict:
    convert_model.main(told)
    return json.loads(Path(told.out).read_text())


def test_int8_is_calibrated_on_training_clips_alone_and_judged_on_test_clips(study, monkeypatch):
    read, load, calibrated = [], inputs.load, []
    monkeypatch.setattr(
        inputs, "load", lambda kinds, stores, names: read.append(list(names)) or load(kinds, stores, names)
    )
    form = import_module("ferstudy.convert.litert_form")
    write = form.write
    monkeypatch.setattr(form, "write", lambda *told: calibrated.extend(told[-1]) or write(*told))
    found = ran(job(study, "litert", "int8"))
    role = {name: PEOPLE[name.partition("_")[0]] for names in read for name in names}
    assert [{role[name] for name in names} for names in read[:2]] == [{"train"}, {"test"}]
    assert len(read[0]) == len(calibrated) == found["calibrated_on"] == rows.CALIBRATION
    assert len(read[1]) == found["agreement"]["clips"] == 30
    of_training = load(("features",), {"features": [study / "features.h5"]}, read[0])
    for batch, clip in zip(calibrated, of_training.values(), strict=True):
        assert (batch["features"][: len(clip.features)] == clip.features).all()
        assert batch["mask"].sum() == len(clip.features)


def test_a_record_says_what_was_measured(study):
    found = ran(job(study))
    assert (found["error"], found["judged_on"], found["calibrated_on"]) == ("", "test", 0)
    assert found["bytes"] == sum(path.stat().st_size for path in (study / "out").iterdir())
    assert found["inputs"]["features"] == {"shape": [8, 6], "dtype": "float16"}  # 7 frames, rounded up
    assert found["agreement"]["largest"] < 1e-4
    assert found["agreement"]["same"] == 1
    assert 0 < found["latency"]["converted"]["p50"] <= found["latency"]["converted"]["p95"]
    assert found["uar"]["original"] == pytest.approx(1 / 3)  # the table says anger of all
    assert found["uar"]["units"] == "10 subjects"


def test_a_model_for_use_is_compared_on_training_clips_and_not_scored(study, monkeypatch):
    form = import_module("ferstudy.convert.litert_form")
    monkeypatch.setattr(form, "write", lambda network, folder, *_: (folder / form.NAME).touch())
    monkeypatch.setattr(form, "reader", lambda folder: lambda batch: np.full((1, 3), 1 / 3))
    found = ran(job(study, fold="deploy", predictions=""))
    assert (found["judged_on"], found["uar"], found["agreement"]["clips"]) == ("train", {}, rows.CALIBRATION)


def test_a_format_that_fails_leaves_a_sentence_and_an_empty_folder(study, monkeypatch):
    form = import_module("ferstudy.convert.litert_form")

    def write(network, folder, *_):
        (folder / "half").write_text("written")
        raise ValueError("no such operation")

    monkeypatch.setattr(form, "write", write)
    found = ran(job(study))
    assert found["error"] == "LiteRT cannot express this network (ValueError: no such operation)"
    assert "agreement" not in found
    assert list((study / "out").iterdir()) == []


def test_an_estimator_is_a_row_with_the_reason(study):
    bundle.write(study / "svm.zip", {"trusted_types": [], "family": "linear"}, "estimator.skops", b"")
    found = ran(job(study, "onnx", "int8", model=str(study / "svm.zip")))
    assert found["error"] == refused.ESTIMATOR
    assert list((study / "out").iterdir()) == []


def test_a_tool_that_is_missing_is_named_with_the_command(study, monkeypatch):
    monkeypatch.setattr(convert_model, "find_spec", lambda name: name != "openvino")
    with pytest.raises(StudyError, match="OpenVINO is written with openvino, which is not installed: run `make venv`"):
        convert_model.main(job(study, "openvino"))


def test_differences_are_paired_by_person():
    """Ten people, each with a clip of each class: the file loses one clip of every person."""
    people = [f"p{n}" for n in range(10)]
    clips = [Clip(f"{who}_{label}", "x", who, label) for who in people for label in CLASSES]
    truth = [clip.label for clip in clips]
    test = Predictions.of(
        CLASSES, np.eye(3)[[CLASSES.index(label) for label in truth]], dataset="lab", protocol="k", model="m", fold="0",
        run=0, role="test", clip=[clip.clip for clip in clips], subject=[clip.subject for clip in clips], truth=truth,
        predicted=truth, covered=True, samples=1,
    )  # fmt: skip
    answers = {clip.clip: np.eye(3)[min(CLASSES.index(clip.label), 1)] for clip in clips}  # joy is called fear
    found = agreement.scored(test, answers, clips, {"resamples": 5000, "flips": 2000, "seed": 1})
    assert (found["original"], found["converted"]) == (1, pytest.approx(2 / 3))
    assert found["difference"] == pytest.approx(-1 / 3)
    assert found["separable"]
    assert found["p"] == pytest.approx(2 / 2**10)


def test_clips_for_calibration_are_few_in_order_and_from_end_to_end():
    names = [f"c{n:03d}" for n in range(200)]
    some = rows.spread(names, 64)
    assert (len(some), some[0], some[-1], some) == (64, "c000", "c199", sorted(set(some)))
    assert rows.spread(names[:3], 64) == names[:3]


# ---------------------------------------------------------------- the plan


def _study(**more) -> Study:
    config = {
        "datasets": {"lab": {"adapter": "manifest", "root": "videos", "classes": ["anger", "fear"]}},
        "protocols": {"kfold3": {"kind": "kfold"}},
        "grid": {"lab": ["kfold3"]},
        "recipes": {"crop64": {"crop": {"size": 64}, "flow": {}}},
        "architectures": {
            "c3d": {"family": "c3d", "input": {"kind": "faces", "recipe": "crop64"}},
            "two": {"family": "two_stream", "input": {"kind": "faces+flow", "recipe": "crop64"}},
        },
        **more,
    }
    return Study(complete(json.loads(json.dumps(config)), SCHEMA, "config.yaml"))


def test_a_format_adds_its_jobs_and_changes_no_other():
    plain = list(every_job(_study(exports=True)))
    more = list(every_job(_study(exports=True, export_formats=["onnx/int8", "litert/float16"])))
    added = [told for rule, told in more if rule == "convert_model"]
    assert {(told.architecture, told.form, told.precision) for told in added} == {
        (arch, *each) for arch in ("c3d", "two") for each in (("onnx", "int8"), ("litert", "float16"))
    }
    assert [one for one in more if one[0] != "convert_model"] == plain
    assert "ferstudy/convert/onnx_form.py" in added[0].modules()
    one = [told for rule, told in every_job(_study(exports=["lab/two"], export_formats=["onnx/int8"]))
           if rule == "convert_model"]  # fmt: skip
    assert [told.out for told in one] == ["results/exports/lab/two/onnx-int8.json"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"export_formats": ["onnx/int8"]}, "export_formats: no model is exported, so none is converted"),
        ({"exports": True, "export_formats": ["onnx/int4"]}, "onnx/int4"),
    ],
)
def test_formats_that_cannot_be_are_refused(config, said):
    with pytest.raises(StudyError, match=said):
        check(_study(**config).config, "config.yaml")


# ---------------------------------------------------------------- the page


def _record(arch: str, form: str, precision: str, **more) -> dict:
    told = {
        "cell": ["acted", "kfold3", arch, "final", 0], "format": form, "precision": precision, "error": "",
        "bytes": 250_000, "original_bytes": 1_000_000, "processor": "Toy 9000", "judged_on": "test",
        "latency": {"original": {"p50": 0.006, "p95": 0.009}, "converted": {"p50": 0.002, "p95": 0.003}},
        "agreement": {"clips": 96, "largest": 0.034, "same": 0.96},
        "uar": {"original": 0.75, "converted": 0.73, "difference": -0.02, "low": -0.05, "high": 0.01, "p": 0.3,
                "separable": False, "units": "8 subjects", "clips": 96, "method": "sign-flip"},
    }  # fmt: skip
    return {**told, **more}


@pytest.fixture
def results(tmp_path):
    """A function that makes the results of the made-up study with these records."""

    def made(*records: dict):
        plan = build(tmp_path)
        formats = [f"{record['format']}/{record['precision']}" for record in records]
        config = {**plan["config"], "exports": ["acted/lstm"], "export_formats": list(dict.fromkeys(formats))}
        for record in records:
            place = (*record["cell"][::2][:2], record["format"], record["precision"])
            write_text(tmp_path / paths.converted(*place, ".json"), json.dumps(record))
        return read(Study(config), tmp_path / "results")

    return made


def test_a_study_without_formats_has_no_section(results):
    found = results()
    assert exports.section(found) is None
    assert not [hole for hole in found.holes if "exports" in hole.path]


def test_the_page_says_of_each_file_what_it_is_worth(results):
    lost = {"difference": -0.2, "low": -0.3, "high": -0.1, "p": 0.01, "separable": True}
    worse = _record("lstm", "litert", "int8")
    worse["uar"] = {**worse["uar"], **lost}
    found = results(
        _record("lstm", "onnx", "int8"),
        worse,
        _record("lstm", "openvino", "int8", error="OpenVINO has no operation for X"),
    )
    files, without = (block for block in walk(exports.section(found)) if isinstance(block, PageTable))
    texts = [[cell.text for cell in line.cells] for line in files.rows]
    assert texts[0] == ["`lstm`", "ONNX int8", f"0.25{THIN}MB", f"2{THIN}ms", "3.0", DASH, f"96{THIN}%", "0.730",
                        "−0.020", "not separable"]  # fmt: skip
    notes = [cell.note for cell in files.rows[0].cells]
    assert notes[2:6] == [f"25{THIN}% of the model", f"p95 3{THIN}ms", "", ""]
    assert notes[6:] == ["at most 0.034 apart", "model 0.750", "−0.050 to +0.010", "over 8 subjects"]
    assert texts[1][-1] == "separable: worse"
    assert len(files.rows) == 2
    assert [cell.text for cell in without.rows[0].cells] == [
        "`lstm`",
        "OpenVINO int8",
        "OpenVINO has no operation for X",
    ]


def test_a_file_that_is_missing_is_a_hole_of_the_page(results, tmp_path):
    found = results(_record("lstm", "onnx", "int8"))
    (tmp_path / paths.converted("acted", "lstm", "onnx", "int8", ".json")).unlink()
    holes = read(found.study, tmp_path / "results").holes
    assert [hole.path for hole in holes if "exports" in hole.path] == ["results/exports/acted/lstm/onnx-int8.json"]


def test_a_model_for_use_has_no_verdict_and_says_why(results):
    found = results(_record("lstm", "onnx", "int8", uar={}, judged_on="train"))
    table = next(block for block in walk(exports.section(found)) if isinstance(block, PageTable))
    verdict = table.rows[0].cells[-1]
    assert (verdict.text, verdict.note) == ("not tested", "no test clip; compared on 96 training clips")
