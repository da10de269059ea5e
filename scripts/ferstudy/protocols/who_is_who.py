"""Who is who, by face: subjects who look like one person, and subjects who look like two.

A face descriptor proposes and never decides: siblings lie near each other, and one person with and without a beard far
apart. So what it finds is unknown until somebody has looked, and never a leak.
"""

from collections.abc import Iterable
from itertools import permutations
from typing import NamedTuple

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist

from ferstudy.protocols.findings import Finding, finding
from ferstudy.protocols.linked_people import roots
from ferstudy.protocols.who_said import Said
from ferstudy.store.read import clips_in
from ferstudy.tables.lineup import Lineup
from ferstudy.tables.pairs import Pair

CHECK, TITLE = "who_is_who", "Who is who"
# Distances of descriptors. dlib's rule for one person is below 0.6. Of the 870 pairs of 30 real people (neutral against
# smile) seven lie below that and the nearest at 0.56, at 0.53 in copies; one person's at most at 0.44, 0.49 in copies.
ALIKE = 0.5
UNLIKE = 0.6
SHARE = 0.25  # of a clip's distances to a subject's clips, of which some may be another person's
NAMED = 5  # candidates in a sentence


class Candidate(NamedTuple):
    """Two subjects who may be one person, or (`one` is `other`) a subject who may be two."""

    one: str
    other: str
    distance: float
    where: str  # how many clips look so, which roles they stand in
    clips: tuple[str, ...]  # those that look so

    @property
    def told(self) -> str:
        """The candidate in a sentence."""
        names = f"`{self.one}`" if self.one == self.other else f"`{self.one}` and `{self.other}`"
        return f"{names} ({self.distance:.2f} apart, {self.where})"

    @property
    def pair(self) -> Pair:
        """The candidate for the table of pairs."""
        what = "two faces under one name" if self.one == self.other else "one face"
        clips = ", ".join(self.clips)
        return Pair(CHECK, self.one, self.other, f"{what}, {self.distance:.2f} apart, {self.where}: {clips}")


class People(NamedTuple):
    """The described clips of known subjects, those of a subject one after the other."""

    clips: list[str]  # n names
    vectors: np.ndarray  # (n, 128), the mean of each clip's frames
    names: list[str]  # of the p subjects, sorted
    starts: np.ndarray  # (p + 1,) where each subject's clips begin and end

    def own(self, person: int) -> slice:
        """Where the clips of a subject are."""
        return slice(self.starts[person], self.starts[person + 1])


def who_is_who(line: Lineup, stores: Iterable[str], said: Said) -> Finding:
    """What faces say of the subjects of `line`, whose tied people share a group; `said` is what is known by hand."""
    people = read(line, stores)
    if not people.names:
        text = "No clip that names its subject shows a frontal face: nobody was compared."
        return finding(CHECK, TITLE, "unknown", text, set(line.clips))
    found = alike(line, people) + two_faced(people)
    dismissed = [each for each in found if (each.one, each.other) in said.same | said.other]
    open_ones = sorted((each for each in found if each not in dismissed), key=lambda each: (each.distance, each))
    seen = f"{len(people.clips)} of {len(line.clips)} clips of {len(people.names)} people were compared"
    if nameless := sum(not clip.subject for clip in line.clips.values()):
        seen += f"; {nameless} clips name no subject"
    if dismissed:
        seen += f"; dismissed by hand: {few([each.told for each in dismissed])}"
    if tied := [f"`{one}` = `{another}`" for one, another in sorted(said.same) if one != another]:
        seen += f"; one person by hand: {few(tied)}"
    if not open_ones:
        text = f"As far as a face descriptor sees, every subject is one person, and another than the others: {seen}."
        return finding(CHECK, TITLE, "pass", text)
    clips = set().union(*(each.clips for each in open_ones))
    return finding(CHECK, TITLE, "unknown", f"{_told(open_ones)} ({seen}).", clips, (each.pair for each in open_ones))


def read(line: Lineup, stores: Iterable[str]) -> People:
    """The descriptors in `stores` of the clips of `line` that name a subject; a clip without a face has none."""
    found = means({name for name, clip in line.clips.items() if clip.subject}, stores)
    clips = sorted(found, key=lambda name: (line.clips[name].subject, name))
    names, counts = np.unique([line.clips[name].subject for name in clips], return_counts=True)
    vectors = np.array([found[name] for name in clips])
    return People(clips, vectors, names.tolist(), np.r_[0, np.cumsum(counts)].astype(int))


def means(wanted: set[str], stores: Iterable[str]) -> dict[str, np.ndarray]:
    """The mean descriptor (128,) of each wanted clip that shows a face."""
    shown = ((name, store.values(clip)) for name, store, clip in clips_in(stores, wanted))
    return {name: frames.mean(0) for name, frames in shown if len(frames)}


