"""The results as long tables, for whoever reads on: pandas reads each in one line (docs/how-to/read-results.md).

Each has a row per observation and the same columns in every study, so that tables of several studies can be
concatenated. An empty cell is a value that does not exist; nothing that is missing or stale has a row.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ferstudy.evaluation.probabilities import Bin, has_probabilities
from ferstudy.evaluation.probabilities import reliability as bins_of
from ferstudy.report.records import Results
from ferstudy.tables.predictions import COLUMNS as OF_PREDICTIONS
from ferstudy.tables.predictions import PREFIX
from ferstudy.tables.rejected import LOST
from ferstudy.tables.scores import COLUMNS as OF_SCORES
from ferstudy.whole_files import write_text

OF_FOLDS = ("dataset", "protocol", "fold", "role", "clip")
OF_CLIPS = (
    "dataset", "clip", "subject", "label", "group", "official", "sex", "age", "ethnicity", "start", "end", "votes",
    "lost",
)  # fmt: skip
OF_FACES = ("dataset", "recipe", "clip", "found", "frames")


def scores(results: Results) -> pd.DataFrame:
    """A row per score, whose columns tables/scores.py explains.

    They are dataset, protocol, model, run, rows, fold, metric, label, value, low, high, interval, subjects, clips. The
    score of a model is that of run "mean", rows "test", metric "uar", without a fold.
    """
    rows = [score for own in results.models for score in own.scores or []]
    return pd.DataFrame(rows, columns=OF_SCORES)


def reliability(results: Results) -> pd.DataFrame:
    """A row per model with probabilities and bin of test clips (all runs), least confident first: parts of "ece".

    The mean `confidence` of the bin, the share that is `right`, and its `clips`.
    """
    rows = [
        (own.dataset, own.protocol, own.model, *one)
        for own in results.models
        if own.test_rows is not None and has_probabilities(own.test_rows)
        for one in bins_of(own.test_rows)
    ]
    return pd.DataFrame(rows, columns=("dataset", "protocol", "model", *Bin._fields))


def predictions(results: Results) -> pd.DataFrame:
    """A row per model, fold, run, role and clip: the columns of tables/predictions.py.

    dataset, protocol, model, fold, run, role ("validation", at the fold's own best epoch, or "test"), clip, subject,
    truth, predicted (empty without a face), covered (1 or 0), samples, then `p:<class>` for every class of the study,
    empty where a dataset does not have the class.
    """
    tables = [own.predictions for own in results.models if own.predictions is not None]
    frames = [
        pd.DataFrame({name: getattr(table, name) for name in OF_PREDICTIONS}).join(
            pd.DataFrame(table.probabilities, columns=[PREFIX + name for name in table.classes])
        )
        for table in tables
    ]
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=OF_PREDICTIONS)
    return whole.astype({"covered": int})


def folds(results: Results) -> pd.DataFrame:
    """A row per dataset, protocol, fold, role ("train", "validation" or "test") and clip."""
    rows = [
        (own.dataset, own.protocol, fold, role, clip)
        for own in results.protocols
        for fold, roles in (own.folds or {}).items()
        for role, names in roles.items()
        for clip in names
    ]
    return pd.DataFrame(rows, columns=OF_FOLDS)


def clips(results: Results) -> pd.DataFrame:
    """A row per dataset and clip.

    Its columns are subject, label, group, official, sex, age, ethnicity, start, end, votes as in tables/clips.py, and
    `lost`: why the clip gave no face crops, empty where it did.
    """
    rows = []
    for dataset in results.datasets:
        lost = {item.clip: item.reason for item in dataset.rejected if item.stage in LOST}
        for clip in dataset.clips or []:
            why = lost.get(clip.clip) or lost.get(clip.clip.rpartition("/")[2], "")
            rows.append({**clip._asdict(), "dataset": dataset.name, "lost": why})
    return pd.DataFrame(rows, columns=OF_CLIPS).astype({"start": "Int64", "end": "Int64"})


def faces(results: Results) -> pd.DataFrame:
    """A row per dataset, recipe and clip with face crops: `found`, its frames with a face, of all its `frames`."""
    rows = [
        (dataset.name, face.recipe, clip.clip, *found)
        for dataset in results.datasets
        for face in dataset.faces
        for clip in dataset.clips or []
        for found in face.found(clip.clip)
    ]
    return pd.DataFrame(rows, columns=OF_FACES)


def write(results: Results, folder: str | Path) -> None:
    """Write each table as CSV; of a public page, which names no clip, those of scores and reliability alone."""
    tables = {"scores": scores, "reliability": reliability}
    named = {"predictions": predictions, "folds": folds, "clips": clips, "faces": faces}
    for name in named if results.public else ():  # of an earlier page that was not public
        (Path(folder) / f"{name}.csv").unlink(missing_ok=True)
    tables |= {} if results.public else named
    for name, table in tables.items():
        write_text(Path(folder) / f"{name}.csv", table(results).replace({np.nan: None}).to_csv(index=False))
