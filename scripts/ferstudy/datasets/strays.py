"""What lies below a root although no clip and no other row speaks of it: nothing disappears without a word."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ferstudy.datasets.names import JUNK, NOT_IN_NAMING, VIDEOS, suffix
from ferstudy.paths import RESULTS
from ferstudy.tables.rejected import Rejected
from ferstudy.video.image_folder import IMAGES

ARCHIVE = re.compile(
    r".*\.(zip|z\d\d|zipx|rar|r\d\d|7z|tar|tgz|tbz2?|txz|gz|bz2|xz|zst|sit|iso|dmg|tar\.\w+|7z\.\d+|zip\.\d+)",
    re.IGNORECASE,
)
UNFINISHED = (".part", ".crdownload", ".partial", ".download", ".filepart", ".!ut", ".aria2")
# Files that are no films, whatever they begin with; all others are looked into, if they have no ending of a film.
PLAIN = {
    ".csv", ".db", ".doc", ".docx", ".eaf", ".h5", ".html", ".ini", ".json", ".log", ".m", ".mat", ".md", ".mp3",
    ".npy", ".npz", ".ods", ".parquet", ".pdf", ".pkl", ".pts", ".py", ".rtf", ".srt", ".tsv", ".txt", ".vtt", ".wav",
    ".xls", ".xlsx", ".xml", ".yaml", ".yml", ".aac", ".flac", ".m4a", ".oga", ".ogg", ".opus", ".wma", *IMAGES,
}  # fmt: skip
FILM = re.compile(  # how films begin: MP4 and MOV (no pictures of phones, no sound), AVI, Matroska, FLV, ASF, MPEG, GIF
    rb".{4}(?:ftyp(?!heic|heix|mif1|avif|M4A |crx )|moov|mdat|wide)|RIFF.{4}AVI |"
    rb"\x1aE\xdf\xa3|FLV\x01|0&\xb2u|\0\0\x01\xba|GIF8|"
    rb"G.{187}G.{187}G|.{4}G.{191}G.{191}G",  # packets of MPEG-TS, and of cameras (AVCHD), which give each a time
    re.DOTALL,
)
FIRST = 400  # bytes of a file that tell
SHORTCUT = re.compile(r".*\.(lnk|webloc)", re.IGNORECASE)
ELSEWHERE = re.compile(r"\.(?P<name>.+)\.icloud")  # what stands for a file that is on Apple's servers alone
WEBP = re.compile(rb"RIFF.{4}WEBPVP8X.{4}(?P<flags>.)", re.DOTALL)
ANIMATED = 0b10  # among the flags of a WebP


def strays(root: Path, spoken_of: set[str]) -> Iterator[Rejected]:
    """What lies below the root and no clip and no other row speaks of.

    These are videos that are not `spoken_of`, by their endings or by how they begin, folders of images if the clips are
    such, archives, unfinished downloads, what stands for files that are elsewhere, and folders that cannot be looked
    into. Places are compared as the file system resolves them: `.`, a link and a path with `..` are the same folder.
    """
    top = os.path.realpath(root)
    spoken_of = {os.path.realpath(path) for path in spoken_of}
    clips = spoken_of - {top}
    within = tuple(f"{path}{os.sep}" for path in clips)
    around = {str(parent) for path in clips for parent in Path(path).parents}
    of_images = any(os.path.isdir(path) for path in clips)
    closed: list[OSError] = []
    own = os.path.realpath(RESULTS)  # where the study folder itself is the root

    def found(path: str, reason: str, detail: str = "") -> Rejected:
        return Rejected(str(root / os.path.relpath(path, top)), "", "index", reason, detail)

    for folder, folders, names in os.walk(top, onerror=closed.append):
        paths, below = (
            [os.path.join(folder, name) for name in sorted(there) if not name.startswith(".") and name not in JUNK]
            for there in (names, folders)
        )
        yield from (
            found(path, *what) for path in (*below, *paths) if path not in spoken_of and (what := _unopened(path))
        )
        for name in sorted(filter(ELSEWHERE.fullmatch, names)):
            yield found(os.path.join(folder, name), "not on this machine", "iCloud has it: let it be downloaded")
        folders[:] = [os.path.basename(path) for path in below if path != own and suffix(path) not in UNFINISHED]
        if folder in clips:
            continue
        for path in paths:
            if suffix(path) in VIDEOS and os.path.realpath(path) not in spoken_of and not path.startswith(within):
                yield found(path, NOT_IN_NAMING)
        if of_images and folder not in around and not folder.startswith(within):
            images = [path for path in paths if suffix(path) in IMAGES]
            if images and spoken_of.isdisjoint(map(os.path.realpath, images)):
                yield found(folder, NOT_IN_NAMING, f"a folder of {len(images)} images")
    for error in closed:
        yield found(str(error.filename), "folder cannot be read", str(error.strerror))


def _unopened(path: str) -> tuple[str, str] | None:
    """Reason and advice for a file that holds others, is half of one, or a film in disguise; None for all others."""
    if suffix(path) in UNFINISHED:  # Safari makes folders
        return "an unfinished download", "download it again; what has come is not the whole file"
    if os.path.isdir(path):
        return None
    if ARCHIVE.fullmatch(path):
        return "an archive that was not unpacked", "unpack it, or take it away if its files are there already"
    if SHORTCUT.fullmatch(path):
        return "a shortcut to a file", "it holds no video: put the file itself here, or take it away"
    if suffix(path) == ".webp" and (found := WEBP.match(_first_bytes(path))) and found["flags"][0] & ANIMATED:
        return "an animated image", "animated WebP is not read: save it as .mp4 or .gif"
    if suffix(path) not in VIDEOS | PLAIN and FILM.match(_first_bytes(path)):
        return (
            "a film without a film's ending",
            "it begins as a film does: give it its ending, as .mp4, or take it away",
        )
    return None


def _first_bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(FIRST)
    except OSError:  # a link to nowhere, or nobody's to read
        return b""
