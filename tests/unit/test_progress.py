"""What a run says while it goes on, and what `make status` says of one."""

import ast
import base64
import io
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import snakemake_executor_plugin_slurm
from rich.console import Console
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_logger_plugin_ferstudy import NOISE, UNASKED, LogHandler, measured, say_last
from snakemake_logger_plugin_ferstudy.progress import Progress, minutes

import study_status
from ferstudy.errors import StudyError
from ferstudy.study import status
from ferstudy.study.status import RuleStatus

ROOT = Path(__file__).parents[2]
TOY = """
rule all:
    input: expand("o{i}.txt", i=range(20)), "bad.txt", "after.txt"
rule good:
    output: "o{i}.txt"
    log: "results/logs/good/{i}.log"
    shell: "sleep {PACE}; touch {output}"
rule bad:
    output: "bad.txt"
    log: "results/logs/bad/x.log"
    shell: "echo 'bad.py: the disk is full: free some space' > {log}; exit 1"
rule after:
    input: "bad.txt"
    output: "after.txt"
    shell: "touch {output}"
"""


def started(folder: Path, pace: float = 0, *arguments: str) -> subprocess.Popen:
    """A real run of the toy study in `folder`."""
    (folder / "Snakefile").write_text(f"PACE = {pace}\n{TOY}")
    snakemake = Path(sys.executable).with_name("snakemake")
    command = [snakemake, "--cores", "2", "--keep-going", *arguments, "--logger", "ferstudy"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow/plugins")}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True, preexec_fn=heard,
    )  # fmt: skip


