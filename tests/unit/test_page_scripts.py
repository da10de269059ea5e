"""The scripts of the page: their pure functions, in node, and that they are one script that refers to nothing."""

import base64
import json
import re
import shutil
import subprocess

import pytest

from ferstudy.report import budget, latex, scripts
from ferstudy.report.budget import CostedModel

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(not NODE, reason="no node on PATH: the functions of the page's scripts were not run")


def ran(module: str, expression: str) -> object:
    """What an expression gives of the functions of a module, as JSON."""
    code = f'import * as m from "{(scripts.FOLDER / module).as_uri()}.js";console.log(JSON.stringify({expression}))'
    command = [NODE, "--input-type=module", "--no-warnings", "-e", code]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


PANEL = '{classes: ["a", "b"], clips: [{truth: 0}, {truth: 0}, {truth: 1}, {truth: 1}]}'
# Answers of a model to four clips in one round: base64 of bytes.
WRONG = "AAEB/g=="  # 0, 1, 1, no face


def test_the_modules_are_one_script_that_imports_nothing():
    text = scripts.joined()
    assert not re.search(r"^\s*(import|export)\b", text, re.MULTILINE)
    assert (
        text.index("function element(") < text.index("function startExplorer(") < text.index("startExplorer(explorer")
    )
    assert "</script" not in text.lower()
    assert "http" not in text


@needs_node
def test_the_one_script_is_one_that_node_can_read(tmp_path):
    file = tmp_path / "page.mjs"
    file.write_text(scripts.joined())
    assert subprocess.run([NODE, "--check", file], check=False, timeout=60).returncode == 0


@needs_node
def test_the_matrix_counts_rows_and_names_what_is_confused():
    model = f'{{answers: "{WRONG}", probabilities: ""}}'
    assert ran("answers", f"m.confusion({PANEL}, m.rowsOf({PANEL}, {model}))") == [[1, 1, 0], [0, 1, 1]]
    pairs = ran("answers", f"m.confusedPairs({PANEL}, m.rowsOf({PANEL}, {model}))")
    assert pairs == [
        {"truth": "a", "answer": "b", "count": 1, "of": 2}, {"truth": "b", "answer": "no face", "count": 1, "of": 2}
    ]  # fmt: skip


@needs_node
def test_clips_in_which_two_models_differ_and_who_else_is_wrong():
    rows = {
        name: f'm.rowsOf({PANEL}, {{answers: "{text}", probabilities: ""}})'
        for name, text in (("right", "AAABAQ=="), ("wrong", WRONG))
    }
    assert ran("answers", f"m.differing({rows['right']}, {rows['wrong']}).map((row) => row.clip)") == [1, 3]
    told = f'[["right", {rows["right"]}], ["wrong", {rows["wrong"]}]]'
    assert ran("answers", f"[...m.wrongOn({PANEL}, {told})]") == [[1, ["wrong"]], [3, ["wrong"]]]


@needs_node
def test_a_clip_that_each_run_answers_is_counted_once_and_many_names_are_cut():
    assert ran("answers", "m.countInWords([{clip: 0}])") == "1 clip"
    assert ran("answers", "m.countInWords([{clip: 0}, {clip: 1}, {clip: 0}])") == "3 answers to 2 clips"
    assert ran("wall", 'm.firstNames([..."abcdefg"])') == "a, b, c, d, e, f, g"
    assert ran("wall", 'm.firstNames([..."abcdefgh"])') == "a, b, c, d, e, f and 2 more"


@needs_node
def test_the_ranking_is_sorted_and_filtered():
    models = ('[{name: "svm", kind: "baseline", test: 0.8, verdict: ""}, {name: "c3d", kind: "model", test: null, '
              'verdict: "worse"}, {name: "cnn", kind: "model", test: 0.9, verdict: "better"}]')  # fmt: skip
    assert ran("ranking", f'm.ordered({models}, "test")') == [2, 0, 1]
    assert ran("ranking", f'm.ordered({models}, "name")') == [1, 2, 0]
    assert ran("ranking", f'm.ordered({models}, "kind")') == [0, 1, 2]
    assert ran("ranking", f'{models}.map((one) => m.matches(one, "worse, SVM"))') == [True, True, False]
    assert ran("ranking", f'{models}.map((one) => m.matches(one, " "))') == [True, True, True]


