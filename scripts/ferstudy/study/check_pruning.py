"""Can what is to be pruned be pruned? This is checked at every parse."""

from collections.abc import Iterator

from ferstudy.study.modules import families, family
from ferstudy.training.loop import complete_schedule


def findings(config: dict) -> Iterator[str]:
    """A line for each training that cannot lose weights."""
    for name, entry in config["backbones"].items():
        if any("prune" in part for part in (entry["training"], *(entry.get("phases") or []))):
            yield f"backbones/{name}/training/prune: only architectures are pruned; remove it"
    for name, entry in config["architectures"].items():
        place, training = f"architectures/{name}/training/prune", entry["training"]
        if not training.get("prune") or entry["family"] not in families():
            continue
        if family(entry["family"])["TRAINER"] == "estimator":
            yield f"{place}: {entry['family']} is no network and has no kernels; remove it"
        if complete_schedule(training.get("schedule", {})).get("monitor") == "val_loss":
            yield f"{place}: the schedule waits for val_loss, and nobody validates before weights go; watch loss"
