"""People's names as tables spell them: "001", "1" and "1.0" may be one person, "P07" and "p 07" too."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ferstudy.counted import counted
from ferstudy.errors import StudyError
from ferstudy.tables.clips import Clip

ANSWERS = ("exact", "folded")  # of the option `subjects`: every spelling is a person, or those that fold to one are
NAMED = 20  # people in a sentence
MONTH = "jan feb mar märz mär mrz apr may mai juni? juli? aug sept? oct okt nov dec dez".replace(" ", "|")
# What spreadsheets make of names: of 3-1 a date, of 2E5 a power of ten.
MANGLED = re.compile(
    rf"\d{{4}}-\d\d-\d\d 00:00:00|\d{{1,2}}[. -]+(?:{MONTH})\.?|(?:{MONTH})[. -]+\d{{2,4}}|"
    r"\d(?:[.,]\d+)?e[+]\d+",
    re.IGNORECASE,
)
MADE = "the subject is a date or a power of ten, as spreadsheets make of 3-1 or 2E5: write the column as text"
BARE = re.compile(r"\d+")
# What stands before the numbers of people, and the letters by which some of it is written for short.
PREFIXED = re.compile(r"(p|s|vp|tn|id|sub|subj|subject|pers|person|part|participant|prob|proband|actor)(\d+)")
SHORT = {"p": ("pers", "person", "part", "participant", "prob", "proband"), "s": ("sub", "subj", "subject")}
ASKED = "say in the dataset's config whether they are, options: {subjects: folded}, or not, options: {subjects: exact}"
BLANKS = re.compile(r"(?<!\d)[\s_-]+|[\s_-]+(?!\d)")  # not between digits: "1 1" is not "11"


def folded(name: str) -> str:
    """What all spellings of a name share: Unicode's NFKC, no case, blanks, leading zeros, and no .0 at the end."""
    text = "".join(letter for letter in unicodedata.normalize("NFKC", name) if unicodedata.category(letter) != "Cf")
    text = re.sub(r"(?<=\d)[.,]0+$", "", unicodedata.normalize("NFKC", text.casefold()).strip())
    return BLANKS.sub("", re.sub(r"\d+", lambda digits: str(int(digits[0])), text))


def mangled(name: str) -> bool:
    """Whether a spreadsheet seems to have made a date or a power of ten of a name."""
    return bool(MANGLED.fullmatch(name.strip()))


def alike(names: Iterable[str]) -> list[list[str]]:
    """The different names that fold to one, each group in order; a name that stands alone is in none.

    Where one word for people alone stands before numbers, a bare number is one of them: "7" is "P07". A word is the
    same as its first letter: "Proband 7" is "P07".
    """
    groups: dict[str, set[str]] = {}
    for name in names:
        groups.setdefault(_short(folded(name)), set()).add(name)
    letters = {found[1] for key in groups if (found := PREFIXED.fullmatch(key))}
    if len(letters) == 1:
        (prefix,) = letters
        for key in [key for key in groups if BARE.fullmatch(key) and prefix + key in groups]:
            groups[prefix + key] |= groups.pop(key)
    return sorted(sorted(group) for key, group in groups.items() if key and len(group) > 1)


def _short(key: str) -> str:
    """A folded name with the first letter for a word before its number."""
    found = PREFIXED.fullmatch(key)
    letter = next((short for short, words in SHORT.items() if found and found[1] in words), "")
    return f"{letter}{found[2]}" if letter else key


def told(groups: list[list[str]]) -> str:
    """Groups of spellings for a sentence: "`001` = `1` = `1.0`; `P07` = `p07`"."""
    more = f"; and {len(groups) - NAMED} more" if len(groups) > NAMED else ""
    return "; ".join(" = ".join(f"`{name}`" for name in group) for group in groups[:NAMED]) + more


def question(groups: list[list[str]]) -> str:
    """What to ask about groups of spellings that nobody has said anything about."""
    return (
        f"{counted(len(groups), 'person', 'people')} may be spelled in several ways: {told(groups)}. Say "
        "in the dataset's config whether such names are one person, "
        "options: {subjects: folded}, or several, options: {subjects: exact}"
    )


def answered(options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The answer that a dataset's option `subjects` gives ("" where it gives none), and the options without it.

    An adapter may have words of its own for `subjects`; it gets those: [shared, folded] says both.
    """
    words = options.get("subjects", [])
    words = list(words) if isinstance(words, list) else [words]
    answers, own = [word for word in words if word in ANSWERS], [word for word in words if word not in ANSWERS]
    if len(answers) > 1 or len(own) > 1:
        raise StudyError(f"options/subjects: found {', '.join(map(str, words))}; expected exact or folded, not several")
    others = {key: value for key, value in options.items() if key != "subjects"}
    return "".join(answers), others | ({"subjects": own[0]} if own else {})


def as_one(clips: list[Clip]) -> list[Clip]:
    """The clips with one spelling, the most frequent, of each subject."""
    counts = Counter(clip.subject for clip in clips)
    chosen = {name: min(group, key=lambda one: (-counts[one], one)) for group in alike(counts) for name in group}
    return [clip._replace(subject=chosen.get(clip.subject, clip.subject)) for clip in clips]
