"""Clips that show one video: the same stretch of files with the same bytes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Note

RELABELLED = "the same video as another clip, which has another label: one of the two labels is wrong"


def copies(clips: Iterable[Clip]) -> list[list[Clip]]:
    """The groups of clips that show one video, those with several labels first."""
    same = defaultdict(list)
    for clip in clips:
        same[clip.digest, clip.start or 0, clip.end].append(clip)
    groups = [group for (digest, _, _), group in same.items() if digest and len(group) > 1]
    return sorted(groups, key=lambda group: not differ(group))


def differ(group: Iterable[Clip]) -> bool:
    """Whether the clips of a group have several labels."""
    return len({clip.label for clip in group}) > 1


def relabelled(clips: Iterable[Clip]) -> Iterator[Note]:
    """A note for each clip whose video another clip shows under another label."""
    return (Note(clip.path, clip.clip, RELABELLED) for group in copies(clips) if differ(group) for clip in group)
