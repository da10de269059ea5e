"""Nested cross-validation and models for use: who is where, what is chosen on whom, what is scored."""

import json
import os
from collections import Counter
from itertools import product

import jobs_of
import numpy as np
import pytest
from completed import protocol_of
from sklearn.metrics import balanced_accuracy_score
from test_audit import audit_of
from test_audit import make_clips as audited_clips
from test_config import SCHEMA, changed, study_of
from test_scoring_scripts import CLASSES, FUSIONS, SKILL, SimulatedStudy, table

import make_folds
from ferstudy.errors import StudyError
from ferstudy.protocols import kinds, planted
from ferstudy.protocols.roles import assign_blocks, assignments, complete
from ferstudy.report.ranking import panels
from ferstudy.report.read import read as read_results
from ferstudy.report.sections import nested
from ferstudy.report.sections.provenance import deployed
from ferstudy.search.clips import Clips as Searched
from ferstudy.study import files as study_files
from ferstudy.study.check_searches import check as check_searches
from ferstudy.study.config import complete as config_of
from ferstudy.study.dry_run import whole
from ferstudy.study.every_job import every_file
from ferstudy.tables import clips as clips_table
from ferstudy.tables import folds as folds_table
from ferstudy.tables import lineup, predictions
from ferstudy.tables.clips import Clip
from ferstudy.tables.write import write_rows
from ferstudy.training import assignment
from ferstudy.training.assignment import Conditions, TrainedCell, Training
from ferstudy.whole_files import write_text

LABELS = ("anger", "fear", "joy")
NESTED = {"kind": "nested", "folds": 4, "inner": 3}


def people(number: int, takes: int = 2) -> list[Clip]:
    """`takes` clips of each class of `number` people, every second of them female."""
    return [
        Clip(f"p{person:02} {label} {take}", "", f"p{person:02}", label, sex="female" if person % 2 else "male")
        for person, label, take in product(range(number), LABELS, range(takes))
    ]


def dealt(clips: list[Clip], protocol: dict = NESTED, kept: dict | None = None) -> tuple[dict, dict]:
    """The blocks, and the clips by fold and role."""
    settings = complete(protocol_of(protocol))
    blocks = assign_blocks(clips, settings, kept or {})
    found: dict = {}
    for row in assignments(clips, settings, blocks):
        roles = found.setdefault(row.fold, {role: set() for role in folds_table.ROLES})
        assert row.clip not in set().union(*roles.values())
        roles[row.role].add(row.clip)
    return blocks, found


# ---------------------------------------------------------------- the fold table


@pytest.mark.parametrize("deal", ["balanced", "id_order"])
@pytest.mark.parametrize("tied", [False, True])
def test_whom_an_outer_fold_tests_has_no_role_in_its_inner_folds(deal, tied):
    """Brute force over clips, people and groups."""
    clips = people(18)
    if tied:
        group = {"p01": "twins", "p09": "twins", "p04": "film", "p05": "film"}
        clips = [clip._replace(group=group.get(clip.subject, "")) for clip in clips]
    of = {clip.clip: {clip.clip, clip.subject, clip.group} - {""} for clip in clips}
    _, found = dealt(clips, {**NESTED, "deal": deal})
    assert list(found) == kinds.names(NESTED)
    assert list(found)[:5] == ["0.0", "0.1", "0.2", "0.final", "1.0"]
    for fold, roles in found.items():
        outer, inner = fold.split(".")
        tested = found[f"{outer}.final"]["test"]
        assert tested
        assert roles["train"]
        for clip in roles["train"] | roles["validation"]:
            assert not any(of[clip] & of[other] for other in tested)
        for clip, other in product(roles["train"], roles["validation"]):
            assert not of[clip] & of[other]
        if inner != "final":
            assert not roles["test"]
            assert roles["train"] | roles["validation"] == found[f"{outer}.final"]["train"]
    everyone = Counter(clip.clip for clip in clips)
    assert Counter(clip for roles in found.values() for clip in roles["test"]) == everyone
    for outer in "0123":
        validated = Counter(clip for inner in "012" for clip in found[f"{outer}.{inner}"]["validation"])
        assert validated == Counter(found[f"{outer}.final"]["train"])


