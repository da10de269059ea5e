"""Clips that are parts of one video, which show the same moment or minutes of each other: they must not be parted."""

from ferstudy.tables.clips import Clip


def tied(clips: list[Clip]) -> list[Clip]:
    """The clips as they are dealt: different parts of one video that are several units share a group, if need be a new.

    A group that a clip has stays. Copies of one stretch are left to the audit, for they should not be there.
    """
    of_file: dict[str, list[Clip]] = {}
    for clip in clips:
        of_file.setdefault(clip.digest or clip.path or clip.clip, []).append(clip)
    group_of = {
        clip.clip: min((part.group for part in parts if part.group), default=f"parts of {parts[0].clip}")
        for parts in of_file.values()
        if len({part.unit for part in parts}) > 1 and len({(part.start or 0, part.end) for part in parts}) > 1
        for clip in parts
        if not clip.group
    }
    return [clip._replace(group=group_of.get(clip.clip, clip.group)) for clip in clips]
