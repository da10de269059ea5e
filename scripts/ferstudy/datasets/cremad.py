"""CREMA-D: 91 actors say twelve sentences in six emotions; open data, with sex, age and race of the actors.

    VideoFlash/1001_DFA_ANG_XX.flv      actor, sentence, emotion, level (LO, MD, HI, XX)
    VideoDemographics.csv               ActorID, Age, Sex, Race, Ethnicity
    processedResults/tabulatedVotes.csv     votes per clip; rows 200001 and up are those of the face alone
    finishedResponses.csv               each answer; queryType 2 is the face alone
    processedResults/summaryTable.csv   the most frequent answers; FaceVote is that to the face alone

`votes` are those of people who saw the face without the voice, from the first of the three files that is there; of
summaryTable only the winners are known, and each counts as one vote. Labels: anger, disgust, fear, happiness, neutral,
sadness. `ethnicity` is the race, with "Hispanic" added where the ethnicity says so. Four clips are known to be broken.
The videos are kept in Git LFS: a clone without it has small text files in their place, which are rejected. Licence:
ODbL 1.0, contents DbCL 1.0. Cite: Cao, Cooper, Keutmann, Gur, Nenkova & Verma, CREMA-D: crowd-sourced emotional
multimodal actors dataset, IEEE Transactions on Affective Computing 5(4), 2014.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from ferstudy.datasets.facts import known
from ferstudy.datasets.find_by_name import stem
from ferstudy.datasets.names import NOT_IN_NAMING, explained, refused, walk
from ferstudy.datasets.sheets import rows
from ferstudy.tables.clips import Clip
from ferstudy.tables.rejected import Rejected

LABELS = {
    "ANG": "anger", "DIS": "disgust", "FEA": "fear", "HAP": "happiness", "NEU": "neutral", "SAD": "sadness",
}  # fmt: skip
LETTERS = {label[0].upper(): label for label in LABELS.values()}  # of the votes
SENTENCES = ("DFA", "IEO", "IOM", "ITH", "ITS", "IWL", "IWW", "MTI", "TAI", "TIE", "TSI", "WSI")
LEVELS = {"LO": "LO", "MD": "MD", "HI": "HI", "XX": "XX", "X": "XX"}  # 1040_ITH_SAD_X lacks a letter
ACTORS = range(1001, 1092)
BROKEN = ("1064_IEO_DIS_MD", "1064_TIE_SAD_XX", "1076_MTI_NEU_XX", "1076_MTI_SAD_XX")
NAME = re.compile(r"(\d{4})_([A-Z]{3})_([A-Z]{3})_([A-Z]{1,2})", re.IGNORECASE)
POINTER = b"version https://git-lfs.github.com/spec/"
POINTER_BYTES = 1024  # a pointer is shorter
FACE = 2  # of queryType, and of the hundred thousands in tabulatedVotes
FILES = ("videodemographics.csv", "tabulatedvotes.csv", "finishedresponses.csv", "summarytable.csv")
TREE = "VideoFlash/1001_DFA_ANG_XX.flv with VideoDemographics.csv and processedResults/ below the same root"


def scan(root: Path) -> Iterator[Clip | Rejected]:
    """A clip for each video, with what is known of the actor and the votes on the face alone."""
    return explained(_found(root), "VideoFlash", TREE)


def _found(root: Path) -> Iterator[Clip | Rejected]:
    videos, tables = [], {}
    for folder in walk(root):
        videos += [folder.below(name) for name in folder.videos]
        for name in folder.files:
            if name.lower() in FILES:
                tables.setdefault(name.lower(), folder.below(name))
    actors: dict[str, dict[str, str]] = {}
    for row in _demographics(root, tables.get(FILES[0])):
        if isinstance(row, Rejected):
            yield row
        else:
            actors |= row
    votes: dict[str, Counter] = {}
    for read, table in zip((_tabulated, _responses, _summary), FILES[1:], strict=True):
        if not votes and table in tables:
            votes, wrong = read(root / tables[table], tables[table])
            yield from wrong
    if not votes:
        where = "tabulatedVotes.csv, finishedResponses.csv or summaryTable.csv"
        yield refused("processedResults", "", "no human votes", f"expected {where} with votes on the face alone")
    clips = [_clip(root, path, votes, actors) for path in videos]
    yield from clips
    seen = {clip.subject for clip in clips if isinstance(clip, Clip)}
    for actor in sorted(seen - actors.keys()) if actors else ():
        yield refused(tables[FILES[0]], "", "actor without demographics", f"{actor}: sex, age and race stay unknown")


def _clip(root: Path, path: str, votes: dict[str, Counter], actors: dict[str, dict[str, str]]) -> Clip | Rejected:
    match = NAME.fullmatch(stem(os.path.basename(path)))
    if not match:
        return refused(path, "", NOT_IN_NAMING, "expected actor, sentence, emotion and level as in 1001_DFA_ANG_XX")
    actor, sentence, emotion, level = (field.upper() for field in match.groups())
    clip = f"{actor}_{sentence}_{emotion}_{LEVELS.get(level, level)}"
    known = {"actor": actor.isdigit() and int(actor) in ACTORS, "sentence": sentence in SENTENCES}
    known |= {"emotion": emotion in LABELS, "level": level in LEVELS}
    if not all(known.values()):
        wrong = next(field for field, fits in known.items() if not fits)
        expected = {"actor": "1001 to 1091", "sentence": SENTENCES, "emotion": LABELS, "level": LEVELS}[wrong]
        said = expected if isinstance(expected, str) else ", ".join(expected)
        return refused(path, clip, "field out of range", f"{wrong}; expected {said}")
    if _is_pointer(root / path):
        return refused(path, clip, "git-lfs pointer, not the video", "run `git lfs pull` in the clone of CREMA-D")
    if clip in BROKEN:
        return refused(path, clip, "known to be broken", "one of four such clips of CREMA-D")
    counts = votes.get(clip, Counter())
    said = ";".join(f"{label}:{counts[label]}" for label in LABELS.values() if counts[label])
    return Clip(clip, path, actor, LABELS[emotion], **actors.get(actor, {}), votes=said)


def _is_pointer(path: Path) -> bool:
    try:
        if path.stat().st_size > POINTER_BYTES:
            return False
        with open(path, "rb") as file:
            return file.read(len(POINTER)) == POINTER
    except OSError:
        return False  # the index says what is wrong with it


def _demographics(root: Path, table: str | None) -> Iterator[dict[str, dict[str, str]] | Rejected]:
    """Sex, age and ethnicity by actor."""
    if table is None:
        yield refused("VideoDemographics.csv", "", "file missing", "sex, age and race of the actors stay unknown")
        return
    columns = {"ActorID": ("actor", "id"), "Age": (), "Sex": ("gender",), "Race": (), "Ethnicity": ()}
    for row in rows(root / table, table, columns, (("ActorID",),)):
        if isinstance(row, Rejected):
            yield row
            continue
        cells = {name: known(cell) for name, cell in row[1].items()}
        races = [cells.get("Race", "")] + ["Hispanic"] * (cells.get("Ethnicity", "").lower() == "hispanic")
        ethnicity = ", ".join(race for race in races if race)
        facts = {"sex": cells.get("Sex", ""), "age": cells.get("Age", ""), "ethnicity": ethnicity}
        yield {cells["ActorID"]: facts}


def _tabulated(path: Path, shown: str) -> tuple[dict[str, Counter], list[Rejected]]:
    """The votes on the face alone of tabulatedVotes.csv, whose first column (without a name) tells them by number."""
    votes, wrong = {}, []
    columns = {"number": ("", "x", "unnamed0"), "fileName": (), **dict.fromkeys(LETTERS, ())}
    for row in rows(path, shown, columns, (("number",), ("fileName",), *((letter,) for letter in LETTERS))):
        if isinstance(row, Rejected):
            wrong.append(row)
        elif row[1]["number"].isdigit() and int(row[1]["number"]) // 100_000 == FACE:
            counts = {label: row[1][letter] for letter, label in LETTERS.items()}
            votes[_key(row[1]["fileName"])] = Counter({k: int(n) for k, n in counts.items() if n.isdigit()})
    return votes, wrong


def _responses(path: Path, shown: str) -> tuple[dict[str, Counter], list[Rejected]]:
    """The votes on the face alone of finishedResponses.csv, counted."""
    votes, wrong = defaultdict(Counter), []
    columns = {"clipName": (), "queryType": (), "respEmo": ()}
    for row in rows(path, shown, columns, (("clipName",), ("queryType",), ("respEmo",))):
        if isinstance(row, Rejected):
            wrong.append(row)
        elif row[1]["queryType"] == str(FACE) and row[1]["respEmo"] in LETTERS:
            votes[_key(row[1]["clipName"])][LETTERS[row[1]["respEmo"]]] += 1
    return dict(votes), wrong


def _summary(path: Path, shown: str) -> tuple[dict[str, Counter], list[Rejected]]:
    """The most frequent answers to the face alone of summaryTable.csv ("A", or "A:F" for two), one vote each."""
    votes, wrong = {}, []
    for row in rows(path, shown, {"FileName": (), "FaceVote": ()}, (("FileName",), ("FaceVote",))):
        if isinstance(row, Rejected):
            wrong.append(row)
        else:
            winners = [LETTERS[letter] for letter in row[1]["FaceVote"].split(":") if letter in LETTERS]
            votes[_key(row[1]["FileName"])] = Counter(winners)
    return votes, wrong


def _key(name: str) -> str:
    return stem(name).upper()
