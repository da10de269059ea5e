"""Students beside their teachers: what a small model that learns from another's answers keeps of its score."""

from ferstudy.report.blocks import PageTable, TableCell, TableRow, columns
from ferstudy.report.numbers import DASH, known, short, signed, signed_interval, uar
from ferstudy.report.ranking import Panel, RankedModel, value
from ferstudy.report.records import Results
from ferstudy.report.sections.ablations import paired_differences
from ferstudy.study import teachers

HOW = (
    "A student learns from the labels and from what its teacher answers to its training clips. Each clip is answered "
    "by models that were trained on neither it nor a person whom that fold of the student validates or tests: for the "
    "folds that are validated the teacher's members are trained again without their clips. “Twin” is a model with the "
    "same settings that learns from labels alone. Differences are test UAR of the student minus that of the other, "
    "with a 95 % interval paired over subjects where the study compared the two. Numbers learned are those of the "
    "network alone, without a backbone's."
)


def blocks(results: Results, panel: Panel) -> tuple[PageTable, ...]:
    """A table of the students of a panel; none where there is none."""
    taught = teachers.students(results.study.config)
    named = {entry.name: entry for entry in panel.entries}
    differences = paired_differences(panel)
    rows = []
    for name in sorted(taught.keys() & named.keys()):
        others = {"teacher": taught[name], "twin": _twin(results, name)}
        rows.append(_row("student", named[name], None, differences))
        rows += [_row(what, named[one], named[name], differences) for what, one in others.items() if one in named]
    if not rows:
        return ()
    titles = columns("Model", "Role", "#Numbers learned", "#Dev. UAR", "#Test UAR", "#Student against it")
    table = PageTable(
        id=f"students-{panel.id}",
        caption=f"Students beside their teachers, {panel.title}",
        columns=titles,
        rows=tuple(rows),
        how=HOW,
        compact=True,
    )
    return (table,)


def _twin(results: Results, student: str) -> str:
    """The architecture whose settings are the student's but for the teacher; empty where there is none."""
    entries = results.study.config["architectures"]
    alone = _alone(entries[student])
    return next((name for name, own in entries.items() if name != student and own["training"] == alone["training"]
                 and {**own, "needs": {}} == {**alone, "needs": {}}), "")  # fmt: skip


def _alone(entry: dict) -> dict:
    return {**entry, "training": {key: value for key, value in entry["training"].items() if key != "distil"}}


def _row(role: str, entry: RankedModel, student: RankedModel | None, differences: dict) -> TableRow:
    numbers = max((record["parameters"] for record in entry.own.records if "parameters" in record), default=None)
    against = TableCell("" if student is None else DASH)
    if student is not None and known(value(student.test), value(entry.test)):
        paired = differences.get((student.name, entry.name))
        difference = paired[0] if paired else value(student.test) - value(entry.test)
        against = TableCell(signed(difference), signed_interval(*paired[1:]) if paired else "")
    scores = TableCell(uar(value(entry.development))), TableCell(uar(value(entry.test)))
    learned = TableCell(DASH if numbers is None else short(numbers))
    return TableRow((TableCell(f"`{entry.name}`"), TableCell(role), learned, *scores, against))
