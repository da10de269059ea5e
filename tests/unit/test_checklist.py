"""The checklist answers no where the run speaks against an item, and unknown where nobody has said."""

import pytest

from ferstudy.report.sections.limits import NOBODY, OWN_ROWS, _answer

CLEAN = {"leak": 0, "warning": 1, "unknown": 0, "pass": 9}


@pytest.mark.parametrize(
    ("item", "text", "found", "answer"),
    [
        ("Leakage", "Checks", CLEAN, "yes"),
        ("Leakage", "Checks", {**CLEAN, "leak": 1, "unknown": 1}, "no"),
        ("Leakage", "Checks", {**CLEAN, "unknown": 1}, "unknown"),
        ("Leakage", "TO STATE: there is no audit of this config.", dict.fromkeys(CLEAN, 0), "unknown"),
        ("Baselines", "None. TO STATE: why.", CLEAN, "no"),
        ("Selection", f"Best epoch; {OWN_ROWS}.", CLEAN, "no"),
        ("Ethics", NOBODY[1], CLEAN, "not applicable"),
        ("Sample", "The clips tables are missing.", CLEAN, "unknown"),
        ("Sample", "9 clips of 3 subjects", CLEAN, "yes"),
    ],
)
def test_each_item_has_its_answer(item, text, found, answer):
    assert _answer(item, text, found) == answer
