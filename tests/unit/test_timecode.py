"""Time codes of film editing name the frames that an editor sees under them."""

import pytest
from films import film
from test_times import clocks, indexed, shown

from ferstudy.datasets.timecode import Timecode, first_of

NTSC = 30000 / 1001
STEADY = [40 * i for i in range(50)]


@pytest.mark.parametrize(
    ("text", "rate", "frame"),
    [("00:00:01:05", 25, 30), ("01:00:00:00", 24, 86_400), ("00:01:00:02", NTSC, 1802),
     # From the standard: a minute begins with number 2, a tenth one with 0; an hour has 107,892 frames.
     ("00:00:59;29", NTSC, 1799), ("00:01:00;02", NTSC, 1800), ("00:10:00;00", NTSC, 17_982),
     ("01:00:00;00", NTSC, 107_892), ("01;00;00;00", 2 * NTSC, 215_784)],
)  # fmt: skip
def test_a_code_is_a_frame(text, rate, frame):
    assert Timecode.parse(text).number(rate) == frame


@pytest.mark.parametrize("text", ["00:01:23.4", "1:02:03", "12:13", "00:00:01:5", "frame 3", ""])
def test_what_is_no_code(text):
    assert Timecode.parse(text) is None


@pytest.mark.parametrize(("text", "rate"), [("00:00:00:25", 25), ("00:00:10;00", 25)])
def test_a_rate_may_have_no_such_code(text, rate):
    assert Timecode.parse(text).number(rate) is None


@pytest.mark.parametrize(
    ("began", "start", "end"),
    [("", "00:00:00:10", "00:00:01:00"), ("10:00:00:00", "10:00:00:10", "10:00:01:00"),
     ("10:00:00:00", "00:00:00:10", "00:00:01:00")],
)  # fmt: skip
def test_codes_count_from_the_first_one_of_the_film_or_from_zero(tmp_path, began, start, end):
    film(tmp_path / "a.mov", clocks(STEADY), timecode=began)
    assert str(first_of(tmp_path / "a.mov") or "") == began
    (clip,), _, _ = indexed(tmp_path, f"a.mov,p,x,{start},{end}", header="path,subject,label,start,end")
    assert shown(clip) == [400 + 40 * i for i in range(15)]


def test_a_code_that_the_film_does_not_reach_is_rejected(tmp_path):
    film(tmp_path / "a.mov", clocks(STEADY))
    _, (row,), _ = indexed(tmp_path, "a.mov,p,x,10:00:00:10,10:00:01:00", header="path,subject,label,start,end")
    assert row.reason == "clip ends after the video"


def test_a_code_that_the_film_cannot_have_is_told(tmp_path):
    film(tmp_path / "a.mov", clocks(STEADY))
    _, (row,), _ = indexed(tmp_path, "a.mov,p,x,00:00:00:10,00:00:00:29", header="path,subject,label,start,end")
    assert row.reason == "no such time code"
    assert row.detail.endswith("00:00:00:29 at 25.00 frames a second")
