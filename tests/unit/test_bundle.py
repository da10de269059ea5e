"""The bundle of a study: what is in it and what is not, its RO-Crate metadata, its digests."""

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
import yaml
from fake_study import build, draw_nothing, few
from sklearn.metrics import recall_score
from test_report import read

import bundle_study
import make_report
from ferstudy import paths
from ferstudy.bundle import archive, collected, crate, without_names
from ferstudy.bundle.collected import Permitted
from ferstudy.errors import StudyError
from ferstudy.report.names import Names
from ferstudy.study.grid import Study
from ferstudy.tables import clips, scores

CLASSES = ("anger", "fear", "joy")
DAY = ["--published", "2026-01-31"]


@pytest.fixture(scope="module", autouse=True)
def texts():
    """Figures are texts of what they hold: they are drawn in test_report.py, and here they are files to be bundled."""
    with pytest.MonkeyPatch.context() as here:
        draw_nothing(here)
        yield


@pytest.fixture(scope="module")
def study(tmp_path_factory, texts):
    """The made-up study with its config and its page; people are called by names that can be found."""
    root = tmp_path_factory.mktemp("bundled")
    config = few(build(root, CLASSES, called="Jane{}")["config"])
    (root / "videos").mkdir()
    (root / "config").mkdir()
    (root / "config/config.yaml").write_text("# of Jane, in /home/jane\n" + yaml.safe_dump(config))
    make_report.make(
        Study(config), root / "results", root / paths.PAGE, texts=[root / path for path in paths.REPORT_TEXTS],
        **{name: root / path for name, path in paths.REPORT_FOLDERS.items()},
    )  # fmt: skip
    return root


def bundled(root, *options: str) -> dict[str, bytes]:
    """The files of the bundle that the script writes."""
    with pytest.MonkeyPatch.context() as here:
        here.chdir(root)
        here.setattr(paths, "PROJECT", Path(bundle_study.__file__).parents[1])  # its lock file is in the bundle
        bundle_study.main(["--directory", str(root), *options])
    with zipfile.ZipFile(root / paths.BUNDLE) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


@pytest.fixture(scope="module")
def files(study):
    """Of the bundle that anybody may have."""
    return bundled(study, *DAY)


def test_it_names_nobody_and_shows_no_face(study, files):
    everyone = [clip for name in ("acted", "field") for clip in clips.read(study / paths.clips(name))]
    private = {name for clip in everyone for name in (clip.clip, clip.subject, clip.path)} | {
        "Jane",
        "jane",
        str(study),
    }
    assert not [(path, name) for path, content in files.items() for name in private if name.encode() in content]
    assert not [path for path, content in files.items() if b"data:image" in content]
    kinds = {path.rpartition(".")[2] for path in files}
    assert not kinds & {"h5", "mp4", "avi", "png", "jpg", "zip", "keras"}
    assert not any(
        title in files["results/clips/acted.csv"].decode().splitlines()[0] for title in ("sex", "path", "age")
    )


def test_what_the_numbers_come_from_is_in_it(study, files):
    for path in (
        "report/study.html", "report/methods.md", "report/methods.bib", "report/checklist.csv", "config/config.yaml",
        "results/folds/acted/kfold3.csv", "results/scores/field/turns/cnn_tcn.csv", "results/compare/acted/kfold3.json",
        "results/audit/acted/kfold3.json", "results/models/acted/kfold3/lstm/0/run0/run.json", "README.md",
        "ferstudy/requirements.lock", "ferstudy/CITATION.cff",
    ):  # fmt: skip
        assert path in files
    assert [path for path in files if path.startswith("report/tables/") and path.endswith(".tex")]
    assert [path for path in files if path.startswith("report/figures/") and path.endswith(".svg")]


