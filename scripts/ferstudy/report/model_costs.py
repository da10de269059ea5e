"""What a model costs per clip, its backbone and the members of a fusion included."""

import math
from typing import Any, NamedTuple

from ferstudy.report.ranking import RankedModel
from ferstudy.report.records import Results


class ModelCost(NamedTuple):
    """Totals of one model; None where one part is not known."""

    parameters: int | None
    operations: int | None  # of one clip
    seconds: float | None  # of one clip, with one thread
    memory_mb: float | None  # the largest of its processes: of a fusion that of its largest member
    megabytes: float | None  # of its files
    backbone: bool  # whether a backbone is part of it


def of_model(results: Results, entry: RankedModel) -> ModelCost:
    """What the model costs: a fusion what its members do, a backbone that several of them read counted once."""
    members = tuple(sorted(entry.own.members)) or (entry.own.model,)
    if not set(members) <= results.study.architectures.keys():
        return ModelCost(None, None, None, None, None, False)
    dataset, protocol = entry.own.dataset, entry.own.protocol
    measured = [results.costs.get((dataset, name)) for name in members]
    trained = {own.model: own for own in results.models_of(dataset, protocol)}
    numbers = [max([record["parameters"] for record in trained[name].records], default=None) for name in members]
    backbones = {_reads(results, name): found["backbone"] for name, found in zip(members, measured, strict=True)
                 if found and "backbone" in found}  # fmt: skip
    whole = [*measured, *backbones.values()]
    # Without a measurement the backbone's parameters are not known either.
    extra = [backbone["parameters"] for backbone in backbones.values()]
    return ModelCost(
        parameters=_sum([*numbers, *extra]) if all(measured) or not _any_backbone(results, members) else None,
        operations=_sum([found and found["operations"] for found in whole]),
        seconds=_sum([found and found["seconds"] for found in whole]),
        memory_mb=max([found["memory_mb"] for found in measured]) if all(measured) else None,
        megabytes=_sum([found and found["model_mb"] for found in whole]),
        backbone=bool(backbones),
    )


def _reads(results: Results, name: str) -> tuple[Any, ...]:
    wanted = results.study.architectures[name]["input"]
    return wanted.get("backbone"), wanted.get("recipe")


def _any_backbone(results: Results, names: tuple[str, ...]) -> bool:
    return any("backbone" in results.study.architectures[name]["input"] for name in names)


def _sum(values: list) -> Any:
    """The sum; None where one of them is not known."""
    known = all(value is not None and math.isfinite(value) for value in values)
    return sum(values) if known and values else None
