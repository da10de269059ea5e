"""Write the folds of a study in the forms that others read: CSV, rows for scikit-learn, index lists for PyTorch."""

import argparse
import json
import shutil
import sys
from pathlib import Path

from ferstudy import paths
from ferstudy.command import run
from ferstudy.errors import StudyError
from ferstudy.study.config import study_in
from ferstudy.tables import clips
from ferstudy.tables.folds import ROLES
from ferstudy.tables.lineup import read_folds
from ferstudy.tables.write import write_rows
from ferstudy.whole_files import write_text

README = """Folds of {dataset}, {protocol}

clips.csv        a row per clip; all numbers in these files are rows of it, from 0
folds.csv        fold, role, clip, path, subject, label: for whoever reads names
sklearn.json     a list of {{"fold", "train", "validation", "test"}}, rows of clips.csv. As a cv iterable:
                 cv = [(one["train"], one["test"]) for one in json.load(open("sklearn.json")) if one["test"]]
pytorch/         <fold>.<role>.txt, a row of clips.csv in each line:
                 Subset(dataset, [int(line) for line in open("pytorch/0.train.txt")])

Train on "train" alone, choose on "validation", answer "validation" and "test". Bring back a table with the columns
clip, fold, and one for each class with its probability (or one called predicted), for example:

```python
import json

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

clips = pd.read_csv("clips.csv", dtype=str, keep_default_na=False)
X, y = np.load("features.npy"), clips["label"].to_numpy()  # features: yours, a row for each row of clips.csv
tables = []
for fold in json.load(open("sklearn.json", encoding="utf-8")):
    model = LogisticRegression(max_iter=1000).fit(X[fold["train"]], y[fold["train"]])
    for role in ("validation", "test"):
        if rows := fold[role]:
            table = pd.DataFrame(model.predict_proba(X[rows]), columns=model.classes_)
            tables.append(table.assign(clip=clips["clip"].to_numpy()[rows], fold=fold["fold"]))
pd.concat(tables).to_csv("predictions.csv", index=False)
```

and write into config/config.yaml of the study:

external:
  name_of_the_model:
    predictions: path/of/predictions.csv
    dataset: {dataset}
    protocol: {protocol}
    trained_on: unknown
"""


def main(argv: list[str] | None = None) -> None:
    """Write a folder for every dataset and protocol whose folds exist."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="the study folder")
    folder = parser.parse_args(argv).directory
    study = study_in(folder)
    there = [pair for pair in study.pairs if (folder / paths.folds(*pair)).is_file()]
    if not there:
        raise StudyError(f"{folder}: no fold table exists yet; `make data DIR={folder}` makes them")
    for dataset, protocol in there:
        print(export(folder, dataset, protocol))


def export(folder: Path, dataset: str, protocol: str) -> Path:
    """Write the folds of one protocol; returns their folder, in which nothing of an earlier export is left."""
    out = folder / paths.exported(dataset, protocol)
    shutil.rmtree(out, ignore_errors=True)
    known = clips.read(folder / paths.clips(dataset))
    at = {clip.clip: i for i, clip in enumerate(known)}
    folds = read_folds(folder / paths.folds(dataset, protocol))
    rows = {fold: {role: sorted(at[clip] for clip in roles[role]) for role in ROLES} for fold, roles in folds.items()}
    told = [(clip.clip, clip.path, clip.subject, clip.label) for clip in known]
    write_rows(out / "clips.csv", ("clip", "path", "subject", "label"), told)
    flat = [(fold, role, *told[i]) for fold, roles in rows.items() for role in ROLES for i in roles[role]]
    write_rows(out / "folds.csv", ("fold", "role", "clip", "path", "subject", "label"), flat)
    write_text(out / "sklearn.json", json.dumps([{"fold": fold, **roles} for fold, roles in rows.items()]) + "\n")
    for fold, roles in rows.items():
        for role in ROLES:
            write_text(out / f"pytorch/{fold}.{role}.txt", "".join(f"{i}\n" for i in roles[role]))
    write_text(out / "README.txt", README.format(dataset=dataset, protocol=protocol))
    return out


if __name__ == "__main__":
    sys.exit(run(main))
