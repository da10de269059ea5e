"""Detectors and trackers compared on the same clips, where the config asks for it."""

from dataclasses import dataclass

from ferstudy.report.blocks import Cell, Row, Table, columns
from ferstudy.report.numbers import DASH, count, listed, percent, uar

WORDS = {"none": "in every frame"}  # of trackers


@dataclass(frozen=True)
class FaceComparison:
    """The section: what was measured, and the table of recipes."""

    summary: str
    table: Table | None
    losses: Table | None  # why clips gave no face


def face_comparison(found: dict | None) -> FaceComparison | None:
    """The section for what compare_faces.py `found`; None where no comparison was asked for or it is missing."""
    if not found:
        return None
    return FaceComparison(_summary(found), _table(found) if found["clips"] else None, _losses(found))


def _summary(found: dict) -> str:
    unreadable = sum(found["unreadable"].values())
    text = f"{count(found['clips'], 'clip')} of `{found['leaf']}` with {count(found['frames'], 'frame')}"
    text += f"; decoding took {_ms(found['decode_ms'])} CPU milliseconds a frame" if found["frames"] else ""
    left = f" {count(unreadable, 'clip')} could not be decoded." if unreadable else ""
    return f"{text}.{left}"


def _ms(value: float | None) -> str:
    if value is None:
        return DASH
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _table(found: dict) -> Table:
    reference = next(entry for entry in found["recipes"] if entry["name"] == found["reference"])
    rows = tuple(_row(entry, reference, found) for entry in sorted(found["recipes"], key=lambda entry: entry["ms"]))
    titles = ("Recipe", "Detector", "Tracker", "#CPU ms a frame", "#Overlap", "#Elsewhere", "#Clips with a face")
    return Table(
        id="faces-compared",
        caption=f"Detectors and trackers on {found['leaf']}, the cheapest first",
        columns=columns(*titles, "#Frames with a face", "#Jitter", "#Faces seen"),
        rows=rows,
        how="CPU time of finding and following the face (and of aligning it, where the recipe does), without decoding; "
        "one thread, all recipes in one process, frames in memory. Overlap: intersection over union with the boxes of "
        f"`{found['reference']}`, mean over the frames that both have. No boxes are the truth: detectors draw "
        "larger or smaller boxes by habit, which lowers the overlap without an error. Elsewhere: frames whose overlap "
        "is below 0.3, where one of the two is on something else. Jitter: mean absolute second difference of the box's "
        "centre, in parts of its side; a head that moves evenly has none. Faces seen: in a frame, on average.",
        compact=True,
    )


def _row(entry: dict, reference: dict, found: dict) -> Row:
    is_reference = entry is reference
    detector = (
        entry["detector"] if entry["confirm"] == "none" else f"{entry['detector']}, confirmed by {entry['confirm']}"
    )
    cheaper = reference["ms"] / entry["ms"] if entry["ms"] else 0.0
    times = "" if is_reference or not cheaper else f"{_times(cheaper)} the reference"
    lost = entry["clips"] < found["clips"]
    return Row(
        (
            Cell(f"`{entry['name']}`", "the reference" if is_reference else ""),
            Cell(detector),
            Cell(WORDS.get(entry["tracker"], entry["tracker"]), "aligned" if entry["aligned"] else ""),
            Cell(_ms(entry["ms"]), times),
            Cell(DASH if is_reference or entry["iou"] is None else uar(entry["iou"])),
            Cell(DASH if is_reference or entry["elsewhere"] is None else percent(entry["elsewhere"])),
            Cell(f"{entry['clips']} of {found['clips']}", tone="warn" if lost else ""),
            Cell(percent(entry["frames"] / found["frames"])),
            Cell(DASH if entry["jitter"] is None else f"{entry['jitter']:.4f}"),
            Cell(DASH if entry["faces"] is None else f"{entry['faces']:.2f}"),
        ),
        "reference" if is_reference else "",
    )


def _times(ratio: float) -> str:
    """ "12 times cheaper than", "1.3 times as dear as"."""
    if ratio >= 1:
        return f"{ratio:.1f} times cheaper than" if ratio < 10 else f"{ratio:.0f} times cheaper than"
    return f"{1 / ratio:.1f} times as dear as" if ratio > 0.1 else f"{1 / ratio:.0f} times as dear as"


def _losses(found: dict) -> Table | None:
    rows = tuple(
        Row((Cell(f"`{entry['name']}`"), Cell(reason), Cell(str(number))))
        for entry in found["recipes"]
        for reason, number in entry["reasons"].items()
    )
    if not rows:
        return None
    names = listed([f"`{entry['name']}`" for entry in found["recipes"] if entry["reasons"]])
    return Table(
        id="faces-lost",
        caption="Clips without a face",
        columns=columns("Recipe", "Reason", "#Clips"),
        rows=rows,
        how=f"Why clips gave no track: {names}. A clip whose face is seen in too few of its frames counts as lost.",
        compact=True,
    )
