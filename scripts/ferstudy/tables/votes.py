"""What people saw in a clip: the cell `votes` of the clips table, "anger:7;disgust:2"."""

from collections.abc import Mapping


def parse(votes: str) -> dict[str, int]:
    """Votes by label; what is no vote is left out."""
    counts: dict[str, int] = {}
    for vote in votes.split(";"):
        label, _, number = vote.strip().rpartition(":")
        if label and number.strip().isdigit():
            counts[label] = counts.get(label, 0) + int(number)
    return counts


def renamed(votes: str, labels: Mapping[str, str]) -> str:
    """The votes by the new names in `labels`; a label that it does not list, or maps to nothing, keeps its name."""
    counts: dict[str, int] = {}
    for label, number in parse(votes).items():
        new = labels.get(label) or label
        counts[new] = counts.get(new, 0) + number
    return ";".join(f"{label}:{number}" for label, number in counts.items())
