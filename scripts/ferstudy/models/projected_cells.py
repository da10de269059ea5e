"""LSTM and GRU cells whose input was already multiplied by the kernel, for all frames of a batch at once."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("ferstudy")
class ProjectedLSTMCell(layers.LSTMCell):
    """keras.layers.LSTMCell without its kernel: inputs are the projected frames (n, 4 * units)."""

    gates = 4

    def build(self, input_shape):
        """The recurrent kernel, and the bias with ones for the forget gate."""
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel", shape=(self.units, 4 * self.units), initializer=self.recurrent_initializer
        )
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer=_forget_nothing)

    def call(self, inputs, states, training=False):
        """One step."""
        state, carry = states
        from_state = ops.concatenate(_from_state(self, state, training), axis=1)
        write, keep, new, show = ops.split(inputs + from_state + self.bias, 4, axis=1)
        carry = ops.sigmoid(keep) * carry + ops.sigmoid(write) * ops.tanh(new)
        state = ops.sigmoid(show) * ops.tanh(carry)
        return state, [state, carry]


@keras.saving.register_keras_serializable("ferstudy")
class ProjectedGRUCell(layers.GRUCell):
    """keras.layers.GRUCell (reset after) without its kernel: inputs are the projected frames (n, 3 * units)."""

    gates = 3

    def build(self, input_shape):
        """The recurrent kernel, and a bias for the inputs and one for the state."""
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel", shape=(self.units, 3 * self.units), initializer=self.recurrent_initializer
        )
        self.bias = self.add_weight(name="bias", shape=(2, 3 * self.units), initializer=self.bias_initializer)

    def call(self, inputs, states, training=False):
        """One step."""
        (state,) = states
        from_state = ops.concatenate(_from_state(self, state, training), axis=1) + self.bias[1]
        old, reset, new = ops.split(inputs + self.bias[0], 3, axis=1)
        old_state, reset_state, new_state = ops.split(from_state, 3, axis=1)
        old = ops.sigmoid(old + old_state)
        new = ops.tanh(new + ops.sigmoid(reset + reset_state) * new_state)
        state = old * state + (1 - old) * new
        return state, [state]


def _from_state(cell, state, training):
    """State times recurrent kernel, for each gate or for all at once; with dropout each gate has a mask of its own."""
    masks = cell.get_recurrent_dropout_mask(state) if training and cell.recurrent_dropout else None
    if masks is None:
        return [ops.matmul(state, cell.recurrent_kernel)]
    kernels = ops.split(cell.recurrent_kernel, cell.gates, axis=1)
    return [ops.matmul(state * mask, kernel) for mask, kernel in zip(masks, kernels, strict=True)]


def _forget_nothing(shape, dtype=None):
    """Zeros, and ones for the forget gate, the second of four."""
    units = shape[0] // 4
    return ops.concatenate([ops.zeros(units, dtype), ops.ones(units, dtype), ops.zeros(2 * units, dtype)])
