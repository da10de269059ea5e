"""ResNet50 (He et al., CVPR 2016) for single face crops."""

from functools import partial

import keras
import numpy as np

from ferstudy.models import pretrained

DEFAULTS = {"size": 224}
NETWORK = {"head": "gap", "dense": [1024], "dropout": 0.5}
BLOCKS = [["conv1_"], ["conv2_"], ["conv3_"], ["conv4_"], ["conv5_"]]  # first to last: how their layers are named


def preprocess(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, S, S, 3) float32 RGB 0..255 as the network was trained: BGR, the ImageNet mean subtracted."""
    return keras.applications.resnet50.preprocess_input(pictures.copy())


samples, statistics = pretrained.samples, pretrained.statistics
batch, augment = partial(pretrained.batch, preprocess), partial(pretrained.augment, preprocess)
build = partial(pretrained.build, "resnet50", keras.applications.ResNet50)
