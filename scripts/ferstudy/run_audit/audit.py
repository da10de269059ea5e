"""The second audit: was everything fitted, chosen and fused on the rows that the fold table gives to that?

What can be computed again is computed again (the choice of a search, the common epochs, the prior, the parameters and
rows of a fusion, the test scores) and compared; what cannot, such as a scaler, is judged from the training's record and
the saved model.
"""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from ferstudy.counted import counted
from ferstudy.evaluation import validation
from ferstudy.evaluation.costs import recorded_parameters
from ferstudy.evaluation.validation import Validation
from ferstudy.fold import Fold
from ferstudy.jobs.audit_run import AuditRun
from ferstudy.protocols.findings import Finding, accepted, worst
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
from ferstudy.run_audit.training_files import Dealt, TrainingFiles, read_all
from ferstudy.tables import clips, folds, predictions
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.predictions import Predictions, concatenate


def audit(job: AuditRun) -> dict:
    """What was found, as a JSON object of the form of `protocols.audit.audit`."""
    known = {clip.clip: clip for clip in clips.read(job.clips)}
    dealt = Dealt(read_folds(job.folds), folds.digest(job.folds), known, job.classes)
    trained = read_all(job)
    others = {name: predictions.read(path) for name, path in job.imported}
    findings = [
        _fitted(job, trained, dealt),
        _prior(trained, others, dealt),
        _epochs(job, trained),
        _answers(trained, dealt),
        *([_search(job, trained, dealt)] if job.searches or any("search" in one.record for one in trained) else []),
        *([_fusion(job, trained, others, dealt)] if job.fusions else []),
        *([_teachers(job, trained, dealt)] if job.taught else []),
        _scores(job, trained, others, dealt),
        _calibration(job, trained, others, dealt),
    ]
    return {
        "dataset": job.dataset,
        "protocol": job.name,
        "folds_sha256": dealt.sha256,
        "findings": [found.described() for found in findings],
        "status": worst(findings),
        "accepted": accepted(findings, job.accept_leak),
    }


def _fitted(job: AuditRun, trained: list[TrainingFiles], dealt: Dealt) -> Finding:
    found = [fault for one in trained for fault in fitted_on.faults(one, dealt)]
    for name, fold, path in job.backbones:
        place = {"dataset": job.dataset, "protocol": job.name, "fold": fold}
        found += fitted_on.of_backbone(name, place, path, dealt)
    backbones = f" and {counted(len(job.backbones), 'backbone')}" if job.backbones else ""
    smote = sum(one.record["settings"]["training"].get("resample") == "smote" for one in trained)
    fine = (
        f"All that learns in {counted(len(trained), 'training')}{backbones} (scaler, components, calibration, network"
        f"{f', SMOTE in {smote} of them' if smote else ''}) was given training clips of its fold alone: the digests "
        "that the trainings noted are those of the fold table, and the saved scalers of vectors count as many rows."
    )
    return judged(fitted_on.CHECK, fitted_on.TITLE, found, fine)


def _prior(trained: list[TrainingFiles], others: dict[str, Predictions], dealt: Dealt) -> Finding:
    found = [fault for one in trained for fault in priors.faults(one, dealt)]
    found += [fault for rows in others.values() for fault in priors.of_rows(rows, dealt)]
    fine = "Clips without a face are answered by the class frequencies of their fold's training clips, counted again."
    return judged(priors.CHECK, priors.TITLE, found, fine)


def _epochs(job: AuditRun, trained: list[TrainingFiles]) -> Finding:
    of = {(one.architecture, one.fold, one.run): one for one in trained}
    found: list[Fault] = []
    for one in trained:
        names = job.earlier.get(one.fold, [])
        siblings = {name: of[one.architecture, name, one.run] for name in names}
        found += chosen_epochs.faults(one, siblings, job.select)
    fine = (
        "Best epochs, and how long a training without validation rows was, are those that the validation rows of the "
        "folds give when they are chosen again."
    )
    return judged(chosen_epochs.CHECK, chosen_epochs.TITLE, found, fine)


def _answers(trained: list[TrainingFiles], dealt: Dealt) -> Finding:
    found = [fault for one in trained for fault in answered.faults(one, dealt)]
    rows = sum(len(one.predictions) for one in trained)
    return judged(answered.CHECK, answered.TITLE, found, f"{rows} answers are the means of the samples that were kept.")


def _search(job: AuditRun, trained: list[TrainingFiles], dealt: Dealt) -> Finding:
    best = dict(job.best)
    found: list[Fault] = []
    for place, told in job.searches.items():
        tables = [path for of, path in job.trials if of == place]
        found += searched.faults(told, best[place], tables, dealt)
    takes = {(architecture, fold): path for architecture, fold, path in job.takes}
    for one in trained:
        found += searched.taken(one, takes.get((one.architecture, one.fold), ""))
    fine = (
        f"{counted(len(job.searches), 'choice is', 'choices are')} as the tables of trials give, judged "
        "on validation rows of folds that test none of these clips, and trainings took just these settings. The "
        "trials themselves were not "
        "trained again."
    )
    return judged(searched.CHECK, searched.TITLE, found, fine)


