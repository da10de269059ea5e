"""Students and their teachers: the loss, who answers, what is refused, which jobs there are, what the audit finds."""

import copy
import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import fake_study
import keras
import numpy as np
import pytest
import yaml
from scipy.special import log_softmax, softmax
from scipy.stats import entropy
from test_imbalance import CENTRES, Points, points

from ferstudy.errors import StudyError
from ferstudy.evaluation import teaching, validation
from ferstudy.report.numbers import signed, uar
from ferstudy.report.ranking import panels, value
from ferstudy.report.read import read
from ferstudy.report.sections import students
from ferstudy.run_audit import taught_again
from ferstudy.run_audit.training_files import Dealt
from ferstudy.store import arrays
from ferstudy.study.check import check
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_job
from ferstudy.study.grid import Study
from ferstudy.tables import fitted_rows, predictions
from ferstudy.tables.clips import Clip
from ferstudy.tables.write import write_rows
from ferstudy.training import distillation, taught
from ferstudy.training.assignment import Conditions, TrainedCell, Training
from ferstudy.training.fit import Task, fit, predict, prepare
from ferstudy.training.loop import complete as complete_loop

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
CLASSES = ("anger", "fear", "joy")


# ---------------------------------------------------------------- the loss
def test_the_loss_is_that_of_hinton_et_al():
    rng = np.random.default_rng(0)
    student, teacher = rng.normal(size=(2, 5, 3)) * 3  # logits
    truth, temperature, weight = np.array([0, 1, 2, 2, 0]), 4.0, 0.7
    answers = softmax(teacher, axis=1)
    answers[4] = 0  # the teacher has seen no face in it
    loss = distillation.make({"teacher": "t", "temperature": temperature, "weight": weight})
    found = loss(distillation.targets(truth, answers), keras.ops.convert_to_tensor(softmax(student, axis=1), "float32"))
    hard = -log_softmax(student, axis=1)[np.arange(5), truth]
    soft = entropy(softmax(teacher / temperature, axis=1), softmax(student / temperature, axis=1), axis=1)
    wanted = (1 - weight) * hard + weight * temperature**2 * soft
    wanted[4] = hard[4]
    np.testing.assert_allclose(np.array(found), wanted, rtol=2e-4)


def training(fold: str = "0") -> Training:
    clips = {name: Clip(name, "", name[0], "anger") for name in ("a1", "b1", "c1")}
    entry = {"family": "x", "training": {"distil": {"teacher": "both"}}}
    conditions = Conditions(list(CLASSES), 1, 1, "tensorflow")
    roles = {"train": ["a1", "b1"], "validation": ["c1"], "test": []}
    return Training(TrainedCell("d", "p", "s", fold, 0), entry, conditions, clips, roles, "abc")


def write_answers(path: Path, clips: list[str], classes: tuple[str, ...] = CLASSES, **changed) -> np.ndarray:
    drawn = np.random.default_rng(3).dirichlet(np.ones(len(classes)), len(clips))
    told = {
        "dataset": "d", "protocol": "p", "model": "both", "fold": "0", "run": 0, "role": "train", "clip": clips,
        "subject": "s", "truth": "anger", "predicted": "anger", "covered": True, "samples": 2,
    }  # fmt: skip
    rows = predictions.Predictions.of(classes, drawn, **{**told, **changed})
    write_rows(path, predictions.header(rows.classes), rows.rows())
    return drawn


def test_clips_have_the_answers_of_their_teacher_and_copies_those_to_their_clips(tmp_path):
    drawn = write_answers(tmp_path / "answers.csv", ["b1", "a1"], covered=[True, False])
    found = taught.read(training(), tmp_path / "answers.csv")
    found = Training(**{**vars(found), "parents": {"b1~flip": "b1"}})
    given = taught.of_clips(found, ["a1", "b1", "b1~flip"])
    np.testing.assert_allclose(given, [[0, 0, 0], drawn[0], drawn[0]])


@pytest.mark.parametrize(
    ("clips", "classes", "sentence"),
    [
        (["a1"], CLASSES, "'b1' is not answered for fold 0"),
        (["a1", "b1", "c1"], CLASSES, "'c1' is no training clip of fold 0"),
        (["a1", "b1"], ("anger", "joy", "fear"), "has the classes anger, joy, fear, expected anger, fear, joy"),
    ],
)
def test_answers_of_another_fold_table_are_refused(tmp_path, clips, classes, sentence):
    write_answers(tmp_path / "answers.csv", clips, classes)
    with pytest.raises(StudyError, match=sentence):
        taught.read(training(), tmp_path / "answers.csv")


