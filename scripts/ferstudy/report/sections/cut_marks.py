"""Where clips were trimmed: the intensity curve of an example clip of each class with its cuts."""

from ferstudy.report import shown_curves
from ferstudy.report.blocks import Details, Side, Text, some
from ferstudy.report.data_figures import IntensityChart
from ferstudy.report.records import DatasetResults, FaceResults, Results
from ferstudy.tables.clips import Clip
from ferstudy.tables.curves import IntensityCurve
from ferstudy.tables.trims import Trim

MOST_POINTS = 300  # of a curve: longer clips show every second, third... frame, the highest and the last
HOW = (
    "How intense the expression is, as a share of the clip's maximum. The field between the dotted lines was kept; "
    "the dashed line is the share below which the rule takes a frame as neutral."
)


def curves(results: Results, dataset: DatasetResults, face: FaceResults) -> Details | None:
    """A curve for each class, folded away; None where nothing is trimmed or no curve is there."""
    if not face.trims:
        return None
    found = shown_curves.of(results, face)
    trims = {trim.clip: trim for trim in face.trims if trim.clip in found}
    charts = some(*(_example(results, dataset, face, label, trims, found) for label in dataset.classes))
    if not charts:
        return None
    title = f"Where clips of {face.leaf} were cut, {face.recipe}: one of each class"
    return Details(title, (Text(HOW, "note"), Side("charts", charts)))


def _example(
    results: Results, dataset: DatasetResults, face: FaceResults, label: str, trims: dict[str, Trim],
    found: dict[str, IntensityCurve],
) -> IntensityChart | None:  # fmt: skip
    """The first clip of a class that was trimmed by the rule, else the first with a curve."""
    own = [(clip, trims[name]) for clip in dataset.clips or [] for name in _names(face, clip)
           if clip.label == label and name in trims]  # fmt: skip
    own.sort(key=lambda pair: pair[1].decision != "trimmed")
    if not own:
        return None
    clip, trim = own[0]
    return _chart(results, f"cuts-{dataset.name}-{face.leaf}-{face.recipe}-{label}", face, clip, trim, found[trim.clip])


def _names(face: FaceResults, clip: Clip) -> set[str]:
    """How a clip may be called in its leaf: in a union the leaf stands before it."""
    return {clip.clip, clip.clip.removeprefix(f"{face.leaf}/")}


def _chart(
    results: Results, id: str, face: FaceResults, clip: Clip, trim: Trim, curve: IntensityCurve
) -> IntensityChart | None:
    """The chart of one clip; None where nothing moves in it."""
    points = curve.points
    highest = max((intensity for _, intensity in points), default=0.0)
    if not highest > 0:
        return None
    step = -(-len(points) // MOST_POINTS)
    peak = next(i for i, (_, intensity) in enumerate(points) if intensity == highest)
    points = [points[i] for i in sorted({*range(0, len(points), step), peak, len(points) - 1})]
    by_rule = trim.decision == "trimmed"
    return IntensityChart(
        id=id,
        title=f"{clip.label}: {results.named(clip.clip)}",
        note=f"{trim.decision}: {trim.why}",
        frames=tuple(frame for frame, _ in points),
        shares=tuple(intensity / highest for _, intensity in points),
        first=trim.first,
        last=trim.last,
        threshold=results.study.recipes[face.recipe]["trim"]["threshold"] if by_rule else None,
    )
