"""The data: what was indexed, and what was rejected and why."""

from collections import Counter

from ferstudy import paths
from ferstudy.report.blocks import (
    Article,
    Details,
    PageTable,
    Section,
    Side,
    TableCell,
    TableRow,
    Term,
    Terms,
    Text,
    columns,
    or_else,
    row,
    some,
)
from ferstudy.report.numbers import DASH, count, listed, percent
from ferstudy.report.records import DatasetResults, FaceResults, Results
from ferstudy.report.sections import (
    augmentation_gallery,
    clip_lengths,
    coverage_groups,
    cut_marks,
    data_pictures,
    example_faces,
    lost_frames,
)
from ferstudy.tables.rejected import LOST, Rejected

MOST_REJECTED = 200


def section(results: Results, faces: bool = True) -> Section:
    """One part per dataset; without `faces` none is shown here, as on a page that has sheets of them."""
    parts = tuple(_dataset(dataset, results, faces) for dataset in results.datasets)
    return Section("data", "Data", or_else(parts, "No dataset was planned."))


def _dataset(dataset: DatasetResults, results: Results, faces: bool) -> Article:
    trims = (_trims(face, results) for face in dataset.faces if face.trims)
    tables = some(_classes(dataset), _coverage(dataset, results), *trims, _reasons(dataset), _notes(dataset))
    listing = dataset.rejected and Details("Every rejected clip", (_rejected(dataset, results),))
    lost = [block for face in dataset.faces for block in lost_frames.blocks(dataset, face, results.public)]
    pictures = (*data_pictures.of_classes(dataset), *clip_lengths.pictures(dataset))
    blocks = some(
        Text(_summary(dataset, results)),
        Terms(_terms(dataset) + _compared(dataset, results)),
        pictures and Side("charts", pictures),
        *(example_faces.blocks(results, dataset) if faces else ()),
        augmentation_gallery.gallery(results, dataset) if faces else None,
        Side("pair", tables),
        *(coverage_groups.table(dataset, face, results) for face in dataset.faces),
        *(cut_marks.curves(results, dataset, face) for face in dataset.faces),
        *lost,
        listing,
    )
    return Article(f"data-{dataset.name}", f"`{dataset.name}`", blocks, dataset=dataset.name)


def _reasons(dataset: DatasetResults) -> PageTable | None:
    reasons = Counter((item.stage, item.reason) for item in dataset.rejected)
    if not reasons:
        return None
    return PageTable(
        id=f"reasons-{dataset.name}",
        caption=f"Why clips and files of {dataset.name} were rejected",
        columns=columns("Reason", "Stage", "#Clips or files"),
        rows=tuple(row(reason, stage, str(n)) for (stage, reason), n in reasons.most_common()),
        how="Rejected at faces or tables, damaged files among them: stays in its fold, is left out of training and "
        "counts as an error when scored, so that no denominator shrinks silently. Rejected at index (not there, no "
        "label, left out by an option): never in a fold.",
        compact=True,
    )


def _notes(dataset: DatasetResults) -> PageTable | None:
    noted = Counter(note.text for note in dataset.notes)
    if not noted:
        return None
    return PageTable(
        id=f"notes-{dataset.name}",
        caption=f"What is odd about clips of {dataset.name} that were kept",
        columns=columns("Note", "#Videos or clips"),
        rows=tuple(row(text, str(n)) for text, n in noted.most_common()),
        how=f"Each is a row of {listed(_noted(dataset))}.",
        compact=True,
    )


def _noted(dataset: DatasetResults) -> list[str]:
    tables = [f"`{paths.RESULTS}/tables/{face.leaf}/`" for face in dataset.faces if face.what == "tables"]
    return [f"`{paths.notes(leaf)}`" for leaf in dataset.leaves] + list(dict.fromkeys(tables))


def _summary(dataset: DatasetResults, results: Results) -> str:
    if dataset.clips is None:
        return f"The clips table is {results.why(paths.clips(dataset.name))}."
    clips = dataset.clips
    subjects = {clip.subject for clip in clips if clip.subject}
    unknown = sum(not clip.subject for clip in clips)
    text = f"{count(len(clips), 'clip')} of {count(len(subjects), 'subject')}"
    text += f" in {count(len(dataset.classes), 'class', 'classes')}"
    text += f"; the subject of {count(unknown, 'clip')} is not known" if unknown else ""
    sexes = Counter({clip.subject: clip.sex for clip in clips if clip.subject and clip.sex}.values())
    text += f"; subjects by sex: {listed([f'{n} {sex}' for sex, n in sorted(sexes.items())])}" if sexes else ""
    if dataset.unread:
        return f"{text}. Not known is what was rejected: a table of it is {dataset.unread}."
    return f"{text}. {left_out(dataset)}"


def left_out(dataset: DatasetResults) -> str:
    """How many of the clips cannot be used, and how much else there was that is no clip."""
    lost = len({item.clip for item in dataset.rejected if item.stage in LOST})
    beside = sum(item.stage not in LOST for item in dataset.rejected)
    said = f"{lost} of them cannot be used: there every model counts as wrong" if lost else "All of them can be used"
    besides = f"; {count(beside, 'other file or row was', 'other files or rows were')} left out" if beside else ""
    return f"{said}{besides}."