def alike(line: Lineup, people: People) -> list[Candidate]:
    """Two subjects who look like one person: as a whole, or some clips of one do like the other, less like its own.

    How far two are apart is the median over their clips: a mean of several people would lie near everybody, and the
    nearest of many clips near anybody. Those whom the clips table, or somebody by hand, ties already are none.
    """
    root = roots(list(line.clips.values()))
    to_own = _to_own(people)
    found = []
    for one, name in enumerate(people.names):
        apart = cdist(people.vectors[people.own(one)], people.vectors)
        nearest = np.minimum.reduceat(apart.min(0), people.starts[:-1])
        for other in np.flatnonzero(nearest[one + 1 :] < ALIKE) + one + 1:
            if root[name] != root[people.names[other]]:
                found.append(_compared(line, people, (one, int(other)), apart[:, people.own(other)], to_own))
    return [each for each in found if each]


def _to_own(people: People) -> np.ndarray:
    """(n,) how far each clip is from the other clips of its subject, by the median; infinitely where it has none."""
    far = np.full(len(people.clips), np.inf)
    for person in range(len(people.names)):
        own = people.vectors[people.own(person)]
        if len(own) > 1:
            apart = cdist(own, own)[~np.eye(len(own), dtype=bool)].reshape(len(own), -1)
            far[people.own(person)] = np.median(apart, axis=1)
    return far


def _compared(
    line: Lineup, people: People, pair: tuple[int, int], apart: np.ndarray, to_own: np.ndarray
) -> Candidate | None:
    """The candidate that two subjects are, whose clips are `apart` (clips of one, clips of the other), if any.

    Where some clips of each look like the other, those that are nearer speak for the pair, and all are its clips.
    """
    names = tuple(people.names[person] for person in pair)
    clips = [people.clips[people.own(person)] for person in pair]
    whole = float(np.median(apart))
    if whole < ALIKE:
        return Candidate(*names, whole, _roles(line, *clips), (*clips[0], *clips[1]))
    found = []
    for side in (0, 1):
        far = np.quantile(apart, SHARE, axis=1 - side)
        strays = np.flatnonzero(far < np.minimum(ALIKE, to_own[people.own(pair[side])]))
        if len(strays):
            few, others = [clips[side][i] for i in strays], clips[1 - side]
            where = f"{len(few)} of {len(clips[side])} clips of `{names[side]}`, {_roles(line, few, others)}"
            found.append(Candidate(*names, float(far[strays].min()), where, tuple(few)))
    if not found:
        return None
    nearest = min(found, key=lambda each: each.distance)
    return nearest._replace(clips=tuple(clip for each in found for clip in each.clips))


def _roles(line: Lineup, one: list[str], other: list[str]) -> str:
    """In which two roles of a fold some clips of two subjects stand, the first that are found."""
    for fold, roles in line.folds.items():
        for first, second in permutations(roles, 2):
            if roles[first] & set(one) and roles[second] & set(other):
                return f"{first} and {second} of fold {fold}"
    return "in one role"


def two_faced(people: People) -> list[Candidate]:
    """Subjects whose clips fall into two parts that lie as far apart as two people (average linkage)."""
    found = []
    for person, name in enumerate(people.names):
        clips, vectors = people.clips[people.own(person)], people.vectors[people.own(person)]
        tree = linkage(vectors, "average") if len(clips) > 1 else np.zeros((1, 4))
        if tree[-1, 2] > UNLIKE:
            part = fcluster(tree, 2, "maxclust") == 1
            few = [clips[i] for i in np.flatnonzero(part if part.sum() * 2 <= len(part) else ~part)]
            where = f"{len(few)} of {len(clips)} clips against the others"
            found.append(Candidate(name, name, float(tree[-1, 2]), where, tuple(few)))
    return found


def _told(found: list[Candidate]) -> str:
    """The candidates in words, the likeliest first, and what to do about them."""
    one = [each for each in found if each.one != each.other]
    two = [each for each in reversed(found) if each.one == each.other]
    told, rows = [], []
    if one:
        pairs = "pair of subjects looks" if len(one) == 1 else "pairs of subjects look"
        told.append(f"{len(one)} {pairs} like one person: {few([each.told for each in one])}")
        row = f"{one[0].one},{one[0].other}"
        rows.append(f"`{row},yes` (one person, dealt as one) or `{row},no`")
    if two:
        looks = "subject looks" if len(two) == 1 else "subjects look"
        told.append(f"{len(two)} {looks} like two people: {few([each.told for each in two])}")
        rows.append(f"`{two[0].one},{two[0].one},yes` (one person all the same)")
    return (
        f"{'; '.join(told)}. Look at their clips and decide: `people` of the dataset names a table with the header "
        f"`one,another,same` and rows as {'; '.join(rows)}"
    )


def few(names: list[str]) -> str:
    """The first few for a sentence, in their order, and how many more there are."""
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
