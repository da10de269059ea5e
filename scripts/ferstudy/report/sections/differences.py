"""Paired differences of test UAR: the gains over the baselines, the tests behind them, and two-class contrasts."""

import math

from ferstudy.report import figures
from ferstudy.report.blocks import Details, Heading, PageTable, TableCell, TableRow, Text, columns, row, some
from ferstudy.report.figures import IntervalPlot
from ferstudy.report.marks import difference_row, difference_scale, power, verdict
from ferstudy.report.numbers import count, interval, listed, p_value, shown, signed, signed_interval, uar
from ferstudy.report.ranking import Panel, pick, value

NOT_EQUAL = "“Not separable” is no proof of equality, and it is not transitive: no groups follow from it."
CLAIM = (
    "“Above every baseline” needs a test against each of them at the full level (an intersection-union test): its p is "
    "that of the baseline with the largest p, and 1 where the model is not above it; Holm corrects for the models."
)
FAMILIES = (
    (
        "references",
        "Models against the baselines",
        "Model minus baseline, paired over subjects; Holm over the models that are compared with the same baseline.",
    ),
    ("best", "Models against the best in development", f"Model minus best, paired over subjects. {NOT_EQUAL}"),
)


def blocks(panel: Panel) -> tuple:
    """The plot of gains, the tests folded away (of each test dataset where they are not pooled), and each contrast."""
    tables = list(_families(panel, panel.compare, panel.id, panel.title))
    for one in panel.compare.get("within") or []:
        of = f"`{one['dataset']}` ({count(one['subjects'], 'subject')})"
        tables += _families(panel, one, f"{one['fold']}-{panel.id}", f"test clips of {of}, {panel.title}")
    tests = Details("The tests behind it", tuple(tables)) if tables else None
    contrasts = sorted((panel.compare.get("contrasts") or {}).items())
    told = (block for i, item in enumerate(contrasts, 1) for block in _contrast(panel, i, *item))
    return some(_gains(panel), tests, *told)


def _families(panel: Panel, compared: dict, id: str, title: str) -> tuple:
    """The claims and the two families of differences of what was compared on the same test clips."""
    families = (
        _table(panel, f"{key}-{id}", f"{caption}, {title}", compared.get(f"against_{key}"), how)
        for key, caption, how in FAMILIES
    )
    return some(_claims(panel, id, title, compared.get("against_references") or {}), *families)


def _claims(panel: Panel, id: str, title: str, family: dict) -> PageTable | None:
    """Which models are above every baseline."""
    claims = panel.in_order(family.get("claims"))
    if not claims:
        return None
    rows = tuple(
        TableRow((
            *map(TableCell, (f"`{one['model']}`", f"`{one['reference']}`", signed(one.get("difference")))),
            *map(TableCell, (p_value(one.get("p")), p_value(one.get("p_holm")))),
            TableCell("above" if one["above"] else "not above", tone="good" if one["above"] else "muted"),
        ))
        for one in claims
    )  # fmt: skip
    return PageTable(
        id=f"claims-{id}",
        caption=f"Above every baseline, {title}",
        columns=columns("Model", "Hardest baseline", "#Difference", "#Largest p", "#p, Holm", "Verdict"),
        rows=rows,
        how=f"{CLAIM} Corrected for {count(family['family'], 'model')}.",
    )


def _gains(panel: Panel) -> IntervalPlot | None:
    family = panel.in_order((panel.compare.get("against_references") or {}).get("differences"))
    family = [item for item in family if item.get("difference") is not None]
    if not family:
        return None
    several = len({item["reference"] for item in family}) > 1
    family = _closest(family)
    scale, ticks = difference_scale(family)
    rows = []
    for item in family:
        entry = panel.entry(item["model"])
        tone = "best" if panel.is_best(item["model"]) else "plain" if item.get("separable") else "muted"
        rows.append(difference_row(item, scale, entry.shape if entry else "dot", tone))
    return IntervalPlot(
        id=f"gains-{panel.id}",
        title=f"Gain over the {'hardest ' if several else ''}baseline on {panel.title}",
        axis="difference in test UAR",
        ticks=ticks,
        lines=(figures.Line(scale.at(0.0), "no difference", "zero"),),
        rows=tuple(rows),
        how="The paired difference of test UAR with its 95 % interval over subjects. Right of the line: the model is "
        "better. “better” and “worse” are verdicts of the tests below, corrected for the number of models; the "
        "intervals are not, so one may miss zero and its model still not be separable."
        + (" Of each model the baseline over which it gains least; the tests below have all." if several else ""),
    )


