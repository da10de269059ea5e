"""Tracked face crops and their flow against a detection in every frame, as the source studies do it.

The baseline runs OpenCV's Haar cascade on every frame at full size (scale factor 1.1, 5 neighbours, largest face); the
fusion study then computes Farneback's flow between neighbouring crops and writes both as PNG. Ours are the functions
that the workflow's jobs call. CPU seconds of one thread; the lines about two workers and memory run the job itself.

Boxes are compared in two ways. Frame by frame with the baseline's own, where it has one; that cannot reach 1, as those
boxes tremble. And with the box that the baseline shows if its trembling is taken off: its median place and size around
the eyes, which the renderer knows, in every frame of the clip. A clip in which the baseline loses the face is no
measure of anybody; there the median of the other clips' frames stands for it, so that every clip and frame counts.
"""

import cProfile
import os
import pstats
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from completed import recipe_of, sections

import compute_flow
from ferstudy.jobs.compute_flow import ComputeFlow
from ferstudy.jobs.extract_faces import ExtractFaces
from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.synthetic.action_units import AUS
from ferstudy.synthetic.geometry import Contours
from ferstudy.synthetic.identity import person
from ferstudy.tables import shards
from ferstudy.tables.write import write_rows
from ferstudy.video.decode import Film
from ferstudy.video.detect import overlap
from ferstudy.video.faces import Tools, crops, extract_all, find, tools
from ferstudy.video.faces import columns as columns_of
from ferstudy.video.path import to_boxes, to_places
from ferstudy.video.recipe import Recipe

SIZE, FLOW_SIZE = 160, 48  # px
FLOW = {"method": "farneback", "keep": "sum", "segment": 16, "step": 8}
FARNEBACK = (0.5, 3, 15, 3, 5, 1.2, 0)  # of OpenCV's tutorial
LOST = 0.05  # share of a clip's frames in which the baseline finds no face, above which its boxes are no measure
COPIES, TRIES = 10, 2  # of the clips for the two workers; of the measurement
LENGTHS = 100, 4800  # frames of the clips whose memory is compared
LONG = 600  # frames of a film that does not stay in memory
# A process starts with the peak of the one that it was forked from: the job needs a small parent.
WATCH = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL); "
    "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_maxrss / 1024, used.ru_utime + used.ru_stime)"
)
# What the libraries' calls in which the time goes are for; the rest is arrays, copies, small pictures and Python.
PARTS = {
    "decode": "decoding",
    "vpull": "conversion to BGR",
    "detectMultiScale2": "Haar",
    "update": "tracking",
    "blur": "cutting",
    "warpAffine": "cutting",
}
EXTRACT = Path(__file__).parents[2] / "scripts/extract_faces.py"


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """(CPU seconds, result) of `work`."""
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def where(work: Callable[[], Any]) -> str:
    """The shares of the time of `work` by PARTS, in words."""
    profile = cProfile.Profile()  # by the clock: asking for CPU time costs as much as a call
    profile.runcall(work)
    spent = pstats.Stats(profile)
    shares = dict.fromkeys([*PARTS.values(), "the rest"], 0.0)
    for (_, _, name), (_, _, seconds, _, _) in spent.stats.items():  # "<method 'decode' of ...>", "<blur>", "find"
        shares[PARTS.get(re.search(r"(?:method ')?(\w+)(?:'|>|$)", name)[1], "the rest")] += seconds / spent.total_tt
    return ", ".join(f"{part} {share:.0%}" for part, share in shares.items())


def decoded(path: Path, kept: bool) -> list[np.ndarray]:
    """The frames of a video by OpenCV's own example, on one thread; each overwrites the last unless `kept`."""
    frames, frame = [], None
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    while True:
        whole, frame = capture.read(None if kept else frame)
        if not whole:
            capture.release()
            return frames
        if kept:
            frames.append(frame)


def largest(frame: np.ndarray, cascade: cv2.CascadeClassifier) -> np.ndarray | None:
    """The largest face (x, y, w, h) of a frame, None without one."""
    found = cascade.detectMultiScale(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), 1.1, 5)
    return max(found, key=lambda face: face[2] * face[3], default=None)


def cut_out(frames: list[np.ndarray], boxes: list[np.ndarray | None], size: int) -> list[np.ndarray]:
    """The crops of the frames with a box."""
    images = []
    for frame, box in zip(frames, boxes, strict=True):
        if box is not None:
            x, y, width, height = box
            images.append(cv2.resize(frame[y : y + height, x : x + width], (size, size), interpolation=cv2.INTER_AREA))
    return images


