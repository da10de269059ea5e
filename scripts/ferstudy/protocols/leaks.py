"""Checks for leaks: the same person, film or file on both sides of a split."""

from collections.abc import Callable, Collection
from itertools import combinations

from ferstudy.counted import counted
from ferstudy.fold import Fold
from ferstudy.protocols.findings import Finding, finding, named, some
from ferstudy.tables.clips import Clip
from ferstudy.tables.lineup import Lineup
from ferstudy.tables.pairs import Pair
from ferstudy.tables.spellings import alike, folded, question


def subjects(lineup: Lineup, undeclared_union: bool = False, exact: Collection[str] = ()) -> Finding:
    """A subject in two roles of a fold; unknown where clips name no subject, or where spellings may be one person.

    In an `undeclared_union` nobody said whether equal names in its datasets are the same people; the names there are
    `<dataset>/<name>`, and where two datasets share a name the answer is unknown. `exact` are the beginnings of the
    names of clips whose subjects are spelled as they are meant.
    """
    title = "Subjects in one role"
    apart, torn, pairs = _in_two_roles(lineup, "subject", lambda clip: clip.subject)
    nameless = {name for name, clip in lineup.clips.items() if not clip.subject}
    if torn:
        have = counted(len(apart), "subject has", "subjects have")
        text = f"{have} two roles in one fold: {named(apart)}. A model can know them by their faces."
        text += " Give all clips of a person one role in the fold table, or deal by subject."
        return finding("subjects", title, "leak", text, torn, pairs)
    if groups := _spelled(lineup, exact):
        return _spellings(lineup, title, groups)
    if nameless:
        clips = counted(len(lineup.clips), "clip")
        text = f"{len(nameless)} of {clips} without a named subject; nobody can tell whether they share people."
        return finding("subjects", title, "unknown", text, nameless)
    shared = _shared_names(lineup) if undeclared_union else {}
    if shared:
        text = (
            f"{counted(len(shared), 'name of a subject occurs', 'names of subjects occur')} in two datasets "
            f"of the union: {named(shared)}. Say in its config "
            "whether they are the same people (`subjects: shared`) or others (`subjects: separate`)."
        )
        pairs = [
            Pair("subjects", *two, "one name in two datasets")
            for names in shared.values()
            for two in combinations(sorted({lineup.clips[name].subject for name in names}), 2)
        ]
        return finding("subjects", title, "unknown", text, set().union(*shared.values()), pairs)
    number = len({clip.subject for clip in lineup.clips.values()})
    return finding(
        "subjects", title, "pass", f"Each of the {number} subjects has one role in every fold{_but(lineup)}."
    )


def _spelled(lineup: Lineup, exact: Collection[str]) -> list[list[str]]:
    """The groups of spellings that may be one person, but those of which every clip's dataset says `exact`."""
    doubted = {clip.subject for clip in lineup.clips.values() if not clip.clip.startswith(tuple(exact))}
    return [group for group in alike(clip.subject for clip in lineup.clips.values()) if doubted & set(group)]


def _spellings(lineup: Lineup, title: str, groups: list[list[str]]) -> Finding:
    """Spellings that may be one person: a leak where they have two roles in one fold, else unknown."""
    first = {name: group[0] for group in groups for name in group}
    _, torn, pairs = _in_two_roles(lineup, "subject", lambda clip: first.get(clip.subject, ""))
    listed = [Pair("subjects", *two, "spellings of one name") for group in groups for two in combinations(group, 2)]
    if torn:
        text = f"Spellings that may be one person have two roles in one fold. {question(groups)}."
        return finding("subjects", title, "leak", text, torn, listed + pairs)
    clips = {name for name, clip in lineup.clips.items() if clip.subject in first}
    return finding("subjects", title, "unknown", f"{question(groups)}.", clips, listed)


def _shared_names(lineup: Lineup) -> dict[str, set[str]]:
    """The clips of each subject's name, folded, that two datasets of a union have in common."""
    leaves: dict[str, set[str]] = {}
    clips: dict[str, set[str]] = {}
    for name, clip in lineup.clips.items():
        leaf, _, subject = clip.subject.partition("/")
        leaves.setdefault(folded(subject), set()).add(leaf)
        clips.setdefault(folded(subject), set()).add(name)
    return {subject: clips[subject] for subject in sorted(leaves) if len(leaves[subject]) > 1}


