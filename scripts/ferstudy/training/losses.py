"""What training minimises: the cross entropy of the answers, or the focal loss, with smoothed labels where asked."""

from collections.abc import Callable, Mapping

import keras

from ferstudy.errors import StudyError

NAMES = ("cross_entropy", "focal")


def make(loss: Mapping, classes: int, each_alone: bool) -> str | Callable:
    """A loss of class indices (n,) and outputs (n, classes): one value per sample.

    `loss` is {name, label_smoothing}, and of "focal" `gamma`. "focal" multiplies the cross entropy of a sample by
    (1 - p)^`gamma`, p the probability of the right answer (Lin et al., ICCV 2017, without its class balance: class
    weights are a setting of their own); `label_smoothing` is the share of a label that is spread over all classes
    (Szegedy et al., CVPR 2016). With `each_alone` outputs are a sigmoid per class, and the loss is the mean of the
    classes' binary ones.
    """
    name, smoothing = loss["name"], loss["label_smoothing"]
    if name not in NAMES:
        raise StudyError(f"training/loss/name: {name!r} is none of {', '.join(NAMES)}")
    if "gamma" in loss and name != "focal":
        raise StudyError(f"training/loss/gamma: means nothing with {name}; take name: focal, or remove it")
    if not 0 <= smoothing < 1:
        raise StudyError(f"training/loss/label_smoothing: found {smoothing!r}, expected a share from 0 to below 1")
    options = {"label_smoothing": smoothing}
    if name == "focal":
        options["gamma"] = loss["gamma"]
        options |= {} if each_alone else {"alpha": 1.0}
        function = keras.losses.binary_focal_crossentropy if each_alone else keras.losses.categorical_focal_crossentropy
    elif not each_alone and not smoothing:
        return "sparse_categorical_crossentropy"
    else:
        function = keras.losses.binary_crossentropy if each_alone else keras.losses.categorical_crossentropy

    def of(truth, outputs):
        """The loss of each sample."""
        labels = keras.ops.one_hot(keras.ops.reshape(truth, (-1,)), classes, dtype=outputs.dtype)
        return function(labels, outputs, **options)

    return of