# ---------------------------------------------------------------- who answers
PEOPLE = {"0": "ab", "1": "cd", "2": "ef"}  # of each fold, who validates; g and h are held out
CLIPS = {f"{who}{i}": Clip(f"{who}{i}", "", who, CLASSES[i]) for who in "abcdefgh" for i in range(3)}


def clips_of(people: str) -> set[str]:
    return {name for name in CLIPS if name[0] in people}


def role(train: str, validation: str = "", test: str = "") -> dict[str, set[str]]:
    return {"train": clips_of(train), "validation": clips_of(validation), "test": clips_of(test)}


FOLDS = {"0": role("cdef", "ab"), "1": role("abef", "cd"), "2": role("abcd", "ef"), "final": role("abcdef", "", "gh")}
TOLD = {
    "dataset": "d", "protocol": "p", "student": "s", "run": 0, "teacher": "both", "method": "average",
    "members": ["x", "y"], "calibration": "none",
}  # fmt: skip


def write_member(folder: Path, member: str, fold: str, seed: int) -> list:
    """Validation rows of one epoch; returns the row of a job."""
    names = sorted(FOLDS[fold]["validation"])
    text = {"clips": names, "subjects": [CLIPS[name].subject for name in names],
            "truth": [CLIPS[name].label for name in names], "classes": list(CLASSES)}  # fmt: skip
    drawn = np.random.default_rng([seed, int(fold)]).dirichlet(np.ones(3), (1, len(names)))
    path = folder / f"{member}.{fold}.{seed}.h5"
    arrays.write(path, {**text, "covered": np.ones(len(names), bool), "probabilities": drawn.astype("f4")})
    return [member, fold, 0, str(path)]


def members(folder: Path, fold: str) -> list[list]:
    others = [name for name in PEOPLE if name != fold]
    return [write_member(folder, name, other, seed) for seed, name in enumerate("xy") for other in others]


def asked(folder: Path, fold: str) -> predictions.Predictions:
    return teaching.answers({**TOLD, "fold": fold}, validation.read_all(members(folder, fold)), [], FOLDS)


@pytest.mark.parametrize("fold", ["0", "final"])
def test_every_training_clip_is_answered_once_by_the_fold_that_validates_it(tmp_path, fold):
    rows = asked(tmp_path, fold)
    assert rows.clip.tolist() == sorted(FOLDS[fold]["train"])
    assert (set(rows.fold), set(rows.role)) == ({fold}, {"train"})
    x, y = (arrays.read(path, "rows", "", ("clips", "probabilities")) for path in
            (tmp_path / "x.1.0.h5", tmp_path / "y.1.1.h5"))  # fmt: skip
    place = rows.clip.tolist().index(x["clips"][0])
    np.testing.assert_allclose(rows.probabilities[place], (x["probabilities"][0, 0] + y["probabilities"][0, 0]) / 2,
                               atol=1e-6)  # fmt: skip


def test_a_clip_that_nobody_can_answer_stops_with_a_sentence(tmp_path):
    rows = validation.read_all(members(tmp_path, "2"))
    with pytest.raises(StudyError, match="both cannot teach s in fold final: the training clip 'e0' has no answer"):
        teaching.answers({**TOLD, "fold": "final"}, rows, [], FOLDS)


# ---------------------------------------------------------------- the audit
def one_training(folder: Path, fold: str = "0") -> tuple[SimpleNamespace, dict, Dealt]:
    """A student's training with the answers that it learned from, what the audit is told, and the folds."""
    path = folder / "answers.csv"
    rows = asked(folder, fold)
    write_rows(path, predictions.header(rows.classes), rows.rows())
    told = {**TOLD, "answers": str(path), "validation": members(folder, fold), "records": []}
    for name, other, _, _ in told["validation"]:
        had = FOLDS[other]["train"] - FOLDS[fold]["validation"]
        record = folder / f"{name}.{other}.json"
        record.write_text(json.dumps({"folds_sha256": "abc", "fitted": fitted_rows.told(had, had)}))
        told["records"].append([name, other, str(record)])
    one = SimpleNamespace(where=f"`s`, fold {fold}", fold=fold, run=0, record={"taught_sha256": taught.digest(path)})
    return one, told, Dealt(FOLDS, "abc", CLIPS, list(CLASSES))


@pytest.mark.parametrize("fold", ["0", "2", "final"])
def test_answers_of_models_that_had_not_the_clips_have_no_fault(tmp_path, fold):
    assert list(taught_again.faults(*one_training(tmp_path, fold))) == []