def test_outer_and_inner_folds_are_balanced():
    sexes = {clip.clip: clip.sex for clip in people(24)}
    _, found = dealt(people(24))
    shown = [roles["test"] or roles["validation"] for roles in found.values()]
    assert {len(names) for names in shown} == {36}  # 24 people in 4 folds, the other 18 in 3: six people each
    assert {sum(sexes[name] == "female" for name in names) for names in shown} == {18}


@pytest.mark.parametrize(
    ("number", "folds", "inner"),
    [pytest.param(24, 4, 3, marks=pytest.mark.slow), pytest.param(50, 10, 5, marks=pytest.mark.drill)],
)
def test_many_people_are_dealt_evenly_within_a_minute_of_cpu_time(number, folds, inner):
    """Uneven people, each unlike all others: the drill's 11 dealings take about 10 s. Steps bound the search, so the
    table is one.
    """
    random = np.random.default_rng(3)
    clips = [
        Clip(f"p{person:02} {label} {take}", "", f"p{person:02}", label, sex="female" if person % 3 else "male")
        for person, label in product(range(number), LABELS * 2)
        for take in range(random.integers(5))
    ]
    clips = [clip._replace(label=random.choice(["anger", "fear", "joy", "sadness", "surprise"])) for clip in clips]
    clips = [clip._replace(clip=f"{number} {clip.clip}") for number, clip in enumerate(clips)]
    before = sum(os.times()[:4])  # with that of the solver, a process of its own
    _, found = dealt(clips, {"kind": "nested", "folds": folds, "inner": inner})
    assert sum(os.times()[:4]) - before < 60
    of = {clip.clip: clip for clip in clips}
    for fold, roles in found.items():
        shown = [of[name] for name in roles["test"] or roles["validation"]]
        fair = len(clips) / folds if fold.endswith("final") else sum(map(len, roles.values())) / inner
        assert abs(len(shown) - fair) <= 4, fold  # people have about twelve clips
        assert {clip.label for clip in shown} == {clip.label for clip in clips}


def test_the_outer_dealing_is_that_of_kfold():
    clips = people(13)
    _, found = dealt(clips)
    plain = assignments(
        clips, settings := complete(protocol_of({"kind": "kfold", "folds": 4})), assign_blocks(clips, settings, {})
    )
    for fold in "0123":
        assert {row.clip for row in plain if (row.fold, row.role) == (fold, "test")} == found[f"{fold}.final"]["test"]


def test_a_newcomer_moves_nobody():
    blocks, before = dealt(people(16))
    _, after = dealt(people(17), kept=blocks)
    new = {clip.clip for clip in people(17)} - {clip.clip for clip in people(16)}
    for fold, roles in after.items():
        assert {role: names - new for role, names in roles.items()} == before[fold]
    assert sum(bool(roles["test"] & new) for roles in after.values()) == 1
    assert all(
        new <= roles["train"] or new <= roles["validation"] or fold.split(".")[0] in where
        for where in [{fold.split(".")[0] for fold, roles in after.items() if roles["test"] & new}]
        for fold, roles in after.items()
    )


def test_people_whom_a_new_group_ties_come_together_in_every_fold():
    clips = people(12)
    blocks, _ = dealt(clips)
    one, other = next(pair for pair in product(blocks, blocks) if blocks[pair[0]] != blocks[pair[1]])
    tied = [clip._replace(group="twins" if clip.subject in (one, other) else "") for clip in clips]
    after, found = dealt(tied, kept=blocks)
    assert after[one] == after[other]
    names = {clip.clip for clip in clips if clip.subject in (one, other)}
    for roles in found.values():
        assert sum(bool(names & clips) for clips in roles.values()) <= 1


def test_the_script_keeps_a_nested_table(tmp_path):
    def make(clips: list[Clip], **more) -> dict:
        write_rows(tmp_path / "clips.csv", clips_table.COLUMNS, clips)
        make_folds.main(jobs_of.make_folds(tmp_path, {**NESTED, **more}, list(LABELS)))
        return folds_table.read(tmp_path / "folds.csv", clips)

    first = make(people(12))
    assert make(people(12), deploy=True) == first  # a model for use deals nobody anew
    grown = make(people(13))
    old = {clip.clip for clip in people(12)}
    assert {f: {r: [n for n in names if n in old] for r, names in roles.items()} for f, roles in grown.items()} == first


