"""A sentence about one thing is in the singular, wherever it counts."""

import re
from pathlib import Path

from ferstudy.counted import counted

SCRIPTS = Path(__file__).parents[2] / "scripts/ferstudy"
# "{len(clips)} clips have": a number, a plural and a verb; what needs at least two says so by its own words.
PLURAL = re.compile(r'f"\{len\(\w+\)\} (pairs|subjects|clips|groups|people|files|rows|roles|video files|names) '
                    r"(\w+ ){0,6}?(have|are|show|occur|lack|name)\b")  # fmt: skip


def test_one_is_singular():
    assert counted(1, "clip") == "1 clip"
    assert counted(0, "clip") == "0 clips"
    assert counted(2, "person is", "people are") == "2 people are"
    assert counted(1234, "frame", thousands=".") == "1.234 frames"
    assert counted(1234, "frame") == "1234 frames"


def test_what_an_audit_finds_has_a_singular():
    files = [*SCRIPTS.glob("protocols/*.py"), *SCRIPTS.glob("run_audit/*.py"), *SCRIPTS.glob("evaluation/*.py")]
    said = [f"{path.name}: {line.strip()}" for path in files for line in path.read_text().splitlines()
            if PLURAL.search(line) and "copies of one another" not in line]  # fmt: skip
    assert said == []