def test_answers_of_a_teacher_that_had_learned_the_clips_are_found(tmp_path):
    one, told, dealt = one_training(tmp_path)
    rows = predictions.read(told["answers"])
    sure = np.where(np.array(CLASSES)[None] == rows.truth[:, None], 0.98, 0.01)
    columns = [getattr(rows, name) for name in predictions.COLUMNS]
    write_rows(told["answers"], predictions.header(CLASSES), predictions.Predictions(CLASSES, *columns, sure).rows())
    said = {fault.what: fault.clips for fault in taught_again.faults(one, told, dealt)}
    assert said.pop("it learned from other answers of its teacher than those that lie there") == frozenset()
    [(what, clips)] = said.items()
    assert what == "12 answers of its teacher are not those of models that had not learned the clip"
    assert clips == FOLDS["0"]["train"]


def test_a_teacher_that_was_trained_on_who_judges_the_student_is_found(tmp_path):
    one, told, dealt = one_training(tmp_path)
    had = FOLDS["1"]["train"]  # with a and b, who validate fold 0 of the student
    Path(told["records"][0][2]).write_text(
        json.dumps({"folds_sha256": "abc", "fitted": fitted_rows.told(had, FOLDS["1"]["train"])})
    )
    [fault] = taught_again.faults(one, told, dealt)
    assert fault.where == "`s`, fold 0, taught by `x` of fold 1"
    assert fault.status == "leak"


# ---------------------------------------------------------------- the config
def preset(**architectures: dict) -> dict:
    """A preset of two models and their fusion, with held-out test clips, and other or further architectures."""
    config = yaml.safe_load((ROOT / "config/studies/small_models.yaml").read_text())
    config["protocols"] = {"held": {"kind": "kfold", "folds": 3, "test": 12, "seed": 1}}
    config["grid"] = {"builtin": ["held"]}
    config["report"] = {"title": "t", "question": "q"}
    kept = {name: config["architectures"][name] for name in ("lstm", "cnn1d")}
    config["architectures"] = {**kept, **architectures}
    return config


def student(**training) -> dict:
    small = yaml.safe_load((ROOT / "config/studies/small_models.yaml").read_text())["architectures"]["separable"]
    return {**small, "training": {**small["training"], "distil": {"teacher": "average"}, **training}}


def study_of(config: dict) -> Study:
    whole = complete(copy.deepcopy(config), SCHEMA, "config.yaml")
    check(whole, "config.yaml")
    return Study(whole)


def jobs_of(config: dict) -> dict[str, str]:
    """Every job by its first file."""
    return {job.listed("writes")[0]: f"{rule} {job.to_json()}" for rule, job in every_job(study_of(config))}


def test_a_student_adds_its_own_jobs_and_those_of_its_teachers_without_its_validation_clips():
    before, after = jobs_of(preset()), jobs_of(preset(student=student()))
    new = {path: after[path].split(" ", 1)[0] for path in after.keys() - before.keys()}
    trained = Counter(path.split("/")[4] for path, rule in new.items() if rule == "train_fold")
    helpers = {f"{name}.without{number}": 2 for name in ("lstm", "cnn1d") for number in range(3)}
    assert trained == {"student": 4, **helpers}
    assert Counter(new.values())["ask_teacher"] == 4
    # What was there stays as it was, but for what reads all models of a protocol.
    changed = {after[path].split(" ", 1)[0] for path in before if after[path] != before[path]}
    assert changed == {"compare", "audit_run"}


def test_another_temperature_concerns_the_trainings_of_the_student_alone():
    distil = {"teacher": "average", "temperature": 2}
    before, after = jobs_of(preset(student=student())), jobs_of(preset(student=student(distil=distil)))
    changed = Counter(after[path].split(" ", 1)[0] for path in before if after[path] != before[path])
    assert changed == {"train_fold": 4, "compare": 1}  # compare has the digest of the plan
    assert all("/student/" in path for path in before if after[path] != before[path] and "models" in path)


def test_in_a_nested_protocol_each_outer_fold_is_taught_by_its_own_inner_ones():
    config = preset(student=student())
    config["protocols"]["held"] = {"kind": "nested", "folds": 2, "inner": 3, "seed": 1, "deploy": True}
    jobs = [job for rule, job in every_job(study_of(config)) if rule == "ask_teacher"]
    told = {job.fold: job for job in jobs}
    assert list(told) == ["0.0", "0.1", "0.2", "0.final", "1.0", "1.1", "1.2", "1.final", "deploy"]
    folds = {name: sorted({row[1] for row in job.validation}) for name, job in told.items()}
    assert folds["1.2"] == ["1.0", "1.1"]
    assert folds["0.final"] == ["0.0", "0.1", "0.2"]
    assert {path.split("/")[-3] for *_, path in told["1.2"].validation} == {"1.0", "1.1"}
    assert {path.split("/")[-4] for *_, path in told["1.2"].validation} == {"cnn1d.without2", "lstm.without2"}
    assert {path.split("/")[-2] for path in told["deploy"].predictions} == {"0.final", "1.final"}


