"""A training step of the LSTM from ragged float16 features, against Keras's plain way with padded float32 arrays."""

import time

import numpy as np

CLIPS, VALUES, CLASSES, UNITS, BATCH, LONGEST = 64, 4096, 6, 64, 16, 100


def clips() -> list[np.ndarray]:
    """Features (T, VALUES) float16 of clips of 20 to 100 frames, 60 on average."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=(frames, VALUES)).astype("float16") for frames in rng.integers(20, LONGEST + 1, CLIPS)]


def plain(features: list[np.ndarray], truth: np.ndarray) -> tuple[float, float, float]:
    """(cpu-seconds of an epoch, loss of the first epoch, bytes kept) of `fit` on padded arrays and a Masking layer."""
    import keras

    padded = np.zeros((CLIPS, LONGEST, VALUES), "float32")
    for row, values in zip(padded, features, strict=True):
        row[: len(values)] = values
    keras.utils.set_random_seed(1)
    layers = [keras.Input((LONGEST, VALUES)), keras.layers.Masking(), keras.layers.LSTM(UNITS)]
    network = keras.Sequential([*layers, keras.layers.Dense(CLASSES, "softmax")])
    network.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    options = {"batch_size": BATCH, "shuffle": False, "verbose": 0}
    loss = network.fit(padded, truth, epochs=1, **options).history["loss"][0]  # also compiles
    started = time.process_time()
    network.fit(padded, truth, epochs=3, **options)
    return (time.process_time() - started) / 3, loss, padded.nbytes


def ragged(features: list[np.ndarray], truth: np.ndarray) -> tuple[float, float, float]:
    """The same with ferstudy's cascade: batches are padded from the stored float16 frames to their own longest clip."""
    import keras

    from ferstudy.models import cascade
    from ferstudy.models.clip import Sample

    settings = {"cell": "lstm", "units": UNITS, "frames": LONGEST, "standardise": False}
    samples = [Sample(0, len(values) - 1, {"features": values}) for values in features]
    keras.utils.set_random_seed(1)
    network = cascade.build(CLASSES, {"features": (LONGEST, VALUES), "mask": (LONGEST,)}, **settings)
    network.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")

    def epoch() -> float:
        losses = []
        for start in range(0, CLIPS, BATCH):
            inputs = cascade.batch(samples[start : start + BATCH], settings)
            losses.append(float(network.train_on_batch(inputs, truth[start : start + BATCH])))
        return float(np.mean(losses))

    loss = epoch()
    started = time.process_time()
    for _ in range(3):
        epoch()
    return (time.process_time() - started) / 3, loss, sum(values.nbytes for values in features)


def lines() -> list[dict]:
    """What `make bench` writes down: cpu-seconds of an epoch and bytes of the features, both ways in one process."""
    features, truth = clips(), np.arange(CLIPS) % CLASSES
    slow, plain_loss, plain_bytes = plain(features, truth)
    fast, loss, stored = ragged(features, truth)
    same = f"loss of the first epoch {loss:.5f} against {plain_loss:.5f}"
    about = f"LSTM {UNITS} on {VALUES} features, {CLIPS} clips of 60 frames on average"
    return [
        {"name": f"training epoch: {about}", "baseline": slow, "ours": fast, "ratio": slow / fast, "unit": "cpu-s",
         "quality": same},
        {"name": f"features in memory: {about}", "baseline": plain_bytes / 1e6, "ours": stored / 1e6,
         "ratio": plain_bytes / stored, "unit": "MB", "quality": "float16 of the same frames"},
    ]  # fmt: skip


if __name__ == "__main__":
    for line in lines():
        print(line)
