"""Example faces of each class, where the config lets them be shown, and the contact sheets with the boxes found."""

from ferstudy.report.blocks import Details, Heading, Side, Text, some
from ferstudy.report.figures import Strip
from ferstudy.report.records import DatasetResults, Results
from ferstudy.report.sections import sheets
from ferstudy.report.shown_faces import boxes
from ferstudy.report.strips import crops, small_picture
from ferstudy.tables.clips import Clip

HIDDEN = "No example face is shown: {}."


def blocks(results: Results, dataset: DatasetResults) -> tuple:
    """A strip of a clip of each class, or a sentence that says why not, and the sheets with boxes, folded away."""
    if results.public:
        return (Text(HIDDEN.format("the page is public"), "note"),)
    if not any(dataset.shows(clip.subject) for clip in dataset.clips or []):
        return (Text(HIDDEN.format("`faces_in_report` of the dataset allows none"), "note"),)
    examples = some(*(_example(results, dataset, clip) for clip in chosen(dataset)))
    if not examples:
        return (Text(HIDDEN.format("there are no crops of faces that may be shown"), "note"),)
    return some(
        Heading("A face of each class"),
        Text("Crops of one clip of each class, in order of time, each of another person as far as there are.", "note"),
        Side("strips", examples),
        _sheets(results, dataset),
    )


def chosen(dataset: DatasetResults) -> list[Clip]:
    """A clip of each class of people who may be shown, of one that no class before has shown where there is one."""
    found: list[Clip] = []
    for label in dataset.classes:
        own = [clip for clip in dataset.clips or [] if clip.label == label and dataset.shows(clip.subject)]
        seen = {clip.unit for clip in found}
        found += [*(clip for clip in own if clip.unit not in seen), *own][:1]
    return found


def _example(results: Results, dataset: DatasetResults, clip: Clip) -> Strip | None:
    pixels = crops(results, dataset, clip.clip)
    if pixels is None:
        return None
    height, width, _ = pixels.shape
    return Strip(clip.clip, clip.label, small_picture(pixels), width, height)


def _sheets(results: Results, dataset: DatasetResults) -> Details | None:
    """The sheets of sections/sheets.py, where boxes were drawn for the page of the data; None without any."""
    drawn = boxes(results, dataset)
    if not drawn:
        return None
    inner = [block for label in dataset.classes for block in sheets.of_class(results, dataset, label, drawn)]
    summary = f"Frames of {dataset.name} with the boxes found, of when the page of the data was last made"
    return Details(summary, tuple(inner)) if inner else None
