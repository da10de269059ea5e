"""What a GPU makes of it: extraction against the card's own rate, and an epoch with the backbone inside.

    KERAS_BACKEND=jax PYTHONPATH=scripts:tests python tests/bench/bench_gpu.py    (or tensorflow with CUDA)
    PYTHONPATH=scripts:tests python tests/bench/bench_gpu.py --small              a trial of the command, on any machine

No figure of a processor says anything about a card, so `make bench` leaves this out. Weights are random: they cost the
same. The thesis put an epoch of VGGFace and LSTM with online augmentation at an hour on four cards.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from families import whole


class Sizes(NamedTuple):
    """How much is measured."""

    clips: int = 480
    frames: int = 60
    crop: int = 160  # px, as stored
    size: int = 224  # px, as the network takes it
    batch: int = 16
    side: int = 8192  # of the matrices


SMALL = Sizes(clips=4, frames=3, crop=32, size=32, batch=2, side=256)
LAYER = "block5_pool"
MOVES = {"flip": True, "rotation": 10, "zoom": 0.1, "shift": 0.1, "brightness": [0.4, 1.5]}  # the thesis's


def matmul_rate(side: int, times: int = 20) -> float:
    """Operations a second of bfloat16 matrix products."""
    from keras import ops

    matrix = ops.cast(np.random.default_rng(0).normal(size=(side, side)) / side**0.5, "bfloat16")

    def products() -> float:
        found = matrix
        for _ in range(times):
            found = ops.matmul(found, matrix)
        return float(ops.cast(found[0, 0], "float32"))  # waits for the card

    products()
    started = time.perf_counter()
    products()
    return 2 * side**3 * times / (time.perf_counter() - started)


def crops(sizes: Sizes, seed: int) -> np.ndarray:
    """A clip of random crops."""
    shape = (sizes.frames, sizes.crop, sizes.crop, 3)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype="uint8")


def extraction(sizes: Sizes, folder: Path) -> tuple[float, float]:
    """Frames a second from store to store, the second time (the first compiles), and operations a second."""
    from ferstudy.models import flops, saved_network, vgg16
    from ferstudy.store.write import Writer
    from ferstudy.training import features

    faces = folder / "faces.h5"
    with Writer(faces, (sizes.crop, sizes.crop, 3), "uint8", attributes={"leaf": "bench"}) as store:
        for i in range(sizes.clips):
            store.begin(str(i))
            store.add(crops(sizes, i), np.arange(sizes.frames))
            store.end()
    settings = whole("vgg16", {"size": sizes.size, "dense": [8]})
    network = vgg16.build(7, {"image": (sizes.size, sizes.size, 3)}, **settings)
    saved_network.save(folder / "vgg16.zip", {"family": "vgg16", "sampling": settings}, network)
    for _ in range(2):
        started = time.perf_counter()
        features.extract(faces, folder / "vgg16.zip", LAYER, folder / "features.h5", "bfloat16")
        spent = time.perf_counter() - started
    rate = sizes.clips * sizes.frames / spent
    return rate, rate * flops.of_network(saved_network.up_to(network, LAYER))


def epoch(sizes: Sizes, folder: Path) -> tuple[float, float]:
    """Seconds of the second epoch of VGGFace (frozen) and LSTM 128 with online augmentation; the loss of its end."""
    from ferstudy.models import online_cascade, saved_network, vggface
    from ferstudy.models.clip import ClipInputs
    from ferstudy.training import with_backbone
    from ferstudy.training.clip_samples import ClipSamples, gather
    from ferstudy.training.fit import Task, fit, prepare
    from ferstudy.training.loop import complete

    below = whole("vggface", {"size": sizes.size, "dense": [8]})
    network = vggface.build(7, {"image": (sizes.size, sizes.size, 3)}, **below)
    path = folder / "vggface.zip"
    saved_network.save(path, {"family": "vggface", "sampling": below}, network)
    # Standardising features would be one more pass, before the first epoch.
    asked = {
        "cell": "lstm",
        "units": 128,
        "frames": sizes.frames,
        "dropout": 0.4,
        "precision": "bfloat16",
        "standardise": False,
    }
    entry = {"input": {"kind": "faces", "layer": LAYER}, "settings": whole("online_cascade", asked)}
    settings = with_backbone.add_backbone(entry, [path], "bfloat16")["settings"]
    inputs = {str(i): ClipInputs(str(i), np.arange(sizes.frames), faces=crops(sizes, i)) for i in range(sizes.clips)}
    truth = np.arange(sizes.clips) % 6
    data = gather(online_cascade, list(inputs), truth, inputs, settings)
    nobody = ClipSamples(truth[:0], [], np.zeros(0, int))
    training = {"epochs": 2, "batch": sizes.batch, "augmentation": MOVES}
    task = Task(online_cascade, settings, complete(training), 6, data, nobody, np.full(6, 1 / 6), 1)
    history = fit(prepare(task)[0], task).history
    return history[-1].seconds, history[-1].loss


def card() -> str:
    """What it runs on."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return jax.devices()[0].device_kind
    import tensorflow as tf

    found = tf.config.list_physical_devices("GPU")
    return tf.config.experimental.get_device_details(found[0])["device_name"] if found else "no GPU"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="sizes for a trial of this command")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    args = parser.parse_args()
    sizes = SMALL if args.small else Sizes()
    from ferstudy.training import backend

    backend.start(os.environ.get("KERAS_BACKEND", "tensorflow"), args.threads, 0)
    peak = matmul_rate(sizes.side)
    with tempfile.TemporaryDirectory() as folder:
        frames, reached = extraction(sizes, Path(folder))
        seconds, loss = epoch(sizes, Path(folder))
    print(f"{card()}: {peak / 1e12:.3g} TFLOP/s of bfloat16 matrix products")
    print(f"VGG16 at {sizes.size} px, from store to store: {frames:.0f} frames/s, {reached / peak:.0%} of that rate")
    print(
        f"an epoch of VGGFace and LSTM with online augmentation, {sizes.clips} clips of {sizes.frames} frames at "
        f"{sizes.size} px: {seconds:.1f} s (loss {loss:.3f})"
    )


if __name__ == "__main__":
    main()
