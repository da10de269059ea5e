"""What a model costs per clip: against numbers of TensorFlow's own profiler, and stores made by hand."""

import json
from pathlib import Path

import numpy as np
import pytest
from completed import SCHEMA

from ferstudy.errors import StudyError
from ferstudy.store.write import Writer
from ferstudy.study import cost_jobs
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_file
from ferstudy.study.grid import Study
from ferstudy.training import cost


def store(path: Path, clips: dict[str, int], values: tuple[int, ...] = (4,)) -> Path:
    """A store of the leaf "lab": {clip: frames}."""
    with Writer(path, values, "float16", attributes={"leaf": "lab"}) as writer:
        for name, frames in clips.items():
            writer.begin(name)
            writer.add(np.zeros((frames, *values), "float16"), np.arange(frames))
            writer.end()
    return path


def test_the_clip_of_median_length_is_measured_first_then_longer_ones_then_shorter(tmp_path):
    features = store(tmp_path / "0.h5", {"a": 3, "b": 9, "c": 5}), store(tmp_path / "1.h5", {"d": 4, "e": 30})
    found = [(clip.name, len(clip.frame)) for clip in cost.typical(["features"], {"features": list(features)})]
    assert found == [("lab/c", 5), ("lab/b", 9), ("lab/e", 30), ("lab/d", 4), ("lab/a", 3)]


def test_without_a_common_clip_nothing_is_measured(tmp_path):
    stores = {"features": [store(tmp_path / "0.h5", {"a": 3})], "landmarks": [store(tmp_path / "1.h5", {"b": 3})]}
    with pytest.raises(StudyError, match="no clip is in the stores of features and landmarks"):
        next(cost.typical(["features", "landmarks"], stores))


def test_the_first_calls_do_not_count_and_the_median_stands_between_its_quartiles():
    calls = []
    found = cost.timed(lambda: calls.append(1))
    assert len(calls) == found["repetitions"] + cost.WARM == cost.LEAST + cost.WARM
    assert 0 <= found["seconds_low"] <= found["seconds"] <= found["seconds_high"]


def test_what_comes_before_a_model_and_is_not_measured_is_named():
    assert cost.not_counted(["features"], True) == ["finding and following faces"]
    assert cost.not_counted(["features"], False)[1:] == ["frame features of others"]
    assert cost.not_counted(["faces", "flow"], False)[1:] == ["optical flow"]


def test_operations_are_those_that_tensorflow_counts_in_its_graph():
    import tensorflow as tf
    from keras import Model, layers

    from ferstudy.training import network_cost

    image = layers.Input((16, 16, 1))
    x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(image)
    x = layers.Conv2D(8, 3, use_bias=False)(x)
    network = Model(image, layers.Dense(6, use_bias=False)(layers.Flatten()(x)))
    graph = tf.function(network).get_concrete_function(tf.TensorSpec((1, 16, 16, 1))).graph
    told = {**tf.compat.v1.profiler.ProfileOptionBuilder.float_operation(), "output": "none"}
    assert network_cost.operations(network, 1) == tf.compat.v1.profiler.profile(graph, options=told).total_float_ops


def _study(**report) -> Study:
    config = {
        "report": report,
        "datasets": {"lab": {"adapter": "manifest", "root": "videos", "classes": ["anger", "fear"]}},
        "protocols": {"kfold3": {"kind": "kfold"}, "loso": {"kind": "loso"}},
        "grid": {"lab": ["kfold3", "loso"]},
        "stills": {"people": {"classes": ["anger", "fear"]}},
        "recipes": {"crop64": {"crop": {"size": 64}, "flow": {}}},
        "backbones": {"compact": {"network": "compact", "stills": "people"}},
        "architectures": {
            "lstm": {
                "family": "cascade",
                "input": {"kind": "features", "recipe": "crop64", "backbone": "compact", "layer": "dense"},
            },
            "two": {"family": "two_stream", "input": {"kind": "faces+flow", "recipe": "crop64"}},
        },
    }
    return Study(complete(json.loads(json.dumps(config)), SCHEMA, "config.yaml"))


def test_costs_are_measured_where_the_config_asks_and_once_for_all_protocols():
    assert not [path for path in every_file(_study()) if "/cost/" in path]
    found = [path for path in every_file(_study(cost=True)) if "/cost/" in path]
    assert found == ["results/cost/lab/lstm.json", "results/cost/lab/two.json"]


def test_a_measurement_reads_the_crops_that_the_backbone_describes():
    job = cost_jobs.measure_model(_study(cost=True), "lab", "lstm")
    assert (job.protocol, job.kinds, job.layer) == ("kfold3", ["features"], "dense")
    assert job.faces
    assert job.features
    assert job.backbone.endswith("compact/crop64/stills/model.zip")
    assert "ferstudy/models/compact.py" in job.modules()
    other = cost_jobs.measure_model(_study(cost=True), "lab", "two")
    assert other.faces
    assert other.flow
    assert not other.backbone