def test_scores_can_be_computed_from_the_predictions_in_it(study, files):
    rows = list(csv.DictReader(io.StringIO(files["results/predictions/acted/kfold3/cnn_tcn/final/run0.csv"].decode())))
    tested = [row for row in rows if row["role"] == "test"]
    truth, answers = ([row[name] for row in tested] for name in ("truth", "predicted"))
    own = recall_score(truth, answers, labels=CLASSES, average="macro")
    table = scores.read(study / paths.scores("acted", "kfold3", "cnn_tcn"))
    said = next(one.value for one in table if (one.rows, one.fold, one.metric, one.run) == ("test", "", "uar", "mean"))
    assert own == pytest.approx(said)


def test_a_person_and_a_clip_have_the_same_number_in_every_table(files):
    def numbers(path: str) -> dict[str, str]:
        return {row["clip"]: row["subject"] for row in csv.DictReader(io.StringIO(files[path].decode()))}

    known = numbers("results/clips/acted.csv")
    assert all(re.fullmatch(r"clip \d+", clip) and re.fullmatch(r"person \d+", who) for clip, who in known.items())
    predicted = numbers("results/predictions/acted/kfold3/cnn_tcn/final/run0.csv")
    assert predicted.items() <= known.items()
    dealt = {row["clip"] for row in csv.DictReader(io.StringIO(files["results/folds/acted/kfold3.csv"].decode()))}
    assert dealt == known.keys()


def test_the_metadata_are_those_of_an_ro_crate(files):
    """By https://w3id.org/ro/crate/1.1: the descriptor, the root, data entities and what they refer to."""
    crate_of = json.loads(files[crate.NAME])
    assert crate_of["@context"] == "https://w3id.org/ro/crate/1.1/context"
    graph = crate_of["@graph"]
    ids = [entity["@id"] for entity in graph]
    assert len(ids) == len(set(ids))
    assert all(entity["@type"] for entity in graph)
    known = dict(zip(ids, graph, strict=True))
    descriptor = known["ro-crate-metadata.json"]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = known[descriptor["about"]["@id"]]
    assert (root["@id"], root["@type"]) == ("./", "Dataset")
    assert root["name"]
    assert root["description"]
    assert date.fromisoformat(root["datePublished"]) == date(2026, 1, 31)
    parts = [unquote(part["@id"]) for part in root["hasPart"]]
    assert len(parts) == len(set(parts))
    assert set(parts) == files.keys() - {crate.NAME}
    assert {unquote(entity["@id"]) for entity in graph if entity["@type"] == "File"} == set(parts)
    for part in parts:
        size = known[part.replace(" ", "%20")].get("contentSize")
        assert size == str(len(files[part])) or part == "SHA256SUMS"
    referred = re.findall(r'\{"@id": "([^"]+)"\}', json.dumps(graph))
    assert not [one for one in referred if one not in known and one != "https://w3id.org/ro/crate/1.1"]
    assert "author" not in root
    assert "license" not in root


def test_software_and_licences_are_told_where_they_are_known(study, files):
    known = {entity["@id"]: entity for entity in json.loads(files[crate.NAME])["@graph"]}
    record = json.loads(files["results/models/acted/kfold3/lstm/0/run0/run.json"])
    for name, version in record["versions"].items():
        assert known[f"#{name}-{version}"]["softwareVersion"] == version
    assert known["#data-acted"]["license"] == "CC0"
    assert "license" not in known["#data-field"]
    licence = "https://creativecommons.org/licenses/by/4.0/"
    under = crate.metadata(read(study), {}, crate.NotInFiles("2026-01-31", licence, ""))
    known = {entity["@id"]: entity for entity in json.loads(under)["@graph"]}
    assert known["./"]["license"] == {"@id": licence}
    assert known[licence]["@type"] == "CreativeWork"