def groups(lineup: Lineup) -> Finding:
    """A group (film, take, twins) in two roles of a fold."""
    title = "Groups in one role"
    apart, torn, pairs = _in_two_roles(lineup, "group", lambda clip: clip.group)
    if torn:
        text = counted(len(apart), "group (film, take, twins) has", "groups (films, takes, twins) have")
        text += f" two roles in one fold: {named(apart)}."
        text += " Give all clips of a group one role in the fold table, or correct the column group."
        return finding("groups", title, "leak", text, torn, pairs)
    number = len({clip.group for clip in lineup.clips.values()} - {""})
    text = (
        f"Each of the {number} groups has one role in every fold{_but(lineup)}." if number else "No clip names a group."
    )
    return finding("groups", title, "pass", text)


def files(lineup: Lineup) -> Finding:
    """One video file under two names: a leak across roles, a warning within a role.

    Two stretches of one file are no copies of each other, but must not have two roles either.
    """
    title = "Each video once"
    unread = {name for name, clip in lineup.clips.items() if not clip.digest}
    apart, torn, pairs = _in_two_roles(lineup, "digest", lambda clip: clip.digest)
    same: dict[tuple, set[str]] = {}
    for name, clip in lineup.clips.items():
        if clip.digest:
            same.setdefault((clip.digest, clip.start, clip.end), set()).add(name)
    copies = {name for names in same.values() if len(names) > 1 for name in names}
    pairs += [Pair("files", *two, "copies") for names in same.values() for two in combinations(sorted(names), 2)]
    if torn:
        two = {tuple(sorted((pair.one, pair.other))) for pair in pairs if pair.what != "copies"}
        told = some({f"`{one}` and `{other}`" for one, other in two})
        text = f"{counted(len(apart), 'video file occurs', 'video files occur')} in two roles of one fold: {told}."
        text += " Remove the copies, or give them one group."
        return finding("files", title, "leak", text, torn, pairs)
    if copies:
        text = (
            f"{len(copies)} clips are copies of one another, in one role: {named(copies)}; they count more than once."
        )
        return finding("files", title, "warning", text, copies, pairs)
    if unread:
        text = (
            f"{len(unread)} of {counted(len(lineup.clips), 'clip')} without a digest; copies among them "
            "would go unnoticed."
        )
        return finding("files", title, "unknown", text, unread)
    return finding("files", title, "pass", f"No two of the {len(lineup.clips)} clips are the same stretch of a file.")


def selection(lineup: Lineup) -> Finding:
    """Clips that choose epochs and settings and are tested on as well, or are trained on and judged as well."""
    title = "Selection never sees test clips"
    where: dict[str, set[str]] = {}
    for fold, roles in lineup.folds.items():
        shared = (roles["validation"] | roles["train"]) & roles["test"] | roles["train"] & roles["validation"]
        where[f"fold {fold}"] = shared
    for fold, roles in lineup.folds.items():
        for other in Fold.parse(fold).siblings(lineup.folds):
            where[f"fold {other}, for {fold}"] = roles["test"] & set().union(*lineup.folds[other].values())
    if both := set().union(*where.values()):
        who = {lineup.clips[name].subject for name in both} - {""}
        text = (
            f"{counted(len(both), 'clip')}{f' of {named(who)}' if who else ''} used to train or to choose, "
            "and to test: "
        )
        text += f"{some([place for place, names in where.items() if names])}. Give each one role in the fold table."
        pairs = (Pair("selection", name, name, place) for place, names in where.items() for name in sorted(names))
        return finding("selection", title, "leak", text, both, pairs)
    return finding("selection", title, "pass", "No test clip trains a model or chooses its epochs.")


