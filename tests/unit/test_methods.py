"""The methods in words: what the files say, and TO STATE where none does."""

import re

import pytest
from fake_study import build

from ferstudy.report import methods, view
from ferstudy.report.blocks import Code, walk
from ferstudy.report.read import read
from ferstudy.study.grid import Study


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("methods")
    return read(Study(build(root)["config"]), root / "results", commit="abc123")


def test_every_figure_of_the_paragraphs_is_one_of_the_study(results):
    data, faces, protocols, models, evaluation, software = methods.paragraphs(results)
    assert "Dataset `acted` has 288 clips of 24 people in 6 classes (anger, " in data
    assert "Licence: CC0. Source: TO STATE." in data
    assert "cropped to 64 x 64 pixels" in faces
    assert "2 clips without a usable face stayed in their folds" in faces
    assert "Protocol `acted`, `kfold3`: kind kfold, folds 3, " in protocols
    assert "`lstm` (cascade) reads features of crop64" in models
    assert "The fusion `late_average` is average of cnn_tcn and lstm." in models
    assert "over 8 subjects" in evaluation
    assert "sign-flip permutation" in evaluation
    assert "keras 3.15.0" in software
    assert "commit `abc123`" in software


def test_sentences_are_whole(results):
    for text in methods.paragraphs(results):
        assert not re.search(r"  | \.|\.\.|None|nan", text), text
        assert text.endswith((".", "GPU.")), text


def test_each_source_that_is_cited_stands_in_the_bibliography_once(results):
    keys = re.findall(r"@\w+\{(\S+),", methods.bibtex(results))
    assert len(keys) == len(set(keys))
    cited = set(re.findall(r"\[(\w+)\]", " ".join(methods.paragraphs(results))))
    assert cited <= set(keys)
    assert methods.bibtex(results).count("{") == methods.bibtex(results).count("}")


def test_they_stand_on_the_page_and_as_files(results, tmp_path):
    methods.write(results, tmp_path)
    shown = [block.text for block in walk(view.page(results)) if isinstance(block, Code)]
    assert (tmp_path / "methods.bib").read_text(encoding="utf-8") in shown
    assert "`" not in (tmp_path / "methods.md").read_text(encoding="utf-8")
