"""Searches of settings: spaces and places, the workers and their journal, what training takes from them."""

import copy
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import jobs_of
import numpy as np
import pytest
import yaml
from families import architecture, backbone
from jobs_of import command
from test_config import SCHEMA, changed
from test_training import CLASSES, Study

import best_settings
import search_worker
import train_fold
from ferstudy.errors import StudyError
from ferstudy.evaluation.development import common_epoch_of
from ferstudy.evaluation.validation import Validation
from ferstudy.jobs.best_settings import BestSettings
from ferstudy.jobs.search_worker import SearchWorker
from ferstudy.search import proposals, space, trials
from ferstudy.search.best import merged, note
from ferstudy.search.choose import best
from ferstudy.search.journal import STARTS, Journal
from ferstudy.search.score import score
from ferstudy.search.trials import Trial
from ferstudy.search.work import work
from ferstudy.store.write import Writer
from ferstudy.study import check_searches as check
from ferstudy.study import grid
from ferstudy.study import search_places as places
from ferstudy.study.config import complete
from ferstudy.tables import folds as folds_table
from ferstudy.tables import history
from ferstudy.tables.write import write_rows
from ferstudy.training import estimator

# The grid of the sequence study: 5 x 3 x 5.
SEQUENCES = {
    "training.optimizer.learning_rate": [0.1, 0.03, 0.01, 0.003, 0.001],
    "settings.units": [64, 128, 256],
    "settings.dropout": [0.4, 0.5, 0.6, 0.7, 0.8],
}
MIXED = {
    "a": {"low": 1e-4, "high": 1.0, "log": True},
    "b": {"low": 0.2, "high": 0.9, "step": 0.1},
    "c": {"low": 2, "high": 9},
    "d": [[256], [256, 512]],
    "e": {"low": 1, "high": 100, "log": True},
    "f": {"low": -1.0, "high": 1.0},
}


# ---------------------------------------------------------------- space


def test_a_grid_has_every_point_once_whatever_the_order_of_its_keys():
    found = [space.point(SEQUENCES, number) for number in range(75)]
    assert space.points(SEQUENCES) == 75
    assert len({json.dumps(point, sort_keys=True) for point in found}) == 75
    assert {point["settings.units"] for point in found} == {64, 128, 256}
    turned = dict(reversed(SEQUENCES.items()))
    assert [space.point(turned, number) for number in range(75)] == found
    assert space.digest(turned) == space.digest(SEQUENCES)