def test_the_digests_are_those_of_the_files(files):
    listed = dict(line.split("  ", 1)[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    assert listed == {
        path: hashlib.sha256(content).hexdigest() for path, content in files.items() if path != "SHA256SUMS"
    }


@pytest.mark.slow
def test_the_same_study_gives_the_same_bytes(study, files):
    assert bundled(study, *DAY) == files


def test_the_zip_says_nothing_of_when_and_where_it_was_written(tmp_path):
    archive.write({"b": b"2", "a/c": b"1"}, tmp_path / "one.zip")
    archive.write({"a/c": b"1", "b": b"2"}, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as file:
        assert {(entry.date_time, entry.create_system) for entry in file.infolist()} == {((1980, 1, 1, 0, 0, 0), 3)}


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "a\\..\\x", "a//x", "./x"])
def test_no_file_of_a_bundle_is_unpacked_outside_of_its_folder(tmp_path, name):
    with pytest.raises(StudyError, match="would be unpacked outside of the bundle's folder"):
        archive.write({"a": b"1", name: b"2"}, tmp_path / "one.zip")
    assert list(tmp_path.iterdir()) == []


def test_names_are_kept_where_it_is_asked_for_but_not_paths(study):
    files = bundled(study, *DAY, "--with-names")
    titles, first = files["results/clips/acted.csv"].decode().splitlines()[:2]
    assert "Jane" in first
    assert {"sex", "age"} <= set(titles.split(","))
    assert not {"path", "digest"} & set(titles.split(","))
    # One dataset shows all faces and the other none: the page is one without.
    assert b"data:image" not in files["report/study.html"]
    assert b"The page shows no face." in files["README.md"].replace(b"\n", b" ")


@pytest.mark.parametrize(
    ("datasets", "asked", "may"),
    [
        ([(True, "all")], False, Permitted(names=True, faces=True)),
        ([(False, "all")], False, Permitted(names=False, faces=False)),
        ([(False, "all")], True, Permitted(names=True, faces=True)),
        ([(False, "none")], True, Permitted(names=True, faces=True)),  # the page shows none
        ([(False, ["F001"])], True, Permitted(names=True, faces=False)),
        ([(True, "all"), (False, "none")], False, Permitted(names=False, faces=False)),
        ([(True, "all"), (False, "none")], True, Permitted(names=True, faces=False)),
    ],
)
def test_what_may_be_shown_follows_from_the_datasets(datasets, asked, may):
    told = [SimpleNamespace(rendered=rendered, faces_in_report=shown) for rendered, shown in datasets]
    assert collected.permitted(SimpleNamespace(datasets=told), asked) == may


def test_names_that_are_numbers_and_paths_are_hidden():
    names = Names(["12", "Ada"], [], ["12_happy", "a b"], ["videos/12_happy.mp4"], ["happy"])
    table = without_names.table("clip,subject,fold,value\n12_happy,12,12,0.5\na b,Ada,1,Ada in /srv/x/y.csv\n", names)
    assert table.splitlines()[1:] == ["clip 1,person 1,12,0.5", "clip 2,person 2,1,person 2 in not shown"]
    told = {"weights": "/srv/weights.h5", "settings": {"weights": "mine.h5", "units": 8}, "model": "lstm", "Ada": [1]}
    assert json.loads(without_names.record(json.dumps(told), names)) == {
        "weights": "not shown", "settings": {"weights": "not shown", "units": 8}, "model": "lstm", "person 2": [1],
    }  # fmt: skip


def test_without_a_page_a_day_or_with_another_config_it_is_refused(study, tmp_path):
    with pytest.raises(StudyError, match="the study has no ledger that tells it"):
        bundled(study)
    with pytest.raises(StudyError, match="found 'today'"):
        bundled(study, "--published", "today")
    written = (study / "config/config.yaml").read_text()
    try:
        (study / "config/config.yaml").write_text(written.replace("licence: CC0", "licence: CC BY"))
        with pytest.raises(StudyError, match="was made of another config"):
            bundled(study, *DAY)
    finally:
        (study / "config/config.yaml").write_text(written)
    (tmp_path / "config").mkdir()
    (tmp_path / "videos").mkdir()
    (tmp_path / "config/config.yaml").write_text(written)
    with pytest.raises(StudyError, match="run the study to its end"):
        bundled(tmp_path, *DAY)
