"""What `training` may leave out is filled in at one place."""

import ast
from pathlib import Path

import pytest

from ferstudy.training.loop import complete, complete_loss, complete_schedule

TRAINING = Path(__file__).parents[2] / "scripts/ferstudy/training"


@pytest.mark.parametrize(
    "training",
    [
        {},
        {"epochs": 3, "patience": 2, "micro_batch": 4},
        {"optimizer": {"name": "sgd"}, "loss": {"name": "focal"}, "schedule": {"kind": "plateau"}},
        {"optimizer": {"learning_rate": 0.1}, "loss": {"label_smoothing": 0.1}},
        {"schedule": {"kind": "triangular2", "patience": 3}, "augmentation": {"flip": True}, "decision": "one_vs_rest"},
    ],
)
def test_complete_settings_stay_and_given_ones_count(training):
    full = complete(training)
    assert complete(full) == full
    for key, value in training.items():
        assert full[key] == value if not isinstance(value, dict) else value.items() <= full[key].items()
    assert full["optimizer"].keys() >= {"name", "learning_rate"}


def test_a_loss_and_a_schedule_get_what_their_kind_needs():
    assert complete_loss({}) == {"name": "cross_entropy", "label_smoothing": 0.0}
    assert complete_loss({"name": "focal"})["gamma"] == 2.0
    assert complete_schedule({}) == {"kind": "constant"}
    assert complete_schedule({"kind": "triangular2"}).keys() == {"kind", "lowest", "half_cycle"}
    assert complete_schedule({"kind": "triangular2", "patience": 2})["factor"] == 0.5
    assert complete_schedule({"kind": "plateau", "factor": 0.1})["monitor"] == "val_loss"


def test_an_entry_is_not_changed():
    training = {"optimizer": {"name": "sgd"}}
    complete(training)["optimizer"]["learning_rate"] = 7
    assert training == {"optimizer": {"name": "sgd"}}
    assert complete({})["optimizer"]["learning_rate"] == 0.001


def second_defaults(text: str) -> list[str]:
    """Of `x.get("key", default)` those whose key has its default in loop.py."""
    keys = complete({"loss": {"name": "focal"}, "schedule": {"kind": "triangular2", "patience": 1}})
    known = {*keys, *keys["optimizer"], *keys["loss"], *keys["schedule"]} - {"kind"}
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get"
        if len(node.args) == 2 and isinstance(node.args[0], ast.Constant) and node.args[0].value in known
    ]


def test_no_default_of_the_loop_stands_twice():
    assert second_defaults('training.get("batch", 32)')
    assert second_defaults('loss.get("label_smoothing", 0.0)')
    for path in sorted(TRAINING.glob("*.py")):
        if path.name != "loop.py":
            assert second_defaults(path.read_text(encoding="utf-8")) == [], path.name