def test_values_of_ranges():
    assert space.values({"low": 0.2, "high": 0.9, "step": 0.1}) == [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert space.values({"low": 2, "high": 5}) == [2, 3, 4, 5]
    assert space.values({"low": 2, "high": 7, "step": 2}) == [2, 4, 6]
    assert space.values({"low": 0.0, "high": 1.0}) is None
    assert space.points(MIXED) is None


@pytest.mark.parametrize(
    ("dimension", "sentence"),
    [
        ([], "no value"),
        ([1, 1], "1 is listed twice"),
        (5, "expected a list of values"),
        ({"low": 1}, "expected a list of values"),
        ({"low": 1, "high": 2, "stp": 1}, "expected a list of values"),
        ({"low": 2, "high": 1}, "the lower one first"),
        ({"low": 0, "high": math.inf}, "two numbers"),
        ({"low": 0, "high": 1, "step": 2}, "step is 2"),
        ({"low": 0, "high": 1, "log": True}, "low above 0"),
        ({"low": 1, "high": 9, "log": True, "step": 1}, "no step"),
    ],
)
def test_a_wrong_range_is_named(dimension, sentence):
    assert sentence in space.flaw(dimension)


def test_right_ranges_have_no_flaw():
    assert [space.flaw(dimension) for dimension in (*MIXED.values(), *SEQUENCES.values())] == [""] * 9


def test_every_trial_belongs_to_one_worker():
    search = {"method": "random", "space": MIXED, "trials": 11, "workers": 4}
    shared = [trial for worker in range(4) for trial in space.share(search, worker)]
    assert sorted(shared) == list(range(11))
    assert space.fits(search, folds=5) == 55


def test_draws_depend_on_seed_and_trial_only_and_stay_inside():
    found = [proposals.draw(MIXED, 7, trial) for trial in range(400)]
    assert found[13] == proposals.draw(dict(reversed(MIXED.items())), 7, 13)
    assert found[13] != proposals.draw(MIXED, 8, 13)
    columns = {key: [one[key] for one in found] for key in MIXED}
    assert set(columns["b"]) == {0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}
    assert set(columns["c"]) == set(range(2, 10))
    assert min(columns["e"]) == 1
    assert max(columns["e"]) <= 100
    assert all(isinstance(value, int) for value in columns["e"])
    assert -1 <= min(columns["f"]) < -0.9 < 0.9 < max(columns["f"]) <= 1
    # Uniform in the logarithm: a quarter of the draws in each of the four decades.
    decades = Counter(math.floor(math.log10(value)) for value in columns["a"])
    assert all(70 <= decades[decade] <= 130 for decade in (-4, -3, -2, -1))
    assert Counter(len(value) for value in columns["d"])[1] == pytest.approx(200, abs=40)


def test_optuna_is_given_the_same_space():
    found = proposals.distributions(MIXED)
    assert (found["a"].low, found["a"].high, found["a"].log) == (1e-4, 1.0, True)
    assert (found["b"].step, found["c"].step, found["e"].log) == (0.1, 1, True)
    assert proposals.decoded({"d": MIXED["d"]}, {"d": found["d"].choices[1]}) == {"d": [256, 512]}


# ---------------------------------------------------------------- places


def test_where_the_test_set_is_held_out_one_search_serves_all():
    assert places.places("lr", ["0", "1", "2", "final"], True) == {"lr": ["0", "1", "2"]}
    assert places.places("lr", ["0", "1", "2", "final"], True, [0, 2]) == {"lr": ["0", "2"]}
    assert places.place_of("lr", "final", True) == places.place_of("lr", "1", True) == "lr"


def test_a_fold_with_test_clips_of_its_own_is_searched_for_itself():
    assert places.places("lr", ["0", "1"], False) == {"lr/0": ["0"], "lr/1": ["1"]}
    assert places.places("lr", ["0", "1", "deploy"], False)["lr/deploy"] == ["0", "1"]


def test_a_nested_search_stays_within_its_outer_fold():
    trainings = ["0.0", "0.1", "0.final", "1.0", "1.1", "1.final"]
    assert places.places("lr", trainings, False) == {"lr/0": ["0.0", "0.1"], "lr/1": ["1.0", "1.1"]}
    entry = {**ENTRY, "dataset": "d", "protocol": "p", "architecture": "a"}
    told = places.of_clips("lr", entry, trainings, False)
    assert told["lr/1"]["serves"] == ["1.0", "1.1", "1.final"]
    assert told["lr/1"]["place"] == "lr/1"


def test_the_cost_in_fits_is_said_for_each_search():
    entry = {
        **ENTRY,
        "space": SEQUENCES,
        "dataset": "talks",
        "protocol": "people",
        "architecture": "lstm",
        "workers": 3,
    }
    jobs = places.of_clips("lr", entry, ["0", "1", "2", "3", "4"], False)
    head = {**ENTRY, "method": "tpe", "trials": 20, "backbone": "vgg16", "recipe": "crop", "workers": 1}
    jobs |= places.of_stills("head", head)
    assert places.costs(jobs) == [
        "Search lr: 75 trials x 5 folds = 375 fits of lstm on talks/people, in 15 jobs.",
        "Search head: 20 trials = 20 fits of backbone vgg16, in 1 job.",
    ]


def test_nested_searches_cost_their_inner_folds():
    """Two outer folds of three inner ones: the `final` of an outer fold is trained, but not searched."""
    trainings = [f"{outer}.{inner}" for outer in "01" for inner in ("0", "1", "2", "final")]
    entry = {**ENTRY, "dataset": "d", "protocol": "nested", "architecture": "a"}
    jobs = places.of_clips("c", entry, trainings, False)
    assert places.costs(jobs) == ["Search c: 3 trials x 6 folds = 18 fits of a on d/nested, in 4 jobs."]
    jobs = places.of_clips("c", {**entry, "folds": [1]}, trainings, False)
    assert places.costs(jobs) == ["Search c: 3 trials x 2 folds = 6 fits of a on d/nested, in 4 jobs."]


@pytest.mark.parametrize("name", ["sequences_emmpathic", "thesis_bu4dfe"])
def test_a_preset_with_a_search_says_what_it_costs(name, schema):
    """In its first lines, in the words of `make plan`; the search is sound."""
    text = (SCHEMA.parents[2] / f"config/studies/{name}.yaml").read_text()
    config = complete(yaml.safe_load(text), SCHEMA, "config/config.yaml")
    assert list(check.findings(config, schema)) == []
    (line,) = places.costs(grid.Study(config).search_places)
    comment = " ".join(part.removeprefix("# ") for part in text.partition("\nreport:")[0].splitlines())
    assert line.partition(": ")[2] in comment
    assert "delete `searches`" in comment


# ---------------------------------------------------------------- score, choice, merging


def test_the_score_is_that_of_the_evaluation():
    """The common epoch agrees with evaluation.development on the same answers."""
    rng = np.random.default_rng(0)
    truth = np.array(["a", "b", "c"] * 8)
    validations, curves = [], {}
    for fold, epochs in (("0", 7), ("1", 5)):
        probabilities = rng.dirichlet(np.ones(3), (epochs, 24))
        validations.append(
            Validation("x", fold, 0, ("a", "b", "c"), truth, truth, truth, np.ones(24, bool), probabilities)
        )
        hit = np.array(["a", "b", "c"])[probabilities.argmax(2)] == truth
        curves[fold] = [float(np.mean([row[truth == label].mean() for label in "abc"])) for row in hit]
    found = score(curves, "val_uar")
    assert found.epoch == common_epoch_of(validations)
    assert found.value == pytest.approx(np.mean(list(found.folds.values())))


def test_only_epochs_that_all_folds_have_count_and_ties_go_to_the_first():
    assert score({"0": [0.1, 0.5, 0.5], "1": [0.5, 0.3, 0.3, 0.9]}, "val_uar")[:2] == (pytest.approx(0.4), 2)
    assert score({"0": [0.3, 0.1, 0.2]}, "val_loss").epoch == 2
    assert score({"0": [math.nan, 0.1]}, "val_uar").epoch == 2
    with pytest.raises(StudyError, match="val_uar is not a number"):
        score({"0": [math.nan], "1": [0.3]}, "val_uar")


ENTRY = {
    "method": "grid",
    "space": {"settings.C": [1, 2, 3]},
    "trials": 3,
    "workers": 2,
    "seed": 1,
    "select": "val_uar",
}
TOLD = {**ENTRY, "search": "c", "place": "c", "names": ["0"], "serves": ["0"]}


def row(number: int, value: float = math.nan, why: str = "") -> Trial:
    state = trials.FAILED if why else trials.DONE
    return Trial("c", "c", number, 0, state, value, 1, 0.5, {"settings.C": number + 1}, {"0": value}, why)


def test_the_best_trial_is_chosen_and_all_are_counted(tmp_path):
    rows = [row(2, 0.7), row(0, 0.7), row(1, why="loss is nan, twice")]
    write_rows(tmp_path / "t.csv", trials.COLUMNS, [one.cells() for one in rows])
    again = trials.read(tmp_path / "t.csv")
    assert [one[:5] + one[6:9] for one in again] == [one[:5] + one[6:9] for one in rows]
    chosen = best(TOLD, again)
    assert (chosen["trial"], chosen["overrides"]) == (0, {"settings.C": 1})
    assert (chosen["trials"], chosen["failed"]) == (3, 1)
    assert chosen["failures"] == [{"why": "loss is nan, twice", "trials": 1}]
    assert note(chosen)["trials"] == 3
    assert best({**TOLD, "select": "val_loss"}, [row(0, 0.7), row(1, 0.6), row(2, 0.8)])["trial"] == 1


def test_another_number_of_workers_makes_no_other_file_unless_it_matters():
    rows = [row(n, 0.5) for n in range(3)]
    assert best(TOLD, rows) == best({**TOLD, "workers": 1}, rows)
    assert best({**TOLD, "method": "tpe"}, rows)["workers"] == 2


def test_what_cannot_be_chosen_from_is_refused():
    with pytest.raises(StudyError, match=r"all 3 trials of the search c failed. 2 times: nan; 1 times: no network"):
        best(TOLD, [row(0, why="nan"), row(1, why="nan"), row(2, why="no network")])
    with pytest.raises(StudyError, match="trial 1 and 0 more are in no table"):
        best(TOLD, [row(0, 0.1), row(2, 0.1)])
    with pytest.raises(StudyError, match="trial 0 is in two tables"):
        best(TOLD, [row(0, 0.1), row(0, 0.1), row(1, 0.1), row(2, 0.1)])


def test_what_is_reproducible_is_said():
    def text(method: str, workers: int) -> str:
        return best({**TOLD, "method": method, "workers": workers}, [row(n, 0.5) for n in range(3)])["reproducible"]

    assert text("grid", 4).startswith("yes")
    assert text("random", 4).startswith("yes")
    assert text("tpe", 1).startswith("yes, with one worker")
    assert text("tpe", 2).startswith("no: ")


def test_settings_take_what_was_found_and_stay_as_they_are():
    settings = {"settings": {"units": 8}, "training": {}}
    before = copy.deepcopy(settings)
    found = merged(settings, {"overrides": {"settings.units": 64, "training.optimizer.learning_rate": 0.1}})
    assert found == {"settings": {"units": 64}, "training": {"optimizer": {"learning_rate": 0.1}}}
    assert settings == before
    with pytest.raises(StudyError, match=r"training\.batch\.size is below batch, which is 8"):
        merged({"training": {"batch": 8}}, {"overrides": {"training.batch.size": 4}})


# ---------------------------------------------------------------- the config

SEARCH = {
    "dataset": "builtin",
    "protocol": "kfold3",
    "architecture": "lstm",
    "method": "grid",
    "space": SEQUENCES,
    "workers": 2,
    "seed": 1,
    "select": "val_uar",
}
REFUSED = {
    "unknown setting": (
        {"space": {"settings.unitz": [8, 9]}},
        "settings.unitz: 'unitz' is no setting of cascade (did you",
    ),
    "unknown root": ({"space": {"input.layer": ["dense", "gap"]}}, "input.layer: can be searched: settings.<key>"),
    "unknown training key": (
        {"space": {"training.epoch": [8, 9]}},
        "training.epoch: unknown key 'epoch' (did you mean",
    ),
    "unknown deep key": (
        {"space": {"training.optimizer.learning_rat": [1, 2]}},
        "unknown key 'learning_rat' (did you mean 'learning_rate'?)",
    ),
    "impossible value": ({"space": {"training.batch": [8, -1]}}, "training.batch: -1 cannot be set: -1 is less than"),
    "number as text": (
        {"method": "grid", "space": {"settings.dropout": [0.1, "3e-1"]}},
        "settings.dropout: found the text '3e-1', expected a number. In quotes it is a text",
    ),
    "impossible end": (
        {"method": "random", "trials": 3, "space": {"training.optimizer.learning_rate": {"low": 0, "high": 1.0}}},
        "0 cannot be set",
    ),
    "unknown sampling": ({"space": {"sampling.frame": [8, 9]}}, "unknown key 'frame'"),
    "empty space": ({"space": {}}, "searches/s/space: nothing to search"),
    "no values": ({"space": {"settings.units": []}}, "settings.units: no value to try"),
    "grid too large": ({"trials": 50}, "searches/s/trials: the grid has 75 points and trials is 50"),
    "endless grid": ({"space": {"settings.dropout": {"low": 0.1, "high": 0.5}}}, "a grid needs a list of values"),
    "no trials": ({"method": "tpe"}, "searches/s/trials: missing"),
    "more than there are": ({"method": "random", "trials": 76}, "found 76, but the space has 75 points"),
    "idle workers": ({"space": {"settings.units": [8]}}, "searches/s/workers: found 2, more than the 1 trials"),
    "unknown architecture": ({"architecture": "gru"}, "searches/s/architecture: no architecture named 'gru'"),
    "unknown dataset": ({"dataset": "ckplus"}, "searches/s/dataset: no dataset named 'ckplus'"),
    "both": ({"backbone": "compact"}, "searches/s: name either an architecture"),
    "unknown fold": ({"folds": [0, 3]}, "searches/s/folds: no fold 3; kfold3 has 0 to 2"),
    "estimator": (
        {"architecture": "feature_svm", "space": {"training.epochs": [1, 2]}},
        "training.epochs: means nothing to linear",
    ),
}


@pytest.fixture(scope="module")
def schema() -> dict:
    return yaml.safe_load(SCHEMA.read_text())


@pytest.fixture(scope="module")
def default() -> dict:
    return complete(changed("shards", 2), SCHEMA, "config/config.yaml")


def found_in(default: dict, schema: dict, **searches) -> list[str]:
    return list(check.findings({**default, "searches": searches}, schema))


def test_a_sound_search_is_accepted(default, schema):
    head = {"backbone": "compact", "recipe": "crop64", "method": "tpe", "trials": 20, "workers": 1, "seed": 1}
    dense = {"settings.dense": [64, 128], "settings.dropout": {"low": 0.2, "high": 0.9}}
    assert not found_in(default, schema, s=SEARCH, head={**head, "select": "val_accuracy", "space": dense})
    assert not found_in(default, schema, s={**SEARCH, "folds": [0, 2]})
    check.check({**default, "searches": {"s": SEARCH}}, SCHEMA, "config/config.yaml")


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_search_is_refused_with_the_key(name, default, schema):
    change, sentence = REFUSED[name]
    found = found_in(default, schema, s={**SEARCH, **change})
    assert len(found) == 1, found
    assert sentence in found[0]
    with pytest.raises(StudyError, match=r"^config/config\.yaml:\n  searches/s"):
        check.check({**default, "searches": {"s": {**SEARCH, **change}}}, SCHEMA, "config/config.yaml")


def test_what_estimators_are_trained_with_is_what_the_check_lets_through():
    assert set(check.OF_ESTIMATORS) == set(estimator.KEYS) - {"select"}


def test_two_searches_cannot_set_one_architecture(default, schema):
    assert "s: the search r has the same architecture" in found_in(default, schema, r=SEARCH, s=SEARCH)[0]


def test_protocols_under_which_a_search_would_see_test_clips(default, schema):
    protocols = {
        "published": {"kind": "as_published", "folds": 3},
        "drawn": {"kind": "holdout", "folds": 3, "validation": 0},
        "turns": {"kind": "kfold", "folds": 4},
    }
    config = {**default, "protocols": protocols, "grid": {"builtin": list(protocols)}}
    for protocol, sentence in (
        ("published", "searches/s/protocol: published validates on its test clips"),
        ("drawn", "protocols/drawn/validation: missing; searches/s judges by such clips"),
    ):
        assert sentence in found_in(config, schema, s={**SEARCH, "protocol": protocol})[0]
    assert not found_in(config, schema, s={**SEARCH, "protocol": "turns"})
    chosen = found_in(config, schema, s={**SEARCH, "protocol": "turns", "folds": [0]})
    assert "each fold of turns tests clips of its own" in chosen[0]


# ---------------------------------------------------------------- the journal, with a made-up objective


class Valley:
    """An objective with its lowest point at x = 0.3; below 0 it cannot be trained. Counts what it trains."""

    folds = ("0", "1")
    settings: dict = {}  # noqa: RUF012

    def __init__(self):
        self.trained: list[float] = []

    def load(self) -> None:
        pass

    def curve(self, fold: str, settings: dict, select: str, folder: Path) -> list[float]:
        x = settings["settings"]["x"]
        if x < 0:
            raise StudyError("the loss is nan in epoch 1: training diverged")
        self.trained.append(x)
        return [1.0, (x - 0.3) ** 2 + 0.01 * int(fold)]


def valley(method: str, trials: int, workers: int = 1, low: float = 0.0) -> dict:
    of = {"settings.x": {"low": low, "high": 1.0}, "settings.y": ["p", [1, 2]]}
    if method == "grid":
        of["settings.x"] = {"low": low, "high": 1.0, "step": 0.1}
    told = {**TOLD, "method": method, "space": of, "trials": trials, "workers": workers}
    return {**told, "select": "val_loss"}


def settings_of(rows: list[Trial]) -> list[dict]:
    return [one.settings for one in sorted(rows, key=lambda one: one.trial)]


@pytest.mark.parametrize("method", ["grid", "random", "tpe"])
def test_every_method_tries_what_it_should(method, tmp_path):
    search = valley(method, 22)
    rows = work(search, 0, Valley(), tmp_path)
    assert [one.trial for one in rows] == list(range(22))
    for one in rows:
        x = one.settings["settings.x"]
        assert one.score == pytest.approx((x - 0.3) ** 2 + 0.005)
        assert one.folds == pytest.approx({"0": (x - 0.3) ** 2, "1": (x - 0.3) ** 2 + 0.01})
        assert one.epoch == 2
    assert best(search, rows)["overrides"]["settings.x"] == pytest.approx(0.3, abs=0.1)
    if method == "grid":
        assert len({json.dumps(one.settings) for one in rows}) == 22


def test_the_number_of_workers_does_not_change_what_a_random_search_tries(tmp_path):
    alone = work(valley("random", 9), 0, Valley(), tmp_path / "alone")
    search = valley("random", 9, workers=3)
    shared = [one for worker in (2, 0, 1) for one in work(search, worker, Valley(), tmp_path / "shared")]
    assert settings_of(shared) == settings_of(alone)
    assert {one.worker for one in shared} == {0, 1, 2}


def test_tpe_with_one_worker_proposes_the_same_again_also_after_an_interruption(tmp_path):
    class Stopped(Valley):
        def curve(self, *arguments):
            if len(self.trained) == 27:  # in the second fold of trial 13
                raise KeyboardInterrupt
            return super().curve(*arguments)

    search = valley("tpe", 20)
    whole = work(search, 0, Valley(), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        work(search, 0, Stopped(), tmp_path / "cut")
    rest = Valley()
    assert settings_of(work(search, 0, rest, tmp_path / "cut")) == settings_of(whole)
    assert len(rest.trained) == 2 * 20 - 27  # the first fold of trial 13 is not trained again
    assert settings_of(work({**search, "seed": 2}, 0, Valley(), tmp_path / "other")) != settings_of(whole)
    # It learns: proposals after the random ones are nearer to the lowest point.
    distance = [abs(one["settings.x"] - 0.3) for one in settings_of(whole)]
    assert np.mean(distance[proposals.STARTING :]) < np.mean(distance[: proposals.STARTING])


def test_what_has_ended_is_not_trained_again(tmp_path):
    search = valley("random", 5)
    rows = work(search, 0, Valley(), tmp_path)
    again = Valley()
    assert work(search, 0, again, tmp_path) == rows
    assert not again.trained


def test_a_trial_that_cannot_be_trained_has_failed_with_the_reason(tmp_path):
    rows = work(valley("random", 12, low=-1.0), 0, Valley(), tmp_path)
    failed = [one for one in rows if one.settings["settings.x"] < 0]
    assert 0 < len(failed) < 12
    assert {one.why for one in failed} == {"the loss is nan in epoch 1: training diverged"}
    assert all(math.isnan(one.score) and one.state == trials.FAILED for one in failed)
    assert best(valley("random", 12, low=-1.0), rows)["failed"] == len(failed)


def test_a_trial_that_always_kills_its_process_is_given_up(tmp_path):
    class Deadly(Valley):
        def curve(self, fold, settings, *rest):
            if settings["settings"]["x"] == 0.2:
                raise KeyboardInterrupt
            return super().curve(fold, settings, *rest)

    search = {**valley("grid", 3), "space": {"settings.x": [0.1, 0.2, 0.3]}}
    for _ in range(STARTS):
        with pytest.raises(KeyboardInterrupt):
            work(search, 0, Deadly(), tmp_path)
    rows = work(search, 0, Deadly(), tmp_path)
    assert [one.state for one in rows] == [trials.DONE, trials.FAILED, trials.DONE]
    assert rows[1].why == f"the process was killed {STARTS} times during this trial: out of memory, or of time"


def test_progress_is_no_reason_to_give_up(tmp_path):
    journal = Journal(tmp_path, valley("random", 2))
    assert [journal.begin(0, 0, mark).starts for mark in ("", "", "epoch 1", "epoch 2", "epoch 2")] == [1, 2, 1, 1, 2]


def test_a_journal_whose_last_line_is_cut_is_read_and_a_number_that_was_not_given_is_no_trial(tmp_path):
    search = valley("random", 4)
    work({**search, "trials": 2}, 0, Valley(), tmp_path)
    Journal(tmp_path, search)._study.ask()  # killed before it wrote which trial this is
    with open(tmp_path / "journal.log", "a") as file:
        file.write('{"op_code": 4, "worker')
    rows = work(search, 0, Valley(), tmp_path)
    assert [one.state for one in rows] == [trials.DONE] * 4
    assert settings_of(rows) == settings_of(work(search, 0, Valley(), tmp_path / "undisturbed"))


# ---------------------------------------------------------------- the commands, with an estimator


class Searching(Study):
    """The toy study with a search of a linear model."""

    def __init__(self, folder: Path, method: str = "random", workers: int = 2, asked: int = 6):
        super().__init__(folder)
        of = {"settings.C": {"low": 1e-5, "high": 1.0, "log": True}}
        if method == "grid":
            of["settings.C"] = [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0]
        cell = {"dataset": "toy", "protocol": "kfold2", "architecture": "linear"}
        self.search = {
            **TOLD, **cell, "search": "c", "place": "c", "method": method, "space": of, "trials": asked,
            "workers": workers, "names": ["0", "1"], "serves": ["0", "1", "final"],
        }  # fmt: skip
        self.entry = architecture({"family": "linear", "input": {"kind": "features"}, "training": {}})
        self.trainer = "estimator"

    def worker(self, number: int) -> SearchWorker:
        """The job of a worker."""
        return SearchWorker(
            code="c0de",
            search=self.search,
            worker=number,
            entry=self.entry,
            trainer=self.trainer,
            **self.common(),
            state=str(self.folder / "state" / "search"),
            out=str(self.table(number)),
        )

    def table(self, number: int) -> Path:
        return self.folder / "search" / f"worker{number}.csv"

    def choose(self) -> dict:
        tables = [str(self.table(number)) for number in range(self.search["workers"])]
        out = self.folder / "search" / "best.json"
        state = str(self.folder / "state" / "search")
        best_settings.main(BestSettings(search=self.search, workers=tables, state=state, out=str(out)))
        return json.loads(out.read_text())

    def run(self) -> dict:
        for number in range(self.search["workers"]):
            search_worker.main(self.worker(number))
        return self.choose()


def test_two_workers_and_the_choice_and_training_with_it_scores_the_same(tmp_path):
    toy = Searching(tmp_path)
    chosen = toy.run()
    assert (chosen["trials"], chosen["failed"]) == (6, 0)
    assert [one.trial for one in trials.read(toy.table(1))] == [1, 3, 5]
    assert not (tmp_path / "state" / "search").exists()
    # train_fold with the chosen settings has the very score: nothing else was searched than what is trained.
    settings = merged({"settings": {}}, chosen)["settings"]
    uars = {}
    for fold in ("0", "1"):
        train_fold.main(toy.job("linear", fold, settings, trainer="estimator"))
        uars[fold] = history.read(tmp_path / "linear" / fold / "history.csv")[0].val_uar
    # train_fold above is run 1, the search is run 0; a linear machine takes no notice of the seed here.
    assert chosen["folds"] == pytest.approx(uars)
    assert chosen["score"] == pytest.approx(np.mean(list(uars.values())))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["grid", "tpe"])
def test_a_search_chooses_the_same_again(method, tmp_path):
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        toy = Searching(tmp_path / name, method, workers=2 if method == "grid" else 1, asked=6)
        found.append(toy.run())
        assert len({json.dumps(one.settings) for one in trials.read(toy.table(0))}) > 1
    assert found[0] == found[1]


def test_test_clips_change_nothing(tmp_path):
    """A feature that tells the classes apart on the test clips only: the same trials. On others it changes them."""
    found = {}
    for name, people in (("plain", ()), ("test", ("p4", "p5")), ("validation", ("p0", "p1"))):
        (tmp_path / name).mkdir()
        toy = Searching(tmp_path / name, "grid")
        rng = np.random.default_rng(3)
        with Writer(toy.folder / "features.h5", (4,), "float16", attributes={"leaf": "toy"}) as store:
            for clip in toy.names:
                values = rng.normal(size=(6, 4))
                values[:, CLASSES.index(clip.split()[1])] += 0.7
                values[:, 3] += 50 * CLASSES.index(clip.split()[1]) * clip.startswith(people)
                store.begin(clip)
                store.add(values, np.arange(6))
                store.end()
        chosen = toy.run()
        rows = [one for number in (0, 1) for one in trials.read(toy.table(number))]
        found[name] = chosen, [(one.trial, one.folds) for one in rows]
    assert found["test"] == found["plain"]
    assert found["validation"] != found["plain"]


def test_test_clips_are_not_even_read(tmp_path, monkeypatch):
    from ferstudy.training import inputs

    toy, asked = Searching(tmp_path), []
    load = inputs.load

    def watched(needs, stores, wanted):
        asked.extend(wanted)
        return load(needs, stores, wanted)

    monkeypatch.setattr(inputs, "load", watched)
    search_worker.main(toy.worker(0))
    assert {name[:2] for name in asked} == {"p0", "p1", "p2", "p3"}


def test_a_search_that_would_see_test_clips_is_refused(tmp_path):
    """Fold 0 of a rotating protocol tests what fold 1 validates on: one search cannot serve both."""
    toy = Searching(tmp_path)
    turns = {"0": {"p0": "test", "p1": "validation"}, "1": {"p1": "test", "p2": "validation"}}
    rows = [(fold, name, roles.get(name[:2], "train")) for fold, roles in turns.items() for name in toy.names]
    write_rows(tmp_path / "folds.csv", folds_table.COLUMNS, rows)
    toy.audit("pass")
    with pytest.raises(StudyError, match=r"would see clips that are tested \(p0 anger 0, "):
        search_worker.main(toy.worker(0))
    toy.search |= {"names": ["1"], "serves": ["1"], "workers": 1}
    search_worker.main(toy.worker(0))
    assert all(list(one.folds) == ["1"] for one in trials.read(toy.table(0)))


def test_a_fold_without_validation_clips_is_refused(tmp_path):
    toy = Searching(tmp_path)
    toy.search |= {"names": ["final"]}
    with pytest.raises(StudyError, match="fold final has no validation clips, and a search may judge by nothing else"):
        search_worker.main(toy.worker(0))


def test_a_leak_is_refused_as_in_training(tmp_path):
    toy = Searching(tmp_path)
    toy.audit("leak")
    with pytest.raises(StudyError, match="a person in two roles"):
        search_worker.main(toy.worker(0))


def test_settings_that_fail_are_counted_and_all_failing_is_an_error(tmp_path):
    toy = Searching(tmp_path, "grid")
    toy.search["space"] = {"settings.C": [0.01, -1.0]}
    chosen = toy.run()
    assert (chosen["overrides"], chosen["failed"]) == ({"settings.C": 0.01}, 1)
    assert "InvalidParameterError" in chosen["failures"][0]["why"]
    toy.search["space"] = {"settings.C": [-1.0, -2.0]}
    with pytest.raises(StudyError, match="all 2 trials of the search c failed"):
        toy.run()


@pytest.mark.slow
def test_an_edited_search_does_not_take_up_the_old_ones_journal(tmp_path):
    toy = Searching(tmp_path, "grid", workers=1)
    search_worker.main(toy.worker(0))
    toy.entry["settings"] = {"parts": 2}
    search_worker.main(toy.worker(0))
    folders = [path for path in (tmp_path / "state" / "search").iterdir() if path.is_dir()]
    assert len(folders) == 1


def test_a_choice_and_a_refusal_import_nothing_heavy(tmp_path):
    toy = Searching(tmp_path)
    toy.audit("leak")
    code = (
        "import sys, best_settings, search_worker\nfrom ferstudy.errors import StudyError\n"
        "try:\n    search_worker.main(search_worker.SearchWorker.read(sys.argv[1]))\nexcept StudyError as error:\n"
        "    assert 'a person in two roles' in str(error)\n"
        "    sys.exit(bool({'tensorflow', 'keras', 'sklearn', 'optuna'} & set(sys.modules)))\nsys.exit('trained')"
    )
    subprocess.run([sys.executable, "-c", code, toy.worker(0).to_json()], check=True, cwd=jobs_of.SCRIPTS)


# ---------------------------------------------------------------- kills and networks, in processes of their own


@pytest.mark.drill
def test_two_workers_at_a_time_of_which_one_is_killed(tmp_path):
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    undisturbed = Searching(tmp_path / "whole", asked=12).run()
    toy = Searching(tmp_path / "killed", asked=12)
    processes = [subprocess.Popen(command(toy.worker(number)), stderr=subprocess.PIPE, text=True) for number in (0, 1)]
    for line in processes[0].stderr:
        if "trial 6:" in line:
            os.kill(processes[0].pid, signal.SIGKILL)
    assert processes[0].wait() == -signal.SIGKILL
    _, said = processes[1].communicate(timeout=120)
    assert processes[1].returncode == 0, said
    assert not toy.table(0).exists()
    done = subprocess.run(command(toy.worker(0)), check=True, capture_output=True, text=True)
    assert "3 of them have ended before" in done.stderr
    assert toy.choose() == undisturbed


LSTM = architecture(
    {
        "family": "cascade",
        "input": {"kind": "features"},
        "settings": {"cell": "lstm", "frames": 16, "dropout": 0.3},
    }
)
CROPS = {"crop": {"size": 16, "colour": "rgb"}}
FAST = {"epochs": 4, "batch": 8, "optimizer": {"name": "adam", "learning_rate": 0.03}}


@pytest.fixture
def networks(tmp_path) -> Searching:
    toy = Searching(tmp_path, "grid", workers=1)
    toy.entry, toy.trainer = {**LSTM, "training": FAST}, "network"
    toy.search["space"] = {"settings.units": [4, 8], "training.optimizer.learning_rate": [1e38, 0.03]}
    toy.search["architecture"] = "lstm"
    return toy


@pytest.mark.drill
def test_a_network_is_searched_in_one_process_and_training_alone_has_the_same_curves(networks):
    """Trials must not depend on what was trained before them: the last one's curves are those of train_fold."""
    subprocess.run(command(networks.worker(0)), check=True)
    rows = trials.read(networks.table(0))
    assert Counter(one.state for one in rows) == {trials.FAILED: 2, trials.DONE: 2}
    assert all("training diverged" in one.why for one in rows if one.state == "failed")
    chosen = networks.choose()
    entry = merged(networks.entry, chosen)
    uars = {}
    for fold in ("0", "1"):
        job = networks.job("lstm", fold, entry["settings"], entry["training"])
        subprocess.run(command(replace(job, run=0)), check=True)
        uars[fold] = history.read(networks.folder / "lstm" / fold / "history.csv")[chosen["epoch"] - 1].val_uar
    assert chosen["folds"] == uars


@pytest.mark.drill
def test_a_killed_worker_goes_on_within_its_trial_and_ends_the_same(networks, tmp_path):
    networks.search["space"] = {"settings.units": [4, 8]}
    subprocess.run(command(networks.worker(0)), check=True)
    undisturbed = networks.choose()
    networks.table(0).unlink()
    process = subprocess.Popen(command(networks.worker(0)), stderr=subprocess.PIPE, text=True)
    seen = 0
    for line in process.stderr:
        seen += "epoch 2/4" in line
        if seen == 4:  # in the second fold of the second trial
            os.kill(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(0.1)
    done = subprocess.run(command(networks.worker(0)), check=True, capture_output=True, text=True)
    assert "1 of them have ended before" in done.stderr
    assert "goes on after epoch" in done.stderr
    assert done.stderr.count("epoch 4/4") == 1
    assert networks.choose() == undisturbed


@pytest.mark.drill
def test_the_head_of_a_backbone_is_searched_on_stills(tmp_path):
    rng = np.random.default_rng(0)
    table = []
    with Writer(tmp_path / "stills.h5", (24, 24, 3), "uint8", attributes={"leaf": "stills"}) as store:
        for i in range(90):
            image = rng.integers(0, 120, (1, 24, 24, 3))
            image[:, 8 * (i % 3) : 8 * (i % 3) + 8] += 120
            store.begin(f"still {i}")
            store.add(image, np.array([0]))
            store.end()
            role = "train" if i < 48 else "validation" if i < 78 else "test"
            table.append((f"still {i}", f"person {i // 3}", CLASSES[i % 3], role))
    write_rows(tmp_path / "stills.csv", ("still", "subject", "label", "role"), table)
    of = {"settings.dense": [8, 16], "settings.dropout": {"low": 0.2, "high": 0.9}}
    search = {
        **TOLD, "search": "head", "place": "head", "backbone": "compact", "recipe": "crop16", "method": "tpe",
        "trials": 3, "workers": 1, "space": of, "select": "val_accuracy", "names": ["stills"], "serves": [],
    }  # fmt: skip
    network = {"network": "compact", "settings": {"size": 16, "filters": [4, 8]}, "training": {"epochs": 3, "batch": 8}}
    network = backbone(network)
    network["weights"] = "none"
    fit = jobs_of.backbone_of_stills(tmp_path, network, 16)
    job = SearchWorker(
        code="c0de",
        search=search,
        worker=0,
        entry=network,
        crop=fit.crop,
        **{field: getattr(fit, field) for field in ("seed", "threads", "backend", "stills", "labels")},
        select="val_uar",
        state=str(tmp_path / "state"),
        out=str(tmp_path / "worker0.csv"),
    )
    subprocess.run(command(job), check=True)
    chosen = best(search, trials.read(tmp_path / "worker0.csv"))
    assert set(chosen["overrides"]) == set(of)
    assert chosen["backbone"] == "compact"
    # The backbone that is then trained alone has the very accuracy.
    subprocess.run(command(replace(fit, backbone=merged(network, chosen))), check=True)
    row = history.read(tmp_path / "backbone" / "history.csv")[chosen["epoch"] - 1]
    assert row.val_accuracy == chosen["score"]
