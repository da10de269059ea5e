"""Copies of clips that the audit finds, by what was done to them, and clips of two people that it takes for copies.

100 built-in clips of 20 people, and one clip of each of them copied as if it were a stranger's. `baseline` counts what
there is to find, `ours` what was found, and `ratio` is their quotient: the recall of copies, and false matches (aim: 0)
among all pairs of two people. `python bench_copies.py` prints the lines alone.
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

import fingerprint_clips
from ferstudy.jobs.fingerprint_clips import FingerprintClips
from ferstudy.protocols import full_frames, same_frames
from ferstudy.synthetic.dataset import plan, render
from ferstudy.tables import shards
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import Lineup
from ferstudy.tables.rows import read_rows
from ferstudy.tables.write import write_rows

Frames = list[np.ndarray]
CLASSES = ["anger", "disgust", "fear", "happiness", "surprise"]
VIDEOS = {"people": 20, "first_person": 700, "clips_per_class": 1, "frames": 30, "fps": 25, "size": [240, 320]}
FPS = 25


def resized(frames: Frames, factor: float) -> Frames:
    """Larger or smaller."""
    return [cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) for frame in frames]


def cropped(frames: Frames, share: float) -> Frames:
    """Without `share` of the height and width on every side."""
    down, right = (round(share * side) for side in frames[0].shape[:2])
    return [frame[down:-down, right:-right] for frame in frames]


def cornered(frames: Frames, share: float) -> Frames:
    """Without `share` of the height and width, above and at the right alone."""
    down, right = (round(share * side) for side in frames[0].shape[:2])
    return [frame[down:, :-right] for frame in frames]


def turned(frames: Frames, degrees: float, border: int = cv2.BORDER_REPLICATE) -> Frames:
    """Turned about the middle."""
    height, width = frames[0].shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return [cv2.warpAffine(frame, matrix, (width, height), borderMode=border) for frame in frames]


def lit(frames: Frames, gain: float, more: float) -> Frames:
    """Multiplied and shifted."""
    return [cv2.convertScaleAbs(frame, alpha=gain, beta=more) for frame in frames]


def coarse(frames: Frames, quality: int) -> Frames:
    """Through JPEG."""
    return [cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1) for frame in frames]


def letterboxed(frames: Frames, share: float, value: int = 0) -> Frames:
    """With bars of `share` of the height above and below."""
    bar = round(share * len(frames[0]))
    return [cv2.copyMakeBorder(frame, bar, bar, 0, 0, cv2.BORDER_CONSTANT, value=[value] * 3) for frame in frames]


def pillarboxed(frames: Frames, share: float) -> Frames:
    """With black bars of `share` of the width at both sides."""
    bar = round(share * frames[0].shape[1])
    return [cv2.copyMakeBorder(frame, 0, 0, bar, bar, cv2.BORDER_CONSTANT) for frame in frames]


def with_logo(frames: Frames, share: float, opacity: float = 1) -> Frames:
    """With a bright chequered square of `share` of the shorter side in the corner above at the right."""
    side = round(share * min(frames[0].shape[:2]))
    edge = side // 8
    small = np.random.default_rng(3).integers(0, 255, (4, 4, 3), dtype=np.uint8)
    logo = cv2.resize(small, (side, side), interpolation=cv2.INTER_NEAREST)
    copies = [frame.copy() for frame in frames]
    for copy in copies:
        corner = copy[edge : edge + side, -edge - side : -edge]
        corner[:] = cv2.addWeighted(logo, opacity, corner, 1 - opacity, 0)
    return copies


def with_caption(frames: Frames, share: float) -> Frames:
    """With white words on a dark strip of `share` of the height below; on the picture itself where that is 0."""
    height, width = frames[0].shape[:2]
    strip = round(share * height)
    copies = [frame.copy() for frame in frames]
    for copy in copies:
        copy[height - strip :] = 20
        at = (round(0.04 * width), height - max(strip // 3, 8))
        cv2.putText(copy, "I really do not know", at, 0, width / 420, (255, 255, 255), 2, cv2.LINE_AA)
    return copies


def bent(frames: Frames, gamma: float) -> Frames:
    """Another gamma."""
    table = (255 * (np.arange(256) / 255) ** gamma).round().astype(np.uint8)
    return [cv2.LUT(frame, table) for frame in frames]


def hued(frames: Frames, degrees: int) -> Frames:
    """Another hue."""
    turned_round = []
    for frame in frames:
        hsv = cv2.cvtColor(frame, cv2.COLOR_BGR2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + degrees // 2) % 180
        turned_round.append(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR))
    return turned_round


def paced(frames: Frames, speed: float) -> Frames:
    """So many times as fast, frames between two mixed of both."""
    at = np.arange(0, len(frames) - 1, speed)
    return [
        cv2.addWeighted(frames[int(time)], 1 - time % 1, frames[int(time) + 1], time % 1, 0) for time in at.tolist()
    ]


def grey(frames: Frames) -> Frames:
    """Without colour."""
    return [cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR) for frame in frames]


COPIES: dict[str, Callable[[Frames], Frames]] = {
    "encoded again": lambda frames: frames,
    "JPEG of quality 15": lambda frames: coarse(frames, 15),
    "half the size": lambda frames: resized(frames, 0.5),
    "twice the size": lambda frames: resized(frames, 2),
    "mirrored": lambda frames: [frame[:, ::-1] for frame in frames],
    "grey": grey,
    "brighter by 20": lambda frames: lit(frames, 1, 20),
    "contrast of 0.8": lambda frames: lit(frames, 0.8, 20),
    "trimmed to a third": lambda frames: frames[10:20],
    "every second frame": lambda frames: frames[::2],
    "backwards": lambda frames: frames[::-1],
    "cropped by 2 % on every side": lambda frames: cropped(frames, 0.02),
    "cropped by 5 % on every side": lambda frames: cropped(frames, 0.05),
    "cropped by 10 % on every side": lambda frames: cropped(frames, 0.10),
    "cropped by 15 % on every side": lambda frames: cropped(frames, 0.15),
    "cropped by 15 % above and at the right": lambda frames: cornered(frames, 0.15),
    "letterboxed by 10 %": lambda frames: letterboxed(frames, 0.10),
    "letterboxed in white": lambda frames: letterboxed(frames, 0.12, 255),
    "pillarboxed by 15 %": lambda frames: pillarboxed(frames, 0.15),
    "turned by 2 degrees": lambda frames: turned(frames, 2),
    "turned by 5 degrees": lambda frames: turned(frames, 5),
    "turned by 8 degrees": lambda frames: turned(frames, 8),
    "turned by 10 degrees, black corners": lambda frames: turned(frames, -10, cv2.BORDER_CONSTANT),
    "turned by 10 degrees, then cropped by 10 %": lambda frames: cropped(turned(frames, 10), 0.10),
    "with a logo of 20 %": lambda frames: with_logo(frames, 0.20),
    "with a logo of 25 %, half transparent": lambda frames: with_logo(frames, 0.25, 0.5),
    "with a caption of 10 %": lambda frames: with_caption(frames, 0.10),
    "with a caption of 15 %": lambda frames: with_caption(frames, 0.15),
    "with words on the picture": lambda frames: with_caption(frames, 0),
    "gamma 0.7": lambda frames: bent(frames, 0.7),
    "gamma 1.4": lambda frames: bent(frames, 1.4),
    "hue turned by 20 degrees": lambda frames: hued(frames, 20),
    "hue turned by -40 degrees": lambda frames: hued(frames, -40),
    "0.8 times as fast": lambda frames: paced(frames, 0.8),
    "1.25 times as fast": lambda frames: paced(frames, 1.25),
    "cropped by 6 %, logo, gamma, 1.2 times as fast": lambda frames: paced(
        bent(with_logo(cropped(frames, 0.06), 0.12), 0.85), 1.2
    ),
}


def frames_of(path: Path) -> Frames:
    """All frames of a video."""
    frames = []
    capture = cv2.VideoCapture(str(path))
    while (read := capture.read())[0]:
        frames.append(read[1])
    capture.release()
    return frames


def encoded(path: Path, frames: Frames) -> Path:
    """Write a video with another codec than the renderer's."""
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), FPS, (width, height))
    for frame in frames:
        writer.write(np.ascontiguousarray(frame))
    writer.release()
    return path


