"""Patterns: fusions that stand for every combination of so many members.

In the settled config an entry with `k` is a pattern, and its `members` are those that it combines. Standard library
only: this is read at every parse of the workflow.
"""

from collections.abc import Collection, Iterator
from itertools import combinations
from math import comb

PAIRS = "all pairs"
MOST = 500  # combinations of one pattern: as many models would stand in one table


def is_pattern(entry: dict) -> bool:
    """Whether a fusion of the settled config is a pattern."""
    return "k" in entry


def settled_fusion(entry: dict, config: dict) -> dict:
    """A fusion with its members in the order of names; of a pattern all that it combines, and how many at a time."""
    asked = entry["members"]
    if isinstance(asked, list):
        return {**entry, "members": sorted(asked)}
    asked = {"of": "all", "k": 2} if asked == PAIRS else asked
    return {**entry, "members": sorted(_pool(asked["of"], config)), "k": asked["k"]}


def _pool(of: str | list[str], config: dict) -> list[str]:
    return [*config["architectures"], *config["external"]] if of == "all" else of


def lost(entry: dict, gone: Collection[str]) -> list[str]:
    """The members in `gone` without which a fusion cannot be; none where a pattern has enough others."""
    left = [member for member in entry["members"] if member not in gone]
    enough = len(left) >= entry.get("k", len(entry["members"]))
    return [] if enough else [member for member in entry["members"] if member in gone]


def combined(name: str, entry: dict, here: Collection[str]) -> dict[str, list[str]]:
    """The members of each combination of a pattern, by its name, out of the models `here`.

    No other model can have such a name: those of the config are without dots.
    """
    members = [member for member in entry["members"] if member in here]
    return {f"{name}.{'+'.join(some)}": list(some) for some in combinations(members, entry["k"])}


def findings(config: dict) -> Iterator[str]:
    """What does not fit in the section `fusions`, a sentence each."""
    known = [*config["architectures"], *config["external"]]
    what = "architecture or external" if config["external"] else "architecture"
    for name, entry in config["fusions"].items():
        place, settled = f"fusions/{name}/members", settled_fusion(entry, config)
        for member in settled["members"]:
            if member in config["fusions"]:
                yield f"{place}: {member!r} is a fusion; fusions join other models only"
            elif member not in known:
                there = f"there {'is' if len(known) == 1 else 'are'} {', '.join(known) or 'none'}"
                yield f"{place}: no {what} named {member!r}; {there}"
        if is_pattern(settled):
            yield from _of_pattern(place, settled)
        yield from _of_budget(f"fusions/{name}", settled, config["external"])


def _of_pattern(place: str, entry: dict) -> Iterator[str]:
    number = len(entry["members"])
    if number < entry["k"]:
        yield f"{place}: {entry['k']} of {number} members cannot be combined; name more, or take a smaller k"
    elif (many := comb(number, entry["k"])) > MOST:
        yield f"{place}: {many:,} combinations of {number} members, more than {MOST}; name fewer in `of`"


def _of_budget(place: str, entry: dict, external: dict) -> Iterator[str]:
    """What is wrong with the budget of a subset."""
    budget, of_subset = entry.get("budget", {}), entry["method"] == "subset"
    if not of_subset and budget:
        yield f"{place}/budget: {entry['method']} takes all members; remove the key, or take the method subset"
    elif of_subset and is_pattern(entry):
        yield f"{place}/members: a subset chooses among its members itself; name them in a list"
    elif of_subset and ("parameters" in budget) == ("milliseconds" in budget):
        yield f"{place}/budget: expected parameters or milliseconds, one of them, for the method subset"
    elif "milliseconds" in budget:
        missing = [name for name in entry["members"] if name not in budget.get("of", {})]
        if missing:
            yield f"{place}/budget/of: says no milliseconds of {', '.join(missing)}"
    elif of_subset:
        silent = [name for name in entry["members"] if "parameters" not in external.get(name, {"cost": budget})["cost"]]
        if silent:
            yield f"external/{silent[0]}/cost/parameters: missing; the budget of {place} counts parameters"
