"""Tables that jobs have written, read whole or refused."""

import re

import pytest

from ferstudy.errors import StudyError
from ferstudy.tables.rows import read_rows


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("clip,q\na,0.25\n", "the header is 'clip,q', expected 'clip,p'"),
        ("clip,p\na,0.25\nb\n", "line 3: 1 cells, expected 2"),
        ("clip,p\na,0.25\nb,0.7", "its last line has no end, so it was cut off; delete it and run again"),  # of 0.75
        ("clip,p", "its last line has no end"),
    ],
)
def test_a_table_that_is_not_as_it_was_written_is_refused(tmp_path, content, said):
    (tmp_path / "table.csv").write_text(content)
    with pytest.raises(StudyError, match=re.escape(said)):
        read_rows(tmp_path / "table.csv", ("clip", "p"))


def test_a_table_of_a_user_may_end_without_an_end_of_line(tmp_path):
    (tmp_path / "table.csv").write_text("clip,p\r\na,0.25")
    assert read_rows(tmp_path / "table.csv", ("clip", "p"), by_hand=True) == [{"clip": "a", "p": "0.25"}]