def fingerprints(paths: dict[str, Path], out: Path) -> Path:
    """The store that the workflow's job writes for the videos `paths` by clip."""
    table = out.with_suffix(".csv")
    write_rows(table, shards.COLUMNS, [(name, str(path), "", "", "") for name, path in paths.items()])
    fingerprint_clips.main(FingerprintClips(leaf=out.stem, clips=str(table), out=str(out)))
    return out


def matches(people: dict[str, str], stores: list[Path]) -> list[same_frames.Match]:
    """The pairs of clips that the audit finds; `people` by clip, as the study knows them."""
    line = Lineup({name: Clip(name, f"{name}.mp4", person, "fear") for name, person in people.items()}, {}, [])
    return same_frames.find(full_frames.read(line, stores), line)[0]


def lines() -> list[dict]:
    """What `make bench` writes down."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        settings = {**VIDEOS, "layout": "manifest", "seed": 17, "difficulty": 1.0}
        render(plan(settings, CLASSES), folder / "videos", folder / "truth.h5", 1)
        rows = read_rows(folder / "videos/manifest.csv", ("clip", "path", "subject"), more="")
        paths = {row["clip"]: folder / "videos" / row["path"] for row in rows}
        people = {row["clip"]: row["subject"] for row in rows}
        originals = fingerprints(paths, folder / "originals.h5")
        begun = time.process_time()
        found = [_false(people, matches(people, [originals]))]
        found[0]["quality"] += f"; {time.process_time() - begun:.1f} cpu-s"
        each = len(CLASSES)
        sources = [list(people)[i * each + i % each] for i in range(VIDEOS["people"])]  # all classes in turn
        frames = {source: frames_of(paths[source]) for source in sources}
        for number, (kind, change) in enumerate(COPIES.items()):
            made = {
                f"copy of {name}": encoded(folder / f"{number} {name}.avi", change(frames[name])) for name in frames
            }
            store = fingerprints(made, folder / f"kind{number}.h5")
            everybody = {**people, **{name: f"stranger {i}" for i, name in enumerate(made)}}
            found.append(_recall(kind, people, sources, matches(everybody, [originals, store])))
            for path in made.values():
                path.unlink()
    return found


def _person(clip: str, people: dict[str, str]) -> str:
    """Who is really to be seen."""
    return people[clip.removeprefix("copy of ")]


def _false(people: dict[str, str], found: list[same_frames.Match]) -> dict:
    """The line of what is taken for a copy where there is none."""
    wrong = sum(_person(match.one, people) != _person(match.other, people) for match in found)
    names = list(people.values())
    pairs = sum(one != other for i, one in enumerate(names) for other in names[:i])
    about = f"copies: false matches among {len(people)} clips of {len(set(names))} people"
    return {
        "name": about, "baseline": pairs, "ours": wrong, "ratio": wrong / pairs, "unit": "pairs",
        "quality": f"{wrong} false matches",
    }  # fmt: skip


def _recall(kind: str, people: dict[str, str], sources: list[str], found: list[same_frames.Match]) -> dict:
    """The line of one kind of copy."""
    pairs = {frozenset(match[:2]) for match in found}
    seen = sum(frozenset((source, f"copy of {source}")) in pairs for source in sources)
    wrong = sum(_person(match.one, people) != _person(match.other, people) for match in found)
    return {
        "name": f"copies: {kind}", "baseline": len(sources), "ours": seen, "ratio": seen / len(sources),
        "unit": "copies", "quality": f"recall {seen / len(sources):.2f}, {wrong} false matches",
    }  # fmt: skip


if __name__ == "__main__":
    for each in lines():
        print(json.dumps(each))
