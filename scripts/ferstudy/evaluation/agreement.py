"""How far people agree about clips, whatever the truth is: Fleiss' kappa and Krippendorff's alpha.

Both are read from counts (clips, answers): how many people gave each answer to each clip. No library of
requirements.lock has them.
"""

import numpy as np

from ferstudy.tables.ratings import Rating


def counts(ratings: list[Rating]) -> np.ndarray:
    """How often each clip was given each answer, (clips, answers), int, both in sorted order."""
    clips, clip = np.unique([one.clip for one in ratings], return_inverse=True)
    answers, answer = np.unique([one.label for one in ratings], return_inverse=True)
    found = np.zeros((len(clips), len(answers)), dtype=int)
    np.add.at(found, (clip, answer), 1)
    return found


def fleiss_kappa(counts: np.ndarray) -> float:
    """Fleiss' kappa, -1..1 (0: as by chance), of counts (clips, answers) in which every clip has as many votes.

    NaN where the numbers of votes differ, where a clip has one alone, and where all votes are for one answer. Fleiss
    1971, Measuring nominal scale agreement among many raters, Psychological Bulletin 76, 378-382.
    """
    votes = counts.sum(1)
    if not len(votes) or votes.min() != votes.max() or votes[0] < 2:
        return np.nan
    number = votes[0]
    agreed = ((counts**2).sum(1) - number) / (number * (number - 1))
    chance = float(((counts.sum(0) / counts.sum()) ** 2).sum())
    return float((agreed.mean() - chance) / (1 - chance)) if chance < 1 else np.nan


def krippendorff_alpha(counts: np.ndarray) -> float:
    """Krippendorff's alpha for nominal answers, at most 1 (0: as by chance), of counts (clips, answers).

    Clips may have any number of votes; those with fewer than two say nothing of agreement and are left out. NaN where
    no clip is left, or all votes are for one answer. Krippendorff 2011, Computing Krippendorff's alpha-reliability.
    """
    kept = counts[counts.sum(1) >= 2]
    votes, total, each = kept.sum(1), kept.sum(), kept.sum(0)
    chance = total**2 - (each**2).sum()
    if not chance:
        return np.nan
    apart = ((votes**2 - (kept**2).sum(1)) / (votes - 1)).sum() if len(kept) else 0.0
    return float(1 - (total - 1) * apart / chance)
