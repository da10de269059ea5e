"""Features of a backbone per frame, then a network over time (the thesis's and the sequence study's cascades)."""

import keras
import numpy as np
from keras import layers

from ferstudy.errors import StudyError
from ferstudy.models.clip import ClipInputs, Sample

TRAINER = "network"
INPUTS = ("features",)
DEFAULTS = {"frames": 100, "every": 1, "standardise": True}
NETWORK = {
    "cell": "lstm",
    "units": 128,
    "layers": 1,
    "dropout": 0.0,
    "dropout_kind": "input",
    "filters": [64, 64, 128, 128],
    "kernel": 3,
    "dense": 128,
    "head": "flatten",
}
ROUND_TO = 8  # padded lengths are multiples, so that a compiled step serves many batches


def samples(clip: ClipInputs, settings: dict) -> list[Sample]:
    """One sample: every `every`-th frame of the clip, at most `frames` of them; a longer clip is cut at its end."""
    chosen = {**DEFAULTS, **settings}
    taken = slice(0, chosen["frames"] * chosen["every"], chosen["every"])
    frame = clip.frame[taken]
    return [Sample(int(frame[0]), int(frame[-1]), {"features": clip.features[taken]})]


def statistics(samples: list[Sample], settings: dict) -> dict:
    """Mean and deviation of each feature over the real frames of the training samples, if the settings say so."""
    if not {**DEFAULTS, **settings}["standardise"]:
        return {}
    frames = sum(len(sample.inputs["features"]) for sample in samples)
    mean = sum(sample.inputs["features"].sum(0, dtype="float64") for sample in samples) / frames
    squares = sum(((sample.inputs["features"] - mean) ** 2).sum(0) for sample in samples)
    return {"mean": mean.tolist(), "variance": np.maximum(squares / frames, 1e-6).tolist()}


def batch(samples: list[Sample], settings: dict) -> dict[str, np.ndarray]:
    """Features (n, T, F) float32, zero beyond the end of a clip, and the mask (n, T) of real frames.

    T is `frames` for convolutions, whose dense layer has a fixed size; else the longest sample, rounded up.
    """
    chosen = {**DEFAULTS, **NETWORK, **settings}
    lengths = [len(sample.inputs["features"]) for sample in samples]
    longest = -(-max(lengths) // ROUND_TO) * ROUND_TO
    frames = chosen["frames"] if chosen["cell"] == "cnn1d" else min(longest, chosen["frames"])
    features = np.zeros((len(samples), frames, samples[0].inputs["features"].shape[1]), "float32")
    for row, sample in zip(features, samples, strict=True):
        row[: len(sample.inputs["features"])] = sample.inputs["features"]
    return {"features": features, "mask": np.arange(frames) < np.array(lengths)[:, None]}


def augment(inputs: dict[str, np.ndarray], rng: np.random.Generator, **options) -> dict[str, np.ndarray]:
    """Refused: what is stored is features, which no flip or rotation can reach."""
    raise StudyError(
        "training/augmentation: a cascade reads stored features, which cannot be augmented in training; "
        "remove the key, or give the architecture's input offline copies"
    )


def build(classes: int, shapes: dict[str, tuple], statistics: dict | None = None, **settings) -> keras.Model:
    """The network for shapes {"features": (T, F), "mask": (T,)}; only the 1D-CNN is bound to T.

    `cell` is lstm, bilstm or cnn1d. LSTM: `layers` of `units`, with `dropout` on "input", "recurrent", "both", or
    after each layer ("output"). 1D-CNN: convolutions of `filters` with pooling after every second, `head` flatten or
    gap, a dense layer of `dense` and `dropout` after it. `statistics` standardise the features.
    """
    chosen = {**NETWORK, **{name: value for name, value in settings.items() if name in NETWORK}}
    frames, values = shapes["features"]
    frames = frames if chosen["cell"] == "cnn1d" else None
    features = keras.Input((frames, values), name="features")
    mask = keras.Input((frames,), dtype="bool", name="mask")
    x = features
    if statistics:
        x = layers.Normalization(mean=statistics["mean"], variance=statistics["variance"], name="standardise")(x)
    x = _convolutions(x, mask, chosen) if chosen["cell"] == "cnn1d" else _recurrent(x, mask, chosen)
    x = layers.Dense(classes, "softmax", dtype="float32", name="classes")(x)
    return keras.Model({"features": features, "mask": mask}, x, name=chosen["cell"])


def _recurrent(x, mask, chosen: dict):
    """LSTM layers; all but the last one hand on their sequences."""
    kind, rate = chosen["dropout_kind"], chosen["dropout"]
    for i in range(1, chosen["layers"] + 1):
        layer = layers.LSTM(
            chosen["units"],
            dropout=rate if kind in ("input", "both") else 0.0,
            recurrent_dropout=rate if kind in ("recurrent", "both") else 0.0,
            return_sequences=i < chosen["layers"],
            name=f"lstm{i}",
        )
        if chosen["cell"] == "bilstm":
            layer = layers.Bidirectional(layer, name=f"bilstm{i}")
        x = layer(x, mask=mask)
        if kind == "output" and rate:
            x = layers.Dropout(rate, name=f"dropout{i}")(x)
    return x


def _convolutions(x, mask, chosen: dict):
    """Convolutions over time. They know no mask, so the padded rows are made zero (after standardising) instead."""
    real = keras.ops.expand_dims(keras.ops.cast(mask, x.dtype), -1)
    x = layers.Multiply(name="real_frames")([x, real])
    for i, filters in enumerate(chosen["filters"], 1):
        x = layers.Conv1D(filters, chosen["kernel"], padding="same", activation="relu", name=f"conv{i}")(x)
        if i % 2 == 0:
            x = layers.MaxPooling1D(2, name=f"pool{i // 2}")(x)
    head = layers.Flatten if chosen["head"] == "flatten" else layers.GlobalAveragePooling1D
    x = head(name=chosen["head"])(x)
    x = layers.Dense(chosen["dense"], "relu", name="dense")(x)
    return layers.Dropout(chosen["dropout"], name="dropout")(x)
