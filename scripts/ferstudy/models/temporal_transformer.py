"""A small transformer over the frames of a clip."""

import math

import keras
from keras import layers, ops


def encode(x, mask, settings: dict):
    """(n, units) from frames (n, T, units): sinusoidal positions, `layers` blocks, the mean of the real frames.

    A block normalises before attention with `heads` and before its two dense layers (of `dense` and `units`), and
    drops `dropout` of what either adds (Vaswani et al. 2017, normalised first as in Xiong et al. 2020). `units` is even
    and a multiple of `heads`.
    """
    units, heads, rate = settings["units"], settings["heads"], settings["dropout"]
    x = layers.Dropout(rate, name="dropout")(Positions(name="positions")(x))
    seen = ops.expand_dims(mask, 1)  # every frame sees all real frames
    for i in range(1, settings["layers"] + 1):
        attention = layers.MultiHeadAttention(heads, units // heads, dropout=rate, name=f"attention{i}")
        y = layers.LayerNormalization(name=f"before_attention{i}")(x)
        y = attention(y, y, attention_mask=seen)
        x = layers.Add(name=f"attended{i}")([x, layers.Dropout(rate, name=f"attention_dropout{i}")(y)])
        y = layers.LayerNormalization(name=f"before_dense{i}")(x)
        y = layers.Dense(settings["dense"], "gelu", name=f"wide{i}")(y)
        y = layers.Dropout(rate, name=f"dense_dropout{i}")(layers.Dense(units, name=f"narrow{i}")(y))
        x = layers.Add(name=f"block{i}")([x, y])
    x = layers.LayerNormalization(name="normalised")(x)
    return layers.GlobalAveragePooling1D(name="mean")(x, mask=mask)


@keras.saving.register_keras_serializable("ferstudy")
class Positions(layers.Layer):
    """Adds sines and cosines of the frame's position, of wavelengths from 2 pi to 10,000 * 2 pi, to (n, T, units)."""

    def call(self, x):
        """The first half of the values gets sines, the second cosines."""
        half = x.shape[-1] // 2
        rates = ops.exp(ops.arange(half, dtype="float32") * (-math.log(10_000) / half))
        angles = ops.expand_dims(ops.arange(ops.shape(x)[1], dtype="float32"), -1) * rates
        return x + ops.cast(ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1), x.dtype)