def held_out(lineup: Lineup) -> Finding:
    """A person (group, file) of a final test set who occurs in the folds that choose its settings.

    In a nested protocol each outer fold has such a set, and whom it tests the other outer folds train on.
    """
    title = "Held-out subjects stay out"
    known: set[str] = set()
    pairs = []
    choosers = {fold: Fold.parse(fold).siblings(lineup.folds) for fold in lineup.folds}
    finals = {fold: names for fold, names in choosers.items() if names}
    for final, folds in finals.items():
        tested = {of: name for name in sorted(lineup.folds[final]["test"]) for of in _identities(lineup.clips[name])}
        for fold in folds:
            for name in sorted(set().union(*lineup.folds[fold].values())):
                for kind, value in sorted(_identities(lineup.clips[name]) & tested.keys()):
                    known.add(f"the file of `{name}`" if kind == "digest" else f"`{value}`")
                    what = "file" if kind == "digest" else kind
                    place = f"{what} in fold {fold} and tested by {final}"
                    pairs.append(Pair("held_out", name, tested[kind, value], place))
    if pairs:
        text = f"Held-out subjects (groups, files) occur in the folds that choose the settings: {some(known)}."
        text += " Take their clips out of those folds in the fold table."
        return finding("held_out", title, "leak", text, {pair.one for pair in pairs}, pairs)
    text = "The held-out subjects occur in no other fold." if finals else "The protocol has no fixed test set."
    if len(finals) > 1:
        text = f"Whom one of the {len(finals)} outer folds tests occurs in none of its inner folds."
    return finding("held_out", title, "pass", text)


def _people(who: set[str]) -> str:
    return counted(len(who), "person is", "people are")


def stills(lineup: Lineup, people: dict[str, str]) -> Finding:
    """People whose stills trained a backbone and who are clips' subjects as well.

    `people`: the stills table (its name) by subject; an empty subject means stills whose people are unknown.
    """
    title = "Backbones saw no test subject"
    table_of = {folded(subject): table for subject, table in people.items() if subject}
    shown = {name for name, clip in lineup.clips.items() if folded(clip.subject) in table_of}
    tested = shown & set().union(*(roles["test"] for roles in lineup.folds.values()))
    judged = shown & set().union(*(roles["validation"] for roles in lineup.folds.values()))
    nameless = {name for roles in lineup.folds.values() for name in roles["test"] if not lineup.clips[name].subject}
    who = {lineup.clips[name].subject for name in tested | judged}
    sets = some({table_of[folded(subject)] for subject in who})
    pairs = [Pair("stills", subject, table_of[folded(subject)], "the person's stills") for subject in sorted(who)]
    if tested:
        text = f"{_people(who)} in the stills ({sets}) that train a backbone, and tested: {named(who)}."
        text += " Take them out of the stills, or take a backbone that has not seen them."
        return finding("stills", title, "leak", text, tested, pairs)
    if judged:
        text = f"{_people(who)} in the stills ({sets}) and among those who choose epochs: {named(who)}; "
        text += "development scores flatter."
        return finding("stills", title, "warning", text, judged, pairs)
    if people and ("" in people or nameless):
        text = "Stills or test clips name no subject; nobody can tell whether they share people."
        return finding("stills", title, "unknown", text, nameless)
    text = (
        f"None of the {len(people)} people in the stills is tested." if people else "No backbone is trained on stills."
    )
    return finding("stills", title, "pass", text)


def _but(lineup: Lineup) -> str:
    """What has to be added where clips validate and are tested, which `selection` finds and not the roles of people."""
    both = any(roles["validation"] & roles["test"] for roles in lineup.folds.values())
    return ", but that test clips choose as well, see the selection" if both else ""


def _in_two_roles(lineup: Lineup, kind: str, key: Callable[[Clip], str]) -> tuple[set[str], set[str], list[Pair]]:
    """The values of `key` (empty ones apart) that have two roles in a fold, the clips that carry them, and the pairs.

    A pair is one clip of each of two roles; a value gives one for each two of its roles in each fold. A clip that
    validates and is tested is found by `selection`, and counts as a test clip here.
    """
    check = "files" if kind == "digest" else f"{kind}s"
    apart, pairs = set(), []
    for fold, roles in lineup.folds.items():
        where: dict[str, dict[str, str]] = {}
        for role, names in {**roles, "validation": roles["validation"] - roles["test"]}.items():
            for name in sorted(names):
                where.setdefault(key(lineup.clips[name]), {}).setdefault(role, name)
        for value in sorted(value for value, of_role in where.items() if value and len(of_role) > 1):
            apart.add(value)
            what = "one file" if kind == "digest" else f"{kind} {value}"
            for (one, first), (two, second) in combinations(where[value].items(), 2):
                pairs.append(Pair(check, first, second, f"{what}: {one} and {two} of fold {fold}"))
    return apart, {name for name, clip in lineup.clips.items() if key(clip) in apart}, pairs


def _identities(clip: Clip) -> set[tuple[str, str]]:
    """The subject, the group and the file's digest of a clip, with the kind of each."""
    return {(kind, value) for kind in ("subject", "group", "digest") if (value := getattr(clip, kind))}
