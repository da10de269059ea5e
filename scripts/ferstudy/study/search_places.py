"""Which folds a search trains, and which trainings take its settings: a clip that tests a model never chooses for it.

A place is a folder below results/search: `lr`, where the test set is held out from all folds; `lr/2` for one fold that
draws its own test clips (then its own validation rows choose, and those of no other fold), and for one outer fold of a
nested protocol. Standard library only.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ferstudy.fold import DEPLOY, Fold
from ferstudy.search.space import fits, trials

TOLD = ("method", "space", "trials", "workers", "epochs", "seed", "select")
TOLD_OF_CLIPS = ("dataset", "protocol", "architecture")
TOLD_OF_STILLS = ("backbone", "recipe", "phases")


def place_of(search: str, fold: str, held_out: bool) -> str:
    """The place whose best settings the training of `fold` takes.

    `held_out`: the protocol has a test set outside of all folds. A `deploy` of a protocol without one has a place of
    its own, which searches over all folds: it is not tested.
    """
    if outer := Fold.parse(fold).outer:
        return f"{search}/{outer}"
    return search if held_out else f"{search}/{fold}"


def places(
    search: str, trainings: Iterable[str], held_out: bool, chosen: list[int] | None = None
) -> dict[str, list[str]]:
    """The folds that are trained at each place of a search; `trainings` are all trainings of the protocol.

    `chosen` are the numbers of the folds to train (of a nested protocol: of the inner ones), None for all.
    """
    trainings = list(trainings)
    trained: dict[str, list[str]] = {}
    validating = [fold for fold in trainings if Fold.parse(fold).number is not None]
    for fold in validating:
        if chosen is None or Fold.parse(fold).number in chosen:
            trained.setdefault(place_of(search, fold, held_out), []).append(fold)
    if DEPLOY in trainings and not held_out:
        trained[place_of(search, DEPLOY, held_out)] = validating
    return trained


def of_clips(name: str, entry: Mapping[str, Any], trainings: list[str], held_out: bool) -> dict[str, dict]:
    """What the jobs of a search of an architecture are told, by place.

    `names` are the folds that they train, `serves` the trainings that take what they find.
    """
    chosen = entry["folds"] if isinstance(entry.get("folds"), list) else None
    told = {key: entry[key] for key in (*TOLD_OF_CLIPS, *TOLD) if key in entry}
    return {
        place: {
            **told,
            "search": name,
            "place": place,
            "names": names,
            "serves": [fold for fold in trainings if place_of(name, fold, held_out) == place],
        }
        for place, names in places(name, trainings, held_out, chosen).items()
    }


def of_stills(name: str, entry: Mapping[str, Any]) -> dict[str, dict]:
    """What the jobs of a search of a backbone are told: it has one place."""
    told = {key: entry[key] for key in (*TOLD_OF_STILLS, *TOLD) if key in entry}
    return {name: {**told, "search": name, "place": name, "names": ["stills"], "serves": []}}


def costs(jobs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each search with what it costs, from what the jobs are told by place; for `make plan`."""
    lines = []
    for name in dict.fromkeys(told["search"] for told in jobs.values()):
        mine = [told for told in jobs.values() if told["search"] == name]
        first, folds = mine[0], sum(len(told["names"]) for told in mine)
        workers = len(mine) * first["workers"]
        if "backbone" in first:
            times, what = "", f"backbone {first['backbone']}"
        else:
            times, what = f" x {folds} folds", f"{first['architecture']} on {first['dataset']}/{first['protocol']}"
        lines.append(
            f"Search {name}: {trials(first)} trials{times} = {fits(first, folds)} fits of {what}, "
            f"in {workers} job{'s' * (workers > 1)}."
        )
    return lines