@pytest.mark.parametrize(
    ("number", "protocol", "sentence"),
    [
        (12, {"kind": "nested", "folds": 4}, "inner: found None, expected 2 or more"),
        (12, {**NESTED, "inner": 1}, "inner: found 1, expected 2 or more: fewer leave a fold without training clips"),
        (12, {**NESTED, "folds": 1}, "folds: found 1, expected 2 or more"),
        (12, {**NESTED, "test": 3}, "test: no key of a protocol of kind nested"),
        (12, {"kind": "kfold", "folds": 4, "inner": 3}, "inner: no key of a protocol of kind kfold"),
        (3, NESTED, "the data has 3 subjects, the config asks for 4 folds"),
        (6, {**NESTED, "folds": 3, "inner": 5}, "inner: found 5, but outer fold 0 tests all except 4 people"),
        (12, {**NESTED, "deal": "sex"}, "deal: found 'sex'"),
    ],
)
def test_a_nested_protocol_that_cannot_be_is_refused(number, protocol, sentence):
    with pytest.raises(StudyError, match=sentence):
        dealt(people(number), protocol)


# ---------------------------------------------------------------- the audit


AUDITED = {"kind": "nested", "folds": 3, "inner": 2}


@pytest.fixture
def nothing_planted(monkeypatch):
    """What is planted takes seconds and changes the text alone: test_planted.py."""
    monkeypatch.setattr(planted, "KINDS", {})


def nested_rows(clips: list[Clip]) -> list:
    settings = complete(protocol_of(AUDITED))
    return assignments(clips, settings, assign_blocks(clips, settings, {}))


@pytest.mark.usefixtures("nothing_planted")
def test_being_tested_in_one_outer_fold_and_training_in_another_is_no_leak(tmp_path):
    audit, found = audit_of(tmp_path, audited_clips(), nested_rows(audited_clips()), AUDITED)
    assert audit["status"] == "pass", [each for each in found.values() if each["status"] != "pass"]
    assert found["held_out"]["text"] == "Whom one of the 3 outer folds tests occurs in none of its inner folds."


@pytest.mark.usefixtures("nothing_planted")
@pytest.mark.parametrize(("fold", "role"), [("1.0", "train"), ("1.1", "validation")])
def test_a_tested_clip_in_an_inner_fold_is_a_leak(tmp_path, fold, role):
    rows = nested_rows(audited_clips())
    tested = next(row.clip for row in rows if (row.fold, row.role) == ("1.final", "test"))
    _, found = audit_of(
        tmp_path, audited_clips(), [*rows, rows[0]._replace(fold=fold, clip=tested, role=role)], AUDITED
    )
    assert found["selection"]["status"] == found["held_out"]["status"] == "leak"
    assert f"fold {fold}, for 1.final" in found["selection"]["text"]


@pytest.mark.usefixtures("nothing_planted")
def test_another_clip_of_a_tested_person_in_an_inner_fold_is_a_leak(tmp_path):
    clips = audited_clips()
    rows = nested_rows(clips)
    subject = {clip.clip: clip.subject for clip in clips}
    person = subject[next(row.clip for row in rows if (row.fold, row.role) == ("2.final", "test"))]
    more = Clip("unseen", "", person, "fear", digest="unseen")
    more_rows = [*rows, rows[0]._replace(fold="2.0", clip="unseen", role="train")]
    _, found = audit_of(tmp_path, [*clips, more], more_rows, AUDITED)
    assert found["held_out"]["status"] == "leak"
    assert person in found["held_out"]["text"]


@pytest.mark.usefixtures("nothing_planted")
def test_folds_confounded_with_sex_are_outer_folds(tmp_path):
    """A person counts once, in the outer fold that tests them, not in every outer fold in which they validate."""
    clips = audited_clips()
    _, found = audit_of(tmp_path, clips, nested_rows(clips), AUDITED)
    assert "12 of 12 subjects known" in found["sex"]["text"]
    assert "fold 0.final" in found["sex"]["text"]
    assert "fold 0.0" not in found["sex"]["text"]


# ---------------------------------------------------------------- the study


