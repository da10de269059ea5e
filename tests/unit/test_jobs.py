"""What a job is told: its JSON, what of it is refused, and that the rules, their scripts and their jobs agree."""

import copy
import dataclasses
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import jobs_of
import pytest
import yaml

from ferstudy.errors import StudyError
from ferstudy.jobs.check_gate import CheckGate
from ferstudy.jobs.extract_faces import ExtractFaces
from ferstudy.jobs.job import LONGEST, Job, reads, setting
from ferstudy.jobs.numbered import longer, shorter
from ferstudy.jobs.sum_faces import SumFaces
from ferstudy.study import data_jobs, files, jobs
from ferstudy.study.config import complete
from ferstudy.study.every_job import every_file, every_job
from ferstudy.study.grid import Study

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
SCRIPTS = {"make_data_page": "make_report"}  # two pages of one script
RULES = sorted(
    name
    for path in (ROOT / "workflow/rules").glob("*.smk")
    for name in re.findall(r"^ *(?:rule|checkpoint) (\w+)", path.read_text(), re.MULTILINE)
)
CONFIGS = sorted(
    str(path.relative_to(ROOT))
    for path in (
        ROOT / "config/config.yaml",
        ROOT / "tests/tiny/config/config.yaml",
        ROOT / "tests/tables/config/config.yaml",
        *(ROOT / "config/studies").glob("*.yaml"),
    )
)
FACES = ExtractFaces(
    leaf="lab", recipe={"crop": {"size": 64}}, shortest=8, clips="shard.csv", store="out.h5", rejected="out.csv"
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Toy(Job):
    """A job with a field of each kind."""

    name: str = setting("what it is called")
    rate: float = setting("how fast", 1.0)
    count: int = setting("how many", 1)
    shared: bool = setting("whether it is", False)
    options: dict = setting("what else", {})  # noqa: RUF009  a field, whose default is copied for each job
    parts: list[str] = setting("which", [])  # noqa: RUF009
    stores: list = reads("what it reads", [])  # noqa: RUF009


# ---------------------------------------------------------------- the JSON


def test_a_field_at_its_default_is_left_out():
    assert json.loads(Toy(name="a").to_json()) == {"name": "a"}
    assert json.loads(Toy(name="a", count=2, shared=True, parts=["x"]).to_json()) == {
        "name": "a", "count": 2, "shared": True, "parts": ["x"],
    }  # fmt: skip
    assert "models" not in json.loads(FACES.to_json())


def test_a_field_without_a_default_is_told_whatever_its_value():
    assert json.loads(Toy(name="").to_json()) == {"name": ""}


def test_defaults_are_not_shared_by_jobs():
    Toy(name="a").options["key"] = 1
    assert Toy(name="b").options == {}


def test_the_order_of_keys_says_nothing_and_that_of_a_list_does():
    first = Toy(name="a", options={"x": 1, "y": {"p": [4, 0.5], "q": 2}})
    second = Toy(options={"y": {"q": 2, "p": [4, 0.5]}, "x": 1}, name="a")
    assert first.to_json() == second.to_json()
    assert first.to_json() != Toy(name="a", options={"x": 1, "y": {"p": [0.5, 4], "q": 2}}).to_json()
    assert Toy(name="a", shared=True).to_json() != Toy(name="a", count=1).to_json()


def test_numbers_come_back_as_they_are():
    """A rate of 1.0 is no 1 to Keras, and a range from 0.0 to 1.0 has more than two numbers."""
    job = Toy(name="a", options={"rate": 1.0, "huge": 1e38, "low": 0.0, "count": 4})
    assert [repr(value) for value in Toy.read(job.to_json()).options.values()] == ["4", "1e+38", "0.0", "1.0"]


def test_names_that_need_care_come_back_equal():
    job = dataclasses.replace(FACES, leaf='it\'s "λ" $HOME\n\\', models=["a b.dat", "@c"])
    assert ExtractFaces.read(job.to_json()) == job
    assert ExtractFaces.read(job.argument("jobs")) == job


def test_a_long_job_goes_through_a_file_named_by_its_digest(tmp_path):
    short = Toy(name="a", parts=["b" * 100])
    assert short.argument(str(tmp_path)) == short.to_json()
    job = Toy(name="a", parts=[f"results/{number}.csv" for number in range(5000)])
    argument = job.argument(str(tmp_path / "jobs"))
    assert re.fullmatch(rf"@{re.escape(str(tmp_path))}/jobs/[0-9a-f]{{16}}\.json", argument)
    assert job.argument(str(tmp_path / "jobs")) == argument
    assert Toy.read(argument) == job
    other = dataclasses.replace(job, count=2)
    assert other.argument(str(tmp_path / "jobs")) != argument
    assert len(list((tmp_path / "jobs").iterdir())) == 2


def test_the_stores_of_many_shards_are_told_by_their_numbers():
    job = Toy(name="a", stores=[f"results/{kind}/{number}.h5" for kind in "ab" for number in range(400)])
    assert json.loads(job.to_json())["stores"] == [
        {"before": "results/a/", "numbers": [0, 399], "after": ".h5"},
        {"before": "results/b/", "numbers": [0, 399], "after": ".h5"},
    ]
    assert Toy.read(job.to_json()) == job
    assert len(job.to_json()) < 200


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["a/0.h5"],
        ["a/0.h5", "a/1.h5"],
        ["a/0.h5", "a/1.h5", "a/3.h5", "a/4.h5", "a/5.h5", "b/6.h5"],
        ["a/8.copies.h5", "a/9.copies.h5", "a/10.copies.h5"],
        ["a/08.h5", "a/09.h5", "a/10.h5", "a/11.h5", "a/12.h5"],
        ["a/2.h5", "a/1.h5", "a/0.h5", "a/0.h5", "a/0.h5"],
        ["0.h5", "1.h5", "2.h5"],
        ["a\n/0.h5", "a\n/1.h5", "a\n/2.h5"],
        ["{0..3}/{0..3}.h5", "{0..3}/0.{1..2}", "{0..3}/1.{1..2}", "{0..3}/2.{1..2}"],
        ["a/1.2/0.h5", "a/1.2/1.h5", "a/1.2/2.h5", "a/\u0663.h5", "a/\u0664.h5", "a/\u0665.h5"],
        [["cnn", "0", 0, "a/0.h5"], ["cnn", "1", 0, "a/1.h5"], ["cnn", "2", 0, "a/2.h5"], "a/0.h5", "a/1.h5"],
    ],
    ids=range(12),
)
def test_every_list_of_paths_comes_back_as_it_was(paths):
    told = shorter(paths)
    assert list(longer(told)) == paths
    assert Toy.read(Toy(name="a", stores=paths).to_json()).stores == paths
    assert len(told) <= len(paths)


