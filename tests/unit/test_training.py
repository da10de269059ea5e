"""Training: epochs and rates, the loop and its checkpoint, and what train_fold writes."""

import json
import math
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import jobs_of
import numpy as np
import pytest
from families import Family, sampled, whole
from jobs_of import command

import train_fold
from ferstudy.errors import StudyError
from ferstudy.jobs.extract_features import ExtractFeatures
from ferstudy.jobs.job import Job
from ferstudy.jobs.train_fold import TrainFold
from ferstudy.models.clip import ClipInputs
from ferstudy.store.write import Writer
from ferstudy.tables import clips as clips_table
from ferstudy.tables import folds as folds_table
from ferstudy.tables import history, predictions
from ferstudy.tables.history import Epoch
from ferstudy.tables.write import write_rows
from ferstudy.training import estimator, finished, schedule, state
from ferstudy.training.assignment import Conditions, TrainedCell
from ferstudy.training.clip_samples import ClipSamples, ahead, gather, shuffled, weights
from ferstudy.training.clip_scores import clip_means, uar
from ferstudy.training.epochs import best_epoch, final_epochs, mean_rates, rounded_mean, selection
from ferstudy.training.inputs import load
from ferstudy.training.loop import complete, complete_schedule

CLASSES = ["anger", "fear", "joy"]


def rows(*uars: float, rate: float = 0.1, losses: list[float] | None = None) -> list[Epoch]:
    losses = losses or [1.0] * len(uars)
    return [
        Epoch(i, rate, 1.0, 0.5, loss, 0.5, value, 1.0)
        for i, (value, loss) in enumerate(zip(uars, losses, strict=True), 1)
    ]


# ---------------------------------------------------------------- validation, schedule


def test_uar_agrees_with_scikit_learn():
    from sklearn.metrics import balanced_accuracy_score

    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 5, (2, 200))
    assert uar(truth, predicted) == pytest.approx(balanced_accuracy_score(truth, predicted))


def test_a_clip_without_a_face_is_an_error():
    assert uar(np.array([0, 0, 1]), np.array([0, -1, 1])) == 0.75
    assert math.isnan(uar(np.array([], int), np.array([], int)))


def test_a_clip_is_the_plain_mean_of_its_samples_and_the_prior_without():
    samples = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    means = clip_means(samples, np.array([0, 0, 2]), np.array([0.3, 0.7]), 3)
    assert means == pytest.approx(np.array([[0.75, 0.25], [0.3, 0.7], [0.0, 1.0]]))


def test_ties_go_to_the_first_epoch_and_nan_never_wins():
    assert best_epoch(rows(0.2, 0.5, 0.5)) == 2
    assert best_epoch(rows(0.2, math.nan, 0.1)) == 1
    assert best_epoch(rows(0.2, 0.5, losses=[0.3, 0.4]), "val_loss") == 1
    assert best_epoch(rows(math.nan, math.nan)) == 2
    with pytest.raises(StudyError, match="val_uar, val_accuracy, val_loss"):
        best_epoch(rows(0.2), "val_f1")


def test_final_epochs_are_those_of_the_thesis():
    assert rounded_mean([9, 22, 4, 4, 16]) == 11
    assert rounded_mean([1, 2]) == 2  # halves go up
    assert final_epochs([rows(0.1, 0.3), rows(0.5, 0.4, 0.3)]) == [2, 1]
    with pytest.raises(StudyError, match="missing or empty"):
        final_epochs([])


def test_final_replays_the_mean_rate_of_the_folds_that_got_there():
    assert mean_rates([[0.2, 0.2], [0.1]], 2) == pytest.approx([0.15, 0.2])


def test_plateau_halves_after_its_patience():
    plateau = {"kind": "plateau", "patience": 2, "factor": 0.5, "minimum": 0.03}
    losses = [1.0, 0.9, 0.95, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8]
    found = [
        schedule.rate(rows(*losses[:n], losses=losses[:n]), 0.1, complete_schedule(plateau), 99) for n in range(10)
    ]
    assert found == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.03, 0.03, 0.03])


def test_cosine_starts_high_and_ends_low():
    found = [schedule.rate(rows(*[0.5] * n), 0.1, {"kind": "cosine"}, 4) for n in range(4)]
    assert found == pytest.approx([0.1, 0.0854, 0.05, 0.0146], abs=1e-4)
    with pytest.raises(StudyError, match="constant, cosine, plateau"):
        schedule.rate([], 0.1, {"kind": "exponential"}, 4)


def smith(iteration: int, lowest: float, highest: float, step_size: int) -> float:
    """triangular2 as its author's code has it (Smith, WACV 2017; the iteration of the first batch is 0)."""
    cycle = math.floor(1 + iteration / (2 * step_size))
    x = abs(iteration / step_size - 2 * cycle + 1)
    return lowest + (highest - lowest) * max(0, 1 - x) / 2 ** (cycle - 1)


