"""The share of frames with a face by class and group of people, as a shaded table."""

from ferstudy.protocols.people import COLUMNS, facts
from ferstudy.report.blocks import Column, PageTable, TableCell, TableRow
from ferstudy.report.numbers import DASH, THIN
from ferstudy.report.records import DatasetResults, FaceResults, Results
from ferstudy.tables.clips import Clip

MOST_GROUPS = 8  # values of one column of the clips table; more are no groups but people
SHADES = 20  # shades per 1 of what is lost: the darkest from half on


def table(dataset: DatasetResults, face: FaceResults, results: Results) -> PageTable | None:
    """Classes by groups; None where no frame was lost or there is one group alone: the other tables say all then."""
    shares = face.lost_shares(dataset.clips or [])
    groups = _groups([clip for clip in dataset.clips or [] if clip.clip in shares], results)
    if not any(shares.values()) or len(groups) < 2:
        return None
    rows = [TableRow((TableCell(label), *(_cell(own, label, shares) for own in groups.values())))
            for label in dataset.classes]  # fmt: skip
    whole = TableRow((TableCell("all classes"), *(_cell(own, "", shares) for own in groups.values())), "reference")
    return PageTable(
        id=f"found-{dataset.name}-{face.leaf}-{face.recipe}",
        caption=f"Frames of {face.leaf} with a face by class and group, {face.recipe}",
        columns=(Column("Class"), *(Column(name, True) for name in groups)),
        rows=(*rows, whole),
        how="The mean share of a clip's frames that gave a crop or a sure row, over the clips whose number stands in "
        "small print; a rejected clip has none. The more a cell stands out, the more is lost, up to half.",
        compact=True,
        open=True,
    )


def _groups(clips: list[Clip], results: Results) -> dict[str, list[Clip]]:
    """All clips, and those of each sex, age band, ethnicity and group, where these are several and not too many."""
    groups = {"all": clips}
    for column in (*COLUMNS, "group"):
        own: dict[str, list[Clip]] = {}
        for clip in clips:
            value = results.named(clip.group) if column == "group" else "".join(facts([clip], column))
            own.setdefault(value, []).append(clip)
        own.pop("", None)
        if 2 <= len(own) <= MOST_GROUPS:
            groups |= {f"{column} {value}" if column != "sex" else value: own[value] for value in sorted(own)}
    return groups


def _cell(clips: list[Clip], label: str, shares: dict[str, float]) -> TableCell:
    lost = [shares[clip.clip] for clip in clips if not label or clip.label == label]
    if not lost:
        return TableCell(DASH)
    mean = sum(lost) / len(lost)
    return TableCell(f"{100 * (1 - mean):.1f}{THIN}%", str(len(lost)), level=min(10, round(SHADES * mean)))
