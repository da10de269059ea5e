"""Contact sheets: frames of some clips of each class with the boxes that were found, where faces may be shown."""

from ferstudy.report.blocks import Article, Heading, Section, Side, Text, or_else, some
from ferstudy.report.figures import Strip
from ferstudy.report.records import DatasetResults, Results
from ferstudy.report.shown_faces import boxes
from ferstudy.report.strips import STRIP, strip
from ferstudy.tables.clips import Clip

PEOPLE = 6  # clips shown of a class, each of another person as far as there are


def section(results: Results) -> Section:
    """One part per dataset."""
    parts = tuple(_dataset(results, dataset) for dataset in results.datasets)
    return Section("sheets", "Faces", or_else(parts, "No dataset was planned."))


def _dataset(results: Results, dataset: DatasetResults) -> Article:
    drawn = boxes(results, dataset)
    blocks = [block for label in dataset.classes for block in of_class(results, dataset, label, drawn)]
    what = "Frames of each clip with the box that was found in them" if drawn else f"{STRIP} crops of each clip"
    note = f"{what}, evenly spaced in time: look for what is no face, or the face of somebody else."
    if not blocks:
        note = "No face is shown: `faces_in_report` and `public` do not allow it, or there are no crops."
    return Article(f"sheets-{dataset.name}", f"`{dataset.name}`", (Text(note, "note"), *blocks), dataset=dataset.name)


def of_class(results: Results, dataset: DatasetResults, label: str, drawn: dict[str, dict]) -> tuple:
    """The heading and the strips of a class; nothing where no face of it may be shown."""
    strips = _strips(results, dataset, label, drawn)
    return (Heading(label), Side("strips", strips)) if strips else ()


def _strips(results: Results, dataset: DatasetResults, label: str, drawn: dict[str, dict]) -> tuple[Strip, ...]:
    if results.public:
        return ()
    shown: dict[str, Clip] = {}
    for clip in dataset.clips or []:
        if clip.label == label and dataset.shows(clip.subject):
            shown.setdefault(clip.subject or clip.clip, clip)
    some_of_them = list(shown.values())[:PEOPLE]
    return some(*(_strip(results, dataset, clip, drawn) for clip in some_of_them))


def _strip(results: Results, dataset: DatasetResults, clip: Clip, drawn: dict[str, dict]) -> Strip | None:
    who = clip.subject or "person unknown"
    if clip.clip in drawn:
        return Strip(clip.clip, who, **drawn[clip.clip])
    return strip(results, dataset, clip.clip, who)