@pytest.mark.parametrize("half_cycle", [1, 2, 3])
def test_the_cyclical_rate_is_that_of_its_paper(half_cycle):
    steps, cyclical = 7, {"kind": "triangular2", "lowest": 0.25, "half_cycle": half_cycle}
    found = [schedule.rates(rows(*[0.5] * done), 0.4, complete_schedule(cyclical), 99, steps) for done in range(15)]
    expected = [smith(i, 0.1, 0.4, half_cycle * steps) for i in range(15 * steps)]
    assert np.concatenate(found) == pytest.approx(expected)
    assert max(expected) == pytest.approx(0.4)


def test_a_plateau_lowers_both_bounds_of_the_cycle():
    cyclical = {"kind": "triangular2", "lowest": 0.5, "half_cycle": 1, "patience": 2, "factor": 0.5}
    losses = [1.0, 1.0, 1.0, 1.0, 1.0]  # nothing improves: a plateau after epochs 3 and 5
    for done, share in ((0, 1), (2, 1), (3, 0.5), (4, 0.5), (5, 0.25)):
        found = schedule.rates(rows(*losses[:done], losses=losses[:done]), 0.4, complete_schedule(cyclical), 99, 4)
        expected = [share * smith(4 * done + i, 0.2, 0.4, 4) for i in range(4)]
        assert found == pytest.approx(expected)


def test_other_schedules_have_one_rate_for_an_epoch():
    for kind, rate in (("constant", 0.1), ("cosine", 0.05), ("plateau", 0.1)):
        found = schedule.rates(rows(0.5, 0.5), 0.1, complete_schedule({"kind": kind}), 4, 3)
        assert found == pytest.approx([rate] * 3)
    with pytest.raises(StudyError, match="plateau, triangular2"):
        schedule.rates([], 0.1, {"kind": "exponential"}, 4, 3)


def test_which_schedules_watch_the_validation_loss():
    watching = [{"kind": "plateau"}, {"kind": "triangular2", "patience": 2}]
    assert all(schedule.needs_validation(complete_schedule(each)) for each in watching)
    blind = [{}, {"kind": "cosine"}, {"kind": "triangular2"}, *({**each, "monitor": "loss"} for each in watching)]
    assert not any(schedule.needs_validation(complete_schedule(each)) for each in blind)


def test_an_architecture_may_choose_its_best_epoch_its_own_way():
    assert selection({}, "val_loss") == "val_loss"
    assert selection({"select": "val_accuracy"}, "val_loss") == "val_accuracy"


def test_training_stops_after_its_patience_or_its_epochs():
    assert not schedule.stops([], 3, 2, "val_uar")
    assert not schedule.stops(rows(0.5, 0.4), 9, 2, "val_uar")
    assert schedule.stops(rows(0.5, 0.4, 0.5), 9, 2, "val_uar")
    assert schedule.stops(rows(0.1, 0.2, 0.3), 3, 2, "val_uar")
    assert not schedule.stops(rows(math.nan, math.nan, math.nan), 4, 1, "val_uar")  # nothing to wait for


# ---------------------------------------------------------------- data


class Frames:
    """A family with one sample per frame."""

    @staticmethod
    def samples(clip, settings):
        return list(clip.frame)


def test_a_long_clip_does_not_count_more():
    inputs = {name: ClipInputs(name, np.arange(frames)) for name, frames in (("a", 2), ("b", 6))}
    data = gather(Frames, ["a", "none", "b"], np.array([0, 1, 1]), inputs, {})
    weight = weights(data, 2)
    assert weight.mean() == pytest.approx(1)
    assert weight[data.owner == 0].sum() == pytest.approx(weight[data.owner == 2].sum())
    assert data.covered.tolist() == [True, False, True]


def test_balanced_classes_weigh_the_same():
    data = ClipSamples(np.array([0, 0, 0, 1]), [None] * 4, np.arange(4))
    weight = weights(data, 2, "balanced")
    assert weight[:3].sum() == pytest.approx(weight[3])


def test_every_epoch_has_its_own_order_and_sees_everything_once():
    first, again, second = (np.concatenate(list(shuffled(50, 8, 1, epoch))) for epoch in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, second)
    assert sorted(second) == list(range(50))


def test_inputs_are_made_in_order_one_ahead_of_use():
    log: list[str] = []

    def job(i: int):
        def make() -> int:
            log.append(f"made {i}")
            return i

        return make

    for value, waited in ahead(job(i) for i in range(4)):
        assert waited >= 0
        time.sleep(0.05)
        log.append(f"used {value}")
    assert log.index("made 1") < log.index("used 0")
    assert log.index("made 3") > log.index("used 1")  # one ahead, and no more: they would fill the memory
    assert [entry for entry in log if "used" in entry] == [f"used {i}" for i in range(4)]


