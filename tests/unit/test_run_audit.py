"""What the audit of a run finds: each table and record edited by hand at its stage, and nothing where nothing was."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from test_scoring_scripts import CELL, CLASSES, SimulatedStudy

from ferstudy.evaluation import validation
from ferstudy.evaluation.validation import Validation
from ferstudy.models import saved_estimator
from ferstudy.protocols.acceptance import OF_RUN
from ferstudy.run_audit import (
    answered,
    calibrated_again,
    chosen_epochs,
    fitted_on,
    fused_again,
    priors,
    rescored,
    searched,
    taught_again,
)
from ferstudy.run_audit.faults import Fault, judged
from ferstudy.run_audit.training_files import Dealt, TrainingFiles
from ferstudy.search import choose, space, trials
from ferstudy.search.best import note
from ferstudy.search.trials import Trial
from ferstudy.tables import fitted_rows, predictions, scores
from ferstudy.tables.clips import Clip
from ferstudy.tables.history import Epoch
from ferstudy.tables.predictions import Predictions
from ferstudy.tables.write import write_rows

PLACE = ("demo", "kfold")
LABELS = ("anger", "fear")
# Eight people with a clip of each class; who is last of all has no face.
CLIPS = {f"s{i}-{label}": Clip(f"s{i}-{label}", "", f"s{i}", label) for i in range(8) for label in LABELS}
LOST = "s7-fear"
ROLES = {
    "train": {f"s{i}-{label}" for i in range(4) for label in LABELS} - {"s0-fear"},
    "validation": {f"s{i}-{label}" for i in (4, 5) for label in LABELS},
    "test": {f"s{i}-{label}" for i in (6, 7) for label in LABELS},
}
DEALT = Dealt({"0": ROLES}, "abc", CLIPS, list(LABELS))
PRIOR = [4 / 7, 3 / 7]


def history(*uars: float) -> list[Epoch]:
    return [Epoch(i, 0.1, 1.0, 0.5, 1.0, 0.5, uar, 1.0) for i, uar in enumerate(uars, 1)]


def answers(clips: list[str], seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).dirichlet([1, 1], len(clips))
    drawn[[clip == LOST for clip in clips]] = PRIOR
    return drawn


def trained(folder: Path, **changed: Any) -> TrainingFiles:
    """One training of three epochs with all its files, of which `changed` are others."""
    shown = {role: sorted(ROLES[role]) for role in ("validation", "test")}
    names = [*shown["validation"], *shown["test"]]
    covered = np.array([clip != LOST for clip in names])
    drawn = np.concatenate([answers(shown["validation"], 2), answers(shown["test"], 9)])
    labels = np.array(LABELS, object)
    rows = Predictions.of(
        LABELS, drawn, dataset="demo", protocol="kfold", model="lstm", fold="0", run=0,
        role=["validation"] * 4 + ["test"] * 4, clip=names, subject=[CLIPS[clip].subject for clip in names],
        truth=[CLIPS[clip].label for clip in names], predicted=np.where(covered, labels[drawn.argmax(1)], ""),
        covered=covered, samples=2 * covered,
    )  # fmt: skip
    truth = np.array([CLIPS[clip].label for clip in shown["validation"]], object)
    epochs = np.stack([answers(shown["validation"], seed) for seed in (1, 2, 3)]).astype("float32").astype(float)
    of_epochs = Validation("lstm", "0", 0, LABELS, np.array(shown["validation"], object), truth, truth,
                           np.ones(4, bool), epochs)  # fmt: skip
    uars = [balanced_accuracy_score(truth, labels[one.argmax(1)]) for one in epochs]
    record = {
        "cell": {"architecture": "lstm", "fold": "0", "run": 0}, "settings": {"family": "x", "training": {}},
        "folds_sha256": "abc", "fitted": fitted_rows.told(sorted(ROLES["train"]), ROLES["train"]), "prior": PRIOR,
        "validation_clips": 4, "test_clips": 4, "best_epoch": int(np.argmax(uars)) + 1, "epochs_run": 3,
        "epochs_from": [],
    }  # fmt: skip
    samples(folder / "samples.h5", rows)
    one = TrainingFiles("lstm", "0", 0, "network", record, history(*uars), of_epochs, rows, folder / "samples.h5",
                        folder / "model.zip")  # fmt: skip
    return one._replace(**changed)


def samples(path: Path, rows: Predictions) -> None:
    """Two samples of each covered clip whose mean is its row."""
    shown = rows.where(rows.covered)
    apart = np.repeat(0.5 * shown.probabilities.min(1, keepdims=True), 2, axis=0) * np.array([[1, -1]])
    drawn = np.repeat(shown.probabilities, 2, axis=0) + apart * np.tile([[1], [-1]], (len(shown), 1))
    with h5py.File(path, "w") as file:
        file.create_dataset("clip", data=np.repeat(shown.clip, 2), dtype=h5py.string_dtype())
        file.create_dataset("probabilities", data=drawn.astype("f4"))


def said(faults) -> str:
    return "; ".join(f"{fault.where}: {fault.what}" for fault in faults)


def every_fault(one: TrainingFiles) -> list[Fault]:
    of_rows = [*fitted_on.faults(one, DEALT), *priors.faults(one, DEALT), *answered.faults(one, DEALT)]
    return [*of_rows, *chosen_epochs.faults(one, {}, "val_uar")]


def test_a_training_that_did_all_as_its_fold_says_has_no_fault(tmp_path):
    assert every_fault(trained(tmp_path)) == []


# ---------------------------------------------------------------- what was fitted


@pytest.mark.parametrize("added", [("test",), ("validation",), ("validation", "test")])
def test_clips_beyond_the_training_rows_are_named(tmp_path, added):
    clips = set().union(*(ROLES[role] for role in added))
    one = trained(tmp_path)
    fitted = fitted_rows.told([*ROLES["train"], *clips], ROLES["train"])
    (fault,) = fitted_on.faults(one._replace(record={**one.record, "fitted": fitted}), DEALT)
    assert (fault.status, fault.clips) == ("leak", clips)
    assert f"fitted on its {' and '.join(added)} clips too" in fault.what


def test_left_out_clips_and_copies_are_no_fault(tmp_path):
    one = trained(tmp_path)
    without = fitted_rows.told([clip for clip in ROLES["train"] if clip != "s1-fear"] * 3, ROLES["train"])
    assert (without["without"], without["clips"], without["rows"]) == (["s1-fear"], 6, 18)
    assert not list(fitted_on.faults(one._replace(record={**one.record, "fitted": without}), DEALT))


def test_another_fold_table_another_fold_and_no_record(tmp_path):
    one = trained(tmp_path)
    other = one._replace(record={**one.record, "folds_sha256": "def", "test_clips": 5})
    assert said(fitted_on.faults(other, DEALT)) == (
        "`lstm`, fold 0, run 0: it was trained under another fold table than the one that is scored; "
        "`lstm`, fold 0, run 0: its record has 5 test clips, the fold table 4"
    )
    swapped = one._replace(record={**one.record, "cell": {**one.record["cell"], "fold": "1"}})
    assert "its record is of fold 1" in said(fitted_on.faults(swapped, DEALT))
    old = {key: value for key, value in one.record.items() if key != "fitted"}
    (fault,) = fitted_on.faults(one._replace(record=old), DEALT)
    assert fault.status == "unknown"


@pytest.mark.parametrize("machine", [StandardScaler, lambda: PCA(1)])
@pytest.mark.parametrize("resample", [None, "smote"])
def test_a_scaler_or_components_that_saw_more_rows_are_found(tmp_path, machine, resample):
    """scikit-learn counts what it fits: seven training clips, eight after SMOTE, eleven with the validation clips."""
    one = trained(tmp_path, trainer="estimator")
    settings = {"family": "linear", "training": {"resample": resample} if resample else {}}
    one = one._replace(record={**one.record, "settings": settings})
    for rows, wrong in ((8 if resample else 7, False), (11, True)):
        drawn = np.random.default_rng(0).normal(size=(rows, 2))
        fitted = make_pipeline(machine(), LinearSVC()).fit(drawn, np.arange(rows) % 2)
        saved_estimator.save(one.model, {}, fitted)
        found = said(fitted_on.faults(one, DEALT))
        assert ("was fitted on 11 rows, and there are " in found) == wrong == bool(found)


# ---------------------------------------------------------------- prior


def test_a_prior_that_the_training_rows_do_not_give(tmp_path):
    one = trained(tmp_path)
    even = one._replace(record={**one.record, "prior": [0.5, 0.5]})
    assert said(priors.faults(even, DEALT)) == (
        "`lstm`, fold 0, run 0: its record has the prior 50.0/50.0 %, the training rows give 57.1/42.9 %"
    )
    values = one.predictions.probabilities.copy()
    values[one.predictions.clip == LOST] = 0.5
    edited = Predictions(**{**vars(one.predictions), "probabilities": values})
    (fault,) = priors.faults(one._replace(predictions=edited), DEALT)
    assert fault.clips == {LOST}
    assert "answered by 50.0/50.0 %" in fault.what
    hidden = Validation(**{**vars(one.validation), "covered": np.array([True, True, True, False])})
    (fault,) = priors.faults(one._replace(validation=hidden), DEALT)
    assert fault.clips == {hidden.clips[3]}


# ---------------------------------------------------------------- answers


def test_an_edited_answer_is_found_and_named(tmp_path):
    one = trained(tmp_path)
    values = one.predictions.probabilities.copy()
    values[5] = values[5][::-1]
    edited = Predictions(**{**vars(one.predictions), "probabilities": values})
    (fault,) = answered.faults(one._replace(predictions=edited), DEALT)
    assert fault.clips == {one.predictions.clip[5]}
    assert "1 answers are not the mean of the samples" in fault.what


def test_a_clip_that_validates_and_is_tested_has_samples_of_both(tmp_path):
    one = trained(tmp_path)
    role = np.array(["validation"] * 4 + ["test"] * 4, object)
    twice = Predictions(**{**vars(one.predictions), "clip": np.tile(one.predictions.clip[:4], 2), "role": role})
    covered = Predictions(**{**vars(twice), "covered": np.ones(8, bool), "samples": np.full(8, 2)})
    samples(tmp_path / "samples.h5", covered)
    assert not list(answered.faults(one._replace(predictions=covered), DEALT))


# ---------------------------------------------------------------- epochs


def test_an_edited_history_or_best_epoch_is_found(tmp_path):
    one = trained(tmp_path)
    better = one._replace(history=[*one.history[:2], one.history[2]._replace(val_uar=0.99)])
    assert "its history has a validation UAR of 0.9900 after epoch 3, its validation rows give" in said(
        chosen_epochs.faults(better, {}, "val_uar")
    )
    other = one.record["best_epoch"] % 3 + 1
    edited = one._replace(record={**one.record, "best_epoch": other})
    assert f"its record has the best epoch {other}, its history" in said(chosen_epochs.faults(edited, {}, "val_uar"))
    cut = one._replace(record={**one.record, "epochs_run": 2})
    assert "its record has 2 epochs, its history 3" in said(chosen_epochs.faults(cut, {}, "val_uar"))


def test_a_tie_that_float32_has_made_is_no_fault(tmp_path):
    one = trained(tmp_path)
    values = one.validation.probabilities.copy()
    values[0, 0] = 0.5  # the history may have had either class there
    tied = Validation(**{**vars(one.validation), "probabilities": values})
    for uar in (0.25, 0.5, 0.75):
        off = abs(uar - balanced_accuracy_score(tied.truth, np.array(LABELS)[values[0].argmax(1)]))
        own = [one.history[0]._replace(val_uar=uar), *one.history[1:]]
        found = [fault for fault in chosen_epochs.faults(one._replace(validation=tied, history=own), {}, "val_uar")
                 if "validation UAR" in fault.what]  # fmt: skip
        assert bool(found) == (off > 0.25)


def test_a_final_training_takes_the_epochs_that_its_folds_give(tmp_path):
    """The thesis: best epochs 9, 22, 4, 4, 16, so 11."""
    none = Validation("lstm", "final", 0, LABELS, *[np.array([], object)] * 3, np.array([], bool), np.zeros((11, 0, 2)))
    one = trained(tmp_path, fold="final", validation=none)
    nan = float("nan")
    curves = {str(k): [0.1] * (best - 1) + [0.9, 0.2] for k, best in enumerate((9, 22, 4, 4, 16))}
    siblings = {fold: trained(tmp_path, fold=fold, history=history(*curve)) for fold, curve in curves.items()}
    for epochs, taken, wrong in (
        (11, [9, 22, 4, 4, 16], ""),
        (12, [9, 22, 4, 4, 16], "trained for 12 epochs, the best epochs 9, 22, 4, 4, 16 of its folds give 11"),
        (
            11,
            [9, 22, 4, 4, 15],
            "record takes the epochs 9, 22, 4, 4, 15, the folds 0, 1, 2, 3, 4 give 9, 22, 4, 4, 16",
        ),
    ):
        record = {**one.record, "epochs_run": epochs, "best_epoch": epochs, "epochs_from": taken}
        own = one._replace(record=record, history=history(*[nan] * epochs))
        found = said(chosen_epochs.faults(own, siblings, "val_uar"))
        assert wrong in found and bool(wrong) == bool(found)  # noqa: PT018  one row of a table


# ---------------------------------------------------------------- search

TOLD = {
    "search": "lr", "place": "lr", "names": ["0", "1"], "serves": ["0", "1", "final"], "method": "grid", "workers": 1,
    "seed": 1, "select": "val_uar", "space": {"settings.units": [8, 16, 32]}, "dataset": "demo", "protocol": "kfold",
    "architecture": "lstm",
}  # fmt: skip
SEARCHED = Dealt({"0": {**ROLES, "test": set()}, "1": {**ROLES, "test": set()}, "final": ROLES}, "abc", CLIPS, [])


def tried(number: int, first: float, second: float, **changed: Any) -> Trial:
    settings = space.point(TOLD["space"], number)
    one = Trial("lr", "lr", number, 0, trials.DONE, (first + second) / 2, 3, 1.0, settings, {"0": first, "1": second},
                "")  # fmt: skip
    return one._replace(**changed)


def search_faults(folder: Path, rows: list[Trial], **edited: Any) -> str:
    write_rows(folder / "worker0.csv", trials.COLUMNS, [row.cells() for row in rows])
    best = json.loads(json.dumps(choose.best(TOLD, [tried(0, 0.4, 0.5), tried(1, 0.6, 0.7), tried(2, 0.5, 0.6)])))
    (folder / "best.json").write_text(json.dumps({**best, **edited}))
    return said(searched.faults(TOLD, str(folder / "best.json"), [str(folder / "worker0.csv")], SEARCHED))


ROWS = [tried(0, 0.4, 0.5), tried(1, 0.6, 0.7), tried(2, 0.5, 0.6)]


def test_an_edited_choice_is_found(tmp_path):
    assert search_faults(tmp_path, ROWS) == ""
    found = search_faults(tmp_path, ROWS, overrides={"settings.units": 32}, trial=2, score=0.9)
    choice = 'its trials (trial 1 is best, val_uar 0.6500) give {"settings.units": 16}'
    assert f'best.json has overrides {{"settings.units": 32}}, {choice}' in found
    assert "best.json has trial 2, " in found
    assert "best.json has score 0.9, " in found


def test_an_edited_table_of_trials_is_found(tmp_path):
    better = [*ROWS[:2], tried(2, 0.5, 0.6, score=0.8)]
    found = search_faults(tmp_path, better)
    assert "trial 2 has the score 0.8000, its folds give 0.5500" in found
    assert "best.json has trial 1, its trials (trial 2 is best" in found
    other = [*ROWS[:2], tried(2, 0.5, 0.6, settings={"settings.units": 64})]
    assert 'trial 2 has the settings {"settings.units": 64}, its number gives {"settings.units": 32}' in search_faults(
        tmp_path, other
    )
    test_rows = [*ROWS[:2], tried(2, 0.5, 0.6, folds={"0": 0.5, "final": 0.6})]
    assert "trial 2 was judged on the folds 0, final, expected 0, 1" in search_faults(tmp_path, test_rows)
    assert "its trials give no choice: trial 2 and 0 more are in no table" in search_faults(tmp_path, ROWS[:2])


def test_a_search_that_saw_tested_clips_is_found(tmp_path):
    tested = SEARCHED._replace(folds={**SEARCHED.folds, "final": {**ROLES, "test": {"s4-fear", "s6-fear"}}})
    write_rows(tmp_path / "worker0.csv", trials.COLUMNS, [row.cells() for row in ROWS])
    (tmp_path / "best.json").write_text(json.dumps(choose.best(TOLD, ROWS)))
    files = (str(tmp_path / "best.json"), [str(tmp_path / "worker0.csv")])
    (fault,) = searched.faults(TOLD, *files, tested)
    assert fault.clips == {"s4-fear"}


def test_a_training_takes_what_its_search_chose(tmp_path):
    found = choose.best(TOLD, ROWS)
    (tmp_path / "best.json").write_text(json.dumps(found))
    one, path = trained(tmp_path), str(tmp_path / "best.json")
    settings = {**one.record["settings"], "settings": {"units": 16}}
    right = one._replace(record={**one.record, "settings": settings, "search": json.loads(json.dumps(note(found)))})
    assert said(searched.taken(right, path)) == ""
    other = {**right.record, "settings": {**settings, "settings": {"units": 8}}}
    assert "it was trained with settings.units 8, the search chose 16" in said(
        searched.taken(one._replace(record=other), path)
    )
    assert "another choice of the search than best.json" in said(searched.taken(one, path))
    assert "none is planned for it" in said(searched.taken(right, ""))


# ---------------------------------------------------------------- fusion and scores


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> SimulatedStudy:
    found = SimulatedStudy(tmp_path_factory.mktemp("study"), subjects=12, folds=2)
    found.fuse("both", "weighted", ["good", "better"])
    return found


def fusion_faults(study: SimulatedStudy, fit: Path | None = None, rows: Path | None = None) -> list[Fault]:
    told = {"method": "weighted", "members": ["good", "better"]}
    found = json.loads((fit or study.root / "both.json").read_text(encoding="utf-8"))
    by_fold = {fold: {role: set() for role in ("train", "validation", "test")} for fold in study.folds}
    for fold, roles in study.folds.items():
        for clip, role in roles.items():
            by_fold[fold][role].add(clip)
    return list(
        fused_again.faults(
            "both", told, found, predictions.read(rows or study.root / "both.csv"),
            validation.read_all(study.validation(["good", "better"])["validation"]),
            [predictions.read(path) for path in study.tables(["good", "better"])], [],
            Dealt(by_fold, "abc", {}, list(CLASSES)), PLACE,
        )
    )  # fmt: skip


def test_a_fusion_as_it_was_fitted_has_no_fault(study):
    assert fusion_faults(study) == []


def test_weights_of_test_rows_by_hand_are_found(study, tmp_path):
    """Weights by the members' UAR on the test rows, as who peeks would fit them."""
    fit = json.loads((study.root / "both.json").read_text())
    tested = [predictions.read(study.predictions(name, "final", 1)) for name in ("good", "better")]
    above = [max(balanced_accuracy_score(rows.truth, rows.predicted) - 1 / 3, 0) for rows in
             (rows.where(rows.covered & (rows.role == "test")) for rows in tested)]  # fmt: skip
    (peeked,) = [one for one in fit["parameters"] if one["role"] == "test"]
    peeked["weights"] = dict(zip(("good", "better"), (np.array(above) / sum(above)).tolist(), strict=True))
    (tmp_path / "fit.json").write_text(json.dumps(fit))
    found = fusion_faults(study, fit=tmp_path / "fit.json")
    assert len(found) == 2
    assert "`both`, fold final, run 1, test rows: weights of `better`" in said(found)
    assert "fitting on validation rows gives" in said(found)