def _terms(dataset: DatasetResults) -> tuple[Term, ...]:
    union = f"a union of {listed([f'`{leaf}`' for leaf in dataset.leaves])}" if len(dataset.leaves) > 1 else ""
    terms = [Term("Made of", (union,))] if union else []
    consent = "no person was recorded" if dataset.rendered else "TO STATE: what the people in the videos agreed to."
    return (
        *terms,
        Term("Licence", (dataset.licence or "TO STATE: the licence of the data.",)),
        Term(
            "Citation", (dataset.citation or ("none: rendered" if dataset.rendered else "TO STATE: how to cite it."),)
        ),
        Term("Consent", (dataset.consent or consent,)),
    )


def _compared(dataset: DatasetResults, results: Results) -> tuple[Term, ...]:
    """What faces say of who is who, as any audit of the dataset has it; nothing where nobody asked."""
    audits = [protocol.audit or {} for protocol in results.protocols if protocol.dataset == dataset.name]
    told = [item["text"] for audit in audits for item in audit.get("findings", []) if item["check"] == "who_is_who"]
    return (Term("Who is who, by face", (told[0],)),) if told else ()


def _classes(dataset: DatasetResults) -> PageTable | None:
    if not dataset.clips:
        return None
    lost = {item.clip for item in dataset.rejected if item.stage in LOST}
    rows = []
    for name in dataset.classes:
        own = [clip for clip in dataset.clips if clip.label == name]
        faceless = sum(clip.clip in lost or clip.clip.rpartition("/")[2] in lost for clip in own)
        share = len(own) / len(dataset.clips)
        people = len({clip.subject for clip in own if clip.subject})
        cells = (
            TableCell(name),
            TableCell(str(len(own))),
            TableCell(percent(share)),
            TableCell(str(people) if people else DASH),
        )
        known = DASH if dataset.unread else str(faceless)
        rows.append(TableRow((*cells, TableCell(known, tone="warn" if faceless else ""))))
    return PageTable(
        id=f"classes-{dataset.name}",
        caption=f"Classes of {dataset.name}",
        columns=columns("Class", "#Clips", "#Share", "#Subjects", "#Without a face"),
        rows=tuple(rows),
        how="Clips that can be assigned to folds. Misses are not random: a class whose faces are lost more often is "
        "scored lower for that alone.",
        compact=True,
    )


def _rejected(dataset: DatasetResults, results: Results) -> PageTable:
    name, rejected = dataset.name, dataset.rejected
    shown = rejected[:MOST_REJECTED]

    def detail(item: Rejected) -> str:
        return DASH if results.public or not item.detail else item.detail  # a reader may say any name

    caption = f"Rejected clips of {name}"
    if len(shown) < len(rejected):
        caption += f", the first {len(shown)} of {len(rejected)}"
    return PageTable(
        id=f"rejected-{name}",
        caption=caption,
        columns=columns("File", "Stage", "Reason", "Detail"),
        rows=tuple(row(results.named(item.path or item.clip), item.stage, item.reason, detail(item)) for item in shown),
        how="One line per file that could not be used; the last column is what the reader of the file reported.",
        compact=True,
    )


def _coverage(dataset: DatasetResults, results: Results) -> PageTable | None:
    if not any(face.summary for face in dataset.faces):
        return None
    rows, named = [], {"faces": "Face crops", "tables": "Tables"}
    made = " and ".join(name for what, name in named.items() if any(face.what == what for face in dataset.faces))
    for face in dataset.faces:
        summary = face.summary or {}
        name = TableCell(f"`{face.recipe}`", f"`{face.leaf}`" if face.leaf != dataset.name else "")
        if not summary:
            why = results.why(paths.coverage(face.leaf, face.recipe, "json", face.what))
            rows.append(TableRow((name, TableCell(why), TableCell(DASH), TableCell(DASH)), "hole"))
            continue
        share = summary["covered"] / summary["clips"] if summary["clips"] else 0.0
        gate = TableCell("passed", tone="good") if summary.get("passed") else TableCell("stopped", tone="bad")
        covered = TableCell(f"{summary['covered']} of {summary['clips']}", percent(share))
        rows.append(TableRow((name, covered, TableCell(percent(1 - summary.get("limit", 0.2))), gate)))
    return PageTable(
        id=f"coverage-{dataset.name}",
        caption=f"{made} of {dataset.name}",
        columns=columns(
            "Recipe" if made == "Face crops" else "Recipe or table", "#Clips with a face", "#Least allowed", "Gate"
        ),
        rows=tuple(rows),
        how="A clip counts as covered when the recipe found and could follow a face in it, or where a table of another "
        "tool has sure rows for enough of its frames. A file that is not there, or a name that stands twice, "
        "counts as a clip without a face.",
        compact=True,
    )


def _trims(face: FaceResults, results: Results) -> PageTable:
    decisions = Counter(trim.decision for trim in face.trims)
    rows = []
    for decision, number in decisions.most_common():
        own = [trim for trim in face.trims if trim.decision == decision]
        kept = sum(trim.last - trim.first + 1 for trim in own) / max(1, sum(trim.frames for trim in own))
        named = "" if decision == "trimmed" else listed([results.named(trim.clip) for trim in own], 6)
        rows.append(TableRow((TableCell(decision, named), TableCell(str(number)), TableCell(percent(kept)))))
    return PageTable(
        id=f"trims-{face.leaf}-{face.recipe}",
        caption=f"Neutral beginnings and ends of {face.leaf}, {face.recipe}",
        columns=columns("Decision", "#Clips", "#Frames kept"),
        rows=tuple(rows),
        how="The thesis's rule on a curve of intensity. An anomaly has its maximum at the very end and is left whole. "
        "A table of your own (`trims`) overrides any decision. The rule has seen the whole clip, so a model "
        "trained on what it leaves is none for streams.",
        compact=True,
    )
