"""What a job's result is made of: digests of tables by their content, of files and folders that are not ours."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ferstudy.jobs.extract_features import ExtractFeatures
from ferstudy.jobs.index_clips import IndexClips
from ferstudy.jobs.make_folds import DEALT, MakeFolds
from ferstudy.jobs.sum_faces import SumFaces
from ferstudy.provenance import gates
from ferstudy.provenance.external import digest_of, listing
from ferstudy.provenance.made_of import content, table_digest, whole

TABLE = "clip,subject,path,age\na,s1,x.avi,30\nb,s2,y.avi,\n"
COLUMNS = ("clip", "subject", "age")


@pytest.fixture
def digest(tmp_path):
    """The digest of a table of this text; each call writes a new file."""
    count = iter(range(100))

    def of(text: str, columns: tuple[str, ...] = COLUMNS) -> str:
        path = tmp_path / f"{next(count)}.csv"
        path.write_text(text, encoding="utf-8")
        return table_digest(str(path), columns)

    return of


def test_the_order_of_rows_and_columns_and_other_columns_say_nothing(digest):
    expected = digest(TABLE)
    assert digest("clip,subject,path,age\nb,s2,y.avi,\na,s1,x.avi,30\n") == expected
    assert digest("age,subject,clip\n30,s1,a\n,s2,b\n") == expected
    assert digest("clip,subject,path,age\na,s1,moved/x.avi,30\nb,s2,moved/y.avi,\n") == expected
    assert digest("\ufeff" + TABLE) == expected
    assert digest(TABLE.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize(
    "text",
    [
        TABLE.replace("30", "31"),
        TABLE.replace("s2", "s1"),
        TABLE + "c,s3,z.avi,40\n",
        TABLE + "b,s2,y.avi,\n",
        TABLE.replace("b,s2,y.avi,\n", ""),
        TABLE.replace("a,s1,x.avi,30\nb,s2,y.avi,", "a,s2,x.avi,30\nb,s1,y.avi,"),
    ],
    ids=["cell", "subject", "new row", "row twice", "row gone", "cells exchanged"],
)
def test_another_content_has_another_digest(digest, text):
    assert text != TABLE
    assert digest(text) != digest(TABLE)


def test_a_column_that_is_not_there_is_empty(digest):
    assert digest("clip,subject\na,s1\n") == digest("clip,subject,age\na,s1,\n")
    assert digest("clip,subject\na,s1\n") != digest("clip,subject,age\na,s1,30\n")


def test_cells_are_not_run_together(digest):
    assert digest("clip,subject,age\nab,c,\n") != digest("clip,subject,age\na,bc,\n")


def test_a_missing_table_has_no_digest_and_gets_one_when_it_comes(tmp_path):
    path = tmp_path / "clips.csv"
    assert table_digest(str(path), COLUMNS) == ""
    path.write_text(TABLE)
    first = table_digest(str(path), COLUMNS)
    assert first
    path.write_text(TABLE.replace("30", "310"))
    assert table_digest(str(path), COLUMNS) != first
    path.unlink()
    assert table_digest(str(path), COLUMNS) == ""


def folds_job(folder: Path, **more) -> MakeFolds:
    files = {"clips": str(folder / "clips.csv"), "folds": str(folder / "folds.csv")}
    return MakeFolds(dataset="d", protocol={"kind": "kfold"}, classes=["a"], state="state", **files, **more)


def test_the_content_of_a_job_is_that_of_its_tables_and_foreign_files(tmp_path):
    memory = str(tmp_path / "state/digests.json")
    (tmp_path / "clips.csv").write_text(TABLE)
    (tmp_path / "list.csv").write_text("clip,fold\n")
    job = folds_job(tmp_path, lists=[str(tmp_path / "list.csv"), str(tmp_path / "gone.csv")])
    assert content(job, memory) == {
        "clips": table_digest(str(tmp_path / "clips.csv"), DEALT),
        "lists": [digest_of(tmp_path / "list.csv", memory), ""],
    }
    assert set(content(folds_job(tmp_path), memory)) == {"clips"}  # no list, no digest
    reads = SumFaces(leaf="a", limit=0.1, clips=[], index="", faces=["f.h5"], rejected=["r.csv"], out="o.json")
    assert content(reads, memory) == {}  # what another job writes counts by its time


def test_a_table_without_named_columns_counts_by_its_bytes(tmp_path):
    index = tmp_path / "index.csv"
    job = SumFaces(leaf="a", limit=0.1, clips=[], index=str(index), faces=[], rejected=[], out="o.json")
    index.write_text("a\nb\n")
    first = content(job, str(tmp_path / "digests.json"))
    index.write_text("b\na\n")
    assert content(job, str(tmp_path / "digests.json")) != first


def test_a_folder_counts_by_its_files(tmp_path):
    videos, memory = tmp_path / "videos", str(tmp_path / "digests.json")
    videos.mkdir()
    files = {name: str(tmp_path / name) for name in ("state", "clips", "rejected", "notes")}
    job = IndexClips(adapter="manifest", classes=["a"], shortest=1, videos=str(videos), shards=[], **files)
    first = content(job, memory)
    assert first == {"videos": listing(videos)}
    (videos / "a.avi").write_bytes(b"a")
    assert content(job, memory) != first


def test_a_touched_table_makes_no_other_job_and_an_edited_one_does(tmp_path):
    memory = str(tmp_path / "digests.json")
    table = tmp_path / "clips.csv"
    table.write_text(TABLE)
    first = whole(folds_job(tmp_path), memory).to_json()
    os.utime(table, (5, 5))
    assert whole(folds_job(tmp_path), memory).to_json() == first
    table.write_text(TABLE.replace("x.avi", "elsewhere/x.avi"))  # a moved video deals nobody anew
    assert whole(folds_job(tmp_path), memory).to_json() == first
    table.write_text(TABLE.replace("30", "31"))
    assert whole(folds_job(tmp_path), memory).to_json() != first


def test_the_code_of_a_job_has_the_modules_that_it_loads_by_name(tmp_path):
    told = {"layer": "dense", "precision": "float32", "threads": 1, "backend": "tensorflow"}
    job = ExtractFeatures(network="compact", **told, faces="f.h5", backbone="m.zip", out="o.h5")
    made = whole(job, str(tmp_path / "digests.json"))
    assert replace(made, code="", content={}) == job
    assert made.code
    assert whole(replace(job, network="vgg16"), str(tmp_path / "digests.json")).code != made.code
    assert whole(replace(job, layer="gap"), str(tmp_path / "digests.json")).code == made.code


def test_a_gate_that_judged_other_findings_is_forgotten(tmp_path):
    same, other, alone = (tmp_path / f"{name}.passed" for name in ("same", "other", "alone"))
    for path in (same, other):
        path.with_suffix(".json").write_text("{}")
    same.write_text(f"12 of 12 clips\n{gates.digest(same.with_suffix('.json'))}\n")
    other.write_text(f"12 of 12 clips\n{'0' * 64}\n")
    alone.write_text("")
    gates.forget(map(str, (same, other, alone, tmp_path / "none.passed")))
    assert [path.exists() for path in (same, other, alone)] == [True, False, False]
