"""VGGFace (Parkhi, Vedaldi and Zisserman, BMVC 2015): VGG16's topology, trained to know faces.

Its weights are a file of yours; they are not for commercial use. Layers may be named as VGG16's (block1_conv1) or by
VGGFace's own names (conv1_1).
"""

from functools import partial

import keras
import numpy as np

from ferstudy.errors import StudyError
from ferstudy.models import pretrained

DEFAULTS = {"size": 224}
NETWORK = {"head": "flatten", "dense": [1024, 1024], "dropout": 0.5}
BLOCKS = [["block1_"], ["block2_"], ["block3_"], ["block4_"], ["block5_"]]  # first to last: how their layers are named
CALLED = {f"conv{block}_{i}": f"block{block}_conv{i}" for block in range(1, 6) for i in range(1, 3 if block < 3 else 4)}
MEAN = np.array([93.5940, 104.7624, 129.1863], "float32")  # blue, green, red; as published with the weights


def preprocess(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, S, S, 3) float32 RGB 0..255 as the network was trained: BGR, the mean of its faces subtracted."""
    return pictures[..., ::-1] - MEAN


samples = pretrained.samples
batch, augment = partial(pretrained.batch, preprocess), partial(pretrained.augment, preprocess)


def build(*arguments, weights: str = "none", **settings) -> keras.Model:
    """As pretrained.build; refuses ImageNet's weights, which this network has none of."""
    if weights == "imagenet":
        raise StudyError(
            "backbones/<name>/weights: vggface has no ImageNet weights. Give a file of its own, or take network: vgg16"
        )
    body = keras.applications.VGG16
    return pretrained.build("vggface", body, *arguments, weights=weights, called=CALLED, **settings)
