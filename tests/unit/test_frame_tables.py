"""Tables of other tools as features: formats, presets, what is refused, and whose jobs an exchanged table concerns."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import openface_tables
import pyarrow
import pytest
import yaml
from jobs_of import command
from pyarrow import parquet
from test_config import study_of

import read_tables
from ferstudy.datasets.index import index
from ferstudy.datasets.summary import summary
from ferstudy.errors import StudyError
from ferstudy.models.aggregated import Aggregated
from ferstudy.provenance import made_of
from ferstudy.report import shown_faces
from ferstudy.report.records import FaceResults
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.study import data_jobs, foreign_tables, model_jobs
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.tables import clips, rejected, shards
from ferstudy.tables.clip_rows import Span, rows_of
from ferstudy.tables.frame_tables import SEVERAL_FACES, BadTable, of_clip, read
from ferstudy.tables.write import write_rows
from ferstudy.video import coverage

CONFIG = yaml.safe_load((Path(__file__).parents[1] / "tables/config/config.yaml").read_text())
del CONFIG["human"]  # votes, which have tests of their own
CELLS = np.array([[0.0, 0.5], [1.0, 1.5], [2.0, -2.5]])
WHOLE = Span(0, None, None, True)
TOLD = {"covered_frames": 0.5}


def told(preset: str, **more) -> dict:
    return foreign_tables.completed({"t": {"preset": preset, "root": ".", "minimum": 0.8, **TOLD, **more}})["t"]


def texts(header: str, *rows: str) -> dict[str, np.ndarray]:
    """The columns of a CSV table."""
    cells = [row.split(",") for row in rows]
    return {name: np.array([row[i] for row in cells], dtype=object) for i, name in enumerate(header.split(","))}


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "npy", "npz"])
def test_every_format_gives_the_same_numbers(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    if ending == "npy":
        np.save(path, CELLS)
    elif ending == "npz":
        np.savez(path, **{"0": CELLS[:, 0], "1": CELLS[:, 1]})
    elif ending == "parquet":
        parquet.write_table(pyarrow.table({"0": CELLS[:, 0], "1": CELLS[:, 1]}), path)
    else:
        mark = {"csv": ", ", "tsv": "\t"}[ending]
        path.write_text("\n".join(mark.join(row) for row in [["0", "1"], *CELLS.astype(str).tolist()]))
    table = of_clip(read(path), TOLD)
    assert table.names == ("0", "1")
    assert np.array_equal(table.values, CELLS.astype("float32"))
    assert table.frame.tolist() == [0, 1, 2]


def test_openface_counts_from_1_and_takes_the_face_that_is_sure_in_most_frames(tmp_path):
    own = openface_tables.rows(1, "anger", frames=6)
    other = own.copy()
    other[:, 1], other[:, 7:] = 1, 9
    other[:4, 3] = 0.2
    path = tmp_path / "a.csv"
    path.write_text(openface_tables.text(np.concatenate([other, own])))
    table = of_clip(read(path), told("openface"))
    assert table.frame.tolist() == list(range(6))
    units = [i for i, name in enumerate(openface_tables.HEADER) if name.startswith(("AU", "pose_R"))]
    assert table.names == tuple(openface_tables.HEADER[i] for i in units)
    assert np.allclose(table.values, own[:, units], atol=1e-4)
    assert table.notes == (SEVERAL_FACES,)


def test_py_feat_counts_from_0_and_its_emotions_are_features():
    header = "frame,FaceScore,AU01,AU12,Pitch,Roll,Yaw,anger,disgust,fear,happiness,sadness,surprise,neutral,input"
    row = "0.1,0.9,1,2,3,0,0,0,1,0,0,0,film.mp4"
    table = of_clip(texts(header, f"1,0.99,{row}", f"0,0.5,{row}"), told("pyfeat"))
    assert (table.frame.tolist(), table.good.tolist()) == ([0, 1], [False, True])
    assert len(table.names) == 12


def test_row_numbers_of_pandas_and_the_keys_of_a_row_are_no_features(tmp_path):
    for first in ("", "Unnamed: 0", "__index_level_0__"):
        (tmp_path / "a.csv").write_text(f"{first},frame,score,au\n0,0,0.9,5\n1,1,0.9,6\n")
        keys = {**TOLD, "frame": "frame", "first": 0, "confidence": "score", "minimum": 0.5}
        assert of_clip(read(tmp_path / "a.csv"), keys).names == ("au",)
        assert of_clip(read(tmp_path / "a.csv"), {**keys, "columns": ["*"]}).names == ("au",)
        assert of_clip(read(tmp_path / "a.csv"), {**keys, "columns": ["a*", "score"]}).names == ("score", "au")


def test_a_frame_without_the_face_counts_as_one_without_any():
    """Py-Feat writes a row without a name where it found nobody, and one for each person else."""
    rows = ["0,.9,A,1", "0,.9,B,7", "1,0,,nan", "2,.9,A,3", "3,.9,A,4", "4,.9,B,8", "4,.9,C,9", "5,0,,nan"]
    keys = {**TOLD, "frame": "frame", "first": 0, "confidence": "FaceScore", "minimum": 0.8, "face": "Identity"}
    table = of_clip(texts("frame,FaceScore,Identity,au", *rows), keys)
    assert table.frame.tolist() == list(range(6))
    assert table.values[table.good, 0].tolist() == [1, 3, 4]
    assert (rows_of(table, ("au",), WHOLE, 0.5, 1).of, table.notes) == (6, (SEVERAL_FACES,))
    alone = of_clip(texts("frame,FaceScore,Identity,au", *(row for row in rows if row[5] not in "BC")), keys)
    assert (alone.notes, alone.good.tolist()) == ((), [True, False, True, True, False])
    unnamed = {key: value for key, value in keys.items() if key != "face"}
    with pytest.raises(BadTable, match=r"frame twice: .*; of several faces, say in `face` which column tells"):
        of_clip(texts("frame,FaceScore,Identity,au", *rows), unnamed)


def test_rows_without_a_number_are_as_frames_without_a_face():
    table = of_clip(texts("a,b", "1,2", ",2", "nan,2", "3,-nan(ind)", "4,5"), TOLD)
    assert table.good.tolist() == [True, False, False, False, True]
    with pytest.raises(BadTable, match=r"too few sure frames: 2 of 5 frames have .*covered_frames asks for 0.5"):
        rows_of(table, ("a", "b"), WHOLE, 0.5, 1)
    assert rows_of(table, ("a", "b"), WHOLE, 0.4, 1).frame.tolist() == [0, 4]


FRAMES = {**TOLD, "frame": "frame", "first": 1}


@pytest.mark.parametrize(
    ("columns", "entry", "sentence"),
    [
        (texts("frame,a", "1,x", "2,3"), {**FRAMES, "columns": ["a"]}, "text in a number column: a is 'x' in row 1"),
        (texts("frame,a", "1,1", "1,2"), FRAMES, "frame twice: 1 of 1 stand there more than once in frame: 1"),
        (texts("frame,a", "0,1"), FRAMES, "frame without a number: frame is 0; expected whole numbers from 1"),
        (texts("frame,a", ",1"), FRAMES, "frame without a number: frame is empty in row 1"),
        (texts("t,a", "1,1"), {**TOLD, "columns": ["AU*"]}, "column missing: no column is called 'AU\\*'; found t, a"),
        (texts("number,a", "1,1"), FRAMES, "column missing: no column is called 'frame'; found number, a"),
        (texts("a", "x"), TOLD, "column missing: no column of numbers; found a"),
        ({}, TOLD, "table cannot be read: it has no rows"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(columns, entry, sentence):
    with pytest.raises(BadTable, match=sentence):
        of_clip(columns, entry)


def test_rows_belong_to_the_clip_within_its_film():
    table = of_clip(texts("frame,a", *(f"{i + 1},{i}" for i in range(20))), FRAMES)
    part = rows_of(table, ("a",), Span(5, 9, None, False), 0.5, 1)
    assert (part.frame.tolist(), part.values[:, 0].tolist(), part.of) == ([5, 6, 7, 8], [5, 6, 7, 8], 4)
    own = rows_of(table, ("a",), Span(5, 25, None, True), 0.5, 1)
    assert (own.frame.tolist(), own.of) == (list(range(5, 25)), 20)
    with pytest.raises(BadTable, match="table lacks frames: rows for 20 of 41 frames"):
        rows_of(table, ("a",), Span(0, None, 41, False), 0.5, 1)
    with pytest.raises(BadTable, match="table longer than the video: 20 frames, the video has 17"):
        rows_of(table, ("a",), Span(0, None, 17, False), 0.5, 1)
    with pytest.raises(BadTable, match="other columns: 1 columns, most tables have 2: lacks b"):
        rows_of(table, ("a", "b"), WHOLE, 0.5, 1)


# ---------------------------------------------------------------- jobs
@pytest.fixture
def study(tmp_path, monkeypatch) -> Study:
    """The study of tables in an empty folder, its clips listed."""
    monkeypatch.chdir(tmp_path)
    names = openface_tables.study(tmp_path)
    made = study_of(CONFIG)
    found = [clips.Clip(name, "", name.split("_")[0], name.split("_")[1]) for name in names]
    write_rows("results/clips/told.csv", clips.COLUMNS, found)
    for number in made.shards:
        own = [(clip.clip, "", None, None, "") for clip in found[number::2]]
        write_rows(f"results/clips/told/{number}.csv", shards.COLUMNS, own)
    return made


def test_a_study_of_tables_has_no_job_of_videos(study):
    rules = Counter(rule for rule, _ in every_job(study))
    assert not rules.keys() & {"extract_faces", "fingerprint_clips", "extract_features", "fit_backbone", "run_network"}
    assert (rules["read_tables"], rules["sum_faces"], rules["check_gate"]) == (2, 1, 2)
    audit = data_jobs.audit_protocol(study, "told", "held")
    assert (audit.fingerprints, audit.elsewhere) == ([], {"openface": []})
    training = model_jobs.train_fold(study, "told", "held", "au_svm", "0", 0)
    assert training.input == {"kind": "features", "table": "openface"}
    assert training.features == [f"results/tables/told/openface/{number}.h5" for number in study.shards]
    assert "results/tables/told/openface.passed" in training.passed
    assert (training.settings["standardise"], training.best) == (True, "")


def test_clips_without_videos_are_listed_as_the_manifest_names_them(tmp_path):
    rows = [
        "clip,subject,label,path,start,start_s",
        "a,s,anger,,,",
        "b,s,joy,x/b.csv,3,",
        "c,s,joy,,,1",
        ",s,joy,d.csv,,",
    ]
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    found, refused = index("manifest", tmp_path, ["anger", "joy"], {}, {"videos": "none"})
    assert [(clip.clip, clip.path, clip.start) for clip in found] == [("a", "", None), ("b", f"{tmp_path}/x/b.csv", 3)]
    assert [(row.clip, row.reason, row.detail) for row in refused] == [
        ("c", "no frames", "manifest.csv, line 4: without videos, start and end are frames"),
        ("", "no clip", "line 5"),
    ]
    assert "videos     none that can be read: copies would go unnoticed" in summary(found, [])


def test_an_exchanged_table_concerns_its_shard_alone(study):
    jobs = [data_jobs.read_tables(study, "told", "openface", number) for number in study.shards]
    before = [made_of.content(job, "digests.json") for job in jobs]
    os.utime("openface/P0_anger.csv", (1, 1))
    after = [made_of.content(job, "digests.json") for job in jobs]
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, True]


def lose(folder: Path) -> None:
    """Make five kinds of clips without a usable table."""
    (folder / "P0_anger.csv").unlink()
    (folder / "P1_anger.csv").write_bytes(b"\xff\xfe")
    lines = (folder / "P2_anger.csv").read_text().splitlines()
    (folder / "P2_anger.csv").write_text("\n".join([*lines[:3], *lines[18:]]))
    (folder / "P3_anger.csv").write_text("\n".join(line.rpartition(",")[0] for line in lines))
    (folder / "P4_anger.csv").write_text("\n".join(lines).replace(", 0.98, ", ", 0.5, "))


def test_what_cannot_be_used_is_a_row_and_counts_and_stops_the_study(study):
    lose(Path("openface"))
    for number in study.shards:
        read_tables.main(data_jobs.read_tables(study, "told", "openface", number))
    rows = [row for n in study.shards for row in rejected.read(f"results/tables/told/openface/{n}.rejected.csv")]
    assert {row.clip: row.reason for row in rows} == {
        "P0_anger": "no table",
        "P1_anger": "table cannot be read",
        "P2_anger": "table lacks frames",
        "P3_anger": "other columns",
        "P4_anger": "too few sure frames",
    }
    assert {row.stage for row in rows} == {"tables"}
    with Store("results/tables/told/openface/0.h5") as store:
        assert store.clips == ["P5_anger"]
        assert (store.shape, store.column("P5_anger", "of")[0]) == ((len(openface_tables.HEADER) - 6,), 20)
    job = data_jobs.sum_faces(study, "told", "openface", "tables")
    write_rows("results/clips/told.rejected.csv", rejected.COLUMNS, [])
    summed = coverage.summary("told", job.clips, job.faces, job.rejected, job.limit, job.index, job.what)
    assert (summed["clips"], summed["covered"], summed["passed"]) == (12, 7, False)
    with pytest.raises(
        StudyError, match=r"5 of 12 clips \(42%\) have no usable table, accepted are 30%: .*What to do: "
    ):
        coverage.verdict(summed)
    summed["columns"] = [["a"], ["a", "b"]]
    with pytest.raises(
        StudyError, match="the tables of different shards or joined datasets have other columns, such as b"
    ):
        coverage.verdict(summed)


def tables_of(study: Study, **entry) -> dict[str, str]:
    """What is wrong with each clip when the table's entry is changed, after all shards are read."""
    config = {**study.config, "tables": {"openface": {**study.tables["openface"], **entry}}}
    found = {}
    for number in study.shards:
        job = data_jobs.read_tables(Study(config), "told", "openface", number)
        read_tables.main(job)
        found |= {row.clip: f"{row.reason}: {row.detail}" for row in rejected.read(job.rejected)}
    return found


