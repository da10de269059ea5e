"""Dealing parties to blocks by integer programming: equal shares of clips, subjects, classes and sexes.

A count that cannot be divided may be rounded up or down at no cost, so 0 is a lower bound of every dealing, and one
that costs 0 is known to be optimal. Exchanges (protocols/exchange.py) give a good dealing quickly. With few different
parties one program over all of them then looks for a better one, or proves that there is none; with many that would
run for hours, so some of them at a time are taken out and dealt again around the others (fix and optimise).

The search is bounded by nodes and rounds, never by seconds: a fold table must not depend on the machine's speed.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pulp

from ferstudy.protocols.exchange import Table, cost, exchange, fair, first_dealing, loads
from ferstudy.protocols.linked_people import Party

GAP = 1e-3  # a dealing counts as optimal if none costs less by more than this: a thousandth of everything misplaced
STARTS = 20  # dealings by exchanges, of which the program takes the best on (fewer where there are many parties)


class Effort(NamedTuple):
    """How far the search for an even dealing goes, in steps that are the same on every machine."""

    unknowns: int = 150  # kinds of parties x blocks that one program may have
    nodes: int = 500  # of the branch and bound of one program
    rounds: int = 4  # of taking parties out and dealing them again


THOROUGH = Effort()
MANY = Effort(unknowns=75, nodes=20, rounds=1)  # for one dealing of many: seconds, and about as even


class Blocks(NamedTuple):
    """The blocks to fill: folds of equal share, after them, where `held` is given, the held-out test set."""

    names: tuple[str, ...]
    shares: tuple[Fraction, ...]  # sum to 1
    held: int | None = None  # subjects in the last block; None: all blocks are folds


class Dealing(NamedTuple):
    """Which block each party got and how even that is."""

    blocks: dict[str, str]  # block by party name
    cost: float  # of `exchange.cost`; 0 = as even as whole clips can be
    optimal: bool  # no dealing costs less by more than GAP


def deal(
    parties: list[Party], blocks: Blocks, seed: int, kept: dict[str, str] | None = None, effort: Effort = THOROUGH
) -> Dealing:
    """Deal `parties` to `blocks`; those in `kept` (block by party name) stay where they are.

    Another `seed` gives another dealing, about as even; the same seed always gives the same one. Where parties are
    kept, the held-out block is filled up to its number first. Raises StudyError if no set of whole parties has the
    held-out number of subjects.
    """
    kept = kept or {}
    table = tabulate(parties, blocks)
    where = np.array([blocks.names.index(kept[party.name]) if party.name in kept else -1 for party in parties])
    rng = np.random.default_rng(seed)
    free = rng.permutation(np.flatnonzero(where < 0))
    free = free[np.argsort(-table.counts[free, 0], kind="stable")]  # large ones first, ties by the seed
    optimal = len(free) == 0
    if len(free):
        starts = [exchange(table, first_dealing(table, where, order), free) for order in _orders(free, rng)]
        where = min(starts, key=lambda start: cost(table, start))
        optimal = _solve(table, where, free, rng, effort)
    names = {party.name: blocks.names[block] for party, block in zip(parties, where, strict=True)}
    return Dealing(names, cost(table, where), optimal)


def _orders(free: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Orders to deal the `free` parties in: as they come, then by chance."""
    return [free, *(rng.permutation(free) for _ in range(min(STARTS, 40 * STARTS // len(free))))]


def tabulate(parties: list[Party], blocks: Blocks) -> Table:
    """The counts of `parties` and the fair shares of `blocks`. Thing 0 is clips, thing 1 subjects."""
    things = [("clips", ""), ("subjects", "")]
    things += sorted({thing for party in parties for thing in party.counts} - set(things))
    counts = np.array([[party.counts.get(thing, 0) for thing in things] for party in parties], dtype=int)
    low, high = fair(counts.sum(0), blocks.shares)
    return Table(counts, low, high, 1 / (np.maximum(counts.sum(0), 1) * len(things)), blocks.held)


def _solve(table: Table, where: np.ndarray, free: np.ndarray, rng: np.random.Generator, effort: Effort) -> bool:
    """Improve the dealing `where` (changed in place) of the `free` parties; True if it is optimal."""
    blocks = table.low.shape[1]
    if len(np.unique(table.counts[free], axis=0)) * blocks <= effort.unknowns:
        return place(table, where, free, effort.nodes) or cost(table, where) <= GAP
    for _ in range(effort.rounds):
        if cost(table, where) <= GAP:
            break
        place(table, where, rng.permutation(free)[: max(2, effort.unknowns // blocks)], effort.nodes)
    return cost(table, where) <= GAP


def place(table: Table, where: np.ndarray, chosen: np.ndarray, nodes: int = THOROUGH.nodes) -> bool:
    """Deal the `chosen` parties (indices) anew around the others: one integer program.

    `where` (n,) is changed in place, and only for the better. Returns whether the program was solved to its end. Equal
    parties are one kind, and the unknowns are how many of a kind go to a block: parties that can be exchanged without
    any difference would otherwise multiply the search.
    """
    rows, kind = np.unique(table.counts[chosen], axis=0, return_inverse=True)
    order = np.argsort([np.flatnonzero(kind == k)[0] for k in range(len(rows))])
    rows, members = rows[order], [chosen[kind == k] for k in order]
    others = where.copy()
    others[chosen] = -1
    base = loads(table, others)
    now = np.array([[np.sum(where[some] == b) for b in range(base.shape[1])] for some in members])
    dealt, solved = _program(table, rows, base, now, nodes)
    trial = where.copy()
    for some, numbers in zip(members, dealt, strict=True):
        trial[some] = np.repeat(np.arange(len(numbers)), numbers)
    if cost(table, trial) <= cost(table, where):
        where[:] = trial
    return solved


def _program(table: Table, rows: np.ndarray, base: np.ndarray, now: np.ndarray, nodes: int) -> tuple[np.ndarray, bool]:
    """Solve for how many parties of each kind go to each block: (kinds, blocks), and whether that is optimal.

    rows (kinds, m): what one party of the kind brings; base (m, blocks): what lies in the blocks already;
    now (kinds, blocks): the dealing so far, which is the answer if the solver finds none.
    """
    kinds, blocks = now.shape
    problem = pulp.LpProblem("deal", pulp.LpMinimize)
    most = now.sum(1).tolist()
    x = [[problem.add_variable(f"x_{t}_{b}", 0, most[t], pulp.LpInteger) for b in range(blocks)] for t in range(kinds)]
    problem.setObjective(_unevenness(problem, table, rows, base, x))
    for t in range(kinds):
        problem += pulp.lpSum(x[t]) == most[t]
    if table.held is not None:
        held = pulp.lpSum(int(rows[t, 1]) * x[t][-1] for t in range(kinds))
        problem += held == int(rows[:, 1] @ now[:, -1])
    for b in range(table.folds):
        if not base[0, b]:
            problem += pulp.lpSum(x[t][b] for t in range(kinds)) >= 1
    if not base.any():
        _break_symmetry(problem, table.folds, now, x)
    solver = pulp.COIN_CMD(path=pulp.PULP_CBC_CMD.pulp_cbc_path, msg=False, gapAbs=GAP, maxNodes=nodes, threads=1)
    if len(solver.tmpDir.split()) > 1:  # it splits its own command at blanks
        solver.tmpDir = ""  # the study folder
    problem.solve(solver)
    # `status` says "Optimal" for a search that was cut short too; only sol_status tells the two apart.
    if problem.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return now, False
    numbers = np.array([[round(variable.value()) for variable in row] for row in x])
    return numbers, problem.sol_status == pulp.LpSolutionOptimal


def _unevenness(
    problem: pulp.LpProblem, table: Table, rows: np.ndarray, base: np.ndarray, x: list
) -> pulp.LpAffineExpression:
    """`exchange.cost` as a linear expression: adds what lies beyond the fair shares as variables to `problem`."""
    terms = []
    for m, b in np.ndindex(*base.shape):
        low, high = int(table.low[m, b]), int(table.high[m, b])
        over, under = (problem.add_variable(f"{name}_{m}_{b}", 0) for name in ("over", "under"))
        load = pulp.lpSum(int(rows[t, m]) * x[t][b] for t in range(len(rows)) if rows[t, m]) + int(base[m, b])
        problem += load - over <= high
        problem += load + under >= low
        terms.append(float(table.weights[m]) * (over + under))
    return pulp.lpSum(terms)


def _break_symmetry(problem: pulp.LpProblem, folds: int, now: np.ndarray, x: list) -> None:
    """Empty folds are all alike: number them by how many of the first kind they get, then by who comes first."""
    for b in range(1, folds):
        problem += x[0][b - 1] >= x[0][b]
    reach = 0
    for t, size in enumerate(now.sum(1)):
        reach += int(size)
        for b in range(reach, folds):
            problem += x[t][b] == 0


def describe(dealing: Dealing) -> str:
    """One sentence for the log: how even the dealing is, and whether it can be more even."""
    if dealing.cost == 0:
        return "as even as whole clips can be"
    proof = (
        "no dealing strays less" if dealing.optimal else f"search cut short at a gap of {dealing.cost:.2%} to bound 0"
    )
    return f"the blocks' counts stray from their fair shares by {dealing.cost:.2%} of all in the mean ({proof})"
