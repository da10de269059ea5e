"""The videos of the tiny study."""

from pathlib import Path

import make_synthetic

PEOPLE = (
    '{"people": %d, "first_person": %d, "clips_per_class": 1, "frames": 12, "fps": 25, "size": [192, 256], "seed": %d, '
)
CLASSES = '{"classes": ["anger", "happiness"]}'


def film(root: Path, people: int = 6, first: int = 50, seed: int = 3) -> None:
    """Write videos and their manifest.csv below `root`."""
    settings = PEOPLE % (people, first, seed) + '"layout": "manifest", "difficulty": 1.0}'
    truth = root.parent / f"{root.name}.truth.h5"
    make_synthetic.main(
        ["--settings", settings, "--classes", CLASSES, "--root", str(root), "--truth", str(truth), "--processes", "1"]
    )