REFUSED = [
    ("training", {"teacher": "avrage"}, "no fusion or architecture named 'avrage'; there are average, lstm, cnn1d"),
    ("protocol", {"kind": "kfold", "folds": 4, "seed": 1},
     "nobody can teach under held (grid/builtin): its folds test clips that the other folds train on"),
    ("protocol", {"kind": "kfold", "folds": 2, "test": 12, "seed": 1},
     "its 2 folds leave a teacher without two of them nobody to learn from"),
    ("protocol", {"kind": "nested", "folds": 3, "inner": 2, "seed": 1}, "its 2 folds leave a teacher"),
    ("student", {"family": "linear", "settings": {}}, "linear is no network, and learns from labels alone"),
    ("loop", {"decision": "one_vs_rest"}, "takes the decision softmax alone"),
    ("loop", {"loss": {"name": "focal"}}, "is a loss of its own, and training/loss asks for another"),
    ("section", {"controls": {"labels_permuted": ["student"]}}, "student learns from average, which has seen"),
    ("section", {"learning_curve": {"people": [8], "architectures": ["student"]}}, "learning_curve: student learns"),
    ("section", {"skip": [{"dataset": "builtin", "architecture": "lstm", "because": "slow"}]},
     "its teacher's lstm is skipped under held (grid/builtin); skip it too"),
    ("section", {"fusions": {"average": {"members": "all pairs", "method": "average"}}}, "stands for many fusions"),
    ("section", {"searches": {"s": {"dataset": "builtin", "protocol": "held", "architecture": "lstm", "method": "grid",
                                    "space": {"settings.units": [8, 16]}}}},
     "the answers of lstm cannot teach: its settings are searched on the clips"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "value", "sentence"), REFUSED)
def test_a_teacher_that_would_know_too_much_is_refused_with_a_sentence(what, value, sentence):
    entry = student(distil=value) if what == "training" else student(**value) if what == "loop" else student()
    config = preset(student={**entry, **value} if what == "student" else entry)
    if what == "protocol":
        config["protocols"]["held"] = value
    if what == "section":
        config |= value
    with pytest.raises(StudyError) as raised:
        study_of(config)
    assert sentence in str(raised.value)


# ---------------------------------------------------------------- the page
def test_the_page_shows_a_student_beside_its_teacher_and_its_twin(tmp_path):
    plan = fake_study.build(tmp_path)
    entries = plan["config"]["architectures"]
    # Its network has the settings of cnn_tcn and of lstm, which are the same: the first is its twin.
    entries["c3d"] = {**copy.deepcopy(entries["lstm"]), "training": {**entries["lstm"]["training"]}}
    entries["c3d"]["training"]["distil"] = {"teacher": "late_average"}
    results = read(Study(plan["config"]), tmp_path / "results", code=plan["code"])
    panel = next(one for one in panels(results) if one.protocol.dataset == "acted")
    [table] = students.blocks(results, panel)
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert [row[:2] for row in rows] == [["`c3d`", "student"], ["`late_average`", "teacher"], ["`cnn_tcn`", "twin"]]
    test = {name: value(panel.entry(name).test) for name in ("c3d", "late_average", "cnn_tcn")}
    assert rows[1][-1] == signed(test["c3d"] - test["late_average"])
    assert rows[2][3:5] == [uar(value(panel.entry("cnn_tcn").development)), uar(test["cnn_tcn"])]


# ---------------------------------------------------------------- a training
def test_a_network_that_learns_from_its_teacher_alone_answers_as_it_does():
    """Also where the order of samples changes with every epoch: each has the answer to its own clip."""
    data = points(np.repeat([0, 1, 2], 40), CENTRES * 4, samples=2)
    answers = np.eye(3)[(data.truth + 1) % 3] * 0.94 + 0.02
    task = Task(
        Points, {}, complete_loop({"epochs": 15, "batch": 16, "optimizer": {"name": "adam", "learning_rate": 0.05},
                              "distil": {"teacher": "t", "weight": 1.0, "temperature": 2.0}}),
        3, data, points(np.repeat([0, 1, 2], 0), CENTRES), np.full(3, 1 / 3), 1, taught=answers,
    )  # fmt: skip
    network, _ = prepare(task)
    history = fit(network, task).history
    found = predict(network, task, data).argmax(1)
    assert np.mean(found == (data.truth[data.owner] + 1) % 3) > 0.95
    assert history[-1].accuracy < 0.05  # which is that of the labels
