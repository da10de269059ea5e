"""A convolution over time that multiplies real frames alone, for features of many values and clips of many lengths."""

import keras
from keras import layers, ops

PRECISIONS = ("float32", "bfloat16")


@keras.saving.register_keras_serializable("ferstudy")
class FrameConv1D(layers.Layer):
    """Conv1D(padding="same") over clips whose frames lie end to end; with `kernel_size` 1 a dense layer per frame.

    Called with the frames (N, F) of all clips, one clip after the other, and with `real` (n, T) bool, which says where
    they belong; frames beyond those of the last clip are ignored. Returns (n, T, filters), the same as Conv1D of
    frames that are padded with zeros (n, T, F). Nearly all the time of a network over features goes into this product,
    and a third and more of padded frames are empty.

    `dropout` is that of Keras's recurrent layers: one mask per clip, the same for all of its frames. `precision` is the
    type that the product is made in; weights, and what is added up afterwards, are float32.
    """

    def __init__(self, filters, kernel_size=1, use_bias=True, dropout=0.0, precision="float32", **options):
        super().__init__(**options)
        self.filters = filters
        self.kernel_size = kernel_size
        self.use_bias = use_bias
        self.dropout = dropout
        self.precision = precision
        self.seed_generator = keras.random.SeedGenerator() if dropout else None

    def build(self, features_shape, real_shape):
        """Weights and their initial values are those of Conv1D."""
        shape = (self.kernel_size, features_shape[-1], self.filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="glorot_uniform")
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, features, real, training=False):
        """Multiply, lay out, and add what the neighbouring frames contribute."""
        features = ops.cast(features, self.precision)
        if training and self.dropout:
            features = features * ops.cast(self._dropped(features, real), self.precision)
        values, taps = self.kernel.shape[1], self.kernel_size
        kernel = ops.reshape(ops.transpose(self.kernel, (1, 0, 2)), (values, taps * self.filters))
        product = ops.matmul(features, ops.cast(kernel, self.precision))
        padded = _laid_out(ops.cast(product, "float32"), real)
        convolved = _summed(padded, taps, self.filters) if taps > 1 else padded
        return convolved + self.bias if self.use_bias else convolved

    def _dropped(self, features, real):
        """The mask (N, F) of the frames: that of their clip, drawn as Keras's cells draw it."""
        ones = ops.ones((ops.shape(real)[0], features.shape[-1]))
        masks = keras.random.dropout(ones, self.dropout, seed=self.seed_generator)
        return ops.take(ops.cast(masks, self.precision), _owners(real, ops.shape(features)[0]), axis=0)

    def compute_output_shape(self, features_shape, real_shape):
        """(n, T, filters)."""
        return (*real_shape, self.filters)

    def operations(self, frames):
        """Multiplications and additions for a clip of `frames`."""
        return 2 * frames * self.kernel_size * self.kernel.shape[1] * self.filters

    def get_config(self):
        """What the layer is made again from."""
        names = ("filters", "kernel_size", "use_bias", "dropout", "precision")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _owners(real, frames):
    """The clip (frames,) that each of the frames end to end is of; the last one for those beyond all clips."""
    ends = ops.cumsum(ops.sum(ops.cast(real, "int32"), axis=1))
    owner = ops.searchsorted(ends, ops.arange(frames, dtype="int32"), side="right")
    return ops.minimum(owner, ops.shape(real)[0] - 1)


def _laid_out(rows, real):
    """Rows (N, C) of the real frames end to end as (n, T, C), zero where `real` is not."""
    flat = ops.reshape(ops.cast(real, "int32"), (-1,))
    place = ops.maximum(ops.cumsum(flat) - 1, 0)
    laid_out = ops.take(rows, place, axis=0) * ops.expand_dims(ops.cast(flat, rows.dtype), -1)
    return ops.reshape(laid_out, (*ops.shape(real), rows.shape[-1]))


def _summed(products, taps, filters):
    """The convolution, from what each frame contributes to each of its `taps` neighbours: (n, T, taps * filters)."""
    before = (taps - 1) // 2
    frames = ops.shape(products)[1]
    padded = ops.pad(products, ((0, 0), (before, taps - 1 - before), (0, 0)))
    return sum(padded[:, i : i + frames, i * filters : (i + 1) * filters] for i in range(taps))
