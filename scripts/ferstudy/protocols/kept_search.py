"""What the search for copies found last time: most of an audit's cost, and of few of its inputs.

An external that is added, or another `trained_on`, makes the audit run again; the clips, their roles and their frames
are the same then. It is a file in live state, for Snakemake deletes an output before the job that makes it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from ferstudy.protocols.findings import Finding
from ferstudy.tables.lineup import Lineup
from ferstudy.tables.pairs import Pair
from ferstudy.whole_files import write_text

FILE = "copies.json"


def or_search(state: str, code: str, line: Lineup, stores: Iterable[str], search: Callable[[], Finding]) -> Finding:
    """The finding that lies in the folder `state` if it was made of the same, else that of `search`, which is kept.

    The same are the digest of the code, the clips, their folds and the bytes of the `stores`. Without a folder or a
    digest nothing is kept; a file that cannot be read is as none.
    """
    if not (state and code):
        return search()
    made_of, path = _digest(code, line, stores), Path(state) / FILE
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["made_of"] == made_of:
            return Finding(**{**kept["finding"], "pairs": tuple(Pair(*row) for row in kept["pairs"])})
    except (OSError, ValueError, KeyError, TypeError):
        pass
    found = search()
    told = {"made_of": made_of, "finding": found.described(), "pairs": found.pairs}
    write_text(path, json.dumps(told, ensure_ascii=False) + "\n")
    return found


def _digest(code: str, line: Lineup, stores: Iterable[str]) -> str:
    folds = [(fold, role, sorted(names)) for fold, roles in sorted(line.folds.items()) for role, names in roles.items()]
    digest = hashlib.sha256(repr((code, sorted(line.clips.values()), folds)).encode(errors="surrogateescape"))
    for path in stores:
        digest.update(hashlib.sha256(Path(path).read_bytes()).digest())
    return digest.hexdigest()
