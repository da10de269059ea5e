"""Votes of people, held against the clips and classes of a study: no vote is lost or changed silently.

Three forms are known by their columns:

    clip, rater, label                          a row for each answer; scripts/make_rating_page.py writes it
    clipName, localid, queryType, respEmo       finishedResponses.csv of CREMA-D; queryType 2 saw the face alone
    fileName, FaceVote                          summaryTable.csv of CREMA-D: the majority alone, one rater

The tables of CREMA-D are of all its clips: rows of clips that the study does not have are left out and counted.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ferstudy.tables.clip_names import ClipNames
from ferstudy.tables.clips import Clip
from ferstudy.tables.foreign_table import ForeignTable
from ferstudy.tables.ratings import Rating

LETTERS = {"A": "anger", "D": "disgust", "F": "fear", "H": "happiness", "N": "neutral", "S": "sadness"}
FACE_ALONE = "2"  # of queryType
MAJORITY = "FaceVote"  # the one rater of summaryTable.csv


class Told(NamedTuple):
    """The texts (n,) of a table, and the columns that they stand in.

    `kept` (n,) are the rows that are votes on faces; `whole` says that each of them must be of a clip and a label that
    the study has.
    """

    form: str
    columns: dict[str, str]
    clip: np.ndarray
    rater: np.ndarray
    label: np.ndarray
    kept: np.ndarray
    whole: bool


def hold(
    table: ForeignTable,
    clips: list[Clip],
    classes: Sequence[str],
    labels: Mapping[str, str],
    others: Sequence[str],
    key: Mapping[str, str],
) -> tuple[list[Rating], dict]:
    """The ratings, by clip and rater, and what was found of the table.

    `labels` gives the class that an answer stands for, where the table calls it otherwise; `others` are answers that
    are no class and count as wrong; `key` gives the clip of each id of a rating page. The second value is {"form",
    "rows", "used", "left_out": votes on clips that the study does not have, "unused": rows that are no votes on faces,
    "others": {answer: number}}. Raises StudyError, which names rows, on a clip or label that is not known, an empty
    cell, and a second vote of one rater on a clip.
    """
    told = _told(table)
    names = ClipNames(clips)
    clip = [names.find(key.get(name, name)) for name in told.clip]
    unknown = [i for i in np.flatnonzero(told.kept) if not clip[i]]
    if told.whole and unknown:
        why = "" if key else " Ids of a rating page need its key: write key: path/of/key.csv"
        raise table.refuse(
            f"no clip of this dataset (such as {clips[0].clip!r}) in {table.rows(unknown, told.columns['clip'])}.{why}"
        )
    used = [i for i in np.flatnonzero(told.kept).tolist() if clip[i]]
    if not used:
        raise table.refuse("no row is a vote on a clip of this dataset")
    label = [labels.get(answer) or answer for answer in told.label]
    allowed = {*classes, *others} if told.whole else None
    _check(table, told, used, label, allowed, classes)
    found = {(clip[i], told.rater[i]): i for i in reversed(used)}
    twice = [i for i in used if found[clip[i], told.rater[i]] != i]
    if twice:
        raise table.refuse(f"a rater votes a second time on a clip: {table.rows(twice, told.columns['rater'])}")
    ratings = sorted(Rating(clip[i], told.rater[i], label[i]) for i in used)
    strange = Counter(one.label for one in ratings if one.label not in classes)
    return ratings, {
        "form": told.form,
        "rows": len(table),
        "used": len(ratings),
        "left_out": len(unknown),
        "unused": int((~told.kept).sum()),
        "others": dict(sorted(strange.items())),
    }


def _check(
    table: ForeignTable, told: Told, used: list[int], label: list[str], allowed: set[str] | None, classes: Sequence[str]
) -> None:
    """Raise StudyError where a cell is empty or an answer is none that is known."""
    for name, texts in (("rater", told.rater), ("label", told.label)):
        empty = [i for i in used if not texts[i]]
        if empty:
            raise table.refuse(f"the {name} is empty in {table.rows(empty)}; leave out rows without an answer")
    strange = [i for i in used if allowed is not None and label[i] not in allowed]
    if strange:
        raise table.refuse(
            f"no such label in {table.rows(strange, told.columns['label'])}; the classes are {', '.join(classes)}. "
            "If an answer stands for one of them, write it under labels; if for none, under other_answers, and it "
            "counts as wrong"
        )


def _told(table: ForeignTable) -> Told:
    """The table in one form; raises StudyError where it has none of the forms."""
    spelled = {name.casefold(): name for name in table.columns}
    for form, read in FORMS.items():
        if all(name.casefold() in spelled for name in form):
            return read(table, *(spelled[name.casefold()] for name in form))
    raise table.refuse(
        f"found the columns {', '.join(table.columns)}; expected clip, rater and label, or those of CREMA-D's "
        "finishedResponses.csv or summaryTable.csv"
    )


def _plain(table: ForeignTable, clip: str, rater: str, label: str) -> Told:
    texts = (table.columns[name] for name in (clip, rater, label))
    return Told("votes", _where(clip, rater, label), *texts, np.ones(len(table), dtype=bool), True)


def _responses(table: ForeignTable, clip: str, rater: str, kind: str, label: str) -> Told:
    names = np.array([LETTERS.get(one, one) for one in table.columns[label]], dtype=object)
    texts = (table.columns[clip], table.columns[rater], names)
    kept = table.columns[kind] == FACE_ALONE
    return Told("finishedResponses of CREMA-D", _where(clip, rater, label), *texts, kept, False)


def _summary(table: ForeignTable, clip: str, vote: str) -> Told:
    """The majority is one rater; of a tie it has the answer "anger:fear", which is none of the classes."""
    cells = table.columns[vote]
    names = np.array([":".join(LETTERS.get(one, one) for one in cell.split(":")) for cell in cells], dtype=object)
    texts = (table.columns[clip], np.full(len(table), MAJORITY, dtype=object), names)
    kept = np.array([cell not in ("", "NA") for cell in cells])
    return Told("summaryTable of CREMA-D", _where(clip, clip, vote), *texts, kept, False)


def _where(clip: str, rater: str, label: str) -> dict[str, str]:
    return {"clip": clip, "rater": rater, "label": label}


FORMS: dict[tuple[str, ...], Callable[..., Told]] = {
    ("clip", "rater", "label"): _plain,
    ("clipName", "localid", "queryType", "respEmo"): _responses,
    ("fileName", "FaceVote"): _summary,
}
