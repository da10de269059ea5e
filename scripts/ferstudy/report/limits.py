"""Use and limits: what the page may not be used for, and what a machine cannot know about the study."""

from dataclasses import dataclass

from ferstudy.report.answers import statuses
from ferstudy.report.blocks import Cell, Row, Table, columns
from ferstudy.report.cost import Cost
from ferstudy.report.load import Study
from ferstudy.report.numbers import count, duration, listed
from ferstudy.report.ranking import Panel


@dataclass(frozen=True)
class Limits:
    """The standing sentences and the checklist."""

    sentences: tuple[str, ...]
    licences: tuple[str, ...]
    checklist: Table
    published: Table | None


SENTENCES = (
    "The classes are posed or perceived expressions, not felt emotions: a face that smiles need not be a happy person.",
    "Not for decisions about people. No score on this page says how a model treats a person it is used on.",
    "Faces are personal data. Some laws forbid inferring emotions at work or in schools; who uses these models must "
    "know "
    "the law that applies.",
    "A score holds for people, cameras and acting like those of the dataset. Nothing here measures another population.",
)


def limits(study: Study, panels: list[Panel], cost: Cost) -> Limits:
    """The limits of `study`."""
    licences = [f"Data `{d.name}`: {d.licence or 'TO STATE: the licence of the data'}." for d in study.datasets]
    licences.append(
        "Parts: dlib's 68-point model and the VGGFace weights are not for commercial use; a route without them exists. "
        f"{_parts(study)}"
    )
    return Limits(SENTENCES, tuple(licences), _checklist(study, panels, cost), _published(study))


def _parts(study: Study) -> str:
    text = str(study.config.get("recipes", {})) + str(study.config.get("backbones", {}))
    used = [name for name in ("dlib", "vggface") if name in text.lower()]
    return f"This study's config names {listed(used)}." if used else "This study's config names neither."


def _checklist(study: Study, panels: list[Panel], cost: Cost) -> Table:
    """Each item with what the run says; a tone of "warn" marks what a person has to add."""
    known = [dataset for dataset in study.datasets if dataset.clips is not None]
    clips = sum(len(dataset.clips) for dataset in known)
    people = len({(d.name, clip.subject) for d in known for clip in d.clips if clip.subject})
    lost = sum(len(dataset.rejected) for dataset in study.datasets)
    found = statuses(panels)
    intervals = sorted({e.test.interval for p in panels for e in p.entries if e.test and e.test.interval})
    baselines = sorted({entry.name for panel in panels for entry in panel.baselines})
    runs = (study.config.get("training") or {}).get("runs", 1)
    kinds = sorted({str(protocol.settings.get("kind", "")) for protocol in study.protocols} - {""})
    items = (
        ("Question", study.question or "TO STATE: the question."),
        *_people(study),
        (
            "Sample",
            f"{count(clips, 'clip')} of {count(people, 'subject')}" if known else "The clips tables are missing.",
        ),
        ("Left out", f"{count(lost, 'clip')} rejected; each is listed with its reason."),
        (
            "Split",
            f"{listed(kinds)}; fold tables are kept and their digests printed." if kinds else "TO STATE: the split.",
        ),
        (
            "Leakage",
            f"Checks with a leak: {found['leak']}, with a warning: {found['warning']}, unknown: {found['unknown']}, "
            f"passed: {found['pass']}.",
        ),
        ("Selection", _selection(panels)),
        ("Baselines", listed([f"`{name}`" for name in baselines]) or "None. TO STATE: why."),
        ("Uncertainty", listed(intervals) or "TO STATE: no interval was computed."),
        (
            "Repetition",
            f"{count(runs, 'run')} per model; the interval over subjects does not contain the seed's effect.",
        ),
        ("Cost", f"{duration(cost.cpu_seconds)} of CPU time." if cost.jobs else "TO STATE: not measured."),
        ("Code", f"commit `{study.commit}`" if study.commit else "TO STATE: the commit."),
        ("Generality", "TO STATE: which use the result is meant for, and what would have to be tested before."),
    )
    rows = tuple(Row((Cell(item), Cell(text, tone="warn" if "TO STATE" in text else ""))) for item, text in items)
    return Table(
        id="checklist",
        caption="Checklist in the manner of REFORMS (Kapoor et al. 2024)",
        columns=columns("Item", "What this run says"),
        rows=rows,
        how="Filled from the run. “TO STATE” marks what a machine cannot know and the authors have to write.",
        compact=True,
    )


def _people(study: Study) -> tuple[tuple[str, str], ...]:
    """What is said of the people in the videos; of rendered faces the run knows it, of real ones the authors do."""
    real = [dataset for dataset in study.datasets if not dataset.rendered]
    if study.datasets and not real:
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


def _selection(panels: list[Panel]) -> str:
    searched = any(entry.searches for panel in panels for entry in panel.entries)
    text = f"{'Searched settings, best' if searched else 'Best'} epoch, fusion and best model come from validation rows"
    if any(panel.protocol.rotates for panel in panels):
        return f"{text}; where no test set is held out, other folds' models are tested on the same clips."
    return f"{text}; the held-out test rows chose nothing."


def _published(study: Study) -> Table | None:
    """Published numbers of the config, apart from ours and in the order given: never sorted together."""
    entries = (study.config.get("report") or {}).get("published") or []
    if not entries:
        return None
    keys = ("source", "dataset", "method", "score", "protocol", "n", "unit", "selection", "comparable")
    return Table(
        id="published",
        caption="Published numbers",
        columns=columns(*(key.capitalize() for key in keys)),
        rows=tuple(Row(tuple(Cell(str(entry.get(key, "–"))) for key in keys)) for entry in entries),
        how="As their authors report them, under their own protocols; the last column says whether they can be "
        "compared.",
    )