def nested_study(**more) -> object:
    return study_of(changed("protocols/kfold3", {"kind": "nested", "folds": 2, "inner": 3, "seed": 1, **more}))


def test_the_trainings_of_a_nested_protocol_and_where_they_have_their_epochs_from():
    study = nested_study(deploy=True)
    inner = ["0.0", "0.1", "0.2"], ["1.0", "1.1", "1.2"]
    assert study.trainings("kfold3") == [*inner[0], "0.final", *inner[1], "1.final", "deploy"]
    assert study.scored("kfold3") == study.trainings("kfold3")[:-1] == nested_study().trainings("kfold3")
    assert study.earlier("kfold3", "1.final") == inner[1]
    assert study.earlier("kfold3", "deploy") == [*inner[0], *inner[1]]
    assert study.earlier("kfold3", "1.2") == []
    assert not study.has_test_set("kfold3")
    keys = study_files.validation(study, "builtin", "kfold3", ["lstm"])
    assert list(keys) == [("lstm", fold, 0) for fold in (*inner[0], *inner[1])]


@pytest.mark.parametrize(
    "protocol",
    [
        {"kind": "kfold", "folds": 3, "test": 8},
        {"kind": "kfold", "folds": 3},
        {"kind": "loso", "folds": 24},
        {"kind": "holdout", "folds": 3, "validation": 0.2},
        {"kind": "official", "folds": 2},
        {"kind": "as_published", "folds": 3, "accept_leak": {"selection": "as they did"}},
    ],
)
def test_every_kind_may_deploy(protocol):
    study = study_of(changed("protocols/kfold3", {**protocol, "deploy": True}))
    plain = study_of(changed("protocols/kfold3", protocol))
    assert study.trainings("kfold3") == [*plain.trainings("kfold3"), "deploy"]
    assert study.earlier("kfold3", "deploy") == study.folds("kfold3") == plain.folds("kfold3")
    assert study.scored("kfold3") == plain.trainings("kfold3")
    new = set(every_file(study)) - set(every_file(plain))
    assert all("/deploy/" in path for path in new)
    assert {path.split("/")[1] for path in new} == {"models", "predictions"}
    assert kinds.deciding(study.protocols["kfold3"]) == kinds.deciding(plain.protocols["kfold3"])


SEARCH = {
    "dataset": "builtin", "protocol": "kfold3", "architecture": "lstm", "method": "grid", "workers": 1,
    "space": {"settings.units": [8, 16]},
}  # fmt: skip


def test_a_search_under_a_nested_protocol_has_a_place_for_each_outer_fold_and_one_for_the_model_for_use():
    config = changed("protocols/kfold3", {"kind": "nested", "folds": 2, "inner": 3, "deploy": True})
    config["searches"] = {"units": SEARCH}
    study = study_of(config)
    assert {place: told["names"] for place, told in study.search_places.items()} == {
        "units/0": ["0.0", "0.1", "0.2"],
        "units/1": ["1.0", "1.1", "1.2"],
        "units/deploy": ["0.0", "0.1", "0.2", "1.0", "1.1", "1.2"],
    }
    best = {fold: study_files.best_of(study, "builtin", "kfold3", "lstm", fold) for fold in study.trainings("kfold3")}
    assert best["1.final"] == best["1.0"] == "results/search/units/1/best.json"
    assert best["deploy"] == "results/search/units/deploy/best.json"
    config["searches"]["units"] = {**SEARCH, "folds": [3]}
    whole = config_of(config, SCHEMA, "config.yaml")
    with pytest.raises(
        StudyError, match="searches/units/folds: no inner fold 3; kfold3 has 0 to 2 in every outer fold"
    ):
        check_searches(whole, SCHEMA, "config.yaml")


# ---------------------------------------------------------------- the job


@pytest.fixture
def tables(tmp_path):
    """A clips table with two clips that no fold names, the fold table, its audit."""
    clips = people(8)
    settings = complete(protocol_of({"kind": "nested", "folds": 2, "inner": 2}))
    rows = assignments(clips, settings, assign_blocks(clips, settings, {}))
    write_rows(tmp_path / "clips.csv", clips_table.COLUMNS, [*clips, *people(9)[-2:]])
    write_rows(tmp_path / "folds.csv", folds_table.COLUMNS, rows)
    audit = {
        "folds_sha256": folds_table.digest(tmp_path / "folds.csv"),
        "status": "pass",
        "accepted": {},
        "findings": [],
    }
    (tmp_path / "audit.json").write_text(json.dumps(audit))
    return tmp_path


