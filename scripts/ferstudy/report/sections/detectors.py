"""Detectors and trackers compared on the same clips, where the config asks for it."""

from ferstudy.report.blocks import PageTable, Section, TableCell, TableRow, Text, columns, some
from ferstudy.report.numbers import DASH, count, listed, percent, uar
from ferstudy.report.records import Results

WORDS = {"none": "in every frame"}  # of trackers


def section(results: Results) -> Section | None:
    """What compare_faces.py found; None where no comparison was asked for or it is missing."""
    return compared(results.face_comparison) if results.face_comparison else None


def compared(found: dict) -> Section:
    """The recipes with what they cost and find, and why clips gave no face."""
    table = _table(found) if found["clips"] else Text("No clip could be decoded, so nothing was compared.", "empty")
    return Section("faces", "Detectors and trackers", some(Text(_summary(found)), table, _losses(found)))


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


def _table(found: dict) -> PageTable:
    reference = next(entry for entry in found["recipes"] if entry["name"] == found["reference"])
    rows = tuple(_row(entry, reference, found) for entry in sorted(found["recipes"], key=lambda entry: entry["ms"]))
    titles = ("Recipe", "Detector", "Tracker", "#CPU ms a frame", "#Overlap", "#Elsewhere", "#Clips with a face")
    return PageTable(
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


def _row(entry: dict, reference: dict, found: dict) -> TableRow:
    is_reference = entry is reference
    second, confirm = entry.get("second", "none"), entry["confirm"]
    also = [f"then {second} where the face is lost"] * (second != "none")
    also += [f"confirmed by {confirm}"] * (confirm != "none")
    cheaper = reference["ms"] / entry["ms"] if entry["ms"] else 0.0
    times = "" if is_reference or not cheaper else f"{_times(cheaper)} the reference"
    lost = entry["clips"] < found["clips"]
    return TableRow(
        (
            TableCell(f"`{entry['name']}`", "the reference" if is_reference else ""),
            TableCell(entry["detector"], ", ".join(also)),
            TableCell(WORDS.get(entry["tracker"], entry["tracker"]), "aligned" if entry["aligned"] else ""),
            TableCell(_ms(entry["ms"]), times),
            TableCell(DASH if is_reference or entry["iou"] is None else uar(entry["iou"])),
            TableCell(DASH if is_reference or entry["elsewhere"] is None else percent(entry["elsewhere"])),
            TableCell(f"{entry['clips']} of {found['clips']}", tone="warn" if lost else ""),
            TableCell(percent(entry["frames"] / found["frames"])),
            TableCell(DASH if entry["jitter"] is None else f"{entry['jitter']:.4f}"),
            TableCell(DASH if entry["faces"] is None else f"{entry['faces']:.2f}"),
        ),
        "reference" if is_reference else "",
    )


def _times(ratio: float) -> str:
    """ "12 times cheaper than", "1.3 times as dear as"."""
    if ratio >= 1:
        return f"{ratio:.1f} times cheaper than" if ratio < 10 else f"{ratio:.0f} times cheaper than"
    return f"{1 / ratio:.1f} times as dear as" if ratio > 0.1 else f"{1 / ratio:.0f} times as dear as"


def _losses(found: dict) -> PageTable | None:
    rows = tuple(
        TableRow((TableCell(f"`{entry['name']}`"), TableCell(reason), TableCell(str(number))))
        for entry in found["recipes"]
        for reason, number in entry["reasons"].items()
    )
    if not rows:
        return None
    names = listed([f"`{entry['name']}`" for entry in found["recipes"] if entry["reasons"]])
    return PageTable(
        id="faces-lost",
        caption="Clips without a face",
        columns=columns("Recipe", "Reason", "#Clips"),
        rows=rows,
        how=f"Why clips gave no track: {names}. A clip whose face is seen in too few of its frames counts as lost.",
        compact=True,
    )
