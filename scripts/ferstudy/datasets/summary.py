"""What a person should see of a dataset at one glance: the answer of the dataset doctor."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from ferstudy.counted import counted
from ferstudy.datasets.copies import copies, differ
from ferstudy.tables import spellings
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Note, Rejected

EXAMPLES = 3


def summary(
    clips: Sequence[Clip],
    rejected: Sequence[Rejected],
    notes: Sequence[Note] = (),
    reasons: int | None = None,
    answer: str = "",
) -> str:
    """Clips, people, classes, groups, roles, size, duplicates, notes and rejected rows, in lines.

    Of the reasons for rejected rows, the `reasons` most frequent ones are shown; None for all. `answer` is what the
    dataset's options say of spellings of people's names.
    """
    subjects = {clip.subject for clip in clips if clip.subject}
    nobody = sum(not clip.subject for clip in clips)
    damaged = {(clip.path, clip.clip) for clip in clips} & {(row.path, row.clip) for row in rejected}
    lines = [f"clips      {len(clips)}"]
    if damaged:
        lines.append(f"           {len(damaged)} of them cannot be read: they count as errors of every model")
    lines.append(f"subjects   {len(subjects)}")
    if nobody:
        lines.append(f"           {nobody} clips without one: nothing can tell whether a split keeps people apart")
    groups = [] if answer == "exact" else spellings.alike(subjects)
    if groups:
        people = len(subjects) - sum(len(group) - 1 for group in groups)
        lines.append(f"           {people} if these are spellings of one name each: {spellings.told(groups)}")
        lines.append(f"           {spellings.ASKED}")
    lines += _counts("classes", Counter(clip.label for clip in clips), "clips")
    lines += _people(clips)
    groups = Counter(clip.group for clip in clips if clip.group)
    if groups:
        lines.append(f"groups     {len(groups)}, of {min(groups.values())} to {max(groups.values())} clips")
    roles = Counter(clip.official for clip in clips if clip.official)
    lines += _counts("roles", roles, "clips, by the dataset's own split")
    sizes = {clip.path: clip.bytes for clip in clips}
    if clips and not any(sizes.values()):
        lines.append("videos     none that can be read: copies would go unnoticed")
    else:
        lines += [
            f"size       {_size(sum(sizes.values()))} in {len(sizes)} videos",
            *(duplicates(clips) or ["duplicates none"]),
        ]
    lines += [f"note       {text}" for text in told(notes)]
    return "\n".join(lines + _rejected(rejected, reasons))


def told(notes: Iterable[Note]) -> list[str]:
    """A sentence for each kind of note: how many, what, and the first few."""
    kinds = defaultdict(list)
    for note in notes:
        kinds[note.text].append(note.clip or note.path)
    return [
        f"{len(names)} x {text} ({', '.join(names[:EXAMPLES])}{' ...' if len(names) > EXAMPLES else ''})"
        for text, names in kinds.items()
    ]


def stills_summary(stills: Iterable[tuple[str, str, str, str]], rejected: Sequence[Rejected] = ()) -> str:
    """The same of single images (name, subject, label, role)."""
    stills = list(stills)
    lines = [f"stills     {len(stills)}", f"subjects   {len({who for _, who, _, _ in stills if who})}"]
    lines += _counts("classes", Counter(label for _, _, label, _ in stills), "stills")
    lines += _counts("roles", Counter(role for _, _, _, role in stills if role), "stills")
    return "\n".join(lines + _rejected(rejected))


def _counts(title: str, counts: Counter, what: str) -> list[str]:
    if not counts:
        return []
    width = max(len(name) for name in counts)
    rows = [f"  {name:{width}}  {count:6}" for name, count in sorted(counts.items())]
    return [f"{title:10} {len(counts)} ({what})", *rows]


def _people(clips: Sequence[Clip]) -> list[str]:
    """How many people of each sex and ethnicity, where known, and people who are said to be both."""
    lines = []
    for field in ("sex", "ethnicity"):
        known = defaultdict(set)
        for clip in clips:
            if clip.subject and getattr(clip, field):
                known[clip.subject].add(getattr(clip, field))
        if known:
            counts = Counter(" and ".join(sorted(values)) for values in known.values())
            lines.append(f"{field:10} " + ", ".join(f"{value} {count}" for value, count in sorted(counts.items())))
    return lines


def duplicates(clips: Sequence[Clip]) -> list[str]:
    """Clips that show the same bytes: the same stretch of files with one content. No line where there are none."""
    groups = copies(clips)
    if not groups:
        return []
    count = sum(map(len, groups))
    videos = counted(len(groups), "video")
    lines = [f"duplicates {count} clips show {videos}; none of them may be in two roles of a split"]
    for group in groups[:EXAMPLES]:
        wrong = " with different labels: take the wrong one away" if differ(group) else ""
        lines.append(f"  {', '.join(clip.clip for clip in group[:4])}{' ...' if len(group) > 4 else ''}{wrong}")
    return lines


def _rejected(rejected: Sequence[Rejected], shown: int | None = None) -> list[str]:
    if not rejected:
        return ["rejected   none"]
    lines = [f"rejected   {len(rejected)}"]
    reasons = Counter(row.reason for row in rejected)
    for reason, count in reasons.most_common(shown):
        lines.append(f"  {count:6}  {reason}")
        examples = [row for row in rejected if row.reason == reason][:EXAMPLES]
        lines += [f"          {row.path or row.clip}{': ' if row.detail else ''}{row.detail}" for row in examples]
    if more := len(reasons) - min(shown or len(reasons), len(reasons)):
        lines.append(f"          and {more} more reason{'s' * (more > 1)}")
    return lines


def _size(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.4g} {unit}"
        size /= 1000
    return f"{size:.4g} TB"