def test_an_edited_fused_row_is_found(study, tmp_path):
    rows = predictions.read(study.root / "both.csv")
    values = rows.probabilities.copy()
    values[3] = np.roll(values[3], 1)
    edited = Predictions(**{**vars(rows), "probabilities": values})
    write_rows(tmp_path / "both.csv", predictions.header(rows.classes), edited.rows())
    (fault,) = fusion_faults(study, rows=tmp_path / "both.csv")
    assert fault.clips == {rows.clip[3]}


def test_an_edited_score_is_found(study, tmp_path):
    path = study.score("good")
    rows = predictions.concatenate([predictions.read(table) for table in study.tables(["good"])])
    table = scores.read(path)
    dealt = Dealt({"0": ROLES}, table[0].folds_sha256, {}, list(CLASSES))
    assert not list(rescored.faults("good", str(path), rows, {}, dealt, tuple(CELL.values())))
    edited = [
        row._replace(value=row.value + 0.1) if (row.rows, row.metric) == ("test", "uar") else row for row in table
    ]
    blank = [[None if isinstance(cell, float) and np.isnan(cell) else cell for cell in row] for row in edited]
    write_rows(tmp_path / "good.csv", scores.COLUMNS, blank)
    found = said(rescored.faults("good", str(tmp_path / "good.csv"), rows, {}, dealt, tuple(CELL.values())))
    assert "`good`, uar of the test rows, run 1: its table has " in found
    assert "accuracy" not in found


