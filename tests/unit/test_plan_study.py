"""The doctor speaks before anything is planned: what each dataset is, and what was looked for where nothing is."""

import numpy as np
import pytest

import plan_study
from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.evaluation.expected import ALIKE, SCORE, half_width
from ferstudy.study import cluster, to_read
from ferstudy.study.dry_run import Planned as Job
from ferstudy.study.dry_run import request
from ferstudy.study.modules import adapters, layout
from ferstudy.tables import clips, folds, rejected
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Note, Rejected
from ferstudy.tables.write import write_rows
from plan_study import doctor, intervals, refuse_misfits


class OneDataset:
    """What the doctor asks of a study."""

    all_leaves = ("own",)
    datasets = {"own": {"adapter": "manifest", "root": "films"}}  # noqa: RUF012


def tables(folder, found: list[Clip], refused: list[Rejected], noted: list[Note] = ()) -> None:
    write_rows(folder / paths.notes("own"), Note._fields, noted)
    write_rows(folder / paths.clips("own"), clips.COLUMNS, found)
    write_rows(folder / paths.rejected_clips("own"), rejected.COLUMNS, refused)


def test_every_dataset_is_summed_with_the_three_most_frequent_reasons(tmp_path, capsys):
    found = [Clip(f"c{i}", f"c{i}.mp4", f"s{i % 2}", ("anger", "joy")[i % 3 == 0]) for i in range(6)]
    reasons = ["no label"] * 4 + ["empty file"] * 3 + ["file missing"] * 2 + ["not a video"]
    tables(tmp_path, found, [Rejected(f"r{i}.mp4", "", "index", reason) for i, reason in enumerate(reasons)],
           [Note("c1.mp4", "", "upside down"), Note("c2.mp4", "", "upside down")])  # fmt: skip
    doctor(OneDataset, tmp_path)
    said = capsys.readouterr().out
    for line in ("own\n", "clips      6", "subjects   2", "anger       4", "joy         2", "rejected   10",
                 "4  no label", "3  empty file", "2  file missing", "and 1 more reason\n",
                 "note       2 x upside down (c1.mp4, c2.mp4)"):  # fmt: skip
        assert line in said
    assert "not a video" not in said
    assert f"Every row: {tmp_path / paths.rejected_clips('own')}" in said


def test_without_a_usable_clip_it_says_where_it_looked_for_what(tmp_path, capsys):
    tables(tmp_path, [], [Rejected("films/manifest.csv", "", "index", "no manifest.csv", "expected the columns path")])
    with pytest.raises(StudyError) as refusal:
        doctor(OneDataset, tmp_path)
    said = str(refusal.value)
    assert said.startswith(f"own: no usable clip in {tmp_path}/films. The adapter manifest looks there for:\n\n")
    assert "a folder with a table `manifest.csv`" in said
    assert "`path` (relative to the folder), `subject` and `label`" in said
    assert said.endswith("Nothing can be planned before there are clips")
    assert "1  no manifest.csv\n" in capsys.readouterr().out


class Planned:
    """What is asked of a study about the intervals to expect."""

    pairs = [("own", "kfold3"), ("own", "lodo"), ("own", "halves"), ("few", "kfold3"), ("nobody", "kfold3")]  # noqa: RUF012
    protocols = {"kfold3": {"kind": "kfold"}, "lodo": {"kind": "lodo"}, "halves": {"kind": "holdout"}}  # noqa: RUF012


