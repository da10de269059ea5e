"""Checks for leaks: the same person, film or file on both sides of a split."""

from collections.abc import Callable

from ferstudy.protocols.findings import Finding, finding, some
from ferstudy.protocols.lineup import Lineup, siblings
from ferstudy.tables.clips import Clip


def subjects(lineup: Lineup, undeclared_union: bool = False) -> Finding:
    """A subject in two roles of a fold; unknown where clips name no subject.

    In an `undeclared_union` nobody said whether equal names in its datasets are the same people; the names there are
    `<dataset>/<name>`, and where two datasets share a name the answer is unknown.
    """
    title = "Subjects in one role"
    apart, torn = _in_two_roles(lineup, lambda clip: clip.subject)
    nameless = {name for name, clip in lineup.clips.items() if not clip.subject}
    if torn:
        text = f"{len(apart)} subjects have two roles in one fold: {some(apart)}. A model can know them by their faces."
        return finding("subjects", title, "leak", text, torn)
    if nameless:
        text = (
            f"{len(nameless)} of {len(lineup.clips)} clips name no subject; nobody can tell whether they share people."
        )
        return finding("subjects", title, "unknown", text, nameless)
    shared = _shared_names(lineup) if undeclared_union else {}
    if shared:
        text = (
            f"{len(shared)} names of subjects occur in two datasets of the union: {some(shared.keys())}. Say in its "
            "config whether they are the same people (`subjects: shared`) or others (`subjects: separate`)."
        )
        return finding("subjects", title, "unknown", text, {name for names in shared.values() for name in names})
    number = len({clip.subject for clip in lineup.clips.values()})
    return finding("subjects", title, "pass", f"Each of the {number} subjects has one role in every fold.")


def _shared_names(lineup: Lineup) -> dict[str, set[str]]:
    """The clips of each subject's name that two datasets of a union have in common."""
    leaves: dict[str, set[str]] = {}
    clips: dict[str, set[str]] = {}
    for name, clip in lineup.clips.items():
        leaf, _, subject = clip.subject.partition("/")
        leaves.setdefault(subject, set()).add(leaf)
        clips.setdefault(subject, set()).add(name)
    return {subject: clips[subject] for subject in sorted(leaves) if len(leaves[subject]) > 1}


def groups(lineup: Lineup) -> Finding:
    """A group (film, take, twins) in two roles of a fold."""
    title = "Groups in one role"
    apart, torn = _in_two_roles(lineup, lambda clip: clip.group)
    if torn:
        text = f"{len(apart)} groups (films, takes, twins) have two roles in one fold: {some(apart)}."
        return finding("groups", title, "leak", text, torn)
    number = len({clip.group for clip in lineup.clips.values()} - {""})
    text = f"Each of the {number} groups has one role in every fold." if number else "No clip names a group."
    return finding("groups", title, "pass", text)


def files(lineup: Lineup) -> Finding:
    """One video file under two names: a leak across roles, a warning within a role.

    Two stretches of one file are no copies of each other, but must not have two roles either.
    """
    title = "Each video once"
    unread = {name for name, clip in lineup.clips.items() if not clip.digest}
    apart, torn = _in_two_roles(lineup, lambda clip: clip.digest)
    if torn:
        text = f"{len(apart)} video files occur in two roles of one fold. Remove the copies, or give them one group."
        return finding("files", title, "leak", text, torn)
    same: dict[tuple, set[str]] = {}
    for name, clip in lineup.clips.items():
        if clip.digest:
            same.setdefault((clip.digest, clip.start, clip.end), set()).add(name)
    copies = {name for names in same.values() if len(names) > 1 for name in names}
    if copies:
        text = f"{len(copies)} clips are copies of one another, in one role; they count more than once."
        return finding("files", title, "warning", text, copies)
    if unread:
        text = f"{len(unread)} of {len(lineup.clips)} clips have no digest; copies among them would go unnoticed."
        return finding("files", title, "unknown", text, unread)
    return finding("files", title, "pass", f"No two of the {len(lineup.clips)} clips are the same stretch of a file.")


