"""The short ways through Snakemake (ferstudy/study/cheaper_plan.py) answer as its own do, and are taken."""

import inspect

import pytest
from snakemake import common, rules
from snakemake.io import AnnotatedString, flag, is_flagged
from snakemake_interface_common.io import AnnotatedStringInterface

from ferstudy.study.cheaper_plan import plan_cheaply


@pytest.fixture
def cheaply(monkeypatch):
    """The short ways, as where the workflow is loaded twice."""
    monkeypatch.setattr(common, "get_function_params", common.get_function_params)
    monkeypatch.setattr(rules, "get_function_params", rules.get_function_params)
    monkeypatch.setattr(AnnotatedString, "is_flagged", AnnotatedStringInterface.is_flagged)
    plan_cheaply()
    plan_cheaply()


def test_the_signature_of_a_function_is_asked_once(cheaply, monkeypatch):
    asked = []
    signature = inspect.signature
    monkeypatch.setattr(inspect, "signature", lambda function: asked.append(function) or signature(function))

    def resource(wildcards, attempt):
        return 0

    for _ in range(3):
        assert list(rules.get_function_params(resource)) == ["wildcards", "attempt"]
        given = {"attempt": 1, "input": ()}
        assert common.get_input_function_aux_params(resource, given) == {"attempt": 1}
    assert asked == [resource]


def test_flags_are_those_that_were_set(cheaply):
    assert AnnotatedString.is_flagged is not AnnotatedStringInterface.is_flagged
    name = flag("results/a.csv", "ancient")
    assert is_flagged(name, "ancient")
    assert not is_flagged(name, "temp")
    assert not is_flagged(flag("results/a.csv", "temp", False), "temp")
    assert not is_flagged("results/a.csv", "ancient")
