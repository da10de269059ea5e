"""The doctor speaks before anything is planned: what each dataset is, and what was looked for where nothing is."""

import pytest

from ferstudy import paths
from ferstudy.errors import StudyError
from ferstudy.study.modules import adapters, layout
from ferstudy.tables import clips, rejected
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Note, Rejected
from ferstudy.tables.write import write_rows
from plan_study import doctor


class OneDataset:
    """What the doctor asks of a study."""

    all_leaves = ("own",)
    datasets = {"own": {"adapter": "manifest", "root": "films"}}  # noqa: RUF012


def tables(folder, found: list[Clip], refused: list[Rejected], noted: list[Note] = ()) -> None:
    write_rows(folder / paths.notes("own"), Note._fields, noted)
    write_rows(folder / paths.clips("own"), clips.COLUMNS, found)
    write_rows(folder / paths.rejected_clips("own"), rejected.COLUMNS, refused)


def test_every_dataset_is_summed_with_the_three_most_frequent_reasons(tmp_path, capsys):
    found = [Clip(f"c{i}", f"c{i}.mp4", f"s{i % 2}", ("anger", "joy")[i % 3 == 0]) for i in range(6)]
    reasons = ["no label"] * 4 + ["empty file"] * 3 + ["file missing"] * 2 + ["not a video"]
    tables(tmp_path, found, [Rejected(f"r{i}.mp4", "", "index", reason) for i, reason in enumerate(reasons)],
           [Note("c1.mp4", "", "upside down"), Note("c2.mp4", "", "upside down")])  # fmt: skip
    doctor(OneDataset, tmp_path)
    said = capsys.readouterr().out
    for line in ("own\n", "clips      6", "subjects   2", "anger       4", "joy         2", "rejected   10",
                 "4  no label", "3  empty file", "2  file missing", "and 1 more reason\n",
                 "note       2 x upside down (c1.mp4, c2.mp4)"):  # fmt: skip
        assert line in said
    assert "not a video" not in said
    assert f"Every row: {tmp_path / paths.rejected_clips('own')}" in said


def test_without_a_usable_clip_it_says_where_it_looked_for_what(tmp_path, capsys):
    tables(tmp_path, [], [Rejected("films/manifest.csv", "", "index", "no manifest.csv", "expected the columns path")])
    with pytest.raises(StudyError) as refusal:
        doctor(OneDataset, tmp_path)
    said = str(refusal.value)
    assert said.startswith(f"own: no usable clip in {tmp_path}/films. The adapter manifest looks there for:\n\n")
    assert "a folder with a table `manifest.csv`" in said
    assert "`path` (relative to the folder, or absolute), `subject` and `label`" in said
    assert said.endswith("Nothing can be planned before there are clips")
    assert "1  no manifest.csv\n" in capsys.readouterr().out


def test_every_adapter_says_what_it_looks_for():
    assert "    Actor_12/02-01-06-01-02-01-12.mp4" in layout("ravdess")
    assert all(len(layout(name).splitlines()) > 2 for name in adapters())