def test_the_expected_interval_is_told_before_anything_is_trained(tmp_path, capsys):
    people = {"own": 12, "few": 4, "nobody": 0}
    for name, number in people.items():
        everyone = [f"s{i:02}" for i in range(number)] or [""]
        found = [Clip(f"{who}-{k}", "x.mp4", who, "joy") for who in everyone for k in range(12)]
        write_rows(tmp_path / paths.clips(name), clips.COLUMNS, found)
        tested = [(clip.clip, int(clip.subject[1:] or 0) if clip.subject else 0) for clip in found]
        turns = [(str(i % 3), name, "test") for name, i in tested]
        for protocol in ("kfold3", "lodo"):
            write_rows(tmp_path / paths.folds(name, protocol), folds.COLUMNS, turns)
        again = [(str(k), clip, "test") for k in range(2) for clip, i in tested if (i + k) % 2 or i < 6]
        write_rows(tmp_path / paths.folds(name, "halves"), folds.COLUMNS, again)
    intervals(Planned, tmp_path)
    lines = capsys.readouterr().out.splitlines()
    # 12 people with 12 clips of correlation 0.2 are worth 144 / 3.2 = 45 clips: 1.96 sqrt(0.7 * 0.3 / 45) = 0.134.
    assert lines[1:8] == [
        "  own, kfold3: 12 test people: about +-0.13",
        "  own, lodo: 0: 4 test people: no interval, which needs 5 people",
        "  own, lodo: 1: 4 test people: no interval, which needs 5 people",
        "  own, lodo: 2: 4 test people: no interval, which needs 5 people",
        "  own, halves: 2 repeats, of the first alone: 9 test people: about +-0.15",
        "  few, kfold3: 4 test people: no interval, which needs 5 people",
        "  nobody, kfold3: 12 test clips of nobody knows whom: the interval will be over clips, and too narrow",
    ]


def test_the_expected_half_width_is_that_of_clips_that_are_alike():
    """Against the deviation of means in simulated studies, whose people share a normal part of their scores."""
    random = np.random.default_rng(4)
    variance = SCORE * (1 - SCORE)
    of_people = random.normal(0, np.sqrt(variance * ALIKE), (20_000, 8, 1))
    of_clips = random.normal(0, np.sqrt(variance * (1 - ALIKE)), (20_000, 8, 12))
    assert half_width(8, 96) == pytest.approx(1.96 * (of_people + of_clips).mean((1, 2)).std(), rel=0.02)


def test_every_adapter_says_what_it_looks_for():
    assert "    Actor_12/02-01-06-01-02-01-12.mp4" in layout("ravdess")
    assert all(len(layout(name).splitlines()) > 2 for name in adapters())


class Rooted:
    """What is asked of a study about the videos that an index would read."""

    all_leaves = ("own", "drawn", "done")
    rendered = ("drawn",)
    datasets = {"own": {"root": "films"}, "drawn": {}, "done": {"root": "nowhere"}}  # noqa: RUF012


def test_what_an_index_would_read_is_told_and_bounded(tmp_path, monkeypatch):
    (tmp_path / "films/one").mkdir(parents=True)
    for i in range(3):
        (tmp_path / f"films/one/{i}.mp4").write_bytes(bytes(1_000_000))
    (tmp_path / "films/.hidden").mkdir()
    (tmp_path / "films/.hidden/x.mp4").write_bytes(bytes(1_000_000))
    jobs = [
        Job("index_clips", 0, 1000, 60, ", ".join([paths.clips(leaf), paths.notes(leaf)])) for leaf in ("own", "drawn")
    ]
    found = to_read.to_read(Rooted, jobs, tmp_path)
    assert to_read.told(found) == ["own: to be indexed, which reads at most 3 files of 3 MB"]
    to_read.refuse(found)
    assert to_read.to_read(Rooted, [], tmp_path) == []
    monkeypatch.setattr(to_read, "MOST_FILES", 2)
    with pytest.raises(
        StudyError, match=r"read 3 files of 3 MB on this machine; .*at most 2 files and 50 GB.*ON=slurm"
    ):
        to_read.refuse(found)