def test_temperatures_that_validation_rows_do_not_give_are_found(study, tmp_path):
    by_fold = {fold: {role: {clip for clip, own in roles.items() if own == role} for role in ROLES}
               for fold, roles in study.folds.items()}  # fmt: skip
    dealt = Dealt(by_fold, "", {}, list(CLASSES))
    trained_on = validation.read_all(study.validation(["good"])["validation"])
    rows = {name: predictions.concatenate([predictions.read(path) for path in tables])
            for name, tables in (("good", study.tables(["good"])), ("both", [study.root / "both.csv"]))}  # fmt: skip
    tables = {"good": study.score("good"), "both": study.score("both", study.root / "both.csv")}
    for name, validations in (("good", trained_on), ("both", [])):
        asked = (rows[name], validations, {}, dealt, tuple(CELL.values()))
        assert not list(calibrated_again.faults(name, str(tables[name]), *asked))
        table = scores.read(tables[name])
        hot = [row._replace(value=1.7) if (row.metric, row.rows) == ("temperature", "test") else row for row in table]
        blank = [[None if isinstance(cell, float) and np.isnan(cell) else cell for cell in row] for row in hot]
        write_rows(tmp_path / "edited.csv", scores.COLUMNS, blank)
        (fault,) = calibrated_again.faults(name, str(tmp_path / "edited.csv"), *asked)
        assert fault.where == f"`{name}`, temperature of the test rows of fold final"
        assert fault.what.startswith("its table has 1.7000, fitting on validation rows gives")


