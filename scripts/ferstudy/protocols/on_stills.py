"""Who is who, by face, among those who are tested and the people on stills that train a backbone.

Stills seldom name their people, and a network that was trained on a person's pictures has seen this person. As with
subjects a descriptor proposes and never decides: what it finds is unknown until somebody has looked.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from ferstudy.counted import counted
from ferstudy.errors import StudyError
from ferstudy.protocols import who_is_who
from ferstudy.protocols.findings import Finding, finding
from ferstudy.protocols.who_is_who import ALIKE, People, few
from ferstudy.protocols.who_said import OF_STILLS, Said
from ferstudy.store.read import Store
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import Lineup
from ferstudy.tables.pairs import Pair
from ferstudy.tables.rows import read_rows
from ferstudy.tables.stills import COLUMNS, training

CHECK, TITLE = "who_is_who_stills", "Who is who on the stills"


class DescribedSet(NamedTuple):
    """A set of stills, as it was described."""

    name: str
    people: People  # whom the stills name, else each still; called as in the table of who is who
    drawn: int  # stills that were looked at
    number: int  # stills that train

    @property
    def told(self) -> str:
        """How many of them are compared."""
        drawn = f", drawn from {self.number:,}" if self.drawn < self.number else ""
        return f"{len(self.people.clips):,} of {counted(self.drawn, 'still', thousands=',')} of {self.name}{drawn}"


class OnStill(NamedTuple):
    """A subject who is tested and somebody on a still, who may be one person."""

    distance: float
    subject: str
    still: str
    of: str  # how many clips and stills were compared

    @property
    def told(self) -> str:
        """The candidate in a sentence."""
        return f"`{self.subject}` and `{self.still}` ({self.distance:.2f} apart)"

    @property
    def pair(self) -> Pair:
        """The candidate for the table of pairs."""
        return Pair(CHECK, self.subject, self.still, f"one face, {self.distance:.2f} apart, {self.of}")


def read(table: str | Path, store: str | Path) -> DescribedSet:
    """The described stills of a store, and what their table says of them."""
    name = Path(table).stem
    rows = training(table)
    as_clips = {row["still"]: Clip(row["still"], "", called(name, row), row["label"]) for row in rows}
    with Store(store) as looked_at:
        drawn = len(looked_at)
    return DescribedSet(name, who_is_who.read(Lineup(as_clips, {}, []), [store]), drawn, len(rows))


def called(name: str, row: dict[str, str]) -> str:
    """How the table of who is who calls the person of a still, or the still itself where it names nobody."""
    return f"{OF_STILLS}{name}/{row['subject'] or row['still']}"


def named_by_hand(said: Said, clips: list[Clip], tables: Iterable[str | Path], where: str) -> dict[str, str]:
    """The stills table (its name) by subject who is said to be on it; for `leaks.stills`.

    What is said of other sets of stills does not count. Raises StudyError for a name that is on none of its set.
    """
    pairs = said.on_stills | said.not_on_stills
    sets = [Path(table).stem for table in tables]
    for table, name in zip(tables, sets, strict=True) if pairs else ():
        of_set = {still for _, still in pairs if still.startswith(f"{OF_STILLS}{name}/")}
        known = {f"{OF_STILLS}{name}/{row[key]}" for row in read_rows(table, COLUMNS) for key in ("still", "subject")}
        if strange := sorted(of_set - known):
            raise StudyError(f"{where}: {strange[0]}: {table} has neither a still nor a subject of that name")
    by_set = ((subject, still.removeprefix(OF_STILLS).partition("/")[0]) for subject, still in said.confirmed(clips))
    return {subject: name for subject, name in sorted(by_set) if name in sets}


def on_stills(line: Lineup, descriptors: Iterable[str], described: Sequence[DescribedSet], said: Said) -> Finding:
    """What faces say of the tested subjects of `line`, held against stills; `said` is what is known by hand."""
    tested = {line.clips[name].subject for roles in line.folds.values() for name in roles["test"]}
    nameless = len({name for roles in line.folds.values() for name in roles["test"] if not line.clips[name].subject})
    people = who_is_who.read(line, descriptors)
    who = [place for place, name in enumerate(people.names) if name in tested]
    stills = ", ".join(each.told for each in described)
    seen = f"{counted(len(who), 'tested person was', 'tested people were')} compared with {stills}"
    seen += f"; {nameless} test clips name no subject" if nameless else ""
    if not who or not any(each.people.names for each in described):
        return finding(CHECK, TITLE, "unknown", f"Nobody was compared, for want of names or frontal faces: {seen}.")
    clips = list(line.clips.values())
    answered, no = said.confirmed(clips), said.dismissed(clips)
    every = sorted(one for each in described for person in who for one in alike(people, person, each.people))
    found = [one for one in every if (one.subject, one.still) not in answered | no]
    if away := [one.told for one in every if (one.subject, one.still) in no]:
        seen += f"; dismissed by hand: {few(away)}"
    if not found:
        text = f"As far as a face descriptor sees, nobody who is tested is on the stills that train a backbone: {seen}."
        return finding(CHECK, TITLE, "pass", text)
    subjects = {one.subject for one in found}
    of_them = {name for name in people.clips if line.clips[name].subject in subjects}
    return finding(CHECK, TITLE, "unknown", f"{_told(found)} ({seen}).", of_them, (one.pair for one in found))


def alike(people: People, person: int, others: People) -> list[OnStill]:
    """Who on the stills looks like a subject: the median over their clips and stills is below ALIKE."""
    if not others.names:
        return []
    apart = cdist(people.vectors[people.own(person)], others.vectors)
    found = []
    for other in np.flatnonzero(np.minimum.reduceat(apart.min(0), others.starts[:-1]) < ALIKE):
        between = apart[:, others.own(other)]
        of = " and ".join(counted(number, what) for number, what in zip(between.shape, ("clip", "still"), strict=True))
        found.append(OnStill(float(np.median(between)), people.names[person], others.names[other], of))
    return [one for one in found if one.distance < ALIKE]


def _told(found: Collection[OnStill]) -> str:
    """The candidates in words, of each subject the likeliest, and what to do about them."""
    nearest: dict[str, OnStill] = {}
    for one in found:
        nearest.setdefault(one.subject, one)
    first = next(iter(nearest.values()))
    looks = counted(len(nearest), "tested subject looks", "tested subjects look")
    return (
        f"{looks} like somebody on the stills that train a backbone: {few([one.told for one in nearest.values()])}. "
        "Look at them and decide: `people` of the dataset names a table with the header `one,another,same` and rows "
        f"as `{first.subject},{first.still},yes` (one person, a leak) or `{first.subject},{first.still},no`"
    )
