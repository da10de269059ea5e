"""Where a study has many shards, one file stands for them in the inputs of its trainings."""

import json
from functools import cache
from pathlib import Path

import numpy as np
from completed import SCHEMA

import list_stores
from ferstudy.jobs.list_stores import ListStores
from ferstudy.store.write import Writer
from ferstudy.study import jobs, yaml_file
from ferstudy.study.config import read_study
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.study.listing_jobs import MANY

TRAINING = {"dataset": "builtin", "protocol": "rotating", "arch": "two_stream", "fold": "0", "run": "0"}
ROOT = Path(__file__).parents[2]


@cache
def study_of(shards: int) -> Study:
    """The default study in so many shards."""
    return read_study({**yaml_file.read(ROOT / "config/config.yaml"), "shards": shards}, SCHEMA, "config/config.yaml")


def test_a_training_of_many_shards_has_one_input_for_each_kind_of_store():
    study = study_of(MANY)
    job = jobs.job(study, "train_fold", **TRAINING)
    assert job.listings == ["results/faces/builtin/crop64/listing.json", "results/flow/builtin/crop64/listing.json"]
    assert job.paths("reads") == {"listings": job.listings}
    assert [len(paths) for paths in job.paths("stores").values()] == [MANY, MANY]
    made = {path: one for rule, one in every_job(study) if rule == "list_stores" for path in one.listed("writes")}
    assert made["results/flow/builtin/crop64/listing.json"].listed("reads") == job.flow
    needed = {path for rule, one in every_job(study) if rule == "train_fold" for path in one.listings}
    assert needed == made.keys()


def test_a_training_of_few_shards_reads_them_and_nothing_is_listed():
    study = study_of(MANY - 1)
    job = jobs.job(study, "train_fold", **TRAINING)
    assert job.paths("reads") == {"faces": job.faces, "flow": job.flow}
    assert job.paths("stores") == {}
    assert not [rule for rule, _ in every_job(study) if rule == "list_stores"]


def test_copies_are_listed_apart():
    study = study_of(MANY)
    job = jobs.job(study, "list_stores", stores="features/builtin/crop64/compact/stills/dense", copies=".copies")
    assert job.out == "results/features/builtin/crop64/compact/stills/dense/listing.copies.json"
    assert job.stores[-1] == f"results/features/builtin/crop64/compact/stills/dense/{MANY - 1}.copies.h5"


def test_a_listing_tells_stores_of_other_content_apart(tmp_path):
    stores = [str(tmp_path / f"{name}.h5") for name in ("a", "same", "b")]
    for path, value in zip(stores, (1, 1, 2), strict=True):
        with Writer(path, (2,), "u1") as store:
            store.begin("clip")
            store.add(np.full((3, 2), value, "u1"), np.arange(3))
            store.end()
    list_stores.main(ListStores(stores=stores, out=str(tmp_path / "listing.json")))
    first, same, other = json.loads((tmp_path / "listing.json").read_text()).values()
    assert first == same != other
