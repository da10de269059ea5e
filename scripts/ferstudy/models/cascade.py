"""Features of a backbone per frame, then a network over time (the thesis's and the sequence study's cascades)."""

import keras
import numpy as np
from keras import layers

from ferstudy.errors import StudyError
from ferstudy.models import temporal_transformer
from ferstudy.models.clip import ClipInputs, Sample
from ferstudy.models.frame_conv import PRECISIONS, FrameConv1D
from ferstudy.models.projected_cells import ProjectedGRUCell, ProjectedLSTMCell

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
    "separable": False,
    "dense": 128,
    "head": "flatten",
    "heads": 4,
    "precision": "float32",
}
CELLS = ("lstm", "bilstm", "gru", "cnn1d", "transformer")
KINDS = ("input", "recurrent", "both", "output")
ROUND_TO = 8  # padded lengths are multiples, so that a compiled step serves many batches


def samples(clip: ClipInputs, settings: dict) -> list[Sample]:
    """One sample: every `every`-th frame of the clip, at most `frames` of them; a longer clip is cut at its end."""
    taken = slice(0, settings["frames"] * settings["every"], settings["every"])
    frame = clip.frame[taken]
    return [Sample(int(frame[0]), int(frame[-1]), {"features": clip.features[taken]})]


def statistics(samples: list[Sample], settings: dict) -> dict:
    """Mean and deviation of each feature over the real frames of the training samples, if the settings say so."""
    if not settings["standardise"]:
        return {}
    frames = sum(len(sample.inputs["features"]) for sample in samples)
    mean = sum(sample.inputs["features"].sum(0, dtype="float64") for sample in samples) / frames
    squares = sum(((sample.inputs["features"] - mean) ** 2).sum(0) for sample in samples)
    return {"mean": mean.tolist(), "variance": np.maximum(squares / frames, 1e-6).tolist()}


def batch(samples: list[Sample], settings: dict) -> dict[str, np.ndarray]:
    """The frames of all samples end to end (N, F) float16, and the mask (n, T) of where there is one.

    Padded features would be a third larger or more, and of zeros. Zero frames fill N up to a rounded number. T is
    `frames` for convolutions, whose dense layer has a fixed size; else the longest sample, rounded up.
    """
    stored = [sample.inputs["features"] for sample in samples]
    lengths = np.array([len(values) for values in stored])
    filling = np.zeros((rounded(lengths.sum()) - lengths.sum(), stored[0].shape[1]), "float16")
    features = np.concatenate([*stored, filling], dtype="float16", casting="same_kind")
    return {"features": features, "mask": mask(lengths, settings)}


