"""Every benchmark of the project, in one run: results/bench.json and a table.

Each line compares two ways of doing the same thing in CPU seconds of one process on one thread, so that a shared or a
slower machine changes both; `ratio` is baseline / ours. Two workers are compared in seconds, memory in MB (against the
other way, or a limit); fusions in seconds against a limit. Of copies of clips, `ratio` is the share that is found.
"""

import json
import tempfile
from pathlib import Path

import bench_copies
import bench_faces
import bench_features
import bench_fusion
import bench_makespan
import bench_memory
import bench_plan
import bench_predict
import bench_training

from ferstudy.synthetic.dataset import plan, render
from ferstudy.training import backend
from ferstudy.whole_files import write_text

ROOT = Path(__file__).parents[2]

FACES = {
    "people": 8,
    "first_person": 500,
    "clips_per_class": 1,
    "frames": 60,
    "fps": 25,
    "size": [480, 640],
    "seed": 11,
}
CLASSES = ["happiness", "surprise"]


def main() -> None:
    """Measure, print, write."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "videos"
        render(plan({**FACES, "layout": "manifest", "difficulty": 1.0}, CLASSES), root, Path(folder) / "truth.h5", 1)
        films = sorted(root.rglob("*.mp4"))
        lines = bench_faces.lines(films, Path(folder))
        lines += bench_predict.lines(films)
    lines += bench_copies.lines()
    lines += bench_fusion.lines()
    lines += bench_training.lines()
    lines += bench_memory.lines()
    lines += bench_plan.lines()
    lines += bench_makespan.lines()
    backend.start("tensorflow", 1, 0)  # last: the others start processes, which would inherit its memory
    lines += bench_features.lines()
    lines += bench_predict.of_devices()
    write_text(ROOT / "results/bench.json", json.dumps(lines, indent=1))
    print(f"{'':72} {'baseline':>10} {'ours':>10} {'ratio':>7}  quality")
    for line in lines:
        numbers = f"{line['baseline']:10.3g} {line['ours']:10.3g} {line['ratio']:7.2f}"
        print(f"{line['name'][:72]:72} {numbers}  {line['unit']}; {line['quality']}")


if __name__ == "__main__":
    main()
