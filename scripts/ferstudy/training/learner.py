"""The model that is trained, with its optimizer and loss."""

from collections.abc import Callable

import keras

from ferstudy.errors import StudyError
from ferstudy.training import decision, distillation, losses, micro

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


class Hits(keras.metrics.SparseCategoricalAccuracy):
    """The share of right answers among the samples that weigh anything: those that fill up a batch do not count."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count a batch."""
        counts = keras.ops.cast(sample_weight > 0, self.dtype)
        labels = y_true[:, 0] if len(y_true.shape) == 2 else y_true  # of a student, its teacher's answers stand behind
        super().update_state(labels, y_pred, sample_weight=counts)


def make(network: keras.Model, training: dict) -> keras.Model:
    """The compiled model that shares the layers of `network`; `training` has optimizer, loss, batch, micro_batch.

    An optimizer takes `weight_decay` (decoupled from the gradient, as in AdamW), `clipnorm` (of each variable's
    gradient) and, where it has one, `momentum`. Raises StudyError where it does not know a setting.
    """
    model, each_alone = decision.learner(network)
    steps = micro.count(training["batch"], training["micro_batch"])
    if steps > 1:
        micro.check(network)
    model.compile(
        optimizer=optimizer(training["optimizer"], steps),
        loss=_loss(training, model.output.shape[-1], each_alone),
        weighted_metrics=[Hits(name="accuracy")],
        # XLA makes small networks slower on a processor; JAX has nothing else.
        jit_compile=keras.config.backend() == "jax",
    )
    model.optimizer.build(model.trainable_variables)
    return model


def _loss(training: dict, classes: int, each_alone: bool) -> str | Callable:
    if training["distil"]:
        return distillation.make(training["distil"])
    return losses.make(training["loss"], classes, each_alone)


def optimizer(settings: dict, steps: int = 1) -> keras.optimizers.Optimizer:
    """The optimizer {name, learning_rate, ...}, which changes weights after every `steps` calls."""
    name = settings["name"]
    chosen = {key: value for key, value in settings.items() if key != "name"}
    if name not in OPTIMIZERS:
        raise StudyError(f"training/optimizer/name: {name!r} is none of {', '.join(OPTIMIZERS)}")
    try:
        return OPTIMIZERS[name](**chosen, gradient_accumulation_steps=steps if steps > 1 else None)
    except (TypeError, ValueError) as error:
        raise StudyError(f"training/optimizer: {name} does not take {settings}: {error}") from error
