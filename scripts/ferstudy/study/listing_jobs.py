"""Listings: where a study has many shards, its trainings have one file as input in place of the stores of each shard.

A plan costs by the job and by the input: of 5,000 jobs whose 1,000 trainings read 150 to 300 shards each, half the
plan was these inputs. A training reads all shards in either case, so that it runs again for the same changes.
"""

from ferstudy import paths
from ferstudy.jobs.list_stores import ListStores
from ferstudy.study import beside, files
from ferstudy.study.grid import Study

KINDS = ("faces", "flow", "features", "landmarks", "copies")
COPIES = ".copies"
MANY = 10  # shards: fewer inputs cost less than the jobs that list them


def list_stores(study: Study, stores: str, copies: str = "") -> ListStores:
    """`stores` is the folder of the stores, below that of the results."""
    made = [f"{paths.RESULTS}/{stores}/{number}{copies}.h5" for number in study.shards]
    return ListStores(stores=made, out=paths.listing(stores, copies))


def listings(study: Study, dataset: str, protocol: str, architecture: str, fold: str) -> list[str]:
    """The listings that a training reads; none where there are few shards."""
    return [paths.listing(*place) for place in _places(study, dataset, protocol, architecture, fold)]


def listed(study: Study) -> list[tuple[str, str]]:
    """What `list_stores` is asked for: every listing that a training reads."""
    folds = ((*cell[:3], fold) for cell in study.trained for fold in beside.trainings(study, cell))
    return sorted({place for one in folds for place in _places(study, *one)})


def _places(study: Study, *training: str) -> list[tuple[str, str]]:
    """(folder below the results, "" or ".copies") of the stores of a training."""
    if len(study.shards) < MANY:
        return []
    first = [path for kind in KINDS for path in files.stores(study, *training, kind, study.shards[:1])]
    return list(dict.fromkeys(map(_place, first)))


def _place(store: str) -> tuple[str, str]:
    """The folder of a store below the results, and what its name has after its number."""
    folder, _, name = store.removeprefix(f"{paths.RESULTS}/").rpartition("/")
    return folder, COPIES if name.endswith(f"{COPIES}.h5") else ""
