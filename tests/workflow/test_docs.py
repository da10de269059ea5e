"""The docs: links lead somewhere, examples work, what follows from the code is up to date."""

import re
import shutil
import sys
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from test_config import SCHEMA, study_of

import describe_reference
import film_example
import inspect_dataset
from ferstudy import datasets
from ferstudy.study import exports
from ferstudy.synthetic import layouts
from ferstudy.synthetic.dataset import plan, render

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BESIDE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "config/README.md", "profiles/slurm/README.md")
PAGES = [*sorted(DOCS.rglob("*.md")), *(ROOT / name for name in BESIDE)]
DECISIONS = sorted((DOCS / "explanation/decisions").glob("*.md"))
TUTORIAL = (DOCS / "tutorial.md").read_text()


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings have, on GitHub and on the site."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        path, _, anchor = target.partition("#")
        if not path.startswith("http"):
            found = (page.parent / path).resolve() if path else page
            assert found.exists(), target
            assert not anchor or anchor in anchors(found), target


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_lines_have_at_most_100_columns(page):
    for line in page.read_text().splitlines():
        assert len(line) <= 100 or line.startswith("|"), line


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_the_reference_is_that_of_the_code(tmp_path):
    for name in ("config", "results", "families"):
        shutil.copy(DOCS / f"reference/{name}.md", tmp_path)
    describe_reference.main(["--folder", str(tmp_path)])
    for page in tmp_path.iterdir():
        assert page.read_text() == (DOCS / "reference" / page.name).read_text(), "run `make reference`"


def test_the_example_config_is_a_study_that_uses_every_section(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("videos").mkdir()
    Path("openface").mkdir()
    config = yaml.safe_load((DOCS / "reference/example.yaml").read_text())
    assert set(config) == set(yaml.safe_load(SCHEMA.read_text())["properties"])
    Path("others").mkdir()
    for name in ("wav2vec", "wav2vec.both"):
        Path(f"others/{name}.csv").touch()
    Path("ratings").mkdir()
    for name in ("rater_a", "rater_b", "key"):
        Path(f"ratings/{name}.csv").touch()
    assert study_of(config).cells


def test_examples_of_config_entries_are_known_to_the_schema():
    schema = yaml.safe_load(SCHEMA.read_text())
    part = Draft202012Validator({key: value for key, value in schema.items() if key != "required"})
    checked = 0
    for page in PAGES:
        for text in blocks(page.read_text(), "yaml"):
            entry = yaml.safe_load(text)
            if not set(entry) <= set(schema["properties"]):  # a line of a section, as in the tutorial
                continue
            errors = [
                f"{page.name}: {'/'.join(map(str, error.path))}: {error.message}" for error in part.iter_errors(entry)
            ]
            assert errors == []
            checked += 1
    assert checked > 15


def test_the_dataset_of_the_docs_is_rendered_and_read(tmp_path, monkeypatch):
    adapter, layout = blocks((DOCS / "how-to/dataset.md").read_text(), "python")
    for package, text in ((datasets, adapter), (layouts, layout)):
        folder = tmp_path / package.__name__
        folder.mkdir()
        (folder / "salon.py").write_text(text)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    scan = import_module("ferstudy.datasets.salon").scan
    salon = import_module("ferstudy.synthetic.layouts.salon")
    monkeypatch.setattr("ferstudy.synthetic.dataset.layout_of", lambda name: salon)
    try:
        film = {"layout": "salon", "people": 2, "clips_per_class": 1, "frames": 12, "size": [96, 128]}
        render(plan(film, ["anger", "happiness"]), tmp_path / "videos", tmp_path / "truth.h5", 1)
        found = sorted(scan(tmp_path / "videos"))
    finally:
        for name in ("ferstudy.datasets.salon", "ferstudy.synthetic.layouts.salon"):
            sys.modules.pop(name)
    assert [(clip.clip, clip.subject, clip.label) for clip in found] == [
        ("P00_angry_1", "P00", "angry"),
        ("P00_happy_1", "P00", "happy"),
        ("P01_angry_1", "P01", "angry"),
        ("P01_happy_1", "P01", "happy"),
    ]
    assert all(clip.sex in ("f", "m") for clip in found)


@pytest.mark.slow
def test_the_videos_of_the_tutorial_are_those_that_it_shows(tmp_path, capsys):
    film_example.main(["--out", str(tmp_path / "videos")])
    manifest, doctor = blocks(TUTORIAL, "text")[:2]
    assert (tmp_path / "videos/manifest.csv").read_text().startswith(manifest.removesuffix("...\n"))
    inspect_dataset.main(
        ["--adapter", "manifest", "--root", str(tmp_path / "videos"), "--out", str(tmp_path / "doctor.csv")]
    )

    def lines(text: str) -> list[str]:  # the size of a video is the encoder's matter
        return [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("size")]

    assert lines(capsys.readouterr().out) == lines(doctor)


def test_the_edits_of_the_tutorial_fit_its_preset(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("videos").mkdir()
    text = (ROOT / "config/studies/own_videos.yaml").read_text()
    line, added = blocks(TUTORIAL, "yaml")
    text, edits = re.subn(r"^    classes: .*\n", line, text, count=1, flags=re.MULTILINE)
    assert edits == 1
    assert text.count("cell: lstm, units: 64") == 1  # what step 8 changes
    study = study_of(yaml.safe_load(text))
    assert len(study.architectures) * study.protocols["rotating"]["folds"] == 25
    assert len(study.cells) == 6
    known = study.cells
    study = study_of(yaml.safe_load(text + added))
    assert study.cells == known
    assert len(exports.exported(study)) == 5


@pytest.mark.parametrize("page", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_date_and_three_paragraphs(page):
    title, date, *paragraphs = page.read_text().strip().split("\n\n")
    assert title.startswith(f"# {int(page.name[:3])}. ")
    assert re.fullmatch(r"Date: \d{4}-\d\d-\d\d", date)
    assert [text.partition(".**")[0] for text in paragraphs[:3]] == ["**Context", "**Choice", "**Consequence"]
    title, index = title.partition(". ")[2], (DOCS / "decisions.md").read_text()
    assert f"[{title}](explanation/decisions/{page.name}) | {date.removeprefix('Date: ')} |" in index


def test_one_version_everywhere():
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["version"] == version
    assert f"\n## {version} - {cited['date-released']}\n" in (ROOT / "CHANGELOG.md").read_text()


def test_the_picture_of_the_rules_shows_rules_that_there_are():
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    shown = re.findall(r"<text [^>]*>(\w+)</text>", (DOCS / "pictures/rules.svg").read_text())
    assert len(shown) > 10
    assert set(shown) - {"all"} <= set(re.findall(r"^(?:rule|checkpoint) (\w+):", rules, re.MULTILINE)), "make pictures"