def read_training(tables, fold: str) -> Training:
    cell = TrainedCell("d", "p", "a", fold, 0)
    files = (tables / name for name in ("clips.csv", "folds.csv", "audit.json"))
    return assignment.read(cell, {}, Conditions(list(LABELS), 1, 1, "tensorflow"), *files, [])


def test_a_model_for_use_is_trained_on_all_clips_that_have_a_role(tables):
    found = read_training(tables, "deploy")
    assert set(found.roles["train"]) == {clip.clip for clip in people(8)}
    assert len(found.roles["train"]) == len(set(found.roles["train"]))
    assert found.roles["validation"] == found.roles["test"] == []
    assert found.takes_epochs
    np.testing.assert_allclose(found.prior(), 1 / 3)


def test_the_trainings_of_an_outer_fold(tables):
    final, inner = read_training(tables, "1.final"), read_training(tables, "1.0")
    assert final.takes_epochs
    assert not inner.takes_epochs
    assert set(final.roles["train"]) == set(inner.roles["train"]) | set(inner.roles["validation"])
    with pytest.raises(StudyError, match=r"has no fold 'final', only 0\.0, 0\.1, 0\.final"):
        read_training(tables, "final")


@pytest.mark.parametrize(
    ("serves", "told"),
    [(["0.0", "0.1", "0.final"], ""), (["1.0", "1.1", "1.final"], "would see clips that are tested"), (["deploy"], "")],
)
def test_a_search_sees_no_clip_that_tests_a_model_with_its_settings(tables, serves, told):
    """The model for use is tested on nothing, so its search may see all clips."""
    search = {"dataset": "d", "protocol": "p", "architecture": "a", "names": ["0.0", "0.1"], "serves": serves}
    files = {name: tables / f"{name}.csv" for name in ("clips", "folds")} | {"audit": tables / "audit.json"}
    conditions = Conditions(list(LABELS), 1, 1, "tensorflow")
    arguments = (search, {"input": {"kind": "flow"}}, conditions, "estimator", files, [], {})
    if told:
        with pytest.raises(StudyError, match=told):
            Searched(*arguments)
    else:
        assert Searched(*arguments).folds == ["0.0", "0.1"]


def test_where_folds_test_each_other_the_model_for_use_has_a_search_over_all_of_them(tables):
    clips = people(8)
    settings = complete(protocol_of({"kind": "kfold", "folds": 4}))
    rows = assignments(clips, settings, assign_blocks(clips, settings, {}))
    write_rows(tables / "folds.csv", folds_table.COLUMNS, rows)
    audit = {"folds_sha256": folds_table.digest(tables / "folds.csv"), "status": "pass", "accepted": {}, "findings": []}
    (tables / "audit.json").write_text(json.dumps(audit))
    search = {"dataset": "d", "protocol": "p", "architecture": "a", "names": list("0123"), "serves": ["deploy"]}
    files = {name: tables / f"{name}.csv" for name in ("clips", "folds")} | {"audit": tables / "audit.json"}
    rest = ({"input": {"kind": "flow"}}, Conditions(list(LABELS), 1, 1, "tensorflow"), "estimator", files, [], {})
    assert Searched(search, *rest).folds == list("0123")
    with pytest.raises(StudyError, match="would see clips that are tested"):
        Searched({**search, "serves": list("0123")}, *rest)


# ---------------------------------------------------------------- the scores