def _closest(differences: list[dict]) -> list[dict]:
    """Of each model the smallest difference, in the order of the models."""
    closest: dict[str, dict] = {}
    for item in differences:
        if item["difference"] < closest.get(item["model"], {"difference": math.inf})["difference"]:
            closest[item["model"]] = item
    return list(closest.values())


def _table(panel: Panel, id: str, caption: str, family: dict | None, how: str) -> PageTable | None:
    """The table of a family of paired differences; None where it is empty."""
    items = panel.in_order((family or {}).get("differences"))
    if not items:
        return None
    simultaneous = any(item.get("p_max_t") is not None for item in items)
    titles = ["Model", "Against", "#Difference", "#95 % interval", "#p", "#p, Holm"]
    titles += ["#p, max-T"] if simultaneous else []
    titles += ["Verdict", "#Only model", "#Only reference", "#p, McNemar"]
    named = columns(*titles)
    method = family.get("method") or "sign-flip permutation over subjects"
    size = count(family.get("family", len(items)), "comparison")
    return PageTable(
        id=id,
        caption=caption,
        columns=(*named[:-1], named[-1]._replace(badge="assumes independent clips")),
        rows=tuple(_row(item, simultaneous) for item in items),
        how=f"{how} Corrected for {size}. Method: {method.rstrip('.')}. “Only "
        "model” counts the clips that it alone has right. “Would have seen”: the smallest difference that one test "
        "with this spread over people finds in about 8 of 10 studies; a smaller one may be there.",
    )


def _row(item: dict, simultaneous: bool) -> TableRow:
    texts = [f"`{item['model']}`", f"`{item['reference']}`", signed(item.get("difference"))]
    texts += [signed_interval(item.get("low"), item.get("high")), p_value(item.get("p")), p_value(item.get("p_holm"))]
    texts += [p_value(item.get("p_max_t"))] if simultaneous else []
    return TableRow((
        *map(TableCell, texts),
        TableCell(verdict(item), power(item), tone="good" if item.get("separable") else "muted"),
        *(TableCell(shown(item.get(key))) for key in ("only_model", "only_reference")),
        TableCell(p_value(item.get("p_mcnemar")), tone="muted"),
    ))  # fmt: skip


def _contrast(panel: Panel, place: int, name: str, item: dict) -> tuple:
    """The blocks of one two-class problem, the `place`-th of its panel."""
    id = f"contrast-{place}-{panel.id}"
    rows = [row("chance", uar(0.5), uar(None), uar(None), kind="reference")]
    for entry in panel.entries:
        score = pick(entry.own.scores, "test", "contrast", label=name)
        rate = value(score) if score else (item.get("scores") or {}).get(entry.name)
        bounds, people = interval(score and score.low, score and score.high), shown(score and score.subjects)
        rows.append(row(f"`{entry.name}`", uar(rate), bounds, people, kind="reference" if entry.own.baseline else ""))
    scores = PageTable(
        id=id,
        caption=f"Contrast {name} on {panel.title}",
        columns=columns("Model", "#Test UAR", "#95 % interval", "#Subjects"),
        rows=tuple(rows),
        how="Only clips of the two classes; the likelier of the two is the answer. Chance is 0.5.",
        compact=True,
    )
    people = count(item.get("subjects") or 0, "subject")
    summary = f"{listed(item.get('classes', []))}: {count(item.get('clips') or 0, 'clip')} of {people}."
    caption = f"Contrast {name}: models against the baselines, {panel.title}"
    tests = some(
        _claims(panel, id, f"contrast {name}, {panel.title}", item),
        _table(panel, f"{id}-differences", caption, item, "Paired over subjects."),
    )
    folded = tests and Details("The tests of this contrast", tests)
    return some(Heading(f"Contrast: {name}"), Text(summary), scores, folded)
