"""Training rows of unequal classes: taking clips away, or making vectors between those of a rare class. No Keras here.

(Class weights are in training.clip_samples and training.learner.)
"""

import logging

import numpy as np

from ferstudy.errors import StudyError

log = logging.getLogger(__name__)
NAMES = ("down", "smote")
NEIGHBOURS = 5


def check(resample: str | None) -> None:
    """Raise StudyError where `resample` is no known way."""
    if resample is not None and resample not in NAMES:
        raise StudyError(f"training/resample: {resample!r} is none of {', '.join(NAMES)}")


def require_every_class(truth: np.ndarray, classes: list[str], fold: str) -> None:
    """Raise StudyError where none of the covered training clips (`truth`: their class indices) is of some class."""
    if missing := [label for i, label in enumerate(classes) if i not in truth]:
        raise StudyError(
            f"fold {fold}: no training clip of {', '.join(missing)} has stored frames enough for a sample; a model "
            "cannot learn a class that it never sees. See the rejected tables of its inputs, and sampling"
        )


def down(truth: np.ndarray, seed: int) -> np.ndarray:
    """The clips to keep, ascending: as many of each class as the rarest has. `truth` (clips,) are class indices.

    Which ones is drawn by `seed` alone.
    """
    rng = np.random.default_rng([seed, 2])
    of_class = [np.flatnonzero(truth == label) for label in np.unique(truth)]
    fewest = min(map(len, of_class))
    kept = np.sort(np.concatenate([rng.choice(rows, fewest, replace=False) for rows in of_class]))
    log.info("down-sampling keeps %d of %d training clips, %d of each class", len(kept), len(truth), fewest)
    return kept


def smote(vectors: np.ndarray, labels: np.ndarray, parents: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`vectors` (n, d) and `labels` (n,), and after them new rows: every class gets as many rows as the largest has.

    A new row lies between a row and one of its min(5, rows of the class - 1) nearest neighbours of the same class
    (Chawla et al., JAIR 2002, by imbalanced-learn), distances in standardised values. `parents` (n,) names the clip
    that a row is of: only the first row of a clip is used, so no row lies between a clip and its copy.
    Raises StudyError where a class that needs rows has a single clip.
    """
    from imblearn.over_sampling import SMOTE

    mean, deviation = vectors.mean(0), vectors.std(0)
    deviation = np.where(deviation > 0, deviation, 1)
    originals = np.sort(np.unique(parents, return_index=True)[1])
    scaled, of = (vectors[originals] - mean) / deviation, labels[originals]
    total = np.bincount(labels)
    made, classes = [vectors], [labels]
    for label in np.unique(labels):
        rows, missing = int(np.sum(of == label)), int(total.max() - total[label])
        if not missing:
            continue
        if rows < 2:
            raise StudyError(
                "training/resample: smote makes rows between two clips of a class, and one class has a single training "
                "clip; take class_weight: balanced, or more clips"
            )
        # The class's own number of neighbours; the other classes are only there because imbalanced-learn wants two.
        maker = SMOTE(
            sampling_strategy={label: rows + missing}, k_neighbors=min(NEIGHBOURS, rows - 1), random_state=seed % 2**31
        )
        new = maker.fit_resample(*_two(scaled, of, label, rows + missing))[0][-missing:]
        made.append((new * deviation + mean).astype(vectors.dtype))
        classes.append(np.full(missing, label))
    return np.concatenate(made), np.concatenate(classes)


def _two(vectors: np.ndarray, labels: np.ndarray, label: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows of `label`, after one row of something else."""
    rows = vectors[labels == label]
    return np.concatenate([rows[:1], rows]), np.concatenate([[label + 1], np.full(len(rows), label)])