def as_images(images: list[np.ndarray], folder: Path) -> None:
    """Write the crops and the flow between neighbours (angle as hue, length as brightness) as PNG."""
    greys = [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in images]
    for i, image in enumerate(images):
        cv2.imwrite(str(folder / f"crop{i}.png"), image)
        if i:
            flow = cv2.calcOpticalFlowFarneback(greys[i - 1], greys[i], None, *FARNEBACK)
            length, angle = cv2.cartToPolar(flow[..., 0], flow[..., 1], angleInDegrees=True)
            light = cv2.normalize(length, None, 0, 255, cv2.NORM_MINMAX)
            hsv = np.dstack([angle / 2, np.full_like(angle, 255), light]).astype(np.uint8)
            cv2.imwrite(str(folder / f"flow{i}.png"), cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR))


def tracked(path: Path, recipe: Recipe, ready: Tools, spare: list) -> tuple[int, np.ndarray]:
    """(first frame, boxes) of a clip whose crops are made as extract_faces makes them."""
    film = Film(path, spare=spare)
    track = find(film, recipe, ready.detector, ready.second)
    for _ in crops(film, track, recipe.crop):
        pass
    film.give(spare)
    return track.first, track.boxes


def jitter(boxes: np.ndarray) -> float:
    """Mean absolute second difference of the boxes' centres in px: what a still head should not show."""
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    return float(np.abs(np.diff(centres, 2, axis=0)).mean()) if len(boxes) > 2 else 0.0


class Compared(NamedTuple):
    """One clip's boxes (n, 4): ours, and the baseline's in the frames where it has one."""

    mine: np.ndarray  # of the frames from `first` on
    first: int
    theirs: np.ndarray  # of the frames `seen`
    seen: np.ndarray
    eyes: np.ndarray  # (frames, 2, 2) their true centres in px

    @property
    def sound(self) -> bool:
        """Whether the baseline keeps the face."""
        return len(self.seen) >= (1 - LOST) * len(self.eyes)


def compared(first: int, boxes: np.ndarray, detected: list[np.ndarray | None], eyes: np.ndarray) -> Compared:
    """What the two ways found in one clip."""
    seen = np.array([i for i, box in enumerate(detected) if box is not None], int)
    theirs = np.array([detected[i] for i in seen], float).reshape(-1, 4)
    return Compared(boxes, first, theirs, seen, eyes)


def true_eyes(clip: str, pose: np.ndarray, width: int, height: int) -> np.ndarray:
    """(n, 2, 2) centres of the eyes of a rendered clip in px, from its true `pose` (n, 6); see synthetic.geometry."""
    who = person(int(re.search(r"\d+", clip)[0]))
    contours, still = Contours(who), np.zeros(2 * len(AUS))
    unit, origin = who.distance * min(width, 0.75 * height), np.multiply(who.centre, (width, height))
    points = [contours.at(np.concatenate([still, one]).astype(np.float32)) for one in pose]
    return np.array([[at["iris_l"][0], at["iris_r"][0]] for at in points]) * unit + origin


