"""What a cluster's accounting says of a study's jobs: read from what a real SLURM 22.05 printed, never a condition."""

import math
import subprocess
from types import SimpleNamespace

import fake_study
import pytest

import study_efficiency
from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.report import html, view
from ferstudy.report.read import read
from ferstudy.report.sections import cost
from ferstudy.study import accounting, efficiency
from ferstudy.study.accounting import Sent, Used
from ferstudy.study.grid import Study
from ferstudy.study.request import Request

# `SLURM_TIME_FORMAT=%s sacct -P -n -o FIELDS -j 1,2,13` of the test cluster, while 13 ran.
SACCT = """\
1|COMPLETED|2|1795936560|1795936560|14|00:05.478||0
1.batch|COMPLETED|2|1795936560|1795936560|14|00:02.156|186080K|0
1.0|COMPLETED|2|1795936566|1795936566|6|00:03.322|393692K|0
2|COMPLETED|1|1795936581|1795936582|7|00:04.451||0
2.batch|COMPLETED|1|1795936582|1795936582|7|00:02.062|185940K|0
2.0|COMPLETED|1|1795936584|1795936584|3|00:02.389|210404K|0
13|RUNNING|1|1795936682|1795936682|25|00:00:00||
13.batch|RUNNING|1|1795936682|1795936682|25|00:00:00||0
13.0|RUNNING|1|1795936690|1795936690|17|00:00:00||0
"""


def test_jobs_that_have_ended_are_read_with_their_steps():
    found = accounting.read_sacct(SACCT)
    assert set(found) == {"1", "2"}
    assert found["1"][:5] == ("COMPLETED", 2, 0, 14, pytest.approx(5.478))
    assert found["1"].peak_mb == pytest.approx((186080 + 393692) / 1024)
    assert math.isnan(found["1"].energy_j)  # nobody measures it there
    assert found["2"].waited_s == 1


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("7|CANCELLED by 0|4|2026-11-29T07:00:00|2026-11-29T07:02:05|0|00:00:00||", ("CANCELLED", 4, 125, 0, 0)),
        ("7_3|PREEMPTED|1|100|160|3600|1-01:02:03||", ("PREEMPTED", 1, 60, 3600, 90123)),
        ("7|TIMEOUT|2|100|Unknown|60|02:00.500||", ("TIMEOUT", 2, math.nan, 60, 120.5)),
    ],
)  # fmt: skip
def test_states_and_times_as_sacct_writes_them(line, expected):
    (used,) = accounting.read_sacct(line).values()
    assert used[:5] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("whole", "steps", "joules"),
    [
        ("5000", ("1200", "3800"), 5000),
        ("", ("1200", "3800"), 3800),
        ("0", ("0",), None),
        ("18446744073709551614", (), None),
    ],
)  # fmt: skip
def test_energy_counts_where_it_was_measured(whole, steps, joules):
    lines = [f"7|COMPLETED|1|1|2|3|00:01||{whole}"]
    lines += [f"7.{step}|COMPLETED|1|1|2|3|00:01|1K|{energy}" for step, energy in enumerate(steps)]
    energy = accounting.read_sacct("\n".join(lines))["7"].energy_j
    assert energy == joules if joules else math.isnan(energy)


def row(number: str, run: str = "one", benchmark: str = "results/benchmarks/score/a.tsv", **used) -> Sent:
    return Sent(run, number, "score", "score", "its rule's resources", benchmark, 1500.0, 30.0, 0.0, Used(**used))


@pytest.fixture
def sacct(monkeypatch):
    """Stands for sacct: prints `said`, or fails as where accounting is off; `asked` are the jobs of each question.

    Nobody waits: `waited` are the seconds that would have passed before each.
    """
    told = SimpleNamespace(said=SACCT, code=0, asked=[], waited=[])

    def run(command, **options):
        told.asked.append(command[-1])
        return SimpleNamespace(returncode=told.code, stdout=told.said)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(accounting, "time", SimpleNamespace(sleep=told.waited.append))
    return told