def test_settings_are_told_as_they_are():
    names = ["a/0.h5", "a/1.h5", "a/2.h5"]
    assert json.loads(Toy(name="a", parts=names).to_json())["parts"] == names


def test_the_length_is_that_of_the_bytes(tmp_path):
    """Linux counts bytes: a job of Chinese names is three times as long as its text."""
    job = Toy(name="情" * (LONGEST // 2))
    assert Toy.read(job.argument(str(tmp_path))) == job
    assert job.argument(str(tmp_path)).startswith("@")


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"name": "a", "cuont": 3}', "--job: 'cuont' is no field of Toy; it has code, content, count, name, "),
        ('{"count": 3}', "--job: name is missing: what it is called"),
        ('{"name": 3}', "--job: name of Toy: found 3, expected str: what it is called"),
        ('{"name": "a", "count": "3"}', "--job: count of Toy: found '3', expected int: how many"),
        ('{"name": "a", "count": 3.5}', "--job: count of Toy: found 3.5, expected int: how many"),
        ('{"name": "a", "count": true}', "--job: count of Toy: found True, expected int: how many"),
        ('{"name": "a", "rate": "1e-4"}', "--job: rate of Toy: found '1e-4', expected float: how fast"),
        ('{"name": "a", "rate": false}', "--job: rate of Toy: found False, expected float: how fast"),
        ('{"name": "a", "shared": 1}', "--job: shared of Toy: found 1, expected bool: whether it is"),
        ('{"name": "a", "options": []}', "--job: options of Toy: found [], expected dict: what else"),
        ('{"name": "a", "parts": "x.csv"}', "--job: parts of Toy: found 'x.csv', expected list: which"),
        ('{"name": null}', "--job: name of Toy: found None, expected str: what it is called"),
        ("{name: a}", "--job: expected JSON, found '{name: a}' (Expecting property name"),
        ('["a"]', "--job: expected a JSON object, found '[\"a\"]'"),
        ("", "--job: expected JSON, found '' (Expecting value"),
        ("@jobs/none.json", "--job @jobs/none.json: there is no such file; run snakemake, which writes it"),
    ],
)
def test_a_job_that_cannot_be_is_refused_with_the_field(text, sentence):
    with pytest.raises(StudyError) as refusal:
        Toy.read(text)
    assert str(refusal.value).startswith(sentence)


