"""People by face: clips that name nobody, put together where they look like one person."""

from collections.abc import Iterable, Mapping
from itertools import combinations

from scipy.cluster.hierarchy import fcluster, linkage

from ferstudy.counted import counted
from ferstudy.protocols.findings import Finding, finding
from ferstudy.protocols.who_is_who import ALIKE, means
from ferstudy.tables.lineup import Lineup
from ferstudy.tables.pairs import Pair
from ferstudy.tables.people import PersonByFace

CHECK, TITLE = "people_by_face", "People by face"


def by_face(nameless: set[str], stores: Iterable[str]) -> list[PersonByFace]:
    """The face of each clip of `nameless` that the stores describe, by average linkage; sorted by clip.

    A person who looks different may get two faces, so that leaks become rare and are not excluded.
    """
    described = means(nameless, stores)
    clips = sorted(described)
    if len(clips) < 2:
        return [PersonByFace(clip, f"face of {clip}") for clip in clips]
    parts = fcluster(linkage([described[clip] for clip in clips], "average"), ALIKE, "distance")
    first: dict[int, str] = {}
    return [
        PersonByFace(clip, f"face of {first.setdefault(int(part), clip)}")
        for clip, part in zip(clips, parts, strict=True)
    ]


def apart(line: Lineup, faces: Mapping[str, str]) -> Finding:
    """People by face in two roles of a fold: unknown and no leak, for a face names nobody. `faces` is by clip."""
    if all(clip.subject for clip in line.clips.values()):
        return finding(CHECK, TITLE, "pass", "Every clip names its subject.")
    pairs, torn = [], set()
    for fold, roles in line.folds.items():
        where: dict[str, dict[str, str]] = {}
        for role, names in roles.items():
            for clip in sorted(names & faces.keys()):
                where.setdefault(faces[clip], {}).setdefault(role, clip)
        for face, clip_of in sorted(where.items()):
            for one, two in combinations(clip_of, 2):
                torn.add(face)
                pairs.append(Pair(CHECK, clip_of[one], clip_of[two], f"{face}: {one} and {two} of fold {fold}"))
    whole = counted(len(faces), "clip that names no subject shows", "clips that name no subject show")
    whole += f" {counted(len(set(faces.values())), 'person', 'people')} by face"
    if torn:
        text = f"{whole}, of whom {counted(len(torn), 'has', 'have')} two roles in one fold"
        return finding(CHECK, TITLE, "unknown", f"{text}.", {c for c, face in faces.items() if face in torn}, pairs)
    return finding(CHECK, TITLE, "pass", f"{whole}, each with one role in every fold; who they are nobody has said.")
