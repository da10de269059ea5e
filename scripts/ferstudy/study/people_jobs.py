"""The jobs that say who is who by face: what each is told, from the study and the rule's wildcards."""

from ferstudy import paths
from ferstudy.jobs.describe_people import DescribePeople
from ferstudy.jobs.describe_stills import DescribeStills
from ferstudy.jobs.name_people import NamePeople
from ferstudy.study.grid import Study


def describe_people(study: Study, leaf: str, shard: int) -> DescribePeople:
    return DescribePeople(
        leaf=leaf,
        clips=paths.shard(leaf, shard),
        faces=paths.faces(leaf, study.recipes_on(leaf)[0], shard),  # of any recipe: only where the face is counts
        out=paths.people(leaf, shard),
    )


def describe_stills(study: Study, stills: str) -> DescribeStills:
    return DescribeStills(
        name=stills,
        table=paths.stills(stills, "csv"),
        pictures=paths.stills(stills, "h5"),
        out=paths.people_in_stills(stills),
    )


def name_people(study: Study, leaf: str) -> NamePeople:
    stores = [paths.people(leaf, number) for number in study.shards]
    return NamePeople(clips=paths.clips(leaf), descriptors=stores, out=paths.people_by_face(leaf))


def described_stills(study: Study, dataset: str, protocol: str) -> list[str]:
    """The sets of stills behind the backbones of a dataset whose people are compared with its own.

    Rendered stills show nobody.
    """
    if not any(study.compares(leaf) for leaf in study.leaves(dataset)):
        return []
    return [name for name in study.stills_behind(dataset, protocol) if "adapter" in study.config["stills"][name]]