def test_whole_numbers_are_numbers():
    assert Toy.read('{"name": "a", "rate": 2}').rate == 2


def test_a_file_that_was_edited_is_refused(tmp_path):
    argument = Toy(name="a" * LONGEST).argument(str(tmp_path))
    path = Path(argument[1:])
    path.write_text(path.read_text().replace('"name"', '"count": 2, "name"'))
    with pytest.raises(StudyError, match="the file was edited, its content has another digest than its name; delete"):
        Toy.read(argument)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    argument = Toy(name="a" * LONGEST).argument(str(tmp_path))
    Path(argument[1:]).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="the file was edited"):
        Toy.read(argument)


def test_a_script_says_what_is_wrong_with_its_job(tmp_path):
    """The last line of the log, without a traceback."""
    told = json.loads(SumFaces(leaf="a", limit=0.1, clips=[], index="", faces=[], rejected=[], out="o").to_json())
    for changed, sentence in (
        ({**told, "limit": "0.1"}, "sum_faces.py: --job: limit of SumFaces: found '0.1', expected float: the share of"),
        ({**told, "limits": 0.1}, "sum_faces.py: --job: 'limits' is no field of SumFaces; it has clips, code,"),
        ({**told, "leaf": None}, "sum_faces.py: --job: leaf of SumFaces: found None, expected str"),
    ):
        command = [sys.executable, str(ROOT / "scripts/sum_faces.py"), "--job", json.dumps(changed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr.startswith(sentence)
        assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_script_without_a_job_says_what_it_needs(tmp_path):
    command = [sys.executable, str(ROOT / "scripts/sum_faces.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "the following arguments are required: --job" in done.stderr


def test_a_pasted_command_works(tmp_path):
    summary = tmp_path / "lab.json"
    summary.write_text(json.dumps({
        "leaf": "lab", "clips": 2, "covered": 2, "frames": 9, "limit": 0.1, "passed": True, "reasons": {},
        "rejected": [],
    }))  # fmt: skip
    job = CheckGate(faces=str(summary), out=str(tmp_path / "lab.passed"))
    done = subprocess.run(jobs_of.command(job), capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "lab.passed").read_text().startswith(done.stdout)


# ---------------------------------------------------------------- rules, scripts and jobs


def test_every_rule_has_a_job_and_its_script():
    assert len(RULES) == len(set(RULES)) > 20
    modules = {path.stem for path in (ROOT / "scripts/ferstudy/jobs").glob("*.py")}
    assert modules - set(RULES) == {"__init__", "job", "numbered", "shard", "trained", "evaluated", "who"}
    for rule in RULES:
        made = jobs.builder(rule).__annotations__["return"]
        script = SCRIPTS.get(rule, rule)
        assert made.__module__ == f"ferstudy.jobs.{script}"
        assert made.script() == f"{script}.py"
        assert (ROOT / "scripts" / made.script()).is_file()


def test_every_field_says_what_it_holds():
    for rule in RULES:
        made = jobs.builder(rule).__annotations__["return"]
        assert made.__doc__
        for field in dataclasses.fields(made):
            assert field.metadata["doc"], (rule, field.name)


@pytest.fixture(scope="module", params=CONFIGS, ids=lambda path: path.removesuffix(".yaml"))
def study(request) -> Study:
    return study_of(request.param)


def study_of(path: str) -> Study:
    """The study of a config in the repository; the default one also runs a file and compares detectors."""
    config = yaml.safe_load((ROOT / path).read_text())
    if path == "config/config.yaml":
        crops = config["recipes"]["crop64"]
        config["recipes"]["eyes"] = {**crops, "align": {"to": "eyes"}}
        of_file = {"path": "weights/net.onnx", "input": {"size": 64}}
        config["backbones"]["elsewhere"] = {"network": "file", "file": of_file}
        wanted = {"kind": "features", "recipe": "crop64", "backbone": "elsewhere", "copies": ["flip"]}
        config["architectures"]["elsewhere_svm"] = {"family": "linear", "input": wanted}
        config["report"]["face_comparison"] = {"dataset": "builtin", "recipes": ["crop64", "eyes"]}
    return Study(complete(config, SCHEMA, path))


def told(study: Study) -> list[tuple[str, Job]]:
    """Every job of a study, those of its pages too, each with its rule."""
    pages = [(rule, jobs.job(study, rule)) for rule in ("make_report", "make_data_page")]
    drawn = [("draw_boxes", data_jobs.draw_boxes(study, *place)) for place in files.shown(study)]
    return [*every_job(study), *drawn, *pages]


def test_every_job_of_a_study_is_read_as_it_was_told(study, tmp_path):
    for rule, job in told(study):
        assert type(job) is jobs.builder(rule).__annotations__["return"]
        assert type(job).read(job.argument(str(tmp_path))) == job
        assert all((ROOT / "scripts" / name).is_file() for name in job.modules())


def test_whole_numbers_written_as_real_ones_and_another_order_of_members_make_no_other_job():
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    written = copy.deepcopy(config)
    units = written["architectures"]["lstm"]["settings"]
    units["units"] = float(units["units"])
    filters = written["architectures"]["cnn1d"]["settings"]
    filters["filters"] = list(map(float, filters["filters"]))
    written["protocols"]["rotating"]["folds"] = 4.0
    written["architectures"]["lstm"]["training"]["epochs"] *= 1.0
    written["recipes"]["crop64"]["crop"]["size"] = 64.0
    written["recipes"]["crop64"]["crop"]["margin"] = 0.0
    written["backbones"]["compact"]["settings"]["dropout"] = 0.3
    for entry in written["fusions"].values():
        entry["members"].reverse()
    for section in ("architectures", "backbones", "protocols", "recipes", "fusions"):
        written[section] = dict(reversed(written[section].items()))
    assert repr(written) != repr(config)
    found = [
        sorted(job.to_json() for rule, job in told(Study(complete(each, SCHEMA, "config.yaml"))))
        for each in (config, written)
    ]
    assert found[0] == found[1]


def test_every_file_of_a_study_is_written_by_one_job_and_every_input_by_another(study):
    made = [job for _, job in told(study)]
    written = Counter(path for job in made for path in job.listed("writes"))
    assert [path for path, times in written.items() if times > 1] == []
    assert set(every_file(study)) | set(files.index(study)) <= written.keys()
    for job in made:
        needed = job.listed("reads", "stores", "table", "gate")
        assert set(needed) <= written.keys(), job
        assert not set(needed) & set(job.listed("writes"))


def test_the_presets_together_have_jobs_of_all_rules():
    """So that none of the tests above looks at nothing."""
    assert {rule for path in CONFIGS for rule, _ in told(study_of(path))} == set(RULES)


def test_jobs_import_nothing_but_the_standard_library():
    """They are read whenever the workflow is parsed, also in each job of a cluster."""
    code = (
        "import sys; before = set(sys.modules)\nfrom importlib import import_module\nfrom pathlib import Path\n"
        "for path in Path('ferstudy/jobs').glob('*.py'): import_module(f'ferstudy.jobs.{path.stem}')\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "assert 'ferstudy' in new\nprint(sorted(new - {'ferstudy'} - sys.stdlib_module_names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "scripts", capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("said", "people"), [("all", [[], []]), (["s1"], [["s1"], ["s1"]]), ([], []), ("none", [])])
def test_boxes_are_drawn_of_those_who_may_be_shown(said, people):
    config = yaml.safe_load((ROOT / "tests/tiny/config/config.yaml").read_text(encoding="utf-8"))
    for name in ("drawn", "filmed"):
        config["datasets"][name]["faces_in_report"] = said
    study = Study(complete(config, SCHEMA, "config.yaml"))
    assert [data_jobs.draw_boxes(study, *place).people for place in files.shown(study)] == people
    config["report"]["public"] = True
    assert files.shown(Study(complete(config, SCHEMA, "config.yaml"))) == []
