"""Why a file is no video that can be read: before it is opened, and where ffmpeg does not open it."""

import os
import stat
from pathlib import Path

from ferstudy.video import container
from ferstudy.video.unusable import Unusable

NO_DECODER = (b"hardware accelerated", b"Could not find decoder", b"No decoder")


def check_file(path: Path) -> None:
    """Raise Unusable unless `path` is a file with something in it that may be read."""
    try:
        about = os.stat(path)
        if stat.S_ISREG(about.st_mode) and about.st_size:
            with open(path, "rb") as file:
                file.read(1)
    except FileNotFoundError as error:
        link = f"{path} is a link to {os.readlink(path)}" if os.path.islink(path) else str(path)
        raise Unusable("file missing", link) from error
    except (OSError, ValueError) as error:  # no permission, a link to itself, a name too long or with a zero byte
        raise Unusable("cannot be read", getattr(error, "strerror", None) or str(error)) from error
    if not stat.S_ISREG(about.st_mode):
        raise Unusable("not a file", "a pipe, socket or device")
    if not about.st_size:
        raise Unusable("empty file")
    foreign = container.foreign(path)
    if foreign:
        raise Unusable("not a video", foreign)


def unopened(path: Path, text: bytes) -> Unusable:
    """Why ffmpeg did not open the file at `path`, having printed `text`."""
    if any(words in text for words in NO_DECODER):
        return Unusable("codec not supported", "this ffmpeg has no decoder for it")
    image, sound = container.image_format(path), container.mp4_without_video(path)
    if image or not container.is_video(path):
        return Unusable("not a video", f"a {image} image" if image else "")
    if sound.startswith("sound"):
        return Unusable("not a video", sound)
    return Unusable("damaged", sound or "cannot be opened")
