"""A quick, even dealing to start the integer program from: largest first, then exchanges while they help."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from ferstudy.errors import StudyError

SWEEPS = 10  # over all parties; usually three or four are enough


class Table(NamedTuple):
    """The numbers of a dealing. n parties, m things that are counted, k blocks. Thing 0 is clips, thing 1 subjects."""

    counts: np.ndarray  # (n, m) int: what each party brings
    low: np.ndarray  # (m, k) int: the fair share, rounded down
    high: np.ndarray  # (m, k) int: the fair share, rounded up
    weights: np.ndarray  # (m,): of one clip (subject) too many or too few
    held: int | None  # subjects in the last block, the held-out one; None: there is none

    @property
    def folds(self) -> int:
        """How many of the blocks are folds."""
        return self.low.shape[1] - (self.held is not None)


def fair(totals: np.ndarray, shares: Sequence[Fraction]) -> tuple[np.ndarray, np.ndarray]:
    """The fair share (m, k) of each block in each total (m,), rounded down and up; exact, in whole numbers."""
    low = [[int(total) * share.numerator // share.denominator for share in shares] for total in totals]
    high = [[-(-int(total) * share.numerator // share.denominator) for share in shares] for total in totals]
    return np.array(low), np.array(high)


def loads(table: Table, where: np.ndarray) -> np.ndarray:
    """(m, k) int: what lies in each block; `where` (n,): the block of each party, -1 for none."""
    return table.counts.T @ (where[:, None] == np.arange(table.low.shape[1]))


def cost(table: Table, where: np.ndarray) -> float:
    """How uneven a dealing is: what is beyond the fair shares, as a part of all there is, averaged over the things.

    What is too much in one block and too little in another counts twice. 0 = every count is a rounded fair share.
    """
    lying = loads(table, where)
    return float(table.weights @ _beyond(lying, table.low, table.high).sum(1))


def _beyond(lying: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.maximum(lying - high, 0) + np.maximum(low - lying, 0)


def first_dealing(table: Table, where: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Deal the `free` parties: fill the held-out block, then give each to the fold that lacks most clips."""
    where = where.copy()
    if table.held is not None:
        where[_held_out(table, where, free)] = table.folds
    lying = loads(table, where)[0, : table.folds]
    for party in free[where[free] < 0]:
        fold = int(np.argmin(lying))
        where[party] = fold
        lying[fold] += table.counts[party, 0]
    return where


def _held_out(table: Table, where: np.ndarray, free: np.ndarray) -> list[int]:
    """The `free` parties that fill the held-out block to its number of subjects (subset sum).

    Beside kept parties it may stay short where no set of whole parties fits; in a new dealing that is an error.
    """
    missing = max(0, table.held - int(table.counts[where == table.folds, 1].sum()))
    reached: dict[int, tuple[int, ...]] = {0: ()}
    for party in free.tolist():
        subjects = int(table.counts[party, 1])
        for total in sorted(reached, reverse=True):
            if total + subjects <= missing:
                reached.setdefault(total + subjects, (*reached[total], party))
    if missing not in reached and len(free) == len(where):
        raise StudyError(
            f"test: no set of whole groups has {missing} subjects, because groups tie subjects together; "
            f"possible below that: {max(reached)}"
        )
    return list(reached[max(reached)])


def exchange(table: Table, where: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Move a `free` party to another fold, or exchange two, while the cost falls. The held-out number is kept.

    A move is an exchange with a party that brings nothing; there is one such in each fold.
    """
    where, lying = where.copy(), loads(table, where)
    nobody = np.zeros((table.folds, table.counts.shape[1]), dtype=int)
    brings = np.vstack([table.counts[free], nobody])
    at = np.concatenate([where[free], np.arange(table.folds)])
    for _ in range(SWEEPS):
        changed = False
        for i in range(len(free)):
            j, gain = _best_partner(table, lying, brings, at, i, alone=int((where == at[i]).sum()) == 1)
            if gain > 1e-12:
                step = brings[j] - brings[i]
                lying[:, at[i]] += step
                lying[:, at[j]] -= step
                changed = True
                if j < len(free):
                    at[i], at[j] = at[j], at[i]
                    where[free[j]] = at[j]
                else:
                    at[i] = at[j]
                where[free[i]] = at[i]
        if not changed:
            break
    return where


def _best_partner(
    table: Table, lying: np.ndarray, brings: np.ndarray, at: np.ndarray, i: int, alone: bool
) -> tuple[int, float]:
    """With whom party `i` is best exchanged, and by how much the cost falls. `alone`: nobody else is in its block."""
    a = at[i]
    step = brings - brings[i]  # what the block of i gains
    low, high = table.low.T, table.high.T
    here = _beyond(lying[:, a] + step, low[a], high[a]) @ table.weights
    there = _beyond(lying.T[at] - step, low[at], high[at]) @ table.weights
    before = _beyond(lying, table.low, table.high).T @ table.weights
    gain = before[a] + before[at] - here - there
    barred = at == a
    if table.held is not None:
        barred |= ((at == table.folds) | (a == table.folds)) & (step[:, 1] != 0)
    if alone:
        barred |= np.arange(len(at)) >= len(at) - table.folds
    gain = np.where(barred, -np.inf, gain)
    best = int(np.argmax(gain))
    return best, float(gain[best])
