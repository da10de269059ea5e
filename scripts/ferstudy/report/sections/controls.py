"""Controls: models that are given the truth, or that of other clips, show whether the chain to this page is whole."""

from typing import NamedTuple

from ferstudy.evaluation.controls import FAR, chance
from ferstudy.protocols import kinds
from ferstudy.report.blocks import PageTable, Section, TableCell, TableRow, Text, columns
from ferstudy.report.numbers import DASH, listed, uar
from ferstudy.report.ranking import ranked
from ferstudy.report.records import ModelResults, ProtocolResults, Results
from ferstudy.report.sections import negative_controls

ABOUT = (
    "`oracle` is given the truth, `permuted` that of another clip of its fold and role. Both come in by the way of "
    "predictions of others and are scored as any model; they stand in no ranking, test or fusion."
)
TONES = {True: "good", False: "bad", None: "warn"}


class Verdict(NamedTuple):
    """What a control reached; `well` is None where that cannot be told."""

    own: ModelResults
    score: float | None
    must: str
    well: bool | None
    sentence: str


def section(results: Results) -> Section | None:
    """The controls that are made of tables, then those that are trained; None where none was asked for."""
    negative = negative_controls.table(results)
    wrong = tuple(Text(one.sentence, "banner") for one in negative_controls.judged(results) if one.well is False)
    below = (Text(negative_controls.ABOUT), *wrong, negative) if negative else ()
    blocks = (*_of_tables(results), *below)
    return Section("controls", "Controls", blocks) if blocks else None


def _of_tables(results: Results) -> tuple:
    if not results.controls:
        return ()
    found = verdicts(results)
    table = PageTable(
        id="controls",
        caption="Controls",
        columns=columns("Control", "Setting", "#Test UAR", "#Must be", "Verdict"),
        rows=tuple(_row(verdict) for verdict in found),
        how=f"At chance: within {FAR:g} deviations of the mean over permutations within folds, of these very clips.",
        compact=True,
    )
    alarms = tuple(Text(one.sentence, "banner") for one in found if one.well is False)
    return (Text(ABOUT), *alarms, table)


def alarm(results: Results) -> str:
    """What stands above the whole page where a control failed; else empty."""
    found = [*verdicts(results), *negative_controls.judged(results)]
    failed = [f"`{one.own.model}` on `{one.own.dataset}`, `{one.own.protocol}`"
              for one in found if one.well is False]  # fmt: skip
    return f"A CONTROL FAILED: {listed(failed)}. No score of this page can be believed until it is known why." * bool(
        failed
    )


def _row(verdict: Verdict) -> TableRow:
    own = verdict.own
    names = (TableCell(f"`{own.model}`"), TableCell(f"`{own.dataset}` `{own.protocol}`"))
    shown = TableCell(verdict.sentence, tone=TONES[verdict.well])
    return TableRow((*names, TableCell(uar(verdict.score)), TableCell(verdict.must), shown))


def verdicts(results: Results) -> list[Verdict]:
    """What each control that is made of tables reached."""
    protocols = {(one.dataset, one.protocol): one for one in results.protocols}
    return [_verdict(own, protocols[own.dataset, own.protocol]) for own in results.controls]


def _verdict(own: ModelResults, protocol: ProtocolResults) -> Verdict:
    scores, rows = ranked(own), own.test_rows
    tests = [scores.test] if scores.test else list(scores.apart)
    if not tests or rows is None:
        return Verdict(own, None, DASH, None, "has no test score yet" if own.holes else "there are no test clips")
    reached = sum(score.value for score in tests) / len(tests)
    if own.model == "oracle":
        well = all(abs(score.value - 1) < 1e-9 for score in [*tests, *filter(None, [scores.development])])
        failed = f"REACHED {uar(reached, 2)} AND MUST REACH 1.00: clips, folds or classes are mixed up on the way"
        return Verdict(own, reached, uar(1.0, 2), well, "reached 1.00 as it must" if well else failed)
    pooled = kinds.scored(protocol.settings) == "pooled" and len(set(rows.clip.tolist())) == len(rows)
    mean, spread = chance(rows, pooled)
    must = f"{uar(mean, 2)} ± {uar(FAR * spread, 2)}"
    if mean + FAR * spread >= 1:
        return Verdict(own, reached, must, None, "too few clips to tell chance from truth")
    well = abs(reached - mean) <= FAR * spread + 1e-9
    failed = f"REACHED {uar(reached, 2)} AND MUST BE AT CHANCE ({must}): something lets the truth through"
    return Verdict(own, reached, must, well, "at chance as it must be" if well else failed)
