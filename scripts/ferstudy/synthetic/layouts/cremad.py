"""CREMA-D: `VideoFlash/1001_DFA_ANG_XX.flv`, facts of the actors and votes in tables."""

from pathlib import Path

from ferstudy.errors import StudyError
from ferstudy.synthetic.identity import Identity
from ferstudy.synthetic.layouts.row import Row
from ferstudy.tables.write import write_rows

LABELS = {label: label for label in ("anger", "disgust", "fear", "happiness", "neutral", "sadness")}
CODES = {label: label[:3].upper() for label in LABELS}
SENTENCES = ("DFA", "IOM", "ITH", "ITS", "IWL", "IWW", "MTI", "TAI", "TIE", "TSI", "WSI", "IEO")
RACES = ("Caucasian", "African American", "Asian", "Unknown")  # in turn: built-in people have none
TAKES = len(SENTENCES)
ACTORS = 91
KINDS = (1, 2, 3)  # voice, face, both
LETTERS = [label[0].upper() for label in LABELS]


def subject(who: Identity, index: int) -> str:
    """A number from 1001."""
    if index >= ACTORS:
        raise StudyError(f"render: layout cremad has {ACTORS} actors; set people to {ACTORS} or less")
    return str(1001 + index)


def clip(subject: str, label: str, take: int) -> str:
    """Actor, sentence, emotion, level."""
    sentence = SENTENCES[take]
    return f"{subject}_{sentence}_{CODES[label]}_{'MD' if sentence == 'IEO' and label != 'neutral' else 'XX'}"


def file(subject: str, label: str, take: int) -> str:
    """A Flash video."""
    return f"VideoFlash/{clip(subject, label, take)}.flv"


def finish(root: Path, rows: list[Row]) -> None:
    """Write facts of the actors, and votes: most who saw the face see what is shown, voices all sound neutral."""
    people = {row.subject: row.who for row in rows}
    facts = [
        (name, who.age, {"f": "Female", "m": "Male"}[who.sex], RACES[i % len(RACES)], "Not Hispanic")
        for i, (name, who) in enumerate(people.items())
    ]
    write_rows(root / "VideoDemographics.csv", ("ActorID", "Age", "Sex", "Race", "Ethnicity"), facts)
    votes = [
        (kind * 100_000 + number, *_counts(row, kind), row.clip, 10)
        for kind in KINDS
        for number, row in enumerate(rows, 1)
    ]
    (root / "processedResults").mkdir()
    write_rows(root / "processedResults/tabulatedVotes.csv", ("", *LETTERS, "fileName", "numResponses"), votes)


def _counts(row: Row, kind: int) -> list[int]:
    """Ten votes: seven for the winner, the others for the next labels."""
    winner = "neutral" if kind == KINDS[0] else row.label
    first = LETTERS.index(winner[0].upper())
    shares = {first: 7, (first + 1) % len(LETTERS): 2, (first + 2) % len(LETTERS): 1}
    return [shares.get(i, 0) for i in range(len(LETTERS))]
