"""What an architecture that a backbone runs within is told of it."""

import hashlib
from pathlib import Path

from ferstudy.models import bundle


def add_backbone(settings: dict, frozen: list[Path], precision: str) -> dict:
    """`settings` {family, input, settings, ...} whose `settings` name the backbone in `frozen`; as they are without.

    Its digest stands there too: another backbone makes another training, and the record says which one it was.
    """
    if not frozen:
        return settings
    described = bundle.describe(frozen[0])
    backbone = {
        "path": str(frozen[0]),
        "sha256": hashlib.sha256(frozen[0].read_bytes()).hexdigest(),
        "layer": settings["input"]["layer"],
        "precision": precision,
        "family": described["family"],
        "sampling": described["sampling"],
    }
    return {**settings, "settings": {**settings["settings"], "backbone": backbone}}