def around_eyes(boxes: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """(n, 3) places of `boxes` (n, 4) about `eyes` (n, 2, 2): right, down, logarithm of the side, in eye distances."""
    apart = np.linalg.norm(eyes[:, 1] - eyes[:, 0], axis=-1, keepdims=True)
    places = to_places(boxes)
    return np.hstack([(places[:, :2] - eyes.mean(1)) / apart, places[:, 2:] - np.log(apart)])


def carried(usual: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """(n, 4) boxes in the `usual` (3,) place about `eyes` (n, 2, 2), see `around_eyes`."""
    apart = np.linalg.norm(eyes[:, 1] - eyes[:, 0], axis=-1, keepdims=True)
    return to_boxes(np.hstack([eyes.mean(1) + usual[:2] * apart, usual[2] + np.log(apart)]))


def agreement(clips: list[Compared]) -> str:
    """How well the two ways' boxes agree, in words."""
    relations = [around_eyes(clip.theirs, clip.eyes[clip.seen]) for clip in clips]
    general = np.median(np.concatenate([one for one, clip in zip(relations, clips, strict=True) if clip.sound]), 0)
    mine, theirs, direct = [], [], []
    for clip, one in zip(clips, relations, strict=True):
        steady = carried(np.median(one, 0) if clip.sound else general, clip.eyes)
        mine.append(overlap(clip.mine, steady[clip.first : clip.first + len(clip.mine)]).mean())
        theirs.append(overlap(clip.theirs, steady[clip.seen]).mean())
        both = (clip.seen >= clip.first) & (clip.seen < clip.first + len(clip.mine))
        direct.append(overlap(clip.mine[clip.seen[both] - clip.first], clip.theirs[both]).mean())
    sound = np.array([clip.sound for clip in clips])
    mine, theirs, direct = map(np.array, (mine, theirs, direct))
    still, restless = np.mean([(jitter(clip.mine), jitter(clip.theirs)) for clip in clips], 0)
    lost = f"the {sum(~sound)} clips where it has none in over {LOST:.0%} of the frames: {mine[~sound].mean():.3f}"
    return (
        f"box IoU {mine.mean():.3f} with the baseline's median box about the true eyes, all {len(clips)} clips (its "
        f"own boxes: {theirs.mean():.3f}{'; ' + lost if (~sound).any() else ''}); "
        f"frame by frame with its boxes {direct[sound].mean():.3f} in the other "
        f"{sum(sound)} clips, {direct.mean():.3f} in all, frames where it has none left out; "
        f"jitter {still:.2f} against {restless:.2f} px"
    )


def parts_of(clips: Iterable[Path], copies: int = 1) -> list[shards.Part]:
    """The rows of a shard with every clip `copies` times."""
    return [shards.Part(f"{path.stem}_{i}", str(path), None, None, "") for i in range(copies) for path in clips]


def faces_and_flow(clips: list[Path], folder: Path) -> None:
    """The workflow's way from videos to a store of flow at FLOW_SIZE px."""
    recipe = recipe_of({"crop": {"size": FLOW_SIZE}})
    with Writer(folder / "faces.h5", recipe.frame_shape, "uint8", columns_of(recipe)) as store:
        extract_all(parts_of(clips), recipe, store)
    compute_flow.main(ComputeFlow(flow=FLOW, faces=str(folder / "faces.h5"), out=str(folder / "flow.h5")))


def line(name: str, baseline: float, ours: float, unit: str, quality: str) -> dict:
    """One line of the table."""
    return {
        "name": f"faces: {name}",
        "baseline": baseline,
        "ours": ours,
        "ratio": baseline / ours,
        "unit": unit,
        "quality": quality,
    }


def against_detection(clips: list[Path], folder: Path, truth: Store) -> list[dict]:
    """The lines about CPU seconds and boxes of rendered `clips`, about which `truth` tells."""
    recipe, spare = recipe_of({"crop": {"size": SIZE}}), []
    ready = tools(recipe)
    cascade = cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_frontalface_default.xml")
    tracked(clips[0], recipe, ready, spare)  # a shard has one first clip among many
    alone = detection = crop = images = ours = 0.0
    found = []
    for path in clips:
        frames = decoded(path, kept=True)
        seconds, _ = timed(lambda path=path: decoded(path, kept=False))
        alone += seconds
        seconds, boxes = timed(lambda frames=frames: [largest(frame, cascade) for frame in frames])
        detection += seconds
        seconds, _ = timed(lambda frames=frames, boxes=boxes: cut_out(frames, boxes, SIZE))
        crop += seconds
        seconds, _ = timed(lambda frames=frames, boxes=boxes: as_images(cut_out(frames, boxes, FLOW_SIZE), folder))
        images += seconds
        seconds, (first, mine) = timed(lambda path=path: tracked(path, recipe, ready, spare))
        ours += seconds
        height, width = frames[0].shape[:2]
        found.append(compared(first, mine, boxes, true_eyes(path.stem, truth.column(path.stem, "pose"), width, height)))
    flow, _ = timed(lambda: faces_and_flow(clips, folder))
    spent = where(lambda: [tracked(path, recipe, ready, spare) for path in clips])
    times = f"{ours / alone:.2f} times the cost of decoding; {spent}"
    path = f"faces and flow at {FLOW_SIZE} px against detection in every frame, flow and PNG"
    return [
        line(
            f"crops at {SIZE} px against detection in every frame",
            alone + detection + crop,
            ours,
            "cpu-s",
            agreement(found),
        ),
        line(f"decoding alone against crops at {SIZE} px", alone, ours, "cpu-s", times),
        line(path, alone + detection + images, flow, "cpu-s", "HDF5 stores of the same frames"),
    ]


def command(parts: list[shards.Part], folder: Path, name: str) -> list[str]:
    """The command that runs extract_faces on a shard of `parts`."""
    write_rows(folder / f"{name}.csv", shards.COLUMNS, parts)
    endings = {"clips": "csv", "store": "h5", "rejected": "rejected.csv"}
    files = {field: str(folder / f"{name}.{ending}") for field, ending in endings.items()}
    job = ExtractFaces(leaf="bench", recipe=sections({"crop": {"size": SIZE}}), shortest=1, **files)
    return [sys.executable, str(EXTRACT), "--job", job.to_json()]


def wall(*all_parts: list[shards.Part], folder: Path) -> float:
    """Seconds until the jobs on all these shards, started together, are done."""
    commands = [command(parts, folder, f"shard{i}") for i, parts in enumerate(all_parts)]
    begun = time.perf_counter()
    jobs = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for command in commands]
    if any(process.wait() for process in jobs):
        raise RuntimeError("extract_faces failed")
    return time.perf_counter() - begun


def two_workers(clips: list[Path], folder: Path) -> dict:
    """The line about two processes, the best of TRIES: other work on the machine can only spoil it."""
    parts = parts_of(clips, COPIES)
    tries = [(wall(parts, folder=folder), wall(parts[::2], parts[1::2], folder=folder)) for _ in range(TRIES)]
    one, two = max(tries, key=lambda pair: pair[0] / pair[1])
    return line("one worker against two on two cores", one, two, "s", f"{len(parts)} clips, {os.cpu_count()} cores")


def lengthened(path: Path, frames: list[np.ndarray], count: int) -> Path:
    """A video of `count` frames that shows `frames` there and back, again and again."""
    there_and_back = frames + frames[::-1]
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, (width, height))
    for i in range(count):
        writer.write(there_and_back[i % len(there_and_back)])
    writer.release()
    return path


