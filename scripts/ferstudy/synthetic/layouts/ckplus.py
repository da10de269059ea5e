"""CK+: `cohn-kanade-images/S005/001/S005_001_00000011.png`, its emotion as a code in a text file of its own."""

from pathlib import Path

from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.layouts.row import Row, numbered

# Neutral has a code that no sequence of the dataset has.
LABELS = {
    "anger": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happy",
    "sadness": "sadness",
    "surprise": "surprise",
    "neutral": "neutral",
    "contempt": "contempt",
}
CODES = ("neutral", "anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")
TAKES = 124
COURSE = "onset_apex"


def subject(who: Identity, index: int) -> str:
    """A number of three digits; 5 is the first."""
    return numbered("S", index, "ckplus", first=5)


def clip(subject: str, label: str, take: int) -> str:
    """Person and number of the sequence."""
    return f"{subject}_{take * len(CODES) + CODES.index(label) + 1:03d}"


def file(subject: str, label: str, take: int) -> str:
    """A folder of frames."""
    return f"cohn-kanade-images/{clip(subject, label, take).replace('_', '/')}/"


def image(i: int, folder: str) -> str:
    """Person, sequence and number of the frame."""
    return f"{'_'.join(folder.split('/')[1:3])}_{i + 1:08d}.png"


def finish(root: Path, rows: list[Row]) -> None:
    """Write an emotion file for the last frame, the peak, of each sequence."""
    for row in rows:
        folder = root / "Emotion" / row.clip.replace("_", "/")
        folder.mkdir(parents=True)
        text = f"   {CODES.index(row.label):.7e}\n"
        (folder / f"{row.clip}_{row.frames:08d}_emotion.txt").write_text(text)
