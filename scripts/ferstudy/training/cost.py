"""What a trained model costs per clip; the part that needs no Keras."""

import platform
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from ferstudy.errors import StudyError
from ferstudy.models.clip import ClipInputs
from ferstudy.models.cut import parts
from ferstudy.store.read import Store
from ferstudy.training import inputs

WARM = 3  # calls before the clock counts: the first compile
LEAST, LONGEST = 15, 10.0  # repetitions, and seconds after which there are no more
PREPARED = {"flow": "optical flow", "landmarks": "landmarks", "features": "frame features of others"}


def typical(kinds: Sequence[str], stores: dict[str, list[Path]]) -> Iterator[ClipInputs]:
    """The clips that are in the stores of all `kinds`: that of median length first, then longer ones, then shorter.

    The length is that of the first kind, in frames (of flow: in segments).
    """
    found = [_lengths(stores[kind]) for kind in kinds]
    shared = sorted((found[0][name], name) for name in set.intersection(*map(set, found)))
    if not shared:
        raise StudyError(f"no clip is in the stores of {' and '.join(kinds)}: there is nothing to measure with")
    middle = len(shared) // 2
    for _, name in [*shared[middle:], *reversed(shared[:middle])]:
        yield inputs.load(tuple(kinds), stores, [name])[name]


def _lengths(stores: list[Path]) -> dict[str, int]:
    """{leaf/clip: its length}."""
    found = {}
    for path in stores:
        with Store(path) as store:
            names = (f"{store.attributes.get('leaf')}/{clip}" for clip in store.clips)
            found |= dict(zip(names, store.lengths.tolist(), strict=True))
    return found


def timed(call: Callable[[], Any]) -> dict[str, float]:
    """Seconds that `call` takes: median and quartiles over the repetitions, after some that do not count."""
    for _ in range(WARM):
        call()
    taken: list[float] = []
    while len(taken) < LEAST and sum(taken) < LONGEST:
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    low, median, high = np.quantile(taken, (0.25, 0.5, 0.75)).tolist()
    return {"seconds": median, "seconds_low": low, "seconds_high": high, "repetitions": len(taken)}


def of_estimator(model: Any, parameters: int, described: dict, clips: Iterator[ClipInputs]) -> dict[str, Any]:
    """Seconds of the answer of a fitted estimator to a clip; its operations are not counted."""
    family, settings = import_module(f"ferstudy.models.{described['family']}"), described["sampling"]
    clip, cut = next((clip, cut) for clip in clips if (cut := parts(clip, described["windows"], "test", "")))
    with threadpool_limits(1):
        spent = timed(lambda: [family.predict(model, part, settings) for part in cut])
    return {"clip": clip, "samples": len(cut), "parameters": parameters, "operations": None, **spent}


def machine() -> dict[str, Any]:
    """On what was measured: the processor by its name, as Linux says it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {"processor": names[0] if names else platform.machine(), "threads": 1}


def memory_mb() -> float:
    """The largest resident memory of this process so far, its libraries included, in megabytes."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def file_mb(path: str | Path) -> float:
    """The size of a model's file, in megabytes of 10^6 bytes."""
    return Path(path).stat().st_size / 1e6


def not_counted(kinds: Sequence[str], with_backbone: bool) -> list[str]:
    """What comes before the model and is not measured."""
    before = [name for kind, name in PREPARED.items() if kind in kinds and not (kind == "features" and with_backbone)]
    return ["finding and following faces", *before]
