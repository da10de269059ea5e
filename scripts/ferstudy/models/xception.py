"""Xception (Chollet, CVPR 2017) for single face crops; the sequence study reads its features from `dense2`."""

from functools import partial

import keras

from ferstudy.models import pretrained

DEFAULTS = {"size": 224}
NETWORK = {"head": "gap", "dense": [1024, 512, 256], "dropout": 0.0}
BLOCKS = [[f"block{i}_"] for i in range(1, 15)]  # first to last: how their layers are named
SHORTCUTS = ("block2", "block3", "block4", "block13")  # the blocks with a convolution beside them, in their order

preprocess = partial(pretrained.as_trained, keras.applications.xception)  # -1..1
samples = pretrained.samples
batch, augment = partial(pretrained.batch, preprocess), partial(pretrained.augment, preprocess)


def _body(**options) -> keras.Model:
    """Keras's Xception, the nameless layers beside its blocks named after them: `block2_shortcut` and its batch norm.

    Keras numbers them by what else the process has built, so that no file and no block could name them.
    """
    trunk = keras.applications.Xception(**options)
    nameless = {"shortcut": keras.layers.Conv2D, "shortcut_bn": keras.layers.BatchNormalization}
    for what, kind in nameless.items():
        beside = [layer for layer in trunk.layers if type(layer) is kind and not layer.name.startswith("block")]
        for block, layer in zip(SHORTCUTS, beside, strict=True):
            layer.name = f"{block}_{what}"
    return trunk


build = partial(pretrained.build, "xception", _body)
