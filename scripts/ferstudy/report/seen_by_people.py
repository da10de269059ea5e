"""What people answered to each clip, in words."""

from collections import Counter

from ferstudy.report import ratings
from ferstudy.report.records import DatasetResults, Results
from ferstudy.tables import votes

MOST = 3  # answers named of a clip


def answers(results: Results, dataset: DatasetResults | None) -> dict[str, str]:
    """{clip: "disgust 5, sadness 3"}: imported votes, else those of the clips table; nothing without votes."""
    if dataset is None:
        return {}
    given = ratings.of(results, dataset.name)
    if given is not None:
        counts: dict[str, Counter] = {}
        for one in given.ratings:
            counts.setdefault(one.clip, Counter())[one.label] += 1
    else:
        counts = {clip.clip: Counter(votes.parse(clip.votes)) for clip in dataset.clips or [] if clip.votes}
    return {clip: _told(own) for clip, own in counts.items()}


def _told(counts: Counter) -> str:
    first = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST]
    return ", ".join(f"{label} {number:g}" for label, number in first)
