"""The faces of who may be one person, or two under one name, side by side: where the config lets faces be shown."""

from ferstudy import paths
from ferstudy.report.blocks import Details, HowTo, Side, some
from ferstudy.report.numbers import count
from ferstudy.report.records import DatasetResults, ProtocolResults, Results
from ferstudy.report.strips import strip
from ferstudy.report.study_files import StudyFiles
from ferstudy.tables import pairs
from ferstudy.tables.pairs import Pair

CHECK = "who_is_who"
MOST = 12  # candidates with faces; all stand in the table of pairs
EACH = 3  # clips of a subject who may be two people


def faces(results: Results, protocol: ProtocolResults) -> Details | None:
    """A row of crops for each candidate both of whose faces may be shown; None where there is none."""
    dataset = results.dataset(protocol.dataset)
    table = paths.pairs(protocol.dataset, protocol.protocol)
    if results.public or dataset is None or not protocol.audit:
        return None
    # Read for pictures alone: a missing or damaged table costs these and is no hole of the page.
    have = StudyFiles(results.folder, results.stale)
    looking = {clip for one in protocol.audit["findings"] if one["check"] == CHECK for clip in one["clips"]}
    found = [pair for pair in have.read(table, "pairs", pairs.read) or [] if pair.check == CHECK]
    shown = some(*(_of(results, dataset, pair, looking) for pair in found))[:MOST]
    if not shown:
        return None
    how = HowTo(
        "Each row shows a candidate of “Who is who”: one face under two names, or two faces under one. "
        "`people.csv` confirms or rejects them."
    )
    return Details(f"Faces of {count(len(shown), 'candidate')} who may be one person or two", (*shown, how))


def _of(results: Results, dataset: DatasetResults, pair: Pair, looking: set[str]) -> Side | None:
    """The faces of a pair of subjects, in the clips that look so; None where one of them may not be shown."""
    names = list(dict.fromkeys((pair.one, pair.other)))
    if not all(map(dataset.shows, names)):
        return None
    most = 1 if len(names) > 1 else EACH
    strips = []
    for name in names:
        own = [clip.clip for clip in dataset.clips or [] if clip.subject == name and clip.clip in looking][:most]
        strips += some(*(strip(results, dataset, clip, name) for clip in own))
    return Side("strips", tuple(strips)) if len(strips) > 1 else None
