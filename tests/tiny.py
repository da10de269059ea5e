"""The videos of the tiny study."""

from pathlib import Path

from ferstudy.synthetic.dataset import plan, render

CLASSES = ["anger", "happiness"]


def film(root: Path, people: int = 6, first: int = 50, seed: int = 3) -> None:
    """Write videos and their manifest.csv below `root`."""
    settings = {
        "people": people, "first_person": first, "clips_per_class": 1, "frames": 12, "fps": 25, "size": [192, 256],
        "seed": seed, "layout": "manifest", "difficulty": 1.0,
    }  # fmt: skip
    render(plan(settings, CLASSES), root, root.parent / f"{root.name}.truth.h5", processes=1)