def test_a_clip_with_two_tables_has_none(study):
    Path("openface/again").mkdir()
    shutil.copy("openface/P0_anger.csv", "openface/again")
    found = tables_of(study, pattern="**/{clip}.csv")
    assert found == {
        "P0_anger": "two tables: openface/P0_anger.csv and openface/again/P0_anger.csv; expected one file "
        "openface/**/P0_anger.csv"
    }


def test_a_table_of_several_clips_is_that_of_none_unless_a_column_names_them(study):
    found = tables_of(study, pattern="{subject}_anger.csv")
    assert len(found) == 12
    assert "table of several videos: openface/P0_anger.csv is found for 2 videos" in found["P0_happiness"]
    lines = [f"clip, {Path('openface/P0_anger.csv').read_text().splitlines()[0]}"]
    for path in sorted(Path("openface").glob("P[0-4]*.csv")):
        lines += [f"{path.stem}, {line}" for line in path.read_text().splitlines()[1:]]
    Path("openface/all.csv").write_text("\n".join(lines))
    found = tables_of(study, pattern="all.csv")
    assert found.keys() == {"P5_anger", "P5_happiness"}
    assert found["P5_anger"].startswith("no table: no row of openface/all.csv names this clip; it names P0_anger,")


def test_the_script_runs(study, tmp_path):
    job = data_jobs.read_tables(study, "told", "openface", 0)
    done = subprocess.run(command(job), cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "6 of 6 clips have usable rows of 17 columns: AU01_r" in done.stderr


def test_beside_videos_a_table_is_held_against_the_frames_that_the_video_has(study):
    told = {key: value for key, value in CONFIG["datasets"]["told"].items() if key != "options"}
    tables = {"openface": {"preset": "openface", "root": "openface"}}
    made = study_of({**CONFIG, "datasets": {"told": told}, "tables": tables})
    assert Counter(rule for rule, _ in every_job(made))["fingerprint_clips"] == 2
    names = {"one": "P0_anger", "other": "P1_anger", "part": "P2_anger"}
    found = [clips.Clip(clip, f"videos/{stem}.mp4", "", "anger") for clip, stem in names.items()]
    found[2] = found[2]._replace(start=4, end=10)
    write_rows("results/clips/told.csv", clips.COLUMNS, found)
    own = [(clip.clip, clip.path, clip.start, clip.end, "") for clip in found]
    write_rows("results/clips/told/0.csv", shards.COLUMNS, own)
    job = data_jobs.read_tables(made, "told", "openface", 0)
    with Writer(job.films, (1,), "uint8") as films:
        for clip, frames in (("one", 20), ("other", 12), ("part", 6)):
            films.begin(clip)
            films.add(np.zeros((frames, 1)), np.arange(frames))
            films.end()
    read_tables.main(job)
    assert [(row.clip, row.reason) for row in rejected.read(job.rejected)] == [("other", "table longer than the video")]
    with Store(job.store) as store:
        assert {clip: store.column(clip, "frame").tolist() for clip in store.clips} == {
            "one": list(range(20)),
            "part": list(range(4, 10)),
        }


def test_a_table_shows_no_faces_on_the_page(study):
    """The page looks for the picture of a clip in all that was made of it: a table of crops has none."""
    results = SimpleNamespace(study=study, folder=Path("results"), stale=())
    told = SimpleNamespace(faces=[FaceResults("told", "openface", None, None, "tables")], leaves=["told"])
    assert shown_faces.frames(results, told, "P0_anger") is None
    assert shown_faces.boxes(results, told) == {}


def test_datasets_that_are_joined_have_tables_of_the_same_columns(study):
    other = {**CONFIG["datasets"]["told"], "root": "data"}
    both = {"union": ["told", "other"], "subjects": "separate"}
    datasets = {**CONFIG["datasets"], "other": other, "both": both}
    made = study_of({**CONFIG, "datasets": datasets, "grid": {"both": ["held"]}})
    job = data_jobs.sum_faces(made, "told", "openface", "tables")
    assert job.joined == [f"results/tables/other/openface/{number}.h5" for number in made.shards]
    for path, names in ((job.faces[0], ["a"]), (job.faces[1], ["a"]), (job.joined[0], ["b"]), (job.joined[1], [])):
        with Writer(path, (1,), "float32", {"of": ((), "i4")}, {"columns": json.dumps(names)}) as store:
            for clip in names:
                store.begin(clip)
                store.add(np.zeros((1, 1)), [0], of=[1])
                store.end()
    summed = coverage.summary("told", job.clips, job.faces, [], 1.0, None, "tables", job.joined)
    assert summed["columns"] == [["a"], ["b"]]
    assert not summed["passed"]
    assert data_jobs.sum_faces(study, "told", "openface", "tables").joined == []


# ---------------------------------------------------------------- the config
@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("tables/openface/root", "elsewhere", "tables/openface/root: there is no folder 'elsewhere'"),
        ("tables/openface/pattern", "{name}.csv", "tables/openface/pattern: no {name} of a clip; there are {clip}"),
        ("tables/openface/pattern", "{clip}.xlsx", "found '{clip}.xlsx'; expected an ending of .csv"),
        ("tables/openface/time", "timestamp", None),
        ("tables/other", {"frame": "frame"}, "tables/other/first: missing; say whether frame counts from 0 or from 1"),
        ("architectures/lstm/input/name", "feat", "no table named 'feat'; there are openface"),
        ("architectures/lstm/input/recipe", "crop", "architectures/lstm/input/recipe: means nothing with kind: table"),
        ("architectures/lstm/family", "c3d", "the family c3d reads no tables"),
        ("architectures/lstm/family", "convlstm", "the family convlstm reads no tables"),
        ("architectures/lstm/input", {"kind": "faces"}, "reads crops, and told has no videos"),
        ("datasets/told/options/videos", "few", "datasets/told/options/videos: found 'few'; expected one of none"),
    ],
)
def test_a_wrong_entry_is_refused_with_a_sentence(study, path, value, sentence):
    config = json.loads(json.dumps(CONFIG))
    entry, *keys = [config, *path.split("/")]
    for key in keys[:-1]:
        entry = entry.setdefault(key, {})
    entry[keys[-1]] = value
    if sentence is None:
        assert "frame" not in study_of(config).tables["openface"]
        return
    with pytest.raises(StudyError) as refused:
        study_of(config)
    assert sentence in str(refused.value)