def test_a_row_is_noted_when_a_job_is_sent_and_filled_when_it_has_ended(tmp_path, sacct):
    file = tmp_path / "state/slurm.csv"
    job = SimpleNamespace(rule=SimpleNamespace(name="train_fold"), benchmark="results/benchmarks/train_fold/x.tsv")
    asked = Request("c3d", "architectures/c3d/needs", 8000, 90, 1, 1)
    accounting.append(accounting.sent("one", "1", job, asked), file)
    accounting.append(row("13"), file)
    assert [each.used.state for each in accounting.read(file)] == ["", ""]
    accounting.settle(file)
    done, runs = accounting.read(file)
    assert done[:9] == ("one", "1", "train_fold", "c3d", "architectures/c3d/needs", job.benchmark, 8000, 90, 1)
    assert done.used.elapsed_s == 14
    assert runs.used.state == ""
    assert sacct.asked == ["1,13", "13", "13"]
    assert sacct.waited == [0, *accounting.ASK_AGAIN_S]
    accounting.settle(file)
    assert sacct.asked[-1] == "13"  # what has ended is not asked for again


def test_without_accounting_a_run_goes_on_and_its_rows_stay_open(tmp_path, sacct, monkeypatch):
    file = tmp_path / "slurm.csv"
    accounting.append(row("1"), file)
    sacct.code = 1
    accounting.settle(file)
    assert len(sacct.asked) == 1  # and it is not waited for
    assert [each.used.state for each in accounting.read(file)] == [""]

    def missing(command, **options):
        raise FileNotFoundError(command[0])

    monkeypatch.setattr(subprocess, "run", missing)
    accounting.settle(file)
    accounting.settle(tmp_path / "none.csv")
    assert not (tmp_path / "none.csv").exists()
    accounting.append(row("1"), "/proc/none/slurm.csv")  # a place that cannot be written
    file.write_bytes(b"run,id\n\xff\n")
    accounting.settle(file)
    assert accounting.read(file) == []


def test_of_a_job_that_was_sent_again_the_last_run_counts_with_all_its_attempts():
    again = [row("1"), row("2", "two", state="TIMEOUT"), row("3", "two", state="COMPLETED"), row("4", benchmark="b")]
    assert [each.id for each in accounting.latest(again)] == ["2", "3", "4"]


def big(number: str, **changed) -> Sent:
    """A training of an hour that asked for 8,000 MB."""
    used = {"state": "COMPLETED", "cores": 4.0, "waited_s": 60.0, "elapsed_s": 3600.0, "cpu_s": 3600.0,
            "peak_mb": 2100.0, **changed}  # fmt: skip
    benchmark = f"results/benchmarks/train_fold/{number}.tsv"
    return Sent("one", number, "train_fold", "c3d", "architectures/c3d/needs in config/config.yaml", benchmark,
                8000.0, 120.0, 1.0, Used(**used))  # fmt: skip


def group(*rows: Sent, measured: tuple[float, float] = (3500.0, 1900.0)) -> efficiency.Group:
    (found,) = efficiency.groups(rows, lambda path: measured)
    return found


def test_a_group_sums_what_its_jobs_held_and_takes_the_largest():
    found = group(big("1"), big("2", state="TIMEOUT", elapsed_s=7200.0, cpu_s=1800.0, peak_mb=1500.0, waited_s=0.0))
    assert (found.name, found.jobs, found.failed, found.unknown) == ("train_fold of c3d", 2, 1, 0)
    assert found.cpu_share == pytest.approx((3600 + 1800) / (4 * 3600 + 4 * 7200))
    assert found.memory_share == pytest.approx(2100 / 8000)
    assert (found.gpu_hours, found.core_hours, found.longest_s, found.waited_s) == (3, 12, 7200, 30)
    assert (found.asked_s, found.measured_s, found.measured_mb) == (7200, 3500, 1900)
    assert math.isnan(found.energy_j)
    assert group(big("1", energy_j=2e6), big("2", energy_j=1e6)).energy_j == 3e6


