"""Tracked face crops against a detection in every frame at full size, as the source studies do it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ferstudy.video.decode import Film
from ferstudy.video.detect import Haar, overlap
from ferstudy.video.faces import completed, crops, detector, find

SIZE = 64


def per_frame(path: Path, cascade: cv2.CascadeClassifier) -> tuple[list[np.ndarray | None], list[np.ndarray]]:
    """(boxes, crops) by OpenCV's own example: every frame, full size, scale factor 1.1, 5 neighbours."""
    capture = cv2.VideoCapture(str(path))
    boxes, images = [], []
    while True:
        whole, frame = capture.read()
        if not whole:
            capture.release()
            return boxes, images
        found = cascade.detectMultiScale(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), 1.1, 5)
        box = max(found, key=lambda face: face[2] * face[3], default=None)
        boxes.append(box)
        if box is not None:
            x, y, width, height = box
            images.append(cv2.resize(frame[y : y + height, x : x + width], (SIZE, SIZE), interpolation=cv2.INTER_AREA))


def tracked(path: Path, recipe: dict, haar: Haar, spare: list) -> tuple[int, np.ndarray, list[np.ndarray]]:
    """(first frame, boxes, crops) as extract_faces makes them."""
    film = Film(path, spare=spare)
    track = find(film, recipe, haar)
    images = list(crops(film, track, recipe["crop"]))
    film.give(spare)
    return track.first, track.boxes, images


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """(CPU seconds, result) of `work`."""
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def jitter(boxes: np.ndarray) -> float:
    """Mean absolute second difference of the boxes' centres in px: what a still head should not show."""
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    return float(np.abs(np.diff(centres, 2, axis=0)).mean()) if len(boxes) > 2 else 0.0


def lines(clips: list[Path]) -> list[dict]:
    """[{name, baseline, ours, ratio, unit, quality}] over `clips`, both ways in this run, one thread."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    recipe, spare = completed({"crop": {"size": SIZE}}), []
    haar = detector(recipe)
    cascade = cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_frontalface_default.xml")
    tracked(clips[0], recipe, haar, spare)  # a shard has one first clip among many
    baseline = ours = 0.0
    overlaps, still, restless = [], [], []
    for path in clips:
        seconds, (detected, _) = timed(lambda path=path: per_frame(path, cascade))
        baseline += seconds
        seconds, (first, boxes, _) = timed(lambda path=path: tracked(path, recipe, haar, spare))
        ours += seconds
        pairs = [(box, detected[i]) for i, box in enumerate(boxes, first) if detected[i] is not None]
        mine, theirs = (np.array(side, dtype=float).reshape(-1, 4) for side in zip(*pairs, strict=True))
        overlaps.append(overlap(mine, theirs).mean())
        still.append(jitter(mine))
        restless.append(jitter(theirs))
    cv2.setNumThreads(threads)
    steadiness = f"jitter {np.mean(still):.2f} against {np.mean(restless):.2f} px"
    return [
        {
            "name": "faces: detection now and then with tracking, against detection in every frame",
            "baseline": baseline,
            "ours": ours,
            "ratio": baseline / ours,
            "unit": "cpu-s",
            "quality": f"box IoU {np.mean(overlaps):.3f}, {steadiness}",
        }
    ]
