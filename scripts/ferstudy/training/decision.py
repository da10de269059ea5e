"""How a network decides among the classes. Families end in a softmax layer named "classes"; others replace that layer.

Only layers and operations of Keras are used, so that a saved network loads wherever Keras is.
"""

from collections.abc import Mapping, Sequence

import keras
from keras import layers

from ferstudy.errors import StudyError

NAMES = ("softmax", "one_vs_rest", "two_stage")
LAST = "classes"
EACH = "classes_each"


def decided(network: keras.Model, decision: str | Mapping, labels: Sequence[str]) -> keras.Model:
    """`network` with another last part: probabilities (n, classes) in the order of `labels`, which sum to 1.

    "softmax" leaves it as it is. "one_vs_rest": a sigmoid per class, divided by their sum. {"name": "two_stage",
    "major": classes}: the probability of a class is that of its group (`major`, or the others) times that within its
    group, two softmax layers that share all that comes before; its cross entropy is the sum of both stages' ones.
    """
    name = decision if isinstance(decision, str) else decision.get("name")
    if name not in NAMES:
        raise StudyError(f"training/decision: {name!r} is none of {', '.join(NAMES)}")
    if name == "softmax":
        return network
    x = network.get_layer(LAST).input
    if name == "one_vs_rest":
        output = _one_vs_rest(x, network.output.shape[-1])
    else:
        output = _two_stage(x, list(labels), {} if isinstance(decision, str) else decision)
    return keras.Model(network.input, output, name=network.name)


def _one_vs_rest(x, classes: int):
    each = layers.Dense(classes, "sigmoid", dtype="float32", name=EACH)(x)
    each = each + 1e-7  # where all say no, all are equal
    return layers.Multiply(dtype="float32", name=LAST)([each, 1 / keras.ops.sum(each, axis=1, keepdims=True)])


def _two_stage(x, labels: list[str], decision: Mapping):
    major = list(decision.get("major", []))
    if strange := [label for label in major if label not in labels]:
        raise StudyError(f"training/decision/major: {strange[0]!r} is none of the classes {', '.join(labels)}")
    groups = [label in major for label in labels]  # 1 = major
    if len(set(groups)) < 2:
        raise StudyError(
            f"training/decision/major: two_stage needs two groups, and found {', '.join(major) or 'none'} of the "
            f"classes {', '.join(labels)}; name some of them, not all"
        )
    group = layers.Dense(2, "softmax", dtype="float32", name="classes_group")(x)
    within = [_within(x, group, name, groups.count(bool(side))) for side, name in enumerate(("minor", "major"))]
    order = sorted(range(len(labels)), key=lambda i: groups[i])  # as the layers follow each other: minor, then major
    within = keras.ops.take(keras.ops.concatenate(within, axis=1), [order.index(i) for i in range(len(labels))], axis=1)
    of_group = keras.ops.take(group, [int(side) for side in groups], axis=1)
    return layers.Multiply(dtype="float32", name=LAST)([of_group, within])


def _within(x, group, name: str, classes: int):
    """Probabilities of the classes of one group, given the group."""
    if classes == 1:
        return keras.ops.ones_like(group[:, :1])
    return layers.Dense(classes, "softmax", dtype="float32", name=f"classes_{name}")(x)


def learner(network: keras.Model) -> tuple[keras.Model, bool]:
    """The model whose outputs the loss judges, and whether they are a sigmoid per class; it shares all layers.

    Of one_vs_rest these are the sigmoids: dividing by their sum would tie the classes together.
    """
    if any(layer.name == EACH for layer in network.layers):
        return keras.Model(network.input, network.get_layer(EACH).output, name=network.name), True
    return network, False
