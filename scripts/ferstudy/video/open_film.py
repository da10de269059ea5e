"""A video file, opened with PyAV's ffmpeg: one stream of pictures, decoded on one thread."""

import logging
from pathlib import Path

import av

from ferstudy.video.file_check import check_file, unopened
from ferstudy.video.unusable import Unusable

IMAGES = {"jpeg": "JPEG", "webp": "WebP"}  # the others are written in capitals
# Errors are read by Capture; what comes when nobody listens (at closing) is nobody's.
av.logging.set_level(av.logging.ERROR)
av.logging.set_skip_repeated(False)
logging.getLogger("libav").propagate = False
logging.getLogger("libav").addHandler(logging.NullHandler())


def open_film(path: Path) -> tuple[av.container.InputContainer, av.VideoStream]:
    """The open file and its first stream of pictures; raises Unusable for what is no video that can be decoded."""
    check_file(path)
    with av.logging.Capture() as said:
        try:
            # "file:", lest a colon in the name makes a protocol of it. ffmpeg takes names in UTF-8 only.
            container = av.open(f"file:{path}") if _is_utf8(str(path)) else av.open(open(path, "rb"))  # noqa: SIM115
        except (av.FFmpegError, OSError) as error:
            raise unopened(path, " ".join(text for _, _, text in said)) from error
    name = container.format.name.removesuffix("_pipe")
    if name != container.format.name:
        raise Unusable("not a video", f"a {IMAGES.get(name, name.upper())} image")
    covers = av.stream.Disposition.attached_pic
    pictures = [stream for stream in container.streams.video if not stream.disposition & covers]
    if not pictures:
        raise Unusable("not a video", "sound without a picture" if container.streams.audio else "")
    stream = pictures[0]
    if stream.codec_context is None:
        raise Unusable("codec not supported", "this ffmpeg has no decoder for it")
    stream.thread_type, stream.thread_count = "NONE", 1  # the workflow runs a process per core
    return container, stream


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