def test_advice_where_much_was_asked_for_and_little_used():
    assert efficiency.advice(group(big("1"))) == (
        "train_fold of c3d asked for 8 GB and used 2.1: memory_mb: 3000 (architectures/c3d/needs in "
        "config/config.yaml) would do; it had 4 cores and kept 1.0 busy: fewer threads would do"
    )
    assert "cores" not in efficiency.advice(group(big("1", cpu_s=4 * 3600.0)))
    of_rule = row("1", state="COMPLETED", cores=1.0, elapsed_s=90.0, cpu_s=20.0, peak_mb=300.0)
    wide = efficiency.advice(group(of_rule._replace(asked_mb=4000.0), measured=(80.0, 120.0)))
    assert wide == "score asked for 4 GB and used 0.3: set-resources: {score: {mem_mb: 600}} in the profile would do"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (big("1", peak_mb=3500.0, cores=1.0), "less than twice"),
        (big("1", elapsed_s=59.0, cores=1.0), "too short for SLURM to have seen the peak"),
        (big("1", peak_mb=math.nan, cores=1.0), "nobody knows"),
        (big("1", cores=1.0)._replace(asked_mb=1500.0), "little to give back"),
    ],
)  # fmt: skip
def test_no_advice_where_little_was_asked_or_nothing_is_known(found, why):
    assert efficiency.advice(group(found, measured=(math.nan, math.nan))) == "", why


def test_a_larger_peak_by_the_benchmark_counts():
    assert efficiency.advice(group(big("1", cores=1.0), measured=(3500.0, 3600.0))) == ""


def noted(folder, rows: list[Sent]) -> None:
    for each in rows:
        accounting.append(each, folder / paths.ACCOUNTED)


def test_the_command_prints_groups_and_advice(tmp_path, sacct, capsys):
    noted(tmp_path, [big("1"), row("7", benchmark="b")])
    study_efficiency.main(["--directory", str(tmp_path)])
    head, training, scoring, told, left = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["jobs", "of"]
    assert training.split()[:3] == ["train_fold", "of", "c3d"]
    assert "60.0 min 120.0 min 25 % 2100 MB 8000 MB" in " ".join(training.split())
    assert scoring.split()[:2] == ["score", "0"]
    assert told.startswith("train_fold of c3d asked for 8 GB and used 2.1: memory_mb: 3000")
    assert left.startswith("sacct says nothing of 1 more")


def test_the_command_says_where_nothing_was_noted(tmp_path):
    with pytest.raises(StudyError, match=r"slurm.csv: there is no job in it\. It is written by runs with profiles"):
        study_efficiency.main(["--directory", str(tmp_path)])


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A made-up study and its folder."""
    root = tmp_path_factory.mktemp("accounted")
    return Study(fake_study.build(root)["config"]), root


def page(study, rows: list[Sent]) -> str:
    """The cost section of a page of the study with these rows."""
    made, root = study
    (root / paths.ACCOUNTED).unlink(missing_ok=True)
    noted(root, rows)
    with pytest.MonkeyPatch.context() as here:
        here.setattr(view, "SECTIONS", (cost,))  # the others take ten times as long
        return html.render(view.page(read(made, root / "results", commit="c")), "").partition('id="cost"')[2]


def test_the_page_shows_what_was_asked_for_and_used_in_its_section_of_cost(study):
    own = big("9")._replace(rule=accounting.PAGE_RULE, whose=accounting.PAGE_RULE)
    said = page(study, [big("1"), row("7", benchmark="b"), own])
    for text in (
        "By SLURM’s accounting",
        "1 job",
        "4.0 core hours",
        "1.0 GPU hours",
        "of 8,000 MB",
        "asked for 8 GB and used 2.1",
    ):
        assert text in said.replace("'", "’").replace("&#39;", "’"), text
    assert "had not answered for 1" in said
    assert said.count("make_report") == 0
    assert "Energy" not in said
    assert "720 kJ" in page(study, [big("1", energy_j=720000.0)])
    assert "0.04 core hours and 0.01 GPU hours" in page(study, [big("1", elapsed_s=36.0)])


def test_a_page_without_slurm_says_nothing_of_it_and_one_without_accounting_that_it_does_not_know(study):
    assert "SLURM" not in page(study, [])
    assert "SLURM ran 2" in page(study, [row("1"), row("2", benchmark="b")])