def selection(lineup: Lineup) -> Finding:
    """Clips that choose epochs and settings and are tested on as well, or are trained on and judged as well."""
    title = "Selection never sees test clips"
    both: set[str] = set()
    where = []
    for fold, roles in lineup.folds.items():
        shared = (roles["validation"] | roles["train"]) & roles["test"] | roles["train"] & roles["validation"]
        if shared:
            where.append(f"fold {fold}")
        both |= shared
    for fold, roles in lineup.folds.items():
        for other in siblings(fold, lineup.folds):
            seen = roles["test"] & set().union(*lineup.folds[other].values())
            if seen:
                where.append(f"fold {other}, for {fold}")
            both |= seen
    if both:
        text = f"{len(both)} clips are used to train or to choose, and to test: {some(where)}."
        return finding("selection", title, "leak", text, both)
    return finding("selection", title, "pass", "No test clip trains a model or chooses its epochs.")


def held_out(lineup: Lineup) -> Finding:
    """A person (group, file) of a final test set who occurs in the folds that choose its settings.

    In a nested protocol each outer fold has such a set, and whom it tests the other outer folds train on.
    """
    title = "Held-out subjects stay out"
    torn: set[str] = set()
    known: set[str] = set()
    finals = [fold for fold in lineup.folds if siblings(fold, lineup.folds)]
    for final in finals:
        tested = _identities(lineup, lineup.folds[final]["test"])
        for fold in siblings(final, lineup.folds):
            for name in set().union(*lineup.folds[fold].values()):
                shared = _identities(lineup, {name}) & tested
                if shared:
                    torn.add(name)
                    known |= {value for _, value in shared}
    if torn:
        text = f"Held-out subjects (groups, files) occur in the folds that choose the settings: {some(known)}."
        return finding("held_out", title, "leak", text, torn)
    text = "The held-out subjects occur in no other fold." if finals else "The protocol has no fixed test set."
    if len(finals) > 1:
        text = f"Whom one of the {len(finals)} outer folds tests occurs in none of its inner folds."
    return finding("held_out", title, "pass", text)


def stills(lineup: Lineup, people: dict[str, str]) -> Finding:
    """People whose stills trained a backbone and who are clips' subjects as well.

    `people`: the stills table (its name) by subject; an empty subject means stills whose people are unknown.
    """
    title = "Backbones saw no test subject"
    tested, judged, nameless = set(), set(), set()
    for roles in lineup.folds.values():
        tested |= {name for name in roles["test"] if lineup.clips[name].subject in set(people) - {""}}
        judged |= {name for name in roles["validation"] if lineup.clips[name].subject in set(people) - {""}}
        nameless |= {name for name in roles["test"] if not lineup.clips[name].subject}
    who = {lineup.clips[name].subject for name in tested | judged}
    sets = some({people[subject] for subject in who})
    if tested:
        text = f"{len(who)} people are in the stills ({sets}) that train a backbone and are tested: {some(who)}."
        return finding("stills", title, "leak", text, tested)
    if judged:
        text = (
            f"{len(who)} people are in the stills ({sets}) and choose epochs: {some(who)}; development scores flatter."
        )
        return finding("stills", title, "warning", text, judged)
    if people and ("" in people or nameless):
        text = "Stills or test clips name no subject; nobody can tell whether they share people."
        return finding("stills", title, "unknown", text, nameless)
    text = (
        f"None of the {len(people)} people in the stills is tested." if people else "No backbone is trained on stills."
    )
    return finding("stills", title, "pass", text)


def _in_two_roles(lineup: Lineup, key: Callable[[Clip], str]) -> tuple[set[str], set[str]]:
    """The values of `key` (empty ones apart) that have two roles in a fold, and the clips that carry them."""
    apart: set[str] = set()
    for roles in lineup.folds.values():
        values = [{key(lineup.clips[name]) for name in names} - {""} for names in roles.values()]
        apart |= (values[0] & values[1]) | (values[0] & values[2]) | (values[1] & values[2])
    return apart, {name for name, clip in lineup.clips.items() if key(clip) in apart}


def _identities(lineup: Lineup, names: set[str]) -> set[tuple[str, str]]:
    """Subjects, groups and file digests of the clips `names`, with the kind of each."""
    return {
        (kind, value)
        for name in names
        for kind in ("subject", "group", "digest")
        if (value := getattr(lineup.clips[name], kind))
    }
