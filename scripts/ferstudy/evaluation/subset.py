"""Which members a budget allows: a knapsack, solved by integer programming."""

import numpy as np
import pulp

from ferstudy.errors import StudyError


def affordable(gains: np.ndarray, costs: np.ndarray, budget: float) -> np.ndarray:
    """Which members (members,) bool have the largest sum of `gains` among all sets that cost `budget` or less.

    `gains` (members,) is each member's development UAR minus chance: the sum is that of the weights which the members
    get when they are joined. A member at chance or below is never taken, unless all that fit are: then the best of
    them. Raises StudyError where no member fits.
    """
    fits = costs <= budget
    if not fits.any():
        raise StudyError(
            f"fusions: the budget is {budget:,.10g}, and the cheapest member costs {costs.min():,.10g}; raise the "
            "budget, or add a smaller member"
        )
    useful = np.flatnonzero(fits & (gains > 0))
    taken = np.zeros(len(gains), bool)
    if not len(useful):
        taken[np.argmax(np.where(fits, gains, -np.inf))] = True
        return taken
    problem = pulp.LpProblem("subset", pulp.LpMaximize)
    x = {int(i): problem.add_variable(f"x_{i}", cat=pulp.LpBinary) for i in useful}
    problem.setObjective(pulp.lpSum(float(gains[i]) * x[i] for i in x))
    # As shares of the budget: the solver's tolerance is absolute.
    problem += pulp.lpSum(float(costs[i] / budget) * x[i] for i in x if costs[i] > 0) <= 1
    solver = pulp.COIN_CMD(path=pulp.PULP_CBC_CMD.pulp_cbc_path, msg=False, threads=1)
    if len(solver.tmpDir.split()) > 1:  # it splits its own command at blanks
        solver.tmpDir = ""  # the study folder
    problem.solve(solver)
    if problem.sol_status != pulp.LpSolutionOptimal:
        raise StudyError(f"fusions: no subset was found within the budget ({pulp.LpStatus[problem.status]})")
    taken[[i for i in x if x[i].value() > 0.5]] = True
    return taken
