"""Equal pictures among the stills that train a backbone: FER2013 has such, also in two of its usages."""

from collections.abc import Sequence
from hashlib import blake2b
from itertools import combinations
from pathlib import Path

from ferstudy.counted import counted
from ferstudy.protocols.findings import Finding, finding, some
from ferstudy.store.read import Store
from ferstudy.tables.pairs import Pair
from ferstudy.tables.rows import read_rows
from ferstudy.tables.stills import COLUMNS


def equal_pictures(tables: Sequence[str | Path], stores: Sequence[str | Path]) -> Finding:
    """Stills with equal pixels and different roles: a backbone is chosen, or its own score made, on what it learnt.

    A warning, never a leak: no fold holds a still, so that no score of a clip is concerned (decision 46).
    `tables` and `stores` belong to each other in order.
    """
    title, pairs, number = "Stills in one role", [], 0
    for table, path in zip(tables, stores, strict=True):
        roles = {row["still"]: row["role"] for row in read_rows(table, COLUMNS)}
        same: dict[bytes, list[str]] = {}
        with Store(path) as store:
            for still in (name for name in roles if name in store):
                same.setdefault(blake2b(store.values(still).tobytes(), digest_size=16).digest(), []).append(still)
        for stills in same.values():
            there = [two for two in combinations(stills, 2) if roles[two[0]] != roles[two[1]]]
            pairs += [Pair("pictures", *two, f"one picture, {roles[two[0]]} and {roles[two[1]]}") for two in there]
        number += len(roles)
    if not pairs:
        return finding("pictures", title, "pass", f"No two of the {number} stills in different roles are one picture.")
    told = some([f"`{pair.one}` and `{pair.other}`" for pair in pairs])
    text = counted(len(pairs), "pair of stills in different roles is", "pairs of stills in different roles are")
    text += f" one picture: {told}. The accuracy of the backbone on stills flatters; no score of a clip is concerned."
    return finding("pictures", title, "warning", text, pairs=pairs)
