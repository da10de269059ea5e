"""The folds as a picture: who has which role in which fold, and what each fold tests."""

import itertools
from collections import Counter

from ferstudy.protocols.people import facts
from ferstudy.report.blocks import Side, some
from ferstudy.report.data_figures import CELLS, FoldPicture, StackedBars
from ferstudy.report.records import ProtocolResults, Results
from ferstudy.tables.clips import Clip

MOST_FOLDS = 60  # columns
MOST_RUNS = 700  # runs of people with one role: about 30 kB
NAMED = 20  # people with a name beside their row
MOST_BARS = 12  # folds with a bar for what they test


def of(results: Results, protocol: ProtocolResults) -> Side | None:
    """The people by fold, and the test clips of each fold by class and sex; None where there is nothing to see."""
    dataset = results.dataset(protocol.dataset)
    clips = (dataset.clips if dataset else None) or []
    people: dict[str, list[Clip]] = {}
    for clip in clips:
        people.setdefault(clip.unit, []).append(clip)
    if not protocol.folds or len(people) < 2:
        return None
    return Side("charts", some(_picture(results, protocol, people), *_tested(protocol, clips, dataset.classes)))


def _picture(results: Results, protocol: ProtocolResults, people: dict[str, list[Clip]]) -> FoldPicture:
    folds = list(protocol.folds)[:MOST_FOLDS]
    units = {clip.clip: unit for unit, own in people.items() for clip in own}
    held: dict[tuple[str, str], set[str]] = {}
    for fold in folds:
        for role, names in protocol.folds[fold].items():
            for name in names:
                held.setdefault((units.get(name, name), fold), set()).add(role)
    rows = {who: tuple(_cell(held.get((who, fold), set())) for fold in folds) for who in people}
    sexes = {who: "".join(facts(own, "sex")) or "?" for who, own in people.items()}
    told = len(set(sexes.values())) > 1 and len(folds) <= MOST_BARS  # a narrower column has no room for its name
    order = sorted(rows, key=lambda who: (tuple(map(CELLS.index, rows[who])), sexes[who]))
    step = 1 + _runs([rows[who] for who in order]) // MOST_RUNS
    subjects = any(clip.subject for own in people.values() for clip in own)
    return FoldPicture(
        id=f"who-{protocol.dataset}-{protocol.protocol}",
        title=f"Who is where: {protocol.dataset}, {protocol.protocol}",
        note=_how(len(protocol.folds), step, "subject" if subjects else "unit", told),
        people=tuple(map(results.named, order)) if len(order[::step]) <= NAMED else (),
        folds=tuple(folds),
        roles=tuple(rows[who] for who in order),
        marks=tuple(sexes[who] for who in order) if told else (),
        of="subjects" if subjects else "units",
        step=step,
    )


def _how(folds: int, step: int, one: str, told: bool) -> str:
    text = f"A row is a {one}, a column is a fold; rows with the same roles stand together"
    text += ", and within them those of one sex" if told else ""
    text += f". Drawn are the first {MOST_FOLDS} of {folds} folds" if folds > MOST_FOLDS else ""
    text += f". Drawn is one row of {step}" if step > 1 else ""
    return f"{text}."


def _cell(roles: set[str]) -> str:
    if len(roles) > 1:
        return "several roles"
    return next(iter(roles), "not in it")


def _runs(rows: list[tuple[str, ...]]) -> int:
    """How many runs of equal cells the columns have."""
    return sum(a != b for above, below in itertools.pairwise(rows) for a, b in zip(above, below, strict=True))


def _tested(protocol: ProtocolResults, clips: list[Clip], classes: tuple[str, ...]) -> list[StackedBars]:
    """The test clips of each fold by class and by sex, where folds differ and are few."""
    of_clip = {clip.clip: clip for clip in clips}
    tested = {fold: [of_clip[name] for name in roles.get("test", []) if name in of_clip]
              for fold, roles in protocol.folds.items()}  # fmt: skip
    tested = {fold: own for fold, own in tested.items() if own}
    if not 2 <= len(tested) <= MOST_BARS:
        return []
    sexes = sorted({"".join(facts([clip], "sex")) or "not known" for clip in clips})
    by = {
        "class": (classes, lambda clip: clip.label),
        "sex": (tuple(sexes), lambda clip: "".join(facts([clip], "sex")) or "not known"),
    }
    charts = []
    for name, (parts, value) in by.items():
        counts = tuple(tuple(Counter(map(value, own))[part] for part in parts) for own in tested.values())
        if len(parts) > 1:
            charts.append(
                StackedBars(
                    id=f"tested-{name}-{protocol.dataset}-{protocol.protocol}",
                    title=f"Test clips of each fold by {name}",
                    note="Each bar is a fold; where its parts differ from those of the others, its score is of other "
                    "material.",
                    rows=tuple(f"fold {fold}" for fold in tested),
                    parts=parts,
                    counts=counts,
                    of="clips",
                )
            )
    return charts
