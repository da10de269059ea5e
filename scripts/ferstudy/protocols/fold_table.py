"""The fold table itself: rows that say nothing, folds that are none of the study's or are missing, clips left over."""

from collections import Counter
from collections.abc import Collection

from ferstudy.counted import counted
from ferstudy.fold import is_name
from ferstudy.protocols.findings import Finding, finding, named, some
from ferstudy.tables.folds import ROLES
from ferstudy.tables.lineup import Lineup

CHECK, TITLE = "table", "Every clip has a role"


def table(lineup: Lineup, expected: Collection[str] = ()) -> Finding:
    """Rows and folds that the study cannot use, and clips without a role.

    `expected` are the folds of the protocol by name, of which none may be missing; any will do where it is empty. A
    warning, never a leak: training refuses such rows, and no model is made of a fold that is none of the study's.
    """
    foreign = {} if not expected else {fold: roles for fold, roles in lineup.folds.items() if fold not in expected}
    missing = [fold for fold in expected if fold not in lineup.folds]
    clips = {name for roles in foreign.values() for names in roles.values() for name in names}
    used = {name for roles in lineup.folds.values() for names in roles.values() for name in names}
    told = [_strange(lineup)] if lineup.strange else []
    if foreign:
        told.append(
            f"{counted(len(clips), 'clip has', 'clips have')} roles in folds that the protocol does not have "
            f"({some(foreign)}; it has {some(list(expected), 12)}): {named(clips)}. "
            "No model is trained for them; delete their rows."
        )
    if missing:
        told.append(f"The table has no rows for the folds {some(missing, 12)}: they cannot be trained. Deal anew.")
    idle = set(lineup.clips) - used
    if idle:
        told.append(f"{counted(len(idle), 'clip has', 'clips have')} no role in any fold: {named(idle)}.")
    if told:
        concerned = {row.clip for row in lineup.strange} | clips
        return finding(CHECK, TITLE, "warning", " ".join(told), concerned or idle)
    return finding(CHECK, TITLE, "pass", f"All {len(used)} clips have a role.")


def _strange(lineup: Lineup) -> str:
    """What is wrong with the rows that cannot be read, counted by the value that nobody knows."""
    wrong: Counter[str] = Counter()
    for row in lineup.strange:
        wrong[f"the clip `{row.clip}`"] += row.clip not in lineup.clips
        wrong[f"the role {row.role!r}"] += row.role not in ROLES
        wrong[f"the fold {row.fold!r}"] += not is_name(row.fold)
    told = some({f"{what} ({counted(number, 'row')})" for what, number in wrong.items() if number})
    rows = counted(len(lineup.strange), "row names", "rows name")
    return f"{rows} an unknown clip, role or fold: {told}. Training refuses the table."
