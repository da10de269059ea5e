"""Use and limits: what the page may not be used for, and what a machine cannot know about the study."""

from ferstudy import paths
from ferstudy.report.blocks import PageTable, Points, Section, TableCell, TableRow, columns
from ferstudy.report.numbers import count, duration, listed
from ferstudy.report.ranking import Panel, panels
from ferstudy.report.records import Results
from ferstudy.report.sections.cost import Spent, spent
from ferstudy.report.verdicts import audited

SENTENCES = (
    "The classes are posed or perceived expressions, not felt emotions: a face that smiles need not be a happy person.",
    "Not for decisions about people. No score on this page says how a model treats a person it is used on.",
    (
        "Faces are personal data. Some laws forbid inferring emotions at work or in schools; who uses these models "
        "must know the law that applies."
    ),
    "A score holds for people, cameras and acting like those of the dataset. Nothing here measures another population.",
)


def section(results: Results) -> Section:
    """The standing sentences, the licences and the checklist."""
    ranked, cost = panels(results), spent(results)
    points = Points((*SENTENCES, *_licences(results)))
    return Section("limits", "Use and limits", (points, _checklist(results, ranked, cost)))


def _licences(results: Results) -> list[str]:
    licences = [f"Data `{d.name}`: {d.licence or 'TO STATE: the licence of the data'}." for d in results.datasets]
    parts = "dlib's 68-point model and the VGGFace weights are not for commercial use; a route without them exists."
    return [*licences, f"Parts: {parts} {_parts(results)}"]


def _parts(results: Results) -> str:
    text = str(results.config["recipes"]) + str(results.config["backbones"])
    used = [name for name in ("dlib", "vggface") if name in text.lower()]
    return f"This study's config names {listed(used)}." if used else "This study's config names neither."


def _checklist(results: Results, ranked: tuple[Panel, ...], cost: Spent) -> PageTable:
    """Each item with what the run says; a tone of "warn" marks what a person has to add."""
    known = [dataset for dataset in results.datasets if dataset.clips is not None]
    clips = sum(len(dataset.clips) for dataset in known)
    people = len({(d.name, clip.subject) for d in known for clip in d.clips if clip.subject})
    lost = sum(len(dataset.rejected) for dataset in results.datasets)
    why = next((results.why(paths.clips(dataset.name)) for dataset in results.datasets), "missing")
    unread = next((f"Not known: {own.unread}." for own in results.datasets if own.unread), "")
    found = audited(ranked)
    checks = (
        f"Checks with a leak: {found['leak']}, with a warning: {found['warning']}, unknown: {found['unknown']}, "
        f"passed: {found['pass']}."
    )
    intervals = sorted({e.test.interval for p in ranked for e in p.entries if e.test and e.test.interval})
    baselines = sorted({entry.name for panel in ranked for entry in panel.baselines})
    runs = len(results.study.runs)
    kinds = sorted({str(protocol.settings.get("kind", "")) for protocol in results.protocols} - {""})
    items = (
        ("Question", results.question or "TO STATE: the question."),
        *_people(results),
        (
            "Sample",
            f"{count(clips, 'clip')} of {count(people, 'subject')}" if known else f"The clips tables are {why}.",
        ),
        ("Left out", unread or f"{count(lost, 'clip')} rejected; each is listed with its reason."),
        (
            "Split",
            f"{listed(kinds)}; fold tables are kept and their digests printed." if kinds else "TO STATE: the split.",
        ),
        ("Leakage", checks if any(found.values()) else "TO STATE: there is no audit of this config."),
        ("Selection", _selection(ranked)),
        ("Baselines", listed([f"`{name}`" for name in baselines]) or "None. TO STATE: why."),
        ("Uncertainty", listed(intervals) or "TO STATE: no interval was computed."),
        (
            "Repetition",
            f"{count(runs, 'run')} per model; the interval over subjects does not contain the seed's effect.",
        ),
        ("Cost", f"{duration(cost.cpu_seconds)} of CPU time." if cost.jobs else "TO STATE: not measured."),
        ("Code", f"commit `{results.commit}`" if results.commit else "TO STATE: the commit."),
        ("Generality", "TO STATE: which use the result is meant for, and what would have to be tested before."),
    )
    return PageTable(
        id="checklist",
        caption="Checklist in the manner of REFORMS (Kapoor et al. 2024)",
        columns=columns("Item", "What this run says"),
        rows=tuple(TableRow((TableCell(item), _stated(text))) for item, text in items),
        how="Filled from the run. “TO STATE” marks what a machine cannot know and the authors have to write.",
        compact=True,
    )


def _stated(text: str) -> TableCell:
    return TableCell(text, tone="warn" if "TO STATE" in text else "")


def _people(results: Results) -> tuple[tuple[str, str], ...]:
    """What is said of the people in the videos; of rendered faces the run knows it, of real ones the authors do."""
    real = [dataset for dataset in results.datasets if not dataset.rendered]
    if results.datasets and not real:
        return (
            ("Population", "Rendered faces: they stand for nobody."),
            ("Source of the data", "Rendered by this project from its seed."),
            ("Labels", "The expression that was rendered: exact, unlike any label of a real face."),
            ("Ethics", "No person was recorded."),
        )
    cited = [f"{dataset.name} ({dataset.citation})" for dataset in real if dataset.citation]
    uncited = [dataset.name for dataset in real if not dataset.citation]
    source = "; ".join([*cited, *([f"TO STATE: the source of {listed(uncited)}"] if uncited else [])])
    return (
        ("Population", "TO STATE: whom the recorded people stand for, and who is left out."),
        ("Source of the data", f"{source or 'TO STATE: the source'}."),
        ("Labels", "TO STATE: who gave the labels, and how far raters agree."),
        ("Ethics", "TO STATE: consent, approval and the legal ground for processing faces."),
    )


def _selection(ranked: tuple[Panel, ...]) -> str:
    searched = any(entry.searches for panel in ranked for entry in panel.entries)
    text = f"{'Searched settings, best' if searched else 'Best'} epoch, fusion and best model come from validation rows"
    if any(panel.protocol.rotates for panel in ranked):
        return f"{text}; where no test set is held out, other folds' models are tested on the same clips."
    return f"{text}; the held-out test rows chose nothing."
