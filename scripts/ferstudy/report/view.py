"""The page as blocks: everything computed, nothing yet HTML."""

from ferstudy.report.blocks import Page
from ferstudy.report.names import hidden
from ferstudy.report.numbers import count, listed
from ferstudy.report.records import ModelResults, Results, lacking
from ferstudy.report.sections import (
    answer,
    checklist,
    confusions,
    controls,
    cost,
    curves,
    data,
    detectors,
    early_answers,
    exports,
    externals,
    fusions,
    glossary,
    human,
    leak_ladder,
    limits,
    looked_at,
    methods_text,
    mistakes,
    models,
    protocol,
    provenance,
    ran,
    results,
    robustness,
    searches,
    sheets,
    stability,
)

MOST_NAMED = 4  # settings, and models of each, that the top names
MOST_FAILED = 2  # jobs named at the top; all stand in what ran
SECTIONS = (
    answer, results, confusions, mistakes, looked_at, data, detectors, protocol, externals, human, controls,
    leak_ladder, stability, fusions, searches, models, early_answers, robustness, curves, cost, exports, ran,
    provenance, methods_text, checklist, limits, glossary,
)  # fmt: skip


def page(of: Results) -> Page:
    """The page of the results of a study; a section that has nothing to be about is left out."""
    sections = (module.section(of) for module in SECTIONS)
    return _shown(
        of,
        Page(
            title=of.title,
            question=of.question or "TO STATE: the question this study answers.",
            commit=of.commit[:12],
            banner=_banner(of),
            leaks=bool(_leaks(of)),
            sections=tuple(section for section in sections if section),
            datasets=tuple(dataset.name for dataset in of.datasets),
        ),
    )


def data_page(of: Results) -> Page:
    """The page of the data stage: what there is before anything is trained."""
    return _shown(
        of,
        Page(
            title=f"{of.title}: the data",
            question="What is in these videos, which faces were found, and do the folds keep people apart?",
            commit=of.commit[:12],
            banner="",
            sections=(data.section(of, faces=False), sheets.section(of), protocol.section(of)),
        ),
    )


def _shown(of: Results, page: Page) -> Page:
    """The page; a public one without names, whatever its sections have said."""
    return hidden(page, of.names) if of.names else page


def _banner(of: Results) -> str:
    return " ".join(part for part in (*_leaks(of), controls.alarm(of), _incomplete(of)) if part)


def _leaks(of: Results) -> list[str]:
    """The leaks that nobody accepted, of the folds or of what was run on them."""
    return [
        f"{one.leaking} on `{one.dataset}`, `{one.protocol}`: no verdict is given on its models."
        for one in of.protocols
        if one.withheld
    ]


def _incomplete(of: Results) -> str:
    if not of.holes and not of.partial:
        return ""
    start = "This page was made after a run that failed. " if of.partial else ""
    if not of.holes:
        return f"{start}No planned file is missing."
    cells = _lacking_cells(of)
    named = f": {'; '.join(cells[:MOST_NAMED])}{' and more' if len(cells) > MOST_NAMED else ''}" if cells else ""
    text = lacking(of.holes, "planned file is", "planned files are")
    return f"{start}{_failed(of)}{text}{named}. What is missing is named where it would stand."


def _lacking_cells(of: Results) -> list[str]:
    """The models that lack files, by setting; where all do, or many, not by name."""
    settings: dict[str, list[ModelResults]] = {}
    for own in of.models:
        settings.setdefault(f"`{own.dataset}`, `{own.protocol}`", []).append(own)
    found = []
    for setting, planned in sorted(settings.items()):
        names = sorted(f"`{own.model}`" for own in planned if own.holes)
        if len(names) > 1 and len(names) == len(planned):
            names = [f"all {len(planned)} models"]
        elif len(names) > MOST_NAMED:
            names = [f"{len(names)} of {len(planned)} models"]
        found += [f"{listed(names)} on {setting}"] if names else []
    return found


def _failed(of: Results) -> str:
    """What failed, with the last line of the first logs."""
    if not of.failed:
        return ""
    first = "; ".join(f"`{one.rule} {one.job}`: {ran.last_line(of, one)}" for one in of.failed[:MOST_FAILED])
    more = f" and {len(of.failed) - MOST_FAILED} more" if len(of.failed) > MOST_FAILED else ""
    return f"{count(len(of.failed), 'job')} failed: {first.rstrip('.')}{more}. "
