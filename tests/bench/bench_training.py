"""Training steps of cascades on features of 25,088 values, against Keras's plain way with padded float32 arrays.

Each way runs in a process of its own on one thread, from the same store, with the same initial weights, batches and
dropout masks; an epoch warms it up. `python bench_training.py` prints the lines alone.

The losses of recurrent networks stay equal. Those of the 1D-CNN part after some steps, by chance (here in the fourth):
its first sums, over 75,264 products, are made in another order, and sooner or later an activation lies so near to zero
that ReLU opens on one side only (traced: 9e-8 against 0, of values that differ by 1e-6). That is no tie that both could
break alike; it would take the very sums of padded frames. What the gate lets through is little, but Adam moves a weight
by its whole rate however small its gradient is. With SGD the two stay together longer (a case of its own).
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ferstudy.store.read import Store
from ferstudy.store.write import Writer
from ferstudy.training.inputs import load

CLIPS, VALUES, CLASSES, UNITS, BATCH, LONGEST, EPOCHS = 64, 25088, 6, 128, 32, 100, 2
RATES = {"adam": 1e-4, "sgd": 1e-3}
TESTS = Path(__file__).parents[1]


class Case(NamedTuple):
    """A cascade to be trained, and how many times less CPU than the plain way it should take."""

    name: str
    cell: str
    precision: str
    dropout: float
    aim: float
    optimizer: str = "adam"


CASES = [
    Case("LSTM 128, dropout 0.4", "lstm", "float32", 0.4, 2.2),
    Case("LSTM 128, dropout 0.4, bfloat16 projection", "lstm", "bfloat16", 0.4, 3.3),
    Case("BiLSTM 128, dropout 0.7", "bilstm", "float32", 0.7, 2.0),
    Case("1D-CNN", "cnn1d", "float32", 0.0, 2.0),
    Case("1D-CNN, SGD", "cnn1d", "float32", 0.0, 2.0, "sgd"),
]


def write(path: Path) -> None:
    """A store of clips of 20 to 100 frames, 60 on average; two thirds of the values are 0, as after a last pooling."""
    rng = np.random.default_rng(0)
    with Writer(path, (VALUES,), "float16", attributes={"leaf": "bench"}) as store:
        for i, frames in enumerate(rng.integers(20, LONGEST + 1, CLIPS)):
            store.begin(f"clip {i}")
            values = rng.standard_normal((frames, VALUES), dtype="float32")
            store.add(np.maximum(values - 0.5, 0), np.arange(frames))
            store.end()


# ---------------------------------------------------------------- in a process of its own


def measure(way: str, case: Case, path: Path) -> dict[str, object]:
    """{"step": cpu-seconds, "losses": one per epoch, "peak": bytes, "input": share of the time} of one `way`."""
    from ferstudy.training import backend

    backend.start("tensorflow", 1, 1)
    import plain_cascade
    from families import whole

    from ferstudy.models import cascade
    from ferstudy.training import learner

    rate = {"name": case.optimizer, "learning_rate": RATES[case.optimizer]}
    asked = {"cell": case.cell, "units": UNITS, "dropout": case.dropout, "precision": case.precision}
    settings = whole("cascade", asked)
    network = cascade.build(CLASSES, {"features": (VALUES,), "mask": (LONGEST,)}, **settings)
    if way == "plain":
        ours = network
        network = plain_cascade.network(case.cell, LONGEST, VALUES, CLASSES, UNITS, case.dropout)
        plain_cascade.copy(ours, network)
        del ours
    network.compile(learner.optimizer(rate), "sparse_categorical_crossentropy")
    run = {"plain": _plain, "ours": _ours}[way](network, settings, path)
    losses = [run()[0]]
    started, waited = time.process_time(), 0.0
    for _ in range(EPOCHS):
        loss, waiting = run()
        losses.append(loss)
        waited += waiting
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "step": seconds / (EPOCHS * CLIPS / BATCH),
        "losses": losses,
        "peak": peak,
        "input": waited / seconds,
    }


def _plain(network, settings: dict, path: Path):
    """An epoch of `fit` on padded arrays with masks."""
    arrays = {"features": np.zeros((CLIPS, LONGEST, VALUES), "float32"), "mask": np.zeros((CLIPS, LONGEST), bool)}
    with Store(path) as store:
        for i, clip in enumerate(store.clips):
            arrays["features"][i, : store.lengths[i]] = store.values(clip)
            arrays["mask"][i, : store.lengths[i]] = True

    def run() -> tuple[float, float]:
        history = network.fit(arrays, np.arange(CLIPS) % CLASSES, batch_size=BATCH, shuffle=False, verbose=0).history
        return history["loss"][0], 0.0

    return run


def _ours(network, settings: dict, path: Path):
    """An epoch as training.fit runs it."""
    from ferstudy.models import cascade

    names = [f"clip {i}" for i in range(CLIPS)]
    clips = load(("features",), {"features": [path]}, names)
    samples = [sample for name in names for sample in cascade.samples(clips[name], settings)]
    truth = np.arange(CLIPS) % CLASSES

    def run() -> tuple[float, float]:
        losses, waited = [], 0.0
        for start in range(0, CLIPS, BATCH):
            chosen = slice(start, start + BATCH)
            started = time.process_time()
            inputs = cascade.batch(samples[chosen], settings)
            waited += time.process_time() - started
            losses.append(float(network.train_on_batch(inputs, truth[chosen])))
        return float(np.mean(losses)), waited

    return run


# ---------------------------------------------------------------- all of them


def lines() -> list[dict]:
    """What `make bench` writes down: cpu-seconds of a step, peak memory of the process, and bytes of the store."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.h5"
        write(path)
        plain = {_twin(case): _run("plain", case, path) for case in CASES if case.precision == "float32"}
        found = [line for case in CASES for line in _compared(case, plain[_twin(case)], _run("ours", case, path))]
        return [*found, _stored(path)]