class Nested(SimulatedStudy):
    """The simulated study with 2 outer and 3 inner folds."""

    def __init__(self, root, subjects: int = 25, runs: int = 1):
        super().__init__(root, subjects=3, folds=3, runs=0)
        self.runs = runs
        who = [f"s{i:02d}" for i in range(subjects)]
        self.clips = [(f"{name} {label} {i}", name, label) for name in who for label in CLASSES for i in range(2)]
        clips = [Clip(clip, "", name, label) for clip, name, label in self.clips]
        settings = complete(protocol_of({"kind": "nested", "folds": 2, "inner": 3}))
        rows = assignments(clips, settings, assign_blocks(clips, settings, {}))
        self.folds = {fold: {row.clip: row.role for row in rows if row.fold == fold} for fold in kinds.names(settings)}
        write_rows(root / "clips.csv", Clip._fields, clips)
        write_rows(root / "folds.csv", folds_table.COLUMNS, rows)
        for (seed, (model, skill)), run, (i, fold) in product(
            enumerate(SKILL.items()), range(1, runs + 1), enumerate(self.folds)
        ):
            self._train(model, fold, run, skill, np.random.default_rng([seed, run, i]))


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> Nested:
    return Nested(tmp_path_factory.mktemp("nested"), runs=2)


@pytest.fixture(scope="module")
def compared(simulated) -> dict:
    return simulated.compare(FUSIONS)


def rows_of(study: Nested, model: str, folds: list[str], run: int, role: str) -> tuple[list[str], list[str]]:
    """Truth and answers of these folds' rows, from the tables themselves; an empty answer is its own class."""
    found = [predictions.read(study.predictions(model, fold, run)) for fold in folds]
    rows = predictions.concatenate([one.where(one.role == role) for one in found])
    return rows.truth.tolist(), [answer or "none" for answer in rows.predicted]


@pytest.mark.filterwarnings("ignore:y_pred contains classes")  # a clip without a face has no answer
def test_the_test_score_pools_the_rows_of_all_outer_folds(simulated):
    found = table(simulated.score("better"))
    each = [
        balanced_accuracy_score(*rows_of(simulated, "better", ["0.final", "1.final"], run, "test")) for run in (1, 2)
    ]
    assert found["mean", "test", "uar"].value == pytest.approx(np.mean(each))
    assert [found[run, "test", "uar"].value for run in "12"] == pytest.approx(each)
    assert found["mean", "test", "uar"].interval.startswith("expanded bootstrap over 25 subjects")
    assert (found["mean", "test", "uar"].subjects, found["mean", "test", "uar"].clips) == (25, 150)
    for outer in "01":
        own = [balanced_accuracy_score(*rows_of(simulated, "better", [f"{outer}.final"], r, "test")) for r in (1, 2)]
        assert found["mean", "test", "uar", outer].value == pytest.approx(np.mean(own))


@pytest.mark.filterwarnings("ignore:y_pred contains classes")
def test_the_development_score_is_the_mean_over_outer_folds_of_their_pooled_rows(simulated):
    """The simulated best epoch is the second of every fold, so that its answers stand in the predictions tables."""
    found = table(simulated.score("better"))
    outers = [[f"{outer}.{inner}" for inner in "012"] for outer in "01"]
    each = [
        [balanced_accuracy_score(*rows_of(simulated, "better", folds, run, "validation")) for folds in outers]
        for run in (1, 2)
    ]
    assert found["1", "development", "uar"].value == pytest.approx(np.mean(each[0]))
    assert found["mean", "development", "uar"].value == pytest.approx(np.mean(each))
    assert found["mean", "development", "uar", "1"].value == pytest.approx(np.mean(np.array(each)[:, 1]))
    assert found["mean", "selected", "uar"].value == pytest.approx(np.mean(each))
    development = found["mean", "development", "uar"]
    assert development.low < development.value < development.high
    assert {(row.rows, row.fold) for row in found.values()} == {
        *((rows, "") for rows in ("development", "common", "selected", "test", "covered")),
        *(("development", fold) for folds in outers for fold in folds),
        *((rows, outer) for rows in ("development", "test") for outer in "01"),
        *(("test", f"{outer}.final") for outer in "01"),  # temperatures
    }  # fmt: skip


def test_few_people_have_a_t_interval_though_each_is_missing_from_one_outer_fold(tmp_path):
    small = Nested(tmp_path, subjects=8)
    found = table(small.score("better"))["mean", "development", "uar"]
    assert found.interval == "t over 8 subjects"
    assert found.low <= found.value <= found.high


