"""Tracked face crops and their flow against a detection in every frame, as the source studies do it.

The baseline runs OpenCV's Haar cascade on every frame at full size (scale factor 1.1, 5 neighbours, largest face); the
fusion study then computes Farneback's flow between neighbouring crops and writes both as PNG. Ours are the functions
that the workflow's jobs call. CPU seconds of one thread; the lines about two workers and memory run the job itself.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import compute_flow
from ferstudy.store.write import Writer
from ferstudy.tables import shards
from ferstudy.tables.write import write_rows
from ferstudy.video.decode import Film
from ferstudy.video.detect import overlap
from ferstudy.video.faces import columns as columns_of
from ferstudy.video.faces import completed, crops, detector, extract_all, find, frame_shape
from ferstudy.video.overhear import Overheard

SIZE, FLOW_SIZE = 160, 48  # px
FLOW = {"method": "farneback", "segment": 16, "step": 8}
FARNEBACK = (0.5, 3, 15, 3, 5, 1.2, 0)  # of OpenCV's tutorial
LOST = 0.05  # share of a clip's frames in which the baseline finds no face, above which its boxes are no reference
COPIES, TRIES = 10, 2  # of the clips for the two workers; of the measurement
LENGTHS = 100, 4800  # frames of the clips whose memory is compared
# A process starts with the peak of the one that it was forked from: the job needs a small parent.
WATCH = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL); "
    "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_maxrss / 1024, used.ru_utime + used.ru_stime)"
)
EXTRACT = Path(__file__).parents[2] / "scripts/extract_faces.py"


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """(CPU seconds, result) of `work`."""
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def decoded(path: Path, kept: bool) -> list[np.ndarray]:
    """The frames of a video by OpenCV's own example, on one thread; each overwrites the last unless `kept`."""
    frames, frame = [], None
    with Overheard():  # ferstudy sets ffmpeg to tell all
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


def tracked(path: Path, recipe: dict, finder: Any, spare: list) -> tuple[int, np.ndarray]:
    """(first frame, boxes) of a clip whose crops are made as extract_faces makes them."""
    film = Film(path, spare=spare)
    track = find(film, recipe, finder)
    for _ in crops(film, track, recipe["crop"]):
        pass
    film.give(spare)
    return track.first, track.boxes


def jitter(boxes: np.ndarray) -> float:
    """Mean absolute second difference of the boxes' centres in px: what a still head should not show."""
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    return float(np.abs(np.diff(centres, 2, axis=0)).mean()) if len(boxes) > 2 else 0.0


def agreement(first: int, boxes: np.ndarray, detected: list[np.ndarray | None]) -> tuple[float, float, float, float]:
    """(overlap, jitter of `boxes`, jitter of `detected`, share of frames where none was detected) of one clip."""
    pairs = [(box, detected[i]) for i, box in enumerate(boxes, first) if detected[i] is not None]
    mine, theirs = (np.array(side, dtype=float).reshape(-1, 4) for side in zip(*pairs, strict=True))
    lost = sum(box is None for box in detected) / len(detected)
    return float(overlap(mine, theirs).mean()), jitter(mine), jitter(theirs), lost


def parts_of(clips: Iterable[Path], copies: int = 1) -> list[shards.Part]:
    """The rows of a shard with every clip `copies` times."""
    return [shards.Part(f"{path.stem}_{i}", str(path), None, None, "") for i in range(copies) for path in clips]


def faces_and_flow(clips: list[Path], folder: Path) -> None:
    """The workflow's way from videos to a store of flow at FLOW_SIZE px."""
    recipe = completed({"crop": {"size": FLOW_SIZE}})
    with Writer(folder / "faces.h5", frame_shape(recipe), "uint8", columns_of(recipe)) as store:
        extract_all(parts_of(clips), recipe, store)
    compute_flow.main(
        ["--faces", str(folder / "faces.h5"), "--flow", json.dumps(FLOW), "--out", str(folder / "flow.h5")]
    )


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


def against_detection(clips: list[Path], folder: Path) -> list[dict]:
    """The lines about CPU seconds and boxes."""
    recipe, spare = completed({"crop": {"size": SIZE}}), []
    finder = detector(recipe)
    cascade = cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_frontalface_default.xml")
    tracked(clips[0], recipe, finder, spare)  # a shard has one first clip among many
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
        seconds, (first, mine) = timed(lambda path=path: tracked(path, recipe, finder, spare))
        ours += seconds
        found.append(agreement(first, mine, boxes))
    flow, _ = timed(lambda: faces_and_flow(clips, folder))
    overlaps, still, restless, lost = np.array(found).T
    sound = lost <= LOST
    boxes = (
        f"box IoU {overlaps[sound].mean():.3f} in {sound.sum()} clips, {overlaps.mean():.3f} with the {sum(~sound)} in "
        f"which the baseline loses the face, jitter {still.mean():.2f} against {restless.mean():.2f} px"
    )
    times = f"{ours / alone:.1f} times the cost of decoding"
    path = f"faces and flow at {FLOW_SIZE} px against detection in every frame, flow and PNG"
    return [
        line(f"crops at {SIZE} px against detection in every frame", alone + detection + crop, ours, "cpu-s", boxes),
        line(f"decoding alone against crops at {SIZE} px", alone, ours, "cpu-s", times),
        line(path, alone + detection + images, flow, "cpu-s", "HDF5 stores of the same frames"),
    ]


def job(parts: list[shards.Part], folder: Path, name: str) -> list[str]:
    """The command that runs extract_faces on a shard of `parts`."""
    write_rows(folder / f"{name}.csv", shards.COLUMNS, parts)
    arguments = ["--clips", folder / f"{name}.csv", "--recipe", json.dumps({"crop": {"size": SIZE}}), "--leaf", "bench"]
    arguments += ["--out", folder / f"{name}.h5", "--rejected", folder / f"{name}.rejected.csv"]
    return [sys.executable, *(str(word) for word in (EXTRACT, *arguments))]


def wall(*all_parts: list[shards.Part], folder: Path) -> float:
    """Seconds until the jobs on all these shards, started together, are done."""
    commands = [job(parts, folder, f"shard{i}") for i, parts in enumerate(all_parts)]
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
    with Overheard():
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25, (width, height))
        for i in range(count):
            writer.write(there_and_back[i % len(there_and_back)])
        writer.release()
    return path


def memory(clip: Path, folder: Path) -> dict:
    """The line about the peak memory of the job on a long clip."""
    frames, peaks, seconds = decoded(clip, kept=True), [], []
    for count in LENGTHS:
        command = job(parts_of([lengthened(folder / f"{count}.mp4", frames, count)]), folder, f"length{count}")
        peak, used = map(float, subprocess.check_output([sys.executable, "-c", WATCH, *command], text=True).split())
        peaks.append(peak)
        seconds.append(used)
    short, long = peaks
    quality = f"{long / short:.2f} times the memory, {1000 * seconds[1] / LENGTHS[1]:.1f} cpu-ms a frame"
    return line(f"memory for {LENGTHS[0]} frames against {LENGTHS[1]}", short, long, "MB", quality)


def lines(clips: list[Path], folder: Path) -> list[dict]:
    """[{name, baseline, ours, ratio, unit, quality}] over `clips`, both ways in this run; `folder` is for files."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    found = [*against_detection(clips, folder), two_workers(clips, folder), memory(clips[0], folder)]
    cv2.setNumThreads(threads)
    return found
