"""Times are times: seconds become the frames that a player shows then, whatever the rate and wherever it begins."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from films import film
from nasty import folder, joined

from ferstudy.datasets.index import index
from ferstudy.datasets.summary import summary
from ferstudy.errors import StudyError
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Note, Rejected
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.times import times_of

STEADY = [40 * i for i in range(50)]
VARIABLE = [round(1000 * i / 30) for i in range(30)] + [1000 + 100 * i for i in range(30)]
SLOW_START = [0, 900, 1000] + [1000 + 33 * i for i in range(1, 40)]


def clocks(times: list[int]) -> list[np.ndarray]:
    """A frame for each time in ms, with it drawn: 12 fields, dark or light, are the digits of a binary number."""
    frames = []
    for time in times:
        bits = [(time >> bit) & 1 for bit in range(12)]
        fields = np.array(bits, np.uint8).reshape(3, 4) * 200 + 20
        frames.append(cv2.merge([cv2.resize(fields, (128, 96), interpolation=cv2.INTER_NEAREST)] * 3))
    return frames


def drawn(frame: np.ndarray) -> int:
    """The time in ms that is drawn in a frame of `clocks`."""
    light = frame[16::32, 16::32, 0] > 120
    return sum(int(bit) << number for number, bit in enumerate(light.ravel()))


def indexed(
    root: Path, *rows: str, header: str = "path,subject,label,start_s,end_s", adapter: str = "manifest", **more
):
    """(clips, rejected, notes) of a table of `rows`."""
    name = "manifest.csv" if adapter == "manifest" else "annotations.csv"
    (root / name).write_text("\n".join([header, *rows]) + "\n")
    notes: list[Note] = []
    return *index(adapter, root, None, {}, more, notes=notes), notes


def shown(clip: Clip) -> list[int]:
    """The times drawn in the frames of a clip."""
    return [drawn(frame) for frame in Film(clip.path, clip.start, clip.end)]


@pytest.mark.parametrize(  # at every check the one that has all that may go wrong
    ("begin", "later"),
    [(500, 2), *(pytest.param(*each, marks=pytest.mark.slow) for each in ((0, 0), (0, 2), (500, 0)))],
)
@pytest.mark.parametrize("times", [STEADY, VARIABLE, SLOW_START], ids=["steady", "variable", "slow"])
@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "mpeg4"), ("a.mkv", "libx264"), ("a.mov", "libx264")])
def test_a_clip_shows_the_frames_of_its_time(tmp_path, name, codec, times, begin, later):
    """The time is drawn in each frame, the picture begins late, and frames may be stored out of order."""
    stamps = [begin + time for time in times]
    film(tmp_path / name, clocks(stamps), stamps, codec, (0, 3000), later)
    spans = [(0.7, 1.4), (1.0, 1.3), (0.0, 1.5), (1.033, 2.0)]
    found, refused, notes = indexed(tmp_path, *(f"{name},p,x,{start},{end}" for start, end in spans))
    expected = [[t for t in stamps if 1000 * start - 1 <= t < 1000 * end - 1] for start, end in spans]
    assert sorted(shown(clip) for clip in found) == sorted(filter(None, expected))
    assert [row.reason for row in refused] == ["no frame at these times"] * expected.count([])
    assert notes == []


@pytest.mark.parametrize(
    ("name", "codec"), [("a.ts", "libx264"), ("a.flv", "libx264"), ("a.avi", "mpeg4"), ("a.wmv", "wmv2")]
)
@pytest.mark.parametrize("later", [0, 2])
def test_a_running_clock_begins_with_sound_or_picture(tmp_path, name, codec, later):
    film(tmp_path / name, clocks(STEADY), STEADY, codec, (0, 2000), 0 if codec == "wmv2" else later)
    (clip,), _, _ = indexed(tmp_path, f"{name},p,x,0.4,0.8")
    assert shown(clip) == [400 + 40 * i for i in range(10)]


@pytest.mark.parametrize("adapter", ["manifest", "segments"])
@pytest.mark.parametrize(
    ("header", "start", "end"),
    [("start_s,end_s", "0.4", "0.8"), ("start_time,end_time", "0,4", "0:00.8"), ("start_ms,end_ms", "400", "800"),
     ("start,end", "10", "20"), ("start,end", "0:00:00.400", "00:00.8"), ("start_frame,end_frame", "10", "20")],
)  # fmt: skip
def test_every_unit_means_the_same_frames(tmp_path, adapter, header, start, end):
    film(tmp_path / "a.mp4", clocks(STEADY))
    video = "path" if adapter == "manifest" else "video"
    ((clip,), refused, _) = indexed(
        tmp_path,
        f"a.mp4;p;x;{start};{end}",
        header=f"{video};subject;label;{header.replace(',', ';')}",
        adapter=adapter,
    )
    assert (clip.start, clip.end, refused) == (10, 20, [])


def test_an_end_shortly_after_the_picture_is_cut_to_it_and_said(tmp_path):
    film(tmp_path / "a.mp4", clocks(STEADY), sound=(0, 2600))
    found, refused, notes = indexed(tmp_path, "a.mp4,p,x,1.6,2.05", "a.mp4,p,x,1.2,2", "a.mp4,p,x,1,2.49")
    assert [(clip.start, clip.end) for clip in found] == [(25, 50), (30, 50), (40, 50)]
    assert refused == []
    text = "ends less than half a second after the picture: cut to it"
    assert [note.text for note in notes] == [text] * 2
    assert f"note       2 x {text}" in summary(found, refused, notes)
    assert all(Film(clip.path, clip.start, clip.end).count for clip in found)


@pytest.mark.parametrize(
    ("start", "end", "reason", "detail"),
    [("1", "2.6", "clip ends after the video", "1.000 to 2.600 s, but the picture lasts from 0.00 to 2.00 s"),
     ("2.1", "2.3", "no frame at these times", "2.100 to 2.300 s; the picture lasts from 0.00 to 2.00 s"),
     ("1.5", "1.5", "end before start", "1.500 to 1.500 s"),
     ("1", "later", "start or end is no number", "end_s is 'later'; expected a frame")],
)  # fmt: skip
def test_times_that_are_not_in_the_film_are_rejected_at_the_index(tmp_path, start, end, reason, detail):
    film(tmp_path / "a.mp4", clocks(STEADY))
    found, (row,), _ = indexed(tmp_path, f"a.mp4,p,x,{start},{end}")
    assert (found, row.reason) == ([], reason)
    assert f"manifest.csv, line 2: {detail}" in row.detail


@pytest.mark.parametrize(
    ("adapter", "kind"),
    [("manifest", "a.mp4"), ("manifest", "a.avi"), ("manifest", "a"), ("segments", "a.mp4"), ("segments", "a.avi")],
)
def test_frames_that_are_not_in_the_film_are_rejected_at_the_index(tmp_path, adapter, kind):
    if kind == "a":
        folder(tmp_path / kind, clocks(STEADY))
    else:
        film(tmp_path / kind, clocks(STEADY), codec="mpeg4", later=2 * (kind == "a.mp4"))
    video = "path" if adapter == "manifest" else "video"
    rows = [f"{kind},p,x,{start},{end}" for start, end in ((0, 50), (10, 51), (60, 90))]
    found, refused, _ = indexed(
        tmp_path, *rows, header=f"{video},subject,label,start,end", adapter=adapter, units="frames"
    )
    assert [(clip.start, clip.end) for clip in found] == [(0, 50)]
    assert [(row.reason, row.detail) for row in refused] == [
        ("clip ends after the video", f"frames {span}, but it has 50 frames") for span in ("10 to 51", "60 to 90")
    ]


def test_a_clip_that_begins_after_the_film_is_rejected_at_the_index(tmp_path):
    film(tmp_path / "a.mp4", clocks(STEADY))
    found, (row,), _ = indexed(tmp_path, "a.mp4,p,x,49,", "a.mp4,p,x,50,", header="path,subject,label,start,end")
    assert [clip.start for clip in found] == [49]
    assert (row.reason, row.detail) == (
        "clip ends after the video",
        "frames 50 to its end, but it has 50 frames",
    )


@pytest.mark.parametrize("adapter", ["manifest", "segments"])
def test_small_whole_numbers_without_a_unit_are_asked_about(tmp_path, adapter):
    film(tmp_path / "a.mp4", clocks(STEADY) * 4, [40 * i for i in range(200)])
    video = "path" if adapter == "manifest" else "video"
    rows = [f"a.mp4,p,x,{start},{start + 2}" for start in (0, 2, 4)]
    more = {"header": f"{video},subject,label,start,end", "adapter": adapter}
    with pytest.raises(
        StudyError, match=r"Seconds\? Name the columns start_s, end_s\. Frames\? Say options: {units: f"
    ):
        indexed(tmp_path, *rows, **more)
    assert [(clip.start, clip.end) for clip in indexed(tmp_path, *rows, **more, units="frames")[0]] == [
        (0, 2),
        (2, 4),
        (4, 6),
    ]
    assert [(clip.start, clip.end) for clip in indexed(tmp_path, *rows, **more, units="seconds")[0]] == [
        (0, 50), (100, 150), (50, 100),
    ]  # fmt: skip
    with pytest.raises(StudyError, match="Seconds"):  # some have fractions: then they all are seconds
        indexed(tmp_path, "a.mp4,p,x,1.5,2.5", "a.mp4,p,x,3,7", **more)


def test_small_whole_numbers_that_cannot_be_seconds_are_frames(tmp_path):
    film(tmp_path / "a.mp4", clocks(STEADY))
    rows = ["a.mp4,p,x,10,20", "a.mp4,p,x,20,45"]
    assert len(indexed(tmp_path, *rows, header="path,subject,label,start,end")[0]) == 2


def test_images_have_the_rate_that_is_said(tmp_path):
    folder(tmp_path / "a", clocks(STEADY))
    _, (row,), _ = indexed(tmp_path, "a,p,x,0.4,0.8")
    assert (row.reason, "options: {fps: ...}" in row.detail) == ("no time stamps", True)
    (clip,), _, _ = indexed(tmp_path, "a,p,x,0.4,0.8", fps=50)
    assert (clip.start, clip.end) == (20, 40)


@pytest.mark.parametrize("options", [{"fps": 0}, {"fps": "25"}, {"units": "minutes"}])
def test_options_that_are_none_are_refused(tmp_path, options):
    film(tmp_path / "a.mp4", clocks(STEADY))
    with pytest.raises(StudyError, match=r"options/(fps|units)"):
        indexed(tmp_path, "a.mp4,p,x,0.4,0.8", **options)


@pytest.mark.parametrize(
    ("name", "codec", "later"),
    [("a.mp4", "mpeg4", 2), ("a.mkv", "libx264", 2), ("a.webm", "libvpx", 0), ("a.webm", "libvpx-vp9", 0),
     ("a.mkv", "ffv1", 0), ("a.avi", "mpeg4", 0), ("a.ts", "mpeg4", 0)],
)  # fmt: skip
def test_time_stamps_are_as_many_as_frames(tmp_path, name, codec, later):
    times = times_of(film(tmp_path / name, clocks(STEADY), codec=codec, later=later))
    assert len(times.shown) == Film(tmp_path / name).count == 50
    np.testing.assert_allclose(times.shown - times.shown[0], np.arange(50) / 25, atol=0.002)
    assert times.end - times.shown[-1] == pytest.approx(0.04, abs=0.002)


def test_a_damaged_film_and_a_stream_without_stamps(tmp_path):
    path = film(tmp_path / "a.h264", clocks(STEADY), codec="libx264")
    with pytest.raises(Unusable, match="no time stamps"):
        times_of(path)
    assert times_of(path, 50).frames(0.2, 0.4) == (10, 20)
    assert len(times_of(joined(tmp_path / "b.mjpg", clocks(STEADY))).shown) == 50
    (tmp_path / "c.mp4").write_bytes(film(tmp_path / "a.mp4", clocks(STEADY)).read_bytes()[:-300])
    with pytest.raises(Unusable, match="damaged"):
        times_of(tmp_path / "c.mp4")


def test_rejected_rows_and_notes_are_told_apart(tmp_path):
    film(tmp_path / "a.mp4", clocks(STEADY))
    found, refused, notes = indexed(tmp_path, "a.mp4,p,x,1.6,2.2", "gone.mp4,p,x,1,2")
    assert [type(row) for row in (*found, *refused, *notes)] == [Clip, Rejected, Note]