def test_the_example_of_the_docs_is_a_study(study):
    page = (Path(__file__).parents[2] / "docs/how-to/tables.md").read_text()
    whole, another, _ = (yaml.safe_load(part) for part in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL))
    assert study_of(whole).models("mine", "rotating", "architecture") == ["au_svm", "au_lstm"]
    another["tables"]["mediapipe"]["root"] = "."
    made = study_of({**whole, "tables": {**whole["tables"], **another["tables"]}})
    assert made.tables["mediapipe"].keys() >= {"frame", "first", "columns", "confidence", "minimum"}


def test_degrees_drown_no_intensities():
    """Two features of one course: on one scale, the first component is of both."""
    rng = np.random.default_rng(0)
    course = rng.normal(size=(8, 30, 1))
    noisy = course + 0.1 * rng.normal(size=(8, 30, 2))
    rows = np.empty(8, dtype=object)
    rows[:] = list(noisy * [1.0, 100.0] + [0.0, 500.0])
    raw, equal = (Aggregated(["covariance"], 1, False, 0.0, way).fit(rows) for way in (False, True))
    assert abs(raw.axes_[0, 0]) < 0.02
    assert np.allclose(np.abs(equal.axes_[0]), np.sqrt(0.5), atol=0.02)
    assert np.allclose(equal.mean_, np.mean(np.concatenate(list(rows)), 0))