def heard() -> None:
    """Let a process hear Ctrl-C, which a shell has its background jobs ignore, and they their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_line_is_said_when_the_jobs_of_a_rule_are_done_and_no_other():
    progress = Progress({"score": 100.0})
    assert progress.plan({"train": 3, "score": 2, "all": 1, "total": 6}, 0.0) == "5 jobs to run"
    said = []
    for number in range(3):
        progress.start(number, "train", {"fold": number}, [], 10.0 * number)
    for number in range(3):
        said.append(progress.finish(number, 30.0 + number))
    assert said[:2] == ["", ""]
    assert said[2].split() == [
        "3/5",
        "train",
        "3",
        "of",
        "3",
        "about",
        "67",
        "s",
        "left",
    ]  # two of 100 s, three abreast


@pytest.mark.parametrize(("planned", "target"), [({"sum": 1, "gate": 1, "report": 1, "all": 1}, 1),
                                                 ({"sum": 1, "gate": 1, "report": 1}, 0)])  # fmt: skip
def test_a_job_that_need_not_run_after_all_is_not_waited_for(planned, target):
    """A checkpoint that makes the same table again takes its gate out of the plan."""
    progress = Progress({"gate": 9.0})
    progress.plan({**planned, "total": sum(planned.values())}, 0.0)
    progress.start(1, "sum", {}, [], 0.0)
    progress.count(2 + target)
    assert "1/2" in progress.finish(1, 1.0)
    progress.start(2, "report", {}, [], 1.0)
    assert progress.finish(2, 2.0).split() == ["2/2", "report", "1", "of", "1"]


def test_jobs_that_come_once_it_is_known_who_the_people_are_are_counted():
    progress = Progress()
    progress.plan({"index": 1, "all": 1, "total": 2}, 0.0)
    progress.start(1, "index", {}, [], 0.0)
    progress.count(6)
    assert progress.finish(1, 1.0).split()[0] == "1/5"


def test_after_long_silence_a_line_says_that_it_goes_on():
    progress = Progress()
    progress.plan({"train": 9}, 0.0)
    progress.start(1, "train", {}, [], 0.0)
    progress.start(2, "train", {}, [], 0.0)
    assert progress.finish(1, 10.0) == ""
    assert "2 of 9" in progress.finish(2, 100.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("No SLURM account given, trying to guess.", ""),
        ("Unable to guess SLURM account. Trying to proceed without.", ""),
        ("No account was given, not able to get a SLURM account via sacct: sacct: invalid option -- '1'", ""),
        ("You are running snakemake in a SLURM job context. This is not recommended", ""),
        ("No suitable partition found for job train_fold", "No suitable partition found for job train_fold"),
        ("Cannot restore results/audit/own/k3.passed: no backup found.", ""),
        ("SLURM has not answered for 5 min: jobs live on", "SLURM has not answered for 5 min: jobs live on"),
    ],
)
def test_of_warnings_those_are_said_that_ask_for_something(text, said):
    handler = SimpleNamespace(_nothing=False, _progress=Progress())
    record = logging.LogRecord("snakemake", logging.WARNING, "", 0, text, None, None)
    assert LogHandler._message(handler, record) == said


def test_what_is_not_said_of_slurm_is_what_its_plugin_would_say():
    """In the words of the version that is installed: another may use others."""
    folder = Path(snakemake_executor_plugin_slurm.__file__).parent
    nodes = [node for file in folder.glob("*.py") for node in ast.walk(ast.parse(file.read_text()))]
    words = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    about = [text for text in (*NOISE, *UNASKED) if re.search("SLURM|partition|account", text)]
    assert len(about) > 5
    assert [text for text in about if not any(word.startswith(text) for word in words)] == []


def test_why_a_job_of_a_cluster_failed_is_said_in_a_line():
    handler = SimpleNamespace(_progress=Progress())
    record = logging.LogRecord("snakemake", logging.ERROR, "", 0, "", None, None)
    message = "SLURM status is: 'NODE_FAIL'. Why: its node failed\nFor further error details see the cluster/cloud log."
    vars(record).update(event=LogEvent.JOB_ERROR, jobid=1, rule_name="train", log=["t.log"], rule_msg=message)
    assert LogHandler._line(handler, record) == "   FAILED  train: its node failed"


def test_no_time_is_said_where_a_rule_was_never_measured():
    progress = Progress({"train": 60.0})
    progress.plan({"train": 2, "score": 1}, 0.0)
    assert progress.left(0.0) == 0.0
    progress.means["score"] = 30.0
    assert progress.left(0.0) == 150.0


def test_the_time_left_goes_down_while_jobs_run_and_never_below_what_is_to_come():
    progress = Progress({"train": 60.0, "score": 30.0})
    progress.plan({"train": 2, "score": 2}, 0.0)
    progress.start(1, "train", {"fold": 0}, [], 0.0)
    progress.start(2, "train", {"fold": 1}, [], 0.0)
    assert [progress.left(now) for now in (0.0, 20.0, 60.0, 500.0)] == [90.0, 70.0, 30.0, 30.0]
    assert progress.status(20.0, 80) == "0/4 done   about 70 s left   running: train 2"


@pytest.mark.parametrize("width", [80, 40, 12])
def test_the_line_of_what_runs_fits_the_terminal_and_what_counts_stands_first(width):
    progress = Progress({"train": 60.0})
    progress.plan({"train": 9}, 0.0)
    for number in range(1, 8):
        progress.start(number, f"rule_with_a_name_{number}", {}, [], 0.0)
    progress.fail(7, "rule_with_a_name_7", [], "no memory")
    told = progress.status(0.0, width)
    assert len(told) == width
    assert told.endswith("…")
    assert told.startswith("0/9 done   about 77 s left   1 failed   running: rule"[: width - 1])


def test_a_run_that_is_broken_off_says_what_it_waits_for():
    progress = Progress(interrupted=True)
    progress.plan({"train": 3}, 0.0)
    progress.start(1, "train", {"fold": 0}, [], 0.0)
    assert progress.status(1.0, 80) == "0/3 done   stopping, waiting for train"


def test_what_failed_before_ctrl_c_is_still_said():
    progress = Progress()
    progress.start(1, "train", {"fold": 0}, ["t.log"], 0.0)
    progress.fail(1, "train", ["t.log"], "no memory")
    progress.interrupted = True
    said = progress.end()
    assert said == [
        "1 job failed:",
        "  train 0: no memory",
        "    t.log",
        "interrupted; the same command goes on where it stopped",
    ]


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_what_runs_is_one_line_that_is_gone_when_nothing_runs(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    console = Console(file=screen, highlight=False, soft_wrap=True, markup=False, width=40)
    progress = Progress()
    handler = SimpleNamespace(_progress=progress, _console=console, _status=None)
    handler._stop = lambda: LogHandler._stop(handler)
    progress.plan({"train": 3}, 0.0)
    progress.start(1, "train", {"fold": "a" * 60}, [], 0.0)
    progress.start(2, "a_rule_with_a_long_name_that_does_not_fit", {}, [], 0.0)
    LogHandler._say(handler, "")
    assert handler._status is not None
    (line,) = console.render_lines(handler._status.renderable, console.options)
    assert "0/3 done   running: a_rule_with_a_l" in "".join(segment.text for segment in line)
    for number in (1, 2):
        progress.finish(number, 1.0)
    LogHandler._say(handler, "")
    assert handler._status is None


def test_on_a_terminal_the_answer_is_broken_between_words_and_paths_stay_whole(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    page, answer = "The page: /a/path/with blanks/that is longer than 40 columns.html", "which is right on most " * 4
    screen, pipe = Terminal(), io.StringIO()
    for stream in (screen, pipe):
        for line in (answer, page):
            console = Console(file=stream, highlight=False, soft_wrap=True, markup=False, width=40)
            say_last(console, line)
    *broken, last = screen.getvalue().splitlines()
    assert [line.split()[0] for line in broken] == ["which", "most", "right"]
    assert last == page
    assert pipe.getvalue().splitlines() == [answer, page]


def test_the_answer_is_said_once_however_often_the_run_is_closed(monkeypatch):
    """Snakemake closes what logs, and so does `logging` at the end of the process."""
    monkeypatch.setattr(measured, "result", lambda: ["the answer"])
    handler, said = object.__new__(LogHandler), io.StringIO()
    logging.Handler.__init__(handler)
    vars(handler).update(_console=Console(file=said), _status=None, _progress=Progress(), _nothing=True)
    handler.close()
    handler.close()
    assert said.getvalue() == "the answer\n"


def test_what_failed_ends_the_run_with_its_log_and_what_to_do():
    progress = Progress()
    progress.start(1, "train", {"fold": 0, "run": 1}, ["results/logs/t.log"], 0.0)
    assert "FAILED  train 0/1: the disk is full" in progress.fail(
        1, "train", ["results/logs/t.log"], "the disk is full"
    )
    assert progress.end()[:3] == ["1 job failed:", "  train 0/1: the disk is full", "    results/logs/t.log"]


def test_a_long_reason_stands_whole_once():
    progress, why = Progress(), "4 of 7 clips have no face crops; " * 30
    progress.start(1, "check_gate", {"leaf": "mine"}, ["g.log"], 0.0)
    line = progress.fail(1, "check_gate", ["g.log"], why)
    assert line.startswith("   FAILED  check_gate mine: 4 of 7 clips have no face crops; 4 of 7 ")
    assert line.endswith(" … (all of it at the end)")
    assert len(line) < 320
    assert progress.end()[1] == f"  check_gate mine: {why}"


def test_jobs_that_end_with_an_interrupted_run_have_not_failed():
    progress = Progress(interrupted=True)
    progress.start(1, "train", {}, [], 0.0)
    assert progress.fail(1, "train", [], "Terminated") == ""
    assert progress.end() == ["interrupted; the same command goes on where it stopped"]


def test_a_job_that_succeeds_at_its_second_attempt_has_not_failed_and_one_that_fails_twice_failed_once():
    progress = Progress()
    progress.plan({"train": 3}, 0.0)
    for attempt in range(2):
        for number in (1, 2):
            progress.start(number, "train", {"fold": number}, ["t.log"], float(attempt))
        progress.fail(2, "train", ["t.log"], "no memory")
        if not attempt:
            progress.fail(1, "train", ["t.log"], "no memory")
    assert progress.finish(1, 3.0).split() == ["AGAIN", "train", "1:", "done", "at", "another", "attempt"]
    assert progress.end()[:2] == ["1 job failed:", "  train 2: no memory"]
    progress.start(2, "train", {"fold": 2}, [], 4.0)
    progress.finish(2, 5.0)
    assert progress.end() == []


def test_seconds_are_said_as_people_say_them():
    assert [minutes(seconds) for seconds in (40, 600, 7200)] == ["40 s", "10 min", "2.0 h"]


def test_benchmarks_and_logs_are_read_as_they_are(tmp_path):
    (tmp_path / "b/train").mkdir(parents=True)
    (tmp_path / "b/train/0.tsv").write_text("s\th:m:s\n10.0\t0:00:10\n")
    (tmp_path / "b/train/1.tsv").write_text("s\th:m:s\n20.0\t0:00:20\n")
    (tmp_path / "b/train/2.tsv").write_text("")
    assert measured.means(tmp_path / "b") == {"train": 15.0}
    (tmp_path / "a.log").write_text("epoch 3\ntrain_fold.py: the loss is nan\n\n")
    assert measured.last_line(str(tmp_path / "a.log")) == "the loss is nan"
    assert measured.last_line(str(tmp_path / "no.log")) == ""


@pytest.mark.slow
def test_a_real_run_says_few_lines_names_what_failed_and_no_file_lists(tmp_path):
    run = started(tmp_path)
    said = run.communicate(timeout=120)[0]
    assert run.returncode == 1
    lines = said.splitlines()
    assert len(lines) < 20, said
    assert "  bad: the disk is full: free some space" in lines
    assert "    results/logs/bad/x.log" in lines
    assert any(line.split()[1:5] == ["good", "20", "of", "20"] for line in lines), said
    assert "wildcards" not in said
    assert "o7.txt" not in said


@pytest.mark.slow
def test_earlier_jobs_are_those_of_the_study_folder_and_an_old_answer_is_not_said(tmp_path):
    study = tmp_path / "study"
    for path, text in (("benchmarks/after/x.tsv", "s\n4000\n"), ("report/answer.txt", "old\n")):
        (study / "results" / path).parent.mkdir(parents=True, exist_ok=True)
        (study / "results" / path).write_text(text)
    (tmp_path / "Snakefile").write_text(
        'rule all:\n    input: "b"\nrule before:\n    output: "a"\n    shell: "touch a"\n'
        'rule after:\n    input: "a"\n    output: "b"\n    shell: "touch b"\n'
    )
    command = [
        Path(sys.executable).with_name("snakemake"),
        "--cores",
        "1",
        "--directory",
        study,
        "--logger",
        "ferstudy",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow/plugins")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "about 67 min left" in done.stderr
    assert "old" not in done.stderr


@pytest.mark.slow
def test_a_dry_run_looks_as_snakemakes_own(tmp_path):
    said = started(tmp_path, 0, "--dry-run").communicate(timeout=120)[0]
    assert "rule good:" in said
    assert "This was a dry-run" in said


@pytest.mark.slow
def test_ctrl_c_says_that_the_same_command_goes_on_and_calls_nothing_failed(tmp_path):
    run = started(tmp_path, 2)
    for _ in range(600):
        if any(tmp_path.glob("o*.txt")):
            break
        time.sleep(0.1)
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate(timeout=120)[0]
    assert said.splitlines()[-1] == "interrupted; the same command goes on where it stopped", said
    assert "FAILED  good" not in said


def test_what_is_being_made_is_read_from_snakemakes_notes(tmp_path):
    paths = ["results/models/a/model.zip", "results/" + "x" * 300 + ".h5"]
    for path in paths:
        name = base64.urlsafe_b64encode(path.encode()).decode()
        pieces = [name[i : i + 200] for i in range(0, len(name), 200)]
        file = tmp_path.joinpath(*(f"@{piece}" for piece in pieces[:-1]), pieces[-1])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    assert set(paths) <= status.in_work(tmp_path)


def test_the_state_is_told_with_what_is_left():
    rows = [RuleStatus("train_fold", 3, 2, 10), RuleStatus("score", 0, 0, 2)]
    told = status.table(rows, {"train_fold": 60.0})
    assert told[0].split() == ["train_fold", "3", "of", "10", "2", "running"]
    assert told[-1] == "About 7 CPU minutes are left, and what score will need, which was not measured yet."
    assert status.table(rows[:1], {"train_fold": 8.0})[-1] == "Less than a CPU minute is left."


def test_programs_read_the_state_as_json_and_a_wrong_config_is_named_with_its_line(tmp_path, capsys):
    shutil.copytree(ROOT / "tests/tiny/config", tmp_path / "config")
    log = tmp_path / "results/logs/train_fold/builtin/c3d.log"
    log.parent.mkdir(parents=True)
    log.write_text("train_fold.py: the disk is full: free some space\n")
    study_status.main(["--directory", str(tmp_path), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert not told["going_on"]
    assert {"rule", "done", "running", "jobs", "mean_cpu_seconds"} == set(told["rules"][0])
    assert sum(rule["done"] for rule in told["rules"]) == 0 < sum(rule["jobs"] for rule in told["rules"])
    assert told["failed"] == [
        {"rule": "train_fold", "job": "builtin/c3d", "line": "the disk is full: free some space"}
    ]  # fmt: skip

    path = tmp_path / "config/config.yaml"
    path.write_text("reprot: {}\n" + path.read_text())
    with pytest.raises(StudyError, match=r"config\.yaml:\n  reprot: unknown key; did you mean 'report'\? \(line 1\)"):
        study_status.main(["--directory", str(tmp_path)])
