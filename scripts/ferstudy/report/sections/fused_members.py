"""What fusions did to their members: how differently these answer, and what each weighs."""

from ferstudy.report import figures
from ferstudy.report.blocks import Column, Details, PageTable, TableCell, TableRow, columns, row, some
from ferstudy.report.numbers import shown, signed, uar
from ferstudy.report.ranking import Panel


def blocks(panel: Panel) -> tuple[Details, ...]:
    """The folded tables, each where there is something to show."""
    apart, weights = _diversity(panel), _weights(panel)
    return some(
        apart and Details("How differently the members answer", (apart,)),
        weights and Details("Weights of the members", (weights,)),
    )


def _diversity(panel: Panel) -> PageTable | None:
    """Each pair of members once, those that disagree most first."""
    found = {}
    for fit in panel.protocol.fits.values():
        for pair in ((fit or {}).get("diversity") or {}).get("pairs", []):
            found[pair["one"], pair["other"]] = pair
    if not found:
        return None
    pairs = sorted(found.values(), key=lambda pair: (-pair["disagreement"], pair["one"], pair["other"]))
    return PageTable(
        id=f"diversity-{panel.id}",
        caption=f"How differently the members of fusions answer on {panel.title}, development rows",
        columns=columns("Member", "Other member", "#Disagreement", "#Q", "#Oracle UAR"),
        rows=tuple(
            row(f"`{pair['one']}`", f"`{pair['other']}`", uar(pair["disagreement"]), signed(pair["q"], 2),
                uar(pair["oracle"]))
            for pair in pairs
        ),
        how="Disagreement: the share of clips that exactly one of the two has right. Q (Yule's): 1 where both are "
        "right on the same clips, 0 where they are independent, below 0 where one is right where the other is wrong; a "
        "dash where it is not defined. Oracle: the UAR of who would always pick the one that is right, which no fusion "
        "of the two by picking can exceed. Two members that are right on the same clips gain little by being joined.",
        compact=True,
    )  # fmt: skip


def _weights(panel: Panel) -> PageTable | None:
    rows = []
    left = {entry.name for entry in panel.left}
    for fusion, fit in panel.protocol.fits.items():
        if fusion in left:
            continue
        test = [item for item in (fit or {}).get("parameters", []) if item.get("role") == "test"]
        for item in test[:1]:
            for member, weight in sorted((item.get("weights") or {}).items()):
                epoch = (item.get("epochs") or {}).get(member)
                weighs = (
                    TableCell("learned")
                    if "learned" in item
                    else TableCell(uar(weight, 2), level=figures.level(weight))
                )
                rows.append(
                    TableRow((TableCell(f"`{fusion}`"), TableCell(f"`{member}`"), weighs, TableCell(shown(epoch))))
                )
    if not rows:
        return None
    return PageTable(
        id=f"weights-{panel.id}",
        caption=f"Weights of the members on {panel.title}",
        columns=(Column("Fusion"), Column("Member"), Column("Weight", True), Column("Common epoch", True)),
        rows=tuple(rows),
        how="The weights used for the test rows (of the first fold, where the folds take turns); a maximum has no use "
        "for them.",
        compact=True,
    )
