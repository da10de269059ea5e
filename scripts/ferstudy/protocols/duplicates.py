"""The same frames in two clips: copies that were renamed, cut, scaled, mirrored or encoded again.

Two frames are the same if their pixels are equal, or if they agree once they are registered (see runs). As a search
that finds nothing says little, the finding tells how many planted copies it has found, too.
"""

from collections.abc import Iterable
from pathlib import Path

from ferstudy.counted import counted
from ferstudy.fold import Fold
from ferstudy.protocols import planted
from ferstudy.protocols.findings import Finding, finding, some
from ferstudy.protocols.full_frames import Frames, read
from ferstudy.protocols.same_frames import Match, find
from ferstudy.tables.lineup import Lineup
from ferstudy.tables.pairs import Pair

TITLE = "No frames in two roles"


def measured(line: Lineup, stores: Iterable[str | Path]) -> Finding:
    """The finding of `duplicates`, and how many planted copies the same search finds."""
    frames = read(line, stores)
    found = duplicates(line, frames)
    return found._replace(text=found.text + planted.told(*_recall(frames)))


def _recall(frames: Frames) -> tuple[dict[str, tuple[int, int]], tuple[int, int]]:
    found = planted.recall(frames)
    return found, planted.crowded(frames) if found else (0, 0)


def duplicates(line: Lineup, frames: Frames) -> Finding:
    """Clips with the same frames: a leak across roles, a warning within; unknown where clips have no fingerprints.

    Unknown too are clips in two roles that look alike without an equal frame, where nobody knows who is in them: two
    takes of one person look so as well.
    """
    missing = set(line.clips) - set(frames.stores)
    matches, shared = find(frames, line)
    apart = [match for match in matches if _apart(line, match)]
    doubtful = [match for match in apart if not match.equal and not _people_known(line, match)]
    across = [match for match in apart if match not in doubtful]
    where = {match: "in two roles" if match in apart else "in one role" for match in matches}
    pairs = [Pair("duplicates", *match[:2], f"{_how(match)}, {place}") for match, place in where.items()]
    if across:
        text = f"{_pairs(across, 'different roles')} the same frames: {_told(across)}."
        text += " Remove the copies, or give them one group."
        return finding("duplicates", TITLE, "leak", text, {name for match in across for name in match[:2]}, pairs)
    if doubtful:
        text = f"{_pairs(doubtful, 'different roles', 'look')} the same without an equal frame, and who is in them is "
        text += f"not known: {_told(doubtful)}. They are copies, or takes of one person. Name the people, or give each "
        text += "pair one group."
        return finding("duplicates", TITLE, "unknown", text, {name for match in doubtful for name in match[:2]}, pairs)
    if missing:
        clips = counted(len(line.clips), "clip")
        text = f"{len(missing)} of {clips} without fingerprints; copies of them would go unnoticed."
        return finding("duplicates", TITLE, "unknown", text, missing, pairs)
    if matches:
        text = f"{_pairs(matches, 'one role')} the same frames: {_told(matches)}. They count twice."
        return finding("duplicates", TITLE, "warning", text, {name for match in matches for name in match[:2]}, pairs)
    text = f"No two of the {len(line.clips) - len(frames.unreadable)} clips in different roles show the same frames"
    were = counted(shared, "frame was", "frames were")
    text += f" ({were} left out that many clips share, such as title cards)." if shared else "."
    return finding("duplicates", TITLE, "pass", text)


def _pairs(matches: list[Match], roles: str, do: str = "show") -> str:
    return counted(len(matches), f"pair of clips in {roles} {do}s", f"pairs of clips in {roles} {do}")


def _people_known(line: Lineup, match: Match) -> bool:
    return bool(line.clips[match.one].subject and line.clips[match.other].subject)


def _apart(line: Lineup, match: Match) -> bool:
    """Whether one of the two clips has another role than the other, or is tested where the other chooses settings."""
    pair = {match.one, match.other}
    for fold, roles in line.folds.items():
        in_one_role = any(pair <= names for names in roles.values())
        if pair <= set().union(*roles.values()) and not in_one_role:
            return True
        siblings = Fold.parse(fold).siblings(line.folds)
        chooses = {name for other in siblings for names in line.folds[other].values() for name in names}
        if not in_one_role and pair & roles["test"] and pair - roles["test"] <= chooses:
            return True
    return False


def _told(matches: list[Match]) -> str:
    return some([f"`{match.one}` and `{match.other}` ({_how(match)})" for match in matches])


def _how(match: Match) -> str:
    return f"{match.equal} equal" if match.equal else f"{match.alike} in a row{', mirrored' if match.mirrored else ''}"
