"""The page of an answer: what it shows without a browser, and what it refuses."""

import re

import numpy as np
import pytest

import view_video
from ferstudy.errors import StudyError
from ferstudy.predict import answer_files, view_page
from ferstudy.tables.write import write_rows

HEAD = [*answer_files.COLUMNS, "p:joy", "p:<b>"]


def test_curves_stand_without_scripts_and_break_where_there_is_no_answer(tmp_path):
    rows = [[1, i, i / 50, 1, 1, 9, 9, 1, *([None] * 2 if i == 2 else [0.25, 0.75])] for i in range(5)]
    rows += [[2, i, i / 50, 1, 1, 9, 9, 1, 0.5, 0.5] for i in (3, 4)]
    write_rows(tmp_path / answer_files.FRAMES, HEAD, rows)
    table = view_page.read(tmp_path / answer_files.FRAMES)
    assert table.times.tolist() == [0, 0.02, 0.04, 0.06, 0.08]
    assert np.isnan(table.people["2"][:3]).all()
    view_page.write(tmp_path / "a.html", "a <film>", table, b"webm")
    page = (tmp_path / "a.html").read_text("utf-8")
    points = re.findall(r'points="([^"]*)"', page)
    assert points[:2] == ["0,0.7500 1,0.7500 1,0.7500 2,0.7500", "3,0.7500 4,0.7500 4,0.7500 5,0.7500"]
    assert len(points) == 6
    assert "<h2>Person 2</h2>" in page
    assert "&lt;b&gt;" in page
    assert "a &lt;film&gt;" in page
    assert "data:video/webm;base64,d2VibQ==" in page
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    assert "<!-- " not in page


def test_what_is_no_answer_is_refused_in_words(tmp_path):
    with pytest.raises(StudyError, match="expected a folder that predict_video has written"):
        view_video.main([str(tmp_path)])
    write_rows(tmp_path / answer_files.FRAMES, ["frame", "p:joy"], [[0, 1.0]])
    with pytest.raises(StudyError, match="predict again with this release"):
        view_video.main([str(tmp_path)])
    write_rows(tmp_path / answer_files.FRAMES, HEAD, [[1, 0, 0.0, 1, 1, 9, 9, 1, 0.5, 0.5]])
    with pytest.raises(StudyError, match="predict again without --no-film"):
        view_video.main([str(tmp_path)])
