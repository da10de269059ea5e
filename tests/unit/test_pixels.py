"""Pixels are what a player shows: their shape, turn, colours, depth and transparency."""

import struct
import zlib
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from av.codec.context import Flags
from av.video.reformatter import ColorPrimaries, ColorTrc
from films import film
from nasty import arrow, busy, folder, rotate, write

from ferstudy.datasets.index import index
from ferstudy.video.decode import Film, Unusable
from ferstudy.video.hdr import standard

CODECS = [
    ("a.avi", "MJPG"), ("a.avi", "XVID"), ("a.avi", "FFV1"), ("a.avi", "I420"), ("a.mp4", "mp4v"), ("a.flv", "FLV1"),
    ("a.webm", "VP80"), ("a.webm", "VP90"), ("a.wmv", "WMV2"), ("a.mpg", "MPG2"), ("a.mov", "jpeg"),
]  # fmt: skip
ROUNDED = 5  # grey levels by which swscale's fast arithmetic, OpenCV's too, may be off
BT709, BT601, LIMITED, FULL = 1, 5, 1, 2  # of ffmpeg's AVColorSpace and AVColorRange


def patches() -> np.ndarray:
    """A frame (96, 128, 3) of eight colours."""
    colours = [[(20, 20, 20), (230, 40, 40), (40, 200, 40), (40, 40, 210)],
               [(240, 240, 240), (40, 200, 200), (180, 50, 180), (128, 128, 128)]]  # fmt: skip
    return cv2.resize(np.array(colours, np.uint8), (128, 96), interpolation=cv2.INTER_NEAREST)


