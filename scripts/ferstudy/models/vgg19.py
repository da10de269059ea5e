"""VGG19 (Simonyan and Zisserman, ICLR 2015) for single face crops."""

from functools import partial

import keras
import numpy as np

from ferstudy.models import pretrained

DEFAULTS = {"size": 224}
NETWORK = {"head": "flatten", "dense": [1024], "dropout": 0.5}
BLOCKS = [["block1_"], ["block2_"], ["block3_"], ["block4_"], ["block5_"]]  # first to last: how their layers are named


def preprocess(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, S, S, 3) float32 RGB 0..255 as the network was trained: BGR, the ImageNet mean subtracted."""
    return keras.applications.vgg19.preprocess_input(pictures.copy())


samples, statistics = pretrained.samples, pretrained.statistics
batch, augment = partial(pretrained.batch, preprocess), partial(pretrained.augment, preprocess)
build = partial(pretrained.build, "vgg19", keras.applications.VGG19)