def _twin(case: Case) -> tuple[str, str]:
    """What the plain way of a case depends on."""
    return case.cell, case.optimizer


def _run(way: str, case: Case, path: Path) -> dict:
    """`measure` in a process of its own, so that its peak is its own."""
    search = os.pathsep.join([str(TESTS), str(TESTS.parent / "scripts")])
    command = [sys.executable, __file__, way, str(CASES.index(case)), str(path)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": search}, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _compared(case: Case, plain: dict, ours: dict) -> list[dict]:
    """The lines of one cascade."""
    losses = " ".join(f"{loss:.5f}" for loss in ours["losses"])
    apart = " ".join(f"{abs(a - b):.1e}" for a, b in zip(plain["losses"], ours["losses"], strict=True))
    quality = f"losses of epochs {losses}, {apart} from the plain ones; waits for input {ours['input']:.1%}"
    return [
        line(f"training step: {case.name}, {VALUES} features", plain["step"], ours["step"], "cpu-s", quality, case.aim),
        line(f"peak memory: {case.name}", plain["peak"] / 1e9, ours["peak"] / 1e9, "GB", f"{CLIPS} clips", 2.0),
    ]


def _stored(path: Path) -> dict:
    """The store against padded float32 features and masks of the same size; five folds read the one file."""
    names = [f"clip {i}" for i in range(CLIPS)]
    for fold in range(5):
        load(("features",), {"features": [path]}, [name for i, name in enumerate(names) if i % 5 != fold])
    padded = 2 * CLIPS * LONGEST * VALUES * 4
    with Store(path) as store:
        real = int(store.lengths.sum()) * VALUES * 2
    quality = f"five folds read {len(list(path.parent.iterdir()))} file; {padded / real:.1f} without compression"
    return line("store of features", padded / 1e6, path.stat().st_size / 1e6, "MB", quality, 6.0)


def line(name: str, baseline: float, ours: float, unit: str, quality: str, aim: float) -> dict:
    """One line of results/bench.json."""
    figures = {"name": name, "baseline": baseline, "ours": ours, "ratio": baseline / ours, "unit": unit}
    return {**figures, "quality": quality, "aim": aim}


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(measure(sys.argv[1], CASES[int(sys.argv[2])], Path(sys.argv[3]))))
    else:
        for each in lines():
            print(json.dumps(each))