def test_a_plan_stops_before_it_reads_too_much(tmp_path, monkeypatch):
    """A stand-in for Snakemake prints the dry run; what would be made is written down."""
    (tmp_path / "config").mkdir()
    (tmp_path / "films").mkdir()
    (tmp_path / "films/a.mp4").write_bytes(b"film")
    (tmp_path / "config/config.yaml").write_text(
        "datasets: {own: {adapter: manifest, root: films, classes: [anger, fear]}}\n"
        "protocols: {kfold3: {kind: kfold}}\ngrid: {own: [kfold3]}\nrecipes: {r: {}}\n"
        "architectures: {c3d: {family: c3d, input: {kind: faces, recipe: r}}}\n"
    )
    fake = tmp_path / "snakemake"
    fake.write_text(
        '#!/bin/sh\ncase "$*" in\n*--dry-run*) printf "[Fri]\\ncheckpoint index_clips:\\n'
        f'    output: {paths.clips("own")}, x.csv\\n";;\n*) echo made >> "{tmp_path}/made"; exit 1;;\nesac\n'
    )
    fake.chmod(0o755)
    monkeypatch.setattr(to_read, "MOST_GB", -1)
    told = ["--directory", str(tmp_path), "--", str(fake)]
    with pytest.raises(StudyError, match="ON=slurm"):
        plan_study.main(told)
    assert not (tmp_path / "made").exists()
    for option in ("--read-all", "--elsewhere"):
        with pytest.raises(StudyError, match="no plan before the clips can be made"):
            plan_study.main([*told[:2], option, *told[2:]])  # as the Makefile has them
    assert (tmp_path / "made").read_text() == "made\n" * 2


class Searchless:
    """What is asked of a study about whose needs a job has."""

    search_places = {}  # noqa: RUF012


def profile(folder, retries: int) -> list[str]:
    """A command with the profile of a cluster that has one partition."""
    (folder / "config.yaml").write_text(f"slurm-partition-config: here.yaml\nretries: {retries}\n")
    (folder / "here.yaml").write_text("partitions: {cpu: {max_runtime: 2880, max_mem_mb: 16000}}\n")
    return ["snakemake", "--profile", str(folder)]


def test_the_plan_refuses_what_a_run_would_refuse(tmp_path, monkeypatch):
    """The sentence of issue 16; `cluster.check`, which a run calls, says the same of the same request."""
    job = Job("train_fold", 0, 4000, 1500, "model.zip", (("arch", "c3d"),))
    with pytest.raises(StudyError) as plan:
        refuse_misfits([job], Searchless, profile(tmp_path, retries=1))
    said = "the second attempt of c3d would need 3,000 minutes; cpu offers 2,880: ask for at most 1,440 minutes"
    assert f"{tmp_path}/here.yaml:\n  {said} (architectures/c3d/needs in config/config.yaml)" in str(plan.value)
    monkeypatch.setattr(cluster.shutil, "which", lambda name: "/usr/bin/sbatch")
    monkeypatch.setattr(cluster, "offered", lambda: {"cpu": set()})
    with pytest.raises(StudyError) as run:
        cluster.check(tmp_path / "here.yaml", {request(job, {}, True)})
    assert str(plan.value) == f"no run would begin: {run.value}"

    refuse_misfits([job._replace(minutes=1440)], Searchless, profile(tmp_path, retries=1))
    refuse_misfits([job], Searchless, profile(tmp_path, retries=0))
    with pytest.raises(StudyError, match="c3d asks for 4000 MB, 3000 minutes, 1 threads, and no partition fits"):
        refuse_misfits([job._replace(minutes=3000)], Searchless, profile(tmp_path, retries=0))


def test_on_a_login_node_a_plan_for_one_machine_says_how_to_ask_the_partitions(tmp_path, monkeypatch, capsys):
    (tmp_path / "config.yaml").write_text("cores: all\n")
    job = Job("train_fold", 0, 4000, 1500, "model.zip", (("arch", "c3d"),))
    for found, said in (("/usr/bin/sbatch", "`make plan ON=slurm` says"), (None, "")):
        monkeypatch.setattr(plan_study.shutil, "which", lambda name, found=found: found)
        for options in (["--profile", str(tmp_path)], ["--cores", "1"]):
            refuse_misfits([job], Searchless, ["snakemake", *options])
            printed = capsys.readouterr().out
            assert said in printed
            assert bool(said) == bool(printed)
            refuse_misfits([], Searchless, ["snakemake", *options])
            assert capsys.readouterr().out == ""