def test_fusion_parameters_of_an_outer_fold_come_from_its_inner_folds(simulated, compared):
    fitted = json.loads((simulated.root / "both.json").read_text())["parameters"]
    clips = lineup.read_folds(simulated.root / "folds.csv")
    assert Counter(one["role"] for one in fitted) == {"validation": 12, "test": 4}  # two runs
    for one in fitted:
        outer, inner = one["fold"].split(".")
        others = [f"{outer}.{k}" for k in "012" if k != inner]
        assert one["fitted_on"]["folds"] == others
        used = set().union(*(clips[fold]["validation"] for fold in others))
        assert one["fitted_on"]["rows"] == len(used)
        assert not used & clips[one["fold"]][one["role"]]
        assert not used & clips[f"{outer}.final"]["test"]


@pytest.mark.filterwarnings("ignore:y_pred contains classes")
def test_the_comparison_of_a_nested_protocol_and_what_choosing_in_each_outer_fold_gives(simulated, compared):
    assert (compared["subjects"], compared["clips"]) == (25, 150)
    assert compared["best"] in {"better", *FUSIONS}
    chosen = compared["procedure"]["chosen"]
    development = {}
    for model in (*SKILL, *FUSIONS):
        path = simulated.root / "scores" / f"{model}.csv"
        development[model] = {outer: table(path)["mean", "development", "uar", outer].value for outer in "01"}
    for outer, model in chosen.items():
        assert development[model][outer] == max(values[outer] for values in development.values())
    each = []
    for run in (1, 2):
        truth, answers = [], []
        for outer, model in chosen.items():
            own = simulated.predictions(model, f"{outer}.final", run)
            rows = predictions.read(own if model in SKILL else simulated.root / f"{model}.csv")
            rows = rows.where((rows.fold == f"{outer}.final") & (rows.run == run) & (rows.role == "test"))
            truth += rows.truth.tolist()
            answers += [answer or "none" for answer in rows.predicted]
        assert len(truth) == 150
        each.append(balanced_accuracy_score(truth, answers))
    assert compared["procedure"]["uar"] == pytest.approx(np.mean(each))
    assert compared["procedure"]["low"] < compared["procedure"]["uar"] < compared["procedure"]["high"]


def test_without_outer_folds_there_is_no_procedure(tmp_path):
    turns = SimulatedStudy(tmp_path, subjects=6, fixed_test=False)
    assert turns.compare({})["procedure"] is None


# ---------------------------------------------------------------- the page


def test_a_nested_protocol_counts_its_fits():
    study = nested_study(deploy=True)
    assert whole(study)["train_fold"] == (2 * (3 + 1) + 1) * len(study.architectures)


def test_the_page_tells_fits_choice_and_models_for_use(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = nested_study(deploy=True)
    record = {"cell": {"fold": "deploy", "run": 0}, "train_clips": 48, "epochs_run": 7}
    path = "results/models/builtin/kfold3/lstm/deploy/run0/run.json"
    assert path in every_file(study)
    write_text(path, json.dumps(record))
    clips = people(12)
    settings = complete(protocol_of({"kind": "nested", "folds": 2, "inner": 3}))
    write_rows("results/clips/builtin.csv", clips_table.COLUMNS, clips)
    rows = assignments(clips, settings, assign_blocks(clips, settings, {}))
    write_rows("results/folds/builtin/kfold3.csv", folds_table.COLUMNS, rows)
    procedure = {"chosen": {"0": "lstm", "1": "c3d"}, "uar": 0.5, "low": 0.4, "high": 0.6, "interval": "bootstrap"}
    write_text("results/compare/builtin/kfold3.json", json.dumps({"procedure": procedure}))

    page = read_results(study, "results")
    assert next(own for own in page.models if own.model == "lstm").folds[-1] == "deploy"
    assert [[cell.text for cell in row.cells] for row in deployed(page).rows] == [[
        "`lstm`", "`builtin` `kfold3`", "48", "7", "`results/models/builtin/kfold3/lstm/deploy/run0/model.zip`",
        "the final models of 2 outer folds, pooled",
    ]]  # fmt: skip
    assert "2 outer folds of 3 inner folds and a final model, 8 fits" in nested.fits(page.protocols[0])
    notes = " ".join(nested.notes(panels(page)[0]))
    assert "(0: `lstm` and 1: `c3d`)" in notes
    assert "0.500 (95 % interval 0.400 to 0.600)" in notes