@needs_node
@pytest.mark.parametrize(
    ("text", "key"),
    [("0.861 (0.82 to 0.90)", 0.861), ("−0.05", -0.05), ("+0.03", 0.03), ("1\u2009234 clips", 1234), ("± 0.02", 0.02),
     ("cnn1d", "cnn1d"), ("–", "–"), ("< 0.001", 0.001)],
)  # fmt: skip
def test_cells_are_sorted_by_their_number_or_their_text(text, key):
    assert ran("table_text", f"m.sortKey({json.dumps(text)})") == key


@needs_node
def test_what_is_not_known_is_last_in_both_directions():
    for down, order in (("false", [1, 2, "–"]), ("true", [2, 1, "–"])):
        assert ran("table_text", f'[2, "–", 1].sort((a, b) => m.compareKeys(a, b, {down}))') == order


@needs_node
def test_tables_leave_as_csv_and_latex():
    rows = '[["Model", "UAR"], ["a \\"b\\", c_1", "0.5"]]'
    assert ran("table_text", f"m.csv({rows})") == 'Model,UAR\r\n"a ""b"", c_1",0.5\r\n'
    text = ran("table_text", f"m.latex({rows}, [false, true])")
    assert text.startswith("\\begin{tabular}{lr}\n\\toprule\nModel & UAR \\\\\n\\midrule\n")
    assert 'a "b", c\\_1 & 0.5 \\\\' in text


@needs_node
def test_the_latex_of_the_page_is_escaped_as_that_of_the_files():
    letters = "".join(latex.SPECIAL) + "é\N{GRINNING FACE}"
    text = ran("table_text", f"m.latex([[{json.dumps(letters)}]], [false])")
    assert rf"{latex.escaped(letters)} \\" in text.splitlines()


@needs_node
@pytest.mark.parametrize("milliseconds", [None, 3.0, *(pytest.param(ms, marks=pytest.mark.slow) for ms in (0.0, 20.0))])
@pytest.mark.parametrize("megabytes", [None, 1.0, *(pytest.param(mb, marks=pytest.mark.slow) for mb in (0.5, 20.0))])
def test_the_best_within_a_budget_is_that_of_the_page_without_scripts(milliseconds, megabytes):
    made = [
        CostedModel(*one, "") for one in (("large", 20.0, 9.0, 0.9), ("small", 2.5, 1.0, 0.8), ("tiny", 1.0, 0.5, 0.4))
    ]
    expected = budget.best(made, milliseconds, megabytes)
    limits = ["" if limit is None else str(limit) for limit in (milliseconds, megabytes)]
    arguments = ", ".join(map(json.dumps, ([one._asdict() for one in made], *limits)))
    assert ran("budget", f"m.withinBudget({arguments})") == (expected and expected._asdict())


# Of three clips the first and the last have two samples: frames 10 to 14 and 15 to 19, of two classes.
SAMPLES = (
    '{cuts: [{samples: 2, starts: [10, 15], stops: [14, 19]}], cut: [0, -1, 0], shares: "'
    f'{base64.b64encode(bytes([50, 50, 50, 50, 25, 75, 100, 0])).decode()}"}}'
)


@needs_node
def test_the_samples_of_a_clip_are_lines_over_its_frames():
    steps = f"m.stepsOf({SAMPLES}, 2, 2)"
    assert ran("timeline", f"m.sampleLines({steps}, 2)") == [
        [[0, 0.5, 0.75], [0.5, 1, 0]],
        [[0, 0.5, 0.25], [0.5, 1, 1]],
    ]
    assert ran("timeline", f"m.stepsOf({SAMPLES}, 1, 2)") == []
    assert ran("timeline", f"m.samplesInWords({steps}, 2)") == "2 samples, frames 10 to 19"
    assert ran("timeline", f"m.samplesInWords({steps}, 90)") == "90 samples, frames 10 to 19, in 2 steps"
