"""Pictures of what the videos hold: clips per class by subject, sex and age."""

from collections import Counter
from collections.abc import Callable

from ferstudy.protocols.people import facts
from ferstudy.report.blocks import some
from ferstudy.report.data_figures import StackedBars
from ferstudy.report.records import DatasetResults
from ferstudy.tables.clips import Clip

UNKNOWN = "not known"
BANDS = 5  # numbers of clips that people have, at most: more become ranges
PARTS = 8  # of a bar; more cannot be told apart, the rarest become OTHERS
OTHERS = "others"
HOW = "Each bar is a class, its parts stand in the order of the key, and the number at its end is their sum."


def of_classes(dataset: DatasetResults) -> tuple[StackedBars, ...]:
    """Clips per class by sex and age, and how many subjects show each class how often; none where all say one thing."""
    clips = dataset.clips or []
    if len(dataset.classes) < 2:
        return ()
    return some(
        _people(dataset, clips),
        _split(dataset, clips, "sex", "sex of the subject"),
        _split(dataset, clips, "age", "age of the subject"),
    )


def _split(dataset: DatasetResults, clips: list[Clip], column: str, of: str) -> StackedBars | None:
    """Clips of each class by a fact of their people; None where it is the same, or unknown, for all."""

    def value(clip: Clip) -> str:
        return "".join(facts([clip], column)) or UNKNOWN

    own = Counter(map(value, clips))
    if len(own) < 2:
        return None
    known = [part for part, _ in own.most_common() if part != UNKNOWN]
    rare = {*known[PARTS - 1 - (UNKNOWN in own) :]} if len(own) > PARTS else set()
    parts = sorted({*own} - rare, key=lambda part: (part == UNKNOWN, part)) + [OTHERS] * bool(rare)

    def shown(clip: Clip) -> str:
        return OTHERS if value(clip) in rare else value(clip)

    return _bars(dataset, f"by-{column}", f"Clips per class by {of}", "clips", parts, clips, shown)


def _people(dataset: DatasetResults, clips: list[Clip]) -> StackedBars | None:
    """How many subjects have so many clips of each class; None where every subject has the same number of each."""
    subjects = sorted({clip.subject for clip in clips if clip.subject})
    own = Counter((clip.subject, clip.label) for clip in clips if clip.subject)
    numbers = {(who, label): own[who, label] for who in subjects for label in dataset.classes}
    edges = _edges(sorted(set(numbers.values())))
    if len(subjects) < 2 or len(edges) < 2:
        return None
    parts = [_range(*edge) for edge in edges]
    counts = tuple(
        tuple(sum(low <= numbers[who, label] <= high for who in subjects) for low, high in edges)
        for label in dataset.classes
    )
    how = f"{HOW} Here the parts are subjects, by how many clips of the class they have."
    return StackedBars(
        f"by-subject-{dataset.name}", "Subjects per class by their number of clips", how, dataset.classes,
        tuple(parts), counts, "subjects",
    )  # fmt: skip


def _edges(values: list[int]) -> list[tuple[int, int]]:
    """Ranges (lowest, highest) of the sorted `values`: one for each, at most BANDS; none at all is never in a range."""
    zero = [(0, 0)] if values[:1] == [0] else []
    values = [value for value in values if value]
    room = BANDS - len(zero)
    step = -(-len(values) // room)
    return [*zero, *((values[i], values[min(i + step, len(values)) - 1]) for i in range(0, len(values), max(1, step)))]


def _range(low: int, high: int) -> str:
    if low == high:
        return "no clip" if not low else "1 clip" if low == 1 else f"{low} clips"
    return f"{low} to {high} clips"


def _bars(
    dataset: DatasetResults, id: str, title: str, of: str, parts: list[str], clips: list[Clip],
    part: Callable[[Clip], str],
) -> StackedBars:  # fmt: skip
    own = Counter((clip.label, part(clip)) for clip in clips)
    counts = tuple(tuple(own[label, name] for name in parts) for label in dataset.classes)
    return StackedBars(f"{id}-{dataset.name}", title, HOW, dataset.classes, tuple(parts), counts, of)
