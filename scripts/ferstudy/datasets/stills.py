"""From the pictures that an adapter reads to a store and a table of stills, as those of rendered people.

An adapter of stills is a module of this package with `stills(root) -> Iterator[Still | Rejected]`.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from importlib import import_module
from itertools import chain
from pathlib import Path

import numpy as np

from ferstudy.datasets.names import refused
from ferstudy.datasets.still import Still
from ferstudy.errors import StudyError
from ferstudy.store.write import Writer
from ferstudy.tables import rejected
from ferstudy.tables.rejected import Rejected
from ferstudy.tables.stills import COLUMNS
from ferstudy.tables.write import write_rows

NEEDED, OPTIONAL = ("adapter", "root", "classes"), ("labels",)
log = logging.getLogger(__name__)


def collect(settings: dict, store_path: Path, table: Path, refusals: Path) -> None:
    """Read the pictures of `settings` (adapter, root, classes, labels) and write the store and both tables.

    The store holds (h, w, 3) uint8 BGR, three equal channels where the pictures are grey, one frame a still; its
    column `intensity` is NaN: unknown. Raises StudyError where no picture is there to train on.
    """
    _check(settings)
    root, rows, refusals_found, roles = Path(settings["root"]), [], [], {}
    usable = _judged(settings, refusals_found)
    first = next(usable, None)
    if first is None:
        raise StudyError(f"{root}: no picture can be used; {_counts(refusals_found)}")
    shape, attributes = (*first.image.shape[:2], 3), {"leaf": store_path.stem, "colour": "bgr"}
    with Writer(store_path, shape, "uint8", {"intensity": ((), "f4")}, attributes) as store:
        for still in chain([first], usable):
            image = still.image if still.image.ndim == 3 else np.repeat(still.image[:, :, None], 3, axis=2)
            store.begin(still.name)
            store.add(image[None], np.zeros(1, int), intensity=np.full(1, np.nan))
            store.end()
            rows.append((still.name, still.subject, still.label, still.role))
            roles.setdefault(blake2b(image.data, digest_size=16).digest(), set()).add(still.role)
        if not any(role == "train" for *_, role in rows):
            raise StudyError(f"{root}: none of {len(rows)} pictures has the role train; is the table whole?")
    write_rows(table, COLUMNS, rows)
    write_rows(refusals, rejected.COLUMNS, refusals_found)
    log.info("%d stills: %s", len(rows), _listed(Counter(role for *_, role in rows)))
    log.info("%s", _counts(refusals_found))
    twice = sum(len(there) > 1 for there in roles.values())
    if twice:
        log.warning("%d pictures occur in more than one role: what they validate or test was learnt", twice)


def _check(settings: dict) -> None:
    missing = [key for key in NEEDED if key not in settings]
    unknown = sorted(settings.keys() - {*NEEDED, *OPTIONAL})
    if missing or unknown:
        what = f"no key {missing[0]!r}" if missing else f"unknown key {unknown[0]!r}"
        raise StudyError(f"stills: {what}; an adapter's has {', '.join(NEEDED)}, and may have {', '.join(OPTIONAL)}")


def _judged(settings: dict, refusals_found: list[Rejected]) -> Iterator[Still]:
    """The usable stills with the study's labels; the others go to `refusals_found`."""
    root, classes, labels = Path(settings["root"]), settings["classes"], settings.get("labels", {})
    names: set[str] = set()
    for row in import_module(f"ferstudy.datasets.{settings['adapter']}").stills(root):
        if isinstance(row, Still):
            row = row._replace(label=labels.get(row.label, row.label))
            if row.label not in classes:
                detail = f"{row.label!r}; classes: {', '.join(classes)}"
                row = refused(".", row.name, "label is none of the classes", detail)
            elif row.name in names:
                row = refused(".", row.name, "still named twice")
        if isinstance(row, Still):
            names.add(row.name)
            yield row
        else:
            refusals_found.append(row._replace(path=str(root / row.path)))


def _counts(refusals_found: list[Rejected]) -> str:
    """Reasons with their numbers, and the first detail."""
    if not refusals_found:
        return "no row was rejected"
    return f"rejected: {_listed(Counter(row.reason for row in refusals_found))} (first: {refusals_found[0].detail})"


def _listed(counts: Counter) -> str:
    return ", ".join(f"{count} x {name}" for name, count in counts.most_common())