def _fusion(job: AuditRun, trained: list[TrainingFiles], others: dict[str, Predictions], dealt: Dealt) -> Finding:
    kinds = {name: json.loads(Path(path).read_text(encoding="utf-8"))["kind"] for name, path in job.notes}
    fits, rows = dict(job.fits), dict(job.fused)
    found: list[Fault] = []
    for fusion, told in job.fusions.items():
        fit, table = json.loads(Path(fits[fusion]).read_text(encoding="utf-8")), predictions.read(rows[fusion])
        costs = {**told.get("costs", {}), **recorded_parameters(told.get("records", []))}
        for name, members in told["combinations"].items():
            tables = [others[member] for member in members if member in others]
            tables += [one.predictions for one in trained if one.architecture in members and len(one.predictions)]
            labels = [member for member in members if kinds.get(member) == "labels"]
            validations = list(_validations(job, members, trained, dealt))
            found += fused_again.faults(
                name, {**told, "members": members, "costs": costs}, fit.get("combinations", {name: fit}).get(name, {}),
                table.where(table.model == name), validations, tables, labels, dealt, (job.dataset, job.name),
            )  # fmt: skip
    number = sum(len(told["combinations"]) for told in job.fusions.values())
    fine = (
        f"{counted(number, 'fusion was', 'fusions were')} fitted again on the validation rows of their "
        "members: epochs, weights and fused rows are the same."
    )
    return judged(fused_again.CHECK, fused_again.TITLE, found, fine)


def _teachers(job: AuditRun, trained: list[TrainingFiles], dealt: Dealt) -> Finding:
    of = {(one.architecture, one.fold, one.run): one for one in trained}
    answers, told = _by_training(job.taught), _by_training(job.taught_by)
    records = _by_training(job.teachers)
    found = [
        fault
        for key, [[path]] in answers.items()
        for fault in taught_again.faults(
            of[key],
            {
                **job.teaching[key[0]],
                "dataset": job.dataset,
                "protocol": job.name,
                "answers": path,
                "validation": told[key],
                "records": records[key],
                "predictions": [path for [path] in _by_training(job.teachers_tests).get(key, [])],
            },
            dealt,
        )
    ]
    return judged(taught_again.CHECK, taught_again.TITLE, found, taught_again.sentence(sorted(job.teaching)))


def _by_training(rows: list[list]) -> dict[tuple[str, str, int], list[list]]:
    """What stands behind the student, fold and run of rows, by these."""
    found: dict[tuple[str, str, int], list[list]] = {}
    for student, fold, run, *rest in rows:
        found.setdefault((student, fold, run), []).append(rest)
    return found


def _validations(job: AuditRun, members: list[str], trained: list[TrainingFiles], dealt: Dealt) -> Iterator[Validation]:
    """The validation rows of the members, of every fold that has some or could have some."""
    imported = dict(job.imported)
    of = {(one.architecture, one.fold, one.run): one.validation for one in trained}
    folds = [fold for fold in dealt.folds if not Fold.parse(fold).is_final]
    for key in product(members, folds, job.runs):
        yield of[key] if key in of else validation.read(*key, imported[key[0]])


def _scores(job: AuditRun, trained: list[TrainingFiles], others: dict[str, Predictions], dealt: Dealt) -> Finding:
    found: list[Fault] = []
    for model, path in job.scores:
        for name, rows in _rows(job, model, trained, others).items():
            found += rescored.faults(name, path, rows, job.evaluation, dealt, (job.dataset, job.name))
    fine = (
        f"UAR and accuracy of the test rows of {counted(len(job.scores), 'table')} of scores were "
        "computed again and are the same."
    )
    return judged(rescored.CHECK, rescored.TITLE, found, fine)


def _calibration(job: AuditRun, trained: list[TrainingFiles], others: dict[str, Predictions], dealt: Dealt) -> Finding:
    found: list[Fault] = []
    for model, path in job.scores:
        own = [one.validation for one in trained if one.architecture == model]
        for name, rows in _rows(job, model, trained, others).items():
            cell = (job.dataset, job.name)
            found += calibrated_again.faults(name, path, rows, own, job.evaluation, dealt, cell)
    fine = (
        f"Temperatures in {counted(len(job.scores), 'table')} of scores, and the calibrated scores, were "
        "fitted again on validation rows of other clips and are the same."
    )
    return judged(calibrated_again.CHECK, calibrated_again.TITLE, found, fine)


def _rows(
    job: AuditRun, model: str, trained: list[TrainingFiles], others: dict[str, Predictions]
) -> dict[str, Predictions]:
    """The predictions of a model; of a pattern those of each combination."""
    own = [one.predictions for one in trained if one.architecture == model and len(one.predictions)]
    return _models(concatenate(own or [others[model] if model in others else predictions.read(dict(job.fused)[model])]))


def _models(rows: Predictions) -> dict[str, Predictions]:
    """The rows of each model: of a pattern, of each combination."""
    return {name: rows.where(rows.model == name) for name in sorted(set(rows.model.tolist()))}
