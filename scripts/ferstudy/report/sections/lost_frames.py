"""Frames that were lost, by class, sex and ethnicity: whoever loses more is scored lower for that alone."""

from ferstudy.evaluation.intervals import LEVEL
from ferstudy.evaluation.misses import excess, loss
from ferstudy.report.blocks import PageTable, TableCell, TableRow, Text, columns
from ferstudy.report.numbers import DASH, THIN, listed, p_value
from ferstudy.report.records import DatasetResults, FaceResults
from ferstudy.tables.clips import Clip

KINDS = {"class": "label", "sex": "sex", "ethnicity": "ethnicity"}  # what people are grouped by: the column of it
MOST_CLIPS = 200


def blocks(dataset: DatasetResults, face: FaceResults, public: bool) -> tuple:
    """A warning where a group loses separably more, the table of groups, and the kept clips that lost frames."""
    shares = face.lost_shares(dataset.clips or [])
    if not shares:
        return ()
    clips = [clip for clip in dataset.clips if clip.clip in shares]
    rows, worse = [_row("all clips", "", clips, face, None)], []
    for kind, column in KINDS.items():
        groups = {}
        for clip in clips:
            groups.setdefault(getattr(clip, column), []).append(clip)
        groups.pop("", None)
        for name, own in sorted(groups.items()) if len(groups) > 1 else ():
            others = [clip for other, these in groups.items() if other != name for clip in these]
            more = excess(_told(own, shares), _told(others, shares), len(groups))
            rows.append(_row(name, kind, own, face, more))
            worse += [f"{name} ({kind}, {_points(more)} points)"] if more[1] <= 1 - LEVEL else []
    parts = [_table(dataset, face, rows)]
    if worse:
        text = f"Faces of {dataset.name} are lost separably more often by `{face.recipe}` in {listed(worse)}: what is"
        parts.insert(
            0, Text(f"{text} scored there is scored lower for that alone. See what is lost, and why.", "banner")
        )
    partly = [] if public else _partly(dataset, face, clips)
    return (*parts, *partly)


def _told(clips: list[Clip], shares: dict[str, float]) -> list[tuple[str, float]]:
    return [(clip.unit, shares[clip.clip]) for clip in clips]


def _row(name: str, kind: str, clips: list[Clip], face: FaceResults, more: tuple[float, float] | None) -> TableRow:
    shares = face.lost_shares(clips)
    kept = [share for share in shares.values() if share < 1]
    found = loss(_told(clips, shares))
    bounds = f"{100 * found.low:.1f} to {100 * found.high:.1f}"
    beyond = TableCell(DASH)
    if more is not None:
        beyond = TableCell(_points(more), f"p {p_value(more[1])}", tone="warn" if more[1] <= 1 - LEVEL else "")
    return TableRow(
        (
            TableCell(name, kind),
            TableCell(str(len(clips))),
            TableCell(str(len({clip.unit for clip in clips}))),
            TableCell(str(len(clips) - len(kept))),
            TableCell(_percent(sum(kept) / len(kept)) if kept else DASH),
            TableCell(_percent(found.share), bounds),
            beyond,
        )
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}{THIN}%"


def _points(more: tuple[float, float]) -> str:
    return f"{100 * more[0]:+.1f}".replace("-", "−")


def _table(dataset: DatasetResults, face: FaceResults, rows: list[TableRow]) -> PageTable:
    return PageTable(
        id=f"lost-{dataset.name}-{face.leaf}-{face.recipe}",
        caption=f"Frames of {face.leaf} that {face.recipe} lost",
        columns=columns(
            "Group", "#Clips", "#People", "#Without a face", "#Lost of the others", "#Lost", "#Beyond the rest"
        ),
        rows=tuple(rows),
        how="Lost is the mean share of a clip's frames that gave no crop or no sure row; of a rejected clip, all. "
        "Exact intervals of 95 % over people, not clips, rather too wide. Beyond the rest: in points, with the p-value "
        "of a permutation of people, adjusted for the groups of a kind. Marked: separably more is lost than of the "
        "others.",
        compact=True,
    )


def _partly(dataset: DatasetResults, face: FaceResults, clips: list[Clip]) -> list[PageTable]:
    found = sorted(
        (have / of, clip.clip, have, of) for clip in clips for have, of in face.found(clip.clip) if have < of
    )
    if not found:
        return []
    more = f", the first {MOST_CLIPS} of {len(found)}" if len(found) > MOST_CLIPS else ""
    return [
        PageTable(
            id=f"partly-{dataset.name}-{face.leaf}-{face.recipe}",
            caption=f"Kept clips of {face.leaf} that lost frames under {face.recipe}{more}",
            columns=columns("Clip", "#Frames with a face", "#Share"),
            rows=tuple(
                TableRow((TableCell(name), TableCell(f"{have} of {of}"), TableCell(_percent(share))))
                for share, name, have, of in found[:MOST_CLIPS]
            ),
            how="The longest stretch of frames with the face is kept, the others are lost; of a table the sure rows; "
            "below `covered_frames` the clip is rejected.",
            compact=True,
        )
    ]