def mask(lengths: np.ndarray, settings: dict) -> np.ndarray:
    """Where clips of `lengths` (n,) have frames, (n, T) bool."""
    longest = -(-lengths.max() // ROUND_TO) * ROUND_TO
    frames = settings["frames"] if settings["cell"] == "cnn1d" else min(longest, settings["frames"])
    return np.arange(frames) < lengths[:, None]


def rounded(frames: int) -> int:
    """`frames` rounded up, by 6 % at most where there are many, so that all batches have one of a few shapes."""
    step = max(ROUND_TO, 1 << max(0, int(frames).bit_length() - 5))
    return -(-frames // step) * step


def augment(inputs: dict[str, np.ndarray], rng: np.random.Generator, **options) -> dict[str, np.ndarray]:
    """Refused: what is stored is features, which no flip or rotation can reach."""
    raise StudyError(
        "training/augmentation: a cascade reads stored features, which cannot be augmented in training; "
        "remove the key, or give the architecture's input offline copies"
    )


def build(
    classes: int, shapes: dict[str, tuple], statistics: dict | None = None, read: tuple | None = None, **settings
) -> keras.Model:
    """The network for shapes {"features": (F,), "mask": (T,)} of a batch; only the 1D-CNN is bound to T.

    `cell` is one of CELLS. Recurrent ones: `layers` of `units`, with `dropout` on their "input" or the "recurrent"
    state (one mask per clip, the same at all steps), on "both", or after each layer ("output"). 1D-CNN: convolutions of
    `filters` with pooling after every second, `head` flatten or gap, a dense layer of `dense`, `dropout` after it; with
    `separable` each is one over time for each channel and one across channels (Howard et al., "MobileNets", 2017), and
    a dense layer of as many values as the first filter brings the features of each frame down before.
    Transformer: see temporal_transformer. `precision` is that of the product with the features, nearly all of the work.
    `statistics` standardise the features. `read` are other inputs by name, and the features (N, F) that come of them.
    Raises StudyError for a setting that is none of those.
    """
    _check(settings)
    frames = shapes["mask"][0] if settings["cell"] == "cnn1d" else None
    inputs, x = read or _stored(shapes)
    mask = keras.Input((frames,), dtype="bool", name="mask")
    if statistics:
        x = layers.Normalization(mean=statistics["mean"], variance=statistics["variance"], name="standardise")(x)
    parts = {"cnn1d": _convolutions, "transformer": _transformer}
    x = parts.get(settings["cell"], _recurrent)(x, mask, settings)
    x = layers.Dense(classes, "softmax", dtype="float32", name="classes")(x)
    return keras.Model({**inputs, "mask": mask}, x, name=settings["cell"])


def _stored(shapes: dict[str, tuple]):
    features = keras.Input((shapes["features"][-1],), dtype="float16", name="features")
    return {"features": features}, features


def _check(settings: dict) -> None:
    """Refuse words that mean nothing here."""
    known = {"cell": CELLS, "dropout_kind": KINDS, "head": ("flatten", "gap"), "precision": PRECISIONS}
    for name, words in known.items():
        if settings[name] not in words:
            raise StudyError(f"settings/{name}: {settings[name]!r} is none of {', '.join(words)}")
    if not 0 <= settings["dropout"] < 1:
        raise StudyError(f"settings/dropout: found {settings['dropout']}, expected a share from 0 to below 1")
    if settings["layers"] < 1:
        raise StudyError(f"settings/layers: found {settings['layers']}, expected a whole number of at least 1")
    if settings["separable"] and settings["cell"] != "cnn1d":
        raise StudyError(f"settings/separable: a {settings['cell']} has no convolutions over time; remove the key")
    if settings["cell"] == "transformer" and (settings["units"] % 2 or settings["units"] % settings["heads"]):
        raise StudyError(
            f"settings/units: found {settings['units']}, expected an even number that can be divided by heads "
            f"({settings['heads']})"
        )
    if settings["cell"] in ("cnn1d", "transformer") and settings["dropout_kind"] in ("recurrent", "both"):
        raise StudyError(
            f"settings/dropout_kind: a {settings['cell']} has no recurrent state, found {settings['dropout_kind']!r}; "
            "remove the key"
        )


def _recurrent(x, mask, settings: dict):
    """Recurrent layers; all but the last one hand on their sequences."""
    kind, rate = settings["dropout_kind"], settings["dropout"]
    on_input = rate if kind in ("input", "both") else 0.0
    on_state = rate if kind in ("recurrent", "both") else 0.0
    for i in range(1, settings["layers"] + 1):
        options = {"recurrent_dropout": on_state, "return_sequences": i < settings["layers"]}
        if i == 1:
            x = _first(x, mask, settings, on_input, **options)
        else:
            x = _later(x, mask, settings, f"{settings['cell']}{i}", dropout=on_input, **options)
        if kind == "output" and rate:
            x = layers.Dropout(rate, name=f"dropout{i}")(x)
    return x


def _first(x, mask, settings: dict, dropout: float, recurrent_dropout: float, return_sequences: bool):
    """The layer that reads the features: keras's LSTM or GRU, in two steps."""
    cell = ProjectedGRUCell if settings["cell"] == "gru" else ProjectedLSTMCell
    directions = []
    for direction in ("forward", "backward") if settings["cell"] == "bilstm" else ("forward",):
        each = FrameConv1D(
            cell.gates * settings["units"],
            use_bias=False,
            dropout=dropout,
            precision=settings["precision"],
            name=f"project_{direction}",
        )(x, mask)
        step = cell(settings["units"], recurrent_dropout=recurrent_dropout)
        options = {"return_sequences": return_sequences, "go_backwards": direction == "backward"}
        each = layers.RNN(step, name=f"{direction}1", **options)(each, mask=mask)
        if return_sequences and direction == "backward":
            each = keras.ops.flip(each, axis=1)
        directions.append(each)
    return layers.Concatenate(name="bilstm1")(directions) if len(directions) > 1 else directions[0]


def _later(x, mask, settings: dict, name: str, **options):
    """A layer that reads the sequences of another one."""
    if settings["cell"] == "gru":
        return layers.GRU(settings["units"], name=name, **options)(x, mask=mask)
    if settings["cell"] == "lstm":
        return layers.LSTM(settings["units"], name=name, **options)(x, mask=mask)
    return layers.Bidirectional(layers.LSTM(settings["units"], **options), name=name)(x, mask=mask)


def _convolutions(x, mask, settings: dict):
    """Convolutions over time. They know no mask: the padded rows of their input (after standardising) are zero."""
    real = keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1)
    kind = layers.SeparableConv1D if settings["separable"] else layers.Conv1D
    if settings["separable"]:
        each = FrameConv1D(settings["filters"][0], precision=settings["precision"], name="project")
        x = layers.ReLU(name="projected")(each(x, mask))
    for i, filters in enumerate(settings["filters"], 1):
        if i == 1 and not settings["separable"]:
            first = FrameConv1D(filters, settings["kernel"], precision=settings["precision"], name="conv1")
            x = layers.ReLU(name="relu1")(first(x, mask))
        else:
            x = kind(filters, settings["kernel"], padding="same", activation="relu", name=f"conv{i}")(x)
        if i % 2 == 0:
            x = layers.MaxPooling1D(2, name=f"pool{i // 2}")(x)
            real = layers.MaxPooling1D(2, name=f"real{i // 2}")(real)
    if settings["head"] == "flatten":
        x = layers.Flatten(name="flatten")(x)
    else:
        x = layers.GlobalAveragePooling1D(name="gap")(x, mask=keras.ops.squeeze(real, -1))
    x = layers.Dense(settings["dense"], "relu", name="dense")(x)
    return layers.Dropout(settings["dropout"], name="dropout")(x)


def _transformer(x, mask, settings: dict):
    """A dense layer on the frames, then attention between them."""
    x = FrameConv1D(settings["units"], precision=settings["precision"], name="project")(x, mask)
    return temporal_transformer.encode(x, mask, settings)
