"""Videos as they really come: every one is decoded right or refused with a reason, and none ends a run."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from nasty import (
    arrow,
    avi_length,
    busy,
    counting,
    cut,
    folder,
    joined,
    joined_avi,
    overwritten,
    rotate,
    ten_bits,
    without_index,
    write,
    write_at,
)  # fmt: skip

from ferstudy.video import decode
from ferstudy.video.decode import Film, Shelf, Unusable
from ferstudy.video.image_folder import frame_files, missing

SCRIPTS = Path(__file__).parents[2] / "scripts"
CODECS = [
    ("a.avi", "MJPG"), ("a.avi", "XVID"), ("a.avi", "FFV1"), ("a.avi", "I420"), ("a.mp4", "mp4v"), ("a.mkv", "mp4v"),
    ("a.webm", "VP80"), ("a.webm", "VP90"), ("a.wmv", "WMV2"), ("a.mpg", "MPG2"), ("a.ts", "mp4v"), ("a.mov", "jpeg"),
]  # fmt: skip


def numbers(film: Film) -> list[int]:
    """The numbers of `counting` frames, read off their brightness."""
    return [round(float(frame.mean()) / 4) for frame in film]


def refusal(path: Path, **bounds: int) -> Unusable:
    """Why there is no film of `path`."""
    with pytest.raises(Unusable) as caught:
        Film(path, **bounds)
    return caught.value


@pytest.mark.parametrize(("name", "codec"), CODECS)
def test_every_frame_of_the_usual_codecs_comes_once(tmp_path, name, codec):
    film = Film(write(tmp_path / name, counting(40), codec))
    assert film.count == 40
    assert np.abs(np.array(numbers(film)) - np.arange(40)).max() <= 2  # lossy
    assert np.diff([frame.mean() for frame in film]).min() > 0


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_frames_stand_upright_as_players_show_them(tmp_path, degrees):
    """The camera lay on its side: the picture is stored turned, the header says by how much to turn it back."""
    upright = arrow()
    stored = np.ascontiguousarray(np.rot90(upright, degrees // 90))
    film = Film(rotate(write(tmp_path / "a.mp4", [stored] * 5, "mp4v"), degrees))
    assert film.shape == upright.shape[:2]
    for frame in film:
        assert np.abs(frame.astype(int) - upright).mean() < 12
    spare: list[np.ndarray] = []
    film.give(spare)
    assert [frame.shape for frame in Film(film.path, spare=spare)] == [upright.shape] * 5


def test_a_picture_turned_by_its_exif_stands_upright(tmp_path):
    upright = arrow()
    stored = cv2.imencode(".jpg", np.ascontiguousarray(np.rot90(upright)))[1].tobytes()
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"  # orientation 6
    (tmp_path / "0.jpg").write_bytes(stored[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + stored[2:])
    (frame,) = Film(tmp_path)
    assert np.abs(frame.astype(int) - upright).mean() < 12


def test_ten_and_sixteen_bits_become_eight(tmp_path):
    film = Film(ten_bits(tmp_path / "a.y4m", [64, 502, 940]))
    assert [round(float(frame.mean())) for frame in film] == pytest.approx([0, 127, 255], abs=2)
    deep = [np.full((48, 64), 4 * 257 * i, np.uint16) for i in range(30)]
    assert numbers(Film(write(tmp_path / "b.avi", deep, "FFV1"))) == list(range(30))


def test_frames_at_irregular_times_all_come_once(tmp_path):
    times = [0, 1, 2, 30, 31, 40, 41, 90, 91, 92, 93, 150]
    film = Film(write_at(tmp_path / "a.mp4", counting(12), times))
    capture = cv2.VideoCapture(str(film.path), cv2.CAP_FFMPEG)
    seen = []
    while capture.grab():
        seen.append(round(capture.get(cv2.CAP_PROP_POS_MSEC) / 40))
    assert seen == times  # the file is what it is meant to be
    assert np.abs(np.array(numbers(film)) - np.arange(12)).max() <= 1


def test_the_ending_of_the_name_does_not_matter(tmp_path):
    write(tmp_path / "a.mp4", counting(20), "mp4v").rename(tmp_path / "a.avi")
    assert Film(tmp_path / "a.avi").count == 20
    write(tmp_path / "b.avi", counting(20)).rename(tmp_path / "b.mp4")
    assert numbers(Film(tmp_path / "b.mp4")) == list(range(20))


@pytest.mark.parametrize("end", [None, 1])
@pytest.mark.parametrize(("ending", "format"), [("png", "PNG"), ("jpg", "JPEG"), ("bmp", "BMP"), ("webp", "WebP")])
def test_an_image_is_not_a_video_of_one_frame(tmp_path, ending, format, end):
    cv2.imwrite(str(tmp_path / f"a.{ending}"), arrow())
    (tmp_path / f"a.{ending}").rename(tmp_path / "a.avi")
    refused = refusal(tmp_path / "a.avi", end=end)
    assert (refused.reason, refused.detail) == ("not a video", f"a {format} image")


def test_texts_lists_of_films_and_sounds_are_not_videos(tmp_path):
    write(tmp_path / "film.avi", counting(5))
    files = {
        "list.mp4": b"#EXTM3U\nfilm.avi\n",
        "concat.avi": b"ffconcat version 1.0\nfile film.avi\n",
        "code.avi": b"\x00\x01\x02\x03 not anything" * 90,
        "wave.avi": b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + bytes(50),
        "song.mp4": b"ID3\x03" + bytes(200),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name).reason == "not a video", name


@pytest.mark.parametrize("announced", [0, 1, 12, 39, 41, 400, 2_000_000_000])
@pytest.mark.parametrize("index", [True, False])
def test_a_header_that_lies_about_the_number_of_frames_loses_none(tmp_path, announced, index):
    path = avi_length(write(tmp_path / "a.avi", counting(40)), announced)
    if not index:
        without_index(path)
        if announced == 400:  # nothing in the file speaks for the frames that are there
            assert refusal(path).reason == "damaged"
            return
    assert numbers(Film(path)) == list(range(40))
    assert numbers(Film(path, 30, 35)) == list(range(30, 35))


@pytest.mark.parametrize(
    ("name", "codec"), [("a.avi", "MJPG"), ("a.avi", "XVID"), ("a.mkv", "mp4v"), ("a.webm", "VP90")]
)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_video_that_was_cut_off_says_so(tmp_path, name, codec, share):
    path = cut(write(tmp_path / name, busy(60), codec), share)
    refused = refusal(path)
    assert refused.reason == "damaged"
    assert "60 frames" in refused.detail
    assert Film(path, 2, 12).count == 10  # a clip from the part that is there


def test_a_video_cut_before_its_index_says_so(tmp_path):
    refused = refusal(cut(write(tmp_path / "a.mp4", busy(30), "mp4v"), 0.8), end=1)
    assert refused.reason == "damaged"
    assert "index is missing" in refused.detail


@pytest.mark.parametrize(
    ("name", "codec"), [("a.avi", "MJPG"), ("a.mp4", "mp4v"), ("a.webm", "VP80"), ("a.mkv", "FFV1")]
)
@pytest.mark.parametrize("length", [10, 40, 300])
def test_a_video_cut_in_its_header_is_damaged(tmp_path, name, codec, length):
    path = write(tmp_path / name, counting(30), codec)
    path.write_bytes(path.read_bytes()[:length])
    assert refusal(path).reason in {"damaged", "not a video", "no frames"}
    assert refusal(path, end=1).reason in {"damaged", "not a video", "no frames"}


@pytest.mark.parametrize("fill", [0, pytest.param(0x5A, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("name", "codec"), [
    ("a.avi", "MJPG"), ("a.avi", "XVID"), ("a.avi", "FFV1"), ("a.avi", "I420"), ("a.mp4", "mp4v"), ("a.mov", "jpeg"),
    ("a.webm", "VP80"), ("a.webm", "VP90"), ("a.mkv", "mp4v"), ("a.ts", "MPG2"), ("a.mpg", "MPG2"),
])  # fmt: skip
def test_no_clip_silently_misses_its_middle(tmp_path, name, codec, fill):
    path = overwritten(write(tmp_path / name, busy(80), codec), 0.45, 0.6, fill)
    assert refusal(path).reason == "damaged"
    assert Film(path, 0, 20).count == 20  # before the damage
    assert Film(path, end=1).count == 1


def test_one_bad_frame_does_not_cost_the_clip(tmp_path):
    path = write(tmp_path / "a.avi", busy(80))
    data = bytearray(path.read_bytes())
    at = data.index(b"\xff\xda", len(data) // 2) + 200
    data[at : at + 60] = bytes(60)
    path.write_bytes(data)
    assert Film(path).count == 80


@pytest.mark.parametrize("sizes", [((48, 64), (96, 128)), ((96, 128), (48, 64)), ((48, 64), (48, 128))])
@pytest.mark.parametrize(("name", "make"), [("a.mjpg", joined), ("a.avi", joined_avi)])
def test_frames_of_another_size_are_refused(tmp_path, sizes, name, make):
    path = make(tmp_path / name, counting(10, sizes[0]), counting(10, sizes[1]))
    refused = refusal(path)
    assert refused.reason == "frames of different sizes"
    assert "from frame 10" in refused.detail
    assert numbers(Film(path, 0, 10)) == list(range(10))
    assert refusal(path, start=12, end=15).reason == "frames of different sizes"  # OpenCV mixes them up


def test_a_video_may_change_its_colour_format(tmp_path):
    factor = cv2.IMWRITE_JPEG_SAMPLING_FACTOR
    fine = cv2.imencode(".jpg", arrow(), [factor, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422])[1]
    coarse = cv2.imencode(".jpg", arrow(), [factor, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420])[1]
    (tmp_path / "a.mjpg").write_bytes(fine.tobytes() + coarse.tobytes() * 9)
    frames = list(Film(tmp_path / "a.mjpg"))
    assert len(frames) == 10
    assert all(np.abs(frame.astype(int) - arrow()).mean() < 3 for frame in frames)


def test_a_codec_that_nobody_decodes_is_said(tmp_path):
    path = write(tmp_path / "a.avi", counting(5))
    path.write_bytes(path.read_bytes().replace(b"MJPG", b"ZZZZ"))
    assert refusal(path, end=1).reason == "codec not supported"


def test_frames_that_an_avi_leaves_out_are_not_missing(tmp_path):
    """Recorders write an empty chunk where they dropped a frame."""
    path = joined_avi(tmp_path / "a.avi", counting(30), empty={5, 6, 12})
    assert numbers(Film(path)) == [i for i in range(30) if i not in {5, 6, 12}]


@pytest.mark.parametrize(("name", "codec"), [("a.avi", "MJPG"), ("a.mp4", "mp4v"), ("a.webm", "VP90")])
def test_one_frame_is_a_video(tmp_path, name, codec):
    film = Film(write(tmp_path / name, [arrow()], codec))
    assert (film.count, film.shape) == (1, (48, 64))


def test_no_frame_is_none(tmp_path):
    assert refusal(write(tmp_path / "a.avi", [arrow()]).with_name("nothing.avi")).reason == "file missing"
    path = avi_length(write(tmp_path / "b.avi", [arrow()]), 0)
    data = bytearray(path.read_bytes())
    data[data.index(b"movi") + 4 :] = b""
    path.write_bytes(data)
    assert refusal(path).reason in {"no frames", "damaged"}


@pytest.mark.slow
def test_eight_thousand_columns(tmp_path):
    frames = [cv2.resize(arrow(), (7680, 4320), interpolation=cv2.INTER_NEAREST)] * 3
    film = Film(write(tmp_path / "a.avi", frames))
    assert (film.count, film.shape) == (3, (4320, 7680))
    assert film._frames is None  # 95 MiB each
    assert all(np.abs(frame[::500, ::500].astype(int) - frames[0][::500, ::500]).max() < 8 for frame in film)


@pytest.mark.parametrize(("names", "told"), [
    (["000.png", "001.png", "003.png"], "missing: 002"),
    (["a_8.png", "a_9.png", "a_12.png", "a_13.png", "a_15.png"], "missing: 10, 11, 14"),
    ([f"S1_{i:03d}.png" for i in (1, 2, 3, 30)], "missing: 004, 005, 006, 007, 008 and 21 more"),
    ([f"{i}.png" for i in (0, 5, 10, 20)], "missing: 15"),
])  # fmt: skip
def test_a_gap_in_the_numbers_of_the_images_is_named(tmp_path, names, told):
    for name in names:
        cv2.imwrite(str(tmp_path / name), arrow())
    assert missing(frame_files(tmp_path)) == told
    assert Film(tmp_path).count == len(names)  # whether such a clip is taken is for the index to say


@pytest.mark.parametrize("names", [
    ["7.png", "8.png", "9.png", "10.png"],
    ["0.png", "5.png", "10.png"],
    ["1600000000_040.png", "1600000000_081.png", "1600000000_119.png", "1600000000_163.png"],
    ["onset.png", "apex.png"],
    ["3.png"],
])  # fmt: skip
def test_other_names_have_no_gap(tmp_path, names):
    for name in names:
        cv2.imwrite(str(tmp_path / name), arrow())
    assert missing(frame_files(tmp_path)) == ""
    assert Film(tmp_path).count == len(names)


def test_two_images_of_one_frame(tmp_path):
    folder(tmp_path, counting(4))
    cv2.imwrite(str(tmp_path / "002.jpg"), arrow())
    refused = refusal(tmp_path)
    assert (refused.reason, refused.detail) == ("two images of one frame", "002.jpg and 002.png")


def test_what_computers_leave_in_folders_is_no_frame(tmp_path):
    folder(tmp_path, counting(6))
    for name in ("Thumbs.db", ".DS_Store", "._001.png", ".hidden.jpg", "desktop.ini"):
        (tmp_path / name).write_bytes(b"\x00\x05\x16\x07 whatever")
    (tmp_path / "007.png").mkdir()
    assert numbers(Film(tmp_path)) == list(range(6))


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp"])
def test_a_broken_image_is_named(tmp_path, ending):
    folder(tmp_path, busy(6), "{:03d}." + ending)
    cut(tmp_path / f"004.{ending}", 0.6)
    refused = refusal(tmp_path)
    assert (refused.reason, refused.detail) == ("damaged", f"004.{ending} is not a readable image")
    (tmp_path / f"004.{ending}").write_bytes(b"")
    assert refusal(tmp_path).detail == f"004.{ending} is not a readable image"
    assert Film(tmp_path, 0, 3).count == 3


def test_images_of_any_kind_become_colour_frames_of_eight_bits(tmp_path):
    grey = np.full((48, 64), 100, np.uint8)
    opaque = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
    for i, image in enumerate((grey, grey.astype(np.uint16) * 257, opaque, np.dstack([grey] * 3))):
        cv2.imwrite(str(tmp_path / f"{i}.png"), image)
    frames = list(Film(tmp_path))
    assert all(frame.shape == (48, 64, 3) and frame.dtype == np.uint8 for frame in frames)
    assert all((frame == 100).all() for frame in frames)


def test_things_that_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.avi")
    (tmp_path / "folder.avi").mkdir()
    (tmp_path / "dangling.avi").symlink_to(tmp_path / "gone.avi")
    (tmp_path / "loop.avi").symlink_to(tmp_path / "loop.avi")
    reasons = {
        "pipe.avi": "not a file",
        "folder.avi": "no frames",
        "dangling.avi": "file missing",
        "loop.avi": "cannot be read",
        "a" * 300: "cannot be read",
        "zero\0byte.avi": "cannot be read",
        "folder.avi/within.avi": "file missing",
    }
    for name, reason in reasons.items():
        assert refusal(tmp_path / name).reason == reason, name
    assert "gone.avi" in refusal(tmp_path / "dangling.avi").detail


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_video_that_may_not_be_read(tmp_path):
    path = write(tmp_path / "a.avi", counting(5))
    path.chmod(0)
    assert refusal(path).reason == "cannot be read"


@pytest.mark.parametrize(
    "name", [b"caf\xe9.avi", "日本 %03d 'x\".avi".encode(), b"line\nbreak.avi", b"%04d.avi", b"-i.avi"]
)
def test_names_of_any_bytes_are_opened(tmp_path, name):
    path = tmp_path / os.fsdecode(name)
    write(tmp_path / "a.avi", counting(12)).rename(path)
    assert numbers(Film(path)) == list(range(12))
    assert numbers(Film(path, 3, 6)) == [3, 4, 5]


@pytest.mark.parametrize("half", [True, False])
def test_videos_that_are_marked_as_interlaced_are_right(tmp_path, half):
    """An mpeg2 video whose whole pictures are marked as woven from two fields.

    Half marked, the decoder complains at every frame and is right at every frame.
    """
    path = write(tmp_path / "a.mpg", busy(10), "MPG2")
    expected = [float(frame.mean()) for frame in Film(path)]
    data = bytearray(path.read_bytes())
    at = -1
    while (at := data.find(b"\x00\x00\x01\xb5", at + 1)) >= 0:
        if data[at + 4] >> 4 == 8:  # picture coding extension
            data[at + 8] &= 0x7F  # progressive_frame = 0
        if data[at + 4] >> 4 == 1 and not half:  # sequence extension
            data[at + 5] &= 0xF7  # progressive_sequence = 0
    path.write_bytes(data)
    assert [float(frame.mean()) for frame in Film(path)] == pytest.approx(expected, abs=3)


def test_nothing_of_the_libraries_reaches_the_log(tmp_path):
    overwritten(write(tmp_path / "a.avi", busy(40)), 0.4, 0.5)
    cut(write(tmp_path / "b.mp4", busy(20), "mp4v"), 0.8)
    overwritten(write(tmp_path / "c.webm", busy(20), "VP90"), 0.4, 0.5, 0x11)
    for ending in ("png", "jpg"):
        cut(folder(tmp_path / ending, busy(3), "{}." + ending) / f"1.{ending}", 0.6)
    joined(tmp_path / "d.mjpg", counting(3), counting(3, (96, 128)))
    code = (
        "import sys\nfrom ferstudy.video.decode import Film, Unusable\n"
        "for path in sys.argv[1:]:\n    try: list(Film(path, keep=0))\n    except Unusable as e: print(e.reason)\n"
        "left = iter(Film(path, keep=0, end=1)); next(left)\n"  # never closed
    )
    paths = [str(tmp_path / name) for name in ("a.avi", "b.mp4", "c.webm", "png", "jpg", "d.mjpg")]
    done = subprocess.run([sys.executable, "-c", code, *paths], cwd=SCRIPTS, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.split("\n") == ["damaged"] * 5 + ["frames of different sizes", ""]


def test_clips_of_one_film_share_a_reader(tmp_path, monkeypatch):
    path = write(tmp_path / "film.avi", counting(60))
    opened, stepped = [], []
    monkeypatch.setattr(decode, "VideoFile", lambda path: opened.append(Counted(path, stepped)) or opened[-1])
    with Shelf() as shelf:
        for start in range(0, 60, 6):
            film = Film(path, start, start + 6, keep=0, shelf=shelf)
            assert numbers(film) == numbers(film) == list(range(start, start + 6))
            assert next(iter(film)).mean() / 4 == pytest.approx(start, abs=0.5)
    assert len(opened) == 3  # a pass each: the walk that also counts, another, one that stops at once
    assert len(stepped) <= 3 * 61
    assert all(source.closed for source in opened)


class Counted(decode.VideoFile):
    """Notes every frame that is decoded, and which of them are converted."""

    def __init__(self, path: Path, stepped: list[int]):
        super().__init__(path)
        self.stepped, self.converted, self.closed = stepped, [], False

    def read(self, spare=None):
        self.stepped.append(self.position)
        self.converted.append(self.position)
        return super().read(spare)

    def skip(self) -> bool:
        self.stepped.append(self.position)
        return super().skip()

    def close(self) -> None:
        self.closed = True
        super().close()


def test_a_shelf_serves_clips_in_any_order_and_of_many_films(tmp_path):
    paths = [write(tmp_path / f"{i}.avi", counting(20)) for i in range(3)]
    with Shelf(2) as shelf:
        for path, start in [(paths[0], 5), (paths[0], 2), (paths[1], 9), (paths[0], 9), (paths[2], 0), (paths[2], 8)]:
            film = Film(path, start, start + 7, keep=2 * 48 * 64 * 3, shelf=shelf)
            assert numbers(film) == numbers(film) == list(range(start, start + 7))
        with pytest.raises(Unusable, match="video shorter than its clip"):
            Film(paths[2], 15, 30, shelf=shelf)
        assert numbers(Film(paths[2], 15, 20, shelf=shelf)) == [15, 16, 17, 18, 19]


@pytest.mark.parametrize(("name", "codec"), [("a.mov", "jpeg"), ("a.avi", "MJPG"), ("a.avi", "XVID")])
def test_damage_earlier_in_the_film_counts_where_it_moves_the_clip(tmp_path, name, codec):
    path = overwritten(write(tmp_path / name, busy(80), codec), 0.3, 0.5)
    with Shelf() as shelf:
        assert Film(path, 0, 15, shelf=shelf).count == 15
        with pytest.raises(Unusable, match="damaged"):
            Film(path, 15, 40, shelf=shelf)
        with pytest.raises(Unusable, match="damaged"):
            Film(path, 55, 60, shelf=shelf)


@pytest.mark.parametrize("keep", [0, 10 * 48 * 64 * 3, 1 << 30])
def test_frames_that_are_not_wanted_are_not_converted(tmp_path, monkeypatch, keep):
    opened = []
    monkeypatch.setattr(decode, "VideoFile", lambda path: opened.append(Counted(path, [])) or opened[-1])
    film = Film(write(tmp_path / "a.avi", counting(50)), 2, keep=keep)
    assert film.count == 48
    assert [(i, round(frame.mean() / 4)) for i, frame in film.some([30, 4, 5])] == [(4, 6), (5, 7), (30, 32)]
    assert list(film.some([])) == []
    assert opened[-1].converted == ([6, 7, 32] if keep < 1 << 30 else list(range(2, 51)))
    assert numbers(film) == list(range(2, 50))


@pytest.mark.parametrize(("name", "codec"), CODECS)
def test_the_number_of_frames_to_expect_is_found_without_decoding_them(tmp_path, name, codec):
    film = Film(write(tmp_path / name, busy(40), codec), 3, keep=0)
    assert film.expected == 37
    assert film._count is None
    assert film.count == 37


def test_a_long_film_is_found_to_be_damaged_when_it_is_walked_through(tmp_path):
    path = overwritten(write(tmp_path / "a.avi", busy(80)), 0.45, 0.6, 0)
    for use in (list, lambda film: film.count):
        film = Film(path, keep=0)
        with pytest.raises(Unusable, match="damaged"):
            use(film)
    with pytest.raises(Unusable, match=r"video shorter than its clip: frames 10 to 90"):
        list(Film(write(tmp_path / "b.avi", busy(80)), 10, 90, keep=0))


def test_a_long_film_is_counted_without_reading_it_again(tmp_path, monkeypatch):
    stepped: list[int] = []
    monkeypatch.setattr(decode, "VideoFile", lambda path: Counted(path, stepped))
    film = Film(write(tmp_path / "a.avi", counting(50)), keep=10 * 48 * 64 * 3)
    assert film.count == 50
    assert stepped == list(range(51))


PEAK = """
import resource, sys
from ferstudy.video.decode import Film
film = Film(sys.argv[1])
for _ in range(2):
    for frame in film: pass
print(film.count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(path: Path) -> tuple[int, int]:
    """(frames, peak memory in KB) of a process that walks through a video."""
    done = subprocess.run([sys.executable, "-c", PEAK, path], cwd=SCRIPTS, capture_output=True, text=True, check=True)
    return tuple(map(int, done.stdout.split()))


@pytest.mark.slow
def test_memory_is_flat_in_the_length_of_the_video(tmp_path):
    frame = cv2.GaussianBlur(busy(1, (480, 640))[0], (0, 0), 3)
    short = write(tmp_path / "short.avi", [frame] * 100)
    long = write(tmp_path / "long.avi", [frame] * 4800)
    (_, small), (count, large) = peak(short), peak(long)
    assert count == 4800
    assert large < 1.15 * small
