"""DenseNet201 (Huang et al., CVPR 2017) for single face crops."""

from functools import partial

import keras
import numpy as np

from ferstudy.models import pretrained

DEFAULTS = {"size": 224}
NETWORK = {"head": "gap", "dense": [1024], "dropout": 0.5}
# First to last: how their layers are named. The layers pool2_ to pool4_ reduce the maps of the block before them.
BLOCKS = [["conv1_", "conv2_", "pool2_"], ["conv3_", "pool3_"], ["conv4_", "pool4_"], ["conv5_", "bn"]]


def preprocess(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, S, S, 3) float32 RGB 0..255 as the network was trained: standardised by ImageNet's statistics."""
    return keras.applications.densenet.preprocess_input(pictures.copy())


samples, statistics = pretrained.samples, pretrained.statistics
batch, augment = partial(pretrained.batch, preprocess), partial(pretrained.augment, preprocess)
build = partial(pretrained.build, "densenet201", keras.applications.DenseNet201)
