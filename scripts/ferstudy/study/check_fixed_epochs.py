"""Does anything ask for validation clips under a protocol that has none? This is checked at every parse."""

from collections.abc import Iterator

from ferstudy.protocols import kinds
from ferstudy.study.modules import families, family
from ferstudy.study.skipped import skipped
from ferstudy.training.loop import complete_schedule


def findings(config: dict) -> Iterator[str]:
    """A line for each network that would wait for validation clips in vain, and each fusion that is weighed by them."""
    for dataset, protocols in config["grid"].items():
        for protocol in protocols:
            entry = config["protocols"].get(protocol)
            if not entry or entry["kind"] not in kinds.KEYS or kinds.validates(entry):
                continue
            why = f"{protocol} (grid/{dataset}) has no validation clips"
            for name, architecture in config["architectures"].items():
                if not skipped(config, dataset, protocol, "architecture", name):
                    yield from _of_training(f"architectures/{name}", architecture, why)
            for name, fusion in config["fusions"].items():
                if fusion["method"] == "weighted" and not skipped(config, dataset, protocol, "fusion", name):
                    yield f"fusions/{name}/method: {why} to weigh members by; take average, maximum or majority"


def _of_training(place: str, entry: dict, why: str) -> Iterator[str]:
    if entry["family"] not in families() or family(entry["family"])["TRAINER"] == "estimator":
        return
    training = entry["training"]
    if "epochs" not in training:
        yield f"{place}/training/epochs: missing; {why}, so the number of epochs must be given"
    if training.get("patience"):
        yield f"{place}/training/patience: {why} to wait for; remove it"
    schedule = complete_schedule(training.get("schedule", {}))
    if schedule.get("monitor") == "val_loss":
        yield f"{place}/training/schedule: {why} whose loss could lower the rate; take monitor: loss, or another kind"