def off(frame: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference of the colours in the middle of the patches."""
    return np.abs(frame[24::48, 16::32].astype(int) - expected[24::48, 16::32]).max()


def first(path: Path) -> np.ndarray:
    """The first frame."""
    return next(iter(Film(path, end=1)))


@pytest.mark.parametrize(("name", "codec"), CODECS)
def test_ordinary_films_have_the_pixels_that_opencv_gives(tmp_path, name, codec):
    path = write(tmp_path / name, busy(12), codec)
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    theirs = []
    while (read := capture.read())[0]:
        theirs.append(read[1])
    assert len(theirs) == 12
    for keep in (0, 1 << 30):
        assert all((frame == other).all() for frame, other in zip(Film(path, keep=keep), theirs, strict=True))


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.mpg"])
@pytest.mark.parametrize("aspect", [Fraction(4, 3), Fraction(3, 4)])
def test_pixels_that_are_not_square_are_stretched(tmp_path, name, aspect):
    upright = cv2.resize(patches(), (256, 192), interpolation=cv2.INTER_NEAREST)
    size = (192, 192) if aspect > 1 else (256, 144)
    stored = cv2.resize(upright, size, interpolation=cv2.INTER_NEAREST)
    codec = "mpeg2video" if name == "a.mpg" else "mpeg4"
    if codec == "mpeg2video":  # it knows a few shapes of the whole picture only
        aspect = (Fraction(16, 9) if aspect > 1 else Fraction(4, 3)) / Fraction(*size)
    film(tmp_path / name, [stored] * 3, codec=codec, aspect=aspect)
    shape = (round(size[1] / min(aspect, 1)), round(size[0] * max(aspect, 1)))
    found = Film(tmp_path / name)
    assert found.shape == shape
    assert off(cv2.resize(first(tmp_path / name), (128, 96)), patches()) < 16
    assert found.notes == ["pixels that are not square: frames are stretched as players do"]


def test_pixels_of_an_impossible_shape_are_refused(tmp_path):
    film(tmp_path / "a.mkv", [patches()] * 3, aspect=Fraction(30))
    with pytest.raises(Unusable, match="pixels of an impossible shape: 30:1"):
        Film(tmp_path / "a.mkv")


MATRICES = {  # a, b, c, d of the track's header, and what it makes of a picture
    "mirrored": ((-1, 0, 0, 1), lambda picture: picture[:, ::-1]),
    "upside down": ((1, 0, 0, -1), lambda picture: picture[::-1]),
    "over the diagonal": ((0, 1, 1, 0), lambda picture: picture.transpose(1, 0, 2)),
    "over the other": ((0, -1, -1, 0), lambda picture: picture[::-1, ::-1].transpose(1, 0, 2)),
    "right": ((0, 1, -1, 0), lambda picture: np.rot90(picture, -1)),
    "left": ((0, -1, 1, 0), lambda picture: np.rot90(picture)),
    "about": ((-1, 0, 0, -1), lambda picture: np.rot90(picture, 2)),
}


@pytest.mark.parametrize("name", MATRICES)
def test_the_display_matrix_turns_and_mirrors(tmp_path, name):
    matrix, made = MATRICES[name]
    path = rotate(write(tmp_path / "a.mp4", [arrow()] * 3, "mp4v"), 90)
    data = bytearray(path.read_bytes())
    a, b, c, d = (value << 16 for value in matrix)
    struct.pack_into(">9i", data, data.index(b"tkhd") + 44, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    found, expected = Film(path), made(arrow())
    assert found.shape == expected.shape[:2]
    assert all(np.abs(frame.astype(int) - expected).mean() < 12 for frame in found)
    mirrors = matrix[0] * matrix[3] < matrix[1] * matrix[2]
    assert found.notes == ["mirrored, as the file asks players to do"] * mirrors


def yuv(colour: np.ndarray, matrix: int, full: bool) -> np.ndarray:
    """The (3, h, w) uint8 planes of BGR `colour` (h, w, 3) by the formulae of BT.601 or BT.709."""
    red, blue = (0.2126, 0.0722) if matrix == BT709 else (0.299, 0.114)
    b, g, r = (colour[..., i] / 255 for i in range(3))
    luma = red * r + (1 - red - blue) * g + blue * b
    planes = luma, (b - luma) / (2 - 2 * blue), (r - luma) / (2 - 2 * red)
    scale = (255, 255, 255) if full else (219, 224, 224)
    moved = (0 if full else 16, 128, 128)
    return (
        np.stack([np.rint(p * s + m) for p, s, m in zip(planes, scale, moved, strict=True)]).clip(0, 255).astype("u1")
    )


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", [BT709, BT601])
@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.mkv", "ffv1")])
def test_colours_follow_their_tags(tmp_path, name, codec, matrix, full):
    planes = np.ascontiguousarray(yuv(patches(), matrix, full))
    tags = {"colorspace": matrix, "color_range": FULL if full else LIMITED}
    film(tmp_path / name, [planes] * 3, codec=codec, pixels="yuv444p", layout="yuv444p", **tags)
    assert off(first(tmp_path / name), patches()) <= (8 if codec == "libx264" else ROUNDED)


@pytest.mark.parametrize(("size", "matrix"), [((480, 640), BT601), ((640, 480), BT601), ((720, 1280), BT709)])
def test_colours_without_tags_are_those_of_the_size(tmp_path, size, matrix):
    colours = cv2.resize(patches(), size[::-1], interpolation=cv2.INTER_NEAREST)
    planes = np.ascontiguousarray(yuv(colours, matrix, False))
    film(tmp_path / "a.mkv", [planes], codec="ffv1", pixels="yuv444p", layout="yuv444p")
    assert off(cv2.resize(first(tmp_path / "a.mkv"), (128, 96), interpolation=cv2.INTER_NEAREST), patches()) <= ROUNDED


def signal(light: np.ndarray, transfer: str) -> np.ndarray:
    """The signal 0..1 of `light` in cd/m² (PQ), or of the scene in 0..1 (HLG), by the formulae of BT.2100."""
    if transfer == "PQ":
        power = (light / 10000) ** 0.1593017578125
        return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    over = 0.17883277 * np.log(np.maximum(12 * light - 0.28466892, 1e-9)) + 0.55991073
    return np.where(light <= 1 / 12, np.sqrt(3 * light), over)


@pytest.mark.parametrize("transfer", ["PQ", "HLG"])
def test_high_dynamic_range_is_brought_to_a_standard_screen(tmp_path, transfer):
    """Greys of 10, 50, 100 and 203 cd/m² have the levels that a screen of BT.1886 shows with 203 as its white."""
    nits = np.array([10.0, 50, 100, 203])
    values = signal(nits if transfer == "PQ" else (nits / 1000) ** (1 / 1.2), transfer)
    grey = cv2.resize(np.rint(64 + 876 * values[None]).astype(np.uint16), (128, 96), interpolation=cv2.INTER_NEAREST)
    planes = np.stack([grey, np.full_like(grey, 512), np.full_like(grey, 512)])
    tags = {
        "color_trc": ColorTrc.SMPTE2084 if transfer == "PQ" else ColorTrc.ARIB_STD_B67,
        "color_primaries": ColorPrimaries.BT2020, "colorspace": 9, "color_range": LIMITED,
    }  # fmt: skip
    path = film(tmp_path / "a.mkv", [planes] * 2, codec="ffv1", pixels="yuv444p10le", layout="yuv444p10le", **tags)
    frame = first(path)
    levels = frame[48, 16::32].astype(int)
    assert np.ptp(levels, axis=1).max() <= 2  # grey stays grey
    expected = 255 * (nits / 203) ** (1 / 2.4)
    assert levels[:3, 1] == pytest.approx(expected[:3], abs=3)
    assert 235 <= levels[3, 1] < 255  # a little room above white
    assert Film(path).notes == [f"high dynamic range ({transfer}): brought to the range of a standard screen"]


def test_brighter_light_is_never_darker():
    ramp = np.repeat(np.arange(0, 65536, 64, dtype=np.uint16)[None, :, None], 3, axis=2)
    for transfer in ("PQ", "HLG"):
        grey = standard(ramp, transfer)[0, :, 1].astype(int)
        assert (np.diff(grey) >= 0).all()
        assert (grey[0], grey[-1]) == (0, 255)


@pytest.mark.parametrize(
    ("codec", "pixels"), [("ffv1", "bgra"), ("png", "rgba"), ("qtrle", "argb"), ("ffv1", "yuva444p")]
)
def test_transparent_films_are_shown_before_black(tmp_path, codec, pixels):
    alpha = np.zeros((96, 128, 1), np.uint8)
    alpha[:, :64] = 255
    alpha[:48, 64:] = 51
    name = "a.mkv" if codec == "ffv1" else "a.mov"
    path = film(tmp_path / name, [np.dstack([patches(), alpha])] * 2, codec=codec, pixels=pixels, layout="bgra")
    assert off(first(path), patches() * (alpha / 255)) <= ROUNDED
    assert Film(path).notes == ["transparent: shown before black"]


def test_transparent_images_are_shown_before_black(tmp_path):
    alpha = np.full((96, 128, 1), 51, np.uint8)
    for ending in ("png", "tiff"):
        folder(tmp_path / ending, [np.dstack([patches(), alpha])] * 2, "{}." + ending)
        assert np.abs(first(tmp_path / ending) - patches() * 0.2).max() <= 1
        assert Film(tmp_path / ending).notes == ["transparent: shown before black"]
    folder(tmp_path / "opaque", [np.dstack([patches(), alpha * 5])], "{}.png")
    assert (first(tmp_path / "opaque") == patches()).all()
    assert Film(tmp_path / "opaque").notes == []


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("ending", ["png", "tiff", "pgm"])
@pytest.mark.parametrize("colour", [False, True])
def test_images_of_sixteen_bits_are_scaled_by_what_they_hold(tmp_path, bits, ending, colour):
    """The brightest frame of the folder decides, whichever part of it is a clip."""
    grey = patches() if colour else patches()[..., 0]
    ending = "ppm" if ending == "pgm" and colour else ending
    deep = [(grey // dark).astype(np.uint16) << (bits - 8) for dark in (4, 1, 4)]
    folder(tmp_path, deep, "{}." + ending)
    expected = grey if colour else cv2.merge([grey] * 3)
    for start in (0, 1, 2):
        found = Film(tmp_path, start, start + 1)
        assert (next(iter(found)) == expected // (1 if start == 1 else 4)).all()
        assert found.notes == ([] if bits == 16 else [f"16-bit images that hold values of {bits} bits: scaled by that"])


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize(
    ("name", "codec", "layout"),
    [("a.mkv", "ffv1", "gray16le"), ("a.avi", "ffv1", "gray16le"), ("a.avi", "png", "gray16be"),
     ("a.mkv", "ffv1", "gbrp16le")],
)  # fmt: skip
def test_films_of_sixteen_bits_are_scaled_by_what_they_hold(tmp_path, name, codec, layout, bits):
    """As images are: the brightest frame of the film decides, whichever part of it is a clip."""
    grey = patches() if layout == "gbrp16le" else patches()[..., 0]
    deep = [(grey // dark).astype(np.uint16) << (bits - 8) for dark in (4, 1, 4)]
    film(tmp_path / name, deep, codec=codec, pixels=layout, layout=layout)
    for start in (0, 1, 2):
        found = Film(tmp_path / name, start, start + 1)
        expected = (grey if grey.ndim == 3 else cv2.merge([grey] * 3)) // (1 if start == 1 else 4)
        shown = next(iter(found))[..., :: -1 if grey.ndim == 3 else 1]  # arrays of gbrp are in RGB order
        assert (shown == expected).all()
        assert found.notes == ([] if bits == 16 else [f"16-bit film that holds values of {bits} bits: scaled by that"])


@pytest.mark.parametrize("layout", ["gray10le", "gray12le", "gray14le"])
def test_a_pixel_format_says_how_many_bits_a_film_holds(tmp_path, layout):
    """Frames that are all dark stay so."""
    dark = patches()[..., 0] // 8
    film(
        tmp_path / "a.mkv",
        [dark.astype(np.uint16) << (int(layout[4:6]) - 8)] * 2,
        codec="ffv1",
        pixels=layout,
        layout=layout,
    )
    assert (first(tmp_path / "a.mkv") == dark[..., None]).all()
    assert Film(tmp_path / "a.mkv").notes == []


@pytest.mark.parametrize("bits", [10, 12])
def test_a_tag_says_how_many_bits_an_image_holds(tmp_path, bits):
    """sBIT of a PNG and MaxSampleValue of a TIFF, in frames that are all dark."""
    dark = patches()[..., 0] // 8
    deep = dark.astype(np.uint16) << (bits - 8)
    tags = {"png": sbit(cv2.imencode(".png", deep)[1].tobytes(), bits), "tiff": tiff(deep, 2**bits - 1)}
    for ending, data in tags.items():
        (tmp_path / ending).mkdir()
        (tmp_path / ending / f"0.{ending}").write_bytes(data)
        assert (first(tmp_path / ending) == dark[..., None]).all(), ending


def sbit(png: bytes, bits: int) -> bytes:
    """A PNG with the chunk that says how many bits are significant."""
    body = b"sBIT" + bytes([bits])
    return png[:33] + struct.pack(">I", 1) + body + struct.pack(">I", zlib.crc32(body)) + png[33:]


def tiff(grey: np.ndarray, most: int) -> bytes:
    """An uncompressed TIFF of 16 bits with the tag MaxSampleValue."""
    height, width = grey.shape
    body = grey.astype("<u2").tobytes()
    tags = {256: width, 257: height, 258: 16, 259: 1, 262: 1, 273: 8, 277: 1, 278: height, 279: len(body), 281: most}
    entries = b"".join(
        struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, value) for tag, value in tags.items()
    )
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + struct.pack("<H", len(tags)) + entries + bytes(4)


def test_images_of_floats_from_0_to_1_are_read(tmp_path):
    light = [patches().astype(np.float32) / 255 / dark for dark in (2, 1)]
    folder(tmp_path / "colour", light, "{}.tiff")
    folder(tmp_path / "grey", [frame[..., 0] for frame in light], "{}.tiff")
    for name, expected in (("colour", patches()), ("grey", cv2.merge([patches()[..., 0]] * 3))):
        frames = list(Film(tmp_path / name))
        assert (frames[1] == expected).all()
        assert np.abs(frames[0] - expected / 2).max() <= 0.5
        assert Film(tmp_path / name).notes == ["images of floats from 0 to 1"]


@pytest.mark.parametrize(
    ("image", "found"),
    [(np.full((8, 8), 200, np.float32), "values of float32 from 200 to 200"),
     (np.full((8, 8), np.nan, np.float32), "values of float32 that are no numbers"),
     (np.full((8, 8), 70000, np.int32), "values of int32")],
)  # fmt: skip
def test_other_values_are_refused_by_a_sentence(tmp_path, image, found):
    folder(tmp_path, [image], "{}.tiff")
    with pytest.raises(Unusable) as refused:
        Film(tmp_path)
    assert refused.value.reason == "values that are no grey levels"
    assert refused.value.detail == f"0.tiff: {found}; expected 8 or 16 bits, or floats from 0 to 1"


def woven(odd: np.ndarray, even: np.ndarray) -> np.ndarray:
    """A frame whose lines come from two others in turn."""
    frame = even.copy()
    frame[1::2] = odd[1::2]
    return frame


def test_interlaced_films_are_made_whole(tmp_path):
    """A bright bar moves between the two fields of a frame: woven, its edge is a comb."""
    bars = []
    for i in range(24):
        bar = np.full((96, 128, 3), 30, np.uint8)
        bar[:, 4 * i : 4 * i + 24] = 220
        bars.append(bar)
    frames = [woven(bars[2 * i + 1], bars[2 * i]) for i in range(12)]
    path = film(tmp_path / "a.mkv", frames, codec="mpeg2video", flags=Flags.interlaced_dct | Flags.interlaced_me)
    found = Film(path)
    assert found.count == 12
    assert found.notes == ["interlaced: each frame is made whole of its fields"]
    comb = [np.abs(np.diff(frame[20:70].astype(int), axis=0)).max() for frame in list(found)[1:-1]]
    assert max(comb) < 60 < np.abs(np.diff(frames[5].astype(int), axis=0)).max()
    place = [float((frame[48, :, 0].astype(int) > 125).nonzero()[0].mean()) for frame in found]
    assert np.diff(place) == pytest.approx(8, abs=2.5)
    assert [round(frame.mean()) for frame in Film(path, 4, 6)] == [round(frame.mean()) for frame in list(found)[4:6]]


def test_the_index_notes_what_is_done_to_pixels(tmp_path):
    film(tmp_path / "a.mp4", [patches()] * 3, aspect=Fraction(4, 3))
    film(tmp_path / "b.mp4", [patches()] * 3, aspect=Fraction(4, 3))
    folder(tmp_path / "c", [patches().astype(np.uint16) << 4], "{}.png")
    (tmp_path / "manifest.csv").write_text("path,subject,label\na.mp4,p,x\nb.mp4,p,x\nc,q,x\n")
    notes = []
    index("manifest", tmp_path, None, {}, notes=notes)
    assert sorted((Path(note.path).name, note.text.split(":")[0]) for note in notes) == [
        ("a.mp4", "pixels that are not square"),
        ("b.mp4", "pixels that are not square"),
        ("c", "16-bit images that hold values of 12 bits"),
    ]