def test_an_error_while_inputs_are_made_reaches_the_training():
    with pytest.raises(ZeroDivisionError):
        list(ahead([lambda: 1, lambda: 1 // 0]))


# ---------------------------------------------------------------- state


def test_event_files_outlive_the_state(tmp_path):
    own = state.own_folder(tmp_path, "key")
    (own / "checkpoint.npz").write_text("")
    (tmp_path / "lock").write_text("")
    state.board(own).mkdir()
    (state.board(own) / "events").write_text("")
    state.remove(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == [
        "tensorboard",
        "tensorboard/events",
    ]
    state.remove(tmp_path / "tensorboard")
    assert not (tmp_path / "tensorboard").exists()


def test_the_key_of_a_job_changes_with_everything_it_is_made_of():
    assert state.key(a=1, b=[2]) == state.key(b=[2], a=1)
    assert state.key(a=1) != state.key(a=2)


def hold(folder: Path, ready, seconds: float) -> None:
    with state.locked(folder):
        ready.set()
        time.sleep(seconds)
        state.remove(folder)


def test_a_second_process_waits_and_notices(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    other = context.Process(target=hold, args=(tmp_path / "state", ready, 0.5))
    other.start()
    assert ready.wait(30)
    with state.locked(tmp_path / "state") as waited:
        assert waited
        assert other.exitcode == 0 or other.join(5) is None
    with state.locked(tmp_path / "state") as waited:
        assert not waited


def test_the_state_of_an_edited_job_is_removed(tmp_path):
    (state.own_folder(tmp_path, "old") / "checkpoint.npz").write_text("")
    assert state.own_folder(tmp_path, "new").is_dir()
    assert not (tmp_path / "old").exists()


# ---------------------------------------------------------------- the command


class Study:
    """A toy study in a folder: 6 people x 3 classes x 2 clips with features that tell the class apart."""

    def __init__(self, folder: Path):
        self.folder = folder
        rng = np.random.default_rng(0)
        self.names = [f"p{person} {label} {i}" for person in range(6) for label in CLASSES for i in range(2)]
        table = [clips_table.Clip(name, f"{name}.avi", name.split()[0], name.split()[1]) for name in self.names]
        write_rows(folder / "clips.csv", clips_table.COLUMNS, table)
        write_rows(folder / "folds.csv", folds_table.COLUMNS, self.assignments())
        self.audit("pass")
        with Writer(folder / "features.h5", (4,), "float16", attributes={"leaf": "toy"}) as store:
            for name in self.names[:-1]:  # no face was found in the last clip, "p5 joy 1"
                frames = int(rng.integers(5, 12))
                values = rng.normal(size=(frames, 4))
                values[:, CLASSES.index(name.split()[1])] += 2
                store.begin(name)
                store.add(values, np.arange(frames) * 2)
                store.end()

    def assignments(self) -> Iterator[tuple[str, str, str]]:
        """Folds 0 and 1 validate on two people each; p4 and p5 are the test set, which final alone sees."""
        for fold in ("0", "1", "final"):
            for name in self.names:
                person = int(name[1])
                validates = fold != "final" and person // 2 == int(fold)
                if person >= 4 and fold == "final":
                    yield fold, name, "test"
                elif person < 4:
                    yield fold, name, "validation" if validates else "train"

    def audit(self, status: str, accepted: dict[str, str] | None = None, digest: str | None = None) -> None:
        digest = digest or folds_table.digest(self.folder / "folds.csv")
        findings = (
            [{"check": "subjects", "title": "a person in two roles", "status": "leak", "clips": ["c1"]}]
            if status == "leak"
            else []
        )
        text = {
            "folds_sha256": digest,
            "status": status,
            "accepted": accepted or {},
            "findings": findings,
            "protocol": "kfold2",
        }
        (self.folder / "audit.json").write_text(json.dumps(text))

    def job(
        self, name: str, fold: str, settings: dict, training: dict | None = None, trainer: str = "network"
    ) -> TrainFold:
        """The training of an architecture on a fold; its files lie in the folder NAME/FOLD."""
        earlier = [str(self.folder / name / each / "history.csv") for each in "01"] if fold == "final" else []
        family = {"linear": "linear", "frames": "frame_aggregation"}.get(name, "cascade")
        return TrainFold(
            code="c0de",
            dataset="toy",
            protocol="kfold2",
            architecture=name,
            fold=fold,
            run=1,
            family=family,
            trainer=trainer,
            input={"kind": "features"},
            sampling=sampled({}),
            settings=whole(family, settings),
            training=training or {},
            **self.common(),
            earlier=earlier,
            state=str(self.folder / "state" / name / fold),
            **jobs_of.trained(self.folder / name / fold),
        )

    def common(self) -> dict:
        """What every training of the study is told."""
        files = {"clips": "clips.csv", "folds": "folds.csv", "audit": "audit.json"}
        return {
            "classes": CLASSES, "seed": 1, "threads": 1, "backend": "tensorflow", "select": "val_uar",
            **{field: str(self.folder / name) for field, name in files.items()},
            "passed": [], "features": [str(self.folder / "features.h5")],
        }  # fmt: skip


@pytest.fixture
def toy(tmp_path) -> Study:
    return Study(tmp_path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Study:
    """Folds and final of a linear model, in this process."""
    study = Study(tmp_path_factory.mktemp("study"))
    for fold in ("0", "1", "final"):
        train_fold.main(study.job("linear", fold, {"C": 0.1}, trainer="estimator"))
    return study


def test_a_fold_writes_its_validation_rows_and_final_its_test_rows(trained):
    for fold, role, clips in (("0", "validation", 12), ("final", "test", 12)):
        table = predictions.read(trained.folder / "linear" / fold / "predictions.csv")
        assert set(table.role) == {role}
        assert len(table) == clips
        assert set(table.model) == {"linear"}
        assert (table.truth[table.covered] == table.predicted[table.covered]).mean() > 0.7


def test_a_clip_without_a_face_gets_the_prior_and_no_answer(trained):
    table = predictions.read(trained.folder / "linear" / "final" / "predictions.csv")
    lost = np.flatnonzero(~table.covered)
    assert table.clip[lost].tolist() == ["p5 joy 1"]
    assert table.predicted[lost[0]] == ""
    assert table.samples[lost[0]] == 0
    assert table.probabilities[lost[0]] == pytest.approx([1 / 3] * 3)


def test_the_files_of_a_fold_agree_with_each_other(trained):
    folder = trained.folder / "linear" / "0"
    table = predictions.read(folder / "predictions.csv")
    with h5py.File(folder / "validation.h5") as file:
        assert file["clips"].asstr()[:].tolist() == table.clip.tolist()
        assert file["truth"].asstr()[:].tolist() == table.truth.tolist()
        assert file["classes"].asstr()[:].tolist() == CLASSES
        assert file["probabilities"].shape == (1, 12, 3)
        assert file["probabilities"][0] == pytest.approx(table.probabilities, abs=1e-6)
        assert file["covered"][:].all()
    with h5py.File(folder / "samples.h5") as file:
        assert file["clip"].asstr()[:].tolist() == table.clip.tolist()
        assert file["probabilities"][:] == pytest.approx(table.probabilities, abs=1e-6)
        assert (file["last"][:] > file["first"][:]).all()
    record = json.loads((folder / "run.json").read_text())
    assert record["cell"]["fold"] == "0"
    assert (record["train_clips"], record["validation_clips"], record["test_clips"]) == (12, 12, 0)
    assert record["versions"].keys() >= {"python", "scikit-learn", "skops"}
    assert record["note"] == ""
    assert len(history.read(folder / "history.csv")) == 1
    (kept,) = (trained.folder / "state" / "linear" / "0").glob("*/")
    assert [path.name for path in kept.iterdir()] == ["finished"]
    assert (kept / "finished" / "model.zip").samefile(folder / "model.zip")  # no second copy on the disk


def test_a_training_that_another_job_has_finished_is_taken_and_not_repeated(toy, monkeypatch):
    """Snakemake deletes the declared files at a job's start, those that an orphan of a killed run has written too."""
    job = toy.job("linear", "0", {"C": 0.1}, trainer="estimator")
    train_fold.main(job)
    written = {path: Path(path).read_bytes() for path in job.listed("writes")}
    long_ago = time.time() - 1000
    for path in written:
        os.utime(path, (long_ago, long_ago))
        Path(path).unlink()
    with monkeypatch.context() as patch:
        patch.setattr(estimator, "train", None)  # nothing is trained
        train_fold.main(job)
    assert {path: Path(path).read_bytes() for path in job.listed("writes")} == written
    assert all(Path(path).stat().st_mtime > long_ago + 500 for path in written)  # newer than what it was made of


@pytest.mark.parametrize("name", ["predictions.csv", "model.zip"])
def test_a_finished_training_that_was_damaged_where_it_is_declared_is_trained_again(toy, name):
    """A declared file and the finished one are the same: after `rm`, as `make verify` says, the damage came back."""
    job = toy.job("linear", "0", {"C": 0.1}, trainer="estimator")
    train_fold.main(job)
    files = {path.name: path for path in map(Path, job.listed("writes"))}
    whole = files["predictions.csv"].read_bytes()
    files[name].write_bytes(files[name].read_bytes()[:-3])
    for path in files.values():
        path.unlink()
    train_fold.main(job)
    assert files["predictions.csv"].read_bytes() == whole
    assert zipfile.ZipFile(files["model.zip"]).testzip() is None


def test_what_is_finished_of_another_training_is_not_taken(toy, monkeypatch):
    """Of a run with an earlier config that ends late: two runs on one folder never mix."""
    train_fold.main(toy.job("linear", "0", {"C": 0.1}, trainer="estimator"))
    monkeypatch.setattr(estimator, "train", None)
    with pytest.raises(TypeError, match="NoneType"):
        train_fold.main(toy.job("linear", "0", {"C": 0.2}, trainer="estimator"))


def test_a_training_that_dies_while_it_writes_has_finished_nothing(tmp_path):
    places = {name: str(tmp_path / "out" / name) for name in ("model.zip", "history.csv")}

    def dies(folder: Path) -> None:
        (folder / "model.zip").write_text("half")
        raise Killed

    (tmp_path / "state").mkdir()
    own = state.own_folder(tmp_path / "state", "key")
    with pytest.raises(Killed):
        finished.write(own, places, dies)
    assert not finished.take(own, places)
    assert not (tmp_path / "out").exists()


def test_the_second_copy_goes_when_a_run_has_made_all_unless_somebody_holds_it(tmp_path):
    for name in ("free", "held"):
        (tmp_path / "train_fold" / name / "key" / "finished").mkdir(parents=True)
    (tmp_path / "train_fold" / "going" / "key").mkdir(parents=True)
    with state.locked(tmp_path / "train_fold" / "held"):
        finished.forget(tmp_path)
    assert {path.name for path in (tmp_path / "train_fold").iterdir()} == {"held", "going"}


def test_final_has_no_validation_rows(trained):
    with h5py.File(trained.folder / "linear" / "final" / "validation.h5") as file:
        assert file["probabilities"].shape == (1, 0, 3)
    assert math.isnan(history.read(trained.folder / "linear" / "final" / "history.csv")[0].val_uar)


def test_a_leak_is_refused_unless_it_is_accepted(toy):
    toy.audit("leak")
    job = toy.job("linear", "0", {}, trainer="estimator")
    with pytest.raises(StudyError, match=r"a person in two roles.*protocols/kfold2/accept_leak"):
        train_fold.main(job)
    toy.audit("leak", accepted={"files": "as published"})
    with pytest.raises(StudyError, match=r"accept_leak to \{subjects: <reason>\}"):
        train_fold.main(job)
    toy.audit("leak", accepted={"subjects": "as published"})
    train_fold.main(job)


def test_another_fold_table_than_the_audited_one_is_refused(toy):
    toy.audit("pass", digest="another")
    with pytest.raises(StudyError, match="run audit_protocol again"):
        train_fold.main(toy.job("linear", "0", {}, trainer="estimator"))


def test_a_refusal_imports_nothing_heavy(toy):
    """Refusing takes no TensorFlow start."""
    toy.audit("leak")
    code = (
        "import sys, train_fold\nfrom ferstudy.errors import StudyError\n"
        "try:\n    train_fold.main(train_fold.TrainFold.read(sys.argv[1]))\nexcept StudyError as error:\n"
        "    assert 'a person in two roles' in str(error)\n"
        "    sys.exit(bool({'tensorflow', 'keras', 'sklearn'} & set(sys.modules)))\nsys.exit('trained')"
    )
    subprocess.run([sys.executable, "-c", code, toy.job("lstm", "0", {}).to_json()], check=True, cwd=jobs_of.SCRIPTS)


def test_a_class_without_training_clips_is_named(toy):
    kept = [row for row in toy.assignments() if not ("joy" in row[1] and row[2] == "train")]
    write_rows(toy.folder / "folds.csv", folds_table.COLUMNS, kept)
    toy.audit("pass")
    with pytest.raises(StudyError, match="no training clip of joy"):
        train_fold.main(toy.job("linear", "0", {}, trainer="estimator"))


def test_no_stored_clip_at_all_is_an_error(tmp_path):
    with Writer(tmp_path / "features.h5", (4,), "float16", attributes={"leaf": "toy"}):
        pass
    with pytest.raises(StudyError, match="none of the 1 clips"):
        load(("features",), {"features": [tmp_path / "features.h5"]}, ["a"])
    with pytest.raises(StudyError, match="no store of flow"):
        load(("flow",), {"flow": []}, ["a"])


def test_a_model_that_reads_two_stores_gets_the_clips_of_both(tmp_path):
    columns = {"first": ((), "i4"), "length": ((), "i4")}
    with (
        Writer(tmp_path / "faces.h5", (2, 2, 3), "uint8", attributes={"leaf": "toy"}) as faces,
        Writer(tmp_path / "flow.h5", (2, 2, 2), "float16", columns, {"leaf": "toy"}) as flow,
    ):
        for name in ("a", "b"):
            faces.begin(name)
            faces.add(np.zeros((4, 2, 2, 3)), np.arange(4) + 7)
            faces.end()
        flow.begin("b")
        flow.add(np.zeros((1, 2, 2, 2)), np.array([7]), first=np.array([0]), length=np.array([3]))
        flow.end()
    stores = {"faces": [tmp_path / "faces.h5"], "flow": [tmp_path / "flow.h5"]}
    found = load(("faces", "flow"), stores, ["toy/a", "toy/b"])
    assert list(found) == ["toy/b"]
    assert found["toy/b"].frame.tolist() == [7, 8, 9, 10]
    assert found["toy/b"].length.tolist() == [3]


# ---------------------------------------------------------------- networks, in processes of their own

LSTM = {"cell": "lstm", "units": 8, "frames": 16, "dropout": 0.2}
TRAINING = {"epochs": 5, "batch": 8, "optimizer": {"name": "adam", "learning_rate": 0.03}}


def network_of(folder: Path) -> list[np.ndarray]:
    from ferstudy.models import saved_network

    return saved_network.load(folder / "model.zip").get_weights()


@pytest.fixture
def at_once(warm_python) -> Callable[[Job], list[str]]:
    """The command of a job in a Python that has imported what it needs; what is killed is started anew, as users do."""
    return lambda job: [str(warm_python()), *command(job)[1:]]


@pytest.mark.slow
def test_a_network_learns_and_a_killed_training_ends_as_if_nothing_had_happened(toy, at_once):
    whole, killed = (toy.job(name, "0", LSTM, TRAINING) for name in ("lstm", "killed"))
    subprocess.run(at_once(whole), check=True)
    checkpoints = toy.folder / "state" / "killed" / "0"
    process = subprocess.Popen(command(killed), stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if "epoch 2/5" in line:
            os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert list(checkpoints.glob("*/checkpoint.npz"))
    done = subprocess.run(at_once(killed), check=True, capture_output=True, text=True)
    assert "goes on after epoch" in done.stderr
    rows = [history.read(toy.folder / name / "0" / "history.csv") for name in ("lstm", "killed")]
    assert [row[:-1] for row in rows[0]] == [row[:-1] for row in rows[1]]  # all but the seconds
    assert max(row.val_uar for row in rows[0]) > 0.6
    for a, b in zip(*(network_of(toy.folder / name / "0") for name in ("lstm", "killed")), strict=True):
        assert np.array_equal(a, b)
    assert not list(checkpoints.glob("*/checkpoint.npz"))
    finished.forget(toy.folder / "state")  # as after a run that has made all
    assert not checkpoints.exists()


FACES = {"length": 4, "size": 20, "filters": [4], "padding": "same", "dense": [8], "dropout": 0.2}
EVERYTHING = {
    "epochs": 6, "batch": 6, "micro_batch": 4, "resample": "down", "class_weight": "balanced", "patience": 4,
    "optimizer": {"name": "rmsprop", "learning_rate": 0.004, "momentum": 0.5, "clipnorm": 1.0},
    "augmentation": {"flip": True, "rotation": 10, "zoom": 0.1, "shift": 0.1, "brightness": [0.4, 1.5]},
}  # fmt: skip
SCHEDULES = {
    "constant": {"kind": "constant"},
    "cosine": {"kind": "cosine"},
    "plateau": {"kind": "plateau", "patience": 1, "factor": 0.5},
    "triangular2": {"kind": "triangular2", "half_cycle": 2, "patience": 1, "factor": 0.5},
}


def moving(names: list[str]) -> dict[str, ClipInputs]:
    """Clips of ten frames in which a bright bar moves another way for each class."""
    found = {}
    for i, name in enumerate(names):
        rng = np.random.default_rng(i)
        faces = rng.integers(0, 160, (10, 20, 20, 3), dtype="uint8")
        for t in range(10):
            at = 5 + t if "anger" in name else 15 - t
            faces[t, at - 1 : at + 2] += 90 if "joy" not in name else 0
        found[name] = ClipInputs(name, np.arange(10), faces=faces)
    return found


def task_of(training: dict, decision: str = "softmax"):
    c3d = Family("c3d")
    from ferstudy.training.fit import Task

    names = [f"p{person} {label}" for person in range(8) for label in CLASSES]
    truth = np.array([CLASSES.index(name.split()[1]) for name in names])
    inputs = moving(names)
    train, validation = (gather(c3d, names[part], truth[part], inputs, FACES) for part in (slice(15), slice(15, None)))
    prior = np.full(3, 1 / 3)
    return Task(
        c3d, FACES, complete({**training, "decision": decision}), 3, train, validation, prior, 1, labels=tuple(CLASSES)
    )


class Killed(BaseException):
    pass


@pytest.mark.parametrize(
    ("name", "decision"),
    [
        pytest.param("constant", "one_vs_rest", marks=pytest.mark.slow),
        pytest.param("cosine", "softmax", marks=pytest.mark.slow),
        pytest.param("triangular2", "softmax", marks=pytest.mark.slow),
        ("plateau", "softmax"),
    ],
)
def test_an_interrupted_training_goes_on_as_if_nothing_had_happened(name, decision, tmp_path, monkeypatch):
    import keras

    from ferstudy.training import checkpoint
    from ferstudy.training.fit import fit, prepare

    board = name == "plateau" and keras.config.backend() == "tensorflow"
    task = task_of({**EVERYTHING, "schedule": SCHEDULES[name], "tensorboard": board}, decision)
    if name == "plateau":  # wrong labels: the better the training clips are known, the larger is the loss
        task = task._replace(validation=task.validation._replace(truth=(task.validation.truth + 1) % 3))

    def run(folder: Path):
        keras.utils.set_random_seed(1)
        (folder / "key").mkdir(parents=True, exist_ok=True)
        network, _ = prepare(task)
        return network, fit(network, task, folder / "key" / "checkpoint.npz")

    whole, progress = run(tmp_path / "whole")
    save = checkpoint.save

    def save_and_die(path, network, progress):
        save(path, network, progress)
        if len(progress.history) == 3:
            raise Killed
        if len(progress.history) == 2:
            os.kill(os.getpid(), signal.SIGTERM)  # as SLURM does before it takes a node away: this epoch is saved

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", save_and_die)
        with pytest.raises(StudyError, match=r"told to end .SIGTERM. after epoch 2, which is saved"):
            run(tmp_path / "killed")
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        with pytest.raises(Killed):
            run(tmp_path / "killed")
    resumed, again = run(tmp_path / "killed")
    assert [row[:-1] for row in progress.history] == [row[:-1] for row in again.history]
    assert len(progress.history) > 3
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(progress.validation, again.validation)
    live = history.read(tmp_path / "killed" / "key" / "history.csv")
    assert np.array([row[:-1] for row in live]) == pytest.approx(np.array([row[:-1] for row in again.history]))
    if name != "constant":
        assert len({row.learning_rate for row in progress.history}) > 1
    if board:
        assert events(tmp_path / "killed" / "tensorboard") == events(tmp_path / "whole" / "tensorboard")
        found = events(tmp_path / "killed" / "tensorboard")
        expected = {("train", "epoch_loss", row.epoch): np.float32(row.loss) for row in again.history}
        assert {key: found[key] for key in expected} == expected
        assert ("validation", "epoch_uar", 1) in found


def events(folder: Path) -> dict[tuple[str, str, int], float]:
    """The scalars in TensorBoard's files, but for the seconds; each was written once."""
    import tensorflow

    found = {}
    for path in folder.rglob("events.*"):
        for record in tensorflow.data.TFRecordDataset(str(path)):
            event = tensorflow.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                key = path.parent.name, value.tag, event.step
                assert key not in found
                found[key] = float(tensorflow.make_ndarray(value.tensor))
    return {key: value for key, value in found.items() if key[1] != "epoch_seconds"}


def test_event_files_need_tensorflow(tmp_path, monkeypatch):
    import keras

    from ferstudy.training.monitor import Monitor

    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(StudyError, match=r"training/tensorboard: event files are written by TensorFlow.* is jax"):
        Monitor(tmp_path, tmp_path / "tensorboard")


def read_task(job: TrainFold):
    """The task of a training, as train_fold reads it."""
    from ferstudy.training import assignment

    cell = TrainedCell(job.dataset, job.protocol, job.architecture, job.fold, job.run)
    entry = {key: getattr(job, key) for key in ("family", "input", "sampling", "settings", "training")}
    conditions = Conditions(job.classes, job.seed, job.threads, job.backend, job.select)
    return assignment.read(cell, entry, conditions, Path(job.clips), Path(job.folds), Path(job.audit), [])


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ({}, "has no validation clips, so the number of epochs must be given: training/epochs"),
        ({"epochs": 2, "patience": 3}, "has no validation clips, and training/patience waits"),
        ({"epochs": 2, "schedule": {"kind": "plateau"}}, "and training/schedule lowers the rate by their loss"),
        ({"epochs": 2, "schedule": {"kind": "plateau", "monitor": "loss"}}, None),
        ({"epochs": 2}, None),
    ],
)
def test_a_training_that_waits_for_validation_clips_needs_some(toy, training, words):
    from ferstudy.training import network

    kept = [row for row in toy.assignments() if row[2] != "validation"]
    write_rows(toy.folder / "folds.csv", folds_table.COLUMNS, kept)
    toy.audit("pass")
    task = read_task(toy.job("lstm", "0", LSTM, training))
    inputs = load(("features",), {"features": [toy.folder / "features.h5"]}, task.clips)
    if words is None:
        assert network.plan(task, inputs, [])[0].training == complete(training)
    else:
        with pytest.raises(StudyError, match=words):
            network.plan(task, inputs, [])


def test_validation_clips_without_frames_are_told_from_none(toy):
    from ferstudy.training import network

    task = read_task(toy.job("lstm", "0", LSTM, {"epochs": 2, "patience": 1}))
    inputs = load(("features",), {"features": [toy.folder / "features.h5"]}, task.roles["train"])
    with pytest.raises(StudyError, match="none of the 12 validation clips of fold 0 has stored frames, and"):
        network.plan(task, inputs, [])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cosine", "plateau", "triangular2"])
def test_a_training_killed_with_everything_on_ends_bit_identical(name, toy, at_once):
    """A real SIGKILL, with augmentation, down-sampling, micro-batches and early stopping."""
    with Writer(toy.folder / "faces.h5", (20, 20, 3), "uint8", attributes={"leaf": "toy"}) as store:
        for clip, inputs in moving(toy.names).items():
            store.begin(clip)
            store.add(inputs.faces, inputs.frame)
            store.end()

    def training(out: str, command: Callable = at_once) -> list[str]:
        job = toy.job(out, "0", FACES, {**EVERYTHING, "schedule": SCHEDULES[name]})
        faces = {"input": {"kind": "faces"}, "features": [], "faces": [str(toy.folder / "faces.h5")]}
        return command(replace(job, family="c3d", architecture="c3d", settings=whole("c3d", FACES), **faces))

    subprocess.run(training("whole"), check=True)
    process = subprocess.Popen(training("killed", command), stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if "epoch 2/6" in line:
            os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert process.returncode == -signal.SIGKILL
    done = subprocess.run(training("killed"), check=True, capture_output=True, text=True)
    assert "goes on after epoch" in done.stderr
    first, second = (history.read(toy.folder / out / "0" / "history.csv") for out in ("whole", "killed"))
    assert [row[:-1] for row in first] == [row[:-1] for row in second]
    files = [toy.folder / out / "0" / "model.zip" for out in ("whole", "killed")]
    assert files[0].read_bytes() == files[1].read_bytes()
    tables = [predictions.read(toy.folder / out / "0" / "predictions.csv") for out in ("whole", "killed")]
    assert np.array_equal(tables[0].probabilities, tables[1].probabilities)
    assert json.loads((toy.folder / "killed" / "0" / "run.json").read_text())["train_clips"] == 12


@pytest.mark.slow
def test_final_trains_for_the_mean_of_its_folds_best_epochs(toy, at_once):
    for fold, best in (("0", 1), ("1", 2)):
        uars = [0.9 if epoch == best else 0.1 for epoch in (1, 2, 3)]
        write_rows(
            toy.folder / "lstm" / fold / "history.csv", history.COLUMNS, rows(*uars, rate=0.01 * (1 + int(fold)))
        )
    subprocess.run(at_once(toy.job("lstm", "final", LSTM, TRAINING)), check=True)
    done = history.read(toy.folder / "lstm" / "final" / "history.csv")
    assert [row.learning_rate for row in done] == pytest.approx([0.015, 0.015])
    record = json.loads((toy.folder / "lstm" / "final" / "run.json").read_text())
    assert record["epochs_from"] == [1, 2]
    assert set(predictions.read(toy.folder / "lstm" / "final" / "predictions.csv").role) == {"test"}


@pytest.mark.slow
def test_final_without_histories_and_a_diverging_loss_say_what_to_do(toy, at_once):
    without = replace(toy.job("lstm", "final", LSTM, TRAINING), earlier=[])
    done = subprocess.run(at_once(without), capture_output=True, text=True, check=False)
    assert "takes its epochs from its folds' histories" in done.stderr.splitlines()[-1]
    wild = {**TRAINING, "optimizer": {"name": "sgd", "learning_rate": 1e38}}
    done = subprocess.run(at_once(toy.job("lstm", "0", LSTM, wild)), capture_output=True, text=True, check=False)
    assert "Lower training/optimizer/learning_rate" in done.stderr.splitlines()[-1]


@pytest.mark.slow
def test_a_backbone_learns_from_stills_and_describes_frames(tmp_path, at_once):
    """Three classes of stills with a bright bar at another height; the features of equal frames are equal."""
    rng = np.random.default_rng(0)
    table = []
    with Writer(tmp_path / "stills.h5", (24, 24, 3), "uint8", attributes={"leaf": "stills"}) as store:
        for i in range(90):
            image = rng.integers(0, 120, (1, 24, 24, 3))
            image[:, 8 * (i % 3) : 8 * (i % 3) + 8] += 120
            store.begin(f"still {i}")
            store.add(image, np.array([0]))
            store.end()
            table.append((f"still {i}", f"person {i // 3}", CLASSES[i % 3], "train" if i < 60 else "validation"))
    write_rows(tmp_path / "stills.csv", ("still", "subject", "label", "role"), table)
    network = {
        "network": "compact",
        "settings": {"size": 16, "filters": [4, 8], "head": "flatten", "dense": 8},
        "training": {"epochs": 20, "batch": 10},
        "weights": "none",
    }
    subprocess.run(at_once(jobs_of.backbone_of_stills(tmp_path, network, 16)), check=True)
    assert max(row.val_uar for row in history.read(tmp_path / "backbone" / "history.csv")) > 0.8
    assert len(predictions.read(tmp_path / "backbone" / "predictions.csv")) == 30

    with Writer(tmp_path / "faces.h5", (16, 16, 3), "uint8", attributes={"leaf": "toy"}) as store:
        store.begin("a")
        store.add(np.repeat(rng.integers(0, 256, (1, 16, 16, 3)), 70, axis=0), np.arange(70))
        store.end()
    job = ExtractFeatures(
        network="compact",
        layer="dense",
        precision="float32",
        threads=1,
        backend="tensorflow",
        faces=str(tmp_path / "faces.h5"),
        backbone=str(tmp_path / "backbone" / "model.zip"),
        out=str(tmp_path / "features.h5"),
    )
    subprocess.run(at_once(job), check=True)
    features = load(("features",), {"features": [tmp_path / "features.h5"]}, ["a"])["a"]
    assert features.features.shape == (70, 8)
    assert features.features == pytest.approx(np.repeat(features.features[:1], 70, axis=0), rel=1e-2)
    assert features.frame.tolist() == list(range(70))


@pytest.mark.slow
def test_the_loss_of_an_epoch_is_the_mean_over_its_samples():
    """With a rate of 0 nothing is learned, so training rows and equal validation rows have the same loss."""
    cascade = Family("cascade")
    from ferstudy.training.fit import Task, fit, prepare

    rng = np.random.default_rng(0)
    clips = {str(i): ClipInputs(str(i), np.arange(8), features=rng.normal(size=(8, 3)).astype("f2")) for i in range(10)}
    settings = whole("cascade", {"cell": "lstm", "units": 4, "frames": 8})
    data = gather(cascade, list(clips), np.arange(10) % 3, clips, settings)
    training = {"epochs": 1, "batch": 4, "optimizer": {"name": "sgd", "learning_rate": 0.0}}
    task = Task(cascade, settings, complete(training), 3, data, data, np.full(3, 1 / 3), 1)
    row = fit(prepare(task)[0], task).history[0]
    assert row.loss == pytest.approx(row.val_loss, rel=1e-5)
    assert row.accuracy == pytest.approx(row.val_accuracy)


@pytest.mark.slow
def test_settings_that_make_no_network_are_named(toy, at_once):
    impossible = toy.job("lstm", "0", {"cell": "lstm", "units": -4}, {"epochs": 1})
    done = subprocess.run(at_once(impossible), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.search(r'no network can be built with the settings .*"units": -4', done.stderr.splitlines()[-1])