def test_each_combination_of_a_pattern_is_judged_by_its_own_rows(study, tmp_path):
    """A pattern has the scores of all its combinations in one table."""
    rows = {name: predictions.concatenate([predictions.read(table) for table in study.tables([name])])
            for name in ("good", "better")}  # fmt: skip
    both = [row for name in rows for row in scores.read(study.score(name))]
    blank = [[None if isinstance(cell, float) and np.isnan(cell) else cell for cell in row] for row in both]
    write_rows(tmp_path / "pairs.csv", scores.COLUMNS, blank)
    dealt = Dealt({"0": ROLES}, both[0].folds_sha256, {}, list(CLASSES))
    asked = (str(tmp_path / "pairs.csv"), {}, dealt, tuple(CELL.values()))
    for name, own in rows.items():
        assert not list(rescored.faults(name, asked[0], own, *asked[1:]))
    assert list(rescored.faults("good", asked[0], rows["better"], *asked[1:]))


# ---------------------------------------------------------------- the finding


def test_the_worst_fault_decides_and_many_are_counted():
    few = [Fault("a", "is old", status="unknown"), Fault("b", "is wrong", frozenset({"x"}))]
    found = judged("prior", "Prior", few, "fine")
    assert (found.status, found.text, found.clips) == ("leak", "b: is wrong; a: is old.", ["x"])
    assert judged("prior", "Prior", [Fault("a", "b")] * 9, "").text.endswith("; and 5 more.")
    assert judged("prior", "Prior", [], "fine").status == "pass"


def test_every_check_of_a_run_can_be_accepted():
    modules = (
        fitted_on,
        priors,
        chosen_epochs,
        answered,
        searched,
        fused_again,
        taught_again,
        rescored,
        calibrated_again,
    )
    assert [module.CHECK for module in modules] == list(OF_RUN)