def long_films(clips: list[Path], folder: Path) -> dict:
    """The line about films too long to stay in memory, which are decoded twice."""
    recipe = recipe_of({"crop": {"size": SIZE}})
    ready = tools(recipe)
    alone = ours = 0.0
    for clip in clips:
        path = lengthened(folder / "long.mp4", decoded(clip, kept=True), LONG)
        alone += timed(lambda path=path: decoded(path, kept=False))[0]
        seconds, (first, boxes) = timed(lambda path=path: tracked(path, recipe, ready, []))
        ours += seconds
        if (first, len(boxes)) != (0, LONG):
            raise RuntimeError(f"the face was lost: frames {first} to {first + len(boxes)} of {LONG}")
    spent = where(lambda: tracked(path, recipe, ready, []))
    times = (
        f"{ours / alone:.2f} times the cost of decoding, {1000 * ours / LONG / len(clips):.2f} cpu-ms a frame; {spent}"
    )
    return line(f"decoding alone against crops, {len(clips)} films of {LONG} frames", alone, ours, "cpu-s", times)


def memory(clip: Path, folder: Path) -> dict:
    """The line about the peak memory of the job on a long clip."""
    frames, peaks, seconds = decoded(clip, kept=True), [], []
    for count in LENGTHS:
        started = command(parts_of([lengthened(folder / f"{count}.mp4", frames, count)]), folder, f"length{count}")
        peak, used = map(float, subprocess.check_output([sys.executable, "-c", WATCH, *started], text=True).split())
        peaks.append(peak)
        seconds.append(used)
    short, long = peaks
    quality = f"{long / short:.2f} times the memory, {1000 * seconds[1] / LENGTHS[1]:.1f} cpu-ms a frame with the store"
    return line(f"memory for {LENGTHS[0]} frames against {LENGTHS[1]}", short, long, "MB", quality)


def lines(clips: list[Path], folder: Path) -> list[dict]:
    """[{name, baseline, ours, ratio, unit, quality}] over rendered `clips`, both ways in this run.

    `folder` holds their truth.h5, and takes files.
    """
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    with Store(folder / "truth.h5") as truth:
        found = against_detection(clips, folder, truth)
    found += [long_films(clips[::2], folder), two_workers(clips, folder), memory(clips[0], folder)]
    cv2.setNumThreads(threads)
    return found
