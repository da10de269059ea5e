"""Frame features by VGG16 at 224 px: real frames in bfloat16 against clips padded to 100 frames in float32.

Also how near the network comes to the machine's own rate of multiplying matrices of that type, in the same process.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

FRAMES = (45, 75, 50, 70) * 2  # 60 real frames of a clip on average, as BU-4DFE has them
LONGEST = 100  # to which the thesis pads
SIZE = 160
LAYER = "block5_pool"


def seconds(function: Callable[[], object], times: int) -> float:
    """The least CPU time of `times` calls after one that compiles."""
    function()
    found = []
    for _ in range(times):
        started = time.process_time()
        function()
        found.append(time.process_time() - started)
    return min(found)


def matmul_rate(precision: str) -> float:
    """The best rate of matrix products in `precision`, in operations per CPU second."""
    import tensorflow as tf

    product = tf.function(tf.matmul)
    rates = []
    for side in (1024, 2048, 3072):
        matrix = tf.cast(np.random.default_rng(0).normal(size=(side, side)), precision)
        rates.append(2 * side**3 / seconds(lambda matrix=matrix: product(matrix, matrix).numpy().shape, 4))
    return max(rates)


def crops(frames: int) -> np.ndarray:
    """Random crops of a clip."""
    return np.random.default_rng(frames).integers(0, 256, (frames, SIZE, SIZE, 3), dtype="uint8")


def clips(path: Path, faces: list[np.ndarray]) -> None:
    """Write the store of these clips."""
    from ferstudy.store.write import Writer

    with Writer(path, (SIZE, SIZE, 3), "uint8", attributes={"leaf": "bench"}) as store:
        for i, clip in enumerate(faces):
            store.begin(str(i))
            store.add(clip, np.arange(len(clip)))
            store.end()


def padded(model: Path, faces: list[np.ndarray]) -> float:
    """CPU seconds of the plain way: every clip padded to LONGEST frames at 224 px in float32, and predicted."""
    import keras

    from ferstudy.models import saved_network, vgg16
    from ferstudy.models.resize import resize

    started = time.process_time()
    network = saved_network.load(model)
    part = keras.Model(network.input, network.get_layer(LAYER).output)
    for clip in faces:
        pictures = np.zeros((LONGEST, 224, 224, 3), "float32")
        pictures[: len(clip)] = vgg16.preprocess(resize(clip, 224))
        for start in range(0, LONGEST, 20):
            part.predict_on_batch({"image": pictures[start : start + 20]})
    return time.process_time() - started


def stored(model: Path, store: Path, out: Path, precision: str) -> tuple[float, np.ndarray]:
    """CPU seconds of the product's extraction, reading and writing the stores included; and the features."""
    from ferstudy.store.read import Store
    from ferstudy.training import features

    started = time.process_time()
    features.extract(store, model, LAYER, out, precision)
    spent = time.process_time() - started
    with Store(out) as found:
        return spent, np.concatenate([found.values(clip) for clip in found.clips]).astype("float32")


def network_rate(model: Path, precision: str) -> float:
    """Operations per CPU second of the network's forward pass, 16 frames at once."""
    from ferstudy.models import flops, saved_network

    network = saved_network.reader(saved_network.load(model), LAYER, precision)
    inputs = {"image": np.random.default_rng(0).normal(size=(16, 224, 224, 3)).astype("float32") * 60}
    return 16 * flops.of_network(network, 1) / seconds(lambda: network.predict_on_batch(inputs), 2)


def lines() -> list[dict]:
    """What `make bench` writes down."""
    from families import whole

    from ferstudy.models import saved_network, vgg16

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        model, store = root / "model.zip", root / "faces.h5"
        settings = whole("vgg16", {})
        network = vgg16.build(7, {"image": (224, 224, 3)}, **settings)
        saved_network.save(model, {"family": "vgg16", "sampling": settings}, network)
        faces = [crops(frames) for frames in FRAMES]
        clips(store, faces)
        slow = padded(model, faces)
        fast, half = stored(model, store, root / "bfloat16.h5", "bfloat16")
        clips(store, faces[:1])
        _, exact = stored(model, store, root / "float32.h5", "float32")
        error = np.linalg.norm(half[: len(exact)] - exact) / np.linalg.norm(exact)
        rates = {each: (matmul_rate(each), network_rate(model, each)) for each in ("float32", "bfloat16")}
    about = f"VGG16 features at 224 px, {len(FRAMES)} clips of 60 frames on average"
    found = [
        {"name": f"{about}: real frames in bfloat16", "baseline": slow, "ours": fast, "ratio": slow / fast,
         "unit": "cpu-s", "quality": f"relative difference {error:.4f}; the baseline pads to {LONGEST} in float32"},
    ]  # fmt: skip
    for each, (matmul, reached) in rates.items():
        # As seconds of 1e12 operations, so that the ratio is the share of the machine's rate that is reached.
        found.append(
            {"name": f"VGG16 forward pass in {each} against matrix products", "baseline": 1e12 / matmul,
             "ours": 1e12 / reached, "ratio": reached / matmul, "unit": "cpu-s per 1e12 operations",
             "quality": f"{reached / 1e9:.0f} of {matmul / 1e9:.0f} GFLOP/s"}
        )  # fmt: skip
    return found


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from ferstudy.training import backend

    backend.start("tensorflow", 1, 0)
    for line in lines():
        print(line)
